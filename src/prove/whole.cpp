#include "prove/whole.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "prove/compare.h"

namespace drydock::prove {

Result<> Span::before(Track& track, const Limits& limits) {
    if (base_) return {};
    DRYDOCK_TRY(base_, track.snapshot(false, limits));
    return {};
}

void Span::stop(std::string why) {
    steps_.clear();
    left_.clear();
    base_.reset();
    stopped_by_ = std::move(why);
}

void Span::add(std::size_t position, const std::optional<std::string>& rollback, const std::vector<std::string>& left) {
    steps_.push_back({position, rollback});
    left_.insert(left.begin(), left.end());
}

Result<WholeProof> Span::prove(const Course& course, Track& track, const Limits& limits) const {
    const auto begun = Limits::Clock::now();
    WholeProof proof{.count = steps_.size(), .stopped_by = stopped_by_};
    if (steps_.empty()) return proof;
    proof.from = course.id(steps_.front().position);
    const auto failed = [&](Error error, std::string_view doing, std::size_t position) -> Result<WholeProof> {
        if (error.code == ErrorCode::cancelled || error.code == ErrorCode::unavailable ||
            error.code == ErrorCode::deadline_exceeded) {
            return error;
        }
        proof.error = std::move(error).in(fmt::format("{} {} among all", doing, course.id(position)));
        proof.total = Limits::Clock::now() - begun;
        return proof;
    };
    DRYDOCK_TRY(const auto top, track.snapshot(false, limits));
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
        auto done = track.roll_back(step->position, step->rollback, limits);
        if (!done) return failed(std::move(done).error(), "rolling back", step->position);
    }
    DRYDOCK_TRY(const auto bottom, track.snapshot(false, limits));
    auto below = deviation(*base_, *bottom, "after rolling all back");
    // What the grades of single rollbacks give up is no news here; anything beyond it is.
    const auto lost = without_order(*base_, *bottom);
    const auto is_known = [&](const std::string& line) { return left_.contains(line); };
    if (!std::all_of(lost.begin(), lost.end(), is_known)) proof.differences = std::move(below.lines);
    for (const auto& step : steps_) {
        auto done = track.apply(step.position, limits);
        if (!done) return failed(std::move(done).error(), "applying again", step.position);
    }
    DRYDOCK_TRY(const auto again, track.snapshot(false, limits));
    auto above = deviation(*top, *again, "after applying all again");
    if (!above.order_only) {
        proof.differences.insert(proof.differences.end(), above.lines.begin(), above.lines.end());
    }
    proof.total = Limits::Clock::now() - begun;
    return proof;
}

}  // namespace drydock::prove
