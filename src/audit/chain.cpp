#include "audit/chain.h"

#include <array>

#include <fmt/format.h>

#include "audit/checkpoint.h"
#include "audit/queries.h"
#include "base/encoding.h"
#include "crypto/bytes.h"

namespace drydock::audit {
namespace {

constexpr int kPage = 2000;

}  // namespace

std::string_view name_of(Finding::Kind kind) {
    constexpr std::array<std::string_view, 9> kNames{
        "changed",
        "personal_changed",
        "broken",
        "reordered",
        "gap",
        "cut",
        "rewritten",
        "forged_checkpoint",
        "moved_head"
    };
    return kNames.at(static_cast<std::size_t>(kind));
}

std::string chain_of(std::string_view organization) {
    return std::string{organization.empty() ? kNoOrganization : organization};
}

ChainWalk::ChainWalk() : last_hash_(kFirstHash) {}

std::optional<Finding> ChainWalk::step(const Row& row) {
    const auto expected = tree_.size() + 1;
    const auto finding = [&](Finding::Kind kind, std::string text) {
        return Finding{.kind = kind, .sequence = expected, .text = std::move(text)};
    };
    if (row.sequence() != expected) {
        return finding(
            Finding::Kind::gap, fmt::format("row {} is missing: {} comes in its place", expected, row.sequence())
        );
    }
    const auto hash = crypto::sha256(row.canonical());
    if (hex(hash) != row.hash()) {
        return finding(Finding::Kind::changed, fmt::format("row {} was changed: its hash does not fit it", expected));
    }
    if (row.previous_hash() != last_hash_) {
        return finding(
            Finding::Kind::broken,
            fmt::format("row {} does not follow row {}: one was replaced", expected, expected - 1)
        );
    }
    if (row.occurred_at() < last_time_) {
        return finding(
            Finding::Kind::broken, fmt::format("row {} is older than row {} before it", expected, expected - 1)
        );
    }
    if (!row.personal_data_fits()) {
        return finding(
            Finding::Kind::personal_changed,
            fmt::format("the login, address or object name of row {} was changed: their hash does not fit", expected)
        );
    }
    tree_.add(hash);
    last_hash_ = row.hash();
    last_time_ = row.occurred_at();
    return std::nullopt;
}

Result<> read_chain(
    control::Store& store,
    const control::Actor& actor,
    std::int64_t after,
    const std::function<Result<bool>(const Row&)>& each,
    const Limits& limits
) {
    const auto chain = chain_of(actor.organization_id);
    const auto page = std::to_string(kPage);
    while (true) {
        const auto from = std::to_string(after);
        DRYDOCK_TRY(const auto rows, store.read(actor, queries::chain_rows, {chain, from, page}, limits));
        for (int i = 0; i < rows.size(); ++i) {
            const Row row{rows, i};
            after = row.sequence();
            DRYDOCK_TRY(const bool go_on, each(row));
            if (!go_on) return {};
        }
        if (rows.size() < kPage) return {};
    }
}

}  // namespace drydock::audit
