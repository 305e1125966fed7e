#include "cli/program_pgtest.h"

// `migrate lint` as a whole program.
namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Without a database, and for its bad input.
class LintTest : public ProgramTest {
protected:
    Answer lint(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"migrate", "lint"});
        return drydock(arguments);
    }
};

TEST_F(LintTest, the_files_of_the_project_are_told_of_for_people) {
    folder.write("migrations/001_a.sql", "CREATE TABLE t (id bigint PRIMARY KEY, a int);\n");
    folder.write("migrations/002_b.sql", "-- Purpose: faster\nCREATE INDEX i ON t (a);\n");
    const auto answer = lint({});
    EXPECT_EQ(answer.exit_code, 11) << answer.err;
    EXPECT_THAT(
        answer.out,
        AllOf(
            StartsWith("migrations/002_b.sql\n    2:1   error  idx-create: writes to t wait while the index is built\n"
                       "        CREATE INDEX i ON t (a);\n        ^^^^^^\n"
                       "      + CREATE INDEX CONCURRENTLY i ON t (a);\n"),
            HasSubstr("\n1 error in 2 files (2 statements)\n")
        )
    );
    EXPECT_EQ(answer.err, "");
}

TEST_F(LintTest, nothing_found_is_0_and_says_so) {
    folder.write("a.sql", "SELECT 1;\n");
    const auto answer = lint({"a.sql"});
    EXPECT_EQ(answer.exit_code, 0);
    EXPECT_EQ(answer.out, "nothing found in 1 file (1 statement)\n");
}

TEST_F(LintTest, the_weakest_finding_that_fails_is_asked_for) {
    folder.write("a.sql", "DROP TABLE t;\n");
    EXPECT_EQ(lint({"a.sql"}).exit_code, 0);
    EXPECT_EQ(lint({"a.sql", "--fail-on", "warning"}).exit_code, 11);
    folder.write("b.sql", "CREATE INDEX i ON t (a);\n");
    EXPECT_EQ(lint({"b.sql", "--fail-on", "never"}).exit_code, 0);
    folder.write("drydock.toml", "[lint]\nfail_on = \"warning\"\n");
    EXPECT_EQ(lint({"a.sql"}).exit_code, 11);
    EXPECT_EQ(lint({"a.sql", "--fail-on", "error"}).exit_code, 0);
}

TEST_F(LintTest, json_has_the_fields_that_are_promised) {
    folder.write("a.sql", "CREATE INDEX i ON t (a);\n");
    for (const auto& answer : {lint({"a.sql", "--json"}), lint({"a.sql", "--format", "json"})}) {
        EXPECT_EQ(answer.exit_code, 11);
        EXPECT_EQ(answer.json_at("/findings/0/file"), "a.sql");
        EXPECT_EQ(answer.json_at("/findings/0/line"), "1");
        EXPECT_EQ(answer.json_at("/findings/0/column"), "1");
        EXPECT_EQ(answer.json_at("/findings/0/rule"), "idx-create");
        EXPECT_EQ(answer.json_at("/findings/0/severity"), "error");
        EXPECT_EQ(answer.json_at("/findings/0/message"), "writes to t wait while the index is built");
        EXPECT_EQ(answer.json_at("/findings/0/objects/0"), "t");
        EXPECT_EQ(answer.json_at("/findings/0/lock"), "SHARE");
        EXPECT_EQ(answer.json_at("/findings/0/fix/0"), "CREATE INDEX CONCURRENTLY i ON t (a);");
        EXPECT_EQ(answer.json_at("/findings/0/evidence"), "static");
        EXPECT_EQ(answer.json_at("/counts/error"), "1");
    }
}

TEST_F(LintTest, sarif_names_its_rules_and_places) {
    folder.write("a b.sql", "CREATE INDEX i ON t (a);\n");
    const auto answer = lint({"a b.sql", "--format", "sarif"});
    EXPECT_EQ(answer.exit_code, 11);
    EXPECT_EQ(answer.json_at("/version"), "2.1.0");
    EXPECT_EQ(answer.json_at("/runs/0/tool/driver/name"), "drydock");
    EXPECT_EQ(answer.json_at("/runs/0/results/0/ruleId"), "idx-create");
    EXPECT_EQ(
        answer.json_at("/runs/0/tool/driver/rules/" + answer.json_at("/runs/0/results/0/ruleIndex") + "/id"),
        "idx-create"
    );
    EXPECT_EQ(answer.json_at("/runs/0/results/0/level"), "error");
    EXPECT_EQ(answer.json_at("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri"), "a%20b.sql");
    EXPECT_EQ(answer.json_at("/runs/0/results/0/locations/0/physicalLocation/region/startColumn"), "1");
}

