#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "audit/merkle.h"
#include "audit/row.h"
#include "control/store.h"

namespace drydock::audit {

// What does not fit in a trail, and from which row on.
struct Finding {
    enum class Kind : std::uint8_t {
        changed,            // a row is not what its hash says
        personal_changed,   // what stands beside the chain is not what the chain has the hash of
        broken,             // a row does not follow the one before
        reordered,          // a row stands at the place of another
        gap,                // a row is missing
        cut,                // rows at the end are missing
        rewritten,          // the chain fits in itself, but is not the one that was signed
        forged_checkpoint,  // a checkpoint that none of the keys signed, or that says something else than its note
        moved_head,         // the head is not the last row
    };
    Kind kind = Kind::changed;
    std::int64_t sequence = 0;
    std::string text{};
};
std::string_view name_of(Finding::Kind kind);

// "" is the chain of none.
std::string chain_of(std::string_view organization);

// Goes along a chain row by row and says what does not fit. Holds one hash and the frontier of the tree.
class ChainWalk {
public:
    // From the first row, or from behind one that is known.
    ChainWalk();
    ChainWalk(MerkleTree tree, std::string last_hash) : tree_(std::move(tree)), last_hash_(std::move(last_hash)) {}

    // nullopt: it follows. After a finding the walk is over.
    std::optional<Finding> step(const Row& row);
    std::int64_t size() const { return tree_.size(); }
    const MerkleTree& tree() const { return tree_; }
    const std::string& last_hash() const { return last_hash_; }

private:
    MerkleTree tree_;
    std::string last_hash_;
    std::string last_time_;
};

// Reads the rows of the actor's chain behind a sequence, in order and in pages; `each` says whether to go on.
Result<> read_chain(
    control::Store& store,
    const control::Actor& actor,
    std::int64_t after,
    const std::function<Result<bool>(const Row&)>& each,
    const Limits& limits
);

}  // namespace drydock::audit
