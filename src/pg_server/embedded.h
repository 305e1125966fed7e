#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/limits.h"
#include "base/result.h"
#include "pg/conninfo.h"
#include "pg_server/binaries.h"

namespace drydock::pg_server {

// The embedded server: a private one in a data folder, which outlives the process that started it.
struct EmbeddedOptions {
    std::filesystem::path data_dir;  // holds pgdata/, the socket folder, server.log, credentials (mode 0700)
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

// Where the data is when nothing is said: root's in /var/lib/drydock, else $XDG_DATA_HOME/drydock or
// ~/.local/share/drydock.
std::filesystem::path default_data_dir();

// Makes the cluster when there is none, starts it when it does not run, adopts it when it does.
Result<pg::Conninfo> start_embedded(const EmbeddedOptions& options, const Limits& limits);
Result<> stop_embedded(const EmbeddedOptions& options, const Limits& limits);
Result<Status> embedded_status(const EmbeddedOptions& options);
// Where a running embedded server is reached (the owner role, over the Unix socket).
Result<pg::Conninfo> embedded_conninfo(const EmbeddedOptions& options);
// The same over the loopback port, with the password: for programs that know no Unix sockets.
Result<pg::Conninfo> embedded_tcp_conninfo(const EmbeddedOptions& options);

}  // namespace drydock::pg_server
