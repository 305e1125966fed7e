#include "pg/retry.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace drydock::pg {
namespace {

using std::chrono::milliseconds;
using Clock = Limits::Clock;

Error state(std::string sqlstate, ErrorCode code = ErrorCode::failed) {
    return {.code = code, .message = "no", .sqlstate = std::move(sqlstate)};
}

// A world where time passes only by waiting.
struct FakeWorld {
    RetryWorld world{
        .random = [this] { return luck; },
        .now = [this] { return time; },
        .wait = [this](Clock::duration pause, const Limits&) -> Result<> {
            pauses.push_back(std::chrono::duration_cast<milliseconds>(pause));
            time += pause;
            return {};
        }
    };
    double luck = 0;
    Clock::time_point time{};
    std::vector<milliseconds> pauses{};
};

TEST(Retry, knows_which_errors_may_pass) {
    struct Case {
        const char* sqlstate;
        ErrorCode code;
        bool once;      // for work that must not be done twice
        bool repeated;  // for work that may
    };
    for (const auto& [sqlstate, code, once, repeated] : std::initializer_list<Case>{
             {"40001", ErrorCode::failed, true, true},
             {"40P01", ErrorCode::failed, true, true},
             {"55P03", ErrorCode::locked, true, true},
             {"53300", ErrorCode::unavailable, true, true},
             {"57P03", ErrorCode::unavailable, true, true},
             {"08001", ErrorCode::unavailable, true, true},
             {"08006", ErrorCode::unavailable, false, true},
             {"08003", ErrorCode::unavailable, false, true},
             {"57P01", ErrorCode::unavailable, false, true},
             {"57P02", ErrorCode::unavailable, false, true},
             {"40003", ErrorCode::failed, false, true},
             {"", ErrorCode::unavailable, false, true},
             {"08P01", ErrorCode::unavailable, false, false},
             {"23505", ErrorCode::failed, false, false},
             {"42601", ErrorCode::failed, false, false},
             {"42501", ErrorCode::permission_denied, false, false},
             {"28P01", ErrorCode::unauthenticated, false, false},
             {"57014", ErrorCode::failed, false, false},
             {"", ErrorCode::deadline_exceeded, false, false},
             {"", ErrorCode::cancelled, false, false}
         }) {
        EXPECT_EQ(may_retry(state(sqlstate, code), Repeatable::no), once) << sqlstate;
        EXPECT_EQ(may_retry(state(sqlstate, code), Repeatable::yes), repeated) << sqlstate;
    }
}

TEST(Retry, pauses_double_up_to_the_longest_and_vary_by_half) {
    const RetryPolicy policy{.attempts = 9, .first_pause = milliseconds{100}, .longest_pause = milliseconds{500}};
    const auto most = 0.9999999;
    const std::vector<int> whole{100, 200, 400, 500, 500};
    for (int next = 2; next < 7; ++next) {
        const milliseconds expected{whole[static_cast<std::size_t>(next) - 2]};
        EXPECT_EQ(pause_before(next, policy, 0), expected / 2);
        EXPECT_GT(pause_before(next, policy, most), expected - milliseconds{1});
        EXPECT_LE(pause_before(next, policy, most), expected);
    }
    EXPECT_LE(pause_before(1'000'000, policy, most), milliseconds{500});
}

TEST(Retry, goes_on_until_it_succeeds) {
    FakeWorld fake;
    int calls = 0;
    const auto result = retry(
        [&]() -> Result<int> { return ++calls < 3 ? Result<int>{state("40001")} : Result<int>{calls}; },
        Repeatable::no,
        {.first_pause = milliseconds{100}},
        fake.world,
        {}
    );
    ASSERT_TRUE(result);
    EXPECT_EQ(*result, 3);
    EXPECT_EQ(fake.pauses, (std::vector<milliseconds>{milliseconds{50}, milliseconds{100}}));
}

TEST(Retry, gives_the_last_error_when_the_attempts_are_used_up) {
    FakeWorld fake;
    int calls = 0;
    const auto result = retry(
        [&]() -> Result<> {
            ++calls;
            return state("40P01");
        },
        Repeatable::no,
        {.attempts = 3},
        fake.world,
        {}
    );
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().sqlstate, "40P01");
    EXPECT_EQ(calls, 3);
    EXPECT_EQ(fake.pauses.size(), 2U);
}

TEST(Retry, never_repeats_unrepeatable_work_after_a_lost_connection) {
    FakeWorld fake;
    int calls = 0;
    const auto lost = [&]() -> Result<> {
        ++calls;
        return state("08006", ErrorCode::unavailable);
    };
    EXPECT_FALSE(retry(lost, Repeatable::no, {}, fake.world, {}));
    EXPECT_EQ(calls, 1);
    EXPECT_FALSE(retry(lost, Repeatable::yes, {.attempts = 4}, fake.world, {}));
    EXPECT_EQ(calls, 5);
}

TEST(Retry, does_not_wait_for_a_moment_after_the_deadline) {
    FakeWorld fake;
    int calls = 0;
    const auto result = retry(
        [&]() -> Result<> {
            ++calls;
            return state("40001");
        },
        Repeatable::no,
        {.attempts = 100, .first_pause = milliseconds{100}, .longest_pause = milliseconds{100}},
        fake.world,
        {.deadline = fake.time + milliseconds{175}}
    );
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().sqlstate, "40001");
    EXPECT_EQ(calls, 4);  // pauses of 50 ms each: three fit
}

TEST(Retry, a_stop_while_waiting_ends_it) {
    FakeWorld fake;
    std::stop_source stop;
    fake.world.wait = RetryWorld::real().wait;
    int calls = 0;
    const auto result = retry(
        [&]() -> Result<> {
            ++calls;
            stop.request_stop();
            return state("40001");
        },
        Repeatable::no,
        {.first_pause = std::chrono::hours{1}, .longest_pause = std::chrono::hours{1}},
        fake.world,
        {.stop = stop.get_token()}
    );
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::cancelled);
    EXPECT_EQ(calls, 1);
}

TEST(Retry, real_randomness_is_in_range_and_moves) {
    const auto& random = RetryWorld::real().random;
    const double first = random();
    bool moved = false;
    for (int i = 0; i < 100; ++i) {
        const double next = random();
        EXPECT_GE(next, 0);
        EXPECT_LT(next, 1);
        moved |= next != first;
    }
    EXPECT_TRUE(moved);
}

}  // namespace
}  // namespace drydock::pg
