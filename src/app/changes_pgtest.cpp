#include <functional>

#include "app/server_pgtest.h"
#include "base/wait.h"

// Migrations and checks of a registered database, through the whole server.
namespace drydock::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

json::value file(std::string_view path, std::string_view text) {
    return json::object{{"path", path}, {"text", text}};
}

class ChangesTest : public ServerTest {
protected:
    explicit ChangesTest(void (*change)(ServeOptions&) = nullptr) : ServerTest(change), shop_(target_.connect()) {
        build_world();
        database_id_ = add_target('a', "shop");
    }
    ~ChangesTest() override { server_.reset(); }

    // A database of its own, that belongs to the login it is signed in to with.
    std::string add_target(char letter, std::string_view name) {
        const auto role = target_role('s');
        run(shop_, fmt::format("CREATE ROLE \"{}\" LOGIN PASSWORD '{}'", role, kTargetPassword));
        run(shop_, fmt::format("ALTER DATABASE {} OWNER TO \"{}\"", target_.conninfo().get("dbname"), role));
        const auto url = fmt::format(
            "postgresql://{}:{}@127.0.0.1:{}/{}",
            role,
            kTargetPassword,
            testing::server().tcp_conninfo().get("port"),
            target_.conninfo().get("dbname")
        );
        const auto made =
            ask(Method::post,
                "/api/v2/databases",
                token(letter, "owner"),
                json::object{{"project_id", project_of(letter)}, {"name", name}, {"connection_string", url}});
        EXPECT_EQ(made.status, 201U) << made.body;
        return made.text("id");
    }

    std::string path(std::string_view rest) const { return fmt::format("/api/v2/databases/{}/{}", database_id_, rest); }
    Answer apply(json::array files, json::object more = {}, std::string_view role = "admin") {
        more["files"] = std::move(files);
        return ask(Method::post, path("migrations"), token('a', role), std::move(more));
    }
    Answer job(std::string_view id) { return get(fmt::format("/api/v2/jobs/{}", id), token('a', "owner")); }
    void until(const std::function<bool()>& come_true) {
        const auto limits = Limits::within(kTime);
        while (!come_true()) ASSERT_TRUE(pause(std::chrono::milliseconds{10}, limits)) << "never came true";
    }
    Answer ended(const Answer& made) {
        EXPECT_EQ(made.status, 202U) << made.body;
        const auto id = made.text("id");
        Answer now;
        until([&] {
            now = job(id);
            const auto state = now.text("state");
            return state != "queued" && state != "running";
        });
        return now;
    }
    static std::string result_of(const Answer& job) { return json::serialize(job.at("result")); }
    std::vector<std::string> history(std::string_view query = {}) {
        const auto answer = get(path("migrations") + std::string{query}, token('a', "viewer"));
        EXPECT_EQ(answer.status, 200U) << answer.body;
        std::vector<std::string> lines;
        const auto items = answer.at("items");
        for (const auto& item : items.as_array()) {
            const auto& row = item.as_object();
            lines.push_back(fmt::format("{} {}", row.at("id").as_string().c_str(), row.at("state").as_string().c_str())
            );
        }
        return lines;
    }
    std::string shop(std::string_view text) { return value(shop_, text); }
    std::string audited(std::string_view action) {
        return sql(fmt::format(
            "SELECT coalesce(string_agg(outcome || ' ' || details::text, ';' ORDER BY sequence), '') FROM "
            "platform.audit_log WHERE action = '{}' AND object_id = '{}'",
            action,
            database_id_
        ));
    }

    testing::Database target_;
    pg::Connection shop_;
    std::string database_id_;
};

const std::string kOrders = "CREATE TABLE orders (id bigint PRIMARY KEY, note text);";
const std::string kItems =
    "-- Dependencies: 001_orders.sql\nCREATE TABLE items (id bigint PRIMARY KEY, \"order\" bigint);\n";

