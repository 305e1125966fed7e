#include "health/judge.h"

#include <algorithm>
#include <iterator>

namespace drydock::health {

Judgement Judge::judge(const Finding& finding, bool held) {
    return answers(finding.outcome) ? judge_answer() : judge_failure(finding, held);
}

Judgement Judge::judge_answer() {
    failures_ = 0;
    silent_ = 0;
    step_ = 0;
    ++answers_;
    // One that nobody has judged before needs no proof that it came back.
    const int needed = status_ == Status::unknown ? 1 : options_->rise;
    if (status_ == Status::healthy) return {.status = status_};
    if (answers_ < needed) return {.status = status_, .next = options_->recheck};
    status_ = Status::healthy;
    return {.status = status_, .changed = true};
}

Judgement Judge::judge_failure(const Finding& finding, bool held) {
    answers_ = 0;
    failures_ = std::min(failures_ + 1, options_->fall);
    // Of a name that is not looked up in time it is not known whom it was waited for.
    const bool silent = finding.outcome == Outcome::timed_out && finding.phase != Phase::name;
    silent_ = silent ? std::min(silent_ + 1, options_->fall_silent) : 0;
    const bool wrong_password = finding.outcome == Outcome::auth_failed;
    if (status_ == Status::unhealthy) {
        const auto next = next_step();
        return {.status = status_, .next = wrong_password ? std::max(next, options_->after_auth_failure) : next};
    }
    if (held) {
        // It stands one failure before the verdict, so the first check after the hold decides.
        failures_ = std::min(failures_, options_->fall - 1);
        silent_ = std::min(silent_, options_->fall_silent - 1);
        return {.status = status_};
    }
    // A server that says no has answered: asking again at once changes nothing.
    if (!wrong_password && failures_ < options_->fall && silent_ < options_->fall_silent) {
        return {.status = status_, .next = silent ? options_->recheck_silent : options_->recheck};
    }
    status_ = Status::unhealthy;
    const auto next = next_step();
    return {
        .status = status_, .changed = true, .next = wrong_password ? std::max(next, options_->after_auth_failure) : next
    };
}

std::chrono::milliseconds Judge::next_step() {
    const auto last = static_cast<int>(std::size(options_->breaker)) - 1;
    const auto wait = options_->breaker[std::min(step_, last)];
    step_ = std::min(step_ + 1, last);
    return wait;
}

}  // namespace drydock::health
