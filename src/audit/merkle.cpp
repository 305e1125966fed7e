#include "audit/merkle.h"

#include <bit>

#include "crypto/bytes.h"

namespace drydock::audit {
namespace {

constexpr std::size_t kHash = 32;

std::string node(std::string_view left, std::string_view right) {
    std::string bytes{'\x01'};
    bytes.append(left).append(right);
    return crypto::sha256(bytes);
}

}  // namespace

Result<MerkleTree> MerkleTree::resume(std::int64_t size, std::string_view frontier) {
    const auto count = static_cast<std::size_t>(std::popcount(static_cast<std::uint64_t>(size)));
    if (size < 0 || frontier.size() != count * kHash) {
        return Error{
            .code = ErrorCode::conflict,
            .message = "the stored state of an audit checkpoint has not the form it must have: it was altered"
        };
    }
    MerkleTree tree;
    tree.size_ = size;
    for (std::size_t i = 0; i < count; ++i) tree.subtrees_.emplace_back(frontier.substr(i * kHash, kHash));
    return tree;
}

void MerkleTree::add(std::string_view entry) {
    std::string bytes{'\0'};
    bytes.append(entry);
    auto hash = crypto::sha256(bytes);
    // Each trailing one of the count is a whole subtree of the size that this one has now.
    for (auto rest = size_; (rest & 1) != 0; rest >>= 1) {
        hash = node(subtrees_.back(), hash);
        subtrees_.pop_back();
    }
    subtrees_.push_back(std::move(hash));
    ++size_;
}

std::string MerkleTree::root() const {
    if (subtrees_.empty()) return crypto::sha256("");
    auto root = subtrees_.back();
    for (auto i = subtrees_.size() - 1; i-- > 0;) root = node(subtrees_[i], root);
    return root;
}

std::string MerkleTree::frontier() const {
    std::string bytes;
    for (const auto& hash : subtrees_) bytes += hash;
    return bytes;
}

}  // namespace drydock::audit
