#include "base/diff.h"

#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace drydock {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.empty()) return lines;
    for (const auto line : split(text, '\n')) lines.emplace_back(line);
    return lines;
}

struct Applied {
    std::vector<std::string> lines;
    std::string problem;  // empty when every line of context and every removed line was found where the diff says
    std::size_t changed = 0;
};

// Applies a unified diff to a text, as patch does without any fuzz.
Applied patched(std::string_view diff, std::string_view text) {
    Applied result;
    const auto before = lines_of(text);
    std::size_t at = 0;
    for (const auto& line : lines_of(diff)) {
        if (line.starts_with("--- ") || line.starts_with("+++ ")) continue;
        if (line.starts_with("@@")) {
            std::size_t from = 0;
            std::size_t count = 0;
            if (std::sscanf(line.c_str(), "@@ -%zu,%zu", &from, &count) != 2) result.problem = line;
            while (at + 1 < from && at < before.size()) result.lines.push_back(before[at++]);
            continue;
        }
        if (line[0] != '+') {
            if (at >= before.size() || before[at] != line.substr(1)) {
                result.problem = fmt::format("line {} is not what {} expects", at + 1, line);
                return result;
            }
            if (line[0] == ' ') result.lines.push_back(before[at]);
            ++at;
        } else {
            result.lines.push_back(line.substr(1));
        }
        if (line[0] != ' ') ++result.changed;
    }
    while (at < before.size()) result.lines.push_back(before[at++]);
    return result;
}

std::size_t shortest_edit(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
            } else {
                d[i][j] = a[i - 1] == b[j - 1] ? d[i - 1][j - 1] : std::min(d[i - 1][j], d[i][j - 1]) + 1;
            }
        }
    }
    return d[a.size()][b.size()];
}

TEST(Diff, OfEqualTextsIsEmpty) {
    EXPECT_EQ(unified_diff("a\nb\n", "a\nb\n", "x", "y"), "");
    EXPECT_EQ(unified_diff("", "", "x", "y"), "");
}

TEST(Diff, ShowsTheChangeWithThreeLinesAround) {
    EXPECT_EQ(
        unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", "ran", "today"),
        "--- ran\n+++ today\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
    );
}

TEST(Diff, FarChangesAreHunksOfTheirOwnAndNearOnesShareOne) {
    std::string before;
    for (int i = 1; i <= 40; ++i) before += fmt::format("{}\n", i);
    auto after = before;
    after.replace(after.find("10\n"), 2, "ten");
    after.replace(after.find("14\n"), 2, "fourteen");
    after.replace(after.find("35\n"), 2, "thirty-five");
    const auto diff = unified_diff(before, after, "a", "b");
    std::size_t hunks = 0;
    for (auto at = diff.find("@@ -"); at != std::string::npos; at = diff.find("@@ -", at + 1)) ++hunks;
    EXPECT_EQ(hunks, 2U) << diff;
}

TEST(Diff, AppliedToOneTextGivesTheOtherAndIsTheShortest) {
    std::mt19937 random{20240611};
    for (int round = 0; round < 3'000; ++round) {
        // Few different lines, so that many of them match by chance.
        const auto text = [&] {
            std::string made;
            const auto lines = random() % 30;
            for (std::size_t i = 0; i < lines; ++i) made += fmt::format("line {}\n", random() % 6);
            return made;
        };
        const auto before = text();
        auto after = text();
        if (round % 2 == 0) {
            after = before;
            for (int edits = 0; edits < 3 && !after.empty(); ++edits) {
                const auto at = after.rfind('\n', random() % after.size());
                after.insert(at == std::string::npos ? 0 : at + 1, fmt::format("new {}\n", random() % 3));
            }
        }
        const auto diff = unified_diff(before, after, "a", "b");
        const auto applied = patched(diff, before);
        ASSERT_EQ(applied.problem, "") << diff;
        ASSERT_EQ(applied.lines, lines_of(after)) << diff;
        ASSERT_EQ(applied.changed, shortest_edit(lines_of(before), lines_of(after))) << diff;
    }
}

TEST(Diff, OfTextsThatHaveNothingInCommonIsStillRight) {
    std::string before;
    std::string after;
    for (int i = 0; i < 3'000; ++i) {
        before += fmt::format("a{}\n", i);
        after += fmt::format("b{}\n", i);
    }
    const auto applied = patched(unified_diff(before, after, "a", "b"), before);
    EXPECT_EQ(applied.problem, "");
    EXPECT_EQ(applied.lines, lines_of(after));
}

}  // namespace
}  // namespace drydock
