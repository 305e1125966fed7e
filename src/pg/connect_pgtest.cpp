#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pg/connection.h"
#include "testing/postgres.h"

namespace drydock::pg {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

// A port of 127.0.0.1 on which connections are taken by the kernel, and nobody ever answers.
class SilentHost {
public:
    SilentHost() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(socket_, generic, size), 0);
        EXPECT_EQ(::listen(socket_, 16), 0);
        EXPECT_EQ(::getsockname(socket_, generic, &size), 0);
        port_ = ntohs(address.sin_port);
    }
    ~SilentHost() { ::close(socket_); }
    SilentHost(const SilentHost&) = delete;
    SilentHost& operator=(const SilentHost&) = delete;

    int port() const { return port_; }

private:
    int socket_;
    int port_ = 0;
};

class ConnectTest : public ::testing::Test {
protected:
    // The test server behind others.
    Conninfo behind(std::string_view hosts, std::string_view ports) const {
        auto info = tcp;
        info.set("host", fmt::format("{},{}", hosts, tcp.get("host")));
        info.set("hostaddr", "");
        info.set("port", fmt::format("{},{}", ports, tcp.get("port")));
        return info;
    }

    Conninfo tcp = testing::server().tcp_conninfo();
    Limits limits = Limits::within(seconds{30});
};

// A port that nobody listens on: bound once and let go.
int dead_port() {
    return SilentHost{}.port();
}

TEST_F(ConnectTest, a_refused_connection_says_where_and_why) {
    tcp.set("port", std::to_string(dead_port()));
    const auto opened = Connection::open(tcp, limits);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::unavailable);
    EXPECT_EQ(opened.error().sqlstate, "08001");
    EXPECT_THAT(opened.error().message, HasSubstr(fmt::format("127.0.0.1:{}/postgres", tcp.get("port"))));
    EXPECT_THAT(opened.error().message, HasSubstr("Connection refused"));
    EXPECT_THAT(opened.error().hint, HasSubstr("listens"));
}

TEST_F(ConnectTest, a_wrong_password_is_unauthenticated_and_stays_hidden) {
    tcp.set("password", "hunter2");
    const auto opened = Connection::open(tcp, limits);
    ASSERT_FALSE(opened);
    const auto& error = opened.error();
    EXPECT_EQ(error.code, ErrorCode::unauthenticated);
    EXPECT_EQ(error.sqlstate, "28P01");
    EXPECT_THAT(error.message, HasSubstr("password authentication failed"));
    EXPECT_THAT(error.hint, HasSubstr("password"));
    EXPECT_THAT(error.message + error.detail + error.hint, Not(HasSubstr("hunter2")));
}

TEST_F(ConnectTest, a_missing_password_is_asked_for) {
    tcp.set("password", "").set("passfile", "/dev/null");
    const auto opened = Connection::open(tcp, limits);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::unauthenticated);
    EXPECT_THAT(opened.error().hint, HasSubstr("Give a password"));
}

TEST_F(ConnectTest, a_missing_database_is_not_found) {
    tcp.set("dbname", "no_such_database");
    const auto opened = Connection::open(tcp, limits);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::not_found);
    EXPECT_EQ(opened.error().sqlstate, "3D000");
    EXPECT_THAT(opened.error().message, HasSubstr("no_such_database"));
}

TEST_F(ConnectTest, a_value_that_libpq_does_not_take_is_the_callers_fault) {
    tcp.set("sslmode", "perhaps");
    const auto opened = Connection::open(tcp, limits);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(opened.error().message, HasSubstr("perhaps"));
}

TEST_F(ConnectTest, a_dbname_is_never_read_as_keywords) {
    tcp.set("dbname", "host=/nowhere dbname=postgres");
    const auto opened = Connection::open(tcp, limits);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().sqlstate, "3D000");
}

TEST_F(ConnectTest, goes_on_to_the_next_host_when_the_first_is_dead) {
    const auto where = behind("127.0.0.1", std::to_string(dead_port()));
    auto opened = Connection::open(where, limits);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_TRUE(opened->query({"test.one", "SELECT 1"}, limits));
    EXPECT_EQ(opened->conninfo().pairs(), where.pairs());
}

TEST_F(ConnectTest, connect_timeout_leaves_a_host_that_hangs) {
    const SilentHost silent;
    auto where = behind("127.0.0.1", std::to_string(silent.port()));
    where.set("connect_timeout", "1");
    const auto opened = Connection::open(where, Limits{});
    ASSERT_TRUE(opened) << opened.error().message;

    tcp.set("port", std::to_string(silent.port())).set("connect_timeout", "1");
    const auto alone = Connection::open(tcp, limits);
    ASSERT_FALSE(alone);
    EXPECT_EQ(alone.error().code, ErrorCode::unavailable);
    EXPECT_THAT(alone.error().message, HasSubstr("did not answer in time"));
}

TEST_F(ConnectTest, a_host_that_hangs_gets_only_its_share_of_the_time) {
    const SilentHost silent;
    const auto opened =
        Connection::open(behind("127.0.0.1", std::to_string(silent.port())), Limits::within(seconds{4}));
    ASSERT_TRUE(opened) << opened.error().message;
}

