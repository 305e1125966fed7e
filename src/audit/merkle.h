#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace drydock::audit {

// The tree hash of RFC 6962 over entries that come one after another. It holds the roots of the whole subtrees alone:
// as many hashes as the count of entries has ones in binary.
class MerkleTree {
public:
    MerkleTree() = default;
    // Goes on where another one stood: frontier() and size() of that one.
    static Result<MerkleTree> resume(std::int64_t size, std::string_view frontier);

    void add(std::string_view entry);
    std::int64_t size() const { return size_; }
    std::string root() const;      // 32 bytes
    std::string frontier() const;  // the subtrees' roots, the largest first

private:
    std::int64_t size_ = 0;
    std::vector<std::string> subtrees_;
};

}  // namespace drydock::audit
