#include "lint/corpus_test.h"

#include <set>

namespace drydock::lint {
namespace {

TEST(LintCorpus, there_are_enough_cases_and_every_rule_has_one) {
    const auto cases = read_cases();
    std::set<std::string, std::less<>> seen;
    std::size_t hazards = 0;
    for (const auto& one : cases) {
        seen.insert(one.rule);
        hazards += one.rule.empty() ? 0U : 1U;
    }
    EXPECT_GE(hazards, 130U);
    EXPECT_GE(cases.size() - hazards, 50U);
    // What needs sizes, or a comment, has a test of its own.
    const std::set<std::string_view> elsewhere{"ctx-empty", "ctx-standby", "ctx-disk", "lint-unused-allow"};
    for (const auto& rule : rules()) {
        EXPECT_TRUE(seen.contains(rule.id) || elsewhere.contains(rule.id)) << rule.id << " has no case in tests/lint";
    }
}

TEST(LintCorpus, from_the_files_alone_nine_of_ten_hazards_are_named) {
    Score score;
    for (const auto& one : read_cases()) {
        if (one.catalog && !one.rule.empty()) continue;
        score.add(one, lint_case(one, {}));
    }
    EXPECT_GE(score.named_share(), 0.9);
    EXPECT_LE(score.flagged_share(), 0.1);
    std::printf(
        "named %zu of %zu hazards, flagged %zu of %zu safe cases\n%s",
        score.named,
        score.hazards,
        score.flagged,
        score.safe,
        score.wrong.c_str()
    );
}

}  // namespace
}  // namespace drydock::lint
