#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace drydock::client {

// What `drydock login` leaves behind for the commands after it.
struct Login {
    Secret access_token{};
    Secret refresh_token{};
    std::string email{};
    std::string organization{};  // its slug; empty: the person's first
};

// Log-ins by server, in one file that only its owner can read. A refresh token is good once, so commands that run side
// by side must not renew at the same time: whoever renews holds the file's lock.
class Logins {
public:
    explicit Logins(std::filesystem::path file) : file_(std::move(file)) {}
    // $XDG_CONFIG_HOME/drydock/logins.json, or below ~/.config.
    static std::filesystem::path default_file();

    Result<std::optional<Login>> find(const std::string& server) const;
    Result<> keep(const std::string& server, const Login& login);
    Result<> forget(const std::string& server);
    const std::filesystem::path& file() const { return file_; }

    // Held until it goes; waits for who else has it.
    class Lock {
    public:
        Lock() = default;
        explicit Lock(int fd) : fd_(fd) {}
        Lock(Lock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
        Lock& operator=(Lock&&) = delete;
        ~Lock();

    private:
        int fd_ = -1;
    };
    Result<Lock> lock() const;

private:
    std::filesystem::path file_;
};

}  // namespace drydock::client
