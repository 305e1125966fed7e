#pragma once

#include <chrono>
#include <optional>

#include "health/outcome.h"

namespace drydock::health {

// When a database counts as what, and when it is looked at again. All times are the caller's.
struct JudgeOptions {
    int fall = 3;         // failures in a row until it is unhealthy
    int fall_silent = 2;  // of these, that it was waited for in vain: each took seconds, the second anew from the start
    int rise = 2;         // answers in a row until it is healthy again
    std::chrono::milliseconds recheck{1000};
    std::chrono::milliseconds recheck_silent{500};  // after it was waited for
    // Between checks of one that is unhealthy: each step once, the last from then on.
    std::chrono::milliseconds breaker[4] = {
        std::chrono::seconds{15}, std::chrono::seconds{30}, std::chrono::seconds{60}, std::chrono::seconds{300}
    };
    // A wrong password is not tried again sooner: accounts get locked by that.
    std::chrono::milliseconds after_auth_failure{60'000};
};

struct Judgement {
    Status status = Status::unknown;
    bool changed = false;
    // Until the next check; nothing: at its regular time.
    std::optional<std::chrono::milliseconds> next{};
};

// n of m for one database, and a circuit breaker: an unhealthy one is asked ever more rarely, one question at a time,
// until it answers.
class Judge {
public:
    explicit Judge(const JudgeOptions& options) : options_(&options) {}

    // `held`: failures are not to be believed now, because too many things fail at once.
    Judgement judge(const Finding& finding, bool held = false);
    // Another password, or somebody asked: what was known does not hold up the next check.
    void close_breaker() { step_ = 0; }

    Status status() const { return status_; }
    int failures() const { return failures_; }
    bool open() const { return status_ == Status::unhealthy; }

private:
    Judgement judge_answer();
    Judgement judge_failure(const Finding& finding, bool held);
    std::chrono::milliseconds next_step();

    const JudgeOptions* options_;
    Status status_ = Status::unknown;
    int failures_ = 0;
    int silent_ = 0;  // of these
    int answers_ = 0;
    int step_ = 0;
};

}  // namespace drydock::health
