#include "pg_server/throwaway_folder.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>
#include <linux/magic.h>

#include "base/files.h"
#include "base/random.h"
#include "pg_server/postmaster.h"

namespace drydock::pg_server {
namespace {

using std::filesystem::path;

constexpr std::uint64_t kRoomInMemory = std::uint64_t{1} << 30;
constexpr std::size_t kLongestBase = 70;  // a socket's path has 107 bytes, of which the name takes up to 30
constexpr std::chrono::milliseconds kQuitTime{6000};
constexpr std::chrono::milliseconds kKillTime{2000};

bool in_memory(const path& folder) {
    struct statfs info{};
    return ::statfs(folder.c_str(), &info) == 0 && (info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC);
}

bool has_room(const path& folder) {
    struct statvfs info{};
    if (::statvfs(folder.c_str(), &info) != 0) return false;
    return std::uint64_t{info.f_bavail} * info.f_frsize >= kRoomInMemory && ::access(folder.c_str(), W_OK) == 0;
}

path choose_file_system(bool durable) {
    if (!durable && in_memory("/dev/shm") && has_room("/dev/shm")) return "/dev/shm";
    std::vector<path> choices;
    if (const char* const temporary = std::getenv("TMPDIR"); temporary && *temporary == '/') {
        choices.emplace_back(temporary);
    }
    choices.insert(choices.end(), {"/var/tmp", "/tmp"});
    std::erase_if(choices, [](const path& choice) {
        // Clients take a comma in a host's name for the start of another host.
        return choice.string().size() > kLongestBase || choice.string().find(',') != std::string::npos ||
               ::access(choice.c_str(), W_OK | X_OK) != 0;
    });
    for (const auto& choice : choices) {
        if (!durable || !in_memory(choice)) return choice;
    }
    return choices.empty() ? path{"/tmp"} : choices.front();
}

// Others can write in /dev/shm and /tmp: a folder of this name must be ours, or is not used.
Result<> make_base(const path& base, mode_t mode) {
    if (::mkdir(base.c_str(), mode) != 0 && errno != EEXIST) return file_error("making folder", base, errno);
    struct stat info{};
    if (::lstat(base.c_str(), &info) != 0) return file_error("making folder", base, errno);
    if (!S_ISDIR(info.st_mode) || info.st_uid != ::geteuid()) {
        return Error{
            .code = ErrorCode::permission_denied,
            .message = fmt::format("{} belongs to somebody else", base.string()),
            .hint = "remove it"
        };
    }
    if ((info.st_mode & 07777) != mode && ::chmod(base.c_str(), mode) != 0) {
        return file_error("setting the mode of", base, errno);
    }
    return {};
}

// The supervisor was killed; its server got SIGQUIT from the kernel then, and may be on its way out.
void end_abandoned(const path& pgdata) {
    const auto server = find_postmaster(pgdata);
    if (!server || !*server) return;
    (*server)->signal(SIGQUIT);
    if ((*server)->ended(kQuitTime)) return;
    (*server)->signal(SIGKILL);
    (*server)->ended(kKillTime);
}

}  // namespace

path throwaway_base(const path& file_system) {
    return file_system / fmt::format("drydock-{}", ::geteuid());
}

void sweep_throwaway_folders(const path& base) {
    // Alone: a folder that is just being made has no lock yet.
    const auto alone = FileLock::try_take(base / "sweep", FileLock::Mode::exclusive);
    if (!alone || !*alone) return;
    std::error_code error;
    std::vector<path> folders;
    for (const auto& entry : std::filesystem::directory_iterator{base, error}) {
        if (entry.is_directory(error)) folders.push_back(entry.path());
    }
    for (const auto& folder : folders) {
        const path lock_file = folder.string() + ".lock";
        const auto lock = FileLock::try_take(lock_file, FileLock::Mode::exclusive);
        if (!lock || !*lock) continue;
        end_abandoned(folder / "pgdata");
        std::filesystem::remove_all(folder, error);
        std::filesystem::remove(lock_file, error);
    }
}

Result<ThrowawayFolder> make_throwaway_folder(
    bool durable, const std::optional<SystemUser>& user, const Limits& limits
) {
    const path base = throwaway_base(choose_file_system(durable));
    DRYDOCK_TRY_VOID(make_base(base, user ? 0711 : 0700));
    sweep_throwaway_folders(base);
    DRYDOCK_TRY(const auto among, FileLock::take(base / "sweep", FileLock::Mode::shared, limits));
    const path folder = base / random_hex(5);
    const path lock_file = folder.string() + ".lock";
    DRYDOCK_TRY(auto lock, FileLock::take(lock_file, FileLock::Mode::exclusive, limits));
    DRYDOCK_TRY_VOID(make_folder(folder, 0700, user));
    return ThrowawayFolder{.folder = folder, .lock_file = lock_file, .lock = std::move(lock)};
}

}  // namespace drydock::pg_server
