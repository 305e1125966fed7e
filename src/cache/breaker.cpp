#include "cache/breaker.h"

#include <algorithm>
#include <utility>

#include "base/wait.h"

namespace drydock::cache {

bool Breaker::may_try() {
    const std::lock_guard lock{mutex_};
    if (failures_ < options_.failures) return true;
    if (probing_ || options_.now() < closed_until_) return false;
    probing_ = true;
    return true;
}

void Breaker::succeeded() {
    const std::lock_guard lock{mutex_};
    failures_ = 0;
    openings_ = 0;
    probing_ = false;
}

void Breaker::failed() {
    const std::lock_guard lock{mutex_};
    const bool probe = std::exchange(probing_, false);
    if (failures_ < options_.failures) ++failures_;
    // Those that were on their way when it opened tell nothing new.
    const bool opens = failures_ == options_.failures && (probe || openings_ == 0);
    if (!opens) return;
    closed_until_ = options_.now() + jittered(options_.first_pause, options_.longest_pause, openings_);
    openings_ = std::min(openings_ + 1, 30);
}

void Breaker::gave_up() {
    const std::lock_guard lock{mutex_};
    probing_ = false;
}

bool Breaker::open() const {
    const std::lock_guard lock{mutex_};
    return failures_ >= options_.failures;
}

}  // namespace drydock::cache
