#include "pg_server/embedded.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "base/files.h"
#include "pg_server/cluster.h"
#include "pg_server/embedded_home.h"
#include "pg_server/exec_plan.h"
#include "pg_server/file_lock.h"
#include "pg_server/postmaster.h"
#include "pg_server/system_user.h"

namespace drydock::pg_server {
namespace {

using std::filesystem::path;

constexpr std::string_view kOwner = "drydock";
constexpr std::string_view kHba =
    "# Passwords everywhere: other users of this machine can reach the loopback port too.\n"
    "local all all scram-sha-256\n"
    "local replication all scram-sha-256\n"
    "host all all 127.0.0.1/32 scram-sha-256\n"
    "host replication all 127.0.0.1/32 scram-sha-256\n";
constexpr std::uintmax_t kLogLimit = 16 << 20;
constexpr int kPortTries = 5;
constexpr std::chrono::seconds kOldProcessesTime{10};
constexpr std::chrono::milliseconds kRetryTick{100};
constexpr std::chrono::milliseconds kStopTick{20};

// One start or stop at a time, and the folder as it was found under the lock.
struct Session {
    EmbeddedHome home;
    std::optional<SystemUser> user;
    FileLock lock;
};

Result<Session> open_session(const EmbeddedOptions& options, const Limits& limits) {
    const EmbeddedHome home{options.data_dir};
    DRYDOCK_TRY(auto user, home.user());
    DRYDOCK_TRY_VOID(check_reachable(home.folder(), user, limits));
    DRYDOCK_TRY_VOID(make_folder(home.folder(), 0700, user));
    DRYDOCK_TRY(auto lock, FileLock::take(home.lock_file(), FileLock::Mode::exclusive, limits));
    return Session{.home = home, .user = std::move(user), .lock = std::move(lock)};
}

// The cluster's own version; made with the newest when there is no cluster.
Result<Binaries> prepare_cluster(const Session& session, const EmbeddedOptions& options, const Limits& limits) {
    const auto pgdata = session.home.pgdata();
    if (const auto major = cluster_major(pgdata)) {
        if (options.binaries && options.binaries->major() == *major) return *options.binaries;
        return find_binaries_of_major(*major);
    }
    std::error_code error;
    if (std::filesystem::exists(pgdata, error)) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("{} is there, but is not a PostgreSQL data folder", pgdata.string()),
            .hint = "move it away, or choose another data folder"
        };
    }
    DRYDOCK_TRY(const auto binaries, options.binaries ? Result<Binaries>{*options.binaries} : find_binaries());
    DRYDOCK_TRY(const auto password, session.home.create_password());
    const ClusterPlan plan{
        .binaries = binaries,
        .pgdata = pgdata,
        .owner = std::string{kOwner},
        .password = password.reveal(),
        .hba = std::string{kHba}
    };
    DRYDOCK_TRY_VOID(make_cluster(plan, session.user, limits));
    return binaries;
}

// Sockets and their lock files of a server that was killed. The new one would believe a lock file whose number went to
// another program of its user, and the folder is this server's alone.
void remove_old_sockets(const path& socket_dir) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{socket_dir, error}) {
        if (entry.path().filename().string().starts_with(".s.PGSQL.")) std::filesystem::remove(entry.path(), error);
    }
}

void rotate_log(const path& log) {
    std::error_code error;
    const auto size = std::filesystem::file_size(log, error);
    if (!error && size > kLogLimit) std::filesystem::rename(log, log.string() + ".1", error);
}

// On the command line, so that no setting in the cluster can open the server to others.
std::vector<std::string> server_argv(
    const Session& session, const Binaries& binaries, int port, const path& socket_dir
) {
    std::vector<std::string> argv{binaries.program("postgres").string(), "-D", session.home.pgdata().string()};
    for (const auto& setting :
         {std::string{"listen_addresses=127.0.0.1"},
          fmt::format("port={}", port),
          "unix_socket_directories=" + quoted_folder(socket_dir),
          std::string{"unix_socket_permissions=0700"},
          // Not "$user": the owner is called drydock, as the schema in which the engine keeps its history.
          std::string{"search_path=public"},
          std::string{"log_destination=stderr"},
          std::string{"logging_collector=off"}}) {
        argv.insert(argv.end(), {"-c", setting});
    }
    return argv;
}

Result<> launch(const Session& session, const Binaries& binaries, int wanted_port, const Limits& limits) {
    DRYDOCK_TRY(const int port, free_port(wanted_port));
    DRYDOCK_TRY(const auto socket_dir, session.home.socket_dir(session.user));
    remove_old_sockets(socket_dir);
    const auto log = ServerLog::from_here(session.home.log_file());
    const ExecPlan plan{
        server_argv(session, binaries, port, socket_dir), log.file, session.home.folder(), session.user
    };
    DRYDOCK_TRY(const auto server, plan.launch_detached());
    if (!server) return start_failed(log);
    DRYDOCK_TRY(const auto file, wait_until_ready(session.home.pgdata(), *server, log, limits));
    return session.home.remember(file.port, socket_dir);
}

