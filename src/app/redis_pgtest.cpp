#include <atomic>
#include <latch>
#include <thread>

#include "app/server_pgtest.h"
#include "net/dialler.h"
#include "redis/client.h"
#include "testing/redis_server.h"

// Two servers on one control plane, with a Redis in common, with one that is down, and without: they answer the same.
namespace drydock::app {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

enum class Redis : std::uint8_t { none, up, down };

const std::string kDatabases = "/api/v2/databases";

class TwoServers : public ServerTest {
protected:
    explicit TwoServers(Redis redis) : has_redis_(redis != Redis::none) {
        build_world();
        for (const char letter : {'a', 'b'})
            for (const auto role : kRoles) token(letter, role);
        if (has_redis_) redis_.emplace();
        if (redis == Redis::down) redis_->kill();
        server_.reset();
        server_ = start_one();
        port_ = port_of(*server_);
        other_ = start_one();
        there_ = port_of(*other_);
    }
    ~TwoServers() override { other_.reset(); }

    std::unique_ptr<Server> start_one() const {
        auto options = test_options(database_.conninfo());
        if (has_redis_) options.redis_url = Secret{fmt::format("redis://127.0.0.1:{}", redis_->port())};
        return start_server(std::move(options));
    }
    Answer at(std::uint16_t port, const std::string& token, const std::string& target = kDatabases) const {
        return ask_port(port, {.target = target, .token = token});
    }
    // What a server tells of itself; -1: not this.
    double figure(std::uint16_t port, const std::string& line) const {
        const auto text = ask_port(port, {.target = "/metrics"}).body;
        const auto found = text.find("\n" + line + " ");
        return found == std::string::npos ? -1 : std::stod(text.substr(found + line.size() + 2));
    }
    template <class Holds>
    void wait_until(const Holds& holds, const char* what) const {
        const auto limits = Limits::within(kTime);
        while (!holds()) ASSERT_LT(Limits::Clock::now(), limits.deadline) << what;
    }
    redis::Value command(const redis::Argv& argv) const {
        const auto within = Limits::within(kTime);
        auto client = redis::Client::connect(
            net::Dialler{net::EgressPolicy::everything()}, {.host = "127.0.0.1", .port = redis_->port()}, within
        );
        return client.value().command(argv, within).value();
    }

    const bool has_redis_;
    std::optional<testing::RedisServer> redis_;
    std::unique_ptr<Server> other_;
    std::uint16_t there_ = 0;
};

class AnyRedis : public ::testing::WithParamInterface<Redis>, public TwoServers {
protected:
    AnyRedis() : TwoServers(GetParam()) {}
};

TEST_P(AnyRedis, EverybodyGetsTheirOwnAnswersFromEveryServer) {
    for (int round = 0; round < 3; ++round) {
        for (const char letter : {'a', 'b'}) {
            for (const auto role : kRoles) {
                const auto here = at(port_, token(letter, role));
                const auto there = at(there_, token(letter, role));
                ASSERT_EQ(here.status, 200U) << here.body;
                EXPECT_EQ(here.seen(), there.seen());
                EXPECT_THAT(there.body, HasSubstr(project_of(letter)));
                EXPECT_THAT(there.body, Not(HasSubstr(project_of(letter == 'a' ? 'b' : 'a'))));
                const auto me = at(there_, token(letter, role), "/api/v2/me");
                EXPECT_THAT(me.body, HasSubstr(email_of(letter, role)));
                const auto trail = at(round % 2 == 0 ? port_ : there_, token(letter, role), "/api/v2/audit");
                const bool allowed = role == "owner" || role == "admin";
                EXPECT_EQ(trail.status, allowed ? 200U : 403U) << role;
            }
        }
    }
}

TEST_P(AnyRedis, WhatOneHasChangedItSeesAtOnceAndTheOtherSoon) {
    const auto& owner = token('a', "owner");
    const auto target = "/api/v2/projects/" + project_of('a');
    const auto name_at = [&](std::uint16_t port) { return at(port, owner, target).text("name"); };
    for (int i = 0; i < 5; ++i) {
        const auto before = at(there_, owner, target);
        ASSERT_EQ(before.status, 200U) << before.body;
        const auto name = fmt::format("Renamed {}", i);
        const auto read =
            ask_port(port_, {.target = target, .token = owner, .headers = {{"Cache-Control", "no-cache"}}});
        const Ask change{
            .method = Method::patch,
            .target = target,
            .token = owner,
            .body = json::object{{"name", name}},
            .headers = {{"If-Match", std::string{read.header("ETag")}}},
        };
        const auto changed = ask_port(port_, change);
        ASSERT_EQ(changed.status, 200U) << changed.body;
        EXPECT_EQ(name_at(port_), name) << "though the other one has just shared what was before";
        wait_until([&] { return name_at(there_) == name; }, "the other server still has the old name");
        EXPECT_EQ(name_at(port_), name);
    }
}

TEST_P(AnyRedis, ALogOutAndALostRoleHoldOnBoth) {
    const auto& member = token('a', "member");
    const auto& admin = token('a', "admin");
    ASSERT_EQ(at(there_, member).status, 200U);
    ASSERT_EQ(at(there_, admin, "/api/v2/audit").status, 200U);
    EXPECT_EQ(ask(Method::remove, "/api/v2/sessions", member).status, 204U);
    EXPECT_EQ(at(port_, member).status, 401U);
    wait_until([&] { return at(there_, member).status == 401; }, "still signed in");
    sql(fmt::format("UPDATE platform.user_roles SET role = 'viewer' WHERE user_id = '{}'", user('a', "admin")));
    for (const auto port : {port_, there_})
        wait_until([&] { return at(port, admin, "/api/v2/audit").status == 403; }, "still an admin");
    EXPECT_EQ(at(there_, member).status, 401U);
}

INSTANTIATE_TEST_SUITE_P(
    Everywhere,
    AnyRedis,
    ::testing::Values(Redis::none, Redis::up, Redis::down),
    [](const auto& redis) {
        return redis.param == Redis::none ? "Alone" : redis.param == Redis::up ? "WithRedis" : "WithADeadRedis";
    }
);

class WithRedis : public TwoServers {
protected:
    WithRedis() : TwoServers(Redis::up) {}

