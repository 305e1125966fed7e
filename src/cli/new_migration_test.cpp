#include "cli/new_migration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock::cli {
namespace {

using testing::HasSubstr;

constexpr std::time_t kNow = 1'800'000'000;  // 2027-01-15 08:00:00 UTC

std::string next_after(const std::vector<std::string>& numbers) {
    std::vector<layouts::Migration> migrations;
    for (const auto& number : numbers) migrations.push_back({.number = number});
    return next_number(migrations, kNow);
}

TEST(NextNumber, StartsWithThreeDigits) {
    EXPECT_EQ(next_after({}), "001");
}

TEST(NextNumber, IsOneMoreThanTheHighestAndAsWide) {
    EXPECT_EQ(next_after({"001", "009"}), "010");
    EXPECT_EQ(next_after({"0007"}), "0008");
    EXPECT_EQ(next_after({"9"}), "10");
}

TEST(NextNumber, GoesByValueAndNotByOrder) {
    EXPECT_EQ(next_after({"0012", "3", "007"}), "0013");
}

TEST(NextNumber, GrowsWhenTheDigitsAreUsedUp) {
    EXPECT_EQ(next_after({"999"}), "1000");
    EXPECT_EQ(next_after({"99999999999999999999999"}), "100000000000000000000000");
}

TEST(NextNumber, IsTheTimeWhereTheHighestOneIsATime) {
    EXPECT_EQ(next_after({"20240101120000"}), "20270115080000");
}

TEST(NextNumber, IsLaterThanATimeThatIsAheadOfTheClock) {
    EXPECT_EQ(next_after({"20991231235959"}), "20991231235960");
}

TEST(CheckName, TakesSmallLettersDigitsAndUnderscores) {
    EXPECT_TRUE(check_name("add_orders"));
    EXPECT_TRUE(check_name("v2_index"));
}

TEST(CheckName, SuggestsWhatWasMeant) {
    const std::vector<std::pair<std::string_view, std::string_view>> cases{
        {"Add Orders", "drydock migrate new add_orders"},
        {"add-orders.sql", "drydock migrate new add_orders"},
        {"__add__orders__", "drydock migrate new add_orders"},
        {"003_add_orders", "drydock migrate new add_orders"},
        {"42", "for example add_order_notes"},
        {"", "for example add_order_notes"},
        {"../../etc/passwd", "drydock migrate new etc_passwd"},
        {"größe", "drydock migrate new gr_e"},
    };
    for (const auto& [name, hint] : cases) {
        const auto checked = check_name(name);
        ASSERT_FALSE(checked) << name;
        EXPECT_EQ(checked.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(checked.error().hint, hint) << name;
    }
}

TEST(NewFiles, HaveAHeaderThatTheLayoutReadsBack) {
    const auto files = new_files(
        {.number = "014", .name = "add_notes", .purpose = "Room for notes", .dependencies = {"003_orders", "005_users"}}
    );
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0].name, "014_add_notes.sql");
    EXPECT_EQ(files[1].name, "rollback-014_add_notes.sql");
    const auto header = layouts::parse_header(files[0].text);
    EXPECT_EQ(header.title, "Add notes");
    EXPECT_EQ(header.purpose, "Room for notes");
    ASSERT_EQ(header.dependencies.size(), 2U);
    EXPECT_EQ(header.dependencies[1].text, "005_users.sql");
    ASSERT_TRUE(header.rollback);
    EXPECT_EQ(header.rollback->text, files[1].name);
    EXPECT_TRUE(header.environments.empty());
}

TEST(NewFiles, PromiseNoRollbackWhereThereIsNone) {
    const auto files = new_files({.number = "1", .name = "a", .rollback = false});
    ASSERT_EQ(files.size(), 1U);
    EXPECT_FALSE(layouts::parse_header(files[0].text).rollback);
    EXPECT_TRUE(layouts::parse_header(files[0].text).dependencies.empty());
}

}  // namespace
}  // namespace drydock::cli
