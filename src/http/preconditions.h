#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace drydock::http {

// `"version"`: what a client sends back to say which version it has seen.
std::string etag_of(std::string_view version);
// The version in an If-Match header: of one strong ETag, or "*". Nothing where it is anything else.
std::optional<std::string> parse_if_match(std::string_view header);
// Whether an If-None-Match header has this version among its ETags, or is "*".
bool matches_any(std::string_view header, std::string_view version);

}  // namespace drydock::http
