#include "pg_server/throwaway.h"

#include <signal.h>

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "pg_server/cluster.h"
#include "pg_server/cluster_template.h"
#include "pg_server/copy_tree.h"
#include "pg_server/exec_plan.h"
#include "pg_server/postmaster.h"
#include "pg_server/supervisor.h"
#include "pg_server/system_user.h"
#include "pg_server/throwaway_folder.h"

namespace drydock::pg_server {
namespace {

using std::filesystem::path;

constexpr int kPortTries = 5;
constexpr std::chrono::milliseconds kStopLook{20};

// mmap for dynamic shared memory: what a killed server leaves is in its folder and goes with it.
constexpr std::string_view kSettings =
    "listen_addresses = '127.0.0.1'\n"
    "unix_socket_permissions = 0700\n"
    "password_encryption = 'scram-sha-256'\n"
    "max_connections = 50\n"
    "shared_buffers = 16MB\n"
    "dynamic_shared_memory_type = mmap\n"
    "wal_level = replica\n"
    "jit = off\n"
    "timezone = 'UTC'\n"
    "log_timezone = 'UTC'\n";

constexpr std::string_view kNotDurable =
    "fsync = off\n"
    "full_page_writes = off\n"
    "synchronous_commit = off\n"
    "autovacuum = off\n";

std::string in_settings_file(std::string_view value) {
    std::string result = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') result += c;
        result += c;
    }
    return result + "'";
}

}  // namespace

struct Throwaway::Impl {
    std::optional<SystemUser> user;
    path folder;
    bool durable = false;
    std::string password;
    std::optional<Supervisor> supervisor;
    pg::Conninfo socket;
    int port = 0;
    int pid = 0;

    path pgdata() const { return folder / "pgdata"; }

    Result<> choose_port() {
        DRYDOCK_TRY(port, free_port());
        const auto text = fmt::format(
            "port = {}\nunix_socket_directories = {}\n{}{}",
            port,
            in_settings_file(quoted_folder(folder)),
            kSettings,
            durable ? "" : kNotDurable
        );
        return write_owned(pgdata() / "postgresql.conf", text, user);
    }

    Result<> start_server(const Limits& limits) {
        const auto log = ServerLog::from_here(folder / "server.log");
        DRYDOCK_TRY(pid, supervisor->start_server());
        DRYDOCK_TRY(const auto server, ProcessHandle::open(pid));
        if (!server) return start_failed(log);
        DRYDOCK_TRY([[maybe_unused]] const auto file, wait_until_ready(pgdata(), *server, log, limits));
        return {};
    }
};

Result<Throwaway> Throwaway::start(const ThrowawayOptions& options, const Limits& limits) {
    auto impl = std::make_unique<Impl>();
    DRYDOCK_TRY(impl->user, server_user());
    DRYDOCK_TRY(const auto binaries, options.binaries ? Result<Binaries>{*options.binaries} : find_binaries());
    DRYDOCK_TRY(
        auto made,
        options.from ? Result<ClusterTemplate>{*options.from} : cluster_template(binaries, impl->user, limits)
    );
    DRYDOCK_TRY(auto place, make_throwaway_folder(options.durable, impl->user, limits));
    impl->folder = place.folder;
    impl->durable = options.durable;
    impl->password = std::move(made.password);

    std::vector<std::string> argv{binaries.program("postgres").string(), "-D", impl->pgdata().string()};
    for (const auto& setting : options.settings) argv.insert(argv.end(), {"-c", setting});
    Supervisor::Plan plan{
        .server = std::make_unique<ExecPlan>(argv, impl->folder / "server.log", impl->folder, impl->user),
        .folder = place.folder,
        .lock_file = place.lock_file
    };
    // Before the copy, so that it goes whatever happens to us from here on.
    DRYDOCK_TRY(impl->supervisor, Supervisor::start(std::move(plan), std::move(place.lock)));
    DRYDOCK_TRY_VOID(copy_tree(made.pgdata, impl->pgdata(), impl->user));

    Result<> started;
    for (int tried = 0; tried < kPortTries; ++tried) {
        DRYDOCK_TRY_VOID(impl->choose_port());
        started = impl->start_server(limits);
        if (started || classify_start_failure(started.error().detail) != StartFailure::port_taken) break;
    }
    if (!started) return std::move(started).error();
    impl->socket.set("host", impl->folder.string())
        .set("port", std::to_string(impl->port))
        .set("user", "postgres")
        .set("dbname", "postgres");
    return Throwaway{std::move(impl)};
}

Throwaway::Throwaway(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Throwaway::Throwaway(Throwaway&&) noexcept = default;
Throwaway& Throwaway::operator=(Throwaway&&) noexcept = default;
Throwaway::~Throwaway() = default;

const pg::Conninfo& Throwaway::conninfo() const {
    return impl_->socket;
}

pg::Conninfo Throwaway::tcp_conninfo() const {
    auto result = impl_->socket;
    result.set("host", "127.0.0.1").set("password", impl_->password);
    return result;
}

int Throwaway::pid() const {
    return impl_->pid;
}
path Throwaway::folder() const {
    return impl_->folder;
}

void Throwaway::kill() {
    // It fails only when the supervisor was killed, and then the kernel has ended the server with it.
    [[maybe_unused]] const auto killed = impl_->supervisor->kill_server();
}

Result<> Throwaway::restart(const Limits& limits) {
    return impl_->start_server(limits);
}

Result<> Throwaway::stop(const Limits& limits) {
    DRYDOCK_TRY(const auto server, ProcessHandle::open(impl_->pid));
    if (!server) return {};
    server->signal(SIGINT);
    while (!server->ended(kStopLook)) {
        if (auto over = limits_over(limits, "stopping the throw-away server")) return *std::move(over);
    }
    return {};
}

Result<ClusterTemplate> Throwaway::copy_to(const path& pgdata) const {
    if (read_postmaster_file(impl_->pgdata())) {
        return Error{.code = ErrorCode::internal, .message = "the throw-away server was not stopped before its copy"};
    }
    DRYDOCK_TRY_VOID(copy_tree(impl_->pgdata(), pgdata, impl_->user));
    return ClusterTemplate{.pgdata = pgdata, .password = impl_->password};
}

}  // namespace drydock::pg_server
