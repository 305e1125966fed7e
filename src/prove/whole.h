#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "catalog/snapshot.h"
#include "prove/report.h"
#include "prove/track.h"

namespace drydock::prove {

// The newest migrations that can all be taken back, and the catalog before the oldest of them.
class Span {
public:
    // Before a migration of which it is known that it can be taken back.
    Result<> before(Track& track, const Limits& limits);
    // A migration that ends it: what comes before it stays.
    void stop(std::string why);
    // `left`: what its rollback is known to give up.
    void add(std::size_t position, const std::optional<std::string>& rollback, const std::vector<std::string>& left);

    bool empty() const { return steps_.empty(); }
    std::size_t size() const { return steps_.size(); }

    // Takes all back, newest first, and applies them again. The track's state is in doubt when it failed.
    Result<WholeProof> prove(const Course& course, Track& track, const Limits& limits) const;

private:
    struct Step {
        std::size_t position;
        std::optional<std::string> rollback;
    };
    std::vector<Step> steps_;
    std::set<std::string, std::less<>> left_;
    std::shared_ptr<const catalog::Snapshot> base_;
    std::string stopped_by_;
};

}  // namespace drydock::prove
