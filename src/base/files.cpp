#include "base/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/random.h"

namespace drydock {
namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

constexpr std::size_t kChunk = 64 * 1024;
// Smaller files are copied: to map and unmap thousands costs more, and stops all threads of the process each time.
constexpr std::size_t kMapFrom = 256 * 1024;

}  // namespace

Error file_error(std::string_view doing, const std::filesystem::path& path, int error_number) {
    ErrorCode code = ErrorCode::internal;
    if (error_number == ENOENT || error_number == ENOTDIR) code = ErrorCode::not_found;
    if (error_number == EACCES || error_number == EPERM || error_number == EROFS) code = ErrorCode::permission_denied;
    if (error_number == EISDIR || error_number == EEXIST || error_number == ELOOP || error_number == ENAMETOOLONG) {
        code = ErrorCode::invalid_argument;
    }
    return {.code = code, .message = fmt::format("{} {}: {}", doing, path.string(), std::strerror(error_number))};
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.get() < 0) return file_error("reading", path, errno);
    struct stat info{};
    if (::fstat(file.get(), &info) != 0) return file_error("reading", path, errno);
    if (S_ISDIR(info.st_mode)) return file_error("reading", path, EISDIR);
    MappedFile mapped;
    mapped.size_ = static_cast<std::size_t>(info.st_size);
    if (mapped.size_ == 0) return mapped;
    if (mapped.size_ < kMapFrom) {
        mapped.copy_ = std::make_unique_for_overwrite<char[]>(mapped.size_);
        const auto n = ::read(file.get(), mapped.copy_.get(), mapped.size_);
        if (n < 0) return file_error("reading", path, errno);
        mapped.size_ = static_cast<std::size_t>(n);
        mapped.data_ = mapped.copy_.get();
        return mapped;
    }
    void* const data = ::mmap(nullptr, mapped.size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (data == MAP_FAILED) return file_error("reading", path, errno);
    mapped.data_ = static_cast<const char*>(data);
    return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : copy_(std::move(other.copy_)), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(copy_, other.copy_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

MappedFile::~MappedFile() {
    if (data_ && !copy_) ::munmap(const_cast<char*>(data_), size_);
}

Result<std::string> read_file(const std::filesystem::path& path) {
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.get() < 0) return file_error("reading", path, errno);
    std::string text;
    std::string chunk(kChunk, '\0');
    for (;;) {
        const auto n = ::read(file.get(), chunk.data(), chunk.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return file_error("reading", path, errno);
        if (n == 0) return text;
        text.append(chunk, 0, static_cast<std::size_t>(n));
    }
}

Result<> write_file(const std::filesystem::path& path, std::string_view text, mode_t mode) {
    const auto beside = path.string() + "." + random_hex(4) + ".tmp";
    const auto fail = [&](int error_number) {
        ::unlink(beside.c_str());
        return file_error("writing", path, error_number);
    };
    {
        const Descriptor file{::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
        if (file.get() < 0) return file_error("writing", path, errno);
        while (!text.empty()) {
            const auto n = ::write(file.get(), text.data(), text.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return fail(errno);
            text.remove_prefix(static_cast<std::size_t>(n));
        }
        if (::fsync(file.get()) != 0) return fail(errno);
    }
    if (::rename(beside.c_str(), path.c_str()) != 0) return fail(errno);
    return {};
}

}  // namespace drydock
