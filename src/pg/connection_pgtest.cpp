#include "pg/connection.h"

#include <random>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pg/retry.h"
#include "testing/postgres.h"
#include "testing/socket_server.h"

namespace drydock::pg {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
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

class ConnectionTest : public ::testing::Test {
protected:
    testing::Database database;
    Connection connection = database.connect();
    Limits limits = Limits::within(seconds{30});
    std::stop_source stop;
};

TEST_F(ConnectionTest, gives_rows_with_their_types_and_nulls) {
    const std::array<Param, 3> params{"41", std::nullopt, "it's"};
    const auto rows = connection.query(
        {"test.rows", "SELECT $1::int + 1 AS n, $2::text AS missing, $3::text AS t, true, 2.5::float8, ''::text"},
        params,
        limits
    );
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(rows->size(), 1);
    EXPECT_EQ(rows->columns(), 6);
    EXPECT_EQ(rows->column_name(0), "n");
    EXPECT_EQ(rows->integer(0, 0), 42);
    EXPECT_TRUE(rows->is_null(0, 1));
    EXPECT_EQ(rows->optional_text(0, 1), std::nullopt);
    EXPECT_EQ(rows->text(0, 1), "");
    EXPECT_EQ(rows->integer(0, 1), 0);
    EXPECT_EQ(rows->text(0, 2), "it's");
    EXPECT_TRUE(rows->boolean(0, 3));
    EXPECT_EQ(rows->number(0, 4), 2.5);
    EXPECT_EQ(rows->optional_text(0, 5), "");
    EXPECT_EQ(rows->command_tag(), "SELECT 1");
}

TEST_F(ConnectionTest, counts_changed_rows) {
    database.run("CREATE TABLE t(i int)");
    const auto inserted = connection.query({"test.insert", "INSERT INTO t SELECT generate_series(1, 7)"}, limits);
    ASSERT_TRUE(inserted) << inserted.error().message;
    EXPECT_EQ(inserted->affected(), 7);
    EXPECT_EQ(inserted->command_tag(), "INSERT 0 7");
    EXPECT_EQ(connection.query({"test.ddl", "TRUNCATE t"}, limits)->affected(), 0);
    EXPECT_EQ(Rows{}.affected(), 0);
    EXPECT_EQ(Rows{}.size(), 0);
}

TEST_F(ConnectionTest, a_server_error_has_all_its_parts_and_the_connection_goes_on) {
    const auto rows = connection.query({"test.bad", "SELECT '\xC3\xA4', nothing"}, limits);
    ASSERT_FALSE(rows);
    const auto& error = rows.error();
    EXPECT_EQ(error.code, ErrorCode::failed);
    EXPECT_EQ(error.sqlstate, "42703");
    EXPECT_EQ(error.position, 13U);  // characters, not bytes
    EXPECT_EQ(error.message, "column \"nothing\" does not exist");
    EXPECT_EQ(error.statement, "test.bad");
    EXPECT_TRUE(connection.usable());

    database.run("CREATE TABLE u(i int PRIMARY KEY); INSERT INTO u VALUES (1)");
    const auto again = connection.query({"test.twice", "INSERT INTO u VALUES (1)"}, limits);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().sqlstate, "23505");
    EXPECT_THAT(again.error().detail, HasSubstr("Key (i)=(1) already exists"));
    EXPECT_TRUE(connection.query({"test.one", "SELECT 1"}, limits));
}

TEST_F(ConnectionTest, maps_permission_and_lock_errors) {
    database.run("CREATE TABLE t(); DROP ROLE IF EXISTS test_nobody; CREATE ROLE test_nobody");
    ASSERT_TRUE(connection.run_message("SET ROLE test_nobody", limits));
    const auto denied = connection.query({"test.denied", "SELECT FROM t"}, limits);
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().code, ErrorCode::permission_denied);
    ASSERT_TRUE(connection.run_message("RESET ROLE", limits));
    ASSERT_TRUE(connection.run_message("BEGIN; LOCK t", limits));
    auto other = database.connect();
    const auto locked = other.run_message("BEGIN; LOCK t NOWAIT", limits);
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().code, ErrorCode::locked);
    EXPECT_EQ(locked.error().sqlstate, "55P03");
    EXPECT_EQ(other.transaction_status(), TransactionStatus::in_failed_transaction);
    EXPECT_EQ(connection.transaction_status(), TransactionStatus::in_transaction);
    const auto dropped = connection.run_message("ROLLBACK; DROP ROLE test_nobody", limits);
    EXPECT_TRUE(dropped) << dropped.error().message;
}

