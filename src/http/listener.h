#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"
#include "http/server.h"

namespace drydock::http {

// A socket that listens, with a name for people.
class Listener {
public:
    static Result<Listener> open(const ListenOptions& options);
    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&&) = delete;
    ~Listener();  // closes, and removes the file of a Unix socket

    int family() const { return family_; }
    std::uint16_t port() const { return port_; }
    int descriptor() const { return descriptor_; }

    struct Accepted {
        int descriptor = -1;
        std::string address;  // of the peer
        int error = 0;        // errno, where there is no descriptor
    };
    Accepted accept() const;

private:
    Listener(int descriptor, int family) : descriptor_(descriptor), family_(family) {}
    int descriptor_;
    int family_;
    std::uint16_t port_ = 0;
    std::string path_;
};

}  // namespace drydock::http
