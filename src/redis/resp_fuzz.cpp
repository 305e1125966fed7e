#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redis/codec.h"

namespace {

using namespace drydock::redis;

void require(bool truth) {
    if (!truth) std::abort();
}

std::size_t depth(const Value& value) {
    std::size_t deepest = 0;
    for (const auto& item : value.items) deepest = std::max(deepest, depth(item));
    return deepest + 1;
}

struct Read {
    std::vector<Value> values{};
    bool refused = false;
};

Read read(std::string_view bytes, std::size_t piece, const ParserLimits& limits) {
    Parser parser{limits};
    Read result;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        parser.feed(bytes.substr(at, piece));
        for (;;) {
            auto next = parser.next();
            if (!next) {
                require(!next.error().message.empty());
                result.refused = true;
                return result;
            }
            if (!*next) break;
            require(depth(**next) <= limits.depth + 1);
            result.values.push_back(**std::move(next));
        }
    }
    return result;
}

bool same(const Value& a, const Value& b) {
    return a.kind == b.kind && a.text == b.text && a.integer == b.integer && a.format == b.format &&
           a.truth == b.truth && std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same);
}

}  // namespace

// Whatever a server sends: it is read or refused, within the limits, and how it is cut changes nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const ParserLimits limits{.depth = 8, .bytes = 65536, .line = 4096};
    const auto whole = read(bytes, std::max<std::size_t>(size, 1), limits);
    const auto cut = read(bytes, 1, limits);
    require(whole.refused == cut.refused);
    require(std::equal(whole.values.begin(), whole.values.end(), cut.values.begin(), cut.values.end(), same));
    return 0;
}
