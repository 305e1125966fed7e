#include "pg_server/cluster_template.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "base/files.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "pg_server/cluster.h"
#include "pg_server/file_lock.h"

namespace drydock::pg_server {
namespace {

using std::filesystem::path;

constexpr int kFormat = 1;  // of what a template holds; a new number makes new ones
constexpr std::size_t kNameDigits = 16;
constexpr std::size_t kPasswordBytes = 16;

constexpr std::string_view kHba =
    "local all all trust\n"
    "local replication all trust\n"
    "host all all 127.0.0.1/32 scram-sha-256\n"
    "host replication all 127.0.0.1/32 scram-sha-256\n";

// A template serves only the programs it was made by: an update in place makes a new one.
Result<std::string> template_name(const Binaries& binaries) {
    const auto program = binaries.program("postgres");
    struct stat info{};
    if (::stat(program.c_str(), &info) != 0) return file_error("reading", program, errno);
    const auto identity = fmt::format(
        "{}\n{}\n{}\n{}.{}\n{}",
        kFormat,
        program.string(),
        info.st_size,
        info.st_mtim.tv_sec,
        info.st_mtim.tv_nsec,
        binaries.version
    );
    return fmt::format("template-{}-{}", binaries.version, sha256_hex(identity).substr(0, kNameDigits));
}

// What makers of this template that were killed have left.
void sweep_unfinished(const path& cache, const std::string& name) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{cache, error}) {
        const auto file = entry.path().filename().string();
        if (file.starts_with(name + ".making")) std::filesystem::remove_all(entry.path(), error);
    }
}

// Renamed, a template is believed; so it must be on the disk before.
void sync_file_system(const path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::syncfs(fd);
    ::close(fd);
}

Result<> make_template(
    const path& cache,
    const std::string& name,
    const Binaries& binaries,
    const std::optional<SystemUser>& user,
    const Limits& limits
) {
    sweep_unfinished(cache, name);
    const path making = cache / fmt::format("{}.making.{}", name, random_hex(4));
    DRYDOCK_TRY_VOID(make_folder(making, 0700, user));
    const auto password = random_hex(kPasswordBytes);
    const ClusterPlan plan{
        .binaries = binaries,
        .pgdata = making / "pgdata",
        .owner = "postgres",
        .password = password,
        .hba = std::string{kHba},
        .throwaway = true
    };
    auto made = make_cluster(plan, user, limits);
    if (made) made = write_file(making / "password", password, 0600);
    if (made) {
        sync_file_system(making);
        if (::rename(making.c_str(), (cache / name).c_str()) != 0) made = file_error("making", cache / name, errno);
    }
    std::error_code ignored;
    if (!made) std::filesystem::remove_all(making, ignored);
    return made;
}

}  // namespace

path cache_folder() {
    if (const char* const cache = std::getenv("XDG_CACHE_HOME"); cache && *cache == '/') return path{cache} / "drydock";
    if (::geteuid() == 0) return "/var/cache/drydock";
    return home_folder() / ".cache" / "drydock";
}

Result<ClusterTemplate> cluster_template(
    const Binaries& binaries, const std::optional<SystemUser>& user, const Limits& limits
) {
    DRYDOCK_TRY(const auto name, template_name(binaries));
    const auto cache = cache_folder();
    const auto ready = [&]() -> std::optional<ClusterTemplate> {
        auto password = read_file(cache / name / "password");
        if (!password) return std::nullopt;
        return ClusterTemplate{.pgdata = cache / name / "pgdata", .password = std::move(*password)};
    };
    if (auto found = ready()) return std::move(*found);
    DRYDOCK_TRY_VOID(check_reachable(cache / name, user, limits));
    // The server's user must get through to its own template; the template itself is closed to others.
    DRYDOCK_TRY_VOID(make_folder(cache, user ? 0711 : 0700, std::nullopt));
    DRYDOCK_TRY(const auto lock, FileLock::take(cache / (name + ".lock"), FileLock::Mode::exclusive, limits));
    if (auto found = ready()) return std::move(*found);
    DRYDOCK_TRY_VOID(make_template(cache, name, binaries, user, limits));
    if (auto found = ready()) return std::move(*found);
    return file_error("reading", cache / name, ENOENT);
}

}  // namespace drydock::pg_server