TEST_F(ChangesTest, AppliesWhatIsPendingOnceAndTellsItAsTheCommandLineDoes) {
    EXPECT_THAT(history(), IsEmpty()) << "drydock never migrated it";
    const auto done = ended(apply({file("001_orders.sql", kOrders), file("more/002_items.sql", kItems)}));
    ASSERT_EQ(done.text("state"), "succeeded") << done.body;
    EXPECT_EQ(done.at("at_most_once"), json::value(true));
    const auto result = done.at("result").as_object();
    ASSERT_EQ(result.at("done").as_array().size(), 2U) << result_of(done);
    EXPECT_EQ(result.at("done").at(1).at("id"), "002_items");
    EXPECT_TRUE(result.at("not_run").as_array().empty());
    EXPECT_THAT(history(), ElementsAre("001_orders applied", "002_items applied"));
    EXPECT_EQ(shop("SELECT to_regclass('items') IS NOT NULL"), "t");
    EXPECT_EQ(shop("SELECT client FROM drydock.migration LIMIT 1"), "2@a.example by drydock");

    const auto again = ended(apply({file("001_orders.sql", kOrders), file("more/002_items.sql", kItems)}));
    EXPECT_EQ(again.text("state"), "succeeded") << again.body;
    EXPECT_TRUE(again.at("result").at("done").as_array().empty());

    const auto status = get(path("migrations/status"), token('a', "viewer"));
    EXPECT_EQ(status.at("applied"), json::value(2));
    EXPECT_TRUE(status.at("unfinished").as_array().empty());
    EXPECT_EQ(status.at("running"), json::value(false));
    EXPECT_EQ(status.at("last").at("version"), "002");
    EXPECT_EQ(status.at("last").at("name"), "items");
}

TEST_F(ChangesTest, GivesTheHistoryInPages) {
    ASSERT_EQ(
        ended(apply({file("001_a.sql", "SELECT 1;"), file("002_b.sql", "SELECT 1;"), file("003_c.sql", "SELECT 1;")}))
            .text("state"),
        "succeeded"
    );
    std::vector<std::string> ids;
    std::string cursor;
    int pages = 0;
    do {
        const auto query = cursor.empty() ? std::string{} : "&cursor=" + cursor;
        const auto answer = get(path("migrations?limit=2") + query, token('a', "viewer"));
        ASSERT_EQ(answer.status, 200U) << answer.body;
        const auto items = answer.at("items");
        for (const auto& item : items.as_array()) ids.emplace_back(item.at("id").as_string());
        cursor = answer.text("next_cursor");
        ++pages;
    } while (!cursor.empty());
    EXPECT_THAT(ids, ElementsAre("001_a", "002_b", "003_c"));
    EXPECT_EQ(pages, 2);
    EXPECT_THAT(history("?project=another"), IsEmpty()) << "each project has a history of its own";
}

TEST_F(ChangesTest, AFailingMigrationLeavesNothingOfItselfAndTheJobSaysWhatStays) {
    const auto failed = ended(apply(
        {file("001_orders.sql", kOrders),
         file("002_bad.sql", "CREATE TABLE half (id int);\nSELECT nowhere FROM orders;"),
         file("003_c.sql", "SELECT 1;")}
    ));
    ASSERT_EQ(failed.text("state"), "failed") << failed.body;
    EXPECT_EQ(failed.at("error").at("code"), "failed");
    EXPECT_THAT(failed.body, HasSubstr("1 of 3 done"));
    const auto result = failed.at("result").as_object();
    EXPECT_EQ(result.at("done").as_array().size(), 1U);
    EXPECT_EQ(result.at("not_run").as_array().size(), 2U);
    EXPECT_EQ(result.at("error").at("sqlstate"), "42703");
    EXPECT_EQ(result.at("error").at("place").at("file"), "002_bad.sql") << "a file of theirs, and no folder of ours";
    EXPECT_EQ(result.at("error").at("place").at("line"), json::value(2));
    EXPECT_EQ(shop("SELECT to_regclass('half') IS NULL"), "t");
    EXPECT_THAT(history(), ElementsAre("001_orders applied", "002_bad failed"));
    EXPECT_THAT(audited("migrations.applied"), HasSubstr("failed {"));
}

