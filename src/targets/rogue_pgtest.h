#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "net/dialler.h"

namespace drydock::targets::rogue {

inline std::string number(std::uint32_t value) {
    std::string out;
    for (const int shift : {24, 16, 8, 0}) out += static_cast<char>((value >> static_cast<unsigned>(shift)) & 0xFFU);
    return out;
}

// An authentication request as a PostgreSQL server sends it.
inline std::string asks(std::uint32_t kind, std::string_view rest = {}) {
    return "R" + number(static_cast<std::uint32_t>(8 + rest.size())) + number(kind) + std::string{rest};
}
inline std::string asks_scram() {
    return asks(10, std::string_view{"SCRAM-SHA-256\0\0", 15});
}
inline std::string asks_cleartext() {
    return asks(3);
}

// Somebody who says that he is a PostgreSQL server: what he answers is up to the test, and all he hears is kept.
class Server {
public:
    // The answer to the n-th message of the m-th connection, both from 0; empty: hangs up.
    using Answer = std::function<std::string(std::size_t connection, std::size_t message)>;

    explicit Server(Answer answer) : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof where;
        ::bind(listener_, reinterpret_cast<sockaddr*>(&where), size);
        ::listen(listener_, 16);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size);
        port_ = ntohs(where.sin_port);
        thread_ = std::jthread{[this] { serve(); }};
    }
    ~Server() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const { return port_; }
    // When all that so many connections had to say was heard.
    std::string heard_of(std::size_t connections) const {
        std::unique_lock lock{mutex_};
        EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds{60}, [&] { return ended_ >= connections; }));
        return heard_;
    }
    std::size_t connections() const {
        const std::lock_guard lock{mutex_};
        return connections_;
    }

private:
    void serve() {
        for (;;) {
            const int socket = ::accept(listener_, nullptr, nullptr);
            if (socket < 0) return;
            std::size_t connection = 0;
            {
                const std::lock_guard lock{mutex_};
                connection = connections_++;
            }
            for (std::size_t message = 0;; ++message) {
                std::array<char, 8192> buffer{};
                const auto got = ::recv(socket, buffer.data(), buffer.size(), 0);
                if (got <= 0) break;
                {
                    const std::lock_guard lock{mutex_};
                    heard_.append(buffer.data(), static_cast<std::size_t>(got));
                }
                const auto answer = answer_(connection, message);
                if (answer.empty()) break;
                ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
            }
            ::close(socket);
            {
                const std::lock_guard lock{mutex_};
                ++ended_;
            }
            changed_.notify_all();
        }
    }

    Answer answer_;
    int listener_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::string heard_;
    std::size_t connections_ = 0;
    std::size_t ended_ = 0;
    mutable std::condition_variable changed_;
    std::jthread thread_;
};

// Names that mean what the test says, another thing each time: the last one stays.
class Names final : public net::Resolver {
public:
    explicit Names(std::map<std::string, std::vector<std::string>> names) : names_(std::move(names)) {}
    Result<std::vector<net::Address>> resolve(const std::string& host, std::uint16_t port, const Limits&) override {
        const std::lock_guard lock{mutex_};
        const auto found = names_.find(host);
        if (found == names_.end()) return Error{.code = ErrorCode::not_found, .message = "there is no such host"};
        auto& meanings = found->second;
        const auto address = net::Address::parse(meanings.front(), port);
        if (meanings.size() > 1) meanings.erase(meanings.begin());
        return std::vector{address.value()};
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::vector<std::string>> names_;
};

inline net::Dialler dialler(std::map<std::string, std::vector<std::string>> names) {
    return net::Dialler{net::EgressPolicy{.loopback = true}, std::make_shared<Names>(std::move(names))};
}

}  // namespace drydock::targets::rogue
