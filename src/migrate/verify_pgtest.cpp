// What applied migrations promised, looked at again later.
#include "migrate/verify.h"

#include <fmt/format.h>

#include "migrate/sandbox_pgtest.h"

namespace drydock::migrate {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

class Verify : public ::testing::Test {
protected:
    VerifyReport verify(const VerifyOptions& options = {}) {
        const auto project = box.project();
        EXPECT_TRUE(project);
        auto report =
            migrate::verify({box.database.conninfo(), *project, box.options}, options, Limits::within(minutes{1}));
        if (report) return *std::move(report);
        ADD_FAILURE() << report.error().message;
        return {};
    }
    // "broken index public.i: it is not there …", lines for all that does not hold.
    std::string trouble(const VerifyOptions& options = {}) {
        std::string text;
        for (const auto& verified : verify(options).migrations) {
            for (const auto& promise : verified.promises) {
                text += fmt::format("{} {} {}: {}\n", verified.id, name(promise.truth), promise.what, promise.why);
            }
        }
        return text;
    }
    Sandbox box;
};

constexpr std::string_view kEverything =
    "CREATE SCHEMA app;\n"
    "CREATE TABLE app.a (n int PRIMARY KEY, CONSTRAINT positive CHECK (n > 0));\n"
    "CREATE TABLE b (n int, t text);\n"
    "CREATE UNIQUE INDEX b_t ON b (t);\n"
    "ALTER TABLE b ADD COLUMN extra int;\n"
    "ALTER TABLE b ADD CONSTRAINT fits CHECK (n < 10) NOT VALID;\n"
    "CREATE VIEW app.v AS SELECT * FROM app.a;\n"
    "CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;\n"
    "CREATE SEQUENCE app.s;\n"
    "CREATE TYPE mood AS ENUM ('ok');\n"
    "CREATE DOMAIN app.percent AS int CHECK (VALUE <= 100);\n"
    "CREATE FUNCTION app.f(n int) RETURNS int LANGUAGE sql AS 'SELECT n';\n"
    "CREATE FUNCTION on_b() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n"
    "CREATE TRIGGER look BEFORE INSERT ON b FOR EACH ROW EXECUTE FUNCTION on_b();\n"
    "CREATE POLICY mine ON b USING (true);\n"
    "CREATE TEMP TABLE gone (n int);\n"
    "SET search_path = app;\nCREATE TABLE in_app (n int);\n";

TEST_F(Verify, AllHoldsRightAfterTheRun) {
    box.write("001_a.sql", kEverything);
    box.write("verify-001.sql", "SELECT count(*) = 0 FROM in_app;");
    succeeded(box.up());
    const auto report = verify();
    ASSERT_EQ(report.migrations.size(), 1U);
    EXPECT_EQ(report.count(Truth::holds), 1U) << trouble();
    EXPECT_TRUE(report.migrations[0].file);
    EXPECT_GE(report.migrations[0].objects, 15U);
}

TEST_F(Verify, WhatWasDroppedByHandIsBrokenOneByOne) {
    box.write("001_a.sql", kEverything);
    succeeded(box.up());
    const std::pair<const char*, const char*> cases[] = {
        {"DROP TRIGGER look ON b", "001_a broken trigger b.look"},
        {"DROP POLICY mine ON b", "001_a broken policy b.mine"},
        {"ALTER TABLE b DROP CONSTRAINT fits", "001_a broken constraint b.fits"},
        {"ALTER TABLE b DROP COLUMN extra", "001_a broken column b.extra"},
        {"DROP INDEX b_t", "001_a broken index b_t"},
        {"DROP VIEW app.v", "001_a broken view app.v"},
        {"DROP MATERIALIZED VIEW m", "001_a broken materialized view m"},
        {"DROP SEQUENCE app.s", "001_a broken sequence app.s"},
        {"DROP TYPE mood", "001_a broken type mood"},
        {"DROP DOMAIN app.percent", "001_a broken type app.percent"},
        {"DROP FUNCTION app.f", "001_a broken function app.f"},
        {"DROP TABLE app.in_app", "001_a broken table app.in_app"},
        {"ALTER TABLE app.a DROP CONSTRAINT positive", "001_a broken constraint app.a.positive"},
    };
    std::size_t lines = 0;
    for (const auto& [sql, line] : cases) {
        box.run(sql);
        const auto text = trouble();
        ++lines;
        EXPECT_NE(text.find(line), std::string::npos) << text << "without " << line;
        EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), lines) << text;
    }
}

