// How a run behaves where it can't see everything: rights, locks, time, a stop, lost connections, many findings.
#include "validate/runner.h"

#include <thread>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/postgres.h"

namespace drydock::validate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr const char* kOrphans =
    "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, parent int);"
    "INSERT INTO parent VALUES (1); INSERT INTO child SELECT i, i FROM generate_series(1, 50) i;"
    "ALTER TABLE child ADD CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES parent NOT VALID;"
    "CREATE TABLE other (id int PRIMARY KEY, parent int); INSERT INTO other VALUES (1, 7);"
    "ALTER TABLE other ADD CONSTRAINT other_parent FOREIGN KEY (parent) REFERENCES parent NOT VALID;";

class Runner : public ::testing::Test {
protected:
    Report done(const Options& options, const Limits& limits = Limits::within(seconds{60})) {
        return done(database.conninfo(), options, limits);
    }
    Report done(const pg::Conninfo& where, const Options& options, const Limits& limits = Limits::within(seconds{60})) {
        NoProgress progress;
        auto report = run(where, options, progress, limits);
        EXPECT_TRUE(report) << (report ? "" : report.error().message);
        return report ? *std::move(report) : Report{};
    }
    CheckResult one(const Options& options) {
        auto report = done(options);
        EXPECT_EQ(report.results.size(), 1U);
        return report.results.empty() ? CheckResult{} : std::move(report.results[0]);
    }
    Error refused(const Options& options) {
        NoProgress progress;
        const auto report = run(database.conninfo(), options, progress, Limits::within(seconds{60}));
        EXPECT_FALSE(report);
        return report ? Error{} : report.error();
    }
    static Assertion assertion(std::string id, std::string sql) {
        return {.id = std::move(id), .text = "it is so", .sql = std::move(sql)};
    }
    static Options only(const Assertion& assertion) { return {.only = {assertion.id}, .assertions = {assertion}}; }

    testing::Database database;
};

TEST_F(Runner, AFindingSaysHowManyRowsAndListsTheFirst) {
    database.run(kOrphans);
    const auto result = one({.only = {"fk-orphans"}});
    ASSERT_EQ(result.findings.size(), 2U);
    EXPECT_EQ(result.status(), Status::findings);
    const auto& finding = result.findings[0];
    EXPECT_EQ(finding_id(result, finding), "fk-orphans:public.child.child_parent");
    EXPECT_THAT(finding.message, HasSubstr("49 rows of public.child"));
    EXPECT_THAT(result.findings[1].message, HasSubstr("1 row of public.other"));
    const auto evidence = boost::json::parse(finding.evidence);
    EXPECT_EQ(evidence.at("rows").to_number<int>(), 49);
    EXPECT_EQ(evidence.at("examples").as_array().size(), 20U);
    EXPECT_EQ(boost::json::serialize(evidence.at("examples").as_array()[0]), R"({"id":2,"parent":2})");
}

TEST_F(Runner, ALockedTableIsNotCheckedAndTheOthersAre) {
    database.run(kOrphans);
    auto holder = database.connect();
    ASSERT_TRUE(holder.run_message("BEGIN; LOCK TABLE child", Limits::within(seconds{5})));
    const auto start = Limits::Clock::now();
    const auto result = one({.only = {"fk-orphans"}});
    EXPECT_LT(Limits::Clock::now() - start, seconds{15});
    ASSERT_EQ(result.not_checked.size(), 1U);
    EXPECT_EQ(result.not_checked[0].object, "public.child.child_parent");
    EXPECT_EQ(result.not_checked[0].reason, Reason::locked);
    ASSERT_EQ(result.findings.size(), 1U);
    EXPECT_EQ(result.findings[0].object, "public.other.other_parent");
}

