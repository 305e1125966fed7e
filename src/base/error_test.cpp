#include "base/error.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/result.h"

namespace drydock {
namespace {

// The column at which the caret stands, counted in characters as a terminal shows them (a tab is one).
std::size_t caret_column(const std::string& excerpt) {
    const auto below = excerpt.substr(excerpt.find('\n') + 1);
    EXPECT_EQ(below.back(), '^');
    return below.size() - 4;
}

TEST(Place, IsNamedAsFarAsItIsKnown) {
    EXPECT_EQ((Place{.file = "a.sql", .line = 12, .column = 8}.label()), "a.sql:12:8");
    EXPECT_EQ((Place{.file = "a.sql", .line = 12}.label()), "a.sql:12");
    EXPECT_EQ((Place{.file = "a.sql"}.label()), "a.sql");
    EXPECT_EQ(Place{}.label(), "");
}

TEST(Place, PutsTheCaretBelowTheColumn) {
    const Place place{.file = "a.sql", .line = 1, .column = 8, .text = "SELECT nope;"};
    EXPECT_EQ(place.excerpt(), "    SELECT nope;\n           ^");
    EXPECT_EQ((Place{.line = 1, .column = 1, .text = "x"}.excerpt()), "    x\n    ^");
    EXPECT_EQ((Place{.line = 1, .text = "x"}.excerpt()), "    x");
    EXPECT_EQ((Place{.line = 1, .column = 3}.excerpt()), "");
}

TEST(Place, CountsCharactersAndNotBytes) {
    const Place place{.line = 1, .column = 9, .text = "-- wörß, nope"};
    EXPECT_EQ(place.excerpt(), "    -- wörß, nope\n            ^");
    EXPECT_EQ(caret_column(Place{.line = 1, .column = 4, .text = "€€€x"}.excerpt()), 4U);
}

TEST(Place, KeepsTabsInFrontOfTheCaretSoThatItStandsRight) {
    EXPECT_EQ((Place{.line = 1, .column = 4, .text = "\t\tax"}.excerpt()), "    \t\tax\n    \t\t ^");
}

TEST(Place, AtTheEndOfTheLineStandsBehindIt) {
    EXPECT_EQ((Place{.line = 1, .column = 4, .text = "abc"}.excerpt()), "    abc\n       ^");
}

TEST(Place, OfALongLineShowsThePartAroundTheColumn) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "é";
    text += "HERE";
    for (int i = 0; i < 20'000; ++i) text += "ü";
    const auto excerpt = Place{.line = 1, .column = 20'001, .text = text}.excerpt();
    EXPECT_LT(excerpt.size(), 600U);
    const auto shown = excerpt.substr(4, excerpt.find('\n') - 4);
    const auto caret = caret_column(excerpt) - 1;
    // Characters of two bytes stand before.
    EXPECT_EQ(shown.substr(caret * 2, 4), "HERE");
}

TEST(Errors, HaveATraitEachAndExitCodesThatDocumentationPromises) {
    std::set<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        const auto& row = traits(static_cast<ErrorCode>(code));
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_GE(row.http_status, 400);
        EXPECT_GT(row.exit_code, 0);
        EXPECT_NE(row.exit_code, 2) << "2 is for a wrong command line and for what is pending";
    }
    EXPECT_EQ(traits(ErrorCode::failed).exit_code, 5);
    EXPECT_EQ(traits(ErrorCode::failed_partly).exit_code, 6);
    EXPECT_EQ(traits(ErrorCode::locked).exit_code, 4);
    EXPECT_EQ(traits(ErrorCode::cancelled).exit_code, 130);
    EXPECT_TRUE(traits(ErrorCode::unavailable).retryable);
    EXPECT_FALSE(traits(ErrorCode::failed).retryable);
}

TEST(Errors, KeepTheFirstHintAndGatherContext) {
    const auto error = Error{.code = ErrorCode::failed, .message = "no"}.in("inner").in("outer").with_hint("a");
    EXPECT_EQ(error.message, "outer: inner: no");
    EXPECT_EQ(Error{error}.with_hint("b").hint, "a");
    EXPECT_EQ(Error{error}.at({.file = "f", .line = 3}).place.label(), "f:3");
}

Result<int> half(int n) {
    if (n % 2 != 0) return Error{.code = ErrorCode::invalid_argument, .message = "odd"};
    return n / 2;
}
Result<int> quarter(int n) {
    DRYDOCK_TRY(const int once, half(n));
    return half(once);
}

TEST(Results, PassErrorsOn) {
    EXPECT_EQ(*quarter(8), 2);
    EXPECT_EQ(quarter(6).error().message, "odd");
    EXPECT_EQ(quarter(3).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace drydock
