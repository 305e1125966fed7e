#include "preflight/lock_conflicts.h"

#include <string_view>

#include <gtest/gtest.h>

namespace drydock::preflight {
namespace {

using effects::LockMode;

// The table of PostgreSQL's documentation, a row a mode, X where two conflict.
constexpr std::string_view kTable[] = {
    ".......X",  // ACCESS SHARE
    "......XX",  // ROW SHARE
    "....XXXX",  // ROW EXCLUSIVE
    "...XXXXX",  // SHARE UPDATE EXCLUSIVE
    "..XX.XXX",  // SHARE
    "..XXXXXX",  // SHARE ROW EXCLUSIVE
    ".XXXXXXX",  // EXCLUSIVE
    "XXXXXXXX",  // ACCESS EXCLUSIVE
};

TEST(Locks, ConflictAsTheServersTableSays) {
    for (int a = 0; a < 8; ++a) {
        for (int b = 0; b < 8; ++b) {
            const auto held = static_cast<LockMode>(a + 1);
            const auto wanted = static_cast<LockMode>(b + 1);
            EXPECT_EQ(conflict(held, wanted), kTable[a][static_cast<std::size_t>(b)] == 'X')
                << effects::name(held) << " and " << effects::name(wanted);
        }
    }
    EXPECT_FALSE(conflict(LockMode::none, LockMode::access_exclusive));
}

TEST(Locks, AreKnownByTheNamesOfPgLocks) {
    EXPECT_EQ(lock_mode_of("AccessShareLock"), LockMode::access_share);
    EXPECT_EQ(lock_mode_of("AccessExclusiveLock"), LockMode::access_exclusive);
    EXPECT_EQ(lock_mode_of("SIReadLock"), std::nullopt);
}

}  // namespace
}  // namespace drydock::preflight
