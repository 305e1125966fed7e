#include "health/prober.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "health/prober_test.h"
#include "health/share.h"
#include "testing/fake_postgres.h"
#include "testing/socket_server.h"

namespace drydock::health {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::FakePostgres;
using Manner = FakePostgres::Manner;
using ::testing::HasSubstr;

Target target(const std::string& id, std::uint16_t port, const std::string& host = "127.0.0.1") {
    return {
        .id = id,
        .organization_id = "o",
        .hosts = {{.name = host, .port = port}},
        .database = id,
        .user = "u",
        .version = "1"
    };
}

class ProberTest : public ::testing::Test {
protected:
    void start(ProberOptions options = quick()) {
        auto started = Prober::start(std::move(options), checks_.listener());
        ASSERT_TRUE(started) << started.error().message;
        prober_ = *std::move(started);
    }
    // What a check of a database comes to that the fake server treats like this.
    Finding finding_of(Manner manner) {
        server_.set("x", manner);
        prober_->set_targets({target("x", server_.port())});
        return checks_.next("x", [](const Check&) { return true; }).finding;
    }

    FakePostgres server_;
    Checks checks_;
    std::unique_ptr<Prober> prober_;
};

TEST_F(ProberTest, AsksAgainAndAgainOverOneConnection) {
    start();
    prober_->set_targets({target("x", server_.port())});
    const auto first = checks_.next("x", Outcome::ok);
    EXPECT_TRUE(first.changed);
    EXPECT_EQ(first.status, Status::healthy);
    EXPECT_TRUE(first.connected_now);
    for (int i = 0; i < 10; ++i) {
        const auto check = checks_.next("x", Outcome::ok);
        EXPECT_FALSE(check.changed);
        EXPECT_FALSE(check.connected_now);
    }
    EXPECT_EQ(server_.accepted(), 1U);
    EXPECT_EQ(prober_->figures().connections, 1U);
    EXPECT_EQ(prober_->figures().healthy, 1U);
}

TEST_F(ProberTest, TellsKindsOfFailureApart) {
    auto options = quick();
    options.limits.sign_in = options.limits.query = options.limits.tcp = milliseconds{50};
    start(std::move(options));
    const std::map<Manner, std::pair<Outcome, Phase>> expected = {
        {Manner::hangs_at_start, {Outcome::timed_out, Phase::sign_in}},
        {Manner::hangs_at_query, {Outcome::timed_out, Phase::query}},
        {Manner::garbage, {Outcome::protocol_error, Phase::sign_in}},
        {Manner::resets, {Outcome::unreachable, Phase::sign_in}},
        {Manner::half_closes, {Outcome::unreachable, Phase::sign_in}},
        {Manner::full, {Outcome::too_many_connections, Phase::sign_in}},
        {Manner::starting, {Outcome::starting_up, Phase::sign_in}},
        {Manner::wrong_password, {Outcome::auth_failed, Phase::sign_in}},
        {Manner::broken, {Outcome::server_error, Phase::query}},
        {Manner::read_only, {Outcome::read_only, Phase::query}},
    };
    std::vector<Target> targets;
    for (const auto& [manner, what] : expected) {
        const auto id = fmt::format("m{}", static_cast<int>(manner));
        server_.set(id, manner);
        targets.push_back(target(id, server_.port()));
    }
    targets.push_back(target("closed", testing::free_port()));
    const testing::HangingPort full;
    targets.push_back(target("full", full.port()));
    prober_->set_targets(std::move(targets));
    for (const auto& [manner, what] : expected) {
        const auto id = fmt::format("m{}", static_cast<int>(manner));
        const auto check = checks_.next(id, [](const Check&) { return true; });
        EXPECT_EQ(name_of(check.finding.outcome), name_of(what.first)) << id;
        EXPECT_EQ(name_of(check.finding.phase), name_of(what.second)) << id;
    }
    EXPECT_EQ(checks_.next("closed", Outcome::refused).finding.phase, Phase::tcp);
    EXPECT_EQ(checks_.next("full", Outcome::timed_out).finding.phase, Phase::tcp);
}

TEST_F(ProberTest, NeedsThreeFailuresAndTwoAnswers) {
    start();
    prober_->set_targets({target("x", server_.port())});
    checks_.change_to("x", Status::healthy);
    server_.set("x", Manner::resets);
    checks_.change_to("x", Status::unhealthy);
    server_.set("x", Manner::answers);
    checks_.change_to("x", Status::healthy);
    const auto all = checks_.all("x");
    int failures = 0;
    int answers = 0;
    for (const auto& check : all) {
        failures = check.answered ? 0 : failures + 1;
        answers = check.answered ? answers + 1 : 0;
        if (!check.changed || &check == &all.front()) continue;
        EXPECT_EQ(check.status == Status::unhealthy ? failures : answers, check.status == Status::unhealthy ? 3 : 2);
    }
}

TEST_F(ProberTest, SeesTheEndOfAConnectionAtOnceAndDoesNotCountItAsAFailure) {
    auto options = quick();
    options.interval = std::chrono::hours{1};
    start(std::move(options));
    prober_->set_targets({target("x", server_.port())});
    ASSERT_TRUE(prober_->check_now("x", Limits::within(kPatience)));
    server_.cut();
    const auto check = checks_.next("x", [](const Check& one) { return one.connected_now && !one.changed; });
    EXPECT_EQ(check.finding.outcome, Outcome::ok);
    EXPECT_EQ(server_.accepted(), 2U);
}

TEST_F(ProberTest, IsNotDelayedByOneThatHangs) {
    auto options = quick();
    options.limits.query = options.limits.sign_in = std::chrono::hours{1};
    options.limits.total = std::chrono::hours{1};
    start(std::move(options));
    std::vector<Target> targets;
    for (int i = 0; i < 50; ++i) {
        const auto id = fmt::format("hangs{}", i);
        server_.set(id, i % 2 == 0 ? Manner::hangs_at_start : Manner::hangs_at_query);
        targets.push_back(target(id, server_.port(), "127.0.0.2"));
    }
    targets.push_back(target("lives", server_.port(), "127.0.0.3"));
    prober_->set_targets(std::move(targets));
    for (int i = 0; i < 20; ++i) checks_.next("lives", Outcome::ok);
    EXPECT_GT(prober_->figures().waiting, 0U) << "two at a time are tried at the address that hangs";
}

TEST_F(ProberTest, FindsAllDatabasesOfADeadServerByAFewAttempts) {
    auto options = quick();
    options.limits.tcp = milliseconds{300};
    start(std::move(options));
    const testing::HangingPort dead;
    std::vector<Target> targets;
    for (int i = 0; i < 200; ++i) targets.push_back(target(fmt::format("d{}", i), dead.port()));
    prober_->set_targets(std::move(targets));
    for (int i = 0; i < 200; ++i) checks_.change_to(fmt::format("d{}", i), Status::unhealthy);
    EXPECT_LT(prober_->figures().connects, 200U);
}

TEST_F(ProberTest, TriesTheNextHostAndStaysWithIt) {
    start();
    auto two = target("x", testing::free_port());
    two.hosts.push_back({.name = "127.0.0.1", .port = server_.port()});
    prober_->set_targets({two});
    EXPECT_EQ(checks_.next("x", [](const Check&) { return true; }).finding.outcome, Outcome::ok);
    server_.cut();
    checks_.next("x", [](const Check& check) { return check.connected_now && check.answered && !check.changed; });
    EXPECT_EQ(prober_->figures().connects, 3U) << "the second time it begins with the one that answered";
}

TEST_F(ProberTest, ChecksAtOnceWithANewCredentialAndGoesOnWithAnOldOne) {
    auto options = quick();
    options.interval = std::chrono::hours{1};
    options.judge.after_auth_failure = std::chrono::hours{1};
    start(std::move(options));
    server_.set("x", Manner::wrong_password);
    auto one = target("x", server_.port());
    prober_->set_targets({one});
    const auto failed = prober_->check_now("x", Limits::within(kPatience));
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->status, Status::unhealthy);
    EXPECT_THAT(explain(failed->finding), HasSubstr("28P01"));
    server_.set("x", Manner::answers);
    one.version = "2";
    prober_->set_targets({one});
    checks_.change_to("x", Status::healthy);
    const auto accepted = server_.accepted();
    prober_->set_targets({one});
    EXPECT_TRUE(prober_->check_now("x", Limits::within(kPatience))->answered);
    EXPECT_EQ(server_.accepted(), accepted) << "the same version keeps its connection";
}

