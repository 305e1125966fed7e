#include "pg_server/embedded_home.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "base/files.h"
#include "base/random.h"
#include "base/text.h"

namespace drydock::pg_server {
namespace {

using std::filesystem::path;

constexpr std::size_t kPasswordBytes = 24;
constexpr std::size_t kNameBytes = 5;
constexpr std::string_view kLongestSocketName = "/.s.PGSQL.65535";
constexpr mode_t kPrivateFile = 0600;

// "key=value" lines; nothing drydock writes here has a line's end in it but a folder's name, which is checked.
std::string value_in(std::string_view text, std::string_view key) {
    for (const auto line : split(text, '\n')) {
        const auto equals = line.find('=');
        if (equals != std::string_view::npos && line.substr(0, equals) == key)
            return std::string{line.substr(equals + 1)};
    }
    return {};
}

// Clients take a comma in a host's name for the start of another host.
bool fits_a_socket(const path& folder) {
    return folder.string().find(',') == std::string::npos &&
           folder.string().size() + kLongestSocketName.size() < sizeof(sockaddr_un::sun_path);
}

// In a folder others can write to, a name is only taken over when it is the server user's own and closed to others.
bool is_private(const path& folder, uid_t owner) {
    struct stat info{};
    return ::lstat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == owner &&
           (info.st_mode & 077) == 0;
}

}  // namespace

Result<std::optional<SystemUser>> EmbeddedHome::user() const {
    struct stat info{};
    if (::geteuid() == 0 && ::stat(pgdata().c_str(), &info) == 0 && info.st_uid != 0) {
        return std::optional{SystemUser{.uid = info.st_uid, .gid = info.st_gid, .name = fmt::format("#{}", info.st_uid)}
        };
    }
    return server_user();
}

Result<Secret> EmbeddedHome::password() const {
    const auto file = folder_ / "credentials";
    DRYDOCK_TRY(const auto text, read_file(file));
    Secret password{value_in(text, "password")};
    if (!password.empty()) return password;
    return Error{.code = ErrorCode::invalid_argument, .message = fmt::format("{} holds no password", file.string())};
}

Result<Secret> EmbeddedHome::create_password() const {
    if (auto there = password(); there || there.error().code != ErrorCode::not_found) return there;
    const Secret password{random_hex(kPasswordBytes)};
    const auto text = fmt::format("user=drydock\npassword={}\n", password.reveal());
    DRYDOCK_TRY_VOID(write_file(folder_ / "credentials", text, kPrivateFile));
    return password;
}

std::string EmbeddedHome::remembered(std::string_view key) const {
    const auto text = read_file(folder_ / "address");
    return text ? value_in(*text, key) : std::string{};
}

int EmbeddedHome::last_port() const {
    const auto text = remembered("port");
    int port = 0;
    std::from_chars(text.data(), text.data() + text.size(), port);
    return port;
}

Result<path> EmbeddedHome::socket_dir(const std::optional<SystemUser>& user) const {
    const auto inside = folder_ / "run";
    if (fits_a_socket(inside)) {
        DRYDOCK_TRY_VOID(make_folder(inside, 0700, user));
        return inside;
    }
    const uid_t owner = user ? user->uid : ::geteuid();
    const path before = remembered("socket_dir");
    if (!before.empty() && is_private(before, owner)) return before;
    path base = "/tmp";
    const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
    const auto name = "drydock-" + random_hex(kNameBytes);
    if (!user && runtime && *runtime == '/' && fits_a_socket(path{runtime} / name) && ::access(runtime, W_OK) == 0) {
        base = runtime;
    }
    const auto folder = base / name;
    if (::mkdir(folder.c_str(), 0700) != 0) return file_error("making folder", folder, errno);
    DRYDOCK_TRY_VOID(give_to(user, folder));
    return folder;
}

Result<> EmbeddedHome::remember(int port, const path& socket_dir) const {
    return write_file(
        folder_ / "address", fmt::format("port={}\nsocket_dir={}\n", port, socket_dir.string()), kPrivateFile
    );
}

}  // namespace drydock::pg_server