TEST_F(Runner, ACheckOfTheCatalogThatMeetsALockedTableLeavesItOut) {
    database.run(
        "CREATE TABLE log (at date NOT NULL) PARTITION BY RANGE (at); CREATE TABLE log_1 PARTITION OF log FOR VALUES "
        "FROM "
        "('2020-01-01') TO ('2021-01-01'); CREATE TABLE t (id int, n int GENERATED ALWAYS AS (id + 1) STORED)"
    );
    auto holder = database.connect();
    ASSERT_TRUE(holder.run_message("BEGIN; LOCK TABLE log, t", Limits::within(seconds{5})));
    const auto report = done({.groups = {Group::schema, Group::performance, Group::security}});
    for (const auto& result : report.results) {
        for (const auto& gap : result.not_checked) {
            if (gap.reason == Reason::extension || gap.reason == Reason::version) continue;
            EXPECT_EQ(gap.reason, Reason::locked) << result.id << gap.detail;
            EXPECT_FALSE(gap.object.empty()) << result.id << " as a whole was not checked";
        }
    }
}

TEST_F(Runner, WhatTheRoleMayNotReadIsNotChecked) {
    database.run(kOrphans);
    database.run("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN; GRANT SELECT ON parent, other TO reader");
    auto where = database.conninfo();
    where.set("user", "reader");
    const auto report = done(where, {.only = {"fk-orphans"}});
    ASSERT_EQ(report.results.size(), 1U);
    const auto& result = report.results[0];
    ASSERT_EQ(result.not_checked.size(), 1U);
    EXPECT_EQ(result.not_checked[0].object, "public.child.child_parent");
    EXPECT_EQ(result.not_checked[0].reason, Reason::permission);
    EXPECT_EQ(result.findings.size(), 1U);
    // All checks end well for it: named, skipped, counted.
    for (const auto& each : done(where, {}).results) {
        for (const auto& gap : each.not_checked) EXPECT_NE(gap.reason, Reason::error) << each.id << ": " << gap.detail;
    }
    database.run("DROP OWNED BY reader; DROP ROLE reader");
}

TEST_F(Runner, RowsThatAPolicyHidesAreNotTakenToBeThere) {
    database.run(kOrphans);
    database.run(
        "DROP ROLE IF EXISTS tenant; CREATE ROLE tenant LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO tenant;"
        "ALTER TABLE parent ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON parent USING (false)"
    );
    auto where = database.conninfo();
    where.set("user", "tenant");
    const auto report = done(where, {.only = {"fk-orphans"}});
    ASSERT_EQ(report.results.size(), 1U);
    EXPECT_EQ(report.results[0].total, 0U);
    EXPECT_EQ(report.results[0].status(), Status::not_checked);
    ASSERT_EQ(report.results[0].not_checked.size(), 2U);
    EXPECT_EQ(report.results[0].not_checked[0].reason, Reason::permission);
    database.run("DROP OWNED BY tenant; DROP ROLE tenant");
}

TEST_F(Runner, AnEndedBudgetIsSaidOfEachCheckThatIsLeft) {
    database.run(kOrphans);
    const auto report =
        done({.assertions = {assertion("slow", "SELECT pg_sleep(20)")}, .budget = milliseconds{700}, .workers = 1});
    EXPECT_LT(report.elapsed, seconds{15});
    const auto counts = report.counts();
    EXPECT_GE(counts.not_checked, 1U);
    const auto& slow = report.results.back();
    ASSERT_EQ(slow.id, "slow");
    ASSERT_EQ(slow.status(), Status::not_checked);
    EXPECT_EQ(slow.not_checked[0].reason, Reason::budget);
    const auto none = done({.budget = milliseconds{1}});
    for (const auto& result : none.results) {
        if (result.status() == Status::not_checked) continue;
        EXPECT_NE(result.cost, Cost::c4) << result.id << " was looked at after the end";
    }
    EXPECT_GE(none.counts().not_checked, 20U);
}

TEST_F(Runner, AProbeThatTakesTooLongLeavesTheOthers) {
    database.run(kOrphans);
    database.run(
        "CREATE FUNCTION slow(n int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(0.2); "
        "RETURN n < 0; END';"
        "ALTER TABLE child ADD CONSTRAINT slow CHECK (slow(id)) NOT VALID; ALTER TABLE other ADD CONSTRAINT quick "
        "CHECK (id > 5) NOT VALID"
    );
    const auto result = one({.only = {"constraint-violations"}, .check_limit = seconds{1}});
    EXPECT_EQ(result.total, 1U);
    ASSERT_EQ(result.not_checked.size(), 1U);
    EXPECT_EQ(result.not_checked[0].object, "public.child.slow");
    EXPECT_EQ(result.not_checked[0].reason, Reason::budget);
}

