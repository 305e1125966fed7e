#include "health/prober.h"

#include <gmock/gmock.h>

#include "base/files.h"
#include "health/prober_test.h"
#include "pg_server/server.h"
#include "testing/certificates.h"
#include "testing/mongo_server.h"
#include "testing/postgres.h"
#include "testing/redis_server.h"

namespace drydock::health {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The prober against real servers.
class RealServers : public ::testing::Test {
protected:
    void SetUp() override {
        auto options = quick();
        options.limits = {};
        auto started = Prober::start(std::move(options), checks_.listener());
        ASSERT_TRUE(started) << started.error().message;
        prober_ = *std::move(started);
    }
    Check check(const Target& target) {
        prober_->change({target}, {});
        return checks_.next(target.id, [](const Check&) { return true; });
    }
    static Target target(const std::string& id, Type type, std::uint16_t port) {
        return {
            .id = id,
            .organization_id = "o",
            .type = type,
            .hosts = {{.name = "127.0.0.1", .port = port}},
            .version = "1"
        };
    }
    static Target postgres(const std::string& id, const pg::Conninfo& where) {
        auto one = target(id, Type::postgresql, static_cast<std::uint16_t>(std::stoi(where.get("port"))));
        one.database = where.get("dbname");
        one.user = where.get("user");
        one.password = Secret{where.get("password")};
        return one;
    }

