#pragma once

#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/process.h"
#include "pg/connection.h"
#include "testing/postgres.h"
#include "testing/surroundings.h"

namespace drydock::migrate {

constexpr const char* kPgBouncer = "/usr/sbin/pgbouncer";

inline bool has_pgbouncer() {
    return ::access(kPgBouncer, X_OK) == 0;
}

// PgBouncer with its own defaults in front of the test server, on a socket in a folder of its own.
class Bouncer {
public:
    explicit Bouncer(std::string_view pool_mode, int pool_size = 20) {
        const auto server = testing::server().tcp_conninfo();
        const auto settings = folder_.path() / "pgbouncer.ini";
        const auto written = write_file(
            settings,
            fmt::format(
                "[databases]\n* = host={} port={} user={} password={}\n[pgbouncer]\npool_mode = {}\ndefault_pool_size "
                "= "
                "{}\nunix_socket_dir = {}\nlisten_port = 6432\nauth_type = any\n",
                server.get("host"),
                server.get("port"),
                server.get("user"),
                server.get("password"),
                pool_mode,
                pool_size,
                folder_.path().string()
            )
        );
        if (!written) ADD_FAILURE() << written.error().message;
        Command command{.argv = {kPgBouncer, settings.string()}, .directory = "/"};
        // It refuses to run as root.
        if (::geteuid() == 0) {
            const auto* const user = ::getpwnam("postgres");
            if (!user) {
                ADD_FAILURE() << "there is no user postgres";
                return;
            }
            command.user = user->pw_uid;
            command.group = user->pw_gid;
            for (const auto& path : {folder_.path(), settings}) {
                EXPECT_EQ(::chown(path.c_str(), user->pw_uid, user->pw_gid), 0);
            }
        }
        thread_ = std::jthread{[command](const std::stop_token& stop) {
            const auto ended = run(command, {.stop = stop});
            if (ended) ADD_FAILURE() << "pgbouncer ended: " << ended->output;
            if (!ended && ended.error().code != ErrorCode::cancelled) ADD_FAILURE() << ended.error().message;
        }};
    }

    // The same database, through the pooler.
    pg::Conninfo through(const pg::Conninfo& database) const {
        auto where = database;
        where.set("host", folder_.path().string()).set("port", "6432");
        const auto until = Limits::Clock::now() + std::chrono::seconds{30};
        while (!pg::Connection::open(where, {.deadline = until}) && Limits::Clock::now() < until) {
        }
        return where;
    }

private:
    testing::TempFolder folder_;
    std::jthread thread_;
};

}  // namespace drydock::migrate
