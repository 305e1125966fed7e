#include "targets/address.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "net/address.h"

namespace drydock::targets {
namespace {

constexpr std::size_t kLongestPart = 1024;
constexpr std::size_t kMostHosts = 16;
constexpr std::size_t kLongestCa = 256UL * 1024;

struct Option {
    Type type;
    std::string_view name;
    std::string_view values;  // "a|b"; empty: any text
};
// What an address may say besides where and who. Nothing that reads a file of this machine, runs a program, names
// another server or turns protection off.
constexpr std::array kOptions{
    Option{Type::postgresql, "application_name", ""},
    Option{Type::postgresql, "auth", "scram|any"},
    Option{Type::postgresql, "target_session_attrs", "any|read-write|read-only|primary|standby|prefer-standby"},
    Option{Type::mongodb, "appName", ""},
    Option{Type::mongodb, "authSource", ""},
    Option{Type::mongodb, "authMechanism", "SCRAM-SHA-256|SCRAM-SHA-1|PLAIN"},
    Option{Type::mongodb, "directConnection", "true|false"},
    Option{Type::mongodb, "readPreference", "primary|primaryPreferred|secondary|secondaryPreferred|nearest"},
    Option{Type::mongodb, "replicaSet", ""},
    Option{Type::mongodb, "retryWrites", "true|false"},
    Option{Type::mongodb, "w", ""},
    Option{Type::redis, "protocol", "2|3"},
};

constexpr std::string_view kForm =
    "Give a URL like postgresql://user:password@host:5432/database, with % : / ? # @ in a password percent-encoded.";

Error bad(std::string message, std::string_view hint = kForm) {
    return {.code = ErrorCode::invalid_argument, .message = std::move(message), .hint = std::string{hint}};
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Result<std::string> decode(std::string_view text, std::string_view what) {
    auto out = percent_decoded(text);
    if (!out) return bad(fmt::format("in the {} a % is not followed by two hexadecimal digits", what));
    if (has_control(*out)) return bad(fmt::format("the {} has a control character in it", what));
    return *std::move(out);
}

std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) return {};
    return port;
}

bool is_socket(std::string_view name) {
    return name.starts_with('/');
}

Result<Host> parse_host(std::string_view text, Type type) {
    Host host{.port = default_port(type)};
    std::string_view port;
    bool has_port = false;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == text.npos) return bad("a \"[\" before an IPv6 address is not closed");
        host.name = text.substr(1, end - 1);
        if (!net::Address::parse(host.name, 1) || host.name.find(':') == host.name.npos) {
            return bad("what stands in [ ] is not an IPv6 address");
        }
        text.remove_prefix(end + 1);
        if (!text.empty() && !text.starts_with(':')) return bad("after \"]\" only \":\" and a port may stand");
        has_port = !text.empty();
        port = text.substr(has_port ? 1 : 0);
    } else {
        const auto colon = text.find(':');
        has_port = colon != text.npos;
        if (has_port) port = text.substr(colon + 1);
        DRYDOCK_TRY(host.name, decode(text.substr(0, colon), "host"));
    }
    if (has_port) {
        const auto number = port_of(port);
        if (!number) return bad("a port is not a number between 1 and 65535");
        host.port = *number;
    }
    return host;
}

struct Scheme {
    std::string_view text;
    Type type;
    std::optional<net::TlsMode> tls;
};
constexpr std::array kSchemes{
    Scheme{"postgresql://", Type::postgresql, {}},
    Scheme{"postgres://", Type::postgresql, {}},
    Scheme{"mongodb://", Type::mongodb, {}},
    Scheme{"redis://", Type::redis, {}},
    Scheme{"rediss://", Type::redis, net::TlsMode::verify_full},
};

Result<> sign_in_of(Address& address, std::string_view text) {
    if (text.find('@') != text.npos) return bad("the address has more than one \"@\"");
    const auto colon = text.find(':');
    if (address.type == Type::redis && colon == text.npos) {
        return bad(
            "it is not clear whether the word before \"@\" is a user or a password",
            "For a password alone write redis://:password@host."
        );
    }
    DRYDOCK_TRY(address.user, decode(text.substr(0, colon), "user name"));
    if (colon == text.npos) return {};
    DRYDOCK_TRY(auto password, decode(text.substr(colon + 1), "password"));
    address.password = Secret{std::move(password)};
    return {};
}

Result<> tls_option(Address& address, std::string_view name, std::string_view value) {
    if (name == "sslmode") {
        if (value == "allow" || value == "prefer") {
            return bad(
                fmt::format("sslmode={} leaves it to the other end whether anything is encrypted", value),
                "Use verify-full, verify-ca, require or disable."
            );
        }
        address.tls = tls_mode_named(value);
        if (!address.tls) return bad("the sslmode is unknown", "Use verify-full, verify-ca, require or disable.");
        return {};
    }
    if (value != "true" && value != "false") return bad(fmt::format("{} is neither true nor false", name));
    address.tls = value == "true" ? net::TlsMode::verify_full : net::TlsMode::off;
    return {};
}

