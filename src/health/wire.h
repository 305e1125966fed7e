#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "health/outcome.h"
#include "health/target.h"
#include "net/address.h"
#include "net/tls.h"

namespace drydock::health {

// What a call on a wire came to.
struct Step {
    enum class State : std::uint8_t { waiting, done, failed };
    State state = State::waiting;
    bool write = false;  // waits to write, too, and not only to read
    Finding finding{};   // of what is over

    static Step waits(bool to_write = false) { return {.write = to_write}; }
    static Step done(Finding what = {}) { return {.state = State::done, .finding = std::move(what)}; }
    static Step failed(Finding what) { return {.state = State::failed, .finding = std::move(what)}; }
};

// One connection to a database, spoken to without ever waiting. After `failed` it is good for nothing but to be
// destroyed.
class Wire {
public:
    virtual ~Wire() = default;
    // Until it is signed in. The host is the name that its certificate is for; the address is what is dialled.
    // `target` must live as long as connecting takes.
    virtual Step connect(const Target& target, const Host& host, const net::Address& address) = 0;
    // Asks whether all is well; one question at a time.
    virtual Step ask() = 0;
    // To be called when the socket shows something.
    virtual Step ready() = 0;
    // Where connecting has got to.
    virtual Phase phase() const = 0;
    virtual int fd() const = 0;
    // While nothing is asked: whether what the socket shows is something else than its end.
    virtual bool still_open() = 0;
};

// Makes wires, and keeps what is costly to make anew for each connection. Used by one thread.
class Wires {
public:
    std::unique_ptr<Wire> make(Type type);

    // Of the same options the same context.
    Result<net::TlsContext> tls(const net::TlsOptions& options);
    // SCRAM's salted password (RFC 5802: Hi), which takes thousands of hashes. `digest` is "SHA256" or "SHA1".
    Secret salted_password(const char* digest, const std::string& password, const std::string& salt, int iterations);

private:
    std::map<std::string, net::TlsContext> contexts_;  // by a hash of the options
    std::map<std::string, Secret> salted_;             // by a hash of all that goes in
};

std::unique_ptr<Wire> make_postgres_wire(Wires& wires);
std::unique_ptr<Wire> make_redis_wire(Wires& wires);
std::unique_ptr<Wire> make_mongo_wire(Wires& wires);

}  // namespace drydock::health
