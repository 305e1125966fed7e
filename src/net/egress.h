#pragma once

#include "base/result.h"
#include "net/address.h"

namespace drydock::net {

// Which addresses the server may dial for somebody who asked it to. It judges addresses, not names, so ask it about
// the very address that connect(2) gets: a name can mean another one a moment later.
//
// Never: cloud metadata services, link-local, unspecified, multicast, broadcast and reserved addresses. An IPv6
// address that carries an IPv4 one (mapped, compatible, NAT64, 6to4, Teredo) is judged by both.
struct EgressPolicy {
    bool loopback = false;       // 127.0.0.0/8, ::1
    bool private_ranges = true;  // RFC 1918, 100.64.0.0/10 (RFC 6598), fc00::/7, fec0::/10
    bool unix_sockets = false;

    // Nothing, or permission_denied. The Error names the kind of address and not the address itself, so who asks
    // does not learn what a name means inside this network; the address is in its detail.
    Result<> judge(const Address& address) const;

    // For tests and for what the operator himself configured.
    static EgressPolicy everything() { return {.loopback = true, .private_ranges = true, .unix_sockets = true}; }
};

}  // namespace drydock::net
