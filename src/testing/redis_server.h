#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "testing/certificates.h"
#include "testing/child_process.h"
#include "testing/surroundings.h"

namespace drydock::testing {

struct RedisSettings {
    std::string password{};            // of the default user
    std::vector<std::string> users{};  // "writer on >secret ~app:* +@all", as in an ACL file
    std::optional<CertificateFiles> tls{};
    std::filesystem::path tls_authority{};  // whose client certificates are demanded; empty: none is
    std::vector<std::string> lines{};       // of redis.conf
};

// A redis-server on 127.0.0.1 and a Unix socket, without persistence; gone at the end.
class RedisServer {
public:
    explicit RedisServer(RedisSettings settings = {});

    std::uint16_t port() const { return port_; }
    std::string socket() const { return (folder_.path() / "redis.sock").string(); }
    // Kills it in the middle of whatever it does.
    void kill();
    // On the same port, empty.
    void start();

private:
    bool try_start();

    RedisSettings settings_;
    TempFolder folder_;
    std::uint16_t port_ = 0;
    std::unique_ptr<ChildProcess> process_;
};

}  // namespace drydock::testing