TEST_F(ProberTest, ForgetsWhatIsTakenAway) {
    start();
    prober_->set_targets({target("a", server_.port()), target("b", server_.port())});
    checks_.next("a", Outcome::ok);
    checks_.next("b", Outcome::ok);
    prober_->change({}, {"a"});
    const auto gone = prober_->check_now("a", Limits::within(kPatience));
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, ErrorCode::not_found);
    EXPECT_EQ(prober_->figures().targets, 1U);
    EXPECT_EQ(prober_->figures().connections, 1U);
    EXPECT_EQ(prober_->figures().healthy, 1U);
}

TEST_F(ProberTest, EndsAWaitWithItsLimits) {
    auto options = quick();
    options.limits.sign_in = options.limits.total = std::chrono::hours{1};
    start(std::move(options));
    server_.set("x", Manner::hangs_at_start);
    prober_->set_targets({target("x", server_.port())});
    const auto late = prober_->check_now("x", Limits::within(milliseconds{20}));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
}

TEST_F(ProberTest, DialsNoAddressThatIsNotAllowed) {
    auto options = quick();
    options.allowed = ProberOptions{}.allowed;
    start(std::move(options));
    EXPECT_EQ(finding_of(Manner::answers).outcome, Outcome::not_allowed);
    EXPECT_EQ(server_.accepted(), 0U);
}

