#include "cache/guard.h"

namespace drydock::cache {

std::nullopt_t Guard::failed(bool tried) {
    const std::lock_guard lock{mutex_};
    ++figures_.fallbacks;
    if (tried) ++figures_.failures;
    return std::nullopt;
}

GuardFigures Guard::figures() const {
    const std::lock_guard lock{mutex_};
    auto figures = figures_;
    figures.down = breaker_.open();
    return figures;
}

}  // namespace drydock::cache
