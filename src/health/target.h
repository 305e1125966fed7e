#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/tls.h"

namespace drydock::health {

enum class Type : std::uint8_t { postgresql, mongodb, redis };

struct Host {
    std::string name;  // or an address; a Unix socket's folder or path where it begins with '/'
    std::uint16_t port = 0;
};

// A database to check, with all that dialling it takes.
struct Target {
    std::string id{};               // of the registry
    std::string organization_id{};  // whose it is
    Type type = Type::postgresql;
    std::vector<Host> hosts{};  // the first that answers is taken
    std::string database{};
    std::string user{};
    Secret password{};
    std::string auth_source{};  // MongoDB: the database that knows the user; empty: admin
    net::TlsOptions tls{.mode = net::TlsMode::off};
    // It may have the password in a form that gives it away, to a server that asks so: it is this machine, or somebody
    // has said that they know that server.
    bool trusted = false;
    std::chrono::milliseconds interval{0};  // 0: the prober's own
    // Changes with anything above. Another version closes the connection and checks at once.
    std::string version{};
};

// What there is to check, without opening a secret.
struct Listed {
    std::string id;
    std::string organization_id;
    std::string version;
};

// The registry, as the engine sees it. Called from one thread, never from the prober's loop.
class Source {
public:
    virtual ~Source() = default;
    // Every database of every organization that is to be checked: not those in maintenance or inactive.
    virtual Result<std::vector<Listed>> list(const Limits& limits) = 0;
    // Those of them, ready to dial. One that can't be opened is left out and asked for again the next time.
    virtual Result<std::vector<Target>> open(std::span<const Listed> wanted, const Limits& limits) = 0;
};

}  // namespace drydock::health
