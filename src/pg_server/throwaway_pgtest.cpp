#include "pg_server/throwaway.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "pg_server/cluster_template.h"
#include "pg_server/file_lock.h"
#include "pg_server/postmaster.h"
#include "pg_server/throwaway_folder.h"
#include "testing/postgres.h"
#include "testing/surroundings.h"

namespace drydock::pg_server {
namespace {

using std::filesystem::path;
using testing::run_on;

Limits minute() {
    return Limits::within(std::chrono::minutes{1});
}

Throwaway start(const ThrowawayOptions& options = {}) {
    auto server = Throwaway::start(options, minute());
    if (!server) {
        ADD_FAILURE() << server.error().message << "\n" << server.error().detail;
        std::abort();
    }
    return *std::move(server);
}

template <class Condition>
bool soon(const Condition& condition) {
    const auto limits = Limits::within(std::chrono::seconds{20});
    while (!limits_over(limits, "")) {
        if (condition()) return true;
        ::usleep(2000);
    }
    return false;
}

bool runs(pid_t pid) {
    const auto handle = ProcessHandle::open(pid);
    return handle && *handle && !(*handle)->ended();
}

pid_t parent_of(pid_t pid) {
    std::ifstream stat{fmt::format("/proc/{}/stat", pid)};
    std::string number, name, state;
    pid_t parent = 0;
    stat >> number >> name >> state >> parent;
    return parent;
}

// A process that makes a server, tells where it is, and waits to be killed.
struct Owner {
    pid_t pid = 0;
    pid_t server = 0;
    path folder{};
};

Owner owner_of_a_server() {
    std::array<int, 2> pipe{};
    EXPECT_EQ(::pipe(pipe.data()), 0);
    Owner owner{.pid = ::fork()};
    if (owner.pid == 0) {
        const auto server = start();
        const auto told = fmt::format("{} {}\n", server.pid(), server.folder().string());
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::write(pipe[1], told.data(), told.size()) > 0) ::pause();
        ::_exit(0);
    }
    ::close(pipe[1]);
    std::array<char, 512> buffer{};
    const auto got = ::read(pipe[0], buffer.data(), buffer.size() - 1);
    ::close(pipe[0]);
    EXPECT_GT(got, 0);
    const std::string told{buffer.data()};
    owner.server = std::stoi(told);
    owner.folder = told.substr(told.find(' ') + 1, told.find('\n') - told.find(' ') - 1);
    return owner;
}

TEST(Throwaway, AnswersOnItsSocketAndOnTheLoopbackPort) {
    const auto server = start();
    EXPECT_EQ(run_on(server.conninfo(), "SELECT current_user || ' ' || current_database()"), "postgres postgres");
    EXPECT_EQ(run_on(server.tcp_conninfo(), "SELECT host(inet_server_addr())"), "127.0.0.1");
    EXPECT_EQ(run_on(server.conninfo(), "SHOW listen_addresses"), "127.0.0.1");
}

TEST(Throwaway, TakesNobodyOverTcpWithoutItsPassword) {
    const auto server = start();
    auto wrong = server.tcp_conninfo();
    wrong.set("password", "guess");
    const auto refused = pg::Connection::open(wrong, minute());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().sqlstate, "28P01");
}

