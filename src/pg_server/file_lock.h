#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/limits.h"
#include "base/result.h"

namespace drydock::pg_server {

// An flock(2) on a file that is made when missing. The kernel gives it back when its last holder dies, however.
class FileLock {
public:
    enum class Mode : std::uint8_t { shared, exclusive };

    static Result<FileLock> take(const std::filesystem::path& file, Mode mode, const Limits& limits);
    // nullopt when somebody else holds it.
    static Result<std::optional<FileLock>> try_take(const std::filesystem::path& file, Mode mode);
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    ~FileLock();

    int descriptor() const { return fd_; }

private:
    explicit FileLock(int fd) : fd_(fd) {}

    int fd_;
};

}  // namespace drydock::pg_server