TEST_F(ProberTest, KeepsNoMoreConnectionsThanItMay) {
    auto options = quick();
    options.most_connections = 10;
    start(std::move(options));
    std::vector<Target> targets;
    for (int i = 0; i < 40; ++i) targets.push_back(target(fmt::format("t{}", i), server_.port()));
    prober_->set_targets(std::move(targets));
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 40; ++i) {
            checks_.next(fmt::format("t{}", i), Outcome::ok);
            EXPECT_LE(prober_->figures().connections, 10U);
        }
    }
}

// A clock that stands still until the test moves it on, with a prober that has done all that was due by then.
class SlowProber : public ProberTest {
protected:
    void SetUp() override {
        ProberOptions options{.interval = seconds{15}, .now = [this] { return now_.load(); }};
        options.allowed = [](const net::Address&) { return true; };
        start(std::move(options));
    }
    // It goes by a clock of ours.
    void TearDown() override { prober_.reset(); }
    void step() {
        now_ = now_.load() + milliseconds{20};
        prober_->wake();
        // Two turns of its loop: in the first one it may have been on its way already.
        for (int i = 0; i < 2; ++i) (void)prober_->check_now("nobody", Limits::within(kPatience)).has_value();
        settle();
    }
    // What is under way on sockets has come, as far as it ever will.
    void settle() const {
        const auto figures = prober_->figures();
        while (server_.accepted() < figures.connects) std::this_thread::yield();
        if (manner_ != Manner::hangs_at_start)
            while (server_.queries() < figures.begun) std::this_thread::yield();
        if (manner_ == Manner::answers)
            while (prober_->figures().checks < figures.begun) std::this_thread::yield();
    }
    void set(const std::string& id, Manner manner) {
        manner_ = manner;
        server_.set(id, manner);
    }
    void until_checked(std::uint64_t checks) {
        while (prober_->figures().checks < checks) step();
    }
    // Of those that may be, the one with the longest way to a verdict.
    static std::string slowest() {
        std::string worst;
        std::uint64_t most = 0;
        for (int i = 0; i < 5'000; ++i) {
            const auto id = std::to_string(i);
            const auto hash = stable_hash(id);
            const auto rank = (0xffffU - (hash >> 32U & 0xffffU)) * 4 + (hash & 0xffffU) / 16;
            if (rank <= most) continue;
            most = rank;
            worst = id;
        }
        return worst;
    }
    // Hangs just after it has answered; how long until it counts as unhealthy.
    seconds::rep found_after(Manner manner) {
        const auto id = slowest();
        prober_->set_targets({target(id, server_.port())});
        until_checked(2);
        EXPECT_EQ(prober_->figures().healthy, 1U);
        const auto hung = now_.load();
        set(id, manner);
        until_checked(4);
        EXPECT_EQ(prober_->figures().unhealthy, 1U) << "two checks are enough";
        return std::chrono::ceil<seconds>(checks_.change_to(id, Status::unhealthy).at - hung).count();
    }

