#include "http/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::http {
namespace {

using Address = std::array<std::uint8_t, 16>;

std::optional<Address> parse_address(std::string_view text, bool* is_v4 = nullptr) {
    if (text.empty() || text.size() > 45) return std::nullopt;
    const std::string copy{text};
    Address bytes{};
    in_addr v4{};
    if (::inet_pton(AF_INET, copy.c_str(), &v4) == 1) {
        bytes[10] = bytes[11] = 0xFF;
        std::memcpy(&bytes[12], &v4, 4);
        if (is_v4) *is_v4 = true;
        return bytes;
    }
    if (::inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) return bytes;
    return std::nullopt;
}

// "[2001:db8::1]:8080", "192.0.2.1:80", and both without a port.
std::string_view without_port(std::string_view text) {
    if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
    if (std::ranges::count(text, ':') == 1) return text.substr(0, text.find(':'));
    return text;
}

}  // namespace

Result<Network> Network::parse(std::string_view text) {
    const auto slash = text.find('/');
    bool is_v4 = false;
    const auto address = parse_address(trim(text.substr(0, slash)), &is_v4);
    const auto wrong = [&] {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("\"{}\" is no address and no network", text),
            .hint = "Write it as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7.",
        };
    };
    if (!address) return wrong();
    Network network;
    network.bytes_ = *address;
    if (slash == std::string_view::npos) return network;
    unsigned bits = 0;
    const auto digits = trim(text.substr(slash + 1));
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits > (is_v4 ? 32U : 128U)) return wrong();
    network.bits_ = is_v4 ? bits + 96 : bits;
    return network;
}

bool Network::contains(std::string_view address) const {
    const auto bytes = parse_address(address);
    if (!bytes) return false;
    const auto whole = bits_ / 8;
    if (std::memcmp(bytes->data(), bytes_.data(), whole) != 0) return false;
    const auto rest = bits_ % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xFFU << (8 - rest));
    return ((*bytes)[whole] & mask) == (bytes_[whole] & mask);
}

std::optional<std::string> canonical_address(std::string_view text) {
    const auto bytes = parse_address(text);
    if (!bytes) return std::nullopt;
    constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (std::equal(kMapped.begin(), kMapped.end(), bytes->begin()))
        return ::inet_ntop(AF_INET, &(*bytes)[12], buffer.data(), buffer.size());
    return ::inet_ntop(AF_INET6, bytes->data(), buffer.data(), buffer.size());
}

bool trusted(std::string_view peer, std::span<const Network> proxies) {
    // Who may open the socket's file is decided by its folder and mode.
    if (peer == "unix") return true;
    return std::ranges::any_of(proxies, [&](const Network& network) { return network.contains(peer); });
}

bool is_host(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view{"-._~%:[]"}.find(c) != std::string_view::npos;
    });
}

std::string client_address(
    std::string_view peer, std::string_view forwarded_for, std::span<const Network> trusted_proxies
) {
    std::string client{peer};
    if (!trusted(peer, trusted_proxies)) return client;
    auto hops = split(forwarded_for, ',');
    while (!hops.empty()) {
        const auto hop = canonical_address(without_port(trim(hops.back())));
        if (!hop) break;  // what a trusted proxy did not write as an address can't be followed further
        client = *hop;
        if (!trusted(client, trusted_proxies)) break;
        hops.pop_back();
    }
    return client;
}

}  // namespace drydock::http
