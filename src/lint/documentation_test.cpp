#include <cstdlib>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "base/files.h"
#include "lint/lint.h"

namespace drydock::lint {
namespace {

std::filesystem::path docs() {
    return std::filesystem::path{__FILE__}.parent_path() / "../../docs";
}

// UPDATE_DOCS=1 in the environment writes the page.
void is_page(const std::filesystem::path& path, const std::string& text) {
    if (std::getenv("UPDATE_DOCS") != nullptr) {
        ASSERT_TRUE(write_file(path, text)) << path;
    }
    const auto committed = read_file(path);
    ASSERT_TRUE(committed) << committed.error().message;
    EXPECT_EQ(*committed, text) << path << ": run this test with UPDATE_DOCS=1";
}

TEST(LintDocumentation, every_rule_has_its_page_and_stands_in_the_list) {
    if (std::getenv("UPDATE_DOCS") != nullptr) std::filesystem::create_directories(docs() / "lint");
    is_page(docs() / "lint.md", lint_page());
    std::set<std::string> expected;
    for (const auto& rule : rules()) {
        expected.insert(std::string{rule.id} + ".md");
        is_page(docs() / "lint" / (std::string{rule.id} + ".md"), rule_page(rule));
    }
    for (const auto& entry : std::filesystem::directory_iterator{docs() / "lint"}) {
        EXPECT_TRUE(expected.contains(entry.path().filename().string())) << entry.path() << " is a page without a rule";
    }
}

TEST(LintDocumentation, rules_say_what_they_should) {
    std::set<std::string_view> ids;
    for (const auto& rule : rules()) {
        EXPECT_TRUE(ids.insert(rule.id).second) << rule.id << " is there twice";
        EXPECT_FALSE(rule.title.empty() || rule.title.ends_with('.')) << rule.id;
        EXPECT_TRUE(rule.why.ends_with('.') || rule.why.ends_with(')')) << rule.id;
        EXPECT_TRUE(rule.safe.ends_with('.')) << rule.id;
        EXPECT_EQ(find_rule(rule.id), &rule);
        EXPECT_NE(explanation(rule).find(rule.why), std::string::npos);
    }
    EXPECT_EQ(find_rule("no-such-rule"), nullptr);
    EXPECT_EQ(rule_hint("idx-craete"), "did you mean idx-create?");
}

// The example of a rule is found by it, where one file tells all there is to know.
TEST(LintDocumentation, examples_are_found_by_their_rule) {
    // These need a catalog, another runner or sizes; tests/lint has a case for each.
    const std::set<std::string_view> elsewhere{
        "idx-cic-partitioned",
        "con-fk-partitioned",
        "con-pk-using-nullable",
        "col-add-domain",
        "col-type-index",
        "col-type-check",
        "col-type-fk",
        "col-type-blocked",
        "part-default",
        "part-recursion",
        "mv-refresh-unique",
        "noop-lock",
        "tx-order",
        "tx-missing-wrapper",
        "ctx-empty",
        "ctx-ineffective",
        "ctx-standby",
        "ctx-disk",
        "compat-replace-view",
        "compat-replace-function",
        "compat-default",
        "repl-no-pk",
        "repl-column-list",
        "sec-policy-no-rls",
        "sec-view-invoker",
        "design-fk-type",
        "design-duplicate-index",
        "probe-check",
        "probe-fk",
        "probe-cast",
        "tbl-rewrite-misc",
        "idx-cic-pair",
        "ctx-version",
        "ctx-refused",
    };
    for (const auto& rule : rules()) {
        if (elsewhere.contains(rule.id)) continue;
        Options options;
        options.severities[std::string{rule.id}] = Severity::notice;
        const auto report = lint({{.file = "example.sql", .text = rule.bad}}, options);
        ASSERT_TRUE(report) << rule.id << ": " << report.error().message;
        bool found = false;
        for (const auto& finding : report->findings) found = found || finding.rule == &rule;
        EXPECT_TRUE(found) << rule.id << " does not find its own example:\n" << rule.bad;
    }
}

// And what a rule's page calls better is not found by it.
TEST(LintDocumentation, what_a_page_calls_better_is_not_found) {
    const std::set<std::string_view> several{
        "col-notnull", "con-validate-same-tx", "con-pk-using-nullable", "tx-enum-use", "tx-hold", "lock-explicit"
    };
    for (const auto& rule : rules()) {
        if (rule.good.empty() || several.contains(rule.id)) continue;  // those are in several transactions
        Options options;
        options.severities[std::string{rule.id}] = Severity::notice;
        const auto report = lint({{.file = "example.sql", .text = rule.good}}, options);
        ASSERT_TRUE(report) << rule.id;
        for (const auto& finding : report->findings) {
            EXPECT_NE(finding.rule, &rule) << rule.id << " finds what it calls better: " << finding.message;
        }
    }
}

}  // namespace
}  // namespace drydock::lint