Result<> query_of(Address& address, std::string_view query) {
    for (const auto pair : split(query, '&')) {
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        const auto name = pair.substr(0, equals);
        const auto text = equals == pair.npos ? std::string_view{} : pair.substr(equals + 1);
        DRYDOCK_TRY(auto value, decode(text, "options"));
        const bool tls = (address.type == Type::postgresql && name == "sslmode") ||
                         (address.type != Type::postgresql && (name == "tls" || name == "ssl"));
        if (tls) {
            DRYDOCK_TRY_VOID(tls_option(address, name, value));
        } else if (!is_option(address.type, name)) {
            std::vector<std::string> known;
            for (const auto& option : kOptions) {
                if (option.type == address.type) known.emplace_back(option.name);
            }
            return bad(
                "the address has an option that is not taken here",
                fmt::format("The options are {} and the TLS mode.", fmt::join(known, ", "))
            );
        } else if (!address.option(name).empty()) {
            return bad(fmt::format("the option {} is given twice", name));
        } else {
            address.options.emplace_back(name, std::move(value));
        }
    }
    return {};
}

Result<> check_host(const Host& host) {
    if (host.name.empty()) return bad("a host is missing");
    if (host.name.size() > 255) return bad("a host name is longer than 255 characters");
    if (host.port == 0) return bad("a port is missing");
    if (is_socket(host.name)) {
        if (host.name.find(',') != host.name.npos || has_control(host.name)) return bad("a socket's path is odd");
        return {};
    }
    if (host.name.find(':') != host.name.npos) {
        if (!net::Address::parse(host.name, 1)) return bad("a host is neither a name nor an IP address");
        return {};
    }
    const bool plain = std::ranges::all_of(host.name, [](char c) {
        return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_';
    });
    // "-o…" could become an option of a program somewhere.
    if (!plain || host.name.starts_with('-') || host.name.starts_with('.')) {
        return bad("a host name has a character in it that host names don't have");
    }
    return {};
}

Result<> check_option(Type type, std::string_view name, std::string_view value) {
    const auto* const found =
        std::ranges::find_if(kOptions, [&](const Option& o) { return o.type == type && o.name == name; });
    if (found == kOptions.end()) return bad("the address has an option that is not taken here");
    if (value.empty() || value.size() > kLongestPart)
        return bad(fmt::format("the option {} has no proper value", name));
    if (found->values.empty()) return {};
    const auto values = split(found->values, '|');
    if (std::ranges::find(values, value) == values.end()) {
        return bad(
            fmt::format("the option {} has a value that is not known", name),
            fmt::format("It is one of {}.", fmt::join(values, ", "))
        );
    }
    return {};
}

Result<> check_text(std::string_view text, std::string_view what) {
    if (has_control(text)) return bad(fmt::format("the {} has a control character in it", what));
    if (text.size() > kLongestPart) return bad(fmt::format("the {} is longer than {} bytes", what, kLongestPart));
    if (first_invalid_utf8(text)) return bad(fmt::format("the {} is not UTF-8", what));
    return {};
}

std::string scheme_of(const Address& address) {
    if (address.type == Type::redis) return address.tls_mode() == net::TlsMode::off ? "redis://" : "rediss://";
    return fmt::format("{}://", wire_name(address.type));
}

void write_hosts(std::string& out, const Address& address) {
    for (std::size_t i = 0; i < address.hosts.size(); ++i) {
        if (i > 0) out += ',';
        const bool v6 = !is_socket(address.hosts[i].name) && address.hosts[i].name.find(':') != std::string::npos;
        if (v6) out += '[';
        out += percent_encoded(address.hosts[i].name, v6 ? ":" : "");
        if (v6) out += ']';
        out += fmt::format(":{}", address.hosts[i].port);
    }
}

}  // namespace

std::string_view wire_name(Type type) {
    constexpr std::array<std::string_view, 3> kNames{"postgresql", "mongodb", "redis"};
    return kNames[static_cast<std::size_t>(type)];
}

std::optional<Type> type_named(std::string_view name) {
    for (const auto type : {Type::postgresql, Type::mongodb, Type::redis}) {
        if (wire_name(type) == name) return type;
    }
    return {};
}

std::uint16_t default_port(Type type) {
    constexpr std::array<std::uint16_t, 3> kPorts{5432, 27017, 6379};
    return kPorts[static_cast<std::size_t>(type)];
}

std::string_view wire_name(net::TlsMode mode) {
    constexpr std::array<std::string_view, 4> kNames{"disable", "require", "verify-ca", "verify-full"};
    return kNames[static_cast<std::size_t>(mode)];
}

std::optional<net::TlsMode> tls_mode_named(std::string_view name) {
    using enum net::TlsMode;
    for (const auto mode : {off, unverified, verify_ca, verify_full}) {
        if (wire_name(mode) == name) return mode;
    }
    return {};
}

bool is_option(Type type, std::string_view name) {
    return std::ranges::any_of(kOptions, [&](const Option& o) { return o.type == type && o.name == name; });
}

