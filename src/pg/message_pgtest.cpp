#include <signal.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pg/connection.h"
#include "testing/postgres.h"

namespace drydock::pg {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Returns when the session runs a statement that contains `text`.
void await_statement(const testing::Database& database, int pid, std::string_view text) {
    database.run(fmt::format(
        "DO $$BEGIN FOR i IN 1..6000 LOOP"
        " IF EXISTS (SELECT FROM pg_stat_activity WHERE pid = {} AND state = 'active'"
        " AND query LIKE {}) THEN RETURN; END IF;"
        " PERFORM pg_sleep(0.005), pg_stat_clear_snapshot(); END LOOP; RAISE 'it never ran'; END$$",
        pid,
        quote_literal(fmt::format("%{}%", text))
    ));
}

struct Recorder final : MessageHandler {
    void on_statement(std::size_t index, const Rows& result) override {
        EXPECT_EQ(index, tags.size());
        tags.emplace_back(result.command_tag());
        sizes.push_back(result.size());
        values.emplace_back(result.size() > 0 ? result.text(result.size() - 1, 0) : "");
        if (after_statement) after_statement(index);
    }
    std::string_view next_copy_data(std::size_t index) override {
        asked.push_back(index);
        return next_piece < pieces.size() ? std::string_view{pieces[next_piece++]} : std::string_view{};
    }

    std::vector<std::string> tags;
    std::vector<int> sizes;
    std::vector<std::string> values;
    std::vector<std::size_t> asked;
    std::vector<std::string> pieces;
    std::size_t next_piece = 0;
    std::function<void(std::size_t)> after_statement;
};

class MessageTest : public ::testing::Test {
protected:
    testing::Database database;
    Connection connection = database.connect();
    Recorder recorder;
    Limits limits = Limits::within(seconds{60});
    std::stop_source stop;
    std::stop_source second;
};

TEST_F(MessageTest, tells_each_statement_in_order) {
    const auto done = connection.run_message(
        "CREATE TABLE t(i int); INSERT INTO t VALUES (1), (2); SELECT i FROM t ORDER BY i;; BEGIN; SELECT 3; COMMIT",
        recorder,
        limits
    );
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_THAT(recorder.tags, ElementsAre("CREATE TABLE", "INSERT 0 2", "SELECT 2", "BEGIN", "SELECT 1", "COMMIT"));
    EXPECT_THAT(recorder.sizes, ElementsAre(0, 0, 2, 0, 1, 0));
    EXPECT_EQ(recorder.values[2], "2");
    EXPECT_EQ(connection.failed_index(), 6U);
}

TEST_F(MessageTest, an_empty_message_has_no_statements) {
    for (const auto* text : {"", " ; ;", "-- nothing"}) {
        EXPECT_TRUE(connection.run_message(text, recorder, limits)) << text;
    }
    EXPECT_TRUE(recorder.tags.empty());
}

TEST_F(MessageTest, an_error_in_the_middle_says_which_and_where) {
    const std::string text =
        "CREATE TABLE kept(); BEGIN; INSERT INTO kept DEFAULT VALUES; SELECT '\xC3\xA4'; SELECT nope; SELECT 5";
    const auto done = connection.run_message(text, recorder, limits);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().sqlstate, "42703");
    EXPECT_EQ(done.error().code, ErrorCode::failed);
    // In characters: the one of two bytes stands before it.
    EXPECT_EQ(done.error().position, text.find("nope"));
    EXPECT_EQ(connection.failed_index(), 4U);
    EXPECT_EQ(recorder.tags.size(), 4U);
    EXPECT_TRUE(connection.usable());
    EXPECT_EQ(connection.transaction_status(), TransactionStatus::in_failed_transaction);
    EXPECT_TRUE(connection.run_message("ROLLBACK", limits));
    EXPECT_EQ(connection.failed_index(), 1U);
}

TEST_F(MessageTest, an_error_in_the_syntax_runs_nothing) {
    const auto done = connection.run_message("CREATE TABLE t(); SELEC 1", recorder, limits);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().sqlstate, "42601");
    EXPECT_EQ(connection.failed_index(), 0U);
    EXPECT_TRUE(recorder.tags.empty());
}

