#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace drydock::health {

// Splits work between replicas that know of each other and nothing else: each id belongs to the replica with the
// highest hash of both (rendezvous hashing), so when one comes or goes only what it takes or leaves moves.
bool is_mine(std::string_view id, std::string_view me, std::span<const std::string> all);

// The same on every machine and in every version.
std::uint64_t stable_hash(std::string_view text, std::uint64_t seed = 0);

}  // namespace drydock::health