    double hits(std::uint16_t port, const std::string& of) const {
        return figure(port, fmt::format("drydock_shared_cache_lookups_total{{of=\"{}\",outcome=\"hit\"}}", of));
    }
};

TEST_F(WithRedis, OneServerGivesWhatTheOtherHasMade) {
    const auto& owner = token('a', "owner");
    const auto made = at(port_, owner);
    // Neither may be younger than a second by the time that the other is asked: on a slow machine it takes some tries.
    wait_until(
        [&] {
            EXPECT_EQ(at(port_, owner).body, made.body);
            EXPECT_EQ(at(there_, owner).seen(), made.seen());
            return hits(there_, "answers") + hits(port_, "answers") > 0;
        },
        "no answer is shared"
    );
    EXPECT_GT(hits(there_, "principals") + hits(port_, "principals"), 0);
    EXPECT_EQ(figure(port_, "drydock_redis_up"), 1);
    const auto one = at(port_, owner, "/api/v2/projects/" + project_of('a'));
    const Ask known{
        .target = "/api/v2/projects/" + project_of('a'),
        .token = owner,
        .headers = {{"If-None-Match", std::string{one.header("ETag")}}},
    };
    EXPECT_EQ(ask_port(there_, known).status, 304U) << "its version is shared with it";
}

TEST_F(WithRedis, WhoWritesToRedisCanOnlyMakeItUseless) {
    const auto& owner = token('a', "owner");
    const auto& stranger = token('b', "viewer");
    const auto right_for_owner = at(port_, owner).body;
    const auto right_for_stranger = at(port_, stranger).body;
    const auto refused = [&] {
        double sum = 0;
        for (const auto* of : {"principals", "answers"})
            for (const auto port : {port_, there_})
                sum += figure(
                    port, fmt::format("drydock_shared_cache_lookups_total{{of=\"{}\",outcome=\"refused\"}}", of)
                );
        return sum;
    };
    wait_until(
        [&] {
            EXPECT_EQ(at(port_, owner).body, right_for_owner);
            EXPECT_EQ(at(port_, stranger).body, right_for_stranger);
            // Each gets the next one's value.
            const auto names = command({"KEYS", "drydock:v:*"}).items;
            std::vector<std::string> values;
            for (const auto& name : names) values.push_back(command({"GET", name.text}).text);
            for (std::size_t i = 0; i < names.size(); ++i)
                command({"SET", names[i].text, values[(i + 1) % names.size()]});
            EXPECT_EQ(at(there_, owner).body, right_for_owner);
            EXPECT_EQ(at(there_, stranger).body, right_for_stranger);
            return refused() > 0;
        },
        "nothing was refused"
    );
}

TEST_F(WithRedis, ThatDiesInTheMiddleOfTrafficNoRequestIsAnsweredWrong) {
    std::map<std::string, std::string> right;
    for (const char letter : {'a', 'b'}) right[token(letter, "owner")] = at(port_, token(letter, "owner")).body;
    std::latch halfway{4};
    std::atomic<int> wrong{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] {
                const auto& [who, body] = *std::next(right.begin(), i % 2);
                for (int k = 0; k < 200; ++k) {
                    if (k == 100) halfway.count_down();
                    const auto answer = at(k % 2 == 0 ? port_ : there_, who, k % 4 < 2 ? kDatabases : "/api/v2/me");
                    if (answer.status != 200 || (k % 4 < 2 && answer.body != body)) ++wrong;
                }
            });
        }
        halfway.wait();
        redis_->kill();
    }
    EXPECT_EQ(wrong, 0);
    const auto& owner = token('a', "owner");
    const auto fresh = [&](std::uint16_t port) {
        EXPECT_EQ(at(port, owner).status, 200U);
        return figure(port, "drydock_redis_up");
    };
    for (const auto port : {port_, there_})
        wait_until([&] { return fresh(port) == 0; }, "nobody sees that Redis is gone");
    redis_->start();
    for (const auto port : {port_, there_})
        wait_until([&] { return fresh(port) == 1; }, "nobody sees that Redis is back");
}

}  // namespace
}  // namespace drydock::app
