#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "net/address.h"

namespace drydock::net {

// What each step of a connection took; nothing for a step that was not reached or not needed.
struct Timing {
    std::optional<std::chrono::nanoseconds> name{};  // looking the name up
    std::optional<std::chrono::nanoseconds> tcp{};
    std::optional<std::chrono::nanoseconds> tls{};
};

// A connected socket, non-blocking, closed when it goes.
class Socket {
public:
    Socket() = default;
    explicit Socket(int fd) : fd_(fd) {}
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Socket();

    int fd() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

// Bytes in both directions. One thread at a time. After any Error it is over: close it.
class Stream {
public:
    virtual ~Stream() = default;
    // At least one byte, as many as are there; 0 when the other end has closed in good order.
    virtual Result<std::size_t> read(std::span<char> into, const Limits& limits) = 0;
    // All of it.
    virtual Result<> write(std::string_view bytes, const Limits& limits) = 0;
    // Whether the other end has left it open and said nothing since: for one that lies idle in a pool.
    virtual bool still_open() const = 0;
    virtual bool encrypted() const = 0;
    // For waiting in poll(2) together with others, and nothing else. Bytes may be at hand though it shows none: read
    // with room for 16 KiB (a whole record of TLS) until less comes.
    virtual int fd() const = 0;
};

std::unique_ptr<Stream> plain_stream(Socket socket);

}  // namespace drydock::net
