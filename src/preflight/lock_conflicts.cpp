#include "preflight/lock_conflicts.h"

#include <algorithm>
#include <array>

namespace drydock::preflight {
namespace {

using effects::LockMode;

struct Mode {
    LockMode mode;
    std::string_view name;
    // From which mode on all conflict with it, but for `not_with`.
    LockMode from;
    LockMode not_with = LockMode::none;
};

constexpr std::array<Mode, 8> kModes{{
    {LockMode::access_share, "AccessShareLock", LockMode::access_exclusive},
    {LockMode::row_share, "RowShareLock", LockMode::exclusive},
    {LockMode::row_exclusive, "RowExclusiveLock", LockMode::share},
    {LockMode::share_update_exclusive, "ShareUpdateExclusiveLock", LockMode::share_update_exclusive},
    {LockMode::share, "ShareLock", LockMode::row_exclusive, LockMode::share},
    {LockMode::share_row_exclusive, "ShareRowExclusiveLock", LockMode::row_exclusive},
    {LockMode::exclusive, "ExclusiveLock", LockMode::row_share},
    {LockMode::access_exclusive, "AccessExclusiveLock", LockMode::access_share},
}};

}  // namespace

bool conflict(LockMode a, LockMode b) {
    if (a == LockMode::none || b == LockMode::none) return false;
    const auto found = std::find_if(kModes.begin(), kModes.end(), [&](const Mode& m) { return m.mode == a; });
    return b >= found->from && b != found->not_with;
}

std::optional<LockMode> lock_mode_of(std::string_view name) {
    const auto found = std::find_if(kModes.begin(), kModes.end(), [&](const Mode& m) { return m.name == name; });
    if (found == kModes.end()) return std::nullopt;
    return found->mode;
}

}  // namespace drydock::preflight
