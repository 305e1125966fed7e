#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "targets/rogue_pgtest.h"
#include "targets/target.h"
#include "testing/mongo_server.h"
#include "testing/redis_server.h"

// The targets that are no PostgreSQL, against servers of their kind.
namespace drydock::targets {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

Limits limits() {
    return Limits::within(std::chrono::seconds{60});
}

std::shared_ptr<Target> target_of(
    Address address, const net::Dialler& dialler = net::Dialler{net::EgressPolicy::everything()}
) {
    auto target = make_target(std::move(address), dialler);
    if (!target) throw std::runtime_error{target.error().message};
    return *std::move(target);
}

const Step& step(const TestReport& report, std::string_view name) {
    return *std::ranges::find(report.steps, name, &Step::name);
}

std::vector<std::string> names_of(const Rights& rights) {
    std::vector<std::string> names;
    for (const auto& right : rights.found) names.push_back(right.name);
    return names;
}

// --- Redis ----------------------------------------------------------------------------------------------------------

class RedisTarget : public ::testing::Test {
protected:
    Address address(std::string user = "app", std::string password = "CANARY0secret") const {
        return {
            .type = Type::redis,
            .hosts = {{"127.0.0.1", server_.port()}},
            .user = std::move(user),
            .password = Secret{std::move(password)},
        };
    }
    testing::RedisServer server_{{
        .users =
            {"app on >CANARY0secret ~app:* +@read +@write +ping +info +acl|whoami +acl|getuser +acl|setuser",
             "mighty on >CANARY0secret ~* +@all"},
    }};
};

TEST_F(RedisTarget, IsTestedStepByStep) {
    const auto report = target_of(address())->test(limits());
    ASSERT_TRUE(report.success) << report.message;
    EXPECT_EQ(step(report, "sign_in").outcome, Outcome::passed);
    EXPECT_EQ(step(report, "tls").outcome, Outcome::skipped);
    EXPECT_FALSE(report.version.empty());
    EXPECT_GT(report.latency.count(), 0);
    EXPECT_THAT(names_of(*report.rights), Not(Contains("allkeys")));

    const auto wrong = target_of(address("app", "CANARY0wrong"))->test(limits());
    EXPECT_FALSE(wrong.success);
    EXPECT_EQ(step(wrong, "tcp").outcome, Outcome::passed);
    EXPECT_EQ(step(wrong, "sign_in").outcome, Outcome::failed);
    EXPECT_THAT(wrong.message, Not(HasSubstr("CANARY0")));

    auto closed = address();
    closed.hosts[0].port = 1;
    EXPECT_EQ(step(target_of(closed)->test(limits()), "tcp").outcome, Outcome::failed);
    closed.hosts.push_back({"127.0.0.1", server_.port()});
    EXPECT_TRUE(target_of(closed)->test(limits()).success) << "the next host";
}

TEST_F(RedisTarget, MeasuresWhatTheUserMayDo) {
    const auto rights = target_of(address("mighty"))->rights(limits()).value();
    EXPECT_THAT(names_of(rights), Contains("+@all"));
    EXPECT_THAT(names_of(rights), Contains("allkeys"));
    EXPECT_EQ(rights.worst(), Severity::danger);
}

TEST_F(RedisTarget, AnswersWhatIsAskedAboutIt) {
    const auto target = target_of(address("mighty"));
    EXPECT_TRUE(target->health(limits()));
    EXPECT_FALSE(target->version(limits())->empty());
    EXPECT_TRUE(target->names(limits())->empty());
    const auto facts = target->facts(limits()).value();
    EXPECT_THAT(facts, Contains(std::pair<std::string, std::string>{"role", "master"}));
    EXPECT_EQ(fact(facts, kServerVersion), target->version(limits()).value());
    EXPECT_GT(std::stoll(std::string{fact(facts, kSizeBytes)}), 0);
    EXPECT_EQ(target->figures().opened, 1U);
}

TEST_F(RedisTarget, TakesAndDropsPasswordsByTheirHash) {
    const auto target = target_of(address());
    ASSERT_TRUE(target->add_password(sha256_hex("another"), limits()));
    EXPECT_TRUE(target_of(address("app", "another"))->health(limits()));
    EXPECT_TRUE(target_of(address())->health(limits())) << "both, for now";
    ASSERT_TRUE(target->drop_password(sha256_hex("CANARY0secret"), limits()));
    EXPECT_FALSE(target_of(address())->health(limits()));
    EXPECT_TRUE(target_of(address("app", "another"))->health(limits()));
}

TEST_F(RedisTarget, GoesNowhereThatThePolicyRefuses) {
    auto metadata = address();
    metadata.hosts = {{"169.254.169.254", 80}};
    metadata.tls = net::TlsMode::off;
    const auto refused = target_of(metadata, net::Dialler{net::EgressPolicy{}})->health(limits());
    EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
    auto rebound = address();
    rebound.hosts[0].name = "cache.example";
    rebound.tls = net::TlsMode::off;
    const auto target = target_of(rebound, rogue::dialler({{"cache.example", {"169.254.169.254"}}}));
    EXPECT_EQ(target->health(limits()).error().code, ErrorCode::permission_denied);
}

TEST(RedisTargetTls, VerifiesTheServer) {
    testing::Certificates certificates;
    const testing::RedisServer server{{
        .password = "secret",
        .tls = certificates.issue("cache", "DNS:cache.example"),
    }};
    Address address{
        .type = Type::redis,
        .hosts = {{"cache.example", server.port()}},
        .password = Secret{"secret"},
    };
    std::ifstream file{certificates.authority()};
    address.ca_pem = {std::istreambuf_iterator<char>{file}, {}};
    const auto names = rogue::dialler({{"cache.example", {"127.0.0.1"}}, {"other.example", {"127.0.0.1"}}});
    const auto report = target_of(address, names)->test(limits());
    EXPECT_TRUE(report.success) << report.message;
    EXPECT_EQ(step(report, "tls").outcome, Outcome::passed);
    address.hosts[0].name = "other.example";
    const auto refused = target_of(address, names)->test(limits());
    EXPECT_EQ(step(refused, "tls").outcome, Outcome::failed) << refused.message;
}

// --- MongoDB --------------------------------------------------------------------------------------------------------

class MongoTarget : public ::testing::Test {
protected:
    void SetUp() override {
        if (const auto why = testing::MongoServer::missing()) GTEST_SKIP() << *why;
        server_ =
            std::make_unique<testing::MongoServer>(testing::MongoSettings{.user = "app", .password = "CANARY0secret"});
    }
    Address address(std::string password = "CANARY0secret") const {
        return {
            .type = Type::mongodb,
            .hosts = {{"127.0.0.1", server_->port()}},
            .database = "admin",
            .user = "app",
            .password = Secret{std::move(password)},
        };
    }
    std::unique_ptr<testing::MongoServer> server_;
};

TEST_F(MongoTarget, IsTestedStepByStep) {
    const auto report = target_of(address())->test(limits());
    ASSERT_TRUE(report.success) << report.message;
    EXPECT_EQ(step(report, "sign_in").outcome, Outcome::passed);
    EXPECT_FALSE(report.version.empty());

    const auto wrong = target_of(address("CANARY0wrong"))->test(limits());
    EXPECT_FALSE(wrong.success);
    EXPECT_EQ(step(wrong, "sign_in").outcome, Outcome::failed) << wrong.message;
    EXPECT_THAT(wrong.message, Not(HasSubstr("CANARY0")));
    auto closed = address();
    closed.hosts[0].port = 1;
    EXPECT_EQ(step(target_of(closed)->test(limits()), "tcp").outcome, Outcome::failed);
}

TEST_F(MongoTarget, AnswersWhatIsAskedAboutIt) {
    const auto target = target_of(address());
    EXPECT_TRUE(target->health(limits()));
    EXPECT_FALSE(target->version(limits())->empty());
    EXPECT_TRUE(target->names(limits()));
    EXPECT_TRUE(target->rights(limits()));
    const auto facts = target->facts(limits()).value();
    EXPECT_EQ(fact(facts, kServerVersion), target->version(limits()).value());
    EXPECT_GE(std::stoll(std::string{fact(facts, kSizeBytes)}), 0);
    const auto figures = target->figures();
    EXPECT_EQ(figures.opened, 1U);
    EXPECT_EQ(figures.in_use, 0U);
    EXPECT_FALSE(target->add_password("x", limits()));
}

}  // namespace
}  // namespace drydock::targets
