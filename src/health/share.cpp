#include "health/share.h"

#include <algorithm>
#include <utility>

namespace drydock::health {

std::uint64_t stable_hash(std::string_view text, std::uint64_t seed) {
    // FNV-1a, and the finisher of SplitMix64, which spreads what FNV leaves in the low bits.
    std::uint64_t hash = 0xcbf29ce484222325ULL ^ seed;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebULL;
    return hash ^ (hash >> 31U);
}

bool is_mine(std::string_view id, std::string_view me, std::span<const std::string> all) {
    const auto weight = [&](std::string_view replica) {
        return std::pair{stable_hash(id, stable_hash(replica)), replica};
    };
    const auto mine = weight(me);
    return std::ranges::all_of(all, [&](const std::string& other) { return other == me || weight(other) < mine; });
}

}  // namespace drydock::health
