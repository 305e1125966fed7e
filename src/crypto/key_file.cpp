#include "crypto/key_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/files.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/keyring.h"

namespace drydock::crypto {
namespace {

constexpr std::size_t kMaxFile = std::size_t{64} * 1024;

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

Error wrong_line(std::string_view source, std::size_t line, std::string_view what) {
    return {
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("{}, line {}: {}", source, line, what),
        .hint =
            "A line is `id key` or a key alone; a key is 32 bytes as base64 or as 64 hexadecimal digits "
            "(`openssl rand -base64 32` makes one)."
    };
}

std::optional<Secret> key_of(std::string_view text) {
    std::optional<std::string> bytes;
    if (text.size() == 64) bytes = from_hex(text);
    if (text.size() == 44) bytes = from_base64(text);
    if (text.size() == 43) bytes = from_base64url(text);
    if (!bytes || bytes->size() != KeyBytes::kSize) return std::nullopt;
    return Secret{*std::move(bytes)};
}

Result<NamedKey> read_line(std::string_view line, std::string_view source, std::size_t number) {
    const auto space = line.find_first_of(" \t");
    const auto id = space == std::string_view::npos ? std::string_view{"k1"} : line.substr(0, space);
    const auto text = space == std::string_view::npos ? line : trim(line.substr(space));
    if (!is_key_id(id)) {
        return wrong_line(source, number, "the name of a key is small letters, digits, - and _, at most 63");
    }
    const auto bytes = key_of(text);
    if (!bytes) return wrong_line(source, number, "this is no key of 32 bytes");
    const auto& all = bytes->reveal();
    if (std::ranges::all_of(all, [&](char c) { return c == all.front(); })) {
        return wrong_line(source, number, "this key is one byte again and again, which anybody can guess");
    }
    return NamedKey{.id = std::string{id}, .key = KeyBytes::copy_of(all)};
}

Result<> write_all(int file, std::string_view text, const std::filesystem::path& path) {
    while (!text.empty()) {
        const auto n = ::write(file, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return file_error("writing", path, errno);
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    if (::fsync(file) != 0) return file_error("writing", path, errno);
    return {};
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
}

// A complete file beside the one that is meant; it goes away unless it was moved there.
class Beside {
public:
    explicit Beside(const std::filesystem::path& path) : path_(path.string() + ".new-" + random_hex(8)) {}
    ~Beside() { ::unlink(path_.c_str()); }
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;
    const std::filesystem::path& path() const { return path_; }

    Result<> write(std::string_view text, const struct stat* owner) const {
        const Descriptor file{::open(path_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600)};
        if (file.get() < 0) return file_error("writing", path_, errno);
        if (owner != nullptr) {
            if (::fchown(file.get(), owner->st_uid, owner->st_gid) != 0 ||
                ::fchmod(file.get(), owner->st_mode & 0777U) != 0) {
                return file_error("giving the owner of the key file to", path_, errno);
            }
        }
        return write_all(file.get(), text, path_);
    }

private:
    std::filesystem::path path_;
};

// `before` and one line more.
Secret with_new_key(std::string_view before, std::string_view id) {
    const auto key = KeyBytes::random();
    const Secret encoded{base64(key.reveal())};
    return Secret{fmt::format("{}{} {}\n", before, id, encoded.reveal())};
}

std::string next_name(const std::vector<NamedKey>& keys) {
    for (std::size_t number = keys.size() + 1;; ++number) {
        auto name = fmt::format("k{}", number);
        if (std::ranges::none_of(keys, [&](const NamedKey& key) { return key.id == name; })) return name;
    }
}

}  // namespace

bool is_key_id(std::string_view text) {
    if (text.empty() || text.size() > 63 || text.front() == '-' || text.front() == '_') return false;
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

Result<std::vector<NamedKey>> read_keys(std::string_view text, std::string_view source) {
    std::vector<NamedKey> keys;
    std::size_t number = 0;
    for (auto line : split(text, '\n')) {
        ++number;
        line = trim(line);
        if (line.empty() || line.front() == '#') continue;
        DRYDOCK_TRY(auto key, read_line(line, source, number));
        for (const auto& known : keys) {
            if (known.id == key.id) {
                return wrong_line(source, number, fmt::format("a key named {} stands above already", key.id));
            }
        }
        keys.push_back(std::move(key));
    }
    if (keys.empty()) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("{} holds no key", source),
            .hint = "If nothing was ever sealed with it, remove it and make a new one; else bring back the old one."
        };
    }
    return keys;
}

Result<Secret> read_key_file(const std::filesystem::path& path) {
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.get() < 0) {
        return file_error("reading the key file", path, errno)
            .in("master keys")
            .with_hint("Bring the file back, or make one with `drydock key new` if nothing was ever sealed.");
    }
    struct stat info{};
    if (::fstat(file.get(), &info) != 0) return file_error("reading the key file", path, errno);
    // The group may read: that is how orchestrators hand a secret to an ordinary user.
    if (S_ISREG(info.st_mode) && (info.st_mode & 0037U) != 0) {
        return Error{
            .code = ErrorCode::permission_denied,
            .message =
                fmt::format("the key file {} is open to others (mode {:04o})", path.string(), info.st_mode & 07777U),
            .hint = fmt::format("chmod 600 {}; and change the key if somebody may have read it.", path.string())
        };
    }
    if (info.st_uid != ::geteuid() && info.st_uid != 0 && ::geteuid() != 0) {
        return Error{
            .code = ErrorCode::permission_denied,
            .message = fmt::format("the key file {} belongs to another user (id {})", path.string(), info.st_uid),
            .hint = "Give it to the user that drydock runs as."
        };
    }
    std::string text(kMaxFile, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto n = ::read(file.get(), text.data() + size, text.size() - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return file_error("reading the key file", path, errno);
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
    }
    if (size == text.size()) {
        return Error{
            .code = ErrorCode::invalid_argument, .message = fmt::format("{} is too long for a key file", path.string())
        };
    }
    text.resize(size);
    return Secret{std::move(text)};
}

Result<> create_key_file(const std::filesystem::path& path) {
    const auto folder = folder_of(path);
    const Descriptor directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (directory.get() < 0) return file_error("making a key file in", folder, errno);
    const Beside made{path};
    const auto text = with_new_key(
        "# Master keys of drydock. Without them, nothing that was sealed opens: keep a copy elsewhere.\n", "k1"
    );
    DRYDOCK_TRY_VOID(made.write(text.reveal(), nullptr));
    // A link, unlike a rename, never replaces; and who sees the name sees a whole file.
    if (::link(made.path().c_str(), path.c_str()) != 0) {
        if (errno != EEXIST) return file_error("making the key file", path, errno);
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("{} is there already, and a key file is never overwritten", path.string()),
            .hint = "Use it, or name another file."
        };
    }
    if (::fsync(directory.get()) != 0) return file_error("writing", folder, errno);
    return {};
}

Result<std::string> add_key(const std::filesystem::path& named) {
    std::error_code failed;
    const auto path = std::filesystem::canonical(named, failed);  // a link stays a link
    if (failed) return file_error("reading the key file", named, failed.value());
    const auto folder = folder_of(path);
    const Descriptor directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    // One writer at a time; the lock is the folder's, so that it outlives the file that is replaced.
    if (directory.get() < 0 || ::flock(directory.get(), LOCK_EX) != 0) return file_error("locking", folder, errno);
    DRYDOCK_TRY(const auto before, read_key_file(path));
    DRYDOCK_TRY(const auto keys, read_keys(before.reveal(), path.string()));
    struct stat owner{};
    if (::stat(path.c_str(), &owner) != 0) return file_error("reading the key file", path, errno);
    auto name = next_name(keys);
    std::string text;
    for (const auto line : split(before.reveal(), '\n')) {
        if (trim(line).empty()) continue;
        text += line;
        text += '\n';
    }
    const Secret kept{std::move(text)};
    const auto after = with_new_key(kept.reveal(), name);
    const Beside made{path};
    DRYDOCK_TRY_VOID(made.write(after.reveal(), &owner));
    if (::rename(made.path().c_str(), path.c_str()) != 0) return file_error("writing the key file", path, errno);
    if (::fsync(directory.get()) != 0) return file_error("writing", folder, errno);
    return name;
}

}  // namespace drydock::crypto