TEST_F(Verify, WhatLaterMigrationsTookAwayOrRenamedIsNotMissed) {
    box.write("001_a.sql", kEverything);
    succeeded(box.up());
    box.write(
        "002_b.sql",
        "ALTER TABLE b RENAME TO c;\nALTER TABLE c RENAME COLUMN extra TO more;\nALTER TABLE c RENAME CONSTRAINT fits "
        "TO "
        "suits;\nALTER INDEX b_t RENAME TO c_t;\nALTER TABLE c SET SCHEMA app;\nALTER FUNCTION app.f(int) RENAME TO "
        "g;\n"
        "ALTER TYPE mood RENAME TO feeling;\nDROP SEQUENCE app.s;\nDROP VIEW app.v;\nALTER SCHEMA app RENAME TO shop;\n"
    );
    succeeded(box.up());
    EXPECT_EQ(trouble(), "");
    box.run("ALTER TABLE shop.c DROP COLUMN more");
    EXPECT_EQ(trouble(), "001_a broken column shop.c.more: it is not there, and no migration dropped it\n");
    box.write("003_c.sql", "DROP TABLE shop.c;\nDROP SCHEMA shop CASCADE;");
    succeeded(box.up());
    EXPECT_EQ(trouble(), "");
}

TEST_F(Verify, WhatAStatementMayHaveTakenAlongIsUnknownAndNotBroken) {
    box.write(
        "001_a.sql",
        "CREATE TABLE a (n int, t text);\nCREATE INDEX a_t ON a (t);\nCREATE VIEW v AS SELECT n FROM a;\nCREATE TABLE "
        "d ();"
    );
    box.write("002_b.sql", "ALTER TABLE a DROP COLUMN t;");
    box.write("003_c.sql", "DROP TABLE a CASCADE;");
    box.write("004_d.sql", "DO $$ BEGIN EXECUTE 'DROP TABLE d'; END $$;");
    succeeded(box.up());
    const auto text = trouble();
    EXPECT_EQ(
        text,
        "001_a unknown view v: it is not there; 003_c:1 DROP TABLE … CASCADE may have taken it away\n"
        "001_a unknown table d: it is not there; 004_d:1 DO may have taken it away\n"
    );
    EXPECT_EQ(verify().count(Truth::broken), 0U);
}

TEST_F(Verify, AnInvalidIndexAndAConstraintThatWasNotValidatedAreBroken) {
    box.write("001_a.sql", "CREATE TABLE a (n int);\nINSERT INTO a VALUES (1), (1);");
    box.write("002_b.sql", "CREATE INDEX a_n ON a (n);\nALTER TABLE a ADD CONSTRAINT c CHECK (n > 0) NOT VALID;");
    box.write("003_c.sql", "ALTER TABLE a VALIDATE CONSTRAINT c;");
    succeeded(box.up());
    EXPECT_EQ(trouble(), "");
    box.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'a_n'::regclass");
    box.run("UPDATE pg_constraint SET convalidated = false WHERE conname = 'c'");
    EXPECT_EQ(
        trouble(),
        "002_b broken index a_n: it is there, but invalid: no query uses it\n"
        "002_b broken constraint a.c: it is there, but not validated: rows that were there may violate it\n"
    );
}

TEST_F(Verify, VerifyFilesRunAgainAndSayWhatIsNoLongerTrue) {
    box.write("001_a.sql", "CREATE TABLE a (n int);\nINSERT INTO a VALUES (1);");
    box.write("verify-001.sql", "SELECT true;\nSELECT count(*) = 1 AS one_row FROM a;");
    succeeded(box.up());
    EXPECT_EQ(trouble(), "");
    box.run("DELETE FROM a");
    const auto report = verify();
    ASSERT_EQ(report.count(Truth::broken), 1U);
    const auto& promise = report.migrations[0].promises.at(0);
    EXPECT_EQ(promise.what, "verify-001.sql");
    EXPECT_EQ(promise.why, "one_row is false, not true");
    EXPECT_EQ(promise.place.line, 2U);
    box.run("DROP TABLE a");
    EXPECT_NE(trouble().find("001_a broken verify-001.sql: relation \"a\" does not exist"), std::string::npos)
        << trouble();
}

