#include "config/database_url.h"

#include <cctype>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"

namespace drydock::config {
namespace {}  // namespace

std::string compose_url(const DatabaseParts& parts) {
    std::string url = "postgresql://";
    if (!parts.user.empty()) {
        url += percent_encoded(parts.user);
        if (!parts.password.empty()) url += ":" + percent_encoded(parts.password);
        url += "@";
    }
    const bool ipv6 = parts.host.find(':') != std::string::npos && !parts.host.starts_with('[');
    const bool bracketed = parts.host.starts_with('[');
    url += ipv6 ? "[" + parts.host + "]" : bracketed ? parts.host : percent_encoded(parts.host);
    if (!parts.port.empty()) url += ":" + parts.port;
    url += "/" + percent_encoded(parts.name);
    if (parts.user.empty() && !parts.password.empty()) url += "?password=" + percent_encoded(parts.password);
    return url;
}

std::string with_ssl(std::string_view address, std::string_view ssl) {
    std::string result{address};
    if (address.empty() || ssl.empty() || to_lower(address).find("sslmode") != std::string::npos) return result;
    const auto mode = ssl == "true" ? "require" : ssl == "false" ? "disable" : ssl;
    const bool url = address.find("://") != std::string_view::npos;
    const bool first = address.find('?') == std::string_view::npos;
    result += !url ? " " : first ? "?" : "&";
    return result + "sslmode=" + std::string{mode};
}

}  // namespace drydock::config
