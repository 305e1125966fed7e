#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/dialler.h"
#include "net/tls.h"

namespace drydock::mongo {

struct Host {
    std::string name;  // a host name or an IP address
    std::uint16_t port = 27017;
};

struct ConnectOptions {
    std::vector<Host> hosts;
    std::string user{};  // empty: don't sign in
    Secret password{};
    std::string auth_source = "admin";
    std::string auth_mechanism{};  // empty: what the server prefers (SCRAM)
    std::string replica_set{};     // with a name, the other members are found and dialled too
    std::optional<net::TlsContext> tls{};
    std::string app_name = "drydock";
    // For dialling each host; one that is dialled and says nothing is left after four times as long.
    std::chrono::milliseconds connect_timeout{5'000};
};

// A client of a server, or of a replica set, over libmongoc. It dials when it must, and again after a connection
// broke. Each address goes through the dialler, those of members that a server names too. One thread at a time.
//
// Limits hold for every byte that is read or written and for dialling, the stop token too, since libmongoc reads and
// writes through net's streams. What can't be stopped is a command that the server has begun: it ends when the server
// notices, so give maxTimeMS in the command where that matters.
class Client {
public:
    // Reads the options; dials, signs in and asks for a sign of life. `timing` tells how far the first dial came.
    static Result<Client> connect(
        const net::Dialler& dialler, const ConnectOptions& options, const Limits& limits, net::Timing* timing = nullptr
    );
    Client(Client&& other) noexcept;
    Client& operator=(Client&& other) noexcept;
    ~Client();

    Result<> ping(const Limits& limits);
    Result<std::string> server_version(const Limits& limits);
    Result<std::vector<std::string>> databases(const Limits& limits);
    Result<std::vector<std::string>> collections(const std::string& database, const Limits& limits);
    // A command and its whole answer, both as extended JSON (the answer in its relaxed form). An answer with ok: 0 is
    // an Error. Nothing is tried again but reads, once, as drivers do.
    Result<std::string> command(const std::string& database, std::string_view json, const Limits& limits);
    // updateUser: a new password for a user of this database.
    Result<> set_password(
        const std::string& database, const std::string& user, const Secret& password, const Limits& limits
    );

    struct Impl;

private:
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace drydock::mongo
