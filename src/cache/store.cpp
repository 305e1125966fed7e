#include "cache/store.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace drydock::cache {
namespace {

// What the table of counters takes.
constexpr std::size_t kLongest = 200;

}  // namespace

std::string key(std::string_view space, std::string_view name) {
    auto text = fmt::format("{}:{}", space, name);
    // A zero byte is no text for PostgreSQL. The '#' keeps a name that looks like a hash apart from one that is hashed.
    const bool plain = text.size() <= kLongest && name.find('\0') == name.npos && !name.starts_with('#');
    return plain ? text : fmt::format("{}:#{}", space, sha256_hex(name));
}

}  // namespace drydock::cache