TEST_F(MessageTest, keeps_a_hundred_rows_and_counts_all) {
    ASSERT_TRUE(connection.run_message(
        "SELECT i, NULL, i || 'x' FROM generate_series(1, 20000) AS i; SELECT 7 FROM generate_series(1, 100)",
        recorder,
        limits
    ));
    EXPECT_THAT(recorder.sizes, ElementsAre(100, 100));
    EXPECT_THAT(recorder.tags, ElementsAre("SELECT 20000", "SELECT 100"));
    EXPECT_THAT(recorder.values, ElementsAre("100", "7"));
}

TEST_F(MessageTest, rows_of_a_cut_result_are_whole) {
    struct Whole final : MessageHandler {
        void on_statement(std::size_t, const Rows& rows) override {
            ASSERT_EQ(rows.columns(), 3);
            EXPECT_EQ(rows.column_name(2), "t");
            for (int row = 0; row < rows.size(); ++row) {
                EXPECT_EQ(rows.integer(row, 0), row);
                EXPECT_TRUE(rows.is_null(row, 1));
                EXPECT_EQ(rows.text(row, 2), std::string(static_cast<std::size_t>(row), 'x'));
                ++seen;
            }
        }
        std::string_view next_copy_data(std::size_t) override { return {}; }
        int seen = 0;
    } whole;
    ASSERT_TRUE(
        connection.run_message("SELECT i, NULL, repeat('x', i) AS t FROM generate_series(0, 500) AS i", whole, limits)
    );
    EXPECT_EQ(whole.seen, 100);
}

TEST_F(MessageTest, a_rule_that_adds_a_query_does_not_shift_the_index) {
    database.run("CREATE TABLE t(i int); CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT new.i; SELECT new.i + 1)");
    ASSERT_TRUE(connection.run_message("INSERT INTO t VALUES (1); SELECT 2", recorder, limits));
    EXPECT_THAT(recorder.tags, ElementsAre("INSERT 0 1", "SELECT 1"));
    EXPECT_THAT(recorder.values, ElementsAre("2", "2"));
}

TEST_F(MessageTest, copies_in_and_out_inside_a_message) {
    recorder.pieces = {"1\n2\n", "3\n"};
    const auto done = connection.run_message(
        "CREATE TABLE t(i int); COPY t FROM STDIN; COPY t TO STDOUT; SELECT sum(i) FROM t; COPY t FROM STDIN",
        recorder,
        limits
    );
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_THAT(recorder.tags, ElementsAre("CREATE TABLE", "COPY 3", "COPY 3", "SELECT 1", "COPY 0"));
    EXPECT_EQ(recorder.values[3], "6");
    EXPECT_THAT(recorder.asked, ElementsAre(1, 1, 1, 4));
}

TEST_F(MessageTest, bad_copy_data_fails_its_statement) {
    recorder.pieces = {"1\nx\n"};
    const auto done =
        connection.run_message("CREATE TEMP TABLE t(i int); COPY t FROM STDIN; SELECT 1", recorder, limits);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().sqlstate, "22P02");
    EXPECT_THAT(done.error().detail, HasSubstr("COPY t, line 2"));
    EXPECT_EQ(connection.failed_index(), 1U);
    EXPECT_TRUE(connection.usable());
}

TEST_F(MessageTest, a_stop_cancels_and_keeps_the_connection) {
    std::jthread stopper{[&] {
        await_statement(database, connection.backend_pid(), "pg_sleep");
        stop.request_stop();
    }};
    const auto done =
        connection.run_message("SELECT 1; SELECT pg_sleep(600); SELECT 2", recorder, {.stop = stop.get_token()});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::cancelled);
    EXPECT_EQ(done.error().sqlstate, "57014");
    EXPECT_EQ(connection.failed_index(), 1U);
    EXPECT_TRUE(connection.usable());
    EXPECT_TRUE(connection.query({"test.one", "SELECT 1"}, limits));
}

TEST_F(MessageTest, a_deadline_cancels_and_keeps_the_connection) {
    const auto done = connection.run_message("SELECT pg_sleep(600)", recorder, Limits::within(milliseconds{50}));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::deadline_exceeded);
    EXPECT_TRUE(connection.usable());
    EXPECT_EQ(
        database.run("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%'"
                     " AND state = 'active' AND pid <> pg_backend_pid()"),
        "0"
    );
}

