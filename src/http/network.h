#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace drydock::http {

// A range of addresses: "10.0.0.0/8", "2001:db8::/32", or one address. IPv4 is kept as its mapped IPv6 form, so that
// a client reads the same through a socket of either family.
class Network {
public:
    static Result<Network> parse(std::string_view text);
    bool contains(std::string_view address) const;

private:
    std::array<std::uint8_t, 16> bytes_{};
    unsigned bits_ = 128;
};

// The shortest way to write an address ("::ffff:192.0.2.1" is "192.0.2.1"), or nothing where it is none.
std::optional<std::string> canonical_address(std::string_view text);

// Who the client is, when the peer of the connection sent this X-Forwarded-For: from the right, the first address that
// is no trusted proxy. What stands further left was written by the client itself and says nothing.
std::string client_address(std::string_view peer, std::string_view forwarded_for, std::span<const Network> trusted);
bool trusted(std::string_view peer, std::span<const Network> proxies);

// Whether this can stand in a Host header: a name or an address, with a port or without; empty counts (RFC 9110, 7.2).
// What else RFC 3986 would let pass is in no name of a server, and is where two readers see different things.
bool is_host(std::string_view text);

}  // namespace drydock::http
