#include "pg_server/file_lock.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/files.h"
#include "pg_server/process_handle.h"

namespace drydock::pg_server {
namespace {

constexpr int kTickMs = 5;

}  // namespace

Result<std::optional<FileLock>> FileLock::try_take(const std::filesystem::path& file, Mode mode) {
    const int opened = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (opened < 0) return file_error("locking", file, errno);
    FileLock lock{opened};
    const int operation = (mode == Mode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    if (::flock(lock.fd_, operation) == 0) return std::optional{std::move(lock)};
    if (errno == EWOULDBLOCK || errno == EINTR) return std::optional<FileLock>{};
    return file_error("locking", file, errno);
}

Result<FileLock> FileLock::take(const std::filesystem::path& file, Mode mode, const Limits& limits) {
    for (;;) {
        DRYDOCK_TRY(auto lock, try_take(file, mode));
        if (lock) return std::move(*lock);
        if (auto over = limits_over(limits, "waiting for another drydock process")) {
            return std::move(*over).with_hint("it holds " + file.string());
        }
        ::poll(nullptr, 0, kTickMs);
    }
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

FileLock::~FileLock() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace drydock::pg_server
