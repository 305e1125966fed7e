#include "cli/error_printer.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace drydock::cli {
namespace {

Error example() {
    return {
        .code = ErrorCode::failed,
        .message = "applying 0007_orders.sql: column \"totl\" does not exist",
        .hint = "perhaps you meant total",
        .place = {.file = "0007_orders.sql", .line = 12, .column = 8, .text = "SELECT totl FROM orders"},
        .detail = "context: view totals",
        .sqlstate = "42703",
    };
}

TEST(ErrorPrinterTest, a_person_sees_what_where_and_what_to_do) {
    EXPECT_EQ(
        error_text(example(), {}),
        "error: applying 0007_orders.sql: column \"totl\" does not exist\n"
        "  at 0007_orders.sql:12:8\n"
        "      SELECT totl FROM orders\n"
        "             ^\n"
        "  hint: perhaps you meant total\n"
        "  detail: context: view totals\n"
        "  sqlstate: 42703\n"
    );
}

TEST(ErrorPrinterTest, what_is_not_known_is_not_printed) {
    EXPECT_EQ(error_text({.message = "no"}, {}), "error: no\n");
    EXPECT_EQ(error_text({.message = "no", .place = {.file = "a.sql", .line = 3}}, {}), "error: no\n  at a.sql:3\n");
}

TEST(ErrorPrinterTest, the_detail_of_a_connection_is_for_the_log) {
    const Error refused{.message = "no", .detail = "10.0.0.1", .sqlstate = "08001"};
    EXPECT_EQ(error_text(refused, {}).find("10.0.0.1"), std::string::npos);
    EXPECT_EQ(error_json(refused).find("10.0.0.1"), std::string::npos);
}

TEST(ErrorPrinterTest, colours_mark_the_words_and_not_the_text) {
    const auto text = error_text(example(), {.colours = true});
    EXPECT_TRUE(text.starts_with("\x1b[1;31merror:\x1b[0m applying")) << text;
}

TEST(ErrorPrinterTest, a_message_keeps_its_lines_but_gives_no_orders_to_the_terminal) {
    EXPECT_EQ(error_text({.message = "a\nb\x1b[2J"}, {}), "error: a\nb?[2J\n");
    const Error tabs{.message = "x", .place = {.file = "f", .line = 1, .column = 3, .text = "\t\x1by"}};
    EXPECT_EQ(error_text(tabs, {}), "error: x\n  at f:1:3\n      \t?y\n      \t ^\n");
}

TEST(ErrorPrinterTest, a_program_sees_the_same_as_json) {
    EXPECT_EQ(
        error_json(example()),
        R"({"error":{"code":"failed",)"
        R"("message":"applying 0007_orders.sql: column \"totl\" does not exist",)"
        R"("hint":"perhaps you meant total","detail":"context: view totals","sqlstate":"42703",)"
        R"("place":{"file":"0007_orders.sql","line":12,"column":8,)"
        R"("text":"SELECT totl FROM orders"}}})"
    );
    EXPECT_EQ(error_json({.message = "no"}), R"({"error":{"code":"internal","message":"no"}})");
}

TEST(ErrorPrinterTest, json_is_valid_whatever_the_message_holds) {
    const auto text = error_json({.message = "a\xFF\x1b\n\xC3"});
    const auto parsed = boost::json::parse(text);
    EXPECT_EQ(parsed.at("error").at("message").as_string(), "a\xEF\xBF\xBD\x1b\n\xEF\xBF\xBD");
}

}  // namespace
}  // namespace drydock::cli