    Checks checks_;
    std::unique_ptr<Prober> prober_;
};

TEST_F(RealServers, SeePostgresDieAndComeBack) {
    auto server = pg_server::Throwaway::start({}, Limits::within(kPatience));
    ASSERT_TRUE(server) << server.error().message;
    prober_->set_targets({postgres("pg", server->tcp_conninfo())});
    EXPECT_EQ(checks_.change_to("pg", Status::healthy).finding.outcome, Outcome::ok);
    server->kill();
    const auto dead = checks_.change_to("pg", Status::unhealthy);
    EXPECT_EQ(dead.finding.outcome, Outcome::refused);
    ASSERT_TRUE(server->restart(Limits::within(kPatience)));
    checks_.change_to("pg", Status::healthy);
    ASSERT_TRUE(server->stop(Limits::within(kPatience)));
    checks_.change_to("pg", Status::unhealthy);
}

TEST_F(RealServers, TellPostgresKindsOfRefusalApart) {
    const auto where = testing::server().tcp_conninfo();
    testing::run_on(
        testing::server().conninfo(),
        "CREATE ROLE health_reader LOGIN PASSWORD 'right'; ALTER ROLE health_reader SET default_transaction_read_only "
        "= on"
    );
    auto right = postgres("right", where);
    right.user = "health_reader";
    right.password = Secret{"right"};
    EXPECT_EQ(check(right).finding.outcome, Outcome::read_only);
    auto wrong = right;
    wrong.id = "wrong";
    wrong.password = Secret{"wrong"};
    const auto refused = check(wrong);
    EXPECT_EQ(refused.finding.outcome, Outcome::auth_failed);
    EXPECT_EQ(refused.status, Status::unhealthy);
    auto none = right;
    none.id = "none";
    none.password = Secret{};
    EXPECT_EQ(check(none).finding.outcome, Outcome::auth_failed);
    auto nowhere = right;
    nowhere.id = "nowhere";
    nowhere.database = "no_such_database";
    EXPECT_EQ(explain(check(nowhere).finding), "the server has no database of this name (SQLSTATE 3D000)");
    auto no_tls = right;
    no_tls.id = "no_tls";
    no_tls.tls.mode = net::TlsMode::verify_full;
    EXPECT_EQ(check(no_tls).finding.outcome, Outcome::tls_failed);
    auto closed = right;
    closed.id = "closed";
    testing::run_on(testing::server().conninfo(), "ALTER ROLE health_reader CONNECTION LIMIT 0");
    EXPECT_EQ(check(closed).finding.outcome, Outcome::too_many_connections);
    prober_->set_targets({});
}

TEST_F(RealServers, VerifyTheCertificateOfPostgres) {
    testing::Certificates authority;
    const auto files = authority.issue("db", "IP:127.0.0.1");
    auto server = pg_server::Throwaway::start({}, Limits::within(kPatience));
    ASSERT_TRUE(server);
    const auto certificate = read_file(files.certificate);
    const auto key = read_file(files.key);
    ASSERT_TRUE(certificate && key);
    // Written by the server itself, whose user may read nothing else.
    testing::run_on(
        server->conninfo(),
        fmt::format(
            "COPY (SELECT unnest(string_to_array(rtrim('{}', E'\\n'), E'\\n'))) TO '{}/pgdata/server.crt'; "
            "COPY (SELECT unnest(string_to_array(rtrim('{}', E'\\n'), E'\\n'))) TO '{}/pgdata/server.key'; "
            "COPY (SELECT 1) TO PROGRAM 'cat > {}/pgdata/one && chmod 600 {}/pgdata/server.key'",
            *certificate,
            server->folder().string(),
            *key,
            server->folder().string(),
            server->folder().string(),
            server->folder().string()
        )
    );
    testing::run_on(server->conninfo(), "ALTER SYSTEM SET ssl = on");
    testing::run_on(server->conninfo(), "SELECT pg_reload_conf()");
    auto one = postgres("tls", server->tcp_conninfo());
    one.tls = {.mode = net::TlsMode::verify_full, .ca_pem = read_file(authority.authority()).value()};
    prober_->set_targets({one});
    checks_.next("tls", Outcome::ok);
    auto unknown = one;
    unknown.id = "unknown";
    unknown.tls.ca_pem = read_file(testing::Certificates{}.authority()).value();
    EXPECT_EQ(check(unknown).finding.outcome, Outcome::tls_failed);
    auto other = one;
    other.id = "other";
    other.tls.server_name = "db.example.com";
    EXPECT_EQ(check(other).finding.outcome, Outcome::tls_failed);
    auto blind = one;
    blind.id = "blind";
    blind.tls = {.mode = net::TlsMode::unverified};
    EXPECT_EQ(check(blind).finding.outcome, Outcome::ok);
}

TEST_F(RealServers, GiveAPasswordAwayOnlyToAServerThatSomebodyTrusts) {
    auto server = pg_server::Throwaway::start({}, Limits::within(kPatience));
    ASSERT_TRUE(server);
    testing::run_on(
        server->conninfo(),
        fmt::format(
            "SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD 'right'; CREATE ROLE clear LOGIN PASSWORD "
            "'right'; COPY (SELECT unnest(ARRAY['local all all trust', 'host all old all md5', 'host all clear all "
            "password', 'host all all all trust'])) TO '{}/pgdata/pg_hba.conf'",
            server->folder().string()
        )
    );
    testing::run_on(server->conninfo(), "SELECT pg_reload_conf()");
    auto old = postgres("old", server->tcp_conninfo());
    old.user = "old";
    old.password = Secret{"right"};
    const auto stranger = check(old);
    EXPECT_EQ(stranger.finding.outcome, Outcome::auth_failed);
    EXPECT_EQ(stranger.finding.sqlstate, "") << "nothing was sent, so the server said nothing";
    old.id = "known";
    old.trusted = true;
    EXPECT_EQ(check(old).finding.outcome, Outcome::ok);
    auto wrong = old;
    wrong.id = "wrong";
    wrong.password = Secret{"wrong"};
    EXPECT_EQ(check(wrong).finding.sqlstate, "28P01");
    auto clear = old;
    clear.id = clear.user = "clear";
    EXPECT_EQ(check(clear).finding.outcome, Outcome::ok);
    clear.id = "clear, not known";
    clear.trusted = false;
    const auto refused = check(clear);
    EXPECT_EQ(refused.finding.outcome, Outcome::auth_failed);
    EXPECT_EQ(refused.finding.sqlstate, "") << "nothing was sent, so the server said nothing";
}

TEST_F(RealServers, SeeRedisDieAndComeBackWithAndWithoutAPassword) {
    testing::RedisServer open;
    testing::RedisServer shut{{.password = "right", .users = {"reader on >hers ~* -@all +ping"}}};
    auto plain = target("open", Type::redis, open.port());
    auto with = target("shut", Type::redis, shut.port());
    with.password = Secret{"right"};
    EXPECT_EQ(check(plain).finding.outcome, Outcome::ok);
    EXPECT_EQ(check(with).finding.outcome, Outcome::ok);
    auto wrong = with;
    wrong.id = "wrong";
    wrong.password = Secret{"wrong"};
    EXPECT_EQ(check(wrong).finding.outcome, Outcome::auth_failed);
    auto none = with;
    none.id = "none";
    none.password = Secret{};
    EXPECT_EQ(check(none).finding.outcome, Outcome::auth_failed);
    auto reader = with;
    reader.id = "reader";
    reader.user = "reader";
    reader.password = Secret{"hers"};
    EXPECT_EQ(check(reader).finding.outcome, Outcome::ok) << "who may not ask for the role sees that it lives";
    open.kill();
    EXPECT_EQ(checks_.change_to("open", Status::unhealthy).finding.outcome, Outcome::refused);
    open.start();
    checks_.change_to("open", Status::healthy);
}

TEST_F(RealServers, SeeThatARedisIsAReplica) {
    const testing::RedisServer primary;
    const testing::RedisServer replica{{.lines = {fmt::format("replicaof 127.0.0.1 {}", primary.port())}}};
    EXPECT_EQ(check(target("primary", Type::redis, primary.port())).finding.outcome, Outcome::ok);
    EXPECT_EQ(check(target("replica", Type::redis, replica.port())).finding.outcome, Outcome::read_only);
    const testing::RedisServer full{{.lines = {"maxclients 1"}}};
    EXPECT_TRUE(check(target("first", Type::redis, full.port())).answered);
    EXPECT_EQ(check(target("second", Type::redis, full.port())).finding.outcome, Outcome::too_many_connections);
}

TEST_F(RealServers, VerifyTheCertificateOfRedis) {
    testing::Certificates authority;
    const testing::RedisServer server{{.password = "right", .tls = authority.issue("db", "IP:127.0.0.1")}};
    auto one = target("tls", Type::redis, server.port());
    one.password = Secret{"right"};
    one.tls = {.mode = net::TlsMode::verify_full, .ca_file = authority.authority()};
    prober_->set_targets({one});
    checks_.next("tls", Outcome::ok);
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(checks_.next("tls", Outcome::ok).connected_now);
    auto unknown = one;
    unknown.id = "unknown";
    unknown.tls.ca_file = testing::Certificates{}.authority();
    EXPECT_EQ(check(unknown).finding.outcome, Outcome::tls_failed);
    auto plain = one;
    plain.id = "plain";
    plain.tls.mode = net::TlsMode::off;
    EXPECT_FALSE(check(plain).answered);
}

TEST_F(RealServers, SeeMongoDieAndTellPasswordsApart) {
    if (const auto why = testing::MongoServer::missing()) GTEST_SKIP() << *why;
    testing::MongoServer server{{.user = "keeper", .password = "right"}};
    auto right = target("mongo", Type::mongodb, server.port());
    right.user = "keeper";
    right.password = Secret{"right"};
    EXPECT_EQ(check(right).finding.outcome, Outcome::ok);
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(checks_.next("mongo", Outcome::ok).connected_now);
    auto wrong = right;
    wrong.id = "wrong";
    wrong.password = Secret{"wrong"};
    EXPECT_EQ(check(wrong).finding.outcome, Outcome::auth_failed);
    server.kill();
    EXPECT_EQ(checks_.change_to("mongo", Status::unhealthy).finding.outcome, Outcome::refused);
}

TEST_F(RealServers, VerifyTheCertificateOfMongo) {
    if (const auto why = testing::MongoServer::missing()) GTEST_SKIP() << *why;
    testing::Certificates authority;
    const testing::MongoServer server{{.tls = authority.issue("db", "IP:127.0.0.1")}};
    auto one = target("tls", Type::mongodb, server.port());
    one.tls = {.mode = net::TlsMode::verify_full, .ca_file = authority.authority()};
    EXPECT_EQ(check(one).finding.outcome, Outcome::ok);
    auto unknown = one;
    unknown.id = "unknown";
    unknown.tls.ca_file = testing::Certificates{}.authority();
    EXPECT_EQ(check(unknown).finding.outcome, Outcome::tls_failed);
}

}  // namespace
}  // namespace drydock::health
