#include "pg_server/copy_tree.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include <linux/fs.h>

#include "base/files.h"

namespace drydock::pg_server {
namespace {

constexpr std::size_t kChunk = 1 << 20;

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

class TreeCopy {
public:
    explicit TreeCopy(const std::optional<SystemUser>& user) : user_(user), buffer_(kChunk, '\0') {}

    Result<> file(const std::filesystem::path& from, const std::filesystem::path& to) {
        const Descriptor in{::open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
        if (in.get() < 0) return file_error("reading", from, errno);
        const Descriptor out{::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
        if (out.get() < 0) return file_error("writing", to, errno);
        if (user_ && ::fchown(out.get(), user_->uid, user_->gid) != 0) return file_error("writing", to, errno);
        if (shares_ && ::ioctl(out.get(), FICLONE, in.get()) == 0) return {};
        shares_ = false;  // it fails alike for every file of the two file systems
        for (;;) {
            const auto got = ::read(in.get(), buffer_.data(), buffer_.size());
            if (got == 0) return {};
            if (got < 0) return file_error("reading", from, errno);
            for (ssize_t done = 0; done < got;) {
                const auto put = ::write(out.get(), buffer_.data() + done, static_cast<std::size_t>(got - done));
                if (put < 0) return file_error("writing", to, errno);
                done += put;
            }
        }
    }

private:
    const std::optional<SystemUser>& user_;
    std::string buffer_;
    bool shares_ = true;
};

}  // namespace

Result<> copy_tree(
    const std::filesystem::path& from, const std::filesystem::path& to, const std::optional<SystemUser>& user
) {
    DRYDOCK_TRY_VOID(make_folder(to, 0700, user));
    TreeCopy copy{user};
    std::error_code error;
    std::filesystem::recursive_directory_iterator entry{from, error};
    for (; !error && entry != std::filesystem::recursive_directory_iterator{}; entry.increment(error)) {
        const auto target = to / entry->path().lexically_relative(from);
        if (entry->is_symlink(error)) continue;
        Result<> copied;
        if (entry->is_directory(error))
            copied = make_folder(target, 0700, user);
        else if (entry->is_regular_file(error))
            copied = copy.file(entry->path(), target);
        if (!copied) return copied;
    }
    if (error) return file_error("copying", from, error.value());
    return {};
}

}  // namespace drydock::pg_server
