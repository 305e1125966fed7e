// What stays true when a run was broken off, its files were mended, and it goes on.
#include "migrate/sandbox_pgtest.h"

namespace drydock::migrate {
namespace {

constexpr std::string_view kSecret = "canary4711";

void with_secret(Sandbox& box) {
    box.options.placeholders = [](std::string_view name) -> std::optional<std::string> {
        if (name == "PW") return std::string{kSecret};
        return std::nullopt;
    };
}

std::string everything_kept(const Sandbox& box) {
    return box.run("SELECT string_agg(m::text, '') FROM drydock.migration m") +
           box.run("SELECT string_agg(e::text, '') FROM drydock.migration_event e");
}

TEST(Resume, WhatRanDoesNotRunAgainWhenTheMendedFileIsOneTransaction) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE t (n int);");
    box.write("002_b.sql", "INSERT INTO t VALUES (1);\nCREATE INDEX CONCURRENTLY i ON t (nope);\n");
    EXPECT_EQ(failed(box.up()).code, ErrorCode::failed_partly);
    box.write("002_b.sql", "INSERT INTO t VALUES (1);\nCREATE INDEX i ON t (n);\n");
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT count(*) FROM t"), "1");
    EXPECT_TRUE(box.exists("i"));
    EXPECT_EQ(box.states(), "001_a=applied 002_b=applied");
}

TEST(Resume, OnlyTheRestOfAWiderTransactionRuns) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE t (n int);");
    box.write("002_b.sql", "INSERT INTO t VALUES (1);\nCREATE INDEX CONCURRENTLY i ON t (nope);\n");
    EXPECT_EQ(failed(box.up()).code, ErrorCode::failed_partly);
    box.write("002_b.sql", "INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\nVACUUM t;\n");
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT string_agg(n::text, ',' ORDER BY n) FROM t"), "1,2");
}

TEST(Resume, AFinishedPositionNeedsOnlyToBeSaid) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE t (n int);\nVACUUM t;\nSELECT nope;\n");
    EXPECT_EQ(failed(box.up()).code, ErrorCode::failed_partly);
    box.write("001_a.sql", "CREATE TABLE t (n int);\nVACUUM t;\n");
    succeeded(box.up());
    EXPECT_EQ(box.states(), "001_a=applied");
}

TEST(Resume, AMendedRollbackFileGoesOnFromWhereTheBrokenOneStopped) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE t (n int);\nCREATE TABLE log AS SELECT 0 AS n;\n");
    box.write("rollback-001.sql", "INSERT INTO log VALUES (1);\nDROP INDEX CONCURRENTLY nope;\nDROP TABLE t;\n");
    succeeded(box.up());
    EXPECT_EQ(failed(box.roll_back({.ids = {"001"}})).code, ErrorCode::failed_partly);
    box.write("rollback-001.sql", "INSERT INTO log VALUES (99);\nDROP TABLE t;\n");
    EXPECT_EQ(failed(box.roll_back({.ids = {"001"}})).code, ErrorCode::conflict);
    box.write("rollback-001.sql", "INSERT INTO log VALUES (1);\nDROP TABLE t;\n");
    succeeded(box.roll_back({.ids = {"001"}}));
    EXPECT_EQ(box.run("SELECT count(*) FROM log WHERE n = 1"), "1");
    EXPECT_FALSE(box.exists("t"));
    EXPECT_EQ(box.states(), "001_a=pending");
}

TEST(Resume, AFileWithPlaceholdersCanBeMended) {
    Sandbox box;
    with_secret(box);
    box.write("001_a.sql", "-- Placeholders: PW\nCREATE TABLE t AS SELECT '${PW}' AS v;\nVACUUM t;\nSELECT nope;\n");
    EXPECT_EQ(failed(box.up()).code, ErrorCode::failed_partly);
    box.write("001_a.sql", "-- Placeholders: PW\nCREATE TABLE t AS SELECT '${PW}' AS v;\nVACUUM t;\nSELECT 1;\n");
    succeeded(box.up());
    EXPECT_EQ(everything_kept(box).find(kSecret), std::string::npos);
}

TEST(Resume, AnInterruptedMigrationWhoseFileIsGoneIsNotForgotten) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE t (n int);\nVACUUM t;\nSELECT nope;\n");
    failed(box.up());
    box.remove("001_a.sql");
    box.write("002_b.sql", "CREATE TABLE b ();");
    EXPECT_EQ(box.states(), "002_b=pending 001_a=interrupted");
    EXPECT_EQ(failed(box.up()).code, ErrorCode::conflict);
    EXPECT_FALSE(box.exists("b"));
}

TEST(Secrets, StayOutOfHistoryWhereverTheServerRepeatsThem) {
    Sandbox box;
    with_secret(box);
    box.write("001_a.sql", "-- Placeholders: PW\nCREATE TABLE t (v text DEFAULT '${PW}');\n");
    box.write(
        "verify-001.sql", "SELECT column_default::int > 0 FROM information_schema.columns WHERE table_name = 't';"
    );
    const auto error = failed(box.up());
    EXPECT_EQ((error.message + error.hint + error.detail).find(kSecret), std::string::npos) << error.message;
    box.remove("verify-001.sql");
    box.write(
        "001_a.sql", "-- Placeholders: PW\nSET application_name = 'x';\nVACUUM;\nSET work_mem = '${PW}';\nSELECT 1;"
    );
    const auto second = failed(box.up());
    EXPECT_EQ((second.message + second.hint + second.detail).find(kSecret), std::string::npos) << second.message;
    EXPECT_EQ(everything_kept(box).find(kSecret), std::string::npos);
}

