#include "net/egress.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <fmt/format.h>

namespace drydock::net {
namespace {

enum class Class : std::uint8_t { metadata, link_local, unspecified, multicast, reserved, loopback, private_range };

template <std::size_t N>
struct Range {
    std::array<std::uint8_t, N> first;
    unsigned bits;
    Class what;
};
using V4 = std::array<std::uint8_t, 4>;
using V6 = std::array<std::uint8_t, 16>;

// The first that matches holds, so the narrow ones of a wider range come first.
constexpr std::array kV4{
    Range<4>{{169, 254, 169, 254}, 32, Class::metadata},  // AWS, Google, Azure, OpenStack and others
    Range<4>{{169, 254, 170, 2}, 32, Class::metadata},    // credentials of AWS containers
    Range<4>{{169, 254, 170, 23}, 32, Class::metadata},   // the same in Kubernetes
    Range<4>{{100, 100, 100, 200}, 32, Class::metadata},  // Alibaba
    Range<4>{{168, 63, 129, 16}, 32, Class::metadata},    // Azure's host agent
    Range<4>{{192, 0, 0, 192}, 32, Class::metadata},      // Oracle
    Range<4>{{169, 254, 0, 0}, 16, Class::link_local},
    Range<4>{{0, 0, 0, 0}, 8, Class::unspecified},
    Range<4>{{127, 0, 0, 0}, 8, Class::loopback},
    Range<4>{{10, 0, 0, 0}, 8, Class::private_range},
    Range<4>{{172, 16, 0, 0}, 12, Class::private_range},
    Range<4>{{192, 168, 0, 0}, 16, Class::private_range},
    Range<4>{{100, 64, 0, 0}, 10, Class::private_range},
    Range<4>{{198, 18, 0, 0}, 15, Class::private_range},  // benchmarks between networks, RFC 2544
    Range<4>{{192, 0, 0, 0}, 24, Class::reserved},        // RFC 6890
    Range<4>{{192, 88, 99, 0}, 24, Class::reserved},      // 6to4 relays, RFC 7526
    Range<4>{{224, 0, 0, 0}, 4, Class::multicast},
    Range<4>{{240, 0, 0, 0}, 4, Class::reserved},  // broadcast too
};

constexpr std::array kV6{
    Range<16>{{0xFD, 0x00, 0x0E, 0xC2}, 32, Class::metadata},  // AWS: fd00:ec2::254, ::23
    Range<16>{{0xFD, 0x20, 0x00, 0xCE}, 32, Class::metadata},  // Google: fd20:ce::254
    Range<16>{{0xFD, 0x00, 0x00, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42}, 128, Class::metadata},  // Scaleway
    Range<16>{{0xFE, 0x80}, 10, Class::link_local},
    Range<16>{{}, 128, Class::unspecified},
    Range<16>{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, Class::loopback},
    Range<16>{{0xFC, 0x00}, 7, Class::private_range},
    Range<16>{{0xFE, 0xC0}, 10, Class::private_range},
    Range<16>{{0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01}, 48, Class::private_range},  // a network's own NAT64, RFC 8215
    Range<16>{{0xFF, 0x00}, 8, Class::multicast},
    Range<16>{{0x01, 0x00}, 64, Class::reserved},  // discard, RFC 6666
};

template <std::size_t N>
bool within(const std::array<std::uint8_t, N>& address, const std::array<std::uint8_t, N>& first, unsigned bits) {
    for (std::size_t i = 0; i < N && bits > 0; ++i) {
        const unsigned here = std::min(bits, 8U);
        const auto mask = static_cast<std::uint8_t>(0xFFU << (8U - here));
        if ((address[i] & mask) != (first[i] & mask)) return false;
        bits -= here;
    }
    return true;
}

template <std::size_t N, std::size_t M>
std::optional<Class> find(const std::array<std::uint8_t, N>& address, const std::array<Range<N>, M>& ranges) {
    for (const auto& range : ranges) {
        if (within(address, range.first, range.bits)) return range.what;
    }
    return {};
}

// Where an IPv6 address carries an IPv4 one; `flipped` has its bits inverted.
struct Carrier {
    V6 first;
    unsigned bits;
    std::array<std::size_t, 4> at;
    bool flipped = false;
};

constexpr std::array<std::size_t, 4> kLast{12, 13, 14, 15};
constexpr std::array kCarriers{
    Carrier{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 96, kLast},  // mapped: the kernel dials IPv4
    Carrier{{0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0}, 96, kLast},  // translated, RFC 2765
    Carrier{{}, 96, kLast},                                          // compatible
    Carrier{{0x00, 0x64, 0xFF, 0x9B}, 96, kLast},                    // NAT64, RFC 6052
    Carrier{{0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01}, 96, kLast},        // NAT64 of a network's own, by length of prefix
    Carrier{{0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01}, 48, {6, 7, 9, 10}},
    Carrier{{0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01}, 48, {7, 9, 10, 11}},
    Carrier{{0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01}, 48, {9, 10, 11, 12}},
    Carrier{{0x20, 0x02}, 16, {2, 3, 4, 5}},              // 6to4
    Carrier{{0x20, 0x01, 0x00, 0x00}, 32, {4, 5, 6, 7}},  // Teredo: its server
    Carrier{{0x20, 0x01, 0x00, 0x00}, 32, kLast, true},   // Teredo: its client
};

std::string_view name(Class what) {
    switch (what) {
        case Class::metadata:
            return "a cloud provider's metadata service";
        case Class::link_local:
            return "a link-local address";
        case Class::unspecified:
            return "an unspecified address";
        case Class::multicast:
            return "a multicast address";
        case Class::reserved:
            return "a reserved address";
        case Class::loopback:
            return "this machine itself";
        case Class::private_range:
            return "a private network";
    }
    return "a refused address";
}

Error refused(const Address& address, std::string_view kind, std::string_view hint) {
    return Error{
        .code = ErrorCode::permission_denied,
        .message = fmt::format("connecting to {} is not allowed here", kind),
        .hint = std::string{hint},
        .detail = fmt::format("egress refused: {}", address.host())
    };
}

Result<> decide(const EgressPolicy& policy, const Address& address, std::optional<Class> what) {
    if (!what) return {};
    if (*what == Class::loopback && policy.loopback) return {};
    if (*what == Class::private_range && policy.private_ranges) return {};
    std::string_view hint = "Give a public or private host name.";
    if (*what == Class::loopback)
        hint = "The operator of the server can allow it: egress.loopback (DRYDOCK_EGRESS_LOOPBACK=allow).";
    if (*what == Class::private_range)
        hint = "The operator of the server can allow it: egress.private (DRYDOCK_EGRESS_PRIVATE=allow).";
    return refused(address, name(*what), hint);
}

}  // namespace

Result<> EgressPolicy::judge(const Address& address) const {
    if (address.family() == AF_UNIX) {
        if (unix_sockets) return {};
        return refused(address, "a Unix socket", "Give a host name and a port.");
    }
    if (const auto bytes = address.v4()) return decide(*this, address, find(*bytes, kV4));
    const auto bytes = address.v6();
    if (!bytes) return refused(address, "an address of an unknown kind", "Give a host name and a port.");
    const auto own = find(*bytes, kV6);
    DRYDOCK_TRY_VOID(decide(*this, address, own));
    if (own == Class::loopback) return {};  // ::1 would also be a compatible form of 0.0.0.1
    for (const auto& carrier : kCarriers) {
        if (!within(*bytes, carrier.first, carrier.bits)) continue;
        V4 inner{};
        for (std::size_t i = 0; i < inner.size(); ++i) {
            const auto byte = (*bytes)[carrier.at[i]];
            inner[i] = carrier.flipped ? static_cast<std::uint8_t>(~byte) : byte;
        }
        const auto what = find(inner, kV4);
        // The other readings of a network's own NAT64 address are guesses, so only what no reading may reach counts.
        const bool guess = carrier.first[5] == 0x01 && carrier.first[3] == 0x9B;
        if (guess && what != Class::metadata && what != Class::link_local && what != Class::loopback) continue;
        DRYDOCK_TRY_VOID(decide(*this, address, what));
    }
    return {};
}

}  // namespace drydock::net