TEST_F(ConnectionTest, refuses_a_text_with_a_zero_byte_and_goes_on) {
    const std::array<Param, 1> params{std::string_view{"a\0b", 3}};
    const auto param = connection.query({"test.zero", "SELECT $1::text"}, params, limits);
    ASSERT_FALSE(param);
    EXPECT_EQ(param.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(param.error().message, HasSubstr("$1"));
    EXPECT_FALSE(connection.query({"test.zero", std::string_view{"SELECT 1\0; x", 12}}, limits));
    EXPECT_FALSE(connection.run_message(std::string_view{"SELECT 1\0; x", 12}, limits));
    EXPECT_TRUE(connection.usable());
    EXPECT_TRUE(connection.query({"test.one", "SELECT 1"}, limits));
}

TEST_F(ConnectionTest, refuses_a_copy_as_a_query_and_goes_on) {
    database.run("CREATE TABLE t(i int)");
    for (const auto* text : {"COPY t FROM STDIN", "COPY (SELECT generate_series(1, 100000)) TO STDOUT"}) {
        const auto rows = connection.query({"test.copy", text}, limits);
        ASSERT_FALSE(rows);
        EXPECT_EQ(rows.error().code, ErrorCode::invalid_argument);
        EXPECT_TRUE(connection.usable());
    }
    EXPECT_EQ(connection.query({"test.none", "SELECT count(*) FROM t"}, limits)->integer(0, 0), 0);
}

TEST_F(ConnectionTest, what_is_longer_than_a_result_may_be_ends_the_connection) {
    auto where = testing::server().tcp_conninfo();
    where.set("dbname", database.conninfo().get("dbname")).limit_results(1 << 20);
    const auto long_value = "SELECT repeat('x', 20000000)";
    const auto many_rows = "SELECT repeat('x', 100) FROM generate_series(1, 200000)";
    for (const std::string text : {long_value, many_rows}) {
        auto limited = Connection::open(where, limits).value();
        const auto refused = limited.query({.name = "much", .text = text}, limits);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
        EXPECT_EQ(aftermath(refused.error()), Aftermath::final);
        EXPECT_THAT(refused.error().message, HasSubstr("more than 1.0 MiB"));
        EXPECT_FALSE(limited.usable());
    }
    auto limited = Connection::open(where, limits).value();
    EXPECT_FALSE(limited.run_message(long_value, limits));
}

// A server that reads nothing more and does not stop talking: libpq reads what it says while it sends.
TEST(ConnectionToARogue, is_ended_when_it_says_too_much_while_it_is_spoken_to) {
    const std::string notice =
        "SNOTICE" + std::string(1, '\0') + "M" + std::string(100'000, 'x') + std::string(2, '\0');
    const auto size = static_cast<std::uint32_t>(notice.size() + 4);
    std::string message = "N";
    for (const unsigned shift : {24U, 16U, 8U, 0U}) message += static_cast<char>((size >> shift) & 0xFFU);
    message += notice;
    const testing::SocketServer server{[&](testing::Peer& peer) {
        peer.read();
        peer.write(std::string{"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", 15});
        for (int n = 0; n < 2'000; ++n) peer.write(message);
    }};
    Conninfo where;
    where.set("host", "127.0.0.1").set("port", std::to_string(server.port())).set("user", "u");
    where.set("sslmode", "disable").set("gssencmode", "disable").limit_results(4 << 20);
    const auto limits = Limits::within(seconds{30});
    const std::string text(64UL << 20U, ' ');
    {
        auto connection = Connection::open(where, limits).value();
        const auto told = connection.run_message(text, limits);
        ASSERT_FALSE(told);
        EXPECT_THAT(told.error().message, HasSubstr("more than 4.0 MiB"));
    }
    auto connection = Connection::open(where, limits).value();
    const auto told = connection.query({.name = "ask", .text = text}, limits);
    ASSERT_FALSE(told);
    EXPECT_THAT(told.error().message, HasSubstr("more than 4.0 MiB"));
}

TEST_F(ConnectionTest, each_result_is_measured_by_itself) {
    auto where = testing::server().tcp_conninfo();
    where.set("dbname", database.conninfo().get("dbname")).limit_results(1 << 20);
    auto limited = Connection::open(where, limits).value();
    for (int i = 0; i < 5; ++i) {
        const auto rows = limited.query({.name = "some", .text = "SELECT repeat('x', 300000)"}, limits);
        ASSERT_TRUE(rows) << rows.error().message;
        EXPECT_EQ(rows->text(0, 0).size(), 300'000U);
    }
    EXPECT_TRUE(limited.run_message(
        "SELECT repeat('x', 300000); SELECT repeat('x', 300000) FROM generate_series(1, 20)", limits
    ));
    std::size_t copied = 0;
    const auto sink = [&](std::string_view row) -> Result<> {
        copied += row.size();
        return {};
    };
    EXPECT_TRUE(
        limited.copy_out("COPY (SELECT repeat('x', 300000) FROM generate_series(1, 20)) TO STDOUT", sink, limits)
    );
    EXPECT_GT(copied, 5'000'000U);
    EXPECT_FALSE(limited.copy_out("COPY (SELECT repeat('x', 20000000)) TO STDOUT", sink, limits));
}

TEST_F(ConnectionTest, long_words_of_an_error_are_cut_between_characters) {
    const auto failed = connection.run_message("DO $$BEGIN RAISE EXCEPTION '%', repeat('ä', 100000); END$$", limits);
    ASSERT_FALSE(failed);
    const auto& message = failed.error().message;
    EXPECT_LT(message.size(), 66'000U);
    EXPECT_GT(message.size(), 65'000U);
    EXPECT_TRUE(message.ends_with("ää …")) << message.substr(message.size() - 20);
}

TEST_F(ConnectionTest, a_deadline_ends_a_query_and_the_connection) {
    const auto rows = connection.query({"test.sleep", "SELECT pg_sleep(600)"}, Limits::within(milliseconds{50}));
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, ErrorCode::deadline_exceeded);
    EXPECT_FALSE(connection.usable());
    const auto next = connection.query({"test.one", "SELECT 1"}, limits);
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(connection.cancel(limits));
}

TEST_F(ConnectionTest, a_stop_from_another_thread_wakes_a_query) {
    std::jthread stopper{[&] {
        await_statement(database, connection.backend_pid(), "pg_sleep");
        stop.request_stop();
    }};
    const auto rows = connection.query({"test.sleep", "SELECT pg_sleep(600)"}, {.stop = stop.get_token()});
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, ErrorCode::cancelled);
    EXPECT_FALSE(connection.usable());
}

TEST_F(ConnectionTest, limits_that_are_over_send_nothing) {
    EXPECT_FALSE(connection.query({"test.one", "SELECT 1"}, Limits::within(seconds{-1})));
    EXPECT_FALSE(connection.run_message("SELECT 1", Limits::within(seconds{-1})));
    EXPECT_TRUE(connection.usable());
}

TEST_F(ConnectionTest, cancel_from_another_thread_stops_the_statement_only) {
    std::jthread canceller{[&] {
        await_statement(database, connection.backend_pid(), "pg_sleep");
        EXPECT_TRUE(connection.cancel(limits));
    }};
    const auto rows = connection.query({"test.sleep", "SELECT pg_sleep(600)"}, limits);
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().sqlstate, "57014");
    EXPECT_EQ(rows.error().code, ErrorCode::failed);
    EXPECT_TRUE(connection.query({"test.one", "SELECT 1"}, limits));
}

TEST_F(ConnectionTest, notices_reach_their_receiver) {
    std::vector<Notice> notices;
    connection.on_notice([&](const Notice& notice) { notices.push_back(notice); });
    auto moved = std::move(connection);
    ASSERT_TRUE(moved.run_message(
        "SET client_min_messages = notice; DO $$BEGIN RAISE WARNING 'careful' USING DETAIL = 'd', HINT = 'h',"
        " ERRCODE = '01003'; RAISE NOTICE 'said'; END$$",
        limits
    ));
    ASSERT_EQ(notices.size(), 2U);
    EXPECT_EQ(notices[0].severity, "WARNING");
    EXPECT_EQ(notices[0].sqlstate, "01003");
    EXPECT_EQ(notices[0].message, "careful");
    EXPECT_EQ(notices[0].detail, "d");
    EXPECT_EQ(notices[0].hint, "h");
    EXPECT_EQ(notices[1].severity, "NOTICE");
}

TEST_F(ConnectionTest, a_notification_arrives_and_none_is_no_error) {
    ASSERT_TRUE(connection.run_message("LISTEN orders", limits));
    const auto none = connection.wait_notification(Limits::within(milliseconds{20}));
    ASSERT_TRUE(none);
    EXPECT_EQ(*none, std::nullopt);
    EXPECT_TRUE(connection.usable());

    auto other = database.connect();
    std::jthread sender{[&] { EXPECT_TRUE(other.run_message("NOTIFY orders, 'one'; NOTIFY orders, 'two'", limits)); }};
    for (const auto* payload : {"one", "two"}) {
        const auto got = connection.wait_notification(limits);
        ASSERT_TRUE(got);
        ASSERT_TRUE(*got);
        EXPECT_EQ((*got)->channel, "orders");
        EXPECT_EQ((*got)->payload, payload);
        EXPECT_EQ((*got)->pid, other.backend_pid());
    }
}

TEST_F(ConnectionTest, a_stop_ends_the_wait_for_a_notification_and_keeps_the_connection) {
    ASSERT_TRUE(connection.run_message("LISTEN orders", limits));
    std::jthread stopper{[&] { stop.request_stop(); }};
    const auto got = connection.wait_notification({.stop = stop.get_token()});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, ErrorCode::cancelled);
    EXPECT_TRUE(connection.query({"test.one", "SELECT 1"}, limits));
}

TEST_F(ConnectionTest, an_ended_idle_session_is_noticed_with_its_reason) {
    ASSERT_TRUE(connection.run_message("LISTEN orders", limits));
    EXPECT_TRUE(connection.still_open());
    database.run(fmt::format("SELECT pg_terminate_backend({}, 10000)", connection.backend_pid()));
    const auto got = connection.wait_notification(limits);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, ErrorCode::unavailable);
    EXPECT_EQ(got.error().sqlstate, "57P01");
    EXPECT_FALSE(connection.usable());
    EXPECT_FALSE(connection.still_open());
}

TEST_F(ConnectionTest, quoting_survives_the_server_in_both_string_modes) {
    std::mt19937 random{7};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same cases each time
    static constexpr std::string_view kCharacters = "a'\"\\$\n\t%;-E\xC3\xA4";
    for (const auto* mode : {"on", "off"}) {
        ASSERT_TRUE(connection.run_message(
            fmt::format("SET escape_string_warning = off; SET standard_conforming_strings = {}", mode), limits
        ));
        for (int i = 0; i < 100; ++i) {
            std::string text;
            for (std::size_t n = 1 + random() % 20; n > 0; --n) {
                // Whole characters only: the last two bytes are one.
                const auto at = random() % (kCharacters.size() - 1);
                text += kCharacters.substr(at, at == kCharacters.size() - 2 ? 2 : 1);
            }
            const auto sql = fmt::format("SELECT {} AS {}", quote_literal(text), quote_identifier(text));
            const auto rows = connection.query({"test.quote", sql}, limits);
            ASSERT_TRUE(rows) << sql << rows.error().message;
            EXPECT_EQ(rows->text(0, 0), text);
            EXPECT_EQ(rows->column_name(0), text);
        }
    }
}

TEST_F(ConnectionTest, speaks_utf8_and_names_itself) {
    EXPECT_EQ(connection.parameter("client_encoding"), "UTF8");
    EXPECT_EQ(connection.parameter("application_name"), "drydock");
    EXPECT_EQ(connection.parameter("no_such_parameter"), "");
    EXPECT_GT(connection.server_version(), 90000);
    EXPECT_EQ(
        connection.query({"test.pid", "SELECT pg_backend_pid()"}, limits)->integer(0, 0), connection.backend_pid()
    );
    auto named = database.conninfo();
    named.set("application_name", "mine").set("client_encoding", "LATIN1");
    const auto other = Connection::open(named, limits);
    ASSERT_TRUE(other);
    EXPECT_EQ(other->parameter("application_name"), "mine");
    EXPECT_EQ(other->parameter("client_encoding"), "UTF8");
    EXPECT_EQ(other->conninfo().get("application_name"), "mine");
}

}  // namespace
}  // namespace drydock::pg
