#include "pg/conninfo.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "base/text.h"

namespace drydock::pg {
namespace {

constexpr std::string_view kHint =
    "Give a URL like postgresql://user:password@host:5432/database (with % : / ? # @ in a password percent-encoded), "
    "or keywords like \"host=… port=… dbname=… user=…\".";

// libpq quotes the piece it stumbled over, which may be a piece of a password. Only the name of an unknown
// keyword is worth that risk.
std::string without_values(std::string_view reason) {
    if (reason.starts_with("invalid URI query parameter") || reason.starts_with("invalid connection option")) {
        return std::string{reason};
    }
    std::string result;
    for (;;) {
        const auto open = reason.find('"');
        const auto close = open == std::string_view::npos ? open : reason.find('"', open + 1);
        if (close == std::string_view::npos) break;
        const auto quoted = reason.substr(open + 1, close - open - 1);
        result += reason.substr(0, open);
        result += quoted.size() == 1 ? fmt::format("\"{}\"", quoted) : "\"…\"";
        reason.remove_prefix(close + 1);
    }
    // A quote without its end: what follows is a piece of the text.
    return result += reason.substr(0, reason.find('"'));
}

void append_encoded(std::string& out, std::string_view text, std::string_view also_plain = {}) {
    constexpr std::string_view kPlain = "-._~";
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (plain || kPlain.find(c) != std::string_view::npos || also_plain.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
}

bool is_socket(std::string_view host) {
    return host.starts_with('/') || host.starts_with('@');
}

// "a:1,b:2" out of the lists of hosts and ports; one port stands for all hosts.
std::string authority(std::string_view hosts, std::string_view ports) {
    const auto host = split(hosts, ',');
    const auto port = split(ports, ',');
    std::string result;
    for (std::size_t i = 0; i < host.size(); ++i) {
        if (i > 0) result += ',';
        const bool v6 = host[i].find(':') != std::string_view::npos;
        if (v6) result += '[';
        append_encoded(result, host[i], v6 ? ":" : "");
        if (v6) result += ']';
        const auto at = port.size() == 1 ? 0 : i;
        const auto number = at < port.size() ? port[at] : std::string_view{};
        if (!number.empty()) result += fmt::format(":{}", number);
    }
    return result;
}

// What differs between the form for people and the form for programs.
struct Style {
    bool secrets = false;
    std::string_view plain_in_values{};
};

std::string render(const Conninfo& info, const Style& style) {
    const auto hosts = info.get("host");
    const auto each = split(hosts, ',');
    const bool sockets = std::ranges::any_of(each, is_socket);
    // A list of ports that does not fit the list of hosts can't stand in the authority.
    const auto ports = split(info.get("port"), ',').size();
    const bool in_query = sockets || (ports > 1 && ports != each.size());
    const bool has_user = !info.get("user").empty();
    std::string url = "postgresql://";
    append_encoded(url, info.get("user"));
    if (style.secrets && has_user && !info.get("password").empty()) {
        url += ':';
        append_encoded(url, info.get("password"));
    }
    if (has_user) url += '@';
    if (!in_query) url += authority(hosts, info.get("port"));
    url += '/';
    append_encoded(url, info.get("dbname"), style.plain_in_values);
    char separator = '?';
    for (const auto& [keyword, value] : info.pairs()) {
        const bool place = keyword == "host" || keyword == "port";
        if (keyword == "user" || keyword == "dbname" || (place && !in_query)) continue;
        if (keyword == "password" && has_user) continue;
        const bool shown = place || keyword == "service" || (keyword == "hostaddr" && hosts.empty());
        if (!style.secrets && !shown) continue;
        url += separator;
        separator = '&';
        url += keyword;
        url += '=';
        append_encoded(url, value, style.plain_in_values);
    }
    return url;
}

}  // namespace

Result<Conninfo> Conninfo::parse(std::string_view text) {
    if (trim(text).empty()) {
        return Error{
            .code = ErrorCode::invalid_argument, .message = "the connection text is empty", .hint = std::string{kHint}
        };
    }
    const std::string copy{text};
    char* reason = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
        copy.find('\0') == std::string::npos ? PQconninfoParse(copy.c_str(), &reason) : nullptr, &PQconninfoFree
    };
    const std::unique_ptr<char, decltype(&PQfreemem)> owned{reason, &PQfreemem};
    if (!options) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format(
                "the connection text can't be read: {}", reason ? without_values(trim(reason)) : "it has a zero byte"
            ),
            .hint = std::string{kHint}
        };
    }
    Conninfo info;
    for (const PQconninfoOption* option = options.get(); option->keyword; ++option) {
        if (option->val) info.set(option->keyword, option->val);
    }
    return info;
}

Conninfo& Conninfo::set(std::string_view keyword, std::string_view value) {
    const auto at = std::ranges::find_if(pairs_, [&](const auto& pair) { return pair.first == keyword; });
    // libpq takes an empty value as "not given".
    if (value.empty()) {
        if (at != pairs_.end()) pairs_.erase(at);
    } else if (at != pairs_.end()) {
        at->second = value;
    } else {
        pairs_.emplace_back(keyword, value);
    }
    return *this;
}

std::string Conninfo::get(std::string_view keyword) const {
    for (const auto& [name, value] : pairs_) {
        if (name == keyword) return value;
    }
    return {};
}

std::string Conninfo::display() const {
    return render(*this, {.secrets = false, .plain_in_values = "/:,@"});
}

std::string Conninfo::url() const {
    return render(*this, {.secrets = true});
}

}  // namespace drydock::pg
