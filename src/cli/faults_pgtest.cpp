// Breaks a run of twenty migrations at every message of the protocol, and looks whether the next run ends where an
// undisturbed one does. The real binary, against a real server.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // which glibc 2.36 forgets
#include <sys/pidfd.h>
}

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/random.h"
#include "testing/message_proxy.h"
#include "testing/postgres.h"

extern "C" char** environ;

namespace drydock::cli {
namespace {

constexpr std::string_view kMigrations[] = {
    "CREATE TABLE a (id int PRIMARY KEY, t text); INSERT INTO a SELECT n, 'x' || n FROM generate_series(1, 100) AS n;",
    "CREATE INDEX CONCURRENTLY a_t ON a (t);",
    "BEGIN;\nCREATE TABLE b (a int REFERENCES a);\nINSERT INTO b SELECT id FROM a;\nCOMMIT;\n",
    "-- nothing but a comment\n",
    "CREATE TYPE mood AS ENUM ('calm'); CREATE TABLE m (v mood);",
    "ALTER TYPE mood ADD VALUE 'glad';\nINSERT INTO m VALUES ('glad');",
    "CREATE TABLE c (n int, t text);\nCOPY c FROM stdin;\n1\tone\n2\ttwo\n\\.\nUPDATE c SET t = t || '!';",
    "VACUUM a;",
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$; CREATE VIEW v AS SELECT f() AS "
    "one;",
    "CREATE TABLE d AS SELECT 1 AS n; CREATE UNIQUE INDEX CONCURRENTLY d_n ON d (n); INSERT INTO d VALUES (2);",
    "SELECT 1; BEGIN; INSERT INTO d VALUES (3); COMMIT; BEGIN; INSERT INTO d VALUES (4); COMMIT;",
    "BEGIN; DELETE FROM d; ROLLBACK; INSERT INTO d VALUES (5);",
    "CREATE INDEX CONCURRENTLY ON c (n);\nCREATE INDEX CONCURRENTLY ON c (t);",
    "DROP INDEX CONCURRENTLY a_t;",
    "SET search_path = pg_catalog; CREATE TABLE public.e (n int DEFAULT 7); INSERT INTO public.e DEFAULT VALUES;",
    "INSERT INTO e VALUES (8); ALTER TABLE e ADD COLUMN m int;",
    "REINDEX INDEX CONCURRENTLY d_n;",
    "CREATE TABLE p (n int) PARTITION BY LIST (n); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); INSERT INTO p "
    "VALUES (1);",
    "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;",
    "INSERT INTO a VALUES (1000, 'the end');",
};

constexpr std::string_view kFingerprint = R"(
    SELECT md5(string_agg(line, E'\n' ORDER BY line)) FROM (
        SELECT format('%s %s %s', c.relkind, c.oid::regclass, i.indisvalid)
        FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT format('column %s.%s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod))
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
        UNION ALL SELECT format('a %s', a) FROM a UNION ALL SELECT format('b %s', b) FROM b
        UNION ALL SELECT format('c %s', c) FROM c UNION ALL SELECT format('d %s', d) FROM d
        UNION ALL SELECT format('e %s', e) FROM e UNION ALL SELECT format('m %s', m) FROM m
        UNION ALL SELECT format('p1 %s', p1) FROM p1
        UNION ALL SELECT format('history %s %s', id, status) FROM drydock.migration
    ) AS lines (line))";

// A program that was started and is waited for, but not for ever.
class Program {
public:
    explicit Program(std::vector<std::string> arguments) {
        std::vector<char*> argv;
        for (auto& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions{};
        ::posix_spawn_file_actions_init(&actions);
        for (const int fd : {1, 2}) ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
        const int error = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (error == 0) handle_ = ::pidfd_open(pid_, 0);
        if (handle_ < 0) ADD_FAILURE() << arguments[0] << " can't be started: " << std::strerror(error);
    }
    Program(Program&& other) noexcept
        : pid_(other.pid_), reaped_(other.reaped_), handle_(std::exchange(other.handle_, -1)) {}
    Program& operator=(Program&&) = delete;
    ~Program() {
        if (handle_ < 0) return;
        if (!reaped_) {
            kill();
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(handle_);
    }

    // From any thread; of one that has ended meanwhile it reaches nobody else.
    void kill() const {
        if (handle_ >= 0) ::pidfd_send_signal(handle_, SIGKILL, nullptr, 0);
    }
    // The exit code, or 128 + the signal.
    int wait() {
        if (handle_ < 0) return -1;
        pollfd ended{handle_, POLLIN, 0};
        if (::poll(&ended, 1, static_cast<int>(kPatience.count())) != 1) {
            ADD_FAILURE() << "drydock has not ended";
            kill();
        }
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
        reaped_ = true;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }

private:
    static constexpr std::chrono::milliseconds kPatience{std::chrono::minutes{2}};
    pid_t pid_ = -1;
    bool reaped_ = false;
    int handle_ = -1;  // names this process also when its number is another's
};

class Faults : public ::testing::Test {
protected:
    Faults() : dir_(std::filesystem::temp_directory_path() / ("drydock-faults-" + random_hex(6))) {
        std::filesystem::create_directories(dir_);
        for (std::size_t i = 0; i < std::size(kMigrations); ++i) {
            const auto number = (i < 9 ? "0" : "") + std::to_string(i + 1);
            EXPECT_TRUE(write_file(dir_ / (number + "_m.sql"), kMigrations[i]));
        }
        auto started = pg_server::Throwaway::start({.settings = {"synchronous_commit=on"}}, {});
        if (started) server_.emplace(*std::move(started));
        EXPECT_TRUE(server_);
        const auto tcp = server_->tcp_conninfo();
        proxy_ = std::make_unique<testing::MessageProxy>(static_cast<std::uint16_t>(std::stoi(tcp.get("port"))));
    }
    ~Faults() override { std::filesystem::remove_all(dir_); }

    std::string url(bool through_proxy) const {
        auto where = server_->tcp_conninfo();
        where.set("dbname", "target").set("sslmode", "disable").set("gssencmode", "disable");
        if (through_proxy) where.set("port", std::to_string(proxy_->port()));
        return where.url();
    }
    Program up(bool through_proxy) const {
        return Program{
            {DRYDOCK_BINARY, "migrate", "up", "--dir", dir_.string(), "--database-url", url(through_proxy), "--quiet"}
        };
    }
    void fresh_database() const {
        testing::run_on(server_->conninfo(), "DROP DATABASE IF EXISTS target WITH (FORCE)");
        testing::run_on(server_->conninfo(), "CREATE DATABASE target");
    }
    std::string fingerprint() const {
        auto where = server_->conninfo();
        where.set("dbname", "target");
        return testing::run_on(where, kFingerprint);
    }

    // Breaks one run at each message in turn, `step` apart, and lets the next one end it.
    void break_everywhere(
        std::size_t step, const std::function<void(const Program&)>& how, const std::function<void()>& mend
    ) {
        fresh_database();
        proxy_->break_at(0);
        ASSERT_EQ(up(true).wait(), 0);
        const auto expected = fingerprint();
        const auto messages = proxy_->seen();
        ASSERT_GT(messages, 200U);
        for (std::size_t n = 1; n <= messages; n += step) {
            fresh_database();
            // The program starts once the break is set; the break needs to know it.
            std::optional<Program> program;
            std::promise<void> known;
            const auto started = known.get_future().share();
            proxy_->break_at(n, [&, started] {
                started.wait();
                how(*program);
            });
            program.emplace(up(true));
            known.set_value();
            const int first = program->wait();
            proxy_->break_at(0);  // the last words of a program may come through after its end
            mend();
            ASSERT_EQ(up(false).wait(), 0)
                << "after a break at message " << n << " of " << messages << " (exit " << first << ")";
            ASSERT_EQ(fingerprint(), expected) << "after a break at message " << n << " of " << messages;
        }
    }

    std::filesystem::path dir_;
    std::optional<pg_server::Throwaway> server_;
    std::unique_ptr<testing::MessageProxy> proxy_;
};

TEST_F(Faults, TheConnectionIsCutAtEveryMessage) {
    break_everywhere(1, [](const Program&) {}, [] {});
}

TEST_F(Faults, DrydockIsKilledAtEveryMessage) {
    break_everywhere(1, [](const Program& program) { program.kill(); }, [] {});
}

TEST_F(Faults, TheServerIsKilledAtEveryFewMessages) {
    std::atomic<bool> killed{false};
    break_everywhere(
        5,
        [&](const Program&) {
            server_->kill();
            killed = true;
        },
        [&] {
            if (!killed.exchange(false)) return;
            const auto again = server_->restart({});
            ASSERT_TRUE(again) << again.error().message;
        }
    );
}

TEST_F(Faults, AFinishedRunSurvivesTheServer) {
    fresh_database();
    ASSERT_EQ(up(false).wait(), 0);
    const auto expected = fingerprint();
    server_->kill();
    ASSERT_TRUE(server_->restart({}));
    EXPECT_EQ(fingerprint(), expected);
}

}  // namespace
}  // namespace drydock::cli
