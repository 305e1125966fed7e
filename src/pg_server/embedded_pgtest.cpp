#include "pg_server/embedded.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "pg_server/cluster.h"
#include "pg_server/process_handle.h"
#include "testing/postgres.h"
#include "testing/surroundings.h"

namespace drydock::pg_server {
namespace {

using std::filesystem::path;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::run_on;

Limits minute() {
    return Limits::within(std::chrono::minutes{1});
}

mode_t mode_of(const path& file) {
    struct stat info{};
    return ::lstat(file.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

struct Child {
    pid_t pid;
    ~Child() {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
};

class Embedded : public ::testing::Test {
protected:
    ~Embedded() override {
        const auto stopped = stop_embedded(options_, minute());
        EXPECT_TRUE(stopped) << stopped.error().message;
    }

    pg::Conninfo start() {
        auto where = start_embedded(options_, minute());
        EXPECT_TRUE(where) << where.error().message << where.error().detail;
        return where.value_or(pg::Conninfo{});
    }
    Status status() const {
        auto found = embedded_status(options_);
        EXPECT_TRUE(found) << found.error().message;
        return found.value_or(Status{});
    }
    void crash() {
        const auto server = ProcessHandle::open(status().pid);
        ASSERT_TRUE(server && *server);
        (*server)->signal(SIGKILL);
        ASSERT_TRUE((*server)->ended(std::chrono::seconds{10}));
    }
    testing::TempFolder folder_;
    EmbeddedOptions options_{.data_dir = folder_.path() / "data"};
};

TEST_F(Embedded, IsMadeStartedStoppedAndStartedAgain) {
    EXPECT_EQ(status().state, State::absent);
    const auto where = start();
    run_on(where, "CREATE TABLE kept AS SELECT 7 AS n");
    EXPECT_EQ(run_on(where, "SHOW data_checksums"), "on");
    EXPECT_EQ(run_on(where, "SHOW server_encoding"), "UTF8");
    EXPECT_EQ(run_on(where, "SELECT current_user"), "drydock");

    const auto running = status();
    EXPECT_EQ(running.state, State::running);
    EXPECT_EQ(running.data_dir, options_.data_dir);
    EXPECT_EQ(fmt::format("{}", running.version), run_on(where, "SHOW server_version_num"));
    EXPECT_EQ(fmt::format("{}", running.port), run_on(where, "SHOW port"));
    EXPECT_LT(std::chrono::system_clock::now() - running.started_at, std::chrono::minutes{1});

    ASSERT_TRUE(stop_embedded(options_, minute()));
    const auto stopped = status();
    EXPECT_EQ(stopped.state, State::stopped);
    EXPECT_EQ(stopped.port, running.port);
    EXPECT_EQ(stopped.version, running.version);
    EXPECT_FALSE(embedded_conninfo(options_));
    EXPECT_TRUE(stop_embedded(options_, minute()));

    EXPECT_EQ(run_on(start(), "SELECT n FROM kept"), "7");
    EXPECT_EQ(status().port, running.port);
}

TEST_F(Embedded, AdoptsWhatRuns) {
    start();
    const auto first = status();
    EXPECT_EQ(run_on(start(), "SELECT 1"), "1");
    EXPECT_EQ(status().pid, first.pid);
}

TEST_F(Embedded, RecoversAfterItsServerWasKilled) {
    run_on(start(), "CREATE TABLE kept AS SELECT 7 AS n");
    const auto first = status();
    crash();
    EXPECT_EQ(status().state, State::stopped);
    EXPECT_EQ(run_on(start(), "SELECT n FROM kept"), "7");
    EXPECT_NE(status().pid, first.pid);
}

TEST_F(Embedded, StartsOverAPidFileWhoseNumberWentToAnotherProgram) {
    start();
    const auto file = options_.data_dir / "pgdata" / "postmaster.pid";
    auto text = read_file(file);
    ASSERT_TRUE(text);
    crash();
    // A program of the server's own user, whom the server would take for its running self.
    const Child other{::fork()};
    if (other.pid == 0) {
        struct stat info{};
        if (::stat(file.c_str(), &info) != 0 || (::geteuid() == 0 && ::setuid(info.st_uid) != 0)) ::_exit(1);
        ::pause();
        ::_exit(0);
    }
    std::ofstream{file} << other.pid << text->substr(text->find('\n'));
    EXPECT_EQ(status().state, State::stopped);
    EXPECT_EQ(run_on(start(), "SELECT 1"), "1");
}

TEST_F(Embedded, IsOneServerForProcessesThatStartItAtOnceAndOutlivesThem) {
    std::array<pid_t, 3> starters{};
    for (auto& starter : starters) {
        starter = ::fork();
        if (starter == 0) ::_exit(start_embedded(options_, minute()) ? 0 : 1);
    }
    for (const auto starter : starters) {
        int how = -1;
        ::waitpid(starter, &how, 0);
        EXPECT_EQ(how, 0);
    }
    EXPECT_EQ(status().state, State::running);
    EXPECT_EQ(run_on(start(), "SELECT 1"), "1");
}

TEST_F(Embedded, ListensOnTheLoopbackAddressWhateverItsSettingsSay) {
    run_on(start(), "ALTER SYSTEM SET listen_addresses = '*'");
    ASSERT_TRUE(stop_embedded(options_, minute()));
    EXPECT_EQ(run_on(start(), "SHOW listen_addresses"), "127.0.0.1");
}

TEST_F(Embedded, AsksForThePasswordOverTcpAndOnTheSocket) {
    start();
    const auto socket = embedded_conninfo(options_);
    const auto tcp = embedded_tcp_conninfo(options_);
    ASSERT_TRUE(socket && tcp);
    for (auto where : {*socket, *tcp}) {
        EXPECT_EQ(run_on(where, "SELECT 1"), "1");
        where.set("password", "guess");
        const auto refused = pg::Connection::open(where, minute());
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().sqlstate, "28P01");
    }
    EXPECT_EQ(run_on(*tcp, "SELECT host(inet_server_addr())"), "127.0.0.1");
    EXPECT_EQ(run_on(*tcp, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'"), "0");
}

TEST_F(Embedded, KeepsItsFilesFromOtherUsers) {
    const auto where = start();
    EXPECT_EQ(mode_of(options_.data_dir), 0700U);
    EXPECT_EQ(mode_of(options_.data_dir / "pgdata"), 0700U);
    EXPECT_EQ(mode_of(options_.data_dir / "run"), 0700U);
    EXPECT_EQ(mode_of(options_.data_dir / "credentials"), 0600U);
    EXPECT_EQ(mode_of(options_.data_dir / "server.log"), 0600U);
    EXPECT_EQ(mode_of(path{where.get("host")} / (".s.PGSQL." + where.get("port"))), 0700U);
    for (const auto& entry : std::filesystem::directory_iterator{options_.data_dir}) {
        EXPECT_THAT(entry.path().string(), Not(HasSubstr("making"))) << "initdb's password file must be gone";
    }
}

TEST_F(Embedded, RunsAsAnotherUserThanRoot) {
    if (::geteuid() != 0) GTEST_SKIP() << "not root";
    start();
    struct stat info{};
    ASSERT_EQ(::stat(fmt::format("/proc/{}", status().pid).c_str(), &info), 0);
    EXPECT_NE(info.st_uid, 0U);
}

TEST_F(Embedded, TakesNothingOfOurEnvironment) {
    const testing::WithEnvironment database{"PGDATABASE", "elsewhere"};
    const testing::WithEnvironment port{"PGPORT", "1"};
    const testing::WithEnvironment locale{"LC_MESSAGES", "de_DE.UTF-8"};
    EXPECT_EQ(run_on(start(), "SHOW lc_messages"), "C.UTF-8");
    const auto environment = read_file(fmt::format("/proc/{}/environ", status().pid));
    ASSERT_TRUE(environment);
    EXPECT_THAT(*environment, HasSubstr("PATH="));
    EXPECT_THAT(*environment, Not(HasSubstr("PGDATABASE")));
    EXPECT_THAT(*environment, Not(HasSubstr("de_DE")));
}

TEST_F(Embedded, HasAShortSocketFolderWhereItsOwnIsTooLong) {
    options_.data_dir = folder_.path() / std::string(120, 'x');
    const auto where = start();
    EXPECT_LT(where.get("host").size(), 60U);
    EXPECT_EQ(mode_of(where.get("host")), 0700U);
    EXPECT_EQ(run_on(where, "SELECT 1"), "1");
    ASSERT_TRUE(stop_embedded(options_, minute()));
    EXPECT_EQ(start().get("host"), where.get("host"));
    ASSERT_TRUE(stop_embedded(options_, minute()));
    EXPECT_TRUE(std::filesystem::remove(where.get("host")));
}

TEST_F(Embedded, HasAnotherSocketFolderWhereItsOwnWouldBeTwoHosts) {
    options_.data_dir = folder_.path() / "mine, all \"mine\"";
    const auto where = start();
    EXPECT_EQ(run_on(where, "SELECT 1"), "1");
    ASSERT_TRUE(stop_embedded(options_, minute()));
    EXPECT_TRUE(std::filesystem::remove(where.get("host"))) << where.get("host");
}

TEST_F(Embedded, TakesAnotherPortWhenItsOwnIsTaken) {
    start();
    const int first = status().port;
    ASSERT_TRUE(stop_embedded(options_, minute()));
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(first));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const void* const generic = &address;
    ASSERT_EQ(::bind(listener, static_cast<const sockaddr*>(generic), sizeof address), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
    EXPECT_EQ(run_on(start(), "SELECT 1"), "1");
    EXPECT_NE(status().port, first);
    ::close(listener);
}

TEST_F(Embedded, TellsFromTheLogWhyAStartFailed) {
    start();
    ASSERT_TRUE(stop_embedded(options_, minute()));
    std::ofstream{options_.data_dir / "pgdata" / "postgresql.conf", std::ios::app} << "no_such_setting = 1\n";
    const auto failed = start_embedded(options_, minute());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::unavailable);
    EXPECT_THAT(failed.error().message, HasSubstr("unrecognized configuration parameter \"no_such_setting\""));
    EXPECT_THAT(failed.error().message, HasSubstr("server.log"));
}

TEST_F(Embedded, StopsWaitingWhenAskedTo) {
    const auto stop = std::make_unique<std::stop_source>();  // on the stack, g++ 12 sees it as uninitialised
    stop->request_stop();
    const auto stopped = start_embedded(options_, Limits::within(std::chrono::minutes{1}, stop->get_token()));
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
    EXPECT_EQ(status().state, State::absent);
}

}  // namespace
}  // namespace drydock::pg_server