TEST(Session, ATemporaryTableDoesNotHideARealOneFromTheNextFile) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE users (id int);");
    box.write("002_b.sql", "CREATE TEMP TABLE users AS SELECT 1 AS id;");
    box.write("003_c.sql", "ALTER TABLE users ADD COLUMN name text;");
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT count(*) FROM information_schema.columns WHERE table_name = 'users'"), "2");
}

TEST(Session, ARoleCalledDrydockDoesNotPutItsTablesIntoTheHistory) {
    Sandbox box;
    box.run("CREATE ROLE drydock LOGIN; GRANT CREATE ON SCHEMA public TO drydock;");
    box.run("SELECT format('ALTER DATABASE %I OWNER TO drydock', current_database())");
    box.run("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO drydock', current_database()); END $$");
    box.write("001_a.sql", "CREATE TABLE migration (n int);");
    box.write("002_b.sql", "CREATE TABLE b (n int);\nCREATE INDEX CONCURRENTLY ON b (n);");
    auto where = box.database.conninfo();
    where.set("user", "drydock");
    const auto project = *box.project();
    succeeded(migrate::up({where, project, box.options}, {}, box.heard, {}));
    EXPECT_TRUE(box.exists("public.migration"));
    EXPECT_TRUE(box.exists("public.b"));
    box.run("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO CURRENT_USER', current_database()); END $$");
    box.run("REASSIGN OWNED BY drydock TO CURRENT_USER; DROP OWNED BY drydock; DROP ROLE drydock;");
}

TEST(Session, AStatementOutsideOfTransactionsWaitsForALockOnlySoLong) {
    Sandbox box;
    box.options.lock_timeout = std::chrono::milliseconds{100};
    box.options.lock_retries = 0;
    box.write("001_a.sql", "CREATE TABLE t (n int);");
    succeeded(box.up());
    box.write("002_b.sql", "VACUUM FULL t;");
    auto reader = box.database.connect();
    ASSERT_TRUE(reader.run_message("BEGIN; SELECT * FROM t", {}));
    EXPECT_EQ(failed(box.up()).code, ErrorCode::locked);
    ASSERT_TRUE(reader.run_message("COMMIT", {}));
    succeeded(box.up());
}

TEST(History, ADamagedOneIsNamedAndNotTakenForNone) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();");
    succeeded(box.up());
    box.run("DROP TABLE drydock.format");
    EXPECT_EQ(failed(box.up()).code, ErrorCode::drift);
}

TEST(Input, EmptyOnesAreToldAndEmptyRollbacksRefused) {
    Sandbox box;
    box.write("001_a.sql", "-- to be written\n");
    EXPECT_EQ(succeeded(box.up()).warnings, (std::vector<std::string>{"001_a has no statements"}));
    box.write("002_b.sql", "CREATE TABLE b ();");
    box.write("rollback-002.sql", "-- to be written\n");
    succeeded(box.up());
    EXPECT_EQ(failed(box.roll_back({.last = 1})).code, ErrorCode::conflict);
    EXPECT_TRUE(box.exists("b"));
}

TEST(Input, AMistypedHeaderOrHookIsRefused) {
    Sandbox box;
    box.write("001_a.sql", "-- Migration: a\n-- Enviroment: production\nSELECT 1;");
    const auto header = failed(box.up());
    EXPECT_EQ(header.message, "unknown header Enviroment: did you mean environment?");
    EXPECT_EQ(header.place.line, 2U);
    box.write("001_a.sql", "-- Migration: a\n-- Author: me\n-- Note: fine\nSELECT 1;");
    box.write("hooks/before-001_aa.sql", "SELECT 1;");
    EXPECT_EQ(failed(box.up()).hint, "did you mean 001_a?");
    std::filesystem::remove(box.dir() / "hooks/before-001_aa.sql");
    box.write("001_a.SQL", "SELECT 1;");
    EXPECT_NE(failed(box.up()).message.find("is no name of a migration"), std::string::npos);
}

TEST(Input, LinesThatPgDumpWritesBetweenStatementsArePassedOver) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();\n\\restrict abc\nCREATE TABLE b ();\n\\unrestrict abc\n");
    succeeded(box.up());
    EXPECT_TRUE(box.exists("b"));
}

TEST(Rollback, IsOnTheDiskWhenTheRunIsOver) {
    Sandbox box;
    box.run("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$");
    box.write("001_a.sql", "CREATE TABLE a AS SELECT 1 AS n;");
    box.write("rollback-001.sql", "DELETE FROM a;");
    succeeded(box.up());
    succeeded(box.roll_back({.last = 1}));
    EXPECT_EQ(box.run("SELECT impact->>'rows' FROM drydock.migration"), "1");
}

}  // namespace
}  // namespace drydock::migrate