TEST_F(ChangesTest, EveryRunIsInTheAuditTrailWithTheChecksumsOfItsFiles) {
    const auto done = ended(apply({file("012_reset_password.sql", kOrders)}));
    ASSERT_EQ(done.text("state"), "succeeded") << done.body;
    const auto sum = sql("SELECT encode(sha256('" + kOrders + "'), 'hex')");
    EXPECT_THAT(audited("migrations.requested"), HasSubstr(sum));
    EXPECT_THAT(audited("migrations.applied"), HasSubstr(sum));
    EXPECT_THAT(audited("migrations.applied"), HasSubstr("success"));
    EXPECT_EQ(sql("SELECT user_id FROM platform.audit_log WHERE action = 'migrations.requested'"), user('a', "admin"));
}

TEST_F(ChangesTest, ALongRunIsInTheAuditTrailTooThoughNotAllOfItsNamesAre) {
    json::array files;
    for (int i = 100; i < 320; ++i)
        files.push_back(file(fmt::format("{}_{}.sql", i, std::string(225, 'n')), fmt::format("SELECT {};", i)));
    ASSERT_EQ(ended(apply(files)).text("state"), "succeeded");
    const auto details = sql("SELECT details FROM platform.audit_log WHERE action = 'migrations.applied'");
    ASSERT_FALSE(details.empty());
    EXPECT_EQ(json::parse(details).at("done_count"), 220);
}

TEST_F(ChangesTest, WhatLintFindsRefusesTheRunUnlessItIsAskedForAllTheSame) {
    ASSERT_EQ(ended(apply({file("001_orders.sql", kOrders)})).text("state"), "succeeded");
    const json::array files{
        file("001_orders.sql", kOrders), file("002_index.sql", "CREATE INDEX orders_note_idx ON orders (note);")
    };
    shop("INSERT INTO orders SELECT n, repeat('x', 500) FROM generate_series(1, 20000) AS n RETURNING 1");
    run(shop_, "ANALYZE orders");
    const auto refused = ended(apply(files, {{"fail_on", "notice"}}));
    ASSERT_EQ(refused.text("state"), "failed") << refused.body;
    EXPECT_EQ(refused.at("error").at("code"), "conflict");
    const auto findings = refused.at("result").at("findings");
    ASSERT_FALSE(findings.as_array().empty());
    EXPECT_EQ(findings.at(0).at("rule"), "idx-create");
    EXPECT_EQ(findings.at(0).at("file"), "002_index.sql");
    EXPECT_EQ(shop("SELECT to_regclass('orders_note_idx') IS NULL"), "t");
    EXPECT_THAT(history(), ElementsAre("001_orders applied"));
    EXPECT_EQ(ended(apply(files, {{"fail_on", "never"}})).text("state"), "succeeded");
    EXPECT_EQ(shop("SELECT to_regclass('orders_note_idx') IS NOT NULL"), "t");
}

TEST_F(ChangesTest, WhatLintCouldNotReadIsNotRun) {
    const json::array files{file("001_orders.sql", "-- drydock:allow no-such-rule\n" + std::string{kOrders})};
    const auto refused = ended(apply(files));
    ASSERT_EQ(refused.text("state"), "failed") << refused.body;
    EXPECT_THAT(refused.body, HasSubstr("lint could not look at it"));
    EXPECT_EQ(shop("SELECT to_regclass('orders') IS NULL"), "t");
    EXPECT_EQ(ended(apply(files, {{"fail_on", "never"}})).text("state"), "succeeded");
}

