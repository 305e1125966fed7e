#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drydock::net {

// Where a connection goes: an IP address and port, or the path of a Unix socket. A value, as the kernel takes it.
class Address {
public:
    // "192.0.2.1", "2001:db8::1" or "[2001:db8::1]"; no name and no short form such as "127.1".
    static std::optional<Address> parse(std::string_view text, std::uint16_t port);
    static std::optional<Address> unix_path(std::string_view path);
    static std::optional<Address> from(const sockaddr* address, socklen_t size);

    const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t size() const { return size_; }
    int family() const { return storage_.ss_family; }
    std::uint16_t port() const;  // 0 for a Unix socket
    std::string host() const;    // without the port and without brackets; a Unix socket's path

    // The four bytes of an IPv4 address, or the sixteen of an IPv6 address; nothing for another kind.
    std::optional<std::array<std::uint8_t, 4>> v4() const;
    std::optional<std::array<std::uint8_t, 16>> v6() const;

    bool operator==(const Address& other) const { return host() == other.host() && port() == other.port(); }

private:
    sockaddr_storage storage_{};
    socklen_t size_ = 0;
};

}  // namespace drydock::net