Result<> launch_with_retries(const Session& session, const Binaries& binaries, const Limits& limits) {
    rotate_log(session.home.log_file());
    const auto old_processes = limits.at_most(kOldProcessesTime);
    int port = session.home.last_port();
    for (int tried = 1;;) {
        auto started = launch(session, binaries, port, limits);
        if (started) return {};
        const auto failure = classify_start_failure(started.error().detail);
        const bool again = (failure == StartFailure::port_taken && ++tried <= kPortTries) ||
                           (failure == StartFailure::old_processes && !limits_over(old_processes, ""));
        if (!again) return started;
        if (failure == StartFailure::port_taken)
            port = 0;
        else
            ::usleep(static_cast<useconds_t>(std::chrono::microseconds{kRetryTick}.count()));
    }
}

Result<> wait_ended(const ProcessHandle& server, const Limits& limits) {
    while (!server.ended(kStopTick)) {
        if (auto over = limits_over(limits, "waiting for the server to stop")) {
            return std::move(*over).with_hint("it goes on stopping by itself");
        }
    }
    return {};
}

Result<pg::Conninfo> conninfo_of(const EmbeddedHome& home, bool over_tcp) {
    DRYDOCK_TRY(const auto server, find_postmaster(home.pgdata()));
    const auto file = read_postmaster_file(home.pgdata());
    if (!server || !file || file->port == 0) {
        return Error{
            .code = ErrorCode::unavailable,
            .message = "the embedded server does not run",
            .hint = "start it with: drydock pg start"
        };
    }
    DRYDOCK_TRY(const auto password, home.password());
    pg::Conninfo result;
    result.set("host", over_tcp ? "127.0.0.1" : file->socket_dir)
        .set("port", std::to_string(file->port))
        .set("user", kOwner)
        .set("password", password.reveal())
        .set("dbname", "postgres");
    return result;
}

int version_of(const EmbeddedHome& home, const std::optional<ProcessHandle>& server) {
    const int major = cluster_major(home.pgdata()).value_or(0);
    std::error_code error;
    Result<Binaries> binaries = find_binaries_of_major(major);
    if (server) {
        const auto program = std::filesystem::read_symlink(fmt::format("/proc/{}/exe", server->pid()), error);
        if (!error) binaries = binaries_in(program.parent_path());
    }
    return binaries ? binaries->version : major * 10000;
}

}  // namespace

path default_data_dir() {
    if (::geteuid() == 0) return "/var/lib/drydock";
    if (const char* const data = std::getenv("XDG_DATA_HOME"); data && *data == '/') return path{data} / "drydock";
    return home_folder() / ".local" / "share" / "drydock";
}

Result<pg::Conninfo> start_embedded(const EmbeddedOptions& options, const Limits& limits) {
    DRYDOCK_TRY(const auto session, open_session(options, limits));
    const auto pgdata = session.home.pgdata();
    DRYDOCK_TRY(auto running, find_postmaster(pgdata));
    if (running) {
        // Somebody may have been killed between starting it and seeing it ready, or be stopping it by hand.
        const auto file = read_postmaster_file(pgdata);
        if (file && file->status == "stopping") {
            DRYDOCK_TRY_VOID(wait_ended(*running, limits));
            running.reset();
        } else {
            const ServerLog log{.file = session.home.log_file()};
            DRYDOCK_TRY_VOID(wait_until_ready(pgdata, *running, log, limits));
        }
    }
    if (!running) {
        DRYDOCK_TRY(const auto binaries, prepare_cluster(session, options, limits));
        DRYDOCK_TRY_VOID(disarm_stale_file(pgdata, session.user));
        DRYDOCK_TRY_VOID(launch_with_retries(session, binaries, limits));
    }
    return conninfo_of(session.home, false);
}

Result<> stop_embedded(const EmbeddedOptions& options, const Limits& limits) {
    std::error_code error;
    if (!std::filesystem::exists(options.data_dir, error) && !error) return {};
    DRYDOCK_TRY(const auto session, open_session(options, limits));
    DRYDOCK_TRY(const auto running, find_postmaster(session.home.pgdata()));
    if (!running) return {};
    running->signal(SIGINT);
    return wait_ended(*running, limits);
}

Result<Status> embedded_status(const EmbeddedOptions& options) {
    const EmbeddedHome home{options.data_dir};
    Status status{.data_dir = home.folder(), .log_file = home.log_file()};
    struct stat info{};
    if (::stat(home.pgdata().c_str(), &info) != 0) {
        if (errno == ENOENT) return status;
        return file_error("reading", home.pgdata(), errno);
    }
    if (!cluster_major(home.pgdata())) return status;
    DRYDOCK_TRY(const auto server, find_postmaster(home.pgdata()));
    status.state = server ? State::running : State::stopped;
    status.port = home.last_port();
    status.version = version_of(home, server);
    if (!server) return status;
    status.pid = server->pid();
    if (const auto file = read_postmaster_file(home.pgdata())) {
        status.port = file->port;
        status.started_at = std::chrono::system_clock::from_time_t(file->started_at);
    }
    return status;
}

Result<pg::Conninfo> embedded_conninfo(const EmbeddedOptions& options) {
    return conninfo_of(EmbeddedHome{options.data_dir}, false);
}

Result<pg::Conninfo> embedded_tcp_conninfo(const EmbeddedOptions& options) {
    return conninfo_of(EmbeddedHome{options.data_dir}, true);
}

}  // namespace drydock::pg_server