TEST_F(ConnectTest, the_limits_end_a_connection_attempt) {
    const SilentHost silent;
    tcp.set("port", std::to_string(silent.port()));
    const auto late = Connection::open(tcp, Limits::within(milliseconds{50}));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = Connection::open(tcp, {.stop = stop.get_token()});
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
}

TEST_F(ConnectTest, authentication_that_fails_tries_no_other_host) {
    auto where = behind("127.0.0.1", tcp.get("port"));
    where.set("password", "wrong");
    const auto opened = Connection::open(where, limits);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().sqlstate, "28P01");
    EXPECT_THAT(opened.error().message, Not(HasSubstr("none of the hosts")));
}

TEST_F(ConnectTest, target_session_attrs_chooses_among_the_hosts) {
    auto where = behind("127.0.0.1", std::to_string(dead_port()));
    EXPECT_TRUE(Connection::open(where.set("target_session_attrs", "read-write"), limits));
    EXPECT_TRUE(Connection::open(where.set("target_session_attrs", "prefer-standby"), limits));
    const auto standby = Connection::open(where.set("target_session_attrs", "standby"), limits);
    ASSERT_FALSE(standby);
    EXPECT_EQ(standby.error().code, ErrorCode::unavailable);
    EXPECT_THAT(standby.error().message, HasSubstr("none of the hosts"));
    EXPECT_THAT(standby.error().message, HasSubstr("not in hot standby mode"));
}

TEST_F(ConnectTest, a_full_server_is_unavailable_with_its_sqlstate) {
    auto own =
        pg_server::Throwaway::start({.settings = {"max_connections=4", "superuser_reserved_connections=0"}}, limits);
    ASSERT_TRUE(own) << own.error().message;
    std::vector<Connection> open;
    for (;;) {
        auto next = Connection::open(own->conninfo(), limits);
        if (!next) {
            EXPECT_EQ(next.error().code, ErrorCode::unavailable);
            EXPECT_EQ(next.error().sqlstate, "53300");
            break;
        }
        open.push_back(*std::move(next));
        ASSERT_LE(open.size(), 4U);
    }
}

TEST_F(ConnectTest, a_server_killed_in_the_middle_of_a_query_is_a_lost_connection) {
    auto own = pg_server::Throwaway::start({}, limits);
    ASSERT_TRUE(own) << own.error().message;
    auto opened = Connection::open(own->conninfo(), limits);
    auto watcher = Connection::open(own->conninfo(), limits);
    ASSERT_TRUE(opened && watcher);
    std::jthread killer{[&] {
        const auto text = fmt::format(
            "DO $$BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {} AND state = 'active')"
            " LOOP PERFORM pg_sleep(0.005), pg_stat_clear_snapshot(); END LOOP; END$$",
            opened->backend_pid()
        );
        EXPECT_TRUE(watcher->run_message(text, limits));
        own->kill();
    }};
    const auto rows = opened->query({"test.sleep", "SELECT pg_sleep(600)"}, limits);
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, ErrorCode::unavailable);
    EXPECT_THAT(rows.error().message, HasSubstr("was lost while running test.sleep"));
    EXPECT_FALSE(opened->usable());
    killer.join();
    ASSERT_TRUE(own->restart(limits));
    EXPECT_TRUE(Connection::open(own->conninfo(), limits));
}

// Under TLS a cancel goes over a second session; see cancel.cpp.
TEST_F(ConnectTest, cancels_under_tls) {
    auto own = pg_server::Throwaway::start({}, limits);
    ASSERT_TRUE(own) << own.error().message;
    auto owner = Connection::open(own->conninfo(), limits);
    ASSERT_TRUE(owner);
    // The server makes its own certificate, so the key has the owner it insists on.
    const auto folder = owner->query({"test.folder", "SHOW data_directory"}, limits);
    ASSERT_TRUE(folder);
    const auto program = fmt::format(
        "cd {} && umask 077 && cat >/dev/null && openssl req -new -x509 -nodes -subj /CN=localhost -days 2"
        " -newkey rsa:2048 -keyout server.key -out server.crt 2>/dev/null",
        folder->text(0, 0)
    );
    const auto made =
        owner->run_message(fmt::format("COPY (SELECT 1) TO PROGRAM {}; ", quote_literal(program)), limits);
    ASSERT_TRUE(made) << made.error().message;
    for (const auto* text : {"ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()"}) {
        ASSERT_TRUE(owner->query({"test.tls", text}, limits));
    }
    auto where = own->tcp_conninfo();
    where.set("sslmode", "require");
    auto secured = Connection::open(where, limits);
    // The reload takes a moment to reach the postmaster.
    while (!secured && secured.error().message.find("does not support SSL") != std::string::npos) {
        secured = Connection::open(where, limits);
    }
    ASSERT_TRUE(secured) << secured.error().message;
    const auto done = secured->run_message("SELECT pg_sleep(600)", Limits::within(milliseconds{100}));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::deadline_exceeded);
    EXPECT_EQ(done.error().sqlstate, "57014");
    EXPECT_TRUE(secured->usable());
}

}  // namespace
}  // namespace drydock::pg
