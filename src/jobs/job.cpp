#include "jobs/job.h"

#include <algorithm>
#include <array>

namespace drydock::jobs {
namespace {

constexpr std::array<std::string_view, 6> kNames{"queued", "running", "succeeded", "failed", "cancelled", "unknown"};

struct Allowed {
    JobState from;
    JobState to;
};

constexpr Allowed kMoves[] = {
    {JobState::queued, JobState::running},     // claimed
    {JobState::queued, JobState::cancelled},   // before anybody began
    {JobState::running, JobState::succeeded},  //
    {JobState::running, JobState::failed},     // for good
    {JobState::running, JobState::cancelled},  //
    {JobState::running, JobState::queued},     // to be tried again, handed back, or lost before it was sent
    {JobState::running, JobState::unknown},    // lost after it was sent
    {JobState::unknown, JobState::succeeded},  // somebody has found out
    {JobState::unknown, JobState::failed},
};

}  // namespace

std::string_view name_of(JobState state) {
    return kNames[static_cast<std::size_t>(state)];
}

std::optional<JobState> job_state(std::string_view name) {
    const auto* const found = std::ranges::find(kNames, name);
    if (found == kNames.end()) return std::nullopt;
    return static_cast<JobState>(found - kNames.begin());
}

bool is_finished(JobState state) {
    return state != JobState::queued && state != JobState::running;
}

bool may_move(JobState from, JobState to) {
    return std::ranges::any_of(kMoves, [&](const Allowed& move) { return move.from == from && move.to == to; });
}

}  // namespace drydock::jobs
