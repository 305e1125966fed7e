#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "pg/conninfo.h"

namespace drydock::pg_server {

// A folder with initdb, postgres, pg_ctl … of one version.
struct Binaries {
    std::filesystem::path folder;
    int version = 0;  // 150020 for 15.20; major * 10000 + minor
};

// The newest of DRYDOCK_PG_BIN (if set, only that one), Debian's /usr/lib/postgresql/*/bin and PATH.
Result<Binaries> find_binaries();
Result<Binaries> binaries_in(const std::filesystem::path& folder);

// The embedded server: a private one in a data folder, which outlives the process that started it.
struct EmbeddedOptions {
    std::filesystem::path data_dir;     // holds pgdata/, the socket folder, server.log, credentials (mode 0700)
    std::optional<Binaries> binaries{};
};

enum class State : std::uint8_t { absent, stopped, running };

struct Status {
    State state = State::absent;
    int pid = 0;
    int port = 0;
    int version = 0;
    std::filesystem::path data_dir;
    std::filesystem::path log_file;
    std::chrono::system_clock::time_point started_at{};
};

// Makes the cluster when there is none, starts it when it does not run, adopts it when it does.
Result<pg::Conninfo> start_embedded(const EmbeddedOptions& options, const Limits& limits);
Result<> stop_embedded(const EmbeddedOptions& options, const Limits& limits);
Result<Status> embedded_status(const EmbeddedOptions& options);
// Where a running embedded server is reached (the owner role, over the Unix socket).
Result<pg::Conninfo> embedded_conninfo(const EmbeddedOptions& options);
// The same over the loopback port, with the password: for programs that know no Unix sockets.
Result<pg::Conninfo> embedded_tcp_conninfo(const EmbeddedOptions& options);

// A throw-away server: copied from a cached template, gone with this object, and also when this process is killed.
struct ThrowawayOptions {
    std::optional<Binaries> binaries{};
    bool durable = false;               // fsync and synchronous commits as in production
    std::vector<std::string> settings{};  // "name=value", as for postgres -c
};

class Throwaway {
public:
    static Result<Throwaway> start(const ThrowawayOptions& options, const Limits& limits);
    Throwaway(Throwaway&&) noexcept;
    Throwaway& operator=(Throwaway&&) noexcept;
    ~Throwaway();

    const pg::Conninfo& conninfo() const;  // superuser, database "postgres", over the Unix socket
    pg::Conninfo tcp_conninfo() const;     // the same over 127.0.0.1
    int pid() const;
    void kill();                           // SIGKILL, at once, as a crash
    Result<> restart(const Limits& limits);  // after kill(): recovery, the same address

    struct Impl;

private:
    explicit Throwaway(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace drydock::pg_server