TEST(Throwaway, IsClosedToOtherUsers) {
    const auto server = start();
    struct stat info{};
    ASSERT_EQ(::stat(server.folder().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700U);
    EXPECT_NE(info.st_uid, 0U) << "PostgreSQL refuses to run as root";
}

TEST(Throwaway, IsGoneWithItsObject) {
    path folder;
    pid_t pid = 0;
    {
        const auto server = start();
        folder = server.folder();
        pid = server.pid();
        ASSERT_TRUE(std::filesystem::exists(folder / "pgdata" / "PG_VERSION"));
    }
    EXPECT_FALSE(std::filesystem::exists(folder));
    EXPECT_FALSE(std::filesystem::exists(folder.string() + ".lock"));
    EXPECT_FALSE(runs(pid));
}

TEST(Throwaway, IsGoneAfterItsOwnerWasKilled) {
    const auto owner = owner_of_a_server();
    ASSERT_TRUE(runs(owner.server));
    ::kill(owner.pid, SIGKILL);
    ::waitpid(owner.pid, nullptr, 0);
    EXPECT_TRUE(soon([&] { return !std::filesystem::exists(owner.folder.string() + ".lock"); }));
    EXPECT_FALSE(std::filesystem::exists(owner.folder));
    EXPECT_FALSE(runs(owner.server));
}

TEST(Throwaway, EndsWithItsSupervisorAndIsSweptByTheNextStart) {
    const auto owner = owner_of_a_server();
    const auto supervisor = ProcessHandle::open(parent_of(owner.server));
    ASSERT_TRUE(supervisor && *supervisor);
    (*supervisor)->signal(SIGKILL);
    EXPECT_TRUE(soon([&] { return !runs(owner.server); }));
    ::kill(owner.pid, SIGKILL);
    ::waitpid(owner.pid, nullptr, 0);
    ASSERT_TRUE(std::filesystem::exists(owner.folder));
    EXPECT_TRUE(soon([&] {
        sweep_throwaway_folders(owner.folder.parent_path());
        return !std::filesystem::exists(owner.folder);
    }));
}

TEST(Throwaway, OutlivesAForkedCopyOfItsOwner) {
    const auto server = start();
    const pid_t copy = ::fork();
    if (copy == 0) {
        {
            const Throwaway taken{std::move(const_cast<Throwaway&>(server))};
        }
        ::_exit(0);
    }
    ::waitpid(copy, nullptr, 0);
    EXPECT_EQ(run_on(server.conninfo(), "SELECT 1"), "1");
}

TEST(Throwaway, KeepsCommittedRowsOverACrashWhenDurable) {
    auto server = start({.durable = true});
    EXPECT_EQ(run_on(server.conninfo(), "SHOW fsync"), "on");
    run_on(server.conninfo(), "CREATE TABLE t AS SELECT 42 AS n");
    const auto before = server.conninfo().display();
    const int first = server.pid();
    server.kill();
    EXPECT_FALSE(runs(first));
    const auto restarted = server.restart(minute());
    ASSERT_TRUE(restarted) << restarted.error().message;
    EXPECT_NE(server.pid(), first);
    EXPECT_EQ(server.conninfo().display(), before);
    EXPECT_EQ(run_on(server.conninfo(), "SELECT n FROM t"), "42");
    EXPECT_EQ(run_on(server.tcp_conninfo(), "SELECT 1"), "1");
}

TEST(Throwaway, RestartsWhileABackendOfItsLastLifeIsBusy) {
    auto server = start();
    auto busy = pg::Connection::open(server.conninfo(), minute());
    ASSERT_TRUE(busy);
    std::jthread working{[&] {
        // Uses the processor only, so it doesn't notice that the postmaster is gone.
        const auto ended = busy->run_message("SELECT count(*) FROM generate_series(1, 100000000000)", minute());
        EXPECT_FALSE(ended);
    }};
    ASSERT_TRUE(soon([&] {
        return run_on(
                   server.conninfo(),
                   "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%100000000000)' AND state = 'active' AND "
                   "pid <> pg_backend_pid()"
               ) == "1";
    }));
    server.kill();
    const auto restarted = server.restart(minute());
    ASSERT_TRUE(restarted) << restarted.error().message;
    EXPECT_EQ(run_on(server.conninfo(), "SELECT 1"), "1");
}

TEST(Throwaway, LeavesNoSharedMemoryAfterACrash) {
    int segment = -1;
    {
        auto server = start();
        std::ifstream file{server.folder() / "pgdata" / "postmaster.pid"};
        std::string line;
        for (int i = 0; i < 7; ++i) std::getline(file, line);
        unsigned long key = 0;
        std::istringstream{line} >> key >> segment;
        shmid_ds state{};
        ASSERT_EQ(::shmctl(segment, IPC_STAT, &state), 0) << line;
        server.kill();
    }
    shmid_ds state{};
    EXPECT_EQ(::shmctl(segment, IPC_STAT, &state), -1);
}

TEST(Throwaway, TakesSettings) {
    const auto server = start({.settings = {"work_mem=7MB", "application_name=it's \"quoted\""}});
    EXPECT_EQ(run_on(server.conninfo(), "SHOW work_mem"), "7MB");
    EXPECT_EQ(run_on(server.conninfo(), "SHOW fsync"), "off");
    EXPECT_EQ(run_on(server.conninfo(), "SHOW jit"), "off");
}

TEST(Throwaway, TellsWhatTheServerSaysOfAWrongSetting) {
    const auto server = Throwaway::start({.settings = {"work_mem=much"}}, minute());
    ASSERT_FALSE(server);
    EXPECT_NE(server.error().message.find("invalid value for parameter \"work_mem\""), std::string::npos)
        << server.error().message;
}

TEST(Throwaway, SeveralRunSideBySide) {
    const auto first = start();
    const auto second = start();
    EXPECT_NE(first.folder(), second.folder());
    EXPECT_NE(
        run_on(first.conninfo(), "SELECT system_identifier::text || current_setting('port') FROM pg_control_system()"),
        run_on(second.conninfo(), "SELECT system_identifier::text || current_setting('port') FROM pg_control_system()")
    );
}

TEST(Throwaway, WorksFromATemporaryFolderWithAStrangeName) {
    const testing::TempFolder folder{"/var/tmp"};  // a durable server does without memory file systems
    const auto strange = folder.path() / "it's \"odd\" \\";
    ASSERT_TRUE(std::filesystem::create_directory(strange));
    const testing::WithEnvironment temporary{"TMPDIR", strange.c_str()};
    const auto server = start({.durable = true});
    EXPECT_TRUE(server.folder().string().starts_with(strange.string())) << server.folder();
    EXPECT_EQ(run_on(server.conninfo(), "SELECT 1"), "1");
}

TEST(Throwaway, WorksWithServersOfOtherVersions) {
    for (const auto& binaries : testing::other_versions()) {
        SCOPED_TRACE(binaries.version);
        auto server = start({.binaries = binaries});
        EXPECT_EQ(
            run_on(server.conninfo(), "SELECT current_setting('server_version_num')"),
            fmt::format("{}", binaries.version)
        );
        EXPECT_EQ(run_on(server.tcp_conninfo(), "SELECT 1"), "1");
        server.kill();
        const auto restarted = server.restart(minute());
        ASSERT_TRUE(restarted) << restarted.error().message;
    }
}

TEST(ThrowawayFolders, SweepTakesOnlyWhatNobodyHolds) {
    const testing::TempFolder base;
    std::filesystem::create_directories(base.path() / "dead" / "pgdata" / "base");
    std::filesystem::create_directories(base.path() / "alive" / "pgdata");
    ASSERT_TRUE(write_file(base.path() / "dead.lock", ""));
    ASSERT_TRUE(write_file(base.path() / "dead" / "pgdata" / "PG_VERSION", "15\n"));
    const auto held = FileLock::try_take(base.path() / "alive.lock", FileLock::Mode::exclusive);
    ASSERT_TRUE(held && *held);
    sweep_throwaway_folders(base.path());
    EXPECT_FALSE(std::filesystem::exists(base.path() / "dead"));
    EXPECT_FALSE(std::filesystem::exists(base.path() / "dead.lock"));
    EXPECT_TRUE(std::filesystem::exists(base.path() / "alive" / "pgdata"));
}

TEST(ClusterTemplate, IsMadeAgainAfterItsMakerWasKilled) {
    const testing::TempFolder cache;
    const testing::WithEnvironment where{"XDG_CACHE_HOME", cache.path().c_str()};
    const auto names = [&] {
        std::vector<std::string> result;
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator{cache_folder(), error}) {
            result.push_back(entry.path().filename().string());
        }
        return result;
    };
    const auto any_making = [&] {
        const auto all = names();
        return std::any_of(all.begin(), all.end(), [](const std::string& name) {
            return name.find(".making") != std::string::npos;
        });
    };
    const pid_t maker = ::fork();
    if (maker == 0) {
        start();
        ::_exit(0);
    }
    ASSERT_TRUE(soon(any_making));
    ::kill(maker, SIGKILL);
    ::waitpid(maker, nullptr, 0);
    ASSERT_TRUE(any_making());
    const auto server = start();
    EXPECT_EQ(run_on(server.conninfo(), "SELECT 1"), "1");
    EXPECT_FALSE(any_making());
    EXPECT_EQ(names().size(), 2U);  // the template and its lock
}

}  // namespace
}  // namespace drydock::pg_server
