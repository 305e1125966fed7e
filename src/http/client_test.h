#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace drydock::http {

// A client that says exactly what a test wants, on a plain socket. Waits for what is to come; the long limit is only
// there so that a broken server fails a test instead of hanging it.
class RawClient {
public:
    explicit RawClient(std::uint16_t port) {
        descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    explicit RawClient(const std::string& path) {
        descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        EXPECT_EQ(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    RawClient(RawClient&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    RawClient& operator=(RawClient&&) = delete;
    ~RawClient() { close(); }

    void send(std::string_view text) const {
        while (!text.empty()) {
            const auto n = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
            if (n <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    // Until this has come; what comes with it stays for the next call.
    std::string read_to(std::string_view mark) {
        while (buffer_.find(mark) == std::string::npos)
            if (!more()) {
                ADD_FAILURE() << "the connection ended before \"" << mark << "\" came; it said:\n" << buffer_;
                return std::exchange(buffer_, {});
            }
        const auto end = buffer_.find(mark) + mark.size();
        auto out = buffer_.substr(0, end);
        buffer_.erase(0, end);
        return out;
    }
    std::string read_to_end() {
        while (more()) {
        }
        return std::exchange(buffer_, {});
    }
    // One answer with a Content-Length, or without a body.
    std::string answer() {
        auto head = read_to("\r\n\r\n");
        const auto at = head.find("Content-Length: ");
        if (at == std::string::npos) return head;
        const auto length = std::stoul(head.substr(at + 16));
        while (buffer_.size() < length && more()) {
        }
        head += buffer_.substr(0, length);
        buffer_.erase(0, length);
        return head;
    }
    std::string ask(std::string_view request) {
        send(request);
        return answer();
    }
    std::string get(std::string_view path) {
        return ask("GET " + std::string{path} + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    void end_sending() const { ::shutdown(descriptor_, SHUT_WR); }
    void close() {
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    }
    void small_window() const {
        const int size = 4096;
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    int descriptor() const { return descriptor_; }

private:
    bool more() {
        pollfd ready{descriptor_, POLLIN, 0};
        if (::poll(&ready, 1, 20'000) != 1) {
            ADD_FAILURE() << "nothing came";
            return false;
        }
        char chunk[4096];
        const auto n = ::recv(descriptor_, chunk, sizeof chunk, 0);
        if (n <= 0) return false;
        buffer_.append(chunk, static_cast<std::size_t>(n));
        return true;
    }

    int descriptor_ = -1;
    std::string buffer_;
};

}  // namespace drydock::http
