// Files that are wrong, or odd: the error stands where a person looks for it, and nothing half-done stays unsaid.
#include <filesystem>

#include "migrate/sandbox_pgtest.h"

namespace drydock::migrate {
namespace {

using Kind = ProgressEvent::Kind;
using std::chrono::milliseconds;

std::string texts(const std::vector<ProgressEvent>& events) {
    std::string result;
    for (const auto& event : events) result += (result.empty() ? "" : "|") + event.subject + ": " + event.text;
    return result;
}

TEST(Input, AnErrorsPlaceCountsCharactersPastCopyDataAndPlaceholders) {
    Sandbox box;
    box.options.placeholders = [](std::string_view) { return std::optional<std::string>{"'a rather long value, ä€'"}; };
    box.write(
        "001_a.sql",
        "-- Placeholders: WORD\nCREATE TABLE a (t text); -- größer €\nCOPY a FROM stdin;\nä;'\n--\n\\.\nSELECT 'ß€', "
        "${WORD},\n  ${WORD}, 'é' AS x, nowhere;\n"
    );
    const auto error = failed(box.up());
    EXPECT_EQ(error.sqlstate, "42703");
    EXPECT_EQ(error.place.line, 8U);
    EXPECT_EQ(error.place.column, 22U);
    EXPECT_EQ(error.place.text, "  ${WORD}, 'é' AS x, nowhere;");
    EXPECT_EQ(std::filesystem::path{error.place.file}.filename(), "001_a.sql");
}

TEST(Input, AnErrorInsideAPlaceholdersValuePointsAtThePlaceholder) {
    Sandbox box;
    box.options.placeholders = [](std::string_view) { return std::optional<std::string>{"1,\n2,\n3 3 canary99"}; };
    box.write("001_a.sql", "-- Placeholders: LIST\n\nSELECT ${LIST};\n");
    const auto error = failed(box.up());
    EXPECT_EQ(error.sqlstate, "42601");
    EXPECT_EQ(error.place.line, 3U);
    EXPECT_EQ(error.place.column, 8U);
    EXPECT_EQ(error.message.find("canary99"), std::string::npos) << error.message;
    box.options.placeholders = [](std::string_view) { return std::optional<std::string>{"1 + canary98"}; };
    const auto piece = failed(box.up());
    EXPECT_EQ(piece.message, "001_a: column \"${LIST}\" does not exist") << "a piece of the value is as secret";
    EXPECT_EQ(box.run("SELECT error LIKE '%canary%' FROM drydock.migration"), "f");
}

TEST(Input, AnErrorInCopyDataPointsAtItsStatementAndSaysWhichRow) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a (n int);\nCOPY a FROM stdin;\n1\n2\nthree\n\\.\n");
    const auto error = failed(box.up());
    EXPECT_EQ(error.sqlstate, "22P02");
    EXPECT_EQ(error.place.line, 2U);
    EXPECT_NE(error.detail.find("COPY a, line 3, column n: \"three\""), std::string::npos) << error.detail;
    EXPECT_FALSE(box.exists("a"));
}

TEST(Input, AnErrorInAFunctionPointsAtTheStatementThatCalledIt) {
    Sandbox box;
    box.write(
        "001_a.sql",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1 / 0;\nEND $$;\n\nSELECT 1;\n  "
        "SELECT "
        "f();\n"
    );
    const auto error = failed(box.up());
    EXPECT_EQ(error.sqlstate, "22012");
    EXPECT_EQ(error.place.line, 7U);
    EXPECT_EQ(error.place.column, 3U);
    EXPECT_NE(error.detail.find("function f() line 3"), std::string::npos) << error.detail;
}

TEST(Input, ADeferredConstraintThatFailsAtCommitNamesTheFileAndTheReason) {
    for (const std::string_view verify : {"", "SELECT true;"}) {
        Sandbox box;
        box.write(
            "001_a.sql",
            "CREATE TABLE a (id int PRIMARY KEY);\nCREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY "
            "DEFERRED);\nINSERT INTO b VALUES (7);\n"
        );
        if (!verify.empty()) box.write("verify-001.sql", verify);
        const auto error = failed(box.up());
        EXPECT_EQ(error.code, ErrorCode::failed);
        EXPECT_EQ(error.sqlstate, "23503");
        EXPECT_EQ(std::filesystem::path{error.place.file}.filename(), "001_a.sql");
        EXPECT_NE(error.hint.find("end of the transaction"), std::string::npos) << error.hint;
        EXPECT_EQ(box.states(), "001_a=pending");
        EXPECT_FALSE(box.exists("b"));
    }
}

TEST(Input, ATimeOutOfAStatementLeavesNothing) {
    Sandbox box;
    box.options.statement_timeout = milliseconds{200};
    box.write("001_a.sql", "CREATE TABLE a ();\nSELECT pg_sleep(600);\n");
    auto error = failed(box.up());
    EXPECT_EQ(error.code, ErrorCode::failed);
    EXPECT_EQ(error.sqlstate, "57014");
    EXPECT_EQ(error.place.line, 2U);
    EXPECT_FALSE(box.exists("a"));
    box.write("001_a.sql", "CREATE TABLE a ();\nVACUUM;\nSELECT pg_sleep(600);\n");
    error = failed(box.up());
    EXPECT_EQ(error.code, ErrorCode::failed_partly);
    EXPECT_EQ(error.place.line, 3U);
    // What the file sets itself holds, and longer than one step.
    box.write(
        "001_a.sql",
        "CREATE TABLE a ();\nVACUUM;\nSET statement_timeout = 0;\nVACUUM a;\nCREATE TABLE t AS SELECT "
        "current_setting('statement_timeout') AS v;"
    );
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT v FROM t"), "0");
}

TEST(Input, CodeThatCommitsByItselfRunsOutsideOfOurTransactions) {
    Sandbox box;
    box.run(
        "CREATE TABLE log (n int); CREATE PROCEDURE work() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (1); "
        "COMMIT; INSERT INTO log VALUES (2); COMMIT; END $$"
    );
    box.write("001_a.sql", "CREATE TABLE a ();\nCALL work();\n");
    auto error = failed(box.up());
    EXPECT_EQ(error.sqlstate, "2D000");
    EXPECT_NE(error.hint.find("-- Transaction: none"), std::string::npos) << error.hint;
    EXPECT_FALSE(box.exists("a"));
    box.write("001_a.sql", "-- Transaction: none\nCREATE TABLE a ();\nCALL work();\n");
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT sum(n) FROM log"), "3");
    box.write("002_b.sql", "DO $$ BEGIN INSERT INTO log VALUES (4); COMMIT; RAISE 'stop here'; END $$;\n");
    error = failed(box.up());
    EXPECT_EQ(error.code, ErrorCode::failed_partly);
    EXPECT_EQ(box.run("SELECT sum(n) FROM log"), "7");
    EXPECT_EQ(box.states(), "001_a=applied 002_b=interrupted");
    box.write("002_b.sql", "DO $$ BEGIN INSERT INTO log VALUES (8); COMMIT; END $$;\n");
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT sum(n) FROM log"), "15");
}

TEST(Input, NoticesAreToldAndOurOwnTransactionsMakeNone) {
    Sandbox box;
    box.options.placeholders = [](std::string_view) { return std::optional<std::string>{"canary42"}; };
    box.write(
        "001_a.sql",
        "-- Placeholders: WORD\nDO $$ BEGIN RAISE NOTICE 'hello ${WORD}'; RAISE WARNING 'mind %', 1; END $$;\nDROP "
        "TABLE "
        "IF EXISTS nowhere;"
    );
    box.write("002_b.sql", "BEGIN;\nCREATE TABLE b (n int);\nCOMMIT;\nVACUUM b;\nBEGIN;\nROLLBACK;");
    box.write("003_c.sql", "CREATE INDEX CONCURRENTLY ON b (n);\nSET search_path = public;\nSELECT 1;");
    box.write("verify-003.sql", "DO $$ BEGIN RAISE NOTICE 'verified'; END $$;");
    box.write("hooks/after-run.sql", "DO $$ BEGIN RAISE INFO 'from the hook'; END $$;");
    succeeded(box.up());
    const auto notices = texts(box.heard.of(Kind::notice));
    EXPECT_EQ(
        notices,
        "001_a: hello ${WORD}|001_a: table \"nowhere\" does not exist, skipping|" +
            (box.dir() / "verify-003.sql").string() + ": verified|after-run.sql: from the hook"
    );
    EXPECT_EQ(texts(box.heard.of(Kind::warning)), "001_a: mind 1");
}

TEST(Input, AVerifyFileIsRefusedForAnyRowThatIsNotTrue) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a AS SELECT n FROM generate_series(1, 50) n;");
    box.write("verify-001.sql", "SELECT true;\n\nSELECT n <> 40 AS not_forty FROM a ORDER BY n;\n");
    auto error = failed(box.up());
    EXPECT_EQ(error.place.line, 3U);
    EXPECT_NE(error.message.find("not_forty is false"), std::string::npos) << error.message;
    EXPECT_EQ(std::filesystem::path{error.place.file}.filename(), "verify-001.sql");
    box.write("verify-001.sql", "SELECT nullif(n, 41) > 0 AS known FROM a ORDER BY n;\n");
    EXPECT_NE(failed(box.up()).message.find("known is null"), std::string::npos);
    box.write("verify-001.sql", "SELECT n > 0 FROM a CROSS JOIN generate_series(1, 3);\n");
    EXPECT_NE(failed(box.up()).message.find("only the first 100"), std::string::npos);
    box.write("verify-001.sql", "SELECT true;\nSELECT nowhere FROM a;\n");
    error = failed(box.up());
    EXPECT_EQ(error.place.line, 2U);
    EXPECT_EQ(error.sqlstate, "42703");
    EXPECT_FALSE(box.exists("a"));
    box.write("verify-001.sql", "SELECT bool_and(n > 0) FROM a;\n");
    succeeded(box.up());
}

