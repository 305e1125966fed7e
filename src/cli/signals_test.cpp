#include "cli/signals.h"

#include <signal.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace drydock::cli {
namespace {

void wait_for_stop(const Signals& signals) {
    while (!signals.token().stop_requested()) std::this_thread::yield();
}

TEST(SignalsDeathTest, TheFirstOneAsksToStop) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        EXPECT_EXIT(
            {
                const Signals signals;
                ::kill(::getpid(), signal);
                wait_for_stop(signals);
                ::_exit(0);
            },
            ::testing::ExitedWithCode(0),
            "stopping; once more ends at once"
        );
    }
}

TEST(SignalsDeathTest, TheSecondOneEndsTheProcess) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            const Signals signals;
            ::kill(::getpid(), SIGINT);
            wait_for_stop(signals);
            ::kill(::getpid(), SIGINT);
            for (;;) ::pause();
        },
        ::testing::ExitedWithCode(130),
        "stopping"
    );
}

TEST(SignalsDeathTest, LettingGoGivesTheSignalsBack) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            Signals signals;
            signals.let_go();
            ::kill(::getpid(), SIGTERM);
            for (;;) ::pause();
        },
        ::testing::KilledBySignal(SIGTERM),
        ""
    );
}

}  // namespace
}  // namespace drydock::cli