TEST_F(MessageTest, a_stop_that_the_server_does_not_heed_is_a_success) {
    // Asked for when the last statement is done: there is nothing left to cancel.
    recorder.after_statement = [&](std::size_t) { stop.request_stop(); };
    EXPECT_TRUE(connection.run_message("SELECT 1", recorder, {.stop = stop.get_token()}));
    database.run("CREATE TABLE t(i int)");
    // This block swallows the cancel and goes on.
    std::jthread stopper{[&] {
        await_statement(database, connection.backend_pid(), "swallow");
        second.request_stop();
    }};
    const auto done = connection.run_message(
        "DO $$BEGIN PERFORM 'swallow', pg_sleep(600); EXCEPTION WHEN query_canceled THEN"
        " INSERT INTO t VALUES (1); END$$",
        {.stop = second.get_token()}
    );
    EXPECT_TRUE(done);
    EXPECT_EQ(database.run("SELECT count(*) FROM t"), "1");
}

TEST_F(MessageTest, a_stop_ends_an_endless_copy) {
    struct Endless final : MessageHandler {
        void on_statement(std::size_t, const Rows&) override {}
        std::string_view next_copy_data(std::size_t) override {
            if (++pieces == 100) stop.request_stop();
            return piece;
        }
        std::stop_source stop;
        std::string piece = std::string(2000, '7') + "\n";
        int pieces = 0;
    } endless;
    database.run("CREATE TABLE t(s text)");
    const auto done = connection.run_message("COPY t FROM STDIN", endless, {.stop = endless.stop.get_token()});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::cancelled);
    EXPECT_TRUE(connection.usable());
    EXPECT_EQ(database.run("SELECT count(*) FROM t"), "0");
}

TEST_F(MessageTest, a_message_of_64_mb_arrives_whole) {
    constexpr std::size_t kSize = 64UL << 20U;
    const auto text = fmt::format("SELECT length('{}'); SELECT 2", std::string(kSize, 'x'));
    const auto done = connection.run_message(text, recorder, limits);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(recorder.values[0], std::to_string(kSize));
    EXPECT_TRUE(connection.query({"test.one", "SELECT 1"}, limits));
}

TEST_F(MessageTest, does_not_deadlock_when_both_sides_have_much_to_say) {
    // A notice of a megabyte for each statement, while megabytes of COPY data are still being sent.
    std::size_t noticed = 0;
    connection.on_notice([&](const Notice&) { ++noticed; });
    database.run(
        "CREATE TABLE t(s text); CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE WARNING '%', repeat('x', 1000000); RETURN new; END$$;"
        " CREATE TRIGGER shout BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION shout()"
    );
    recorder.pieces.assign(40, std::string(1'000'000, 'y') + "\n");
    const auto done = connection.run_message("COPY t FROM STDIN", recorder, limits);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(noticed, 40U);
}

TEST_F(MessageTest, a_stop_while_a_long_message_is_sent_breaks_the_connection) {
    // The server is stopped as a process, so that it can't read what is sent.
    auto own = pg_server::Throwaway::start({}, limits);
    ASSERT_TRUE(own) << own.error().message;
    auto stuck = Connection::open(own->conninfo(), limits);
    ASSERT_TRUE(stuck);
    ::kill(stuck->backend_pid(), SIGSTOP);
    const std::string text = "SELECT '" + std::string(32UL << 20U, 'x') + "'";
    const auto done = stuck->run_message(text, Limits::within(milliseconds{100}));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::deadline_exceeded);
    EXPECT_FALSE(stuck->usable());
    ::kill(stuck->backend_pid(), SIGCONT);
}

TEST_F(MessageTest, an_ended_session_is_a_lost_connection_with_the_servers_reason) {
    std::jthread ender{[&] {
        await_statement(database, connection.backend_pid(), "pg_sleep");
        database.run(fmt::format("SELECT pg_terminate_backend({})", connection.backend_pid()));
    }};
    const auto done = connection.run_message("SELECT 1; SELECT pg_sleep(600)", recorder, limits);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::unavailable);
    EXPECT_EQ(done.error().sqlstate, "57P01");
    EXPECT_THAT(done.error().message, HasSubstr("was lost while running a message: terminating connection"));
    EXPECT_EQ(connection.failed_index(), 1U);
    EXPECT_FALSE(connection.usable());
}

}  // namespace
}  // namespace drydock::pg
