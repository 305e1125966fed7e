#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "net/egress.h"
#include "net/resolver.h"
#include "net/stream.h"

namespace drydock::net {

struct Dialled {
    Socket socket;
    Address address;  // that answered
};

// The one way out. It looks a name up, drops the addresses that the policy refuses, and dials those very addresses,
// so a name that means something else a moment later changes nothing. A value; safe from any thread.
class Dialler {
public:
    explicit Dialler(EgressPolicy policy, std::shared_ptr<Resolver> resolver = system_resolver());

    const EgressPolicy& policy() const { return policy_; }

    // The addresses that may be dialled, for a library that dials itself and takes an address (libpq's hostaddr).
    // permission_denied when the policy refuses all of them. A host that begins with '/' is a Unix socket's path.
    Result<std::vector<Address>> resolve_allowed(const std::string& host, std::uint16_t port, const Limits& limits)
        const;

    // Dials the addresses in their order, the next one a quarter of a second later or when one fails (RFC 8305), so
    // that one dead address of a name does not use up the time. `timing`, if given, is filled in as it goes.
    Result<Dialled> dial(const std::string& host, std::uint16_t port, const Limits& limits, Timing* timing = nullptr)
        const;

private:
    EgressPolicy policy_;
    std::shared_ptr<Resolver> resolver_;
};

// Of addresses that were judged already.
Result<Dialled> dial_any(const std::vector<Address>& addresses, const Limits& limits);

}  // namespace drydock::net
