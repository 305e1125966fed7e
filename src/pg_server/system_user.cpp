#include "pg_server/system_user.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "base/files.h"
#include "base/process.h"

namespace drydock::pg_server {
namespace {

constexpr mode_t kPrivateFile = 0600;

std::optional<SystemUser> look_up(const std::string& name) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> buffer{};
    ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (!found) return std::nullopt;
    return SystemUser{.uid = found->pw_uid, .gid = found->pw_gid, .name = name};
}

}  // namespace

Result<std::optional<SystemUser>> server_user() {
    if (::geteuid() != 0) return std::optional<SystemUser>{};
    const char* const named = std::getenv("DRYDOCK_PG_USER");
    const std::string name = named && *named ? named : "postgres";
    auto user = look_up(name);
    if (!user) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("PostgreSQL refuses to run as root, and there is no user \"{}\" to run it as", name),
            .hint = "run drydock as an ordinary user, or name one for the server in DRYDOCK_PG_USER"
        };
    }
    if (user->uid == 0) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("PostgreSQL refuses to run as root, and DRYDOCK_PG_USER names \"{}\"", name),
            .hint = "name an ordinary user in DRYDOCK_PG_USER"
        };
    }
    return user;
}

Result<> give_to(const std::optional<SystemUser>& user, const std::filesystem::path& path) {
    if (user && ::lchown(path.c_str(), user->uid, user->gid) != 0) return file_error("changing owner of", path, errno);
    return {};
}

Result<> make_folder(const std::filesystem::path& path, mode_t mode, const std::optional<SystemUser>& user) {
    if (path.has_parent_path()) {
        std::error_code ignored;  // mkdir below tells what is wrong
        std::filesystem::create_directories(path.parent_path(), ignored);
    }
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return file_error("making folder", path, errno);
    struct stat info{};
    if (::lstat(path.c_str(), &info) != 0) return file_error("making folder", path, errno);
    if (!S_ISDIR(info.st_mode)) return file_error("making folder", path, ENOTDIR);
    if ((info.st_mode & 07777) != mode && ::chmod(path.c_str(), mode) != 0) {
        return file_error("setting the mode of", path, errno);
    }
    return give_to(user, path);
}

Result<> write_owned(const std::filesystem::path& path, std::string_view text, const std::optional<SystemUser>& user) {
    DRYDOCK_TRY_VOID(write_file(path, text, kPrivateFile));
    return give_to(user, path);
}

Result<> check_reachable(
    const std::filesystem::path& path, const std::optional<SystemUser>& user, const Limits& limits
) {
    if (!user) return {};
    std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
    std::error_code ignored;
    while (!std::filesystem::exists(folder, ignored) && folder.has_relative_path()) folder = folder.parent_path();
    const Command test{
        .argv = {"/usr/bin/test", "-x", folder.string()}, .directory = "/", .user = user->uid, .group = user->gid
    };
    DRYDOCK_TRY(const auto result, run(test, limits));
    if (result.exit_code == 0) return {};
    return Error{
        .code = ErrorCode::permission_denied,
        .message = fmt::format("user \"{}\", whom the server must run as, can't enter {}", user->name, folder.string()),
        .hint =
            "choose a data folder outside root's home, for example /var/lib/drydock, or run drydock as an "
            "ordinary user"
    };
}

std::filesystem::path home_folder() {
    if (const char* const home = std::getenv("HOME"); home && *home == '/') return home;
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> buffer{};
    ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
    return found && found->pw_dir ? found->pw_dir : "/";
}

}  // namespace drydock::pg_server
