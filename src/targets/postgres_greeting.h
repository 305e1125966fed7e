#pragma once

#include <chrono>
#include <cstdint>

#include "base/limits.h"
#include "base/result.h"
#include "net/dialler.h"
#include "net/tls.h"
#include "targets/address.h"

namespace drydock::targets {

// What a PostgreSQL server wants to see before it lets somebody in.
enum class Proof : std::uint8_t { nothing, cleartext, md5, scram, scram_bound, other };

struct Greeting {
    Proof asks = Proof::other;
    std::chrono::nanoseconds answered{};  // from the startup message to the demand
};

// Says who is coming, and hears what proof is asked for, without giving any; then hangs up. libpq can't tell us
// beforehand, and sends a password in clear where that is what a server wants. Errors: of the network, of TLS
// (unavailable), and what the server itself says (no such user in pg_hba.conf, no such database …).
// `timing` is filled in as it goes. Without a context nothing is encrypted.
Result<Greeting> greet(
    const Address& address,
    const Host& host,
    const net::Dialler& dialler,
    const net::TlsContext* tls,
    net::Timing& timing,
    const Limits& limits
);

}  // namespace drydock::targets
