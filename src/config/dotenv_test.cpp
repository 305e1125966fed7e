#include "config/dotenv.h"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock::config {
namespace {

std::map<std::string, std::string> values(std::string_view text) {
    std::map<std::string, std::string> result;
    const auto entries = read_dotenv(text, ".env");
    EXPECT_TRUE(entries) << entries.error().message;
    if (!entries) return result;
    for (const auto& entry : *entries) result[entry.name] = entry.value;
    return result;
}

using Values = std::map<std::string, std::string>;

TEST(DotenvTest, lines_are_names_and_values_with_or_without_export) {
    EXPECT_EQ(
        values("A=1\nexport B=2\n  C = 3  \r\n\n# D=4\nE=\nexport=5"),
        (Values{{"A", "1"}, {"B", "2"}, {"C", "3"}, {"E", ""}, {"export", "5"}})
    );
}

TEST(DotenvTest, quotes_keep_spaces_hashes_and_lines) {
    EXPECT_EQ(
        values("A=' x # y ' # said\nB=\"x\\n\\\"y\\\"\\\\\"\nC='a\\n'\nD=\"one\ntwo\"\nE=5"),
        (Values{{"A", " x # y "}, {"B", "x\n\"y\"\\"}, {"C", "a\\n"}, {"D", "one\ntwo"}, {"E", "5"}})
    );
}

TEST(DotenvTest, a_hash_begins_a_comment_only_after_white_space) {
    EXPECT_EQ(
        values("A=a#b\nB=a #b\nC=#b\nD=postgresql://u:p#1@h/d"),
        (Values{{"A", "a#b"}, {"B", "a"}, {"C", ""}, {"D", "postgresql://u:p#1@h/d"}})
    );
}

TEST(DotenvTest, nothing_is_expanded) {
    EXPECT_EQ(
        values("A=$HOME\nB=\"${HOME} \\$x\"\nC=`id`"), (Values{{"A", "$HOME"}, {"B", "${HOME} $x"}, {"C", "`id`"}})
    );
}

TEST(DotenvTest, the_last_of_the_same_name_wins_and_lines_are_counted_through_quotes) {
    const auto entries = read_dotenv("A='1\n2'\n\nA=3\n", ".env");
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 2U);
    EXPECT_EQ(entries->at(0).line, 1U);
    EXPECT_EQ(entries->at(1).line, 4U);
    EXPECT_EQ(
        values("\xEF\xBB\xBF"
               "A=1")
            .at("A"),
        "1"
    );
}

TEST(DotenvTest, a_bad_line_is_named_and_not_shown) {
    const auto label = [](std::string_view text) {
        const auto entries = read_dotenv(text, ".env");
        EXPECT_FALSE(entries);
        if (entries) return std::string{};
        EXPECT_EQ(entries.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(entries.error().place.text, "");
        return entries.error().place.label();
    };
    EXPECT_EQ(label("A=1\nhunter2\n"), ".env:2:8");
    EXPECT_EQ(label("=x"), ".env:1:1");
    EXPECT_EQ(label("1A=x"), ".env:1:3");
    EXPECT_EQ(label("A-B=x"), ".env:1:2");
    EXPECT_EQ(label("A='x\ny\n"), ".env:1:3");
    EXPECT_EQ(label("A=\"x\\"), ".env:1:3");
    EXPECT_EQ(label("A='x'y"), ".env:1:6");
}

}  // namespace
}  // namespace drydock::config
