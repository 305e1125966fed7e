#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "pg/conninfo.h"
#include "pg_server/binaries.h"
#include "pg_server/cluster_template.h"

namespace drydock::pg_server {

// A throw-away server: copied from a cached template, gone with this object, and also when this process is killed.
struct ThrowawayOptions {
    std::optional<Binaries> binaries{};
    std::optional<ClusterTemplate> from{};  // in place of the cached template: a cluster that these programs made
    bool durable = false;                   // fsync and synchronous commits as in production
    std::vector<std::string> settings{};    // "name=value", as for postgres -c
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
    std::filesystem::path folder() const;    // holds pgdata, the socket and server.log
    void kill();                             // SIGKILL, at once, as a crash
    Result<> restart(const Limits& limits);  // after kill() and stop(): the same address
    // Clean, as for a backup: whoever is connected is sent away, and what the folder holds then is whole. The folder
    // stays as long as this object does.
    Result<> stop(const Limits& limits);
    // After stop(): copies the cluster to where another one can be started from. Names the superuser's password, too.
    Result<ClusterTemplate> copy_to(const std::filesystem::path& pgdata) const;

    struct Impl;

private:
    explicit Throwaway(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace drydock::pg_server
