#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pg/connection.h"
#include "testing/postgres.h"

namespace drydock::pg {
namespace {

using std::chrono::seconds;

class CopyTest : public ::testing::Test {
protected:
    CopyTest() { database.run("CREATE TABLE t(i int, s text)"); }

    testing::Database database;
    Connection connection = database.connect();
    Limits limits = Limits::within(seconds{60});
    std::stop_source stop;
};

TEST_F(CopyTest, what_goes_in_comes_out) {
    int line = 0;
    std::string piece;
    const auto rows = connection.copy_in(
        "COPY t FROM STDIN",
        [&]() -> Result<std::string_view> {
            piece = line < 20000 ? fmt::format("{}\t{}\n", line, std::string(50, 'a')) : "";
            ++line;
            return std::string_view{piece};
        },
        limits
    );
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(*rows, 20000);
    int count = 0;
    std::size_t bytes = 0;
    const auto sink = [&](std::string_view text) -> Result<> {
        ++count;
        bytes += text.size();
        return {};
    };
    ASSERT_TRUE(connection.copy_out("COPY (SELECT s FROM t ORDER BY i) TO STDOUT", sink, limits));
    EXPECT_EQ(count, 20000);
    EXPECT_EQ(bytes, 20000U * 51);
    EXPECT_TRUE(connection.usable());
}

TEST_F(CopyTest, one_piece_may_be_larger_than_any_buffer) {
    const std::string line = "1\t" + std::string(30UL << 20U, 'b') + "\n";
    bool given = false;
    const auto rows = connection.copy_in(
        "COPY t FROM STDIN",
        [&]() -> Result<std::string_view> { return std::exchange(given, true) ? std::string_view{} : line; },
        limits
    );
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(*rows, 1);
    EXPECT_EQ(database.run("SELECT length(s) FROM t"), std::to_string(30UL << 20U));
}

TEST_F(CopyTest, a_source_that_fails_leaves_nothing_and_the_connection_usable) {
    int calls = 0;
    const auto rows = connection.copy_in(
        "COPY t FROM STDIN",
        [&]() -> Result<std::string_view> {
            if (++calls == 3) return Error{.code = ErrorCode::not_found, .message = "the file is gone"};
            return std::string_view{"1\tx\n"};
        },
        limits
    );
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().message, "the file is gone");
    EXPECT_TRUE(connection.usable());
    EXPECT_EQ(database.run("SELECT count(*) FROM t"), "0");
}

TEST_F(CopyTest, a_sink_that_fails_ends_the_copy) {
    const auto done = connection.copy_out(
        "COPY (SELECT generate_series(1, 1000000)) TO STDOUT",
        [](std::string_view) -> Result<> { return Error{.message = "the disk is full"}; },
        limits
    );
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().message, "the disk is full");
    EXPECT_FALSE(connection.usable());
}

TEST_F(CopyTest, bad_data_and_bad_statements_are_errors_of_the_server) {
    bool given = false;
    const auto source = [&]() -> Result<std::string_view> { return std::exchange(given, true) ? "" : "x\ty\n"; };
    const auto bad = connection.copy_in("COPY t FROM STDIN", source, limits);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().sqlstate, "22P02");
    const auto missing = connection.copy_in("COPY nothing FROM STDIN", source, limits);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().sqlstate, "42P01");
    EXPECT_EQ(missing.error().statement, "COPY nothing FROM STDIN");
    EXPECT_TRUE(connection.usable());
}

TEST_F(CopyTest, a_statement_of_another_kind_is_refused) {
    const auto sink = [](std::string_view) -> Result<> { return {}; };
    const auto source = []() -> Result<std::string_view> { return std::string_view{}; };
    for (const auto* text : {"SELECT 1", "COPY t FROM STDIN"}) {
        const auto done = connection.copy_out(text, sink, limits);
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, ErrorCode::invalid_argument);
        EXPECT_TRUE(connection.usable());
    }
    const auto done = connection.copy_in("COPY t TO STDOUT", source, limits);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(connection.usable());
    // One statement only: nothing can be appended.
    EXPECT_FALSE(connection.copy_in("COPY t FROM STDIN; DROP TABLE t", source, limits));
    EXPECT_EQ(database.run("SELECT count(*) FROM t"), "0");
}

TEST_F(CopyTest, a_stop_ends_a_source_that_never_ends) {
    int calls = 0;
    const auto rows = connection.copy_in(
        "COPY t FROM STDIN",
        [&]() -> Result<std::string_view> {
            if (++calls == 1000) stop.request_stop();
            return std::string_view{"1\tx\n"};
        },
        {.stop = stop.get_token()}
    );
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, ErrorCode::cancelled);
    EXPECT_FALSE(connection.usable());
}

}  // namespace
}  // namespace drydock::pg