TEST_F(Runner, AStopEndsItAtOnceWithWhatIsDone) {
    database.run(kOrphans);
    std::stop_source stop;
    const std::string active =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    std::jthread stopper{[&] {
        while (database.run(active) == "0") continue;
        stop.request_stop();
    }};
    const auto report = done(
        {.only = {"fk-orphans", "slow"}, .assertions = {assertion("slow", "SELECT pg_sleep(60)")}, .workers = 1},
        {.stop = stop.get_token()}
    );
    EXPECT_TRUE(report.stopped);
    ASSERT_EQ(report.results.size(), 2U);
    EXPECT_EQ(report.results[0].total, 2U);
    ASSERT_EQ(report.results[1].not_checked.size(), 1U);
    EXPECT_EQ(report.results[1].not_checked[0].reason, Reason::stopped);
    // Nothing goes on in the server, long before the minute is over.
    const auto give_up = Limits::Clock::now() + seconds{30};
    while (database.run(active) != "0") ASSERT_LT(Limits::Clock::now(), give_up) << "the query goes on";
}

TEST_F(Runner, ALostConnectionCostsOneCheck) {
    database.run(kOrphans);
    const auto report = done(
        {.only = {"killer", "later"},
         .assertions =
             {assertion("killer", "SELECT pg_terminate_backend(pg_backend_pid())"),
              assertion("later", "SELECT 1 WHERE false")},
         .workers = 1}
    );
    ASSERT_EQ(report.results.size(), 2U);
    ASSERT_EQ(report.results[0].not_checked.size(), 1U);
    EXPECT_EQ(report.results[0].not_checked[0].reason, Reason::error);
    EXPECT_EQ(report.results[1].status(), Status::ok);
}

TEST_F(Runner, ASampleIsNeverCalledOk) {
    database.run(kOrphans);
    database.run("DELETE FROM child WHERE id > 1; DELETE FROM other");
    database.run("VACUUM ANALYZE child");
    const auto sampled = one({.only = {"fk-orphans"}, .sample_from = 0, .sample_size = 4096});
    EXPECT_EQ(sampled.status(), Status::sampled);
    EXPECT_GE(sampled.sampled, 1U);
    EXPECT_EQ(one({.only = {"fk-orphans"}, .full = true, .sample_from = 0}).status(), Status::ok);
    database.run("SET session_replication_role = replica; INSERT INTO child VALUES (2, 77)");
    const auto found = one({.only = {"fk-orphans"}, .sample_from = 0, .sample_size = 1 << 30});
    ASSERT_EQ(found.total, 1U);
    EXPECT_THAT(found.findings[0].message, HasSubstr("(in a sample of 100 % of "));
}

TEST_F(Runner, OfManyFindingsTheFirstAreKeptAndAllAreCounted) {
    database.run("DO $$ BEGIN FOR i IN 1..700 LOOP EXECUTE format('CREATE TABLE t_%s (n int)', i); END LOOP; END $$");
    const auto result = one({.only = {"no-primary-key"}, .findings_kept = 25});
    EXPECT_EQ(result.findings.size(), 25U);
    EXPECT_EQ(result.total, 700U);
    Report report;
    report.results.push_back(result);
    EXPECT_EQ(report.counts().warning, 700U);
}

TEST_F(Runner, NothingCanBeWritten) {
    database.run(
        "CREATE TABLE t (id int PRIMARY KEY); CREATE SEQUENCE s;"
        "CREATE FUNCTION write() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (1) RETURNING id'"
    );
    for (const auto* const sql :
         {"SELECT write()", "SELECT nextval('s')", "DELETE FROM t", "SELECT 1; DROP TABLE t", "COPY t TO STDOUT"}) {
        const auto result = one(only(assertion("writes", sql)));
        ASSERT_EQ(result.not_checked.size(), 1U) << sql;
        EXPECT_EQ(result.not_checked[0].reason, Reason::error) << sql;
    }
    EXPECT_EQ(database.run("SELECT count(*) FROM t"), "0");
}