    Manner manner_ = Manner::answers;
    std::atomic<Limits::Clock::time_point> now_{Limits::Clock::now()};
};

TEST_F(SlowProber, FindsOneThatTakesQueriesAndDoesNotAnswerWithinTwentySeconds) {
    EXPECT_LE(found_after(Manner::hangs_at_query), 20);
}

TEST_F(SlowProber, FindsOneThatTakesConnectionsAndDoesNotAnswerWithinTwentySeconds) {
    EXPECT_LE(found_after(Manner::hangs_at_start), 20);
}

TEST_F(SlowProber, DoesNotCallOneDeadThatIsSilentOnceAndThenAnswers) {
    const auto id = slowest();
    prober_->set_targets({target(id, server_.port())});
    until_checked(2);
    for (std::uint64_t round = 1; round <= 3; ++round) {
        set(id, Manner::hangs_at_query);
        until_checked(2 * round + 1);
        set(id, Manner::answers);
        until_checked(2 * round + 2);
    }
    EXPECT_EQ(prober_->figures().healthy, 1U);
    EXPECT_EQ(prober_->figures().by_outcome[static_cast<std::size_t>(Outcome::timed_out)], 3U);
    for (const auto& check : checks_.all(id)) EXPECT_EQ(check.status, Status::healthy);
}

class Names final : public net::Resolver {
public:
    Result<std::vector<net::Address>> resolve(const std::string& host, std::uint16_t port, const Limits&) override {
        ++asked;
        if (host != "known") return Error{.code = ErrorCode::not_found, .message = "there is no such host"};
        if (dead) return Error{.code = ErrorCode::unavailable, .message = "nobody answered"};
        return std::vector{*net::Address::parse("127.0.0.1", port)};
    }
    std::atomic<int> asked{0};
    std::atomic<bool> dead{false};
};

TEST_F(ProberTest, LooksNamesUpAndOutlivesADeadNameServer) {
    auto options = quick();
    const auto names = std::make_shared<Names>();
    options.resolver = names;
    options.names.lives = milliseconds{1};
    start(std::move(options));
    prober_->set_targets({target("x", server_.port(), "known"), target("y", server_.port(), "unknown")});
    checks_.next("x", Outcome::ok);
    EXPECT_EQ(checks_.change_to("y", Status::unhealthy).finding.outcome, Outcome::name_failed);
    names->dead = true;
    server_.cut();
    checks_.next("x", [](const Check& check) { return check.connected_now && check.answered; });
    for (const auto& check : checks_.all("x")) EXPECT_TRUE(check.answered);
}

TEST_F(ProberTest, HoldsBackWhatFallsSilentAllAtOnceAndNotWhatSaysNo) {
    auto options = quick();
    options.limits.query = milliseconds{20};
    options.network = {.span = milliseconds{300}, .least = 5, .addresses = 3, .longest = kPatience};
    start(std::move(options));
    std::vector<Target> targets;
    for (int i = 0; i < 20; ++i) {
        targets.push_back(target(fmt::format("n{}", i), server_.port(), fmt::format("127.0.0.{}", i + 2)));
    }
    targets.push_back(target("no", server_.port()));
    prober_->set_targets(std::move(targets));
    for (int i = 0; i < 20; ++i) checks_.change_to(fmt::format("n{}", i), Status::healthy);
    checks_.change_to("no", Status::healthy);

    for (int i = 0; i < 20; ++i) server_.set(fmt::format("n{}", i), Manner::hangs_at_query);
    server_.set("no", Manner::wrong_password);
    server_.cut("no");
    checks_.wait_for([&] { return !checks_.unlocked_suspicions().empty(); });
    EXPECT_TRUE(prober_->figures().network_suspect);
    checks_.change_to("no", Status::unhealthy);
    for (int i = 0; i < 20; ++i) {
        for (int n = 0; n < 5; ++n) checks_.next(fmt::format("n{}", i), Outcome::timed_out);
    }
    for (int i = 0; i < 20; ++i) server_.set(fmt::format("n{}", i), Manner::answers);
    checks_.wait_for([&] { return checks_.unlocked_suspicions().size() >= 2; });
    for (int i = 0; i < 20; ++i) {
        for (const auto& check : checks_.all(fmt::format("n{}", i))) EXPECT_EQ(check.status, Status::healthy) << i;
    }
}

}  // namespace
}  // namespace drydock::health