bool is_this_machine(const Host& host) {
    if (is_socket(host.name) || iequals(host.name, "localhost")) return true;
    const auto address = net::Address::parse(host.name, 1);
    if (!address) return false;
    if (const auto v4 = address->v4()) return (*v4)[0] == 127;
    return address->host() == "::1";
}

net::TlsMode Address::tls_mode() const {
    if (tls) return *tls;
    return std::ranges::all_of(hosts, is_this_machine) ? net::TlsMode::off : net::TlsMode::verify_full;
}

std::string Address::option(std::string_view name) const {
    for (const auto& [key, value] : options) {
        if (key == name) return value;
    }
    return {};
}

std::string Address::display() const {
    auto out = scheme_of(*this);
    if (!user.empty()) {
        out += percent_encoded(user);
        out += '@';
    }
    write_hosts(out, *this);
    if (!database.empty()) {
        out += '/';
        out += percent_encoded(database);
    }
    return out;
}

Secret Address::url() const {
    auto out = scheme_of(*this);
    if (!user.empty() || !password.empty()) {
        out += percent_encoded(user);
        if (!password.empty() || type == Type::redis) {
            out += ':';
            out += percent_encoded(password.reveal());
        }
        out += '@';
    }
    write_hosts(out, *this);
    out += '/';
    out += percent_encoded(database);
    char separator = '?';
    const auto add = [&](std::string_view name, std::string_view value) {
        out += separator;
        separator = '&';
        out += name;
        out += '=';
        out += percent_encoded(value);
    };
    if (tls && type == Type::postgresql) add("sslmode", wire_name(*tls));
    if (tls && (type == Type::mongodb || *tls == net::TlsMode::off) && type != Type::postgresql)
        add("tls", *tls == net::TlsMode::off ? "false" : "true");
    for (const auto& [name, value] : options) add(name, value);
    return Secret{std::move(out)};
}

Result<> Address::check() const {
    if (hosts.empty()) return bad("a host is missing");
    if (hosts.size() > kMostHosts) return bad(fmt::format("the address has more than {} hosts", kMostHosts));
    for (const auto& host : hosts) DRYDOCK_TRY_VOID(check_host(host));
    DRYDOCK_TRY_VOID(check_text(database, "name of the database"));
    DRYDOCK_TRY_VOID(check_text(user, "user name"));
    DRYDOCK_TRY_VOID(check_text(password.reveal(), "password"));
    for (const auto& [name, value] : options) {
        DRYDOCK_TRY_VOID(check_text(value, "options"));
        DRYDOCK_TRY_VOID(check_option(type, name, value));
    }
    if (type == Type::postgresql && user.empty()) return bad("a user name is missing");
    if (type == Type::redis && !database.empty() &&
        (database.size() > 5 || !std::ranges::all_of(database, [](char c) { return c >= '0' && c <= '9'; }))) {
        return bad("the database of a Redis server is a number");
    }
    if (ca_pem.size() > kLongestCa) return bad("the certificates to trust are longer than 256 KiB");
    if (!ca_pem.empty() && ca_pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
        return bad("the certificates to trust are not in PEM form", "They begin with -----BEGIN CERTIFICATE-----.");
    }
    return {};
}

Result<Address> Address::parse(std::string_view url) {
    if (url.size() > 8192) return bad("the address is longer than 8192 bytes");
    if (has_control(url) || url.find(' ') != url.npos) {
        return bad("the address has white space or a control character in it");
    }
    if (url.starts_with("mongodb+srv://")) {
        return bad(
            "mongodb+srv:// is not taken: which servers it means is up to a name server", "List the hosts instead."
        );
    }
    const auto* const scheme = std::ranges::find_if(kSchemes, [&](const Scheme& s) { return url.starts_with(s.text); });
    if (scheme == kSchemes.end()) {
        return bad("the address begins with none of postgresql://, mongodb://, redis:// and rediss://");
    }
    Address address{.type = scheme->type, .tls = scheme->tls};
    url.remove_prefix(scheme->text.size());
    if (url.find('#') != url.npos) return bad("the address has a \"#\" in it");
    const auto question = url.find('?');
    const auto query = question == url.npos ? std::string_view{} : url.substr(question + 1);
    auto place = url.substr(0, question);
    const auto slash = place.find('/');
    const auto path = slash == place.npos ? std::string_view{} : place.substr(slash + 1);
    auto authority = place.substr(0, slash);
    if (path.find_first_of("/@") != path.npos || query.find('@') != query.npos) {
        return bad("the address has a \"/\" or \"@\" where none may stand");
    }
    if (const auto at = authority.rfind('@'); at != authority.npos) {
        DRYDOCK_TRY_VOID(sign_in_of(address, authority.substr(0, at)));
        authority.remove_prefix(at + 1);
    }
    for (const auto text : split(authority, ',')) {
        DRYDOCK_TRY(auto host, parse_host(text, address.type));
        address.hosts.push_back(std::move(host));
    }
    DRYDOCK_TRY(address.database, decode(path, "name of the database"));
    DRYDOCK_TRY_VOID(query_of(address, query));
    DRYDOCK_TRY_VOID(address.check());
    return address;
}

}  // namespace drydock::targets