TEST_F(Verify, VerifyFilesCanNeitherWriteNorRunOnNorHideBehindALock) {
    box.write("001_a.sql", "CREATE TABLE a (n int);");
    box.write("002_b.sql", "CREATE TABLE b (n int);");
    box.write("003_c.sql", "CREATE TABLE c (n int);");
    succeeded(box.up());
    box.write("verify-001.sql", "INSERT INTO a VALUES (1) RETURNING true;");
    box.write("verify-002.sql", "SELECT pg_sleep(60) IS NOT NULL;");
    box.write("verify-003.sql", "SELECT count(*) = 0 FROM c;");
    auto other = box.database.connect();
    ASSERT_TRUE(other.run_message("BEGIN; LOCK c", {}));
    const auto text = trouble({.time = milliseconds{300}});
    EXPECT_NE(text.find("001_a unknown verify-001.sql: it writes"), std::string::npos) << text;
    EXPECT_NE(text.find("002_b unknown verify-002.sql: it did not finish in time"), std::string::npos) << text;
    EXPECT_NE(text.find("003_c unknown verify-003.sql: "), std::string::npos) << text;
    EXPECT_EQ(text.find("broken"), std::string::npos) << text;
    EXPECT_EQ(box.run("SELECT count(*) FROM a"), "0");
}

TEST_F(Verify, ANameChoosesAndMustBeApplied) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    box.write("002_b.sql", "CREATE TABLE b ();");
    succeeded(box.up());
    box.run("DROP TABLE a; DROP TABLE b");
    EXPECT_EQ(trouble({.only = {"2"}}), "002_b broken table b: it is not there, and no migration dropped it\n");
    box.write("003_c.sql", "CREATE TABLE c ();");
    const auto project = box.project();
    const Context context{box.database.conninfo(), *project, box.options};
    const auto pending = migrate::verify(context, {.only = {"3"}}, {});
    ASSERT_FALSE(pending);
    EXPECT_EQ(pending.error().code, ErrorCode::conflict);
    EXPECT_FALSE(migrate::verify(context, {.only = {"777"}}, {}));
}

TEST_F(Verify, WhatRanCountsAndNotTheFileOfToday) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    box.write("002_b.sql", "CREATE TABLE b ();");
    succeeded(box.up());
    box.write("001_a.sql", "CREATE TABLE something_else ();");
    box.remove("002_b.sql");
    EXPECT_EQ(trouble(), "");
    box.run("DROP TABLE b");
    EXPECT_EQ(trouble(), "002_b broken table b: it is not there, and no migration dropped it\n");
}

TEST_F(Verify, AnObjectOutsideTheSearchPathIsUnknown) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    succeeded(box.up());
    box.run("CREATE SCHEMA old; ALTER TABLE a SET SCHEMA old");
    EXPECT_EQ(trouble(), "001_a unknown table a: it is not in the search path, but there is one in schema old\n");
}

TEST_F(Verify, HoldsOnEachVersion) {
    box.write("001_a.sql", kEverything);
    box.write("verify-001.sql", "SELECT count(*) = 0 FROM in_app;");
    for (const auto& binaries : testing::other_versions()) {
        SCOPED_TRACE(binaries.major());
        auto server = pg_server::Throwaway::start({.binaries = binaries}, Limits::within(minutes{2}));
        ASSERT_TRUE(server) << server.error().message;
        const auto project = box.project();
        ASSERT_TRUE(project);
        const Context context{server->conninfo(), *project, box.options};
        succeeded(migrate::up(context, {}, box.heard, {}));
        auto report = migrate::verify(context, {}, {});
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_EQ(report->count(Truth::holds), 1U);
        testing::run_on(server->conninfo(), "DROP TRIGGER look ON b");
        report = migrate::verify(context, {}, {});
        ASSERT_TRUE(report);
        EXPECT_EQ(report->count(Truth::broken), 1U);
    }
}

}  // namespace
}  // namespace drydock::migrate
