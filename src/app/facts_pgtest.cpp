#include <boost/json.hpp>

#include "app/server_pgtest.h"
#include "testing/mongo_server.h"
#include "testing/redis_server.h"
#include "testing/socket_server.h"

namespace drydock::app {
namespace {

using ::testing::HasSubstr;

// What registered databases tell of themselves, over pools, by the whole server.
class FactsTest : public ServerTest {
protected:
    FactsTest()
        : ServerTest([](ServeOptions& options) {
              options.target_pool = {.max = 4, .idle = std::chrono::seconds{300}, .lifetime = std::chrono::hours{1}};
          }) {
        build_world();
        run(admin_, "DELETE FROM platform.database_facts");
        main_ = sql(fmt::format("SELECT id FROM platform.databases WHERE organization_id = '{}'", organization('a')));
    }

    ~FactsTest() override {
        server_.reset();
        for (const auto& role : logins_) run(admin_, fmt::format("DROP ROLE \"{}\"", role));
    }

    bool comes_to(const std::string& query, std::string_view wanted) {
        const auto end = std::chrono::steady_clock::now() + kTime;
        while (std::chrono::steady_clock::now() < end) {
            if (value(admin_, query) == wanted) return true;
            value(admin_, "SELECT pg_sleep(0.05)");
        }
        ADD_FAILURE() << query << " is " << value(admin_, query);
        return false;
    }
    static std::string path(std::string_view id, std::string_view what = {}) {
        return fmt::format("/api/v2/databases/{}{}", id, what);
    }
    Answer take(std::string_view id, std::string_view role = "owner") {
        return ask(Method::post, path(id, "/facts"), token('a', role));
    }
    // A login of its own on the test server, for this database or another one.
    std::string login(std::string_view name, std::string_view database = {}) {
        const auto role = fmt::format("{}_{}", name, database_.conninfo().get("dbname"));
        run(admin_, fmt::format("CREATE ROLE \"{}\" LOGIN PASSWORD '{}'", role, kTargetPassword));
        logins_.push_back(role);
        return fmt::format(
            "postgresql://{}:{}@127.0.0.1:{}/{}",
            role,
            kTargetPassword,
            testing::server().tcp_conninfo().get("port"),
            database.empty() ? database_.conninfo().get("dbname") : database
        );
    }
    // As it is now, and not as it was a moment ago.
    Answer fresh(std::string target, std::string_view role = "owner") {
        return ask({.target = std::move(target), .token = token('a', role), .headers = {{"Cache-Control", "no-cache"}}}
        );
    }
    std::string registered(std::string_view name, json::object more) {
        more["project_id"] = project_of('a');
        more["name"] = name;
        const auto made = ask(Method::post, "/api/v2/databases", token('a', "owner"), std::move(more));
        EXPECT_EQ(made.status, 201U) << made.body;
        return made.text("id");
    }
    Answer change(std::string_view id, json::object body) {
        return ask(
            {.method = Method::patch,
             .target = path(id),
             .token = token('a', "owner"),
             .body = std::move(body),
             .headers = {{"If-Match", "*"}}}
        );
    }
    std::string metric(std::string_view line) const {
        const auto text = get("/metrics").body;
        const auto at = text.find(fmt::format("\n{} ", line));
        if (at == std::string::npos) return "none";
        const auto begin = at + line.size() + 2;
        return text.substr(begin, text.find('\n', begin) - begin);
    }
    // Connections of the pool of a login, as its server sees them; health checks have another name.
    std::string connections(std::string_view role) const {
        return fmt::format(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = '{}' AND application_name = 'drydock'", role
        );
    }
    std::string main_;
    std::vector<std::string> logins_;
};

TEST_F(FactsTest, AreTakenOnDemandOverAPoolAndMetered) {
    run(admin_, "DELETE FROM platform.database_sizes");
    run(admin_, "DELETE FROM platform.database_rights");
    EXPECT_EQ(fresh(path(main_, "/facts")).status, 404U);
    EXPECT_EQ(fresh(path(main_, "/pool")).at("in_use"), false);
    EXPECT_EQ(take(main_, "viewer").status, 403U);

    const auto taken = take(main_);
    ASSERT_EQ(taken.status, 200U) << taken.body;
    EXPECT_EQ(taken.text("server_version"), value(admin_, "SHOW server_version"));
    EXPECT_EQ(taken.at("error"), nullptr);
    EXPECT_GT(taken.at("size_bytes").as_int64(), 1'000'000);
    EXPECT_EQ(taken.at("facts").at("database"), json::value(database_.conninfo().get("dbname")));
    EXPECT_FALSE(taken.text("taken_at").empty());
    EXPECT_EQ(fresh(path(main_, "/facts"), "viewer").body, taken.body);
    EXPECT_EQ(
        sql(fmt::format("SELECT bytes FROM platform.database_sizes WHERE database_id = '{}'", main_)),
        std::to_string(taken.at("size_bytes").as_int64())
    );
    EXPECT_EQ(fresh(path(main_, "/rights")).text("user"), target_role('a'));
    EXPECT_EQ(
        sql(fmt::format(
            "SELECT count(*) FROM platform.audit_log WHERE action = 'database.facts_taken' AND outcome = "
            "'success' AND user_id = '{}'",
            user('a', "owner")
        )),
        "1"
    );

    ASSERT_EQ(take(main_).status, 200U);
    const auto pool = fresh(path(main_, "/pool"));
    EXPECT_EQ(pool.at("in_use"), true) << pool.body;
    EXPECT_EQ(pool.at("max"), 4);
    EXPECT_EQ(pool.at("idle_seconds"), 300);
    EXPECT_EQ(pool.at("lifetime_seconds"), 3600);
    EXPECT_EQ(pool.at("opened"), 1) << "and used again";
    EXPECT_EQ(pool.at("open"), 1);
    EXPECT_EQ(pool.at("idle"), 1);
    EXPECT_EQ(pool.at("acquired"), 4) << "facts and rights, twice";
    EXPECT_EQ(pool.text("breaker"), "closed");
    EXPECT_EQ(sql(connections(target_role('a'))), "1");
    EXPECT_EQ(metric("drydock_target_pools"), "1");
    EXPECT_EQ(metric(R"(drydock_target_pool_connections{state="idle"})"), "1");
    EXPECT_EQ(metric("drydock_target_pool_opened_total"), "1");
    EXPECT_EQ(metric("drydock_target_pool_acquired_total"), "4");
}

TEST_F(FactsTest, AreTakenOfAllKindsByAJobThatOneInTroubleDoesNotHoldUp) {
    testing::RedisServer redis{{.users = {"app on >a-redis-secret ~* +@all"}}};
    const auto cache = registered(
        "cache", {{"connection_string", fmt::format("redis://app:a-redis-secret@127.0.0.1:{}/0", redis.port())}}
    );
    // Nobody listens on port 1.
    const auto away = registered("away", {{"connection_string", "postgresql://app:x@127.0.0.1:1/shop"}});
    const auto retired = registered("retired", {{"connection_string", "postgresql://app:x@127.0.0.1:1/old"}});
    ASSERT_EQ(change(retired, {{"status", "inactive"}}).status, 200U);
    std::string documents;
    std::optional<testing::MongoServer> mongo;
    if (!testing::MongoServer::missing()) {
        mongo.emplace(testing::MongoSettings{.user = "app", .password = "a-mongo-secret"});
        documents = registered(
            "documents",
            {{"connection_string", fmt::format("mongodb://app:a-mongo-secret@127.0.0.1:{}/admin", mongo->port())}}
        );
    }

    const auto job = ask(Method::post, "/api/v2/jobs", token('a', "owner"), json::object{{"kind", "databases.facts"}});
    ASSERT_EQ(job.status, 202U) << job.body;
    EXPECT_TRUE(comes_to(fmt::format("SELECT state FROM platform.jobs WHERE id = '{}'", job.text("id")), "succeeded"));
    const auto ended = fresh("/api/v2/jobs/" + job.text("id"));
    const auto result = ended.at("result");
    ASSERT_TRUE(result.is_object()) << ended.body;
    EXPECT_EQ(result.at("asked"), mongo ? 4 : 3) << ended.body;
    EXPECT_EQ(result.at("answered"), mongo ? 3 : 2);
    EXPECT_EQ(metric("drydock_target_pool_opened_total"), mongo ? "3" : "2");
    EXPECT_EQ(metric("drydock_target_pools"), "0") << "none is kept that nobody else uses";
    EXPECT_TRUE(comes_to(connections(target_role('a')), "0"));
    ASSERT_EQ(result.at("failed").as_array().size(), 1U);
    EXPECT_EQ(result.at("failed").at(0).at("name"), "away");

    const auto redis_facts = fresh(path(cache, "/facts"));
    EXPECT_FALSE(redis_facts.text("server_version").empty()) << redis_facts.body;
    EXPECT_GT(redis_facts.at("size_bytes").as_int64(), 0);
    EXPECT_EQ(redis_facts.at("facts").at("role"), "master");
    if (mongo) {
        const auto mongo_facts = fresh(path(documents, "/facts"));
        EXPECT_FALSE(mongo_facts.text("server_version").empty()) << mongo_facts.body;
        EXPECT_TRUE(mongo_facts.at("size_bytes").is_int64()) << mongo_facts.body;
    }
    const auto silent = fresh(path(away, "/facts"));
    EXPECT_EQ(silent.status, 200U);
    EXPECT_EQ(silent.at("taken_at"), nullptr);
    EXPECT_FALSE(silent.text("error").empty());
    EXPECT_EQ(fresh(path(retired, "/facts")).status, 404U);
    EXPECT_EQ(sql("SELECT count(*) FROM platform.audit_log WHERE action = 'database.facts_taken'"), "0");

    // What was measured is used by the next metering.
    run(admin_, "UPDATE platform.job_schedules SET next_run_at = now() WHERE name = 'billing.meter'");
    EXPECT_TRUE(comes_to(
        fmt::format(
            "SELECT r.quantity = (SELECT sum(bytes) FROM platform.database_sizes WHERE organization_id = '{0}') "
            "FROM platform.usage_records AS r WHERE organization_id = '{0}' AND metric = 'storage_bytes'",
            organization('a')
        ),
        "t"
    ));
}

TEST_F(FactsTest, AJobThatIsCancelledWaitsForNoDatabase) {
    const testing::HangingPort silent;
    const auto shop =
        registered("shop", {{"connection_string", fmt::format("postgresql://app:x@127.0.0.1:{}/shop", silent.port())}});
    const auto job = ask(Method::post, "/api/v2/jobs", token('a', "owner"), json::object{{"kind", "databases.facts"}});
    ASSERT_EQ(job.status, 202U) << job.body;
    const auto state = fmt::format("SELECT state FROM platform.jobs WHERE id = '{}'", job.text("id"));
    // The other one is done with, while this one keeps silent.
    ASSERT_TRUE(
        comes_to(fmt::format("SELECT count(*) FROM platform.database_facts WHERE database_id = '{}'", main_), "1")
    );
    ASSERT_TRUE(comes_to(state, "running"));
    ASSERT_EQ(ask(Method::post, "/api/v2/jobs/" + job.text("id") + "/cancel", token('a', "owner")).status, 200U);
    EXPECT_TRUE(comes_to(state, "cancelled"));
    EXPECT_EQ(fresh(path(shop, "/facts")).status, 404U) << "what was broken off says nothing of it";
}

TEST_F(FactsTest, GivesEachOrganizationAScheduleThatItsPeopleMayChange) {
    // At times of the test's own, and not when the clock says so.
    const auto now_and = [&](std::string_view due) {
        run(admin_,
            fmt::format(
                "UPDATE platform.job_schedules SET cron = '0 0 1 1 *', next_run_at = {} WHERE name = "
                "'databases.schedules'",
                due
            ));
    };
    const auto schedule = [&](std::string_view what) {
        return fmt::format(
            "SELECT {} FROM platform.job_schedules WHERE organization_id = '{}' AND kind = 'databases.facts'",
            what,
            organization('a')
        );
    };
    now_and("now()");
    ASSERT_TRUE(comes_to(schedule("count(*)"), "1"));
    EXPECT_THAT(sql(schedule("cron")), ::testing::MatchesRegex("[0-9]+,[0-9]+ \\* \\* \\* \\*"));
    run(admin_, "UPDATE platform.job_schedules SET enabled = false WHERE kind = 'databases.facts'");
    const auto jobs = sql("SELECT count(*) FROM platform.jobs WHERE kind = 'databases.schedules'");
    now_and("now() - interval '1 hour'");
    ASSERT_TRUE(comes_to(
        fmt::format(
            "SELECT count(*) > {} FROM platform.jobs WHERE kind = 'databases.schedules' AND state = 'succeeded'", jobs
        ),
        "t"
    ));
    EXPECT_EQ(sql(schedule("count(*)")), "1");
    EXPECT_EQ(sql(schedule("bool_or(enabled)")), "f") << "it stays as they have left it";
}

TEST_F(FactsTest, ABreakerSparesWhatDoesNotAnswer) {
    const auto away = registered("away", {{"connection_string", "postgresql://app:x@127.0.0.1:1/shop"}});
    ASSERT_EQ(take(away).status, 200U);
    ASSERT_EQ(take(away).status, 200U);
    const auto pool = fresh(path(away, "/pool"));
    EXPECT_EQ(pool.text("breaker"), "open") << pool.body;
    // The sixth try is let through only where a slow machine has taken its time over it.
    const auto failed = pool.at("open_failed").as_int64();
    EXPECT_GE(failed, 5) << "two calls of three tries";
    EXPECT_EQ(failed + pool.at("refused").as_int64(), 6);
    EXPECT_EQ(pool.at("failures"), failed);
    EXPECT_EQ(metric("drydock_target_breakers_open"), "1");
    EXPECT_EQ(metric("drydock_target_breaker_refused_total"), std::to_string(pool.at("refused").as_int64()));
    EXPECT_EQ(metric("drydock_target_pool_open_failed_total"), std::to_string(failed));
    // Told of another place, it is another database.
    ASSERT_EQ(change(away, json::object{{"connection_string", login("mended")}}).status, 200U);
    EXPECT_EQ(take(away).at("error"), nullptr);
    EXPECT_EQ(fresh(path(away, "/pool")).text("breaker"), "closed");
    EXPECT_EQ(metric("drydock_target_pool_open_failed_total"), std::to_string(failed)) << "what was counted stays";
}

TEST_F(FactsTest, NoOldConnectionServesADatabaseThatWasChangedOrRemoved) {
    const auto first = login("first");
    testing::Database other;
    const auto second = login("second", other.conninfo().get("dbname"));
    const auto shop = registered("shop", {{"connection_string", first}});
    ASSERT_EQ(take(shop).at("facts").at("database"), json::value(database_.conninfo().get("dbname")));
    ASSERT_EQ(sql(connections(logins_[0])), "1");

    // To another place, with another login: what stood is closed without anybody asking again.
    ASSERT_EQ(change(shop, {{"connection_string", second}}).status, 200U);
    EXPECT_TRUE(comes_to(connections(logins_[0]), "0"));
    const auto moved = take(shop);
    EXPECT_EQ(moved.at("facts").at("database"), json::value(other.conninfo().get("dbname"))) << moved.body;
    EXPECT_EQ(fresh(path(shop, "/rights")).text("user"), logins_[1]);
    EXPECT_EQ(sql(connections(logins_[1])), "1");

    // By another server of the same control plane: this one has closed nothing, and uses it no more.
    const auto another = start_server(test_options(database_.conninfo()));
    const auto back = ask_port(
        port_of(*another),
        {.method = Method::patch,
         .target = path(shop),
         .token = token('a', "owner"),
         .body = json::object{{"connection_string", first}},
         .headers = {{"If-Match", "*"}}}
    );
    ASSERT_EQ(back.status, 200U) << back.body;
    EXPECT_EQ(take(shop).at("facts").at("database"), json::value(database_.conninfo().get("dbname")));
    EXPECT_TRUE(comes_to(connections(logins_[1]), "0"));

    // By SQL, past all servers.
    run(admin_, fmt::format("UPDATE platform.databases SET connection_string = '{}' WHERE id = '{}'", second, shop));
    ASSERT_TRUE(comes_to(fmt::format("SELECT secret_state FROM platform.databases WHERE id = '{}'", shop), "encrypted")
    );
    EXPECT_EQ(take(shop).at("facts").at("database"), json::value(other.conninfo().get("dbname")));
    EXPECT_TRUE(comes_to(connections(logins_[0]), "0"));
    EXPECT_EQ(sql(connections(logins_[1])), "1");

    const auto removed = ask(
        {.method = Method::remove, .target = path(shop), .token = token('a', "owner"), .headers = {{"If-Match", "*"}}}
    );
    ASSERT_EQ(removed.status, 204U) << removed.body;
    EXPECT_TRUE(comes_to(connections(logins_[1]), "0"));
    EXPECT_EQ(take(shop).status, 404U);
    EXPECT_EQ(fresh(path(shop, "/facts")).status, 404U);
    EXPECT_EQ(fresh(path(shop, "/pool")).status, 404U);
}

TEST_F(FactsTest, NoConnectionOfAnOldPasswordServesWhatHasANewOne) {
    const auto process = [&](const std::string& role) {
        return sql(
            fmt::format("SELECT pid FROM pg_stat_activity WHERE usename = '{}' AND application_name = 'drydock'", role)
        );
    };
    const auto shop = registered("shop", {{"connection_string", login("rotated")}});
    ASSERT_EQ(take(shop).at("error"), nullptr);
    const auto before = process(logins_[0]);
    ASSERT_FALSE(before.empty());
    const auto rotated = ask(Method::post, path(shop, "/rotate"), token('a', "owner"));
    ASSERT_EQ(rotated.text("state"), "revoked") << rotated.body;
    EXPECT_TRUE(comes_to(fmt::format("SELECT count(*) FROM pg_stat_activity WHERE pid = {}", before), "0"));
    EXPECT_EQ(take(shop).at("error"), nullptr) << "with the new password";
    EXPECT_FALSE(process(logins_[0]).empty());

    // One secret of several databases, replaced behind their backs.
    login("shared");
    const auto credential =
        ask(Method::post,
            "/api/v2/credentials",
            token('a', "owner"),
            json::object{
                {"project_id", project_of('a')},
                {"name", "shared"},
                {"kind", "password"},
                {"username", logins_[1]},
                {"secret", kTargetPassword}
            });
    ASSERT_EQ(credential.status, 201U) << credential.body;
    const auto mail = registered(
        "mail",
        {{"type", "postgresql"},
         {"host", "127.0.0.1"},
         {"port", std::stoi(testing::server().tcp_conninfo().get("port"))},
         {"database", database_.conninfo().get("dbname")},
         {"username", logins_[1]},
         {"credential_id", credential.text("id")},
         {"password", kTargetPassword}}
    );
    ASSERT_EQ(take(mail).at("error"), nullptr);
    const auto of_old = process(logins_[1]);
    run(admin_, fmt::format("ALTER ROLE \"{}\" PASSWORD 'another-one-altogether'", logins_[1]));
    const auto replaced =
        ask(Method::put,
            "/api/v2/credentials/" + credential.text("id") + "/secret",
            token('a', "owner"),
            json::object{{"secret", "another-one-altogether"}});
    ASSERT_EQ(replaced.status, 200U) << replaced.body;
    EXPECT_EQ(take(mail).at("error"), nullptr);
    EXPECT_TRUE(comes_to(fmt::format("SELECT count(*) FROM pg_stat_activity WHERE pid = {}", of_old), "0"));
    EXPECT_NE(process(logins_[1]), of_old);
}

TEST_F(FactsTest, SettingsAndTiersReachThePools) {
    const auto shop = registered(
        "shop",
        {{"connection_string", login("tiered")},
         {"config", json::object{{"pool", {{"tier", "large"}, {"min", 2}, {"idle_seconds", 7}}}}}}
    );
    EXPECT_EQ(take(shop).at("error"), nullptr);
    const auto pool = fresh(path(shop, "/pool"));
    EXPECT_EQ(pool.at("max"), 16) << "four times the server's";
    EXPECT_EQ(pool.at("idle_seconds"), 7);
    EXPECT_EQ(pool.at("lifetime_seconds"), 3600);
    EXPECT_TRUE(comes_to(connections(logins_[0]), "2")) << "the least number is kept open without being asked for";
    ASSERT_EQ(change(shop, {{"config", json::object{{"pool", {{"max", 1}}}}}}).status, 200U);
    EXPECT_EQ(take(shop).at("error"), nullptr);
    EXPECT_EQ(fresh(path(shop, "/pool")).at("max"), 1);
    EXPECT_TRUE(comes_to(connections(logins_[0]), "1"));
}

TEST_F(FactsTest, AProjectThatIsFullOfBytesTakesNothingMoreIn) {
    const auto spare = registered("spare", {{"connection_string", "postgresql://app:x@127.0.0.1:1/spare"}});
    ASSERT_EQ(change(spare, {{"status", "inactive"}}).status, 200U);
    ASSERT_EQ(take(main_).status, 200U);
    const auto bytes = sql(fmt::format("SELECT bytes FROM platform.database_sizes WHERE database_id = '{}'", main_));
    // Its plan's, as it has none of its own.
    run(admin_, fmt::format("UPDATE platform.plans SET max_storage_bytes = {} WHERE code = 'self-hosted'", bytes));
    const json::object wanted{
        {"project_id", project_of('a')}, {"name", "more"}, {"connection_string", "postgresql://app:x@127.0.0.1:1/more"}
    };
    const auto& owner = token('a', "owner");
    const auto refused = ask(Method::post, "/api/v2/databases", owner, wanted);
    EXPECT_EQ(refused.status, 409U) << refused.body;
    EXPECT_THAT(refused.body, HasSubstr(fmt::format("holds {0} of {0} bytes, and has no room for more", bytes)));
    EXPECT_EQ(ask(Method::put, "/api/v2/databases", owner, wanted).status, 409U);
    EXPECT_EQ(change(spare, {{"status", "active"}}).status, 409U) << "neither by the back door";
    const auto by_sql = admin_.query(
        {"by_sql",
         fmt::format(
             "INSERT INTO platform.databases (project_id, name, type, host) VALUES ('{}', 'sql', 'redis', 'localhost')",
             project_of('a')
         )},
        Limits::within(kTime)
    );
    ASSERT_FALSE(by_sql);
    EXPECT_THAT(by_sql.error().message, HasSubstr("limit of " + bytes + " bytes"));
    EXPECT_EQ(take(main_).at("error"), nullptr) << "what is there goes on";
    EXPECT_EQ(change(main_, {{"metadata", json::object{{"team", "core"}}}}).status, 200U);

    const auto limits = fmt::format("/api/v2/projects/{}/limits", project_of('a'));
    const auto raised = ask(Method::put, limits, owner, json::object{{"max_storage_bytes", 1LL << 40}});
    ASSERT_LT(raised.status, 300U) << raised.body;
    EXPECT_EQ(ask(Method::post, "/api/v2/databases", owner, wanted).status, 201U);
    EXPECT_EQ(change(spare, {{"status", "active"}}).status, 200U);
}

TEST_F(FactsTest, AHostThatDnsDoesNotKnowIsAStepThatFailed) {
    const auto& owner = token('a', "owner");
    for (const auto* const type : {"postgresql", "mongodb", "redis"}) {
        SCOPED_TRACE(type);
        const json::object wanted{
            {"project_id", project_of('a')},
            {"name", type},
            {"connection_string", fmt::format("{}://app:x@no-such-host.invalid/0", type)},
            {"test_first", true}
        };
        const auto tested = ask(Method::post, "/api/v2/databases/test", owner, wanted);
        ASSERT_EQ(tested.status, 200U) << tested.body;
        EXPECT_EQ(tested.at("success"), false);
        EXPECT_EQ(tested.at("steps").at(0).at("name"), "name");
        EXPECT_EQ(tested.at("steps").at(0).at("outcome"), "failed");
        EXPECT_THAT(tested.text("message"), HasSubstr("no-such-host.invalid"));
        const auto refused = ask(Method::post, "/api/v2/databases", owner, wanted);
        EXPECT_EQ(refused.status, 422U) << refused.body;
        EXPECT_THAT(refused.body, HasSubstr("no-such-host.invalid"));

        auto untested = wanted;
        untested["test_first"] = false;
        const auto made = ask(Method::post, "/api/v2/databases", owner, untested);
        ASSERT_EQ(made.status, 201U) << made.body;
        const auto again = ask(Method::post, path(made.text("id"), "/test"), owner);
        EXPECT_EQ(again.status, 200U) << again.body;
        EXPECT_EQ(again.at("success"), false);
        // MongoDB's passwords are not rotated at all.
        const auto rotated = ask(Method::post, path(made.text("id"), "/rotate"), owner);
        EXPECT_EQ(rotated.status, std::string_view{type} == "mongodb" ? 400U : 422U) << rotated.body;
        const auto taken = take(made.text("id"));
        EXPECT_EQ(taken.status, 200U) << taken.body;
        EXPECT_THAT(taken.text("error"), HasSubstr("no-such-host.invalid"));
    }
}

}  // namespace
}  // namespace drydock::app
