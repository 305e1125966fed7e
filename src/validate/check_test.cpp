#include "validate/check.h"

#include <cstdlib>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace drydock::validate {
namespace {

constexpr std::string_view kGood =
    "-- Check: A table\n-- Severity: warning\n-- Cost: C3\n-- Mode: probes\n-- Versions: 15+\n"
    "-- Requires: extension pgstattuple, role pg_monitor\n-- Parameter: percent = 2.5, of the table\n"
    "-- Why: it is\n--   so.\n-- Fix: drop it\nSELECT {percent}\n";

Result<Check> parsed(std::string_view text, std::string_view file = "a-check.sql") {
    return parse_check(Group::data, file, text);
}

std::string replaced(std::string_view what, std::string_view with) {
    std::string text{kGood};
    return text.replace(text.find(what), what.size(), with);
}

TEST(CheckHeader, IsReadWhole) {
    const auto check = parsed(kGood);
    ASSERT_TRUE(check) << check.error().message;
    EXPECT_EQ(check->id, "a-check");
    EXPECT_EQ(check->title, "A table");
    EXPECT_EQ(check->severity, Severity::warning);
    EXPECT_EQ(check->cost, Cost::c3);
    EXPECT_EQ(check->mode, Mode::probes);
    EXPECT_EQ(check->why, "it is so.");
    EXPECT_EQ(check->needs(), "extension pgstattuple, role pg_monitor, PostgreSQL 15+");
    ASSERT_EQ(check->parameters.size(), 1U);
    EXPECT_EQ(check->parameters[0].name, "percent");
    EXPECT_EQ(check->parameters[0].value, "2.5");
    EXPECT_EQ(check->sql, "SELECT {percent}");
}

TEST(CheckHeader, AMalformedOneIsRefusedWithItsLine) {
    const std::pair<std::string_view, std::string_view> changes[] = {
        {"-- Severity: warning", "-- Severity: grave"},
        {"-- Severity: warning\n", ""},
        {"-- Cost: C3", "-- Cost: C7"},
        {"-- Mode: probes", "-- Mode: guess"},
        {"-- Versions: 15+", "-- Versions: new"},
        {"-- Versions: 15+", "-- Versions: 16-15"},
        {"extension pgstattuple", "the extension pgstattuple"},
        {"percent = 2.5,", "percent = 2;DROP,"},
        {"percent = 2.5,", "other = 2.5,"},
        {"-- Why: it is\n--   so.\n", ""},
        {"-- Fix: drop it", "-- Fix:"},
        {"-- Fix: drop it", "-- Fixes: drop it"},
        {"-- Fix: drop it", "-- Fix: drop it\n-- Fix: twice"},
        {"-- Fix: drop it", "-- Fix: drop it\n-- no key"},
        {"SELECT {percent}", ""},
        {"SELECT {percent}", "SELECT {percent};"},
        {"SELECT {percent}", "SELECT {percent} AS \"größe\""},
    };
    for (const auto& [what, with] : changes) {
        const auto check = parsed(replaced(what, with));
        ASSERT_FALSE(check) << what << " -> " << with;
        EXPECT_EQ(check.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(check.error().place.file, "a-check.sql");
    }
    EXPECT_FALSE(parsed(kGood, "A Check.sql"));
    const auto line = parsed(replaced("-- Cost: C3", "-- Cost: C7"));
    EXPECT_EQ(line.error().place.line, 3U);
}

TEST(Checks, AllAreWellFormedAndHaveNamesOfTheirOwn) {
    std::set<std::string> ids;
    for (const auto& check : checks()) EXPECT_TRUE(ids.insert(check.id).second) << check.id << " is there twice";
    EXPECT_GE(ids.size(), 10U);
    EXPECT_NE(find_check("fk-orphans"), nullptr);
    EXPECT_EQ(find_check("fk-orphan"), nullptr);
}

TEST(Checks, ThePageOfThemIsWhatTheHeadersSay) {
    // UPDATE_DOCS=1 in the environment writes it.
    const auto page = std::filesystem::path{__FILE__}.parent_path() / "../../docs/validation-checks.md";
    if (std::getenv("UPDATE_DOCS") != nullptr) {
        ASSERT_TRUE(write_file(page, checks_markdown()));
    }
    const auto committed = read_file(page);
    ASSERT_TRUE(committed) << committed.error().message;
    EXPECT_EQ(*committed, checks_markdown()) << "run this test with UPDATE_DOCS=1";
}

}  // namespace
}  // namespace drydock::validate