TEST_F(Runner, EachRowOfAnAssertionIsAViolationAndAFalsehoodIsOne) {
    database.run("CREATE SCHEMA app; CREATE TABLE app.t AS SELECT i AS n FROM generate_series(1, 1000) i");
    database.run("ALTER DATABASE " + database.conninfo().get("dbname") + " SET search_path = app");
    const auto result = one(only(assertion("small", "SELECT n FROM t WHERE n > 10; -- the rest")));
    ASSERT_EQ(result.total, 1U);
    EXPECT_EQ(result.findings[0].message, "not so: it is so (990 rows)");
    EXPECT_THAT(result.findings[0].evidence, HasSubstr(R"({"rows":990,"examples":[{"n":"11"},{"n":"12"})"));
    EXPECT_EQ(
        one(only(assertion("holds", "WITH few AS (SELECT 1 WHERE false) SELECT * FROM few"))).status(), Status::ok
    );
    EXPECT_EQ(one(only(assertion("true", "SELECT count(*) = 1000 FROM t"))).status(), Status::ok);
    EXPECT_EQ(one(only(assertion("false", "SELECT count(*) > 1000 FROM t"))).total, 1U);
    EXPECT_EQ(one(only(assertion("null", "SELECT NULL::boolean"))).total, 1U);
    EXPECT_EQ(one(only(assertion("many", "SELECT n > 5 FROM t"))).status(), Status::not_checked);
    EXPECT_EQ(one(only(assertion("broken", "SELECT nothing FROM t"))).status(), Status::not_checked);
}

TEST_F(Runner, UnknownNamesAreRefusedWithTheNearOne) {
    EXPECT_EQ(refused({.only = {"fk-orphan"}}).hint, "did you mean fk-orphans?");
    EXPECT_EQ(refused({.skip = {"fk-orphan"}}).code, ErrorCode::invalid_argument);
    EXPECT_EQ(refused({.parameters = {{"partition-missing.day", "1"}}}).hint, "did you mean partition-missing.days?");
    EXPECT_THAT(refused({.parameters = {{"partition-missing.days", "1); DROP"}}}).message, HasSubstr("not a number"));
}

TEST_F(Runner, ADatabaseOfAnotherEncodingAndOddNamesIsReadLikeAnyOther) {
    const auto server = testing::server().conninfo();
    testing::run_on(server, "DROP DATABASE IF EXISTS \"Latin d'b\"");
    testing::run_on(
        server, "CREATE DATABASE \"Latin d'b\" ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    );
    auto where = server;
    where.set("dbname", "Latin d'b");
    testing::run_on(where, "CREATE SCHEMA \"é\"; CREATE TABLE \"é\".\"größe \"\"'{rows}\" (\"ü%s\" text)");
    const auto report = done(where, {.only = {"no-primary-key", "text-mojibake", "table-few-columns"}});
    ASSERT_EQ(report.results.size(), 3U);
    EXPECT_EQ(report.database, "Latin d'b");
    for (const auto& result : report.results) EXPECT_EQ(result.total_not_checked, 0U) << result.id;
    for (const auto& result : report.results) {
        if (result.id == "no-primary-key") {
            ASSERT_EQ(result.findings.size(), 1U);
            EXPECT_EQ(result.findings[0].object, "\"é\".\"größe \"\"'{rows}\"");
        }
    }
    testing::run_on(server, "DROP DATABASE \"Latin d'b\"");
}

TEST_F(Runner, AReportOfTheWholeIsJson) {
    database.run(kOrphans);
    const auto report = done({.groups = {Group::data}});
    const auto json = to_json(report);
    EXPECT_EQ(json.at("target").at("database").as_string(), database.conninfo().get("dbname"));
    EXPECT_EQ(json.at("severities").at("critical").to_number<int>(), 2);
    EXPECT_EQ(json.at("checks").as_array().size(), report.results.size());
}

}  // namespace
}  // namespace drydock::validate