TEST_F(ChangesTest, APlanTellsWhatWouldRunAndWhatItLocksAndChangesNothing) {
    ASSERT_EQ(ended(apply({file("001_orders.sql", kOrders)})).text("state"), "succeeded");
    const auto plan =
        ask(Method::post,
            path("migrations/plan"),
            token('a', "admin"),
            json::object{
                {"files",
                 json::array{
                     file("001_orders.sql", kOrders),
                     file("002_index.sql", "CREATE INDEX orders_note_idx ON orders (note);")
                 }}
            });
    ASSERT_EQ(plan.status, 200U) << plan.body;
    const auto run = plan.at("run");
    ASSERT_EQ(run.as_array().size(), 1U);
    EXPECT_EQ(run.at(0).at("id"), "002_index");
    EXPECT_EQ(run.at(0).at("path"), "002_index.sql");
    EXPECT_THAT(plan.body, HasSubstr("idx-create"));
    EXPECT_THAT(plan.body, HasSubstr("\"lock\":\"SHARE\""));
    EXPECT_THAT(plan.body, Not(HasSubstr("drydock-files")));
    EXPECT_EQ(shop("SELECT to_regclass('orders_note_idx') IS NULL"), "t");
    EXPECT_EQ(sql("SELECT count(*) FROM platform.jobs WHERE kind = 'migrations.apply'"), "1");
}