TEST_F(LintTest, annotations_are_escaped) {
    folder.write("a,b.sql", "CREATE INDEX i ON t (a);\n");
    const auto answer = lint({"a,b.sql", "--format", "github"});
    EXPECT_EQ(
        answer.out,
        "::error file=a%2Cb.sql,line=1,endLine=1,col=1,title=idx-create::writes to t wait while the index is built"
        "%0ACREATE INDEX CONCURRENTLY i ON t (a);\n"
    );
}

TEST_F(LintTest, rules_are_silenced_by_configuration_and_options) {
    folder.write("a.sql", "CREATE INDEX i ON t (a);\nDROP TABLE x;\n");
    folder.write("drydock.toml", "[lint]\ndisable = [\"idx-create\"]\nerror = [\"data-drop-table\"]\n");
    const auto answer = lint({"a.sql"});
    EXPECT_EQ(answer.exit_code, 11);
    EXPECT_THAT(answer.out, AllOf(Not(HasSubstr("idx-create")), HasSubstr("error  data-drop-table")));
    EXPECT_EQ(lint({"a.sql", "--disable", "data-drop-table"}).out, "nothing found in 1 file (2 statements)\n");
    EXPECT_THAT(lint({"a.sql", "--rule", "design-unnamed"}).out, HasSubstr("nothing found"));
}

TEST_F(LintTest, a_rule_that_does_not_exist_is_an_error_wherever_it_is_named) {
    folder.write("a.sql", "-- drydock:allow idx-creat\nCREATE INDEX i ON t (a);\n");
    for (const auto& answer :
         {lint({"a.sql"}),
          lint({"a.sql", "--rule", "idx-creat"}),
          lint({"a.sql", "--disable", "idx-creat"}),
          lint({"--explain", "idx-creat"})}) {
        EXPECT_EQ(answer.exit_code, 3);
        EXPECT_THAT(
            answer.err, AllOf(HasSubstr("there is no rule \"idx-creat\""), HasSubstr("did you mean idx-create?"))
        );
    }
    folder.write("b.sql", "SELECT 1;\n");
    folder.write("drydock.toml", "[lint]\nwarning = [\"idx-creat\"]\n");
    EXPECT_THAT(lint({"b.sql"}).err, HasSubstr("lint.warning: there is no rule"));
    folder.write("drydock.toml", "[lint]\nwarning = 5\n");
    EXPECT_THAT(lint({"b.sql"}).err, HasSubstr("lint.warning must be a list of texts"));
}

TEST_F(LintTest, a_missing_file_is_named) {
    const auto answer = lint({"nosuch.sql"});
    EXPECT_EQ(answer.exit_code, 3);
    EXPECT_THAT(answer.err, HasSubstr("nosuch.sql"));
    EXPECT_EQ(lint({"nosuch.sql", "--json"}).json_at("/error/code"), "not_found");
}

TEST_F(LintTest, standard_input_is_a_file_like_others) {
    folder.write("run.sh", fmt::format("printf 'CREATE INDEX i ON t (a);' | {} migrate lint -\n", DRYDOCK_BINARY));
    const Command command{
        .argv = {"/bin/sh", (folder.path() / "run.sh").string()}, .directory = folder.path().string()
    };
    const auto result = run(command, Limits::within(std::chrono::seconds{60}));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->exit_code, 11);
    EXPECT_THAT(result->output, StartsWith("stdin\n    1:1   error  idx-create"));
}

TEST_F(LintTest, fixes_are_shown_and_written) {
    folder.write("a.sql", "-- why\nCREATE INDEX i ON t (a);\n");
    const auto shown = lint({"a.sql", "--diff"});
    EXPECT_EQ(shown.exit_code, 0);
    EXPECT_THAT(
        shown.out, AllOf(HasSubstr("-CREATE INDEX i ON t (a);"), HasSubstr("+CREATE INDEX CONCURRENTLY i ON t (a);"))
    );
    EXPECT_EQ(folder.read("a.sql"), "-- why\nCREATE INDEX i ON t (a);\n");
    EXPECT_EQ(lint({"a.sql", "--fix"}).out, shown.out);
    EXPECT_EQ(folder.read("a.sql"), "-- why\nCREATE INDEX CONCURRENTLY i ON t (a);\n");
    EXPECT_EQ(lint({"a.sql", "--fix"}).out, "");
}

TEST_F(LintTest, who_runs_the_files_can_be_said) {
    folder.write("a.sql", "ALTER TABLE t ADD COLUMN b int;\n");
    EXPECT_THAT(lint({"a.sql"}).out, Not(HasSubstr("tx-lock-timeout")));
    EXPECT_THAT(lint({"a.sql", "--assume", "psql"}).out, HasSubstr("tx-lock-timeout"));
    folder.write("b.sql", "CREATE INDEX CONCURRENTLY i ON t (a);\n");
    EXPECT_THAT(lint({"b.sql"}).out, Not(HasSubstr("idx-cic-in-tx")));
    EXPECT_THAT(lint({"b.sql", "--assume", "transaction"}).out, HasSubstr("idx-cic-in-tx"));
    EXPECT_THAT(lint({"a.sql", "--assume", "psq"}).err, HasSubstr("did you mean psql?"));
}

