#include "registry/address_of.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "registry/place.h"

namespace drydock::registry {
namespace {

namespace json = boost::json;

Error bad(std::string message, std::string hint = {}) {
    return {.code = ErrorCode::invalid_argument, .message = std::move(message), .hint = std::move(hint)};
}

Result<json::object> object_of(std::string_view text, std::string_view what) {
    boost::system::error_code error;
    auto value = json::parse(text, error, {}, {.max_depth = 16});
    if (error || !value.is_object()) return bad(fmt::format("{} is not a JSON object", what));
    return std::move(value.get_object());
}

Result<std::string> text_of(const json::object& object, std::string_view name, std::string_view where) {
    const auto* const found = object.if_contains(name);
    if (!found) return std::string{};
    if (!found->is_string()) return bad(fmt::format("{}.{} is not a text", where, name));
    return std::string{found->get_string()};
}

// config.tls: {"mode": "verify-full", "ca": "-----BEGIN CERTIFICATE…", "auth": "any"}
Result<> read_tls(targets::Address& address, const json::object& config) {
    const auto* const found = config.if_contains("tls");
    if (!found) return {};
    if (!found->is_object()) return bad("config.tls is not an object", R"(It looks like {"mode": "verify-full"}.)");
    const auto& tls = found->get_object();
    for (const auto& [name, value] : tls) {
        if (name != "mode" && name != "ca" && name != "auth") {
            return bad("config.tls has a key that is not known", "The keys are mode, ca and auth.");
        }
    }
    DRYDOCK_TRY(const auto mode, text_of(tls, "mode", "config.tls"));
    if (!mode.empty()) {
        address.tls = targets::tls_mode_named(mode);
        if (!address.tls) {
            return bad("config.tls.mode is unknown", "Use verify-full, verify-ca, require or disable.");
        }
    }
    DRYDOCK_TRY(const auto ca, text_of(tls, "ca", "config.tls"));
    if (!ca.empty()) address.ca_pem = ca;
    DRYDOCK_TRY(const auto auth, text_of(tls, "auth", "config.tls"));
    if (!auth.empty()) {
        std::erase_if(address.options, [](const auto& option) { return option.first == "auth"; });
        address.options.emplace_back("auth", auth);
    }
    return {};
}

// config.hosts: [{"host": "db2.example", "port": 5432}]
Result<> read_hosts(targets::Address& address, const json::object& config) {
    const auto* const found = config.if_contains("hosts");
    if (!found) return {};
    const auto hint = R"(It looks like [{"host": "db2.example", "port": 5432}].)";
    if (!found->is_array()) return bad("config.hosts is not a list", hint);
    address.hosts.resize(1);
    for (const auto& one : found->get_array()) {
        if (!one.is_object()) return bad("config.hosts has something other than objects in it", hint);
        DRYDOCK_TRY(const auto name, text_of(one.get_object(), "host", "config.hosts"));
        targets::Host host{.name = name, .port = targets::default_port(address.type)};
        if (const auto* const port = one.get_object().if_contains("port")) {
            if (!port->is_int64() || port->get_int64() < 1 || port->get_int64() > 65535) {
                return bad("config.hosts has a port that is not a number between 1 and 65535", hint);
            }
            host.port = static_cast<std::uint16_t>(port->get_int64());
        }
        address.hosts.push_back(std::move(host));
    }
    return {};
}

// config.options: {"replicaSet": "rs0"}
Result<> read_options(targets::Address& address, const json::object& config) {
    const auto* const found = config.if_contains("options");
    if (!found) return {};
    if (!found->is_object()) return bad("config.options is not an object");
    for (const auto& [name, value] : found->get_object()) {
        // How much a server is trusted stands in tls, which can't change without the secret.
        if (!value.is_string() || name == "auth") return bad("config.options has an option that is not taken here");
        std::erase_if(address.options, [&](const auto& option) { return option.first == std::string_view{name}; });
        address.options.emplace_back(name, value.get_string());
    }
    return {};
}

}  // namespace

Result<targets::Address> address_of(const Database& row, const Secret& secret) {
    const auto type = targets::type_named(row.type);
    if (!type) return bad("drydock knows no databases of this type", "The types are postgresql, mongodb and redis.");
    targets::Address address{.type = *type};
    if (secret.reveal().find("://") != std::string::npos) {
        DRYDOCK_TRY(address, targets::Address::parse(secret.reveal()));
        if (address.type != *type) return bad("the connection string is of a database of another type");
    } else {
        address.password = secret;
    }
    if (address.hosts.empty()) address.hosts.push_back({.name = {}, .port = targets::default_port(*type)});
    auto& first = address.hosts.front();
    if (!row.host.empty()) first.name = row.host;
    if (row.port) first.port = static_cast<std::uint16_t>(*row.port);
    if (!row.database.empty()) address.database = row.database;
    if (!row.username.empty()) address.user = row.username;
    DRYDOCK_TRY(const auto config, object_of(row.config, "config"));
    DRYDOCK_TRY_VOID(read_hosts(address, config));
    DRYDOCK_TRY_VOID(read_options(address, config));
    DRYDOCK_TRY_VOID(read_tls(address, config));
    DRYDOCK_TRY_VOID(pool_of(row.config, {}));
    if (!row.ssl_enabled) address.tls = net::TlsMode::off;
    DRYDOCK_TRY_VOID(address.check());
    return address;
}

namespace {

// A whole number of config.pool, within bounds.
Result<std::int64_t> pool_number(
    const json::object& pool, std::string_view name, std::int64_t usual, std::int64_t least, std::int64_t most
) {
    const auto* const found = pool.if_contains(name);
    if (!found) return usual;
    if (found->is_int64() && found->get_int64() >= least && found->get_int64() <= most) return found->get_int64();
    return bad(fmt::format("config.pool.{} is not a number between {} and {}", name, least, most));
}

}  // namespace

Result<targets::PoolLimits> pool_of(std::string_view config, const targets::PoolLimits& standard) {
    DRYDOCK_TRY(const auto whole, object_of(config, "config"));
    const auto* const found = whole.if_contains("pool");
    if (!found) return standard;
    if (!found->is_object()) return bad("config.pool is not an object", R"(It looks like {"tier": "small"}.)");
    const auto& pool = found->get_object();
    DRYDOCK_TRY(const auto name, text_of(pool, "tier", "config.pool"));
    const auto tier = name.empty() ? std::optional{targets::Tier::standard} : targets::tier_named(name);
    if (!tier) return bad("config.pool.tier is unknown", "It is one of small, standard and large.");
    auto limits = targets::limits_of(*tier, standard);
    DRYDOCK_TRY(const auto max, pool_number(pool, "max", static_cast<std::int64_t>(limits.max), 1, 1000));
    DRYDOCK_TRY(const auto min, pool_number(pool, "min", static_cast<std::int64_t>(limits.min), 0, max));
    DRYDOCK_TRY(const auto idle, pool_number(pool, "idle_seconds", limits.idle.count(), 1, 86'400));
    DRYDOCK_TRY(const auto lifetime, pool_number(pool, "lifetime_seconds", limits.lifetime.count(), 1, 604'800));
    DRYDOCK_TRY(
        const auto timeout, pool_number(pool, "connect_timeout_seconds", limits.connect_timeout.count(), 1, 300)
    );
    limits.max = static_cast<std::size_t>(max);
    limits.min = static_cast<std::size_t>(min);
    limits.idle = std::chrono::seconds{idle};
    limits.lifetime = std::chrono::seconds{lifetime};
    limits.connect_timeout = std::chrono::seconds{timeout};
    return limits;
}

Result<> put_address(Database& row, const targets::Address& address) {
    row.type = targets::wire_name(address.type);
    row.host = address.hosts.front().name;
    row.port = address.hosts.front().port;
    row.database = address.database;
    row.username = address.user;
    row.ssl_enabled = address.tls_mode() != net::TlsMode::off;
    DRYDOCK_TRY(auto config, object_of(row.config, "config"));
    config.erase("hosts");
    if (address.hosts.size() > 1) {
        json::array hosts;
        for (std::size_t i = 1; i < address.hosts.size(); ++i) {
            hosts.push_back({{"host", address.hosts[i].name}, {"port", address.hosts[i].port}});
        }
        config["hosts"] = std::move(hosts);
    }
    config.erase("tls");
    json::object tls;
    if (address.tls) tls["mode"] = targets::wire_name(*address.tls);
    if (!address.ca_pem.empty()) tls["ca"] = address.ca_pem;
    if (const auto auth = address.option("auth"); !auth.empty()) tls["auth"] = auth;
    if (!tls.empty()) config["tls"] = std::move(tls);
    config.erase("options");
    json::object options;
    for (const auto& [name, value] : address.options) {
        if (name != "auth") options[name] = value;
    }
    if (!options.empty()) config["options"] = std::move(options);
    row.config = json::serialize(config);
    return {};
}

Result<> put_fields(Database& row, const Fields& fields) {
    if (fields.name) row.name = trim(*fields.name);
    if (fields.type) row.type = *fields.type;
    if (fields.host) row.host = *fields.host;
    if (fields.port) row.port = *fields.port;
    if (fields.database) row.database = *fields.database;
    if (fields.username) row.username = *fields.username;
    if (fields.ssl_enabled) row.ssl_enabled = *fields.ssl_enabled;
    if (fields.config) {
        DRYDOCK_TRY(const auto config, object_of(*fields.config, "config"));
        row.config = json::serialize(config);
    }
    if (fields.metadata) {
        DRYDOCK_TRY(const auto metadata, object_of(*fields.metadata, "metadata"));
        row.metadata = json::serialize(metadata);
    }
    if (fields.status) row.status = *fields.status;
    if (row.name.empty() || row.name.size() > 200) return bad("the name is missing or longer than 200 bytes");
    if (row.port && (*row.port < 1 || *row.port > 65535)) return bad("the port is not a number between 1 and 65535");
    return {};
}

namespace {

bool same_options(const targets::Address& one, const targets::Address& other) {
    const auto sorted = [](auto options) {
        std::ranges::sort(options);
        return options;
    };
    return sorted(one.options) == sorted(other.options);
}

}  // namespace

Secret text_for(const targets::Address& address, const Secret& given) {
    const auto said = targets::Address::parse(given.reveal());
    const bool same = said && said->type == address.type && said->hosts == address.hosts &&
                      said->database == address.database && said->user == address.user &&
                      said->tls_mode() == address.tls_mode() && same_options(*said, address);
    return same ? given : address.url();
}

Result<> check_place(const targets::Address& address, const Secret& sealed) {
    DRYDOCK_TRY(const auto said, targets::Address::parse(sealed.reveal()));
    // A URL of the other kinds says only whether, and not how, it is encrypted.
    const bool encrypted = address.type == targets::Type::postgresql
                               ? said.tls_mode() == address.tls_mode()
                               : (said.tls_mode() == net::TlsMode::off) == (address.tls_mode() == net::TlsMode::off);
    if (encrypted && said.hosts == address.hosts && said.user == address.user && same_options(said, address)) return {};
    return other_place();
}

}  // namespace drydock::registry