TEST_F(ChangesTest, RefusesFilesThatAreNoneOfAFolderBeforeAnythingIsMade) {
    const std::vector<json::array> bad{
        {file("../001_a.sql", "SELECT 1;")},
        {file("/etc/001_a.sql", "SELECT 1;")},
        {file("a/../../001_a.sql", "SELECT 1;")},
        {file("a//001_a.sql", "SELECT 1;")},
        {file(".hidden/001_a.sql", "SELECT 1;")},
        {file("a\\..\\001_a.sql", "SELECT 1;")},
        {file("hooks/before-run", "#!/bin/sh\nid")},
        {file("001_a.sql", "SELECT 1;"), file("001_a.sql", "SELECT 2;")},
        {file("001_a.sql", "SELECT 1;"), file("001_a.sql/002_b.sql", "SELECT 2;")},
        {file("no_number.sql", "SELECT 1;")},
        {file("001_a.sql", std::string_view{"SELECT\0 1;", 10})},
        {file("001_a.sql", "-- Dependencies: 009_nowhere.sql\nSELECT 1;")},
    };
    for (const auto& files : bad) {
        const auto answer = apply(files);
        EXPECT_EQ(answer.status, 400U) << json::serialize(files) << answer.body;
        EXPECT_THAT(answer.body, Not(HasSubstr("drydock-files")));
    }
    json::array huge;
    for (int i = 0; i < 5; ++i) huge.push_back(file(fmt::format("00{}_a.sql", i), std::string(900'000, '\n')));
    EXPECT_EQ(apply(huge).status, 400U);
    EXPECT_EQ(sql("SELECT count(*) FROM platform.jobs WHERE kind = 'migrations.apply'"), "0");
    EXPECT_EQ(sql("SELECT count(*) FROM platform.job_files WHERE files <> '[]'"), "0");
}

// Nothing of the server is known to files of people: no variable of its environment, no file, no program.
TEST_F(ChangesTest, APlaceholderHasNoValueHere) {
    const auto failed = ended(apply({file("001_a.sql", "-- Placeholders: PATH\nSELECT '${PATH}';")}));
    EXPECT_EQ(failed.text("state"), "failed") << failed.body;
    EXPECT_THAT(failed.body, HasSubstr("PATH"));
    EXPECT_THAT(history(), IsEmpty());
}

TEST_F(ChangesTest, ACancelledRunStopsBetweenMigrationsAndSaysHowFarItCame) {
    auto blocker = target_.connect();
    run(blocker, "SELECT pg_advisory_lock(8)");
    const auto waiting = apply({
        file("001_orders.sql", kOrders),
        file("002_wait.sql", "CREATE TABLE two (id int); SELECT pg_advisory_lock(8);"),
        file("003_c.sql", "SELECT 1;"),
    });
    ASSERT_EQ(waiting.status, 202U) << waiting.body;
    until([&] {
        return shop("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 8") == "1";
    });
    const auto asked =
        ask(Method::post, fmt::format("/api/v2/jobs/{}/cancel", waiting.text("id")), token('a', "admin"));
    EXPECT_EQ(asked.status, 200U) << asked.body;
    const auto cancelled = ended(waiting);
    EXPECT_EQ(cancelled.text("state"), "cancelled") << cancelled.body;
    const auto result = cancelled.at("result").as_object();
    ASSERT_EQ(result.at("done").as_array().size(), 1U) << result_of(cancelled);
    EXPECT_EQ(result.at("done").at(0).at("id"), "001_orders");
    EXPECT_EQ(result.at("not_run").as_array().size(), 2U);
    EXPECT_EQ(shop("SELECT to_regclass('orders') IS NOT NULL AND to_regclass('two') IS NULL"), "t");
    EXPECT_EQ(get(path("migrations/status"), token('a', "viewer")).at("running"), json::value(false));
}

TEST_F(ChangesTest, AConnectionThatBreaksIsLookedAfterInTheHistory) {
    auto blocker = target_.connect();
    run(blocker, "SELECT pg_advisory_lock(8)");
    const auto made = apply(
        {file("001_orders.sql", kOrders), file("002_wait.sql", "CREATE TABLE two (id int); SELECT pg_advisory_lock(8);")
        }
    );
    ASSERT_EQ(made.status, 202U) << made.body;
    until([&] {
        return shop(
                   "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
                   "AND objid = 8"
               ) == "1";
    });
    const auto failed = ended(made);
    EXPECT_EQ(failed.text("state"), "failed") << "it is known what was done: " << failed.body;
    EXPECT_EQ(failed.at("result").at("done").as_array().size(), 1U) << result_of(failed);
    EXPECT_EQ(shop("SELECT to_regclass('two') IS NULL"), "t");
    const auto files = json::array{
        file("001_orders.sql", kOrders), file("002_wait.sql", "CREATE TABLE two (id int); SELECT pg_advisory_lock(8);")
    };
    run(blocker, "SELECT pg_advisory_unlock_all()");
    EXPECT_EQ(ended(apply(files)).text("state"), "succeeded") << "and the next run goes on";
}

TEST_F(ChangesTest, OneRunAtATimeForADatabase) {
    auto blocker = target_.connect();
    run(blocker, "SELECT pg_advisory_lock(8)");
    const auto first = apply({file("001_wait.sql", "SELECT pg_advisory_lock(8);")});
    ASSERT_EQ(first.status, 202U) << first.body;
    const auto second = apply({file("002_b.sql", "SELECT 1;")});
    EXPECT_EQ(second.status, 409U) << second.body;
    EXPECT_THAT(second.body, HasSubstr(first.text("id")));
    run(blocker, "SELECT pg_advisory_unlock_all()");
    EXPECT_EQ(ended(first).text("state"), "succeeded");
}

TEST_F(ChangesTest, TheSameRequestAgainIsAnsweredWithTheSameJob) {
    const Ask request{
        .method = Method::post,
        .target = path("migrations"),
        .token = token('a', "admin"),
        .body = json::object{{"files", json::array{file("001_orders.sql", kOrders)}}},
        .headers = {{"Idempotency-Key", "deploy-1"}},
    };
    const auto first = ask(request);
    EXPECT_EQ(ended(first).text("state"), "succeeded");
    EXPECT_EQ(ask(request).text("id"), first.text("id"));
    EXPECT_EQ(sql("SELECT count(*) FROM platform.jobs WHERE kind = 'migrations.apply'"), "1");
}

TEST_F(ChangesTest, TakesMigrationsBackAsHistoryKeepsThem) {
    ASSERT_EQ(
        ended(apply({
                  file("001_orders.sql", kOrders),
                  file("rollback-001.sql", "DROP TABLE orders;"),
                  file("002_items.sql", "CREATE TABLE items (id bigint PRIMARY KEY);"),
                  file("rollback-002.sql", "DROP TABLE items;"),
              }))
            .text("state"),
        "succeeded"
    );
    const auto back =
        ended(ask(Method::post, path("migrations/rollback"), token('a', "admin"), json::object{{"to", "001"}}));
    EXPECT_EQ(back.text("state"), "succeeded") << back.body;
    EXPECT_EQ(back.at("result").at("done").at(0).at("direction"), "down");
    EXPECT_EQ(shop("SELECT to_regclass('items') IS NULL AND to_regclass('orders') IS NOT NULL"), "t");
    run(shop_, "INSERT INTO orders VALUES (1, 'dear')");
    run(shop_, "ANALYZE orders");
    const auto dear = ended(ask(Method::post, path("migrations/rollback"), token('a', "admin"), json::object{}));
    EXPECT_EQ(dear.text("state"), "failed") << dear.body;
    EXPECT_THAT(result_of(dear), HasSubstr("orders"));
    EXPECT_EQ(shop("SELECT count(*) FROM orders"), "1");
    const auto given_up = ended(
        ask(Method::post,
            path("migrations/rollback"),
            token('a', "admin"),
            json::object{{"accept_data_loss", json::array{"orders"}}})
    );
    EXPECT_EQ(given_up.text("state"), "succeeded") << given_up.body;
    EXPECT_EQ(shop("SELECT to_regclass('orders') IS NULL"), "t");
}

TEST_F(ChangesTest, ASessionHasToProveItselfAndATokenOfOneWhoMayNeedNot) {
    const auto made = ask(Method::post, "/api/v2/tokens", token('a', "admin"), json::object{{"name", "deploys"}});
    ASSERT_EQ(made.status, 201U) << made.body;
    ASSERT_EQ(get("/api/v2/me", token('a', "admin")).at("stepped_up"), json::value(true));
    sql("UPDATE platform.sessions SET stepped_up_at = now() - interval '1 hour', methods = '{password}' WHERE "
        "stepped_up_at IS NOT NULL RETURNING 1");
    const auto refused = apply({file("001_orders.sql", kOrders)});
    EXPECT_EQ(refused.status, 403U);
    EXPECT_EQ(refused.text("code"), "step_up_required");
    const auto by_token =
        ask(Method::post,
            path("migrations"),
            made.text("token"),
            json::object{{"files", json::array{file("001_orders.sql", kOrders)}}});
    EXPECT_EQ(ended(by_token).text("state"), "succeeded");
}

TEST_F(ChangesTest, AJobThatWasMadeByTheGeneralCallRunsNothing) {
    const auto made =
        ask(Method::post,
            "/api/v2/jobs",
            token('a', "owner"),
            json::object{{"kind", "migrations.rollback"}, {"args", json::object{{"database_id", database_id_}}}});
    const auto failed = ended(made);
    EXPECT_EQ(failed.text("state"), "failed");
    EXPECT_THAT(failed.body, HasSubstr("no files"));
}

TEST_F(ChangesTest, ChecksADatabaseAndKeepsWhatWasFound) {
    run(shop_, "CREATE TABLE loose (id int)");
    json::object request{
        {"groups", json::array{"schema"}},
        {"files", json::array{file("no_loose_rows.sql", "-- Assert: nothing is loose\nSELECT id FROM loose")}},
    };
    run(shop_, fmt::format("INSERT INTO loose VALUES (42); GRANT SELECT ON loose TO \"{}\"", target_role('s')));
    const auto refused = ask(Method::post, path("validations"), token('a', "member"), request);
    EXPECT_EQ(refused.status, 403U) << "SQL of one's own takes more than the permission to have it checked";
    const auto done = ended(ask(Method::post, path("validations"), token('a', "admin"), request));
    ASSERT_EQ(done.text("state"), "succeeded") << done.body;
    const auto id = std::string{done.at("result").at("validation_id").as_string()};
    const auto found = get("/api/v2/validations/" + id, token('a', "member"));
    ASSERT_EQ(found.status, 200U) << found.body;
    EXPECT_THAT(found.body, HasSubstr("no_loose_rows"));
    EXPECT_THAT(found.body, HasSubstr("42"));
    EXPECT_EQ(found.at("critical"), done.at("result").at("critical"));
    EXPECT_EQ(get("/api/v2/validations/" + id, token('a', "viewer")).status, 403U) << "findings show rows";
    EXPECT_EQ(get("/api/v2/validations/" + id, token('b', "owner")).status, 404U);

    const auto second = ended(
        ask(Method::post, path("validations"), token('a', "member"), json::object{{"groups", json::array{"schema"}}})
    );
    ASSERT_EQ(second.text("state"), "succeeded") << second.body;
    const auto list = get(path("validations?limit=1"), token('a', "member"));
    ASSERT_EQ(list.status, 200U) << list.body;
    EXPECT_EQ(list.at("items").at(0).at("id"), second.at("result").at("validation_id")) << "the newest first";
    const auto next = get(path("validations?limit=1&cursor=") + list.text("next_cursor"), token('a', "member"));
    EXPECT_EQ(next.at("items").at(0).at("id").as_string(), id);
    EXPECT_TRUE(next.at("next_cursor").is_null()) << next.body;
}

TEST_F(ChangesTest, KeepsNoReportOfAnyLength) {
    std::string wide = "-- Assert: there is nothing\nSELECT 0 AS c0";
    for (int n = 1; n < 1'500; ++n) wide += fmt::format(", repeat('x', 1000) AS c{}", n);
    wide += " FROM generate_series(1, 20)";
    json::array files;
    for (const auto* const name : {"one.sql", "two.sql", "three.sql"}) files.push_back(file(name, wide));
    const json::object request{{"groups", json::array{"schema"}}, {"files", files}};
    const auto before = sql("SELECT count(*) FROM platform.validations");
    const auto done = ended(ask(Method::post, path("validations"), token('a', "admin"), request));
    EXPECT_EQ(done.text("state"), "failed");
    EXPECT_THAT(done.body, HasSubstr("the report is longer than 8.0 MiB"));
    EXPECT_EQ(sql("SELECT count(*) FROM platform.validations"), before);
}

TEST_F(ChangesTest, RefusesAChecksFileOrNameThatIsNone) {
    for (const auto& request : {
             json::object{{"only", json::array{"no-such-check"}}},
             json::object{{"files", json::array{file("a.sql", "SELECT 1")}}},
             json::object{{"files", json::array{file("../a.sql", "-- Assert: x\nSELECT true")}}},
         }) {
        const auto answer = ask(Method::post, path("validations"), token('a', "admin"), request);
        EXPECT_EQ(answer.status, 400U) << json::serialize(request) << answer.body;
    }
}

// The world's `main` is the control plane under a login and an address like any other's.
TEST_F(ChangesTest, NobodysSqlRunsOnTheControlPlaneWhateverItIsRegisteredAs) {
    const auto id =
        sql(fmt::format("SELECT id FROM platform.databases WHERE name = 'main' AND project_id = '{}'", project_of('a'))
        );
    const auto of_it = [&](std::string_view what) { return fmt::format("/api/v2/databases/{}/{}", id, what); };
    const auto refused = [&](Method method, const std::string& target, json::object body) {
        const auto job = ended(ask(method, target, token('a', "admin"), std::move(body)));
        EXPECT_EQ(job.text("state"), "failed");
        EXPECT_THAT(job.body, HasSubstr("drydock's own control plane"));
    };
    refused(Method::post, of_it("migrations"), {{"files", json::array{file("001_orders.sql", kOrders)}}});
    refused(Method::post, of_it("migrations/rollback"), {{"files", json::array{file("001_orders.sql", kOrders)}}});
    refused(
        Method::post, of_it("validations"), {{"files", json::array{file("all.sql", "-- Assert: no rows\nSELECT 1;")}}}
    );
    EXPECT_EQ(sql("SELECT to_regclass('orders') IS NULL"), "t");
}

TEST_F(ChangesTest, ADatabaseOfAnotherOrganizationIsNotThere) {
    ASSERT_EQ(ended(apply({file("001_orders.sql", kOrders)})).text("state"), "succeeded");
    for (const auto* const rest : {"migrations", "migrations/status", "validations"})
        EXPECT_EQ(get(path(rest), token('b', "owner")).status, 404U) << rest;
    for (const auto* const rest : {"migrations", "migrations/plan"}) {
        const auto answer =
            ask(Method::post,
                path(rest),
                token('b', "owner"),
                json::object{{"files", json::array{file("001_a.sql", "SELECT 1;")}}});
        EXPECT_EQ(answer.status, 404U) << rest << answer.body;
    }
}

}  // namespace
}  // namespace drydock::app