TEST_F(LintTest, rules_are_explained) {
    EXPECT_THAT(
        lint({"--explain", "con-fk"}).out, AllOf(StartsWith("con-fk (error): "), HasSubstr("Better:\n    ALTER TABLE"))
    );
    EXPECT_THAT(lint({"--explain", "all"}).out, AllOf(HasSubstr("idx-create "), HasSubstr("lint-unused-allow")));
    EXPECT_EQ(lint({"--explain", "con-fk", "--json"}).json_at("/rule"), "con-fk");
}

TEST_F(LintTest, values_of_placeholders_are_not_shown) {
    folder.write("migrations/001_a.sql", "-- Placeholders: SECRET\nCREATE INDEX i ON ${SECRET} (a);\n");
    environment.push_back("SECRET=hush_table");
    const auto answer = lint({});
    EXPECT_EQ(answer.exit_code, 11);
    EXPECT_THAT(
        answer.out, AllOf(HasSubstr("2:1   error  idx-create"), HasSubstr("${SECRET}"), Not(HasSubstr("hush_table")))
    );
    EXPECT_THAT(lint({"--json"}).out, Not(HasSubstr("hush_table")));
    EXPECT_EQ(lint({"--fix"}).out, "");
}

// With a target.
class LintTargetTest : public DatabaseTest {};

TEST_F(LintTargetTest, the_catalog_tells_what_the_text_can_not) {
    sql("CREATE TABLE t (id bigint PRIMARY KEY, a varchar(10), n int); INSERT INTO t SELECT g, 'x', g FROM "
        "generate_series(1, 200000) g; ANALYZE t");
    folder.write("free.sql", "ALTER TABLE t ALTER COLUMN a TYPE varchar(20);\n");
    folder.write("rewrite.sql", "ALTER TABLE t ALTER COLUMN n TYPE text;\n");
    const auto free = drydock({"migrate", "lint", "free.sql"});
    EXPECT_EQ(free.exit_code, 0) << free.out;
    EXPECT_EQ(free.out, "nothing found in 1 file (1 statement)\n");
    const auto rewrite = drydock({"migrate", "lint", "--json", "rewrite.sql"});
    EXPECT_EQ(rewrite.exit_code, 11) << rewrite.out;
    EXPECT_EQ(rewrite.json_at("/findings/0/rule"), "col-type");
    EXPECT_EQ(rewrite.json_at("/findings/0/evidence"), "target");
    EXPECT_EQ(rewrite.json_at("/findings/0/objects/0"), "public.t");
    EXPECT_EQ(
        drydock({"migrate", "lint", "--json", "--offline", "rewrite.sql"}).json_at("/findings/0/severity"), "notice"
    );
}

TEST_F(LintTargetTest, a_small_table_is_a_notice) {
    sql("CREATE TABLE t (id bigint PRIMARY KEY, n int); INSERT INTO t VALUES (1, 1); ANALYZE t");
    folder.write("a.sql", "ALTER TABLE t ALTER COLUMN n TYPE bigint;\n");
    const auto answer = drydock({"migrate", "lint", "a.sql"});
    EXPECT_EQ(answer.exit_code, 0);
    EXPECT_THAT(answer.out, HasSubstr("notice  col-type: t is written anew"));
    EXPECT_THAT(answer.out, HasSubstr("now it is small"));
}

TEST_F(LintTargetTest, of_the_project_only_what_is_pending_is_linted) {
    folder.write("migrations/001_a.sql", "CREATE TABLE t (id bigint PRIMARY KEY, a int);\n");
    EXPECT_EQ(drydock({"migrate", "up"}).exit_code, 0);
    sql("INSERT INTO t SELECT g, g FROM generate_series(1, 200000) g");
    folder.write("migrations/002_b.sql", "CREATE INDEX i ON t (a);\n");
    folder.write("migrations/003_c.sql", "ALTER TABLE t DROP COLUMN nosuch;\n");
    const auto answer = drydock({"migrate", "lint"});
    EXPECT_EQ(answer.exit_code, 11) << answer.err;
    EXPECT_THAT(
        answer.out,
        AllOf(HasSubstr("002_b.sql"), HasSubstr("in 2 files"), HasSubstr("ctx-refused: the server refuses it: "))
    );
}

TEST_F(LintTargetTest, a_target_that_can_t_be_reached_is_an_error) {
    folder.write("a.sql", "SELECT 1;\n");
    const auto answer = drydock({"migrate", "lint", "a.sql", "--database-url", "postgresql://127.0.0.1:1/x"});
    EXPECT_EQ(answer.exit_code, 8) << answer.out;
}

}  // namespace
}  // namespace drydock::cli
