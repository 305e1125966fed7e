#include "http/csrf.h"

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::http {
namespace {

// "HTTPS://Example.org:443" -> "https://example.org".
std::string normal(std::string_view origin) {
    auto text = to_lower(trim(origin));
    const auto drop = [&](std::string_view scheme, std::string_view port) {
        if (text.starts_with(scheme) && text.ends_with(port)) text.erase(text.size() - port.size());
    };
    drop("https://", ":443");
    drop("http://", ":80");
    return text;
}

}  // namespace

std::string origin_of(const Peer& peer) {
    return normal(fmt::format("{}://{}", peer.secure ? "https" : "http", peer.host));
}

std::optional<std::string> csrf_refusal(CsrfKind kind, const Headers& headers, std::string_view own_origin) {
    if (kind == CsrfKind::read) return std::nullopt;
    constexpr auto kForeign = "This request came from another site's page.";
    bool proven = false;
    // The browser's own word, which no page can set.
    if (const auto* const site = headers.find("Sec-Fetch-Site")) {
        // "none": typed by the person into the address bar, so nobody else's page; but no proof for a change either.
        if (*site != "same-origin" && *site != "none") return kForeign;
        proven = *site == "same-origin";
    }
    if (const auto* const origin = headers.find("Origin")) {
        if (normal(*origin) != normal(own_origin)) return kForeign;
        proven = true;
    }
    if (kind == CsrfKind::stream || proven) return std::nullopt;
    if (const auto* const header = headers.find("X-Drydock-Csrf"); header && !header->empty()) return std::nullopt;
    return "A change that is asked for with a session cookie needs a proof that our own page asks: the header "
           "X-Drydock-Csrf.";
}

}  // namespace drydock::http