TEST(Input, AVerifyFileMayNotEndTheTransaction) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();");
    for (const std::string_view text : {"SELECT true;\nCOMMIT;", "SELECT true;\nVACUUM;", "SELECT true;\nROLLBACK;"}) {
        box.write("verify-001.sql", text);
        const auto error = failed(box.up());
        EXPECT_EQ(error.code, ErrorCode::invalid_argument);
        EXPECT_EQ(error.place.line, 2U);
        EXPECT_FALSE(box.exists("a"));
    }
}

TEST(Input, AVerifyFileBehindStepsFailsInPartAndIsTriedAgain) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a (n int);\nCREATE INDEX CONCURRENTLY a_n ON a (n);\n");
    box.write("verify-001.sql", "SELECT count(*) > 0 AS filled FROM a;\n");
    const auto error = failed(box.up());
    EXPECT_EQ(error.code, ErrorCode::failed_partly) << "the steps stay";
    EXPECT_NE(error.message.find("filled is false"), std::string::npos);
    EXPECT_EQ(box.states(), "001_a=interrupted");
    box.run("INSERT INTO a VALUES (1)");
    EXPECT_TRUE(succeeded(box.up()).done[0].resumed);
    EXPECT_EQ(box.states(), "001_a=applied");
}

TEST(Input, PlaceholdersAreFilledInWhenItIsTakenBackEvenWithoutTheFile) {
    for (const bool gone : {false, true}) {
        Sandbox box;
        box.options.placeholders = [](std::string_view name) -> std::optional<std::string> {
            return name == "TABLE_NAME" ? std::optional<std::string>{"orders"} : std::nullopt;
        };
        box.write("001_a.sql", "-- Placeholders: TABLE_NAME\nCREATE TABLE ${TABLE_NAME} ();");
        box.write("rollback-001.sql", "DROP TABLE ${TABLE_NAME};");
        succeeded(box.up());
        EXPECT_TRUE(box.exists("orders"));
        if (gone) {
            box.remove("001_a.sql");
            box.remove("rollback-001.sql");
        }
        succeeded(box.roll_back({.ids = {"001_a"}}));
        EXPECT_FALSE(box.exists("orders"));
    }
}

