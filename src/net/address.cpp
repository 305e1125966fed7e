#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace drydock::net {

std::optional<Address> Address::parse(std::string_view text, std::uint16_t port) {
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    const std::string host{text};
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        return from(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
        return from(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
    }
    return {};
}

std::optional<Address> Address::unix_path(std::string_view path) {
    sockaddr_un address{};
    if (path.empty() || path.size() >= sizeof address.sun_path || path.find('\0') != path.npos) return {};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), std::begin(address.sun_path));
    const auto size = offsetof(sockaddr_un, sun_path) + path.size() + 1;
    return from(reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size));
}

std::optional<Address> Address::from(const sockaddr* address, socklen_t size) {
    Address result;
    if (!address || size < sizeof address->sa_family || size > sizeof result.storage_) return {};
    const auto least = address->sa_family == AF_INET    ? sizeof(sockaddr_in)
                       : address->sa_family == AF_INET6 ? sizeof(sockaddr_in6)
                       : address->sa_family == AF_UNIX  ? offsetof(sockaddr_un, sun_path)
                                                        : sizeof result.storage_ + 1;
    if (size < least) return {};
    std::memcpy(&result.storage_, address, size);
    result.size_ = size;
    return result;
}

std::uint16_t Address::port() const {
    if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(storage_).sin_port);
    if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(storage_).sin6_port);
    return 0;
}

std::string Address::host() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (const auto bytes = v4()) return ::inet_ntop(AF_INET, bytes->data(), text.data(), text.size());
    if (const auto bytes = v6()) return ::inet_ntop(AF_INET6, bytes->data(), text.data(), text.size());
    const auto& path = reinterpret_cast<const sockaddr_un&>(storage_).sun_path;
    return {path, ::strnlen(path, size_ - std::min<std::size_t>(size_, offsetof(sockaddr_un, sun_path)))};
}

std::optional<std::array<std::uint8_t, 4>> Address::v4() const {
    if (family() != AF_INET) return {};
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(storage_).sin_addr, bytes.size());
    return bytes;
}

std::optional<std::array<std::uint8_t, 16>> Address::v6() const {
    if (family() != AF_INET6) return {};
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr, bytes.size());
    return bytes;
}

}  // namespace drydock::net
