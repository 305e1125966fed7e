#include "lint/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/snapshot.h"

namespace drydock::lint {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Report run(std::string_view sql, const Options& options = {}) {
    auto report = lint({{.file = "a.sql", .text = sql}}, options);
    EXPECT_TRUE(report) << report.error().message;
    return report ? *std::move(report) : Report{};
}

std::vector<std::string> rules_of(const Report& report, Severity least = Severity::warning) {
    std::vector<std::string> ids;
    for (const auto& finding : report.findings) {
        if (finding.severity >= least) ids.emplace_back(finding.rule->id);
    }
    return ids;
}

Error error_of(std::string_view sql) {
    auto report = lint({{.file = "a.sql", .text = sql}}, {});
    EXPECT_FALSE(report);
    return report ? Error{} : report.error();
}

TEST(Lint, a_finding_says_where_what_and_how_it_is_better) {
    const auto report = run("-- remark\n  CREATE INDEX i ON shop.\"Orders\" (a);\n");
    ASSERT_EQ(report.findings.size(), 1U);
    const auto& finding = report.findings[0];
    EXPECT_EQ(finding.rule->id, "idx-create");
    EXPECT_EQ(finding.place.label(), "a.sql:2:3");
    EXPECT_EQ(finding.place.text, "  CREATE INDEX i ON shop.\"Orders\" (a);");
    EXPECT_EQ(finding.end_column, 9U);
    EXPECT_EQ(finding.severity, Severity::error);
    EXPECT_EQ(finding.lock, effects::LockMode::share);
    EXPECT_EQ(finding.evidence, Evidence::text);
    EXPECT_THAT(finding.objects, ElementsAre("shop.\"Orders\""));
    EXPECT_THAT(finding.fix, ElementsAre("CREATE INDEX CONCURRENTLY i ON shop.\"Orders\" (a);"));
}

TEST(Lint, columns_count_in_characters) {
    const auto report = run("SELECT 'äöü'; DROP TABLE t;");
    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(report.findings[0].place.column, 26U);
}

TEST(Lint, a_comment_above_or_beside_a_statement_silences_it) {
    EXPECT_THAT(rules_of(run("-- drydock:allow idx-create small\nCREATE INDEX i ON t (a);")), IsEmpty());
    EXPECT_THAT(rules_of(run("CREATE INDEX i ON t (a);  -- drydock:allow idx-create")), IsEmpty());
    EXPECT_THAT(
        rules_of(run("-- drydock:allow idx-create, data-drop-table\n-- more\n\nCREATE INDEX i ON t (a);\nDROP TABLE x;")
        ),
        ElementsAre("data-drop-table")
    );
    EXPECT_THAT(rules_of(run("CREATE INDEX i\n  -- drydock:allow idx-create\n  ON t (a);")), ElementsAre("idx-create"));
    EXPECT_THAT(
        rules_of(run("-- drydock:allow-file data-drop-table why\nDROP TABLE x;\nDROP TABLE y;\nTRUNCATE z;")),
        ElementsAre("data-truncate")
    );
    EXPECT_EQ(run("-- drydock:allow idx-create\nCREATE INDEX i ON t (a);").silenced, 1U);
}

TEST(Lint, a_comment_in_a_string_silences_nothing) {
    EXPECT_THAT(
        rules_of(run("SELECT '-- drydock:allow data-drop-table\n'; DROP TABLE x;")), ElementsAre("data-drop-table")
    );
}

TEST(Lint, an_allow_that_silences_nothing_is_told) {
    const auto report = run("-- drydock:allow idx-create\nSELECT 1;");
    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(report.findings[0].rule->id, "lint-unused-allow");
    EXPECT_EQ(report.findings[0].severity, Severity::notice);
    EXPECT_EQ(fixed("-- drydock:allow idx-create\nSELECT 1;", report, 0), "\nSELECT 1;");
}

TEST(Lint, an_allow_that_names_no_rule_is_an_error_with_its_place) {
    const auto error = error_of("SELECT 1;\n-- drydock:allow idx-craete\nSELECT 2;");
    EXPECT_EQ(error.message, "there is no rule \"idx-craete\"");
    EXPECT_EQ(error.hint, "did you mean idx-create?");
    EXPECT_EQ(error.place.label(), "a.sql:2:1");
    EXPECT_THAT(error_of("-- drydock:allow\nSELECT 1;").message, HasSubstr("names no rule"));
    EXPECT_THAT(error_of("SELECT 1;\n-- drydock:allow-file idx-create x\n").message, HasSubstr("behind a statement"));
}

TEST(Lint, severities_are_the_project_s_and_rules_can_be_asked_for_alone) {
    Options options;
    options.severities["idx-create"] = Severity::off;
    EXPECT_THAT(rules_of(run("CREATE INDEX i ON t (a);", options), Severity::notice), IsEmpty());
    options.severities["idx-create"] = Severity::notice;
    EXPECT_EQ(run("CREATE INDEX i ON t (a);", options).worst(), Severity::notice);
    Options only;
    only.only = {"lock-brief"};
    EXPECT_THAT(
        rules_of(run("ALTER TABLE t OWNER TO x; DROP TABLE y;", only), Severity::notice), ElementsAre("lock-brief")
    );
}

TEST(Lint, statements_of_a_do_block_are_found_at_their_own_place) {
    const auto report =
        run("DO $body$\nBEGIN\n  IF true THEN\n    CREATE INDEX i ON t (a);\n  END IF;\nEND\n$body$;\n");
    ASSERT_THAT(rules_of(report), ElementsAre("idx-create"));
    EXPECT_EQ(report.findings[0].place.label(), "a.sql:4:5");
    EXPECT_THAT(report.findings[0].edits, IsEmpty());
    EXPECT_THAT(rules_of(run("-- drydock:allow idx-create\nDO $$ BEGIN CREATE INDEX i ON t (a); END $$;")), IsEmpty());
}

TEST(Lint, what_can_t_be_read_is_passed_over_and_the_rest_is_not) {
    const auto report = run("\\set x 1\nDROP TABLE a;\n\\i other.sql\nDROP TABLE b;\nSELECT 'open");
    EXPECT_THAT(rules_of(report), ElementsAre("data-drop-table", "data-drop-table"));
    EXPECT_EQ(report.findings.front().place.text, "\\set x 1");
    EXPECT_EQ(rules_of(report, Severity::notice).size(), 5U);
    EXPECT_THAT(rules_of(run("SELECT :'x'; DROP TABLE a;")), ElementsAre("data-drop-table"));
    EXPECT_THAT(
        rules_of(run("FROBNICATE TABLE a; DROP TABLE b;"), Severity::notice),
        ElementsAre("not-analysed", "data-drop-table")
    );
    EXPECT_THAT(run("").findings, IsEmpty());
    EXPECT_THAT(run("-- nothing\n").findings, IsEmpty());
}

TEST(Lint, files_know_what_earlier_files_made) {
    const std::string first = "CREATE TABLE t (id bigint PRIMARY KEY, code varchar(20));";
    const std::string second = "ALTER TABLE t ALTER COLUMN code TYPE varchar(40);";
    const std::string third = "ALTER TABLE t ALTER COLUMN code TYPE varchar(10);";
    const auto report =
        lint({{.file = "1", .text = first}, {.file = "2", .text = second}, {.file = "3", .text = third}}, {});
    ASSERT_TRUE(report);
    EXPECT_THAT(rules_of(*report, Severity::notice), ElementsAre("probe-cast", "col-type", "data-type-narrow"));
    for (const auto& finding : report->findings) EXPECT_EQ(finding.place.file, "3");
}

TEST(Lint, a_constraint_that_a_later_file_validates_is_not_left) {
    const std::string first = "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;";
    const std::string second = "ALTER TABLE t VALIDATE CONSTRAINT c;";
    const auto both = lint({{.file = "1", .text = first}, {.file = "2", .text = second}}, {});
    ASSERT_TRUE(both);
    EXPECT_THAT(rules_of(*both, Severity::notice), IsEmpty());
    EXPECT_THAT(rules_of(run(first), Severity::notice), ElementsAre("int-not-valid"));
}

TEST(Lint, small_tables_are_no_errors_and_big_ones_need_space) {
    catalog::Snapshot snapshot{.server_version = 150000};
    snapshot.objects.push_back({.kind = catalog::Kind::schema, .name = "public"});
    snapshot.objects.push_back({.kind = catalog::Kind::table, .schema = "public", .name = "t"});
    snapshot.objects.push_back(
        {.kind = catalog::Kind::column,
         .schema = "public",
         .parent = "t",
         .name = "a",
         .aspects = {{catalog::aspect::position, "1"}, {catalog::aspect::type, "integer"}}}
    );
    effects::World world{snapshot};
    world.set_sizes("public", "t", {.heap_bytes = 8192, .rows = 10});
    Options options{.world = &world, .evidence = Evidence::target};
    auto report = run("ALTER TABLE t ALTER COLUMN a TYPE bigint;", options);
    EXPECT_EQ(report.worst(), Severity::notice);
    EXPECT_THAT(report.findings.back().message, HasSubstr("now it is small (8.0 KiB)"));
    EXPECT_EQ(report.findings.back().evidence, Evidence::target);
    world.set_sizes("public", "t", {.heap_bytes = std::int64_t{3} << 30, .rows = 10'000'000});
    options.replicas = true;
    report = run("ALTER TABLE t ALTER COLUMN a TYPE bigint;", options);
    EXPECT_THAT(rules_of(report), ::testing::UnorderedElementsAre("col-type", "ctx-disk", "ctx-standby"));
}

TEST(LintFix, the_file_does_the_same_more_safely) {
    const std::string text = "CREATE INDEX i ON t (a);\nDROP INDEX j;\nREINDEX TABLE t;\n";
    const auto report = run(text);
    const auto after = fixed(text, report, 0);
    EXPECT_EQ(
        after, "CREATE INDEX CONCURRENTLY i ON t (a);\nDROP INDEX CONCURRENTLY j;\nREINDEX TABLE CONCURRENTLY t;\n"
    );
    EXPECT_EQ(fixed(after, run(after), 0), after);
}

TEST(LintFix, what_stands_in_a_transaction_stays_as_it_is) {
    const std::string text = "BEGIN;\nCREATE INDEX i ON t (a);\nCOMMIT;\n";
    EXPECT_EQ(fixed(text, run(text), 0), text);
    const std::string loose = "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);\n";
    EXPECT_EQ(fixed(loose, run(loose), 0), loose);
    Options psql;
    psql.runner = Runner::psql;
    EXPECT_THAT(
        fixed(loose, run(loose, psql), 0),
        ::testing::AllOf(HasSubstr("CHECK (a > 0) NOT VALID;\nALTER TABLE t VALIDATE CONSTRAINT c;"))
    );
}

}  // namespace
}  // namespace drydock::lint