TEST(Input, ARollbackMayCommitByItself) {
    Sandbox box;
    box.write(
        "001_a.sql",
        "CREATE TABLE a (); CREATE PROCEDURE undo() LANGUAGE plpgsql AS $$ BEGIN DROP TABLE a; COMMIT; END $$;"
    );
    box.write("rollback-001.sql", "-- Transaction: none\nCALL undo();\nDROP PROCEDURE undo;");
    succeeded(box.up());
    succeeded(box.roll_back({.last = 1}));
    EXPECT_FALSE(box.exists("a"));
    EXPECT_EQ(box.states(), "001_a=pending");
}

TEST(Input, RunsAsTheConfiguredRoleAndRecordsAsItself) {
    Sandbox box;
    box.run("DROP ROLE IF EXISTS schema_owner; CREATE ROLE schema_owner; GRANT CREATE ON SCHEMA public TO schema_owner;"
    );
    box.options.role = "schema_owner";
    box.write("001_a.sql", "CREATE TABLE a (n int);");
    box.write("002_b.sql", "CREATE TABLE b (n int);\nCREATE INDEX CONCURRENTLY b_n ON b (n);\nCREATE TABLE c ();");
    succeeded(box.up());
    EXPECT_EQ(
        box.run(
            "SELECT string_agg(relname || ' ' || pg_get_userbyid(relowner), ',' ORDER BY relname) FROM pg_class WHERE "
            "relname IN ('a', 'b', 'c', 'b_n')"
        ),
        "a schema_owner,b schema_owner,b_n schema_owner,c schema_owner"
    );
    EXPECT_EQ(box.run("SELECT string_agg(DISTINCT applied_by, ',') FROM drydock.migration"), "postgres");
    box.options.role = "nobody here";
    box.write("003_c.sql", "CREATE TABLE d ();");
    box.write("004_d.sql", "VACUUM;");
    const auto error = failed(box.up());
    EXPECT_NE(error.message.find("nobody here"), std::string::npos) << error.message;
    EXPECT_EQ(box.states(), "001_a=applied 002_b=applied 003_c=pending 004_d=pending");
    box.remove("003_c.sql");
    EXPECT_EQ(failed(box.up()).code, ErrorCode::failed);
    EXPECT_EQ(box.states(), "001_a=applied 002_b=applied 004_d=pending") << "it had not begun";
    box.run("DROP OWNED BY schema_owner; DROP ROLE schema_owner;");
}

TEST(Input, TheConfiguredSearchPathHoldsForEveryStatement) {
    Sandbox box;
    box.run("CREATE SCHEMA app; CREATE SCHEMA other;");
    box.options.search_path = "app, public";
    box.write("001_a.sql", "CREATE TABLE a (n int);");
    box.write("002_b.sql", "CREATE INDEX CONCURRENTLY a_n ON a (n);\nCREATE TABLE b ();");
    box.write(
        "003_c.sql",
        "SET search_path = other;\nCREATE TABLE c (n int);\nCREATE INDEX CONCURRENTLY ON c (n);\nCREATE TABLE d ();"
    );
    box.write("004_d.sql", "CREATE TABLE e ();");
    succeeded(box.up());
    for (const std::string_view name : {"app.a", "app.a_n", "app.b", "other.c", "other.d", "app.e"}) {
        EXPECT_TRUE(box.exists(name)) << name;
    }
}

}  // namespace
}  // namespace drydock::migrate
