#include "shadow/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "base/files.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "pg_server/system_user.h"
#include "shadow/shadow.h"

namespace drydock::shadow {
namespace {

using pg_server::FileLock;
using std::filesystem::path;

constexpr std::string_view kClusters = "clusters";
constexpr std::string_view kTexts = "texts";
constexpr std::string_view kMaking = "making.";
constexpr std::string_view kTextEnd = "\n#end\n";  // a text without it was cut short
constexpr std::chrono::seconds kLockTime{60};
constexpr std::chrono::seconds kStopTime{60};

// Every file below the folder with its size: what a copy that was cut short, or a file that went, shows in.
std::string listing(const path& folder, std::uint64_t& bytes) {
    std::vector<std::string> lines;
    std::error_code error;
    bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder, error}) {
        if (!entry.is_regular_file(error)) continue;
        const auto size = entry.file_size(error);
        bytes += size;
        lines.push_back(fmt::format("{} {}", size, entry.path().lexically_relative(folder).string()));
    }
    std::sort(lines.begin(), lines.end());
    return fmt::format("{}\n", fmt::join(lines, "\n"));
}

// One hash of all bytes. Nothing is synced when an entry is saved, for on a busy machine that takes seconds: an entry
// of an earlier boot is believed only if its bytes are those that were written.
Result<std::string> content_hash(const path& folder) {
    std::vector<path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder, error}) {
        if (entry.is_regular_file(error)) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    Sha256 hash;
    for (const auto& file : files) {
        DRYDOCK_TRY(const auto mapped, MappedFile::open(file));
        hash.update(file.lexically_relative(folder).string());
        hash.update(mapped.text());
    }
    return hash.hex();
}

std::string boot_id() {
    return read_file("/proc/sys/kernel/random/boot_id").value_or("");
}

bool survived(const path& entry) {
    const auto boot = read_file(entry / "boot");
    if (!boot) return false;
    if (*boot == boot_id()) return true;
    const auto written = read_file(entry / "content");
    const auto found = content_hash(entry / "pgdata");
    return written && found && *written == *found;
}

void throw_away(const path& what) {
    std::error_code ignored;
    std::filesystem::remove_all(what, ignored);
}

void touch(const path& file) {
    ::utimensat(AT_FDCWD, file.c_str(), nullptr, 0);
}

struct Found {
    path folder;
    std::filesystem::file_time_type used;
    std::uint64_t bytes = 0;
};

}  // namespace

path Cache::default_folder() {
    return pg_server::cache_folder() / "shadow";
}

Result<Cache> Cache::open(const path& folder, const Bounds& bounds) {
    DRYDOCK_TRY(const auto user, pg_server::server_user());
    const auto mode = static_cast<mode_t>(user ? 0711 : 0700);
    // The server's user copies nothing from here: drydock does. So the folder is open to nobody else.
    DRYDOCK_TRY_VOID(pg_server::make_folder(folder, mode, std::nullopt));
    for (const auto part : {kClusters, kTexts}) {
        DRYDOCK_TRY_VOID(pg_server::make_folder(folder / part, 0700, std::nullopt));
    }
    return Cache{folder, bounds};
}

path Cache::cluster_folder(std::string_view key) const {
    return folder_ / kClusters / key;
}

path Cache::text_file(std::string_view key) const {
    return folder_ / kTexts / key.substr(0, 2) / key;
}

bool Cache::has_cluster(std::string_view key) const {
    std::error_code error;
    return std::filesystem::exists(cluster_folder(key) / "files", error);
}

Result<std::optional<Cache::Cluster>> Cache::find_cluster(std::string_view key, const Limits& limits) {
    using Answer = std::optional<Cluster>;
    if (!has_cluster(key)) return Answer{};
    DRYDOCK_TRY(auto use, FileLock::take(folder_ / "lock", FileLock::Mode::shared, limits.at_most(kLockTime)));
    const auto entry = cluster_folder(key);
    const auto files = read_file(entry / "files");
    auto password = read_file(entry / "password");
    auto note = read_file(entry / "note");
    std::uint64_t bytes = 0;
    const bool whole = files && password && note && *files == listing(entry / "pgdata", bytes) && survived(entry);
    if (!whole) {
        {
            [[maybe_unused]] const auto let_go = std::move(use);
        }
        forget_cluster(key);
        return Answer{};
    }
    touch(entry / "files");
    return Answer{Cluster{
        .cluster = {.pgdata = entry / "pgdata", .password = *std::move(password)},
        .note = *std::move(note),
        .use = std::move(use),
    }};
}

void Cache::forget_cluster(std::string_view key) {
    const auto lock = FileLock::take(folder_ / "lock", FileLock::Mode::exclusive, Limits::within(kLockTime));
    if (lock) throw_away(cluster_folder(key));
}

Result<> Cache::save_cluster(std::string_view key, Shadow& shadow, std::string_view note, const Limits& limits) {
    const auto lock = FileLock::try_take(folder_ / "lock", FileLock::Mode::exclusive);
    if (!lock || !*lock || has_cluster(key)) return {};
    // Nobody else makes one now, so these are of runs that were killed.
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{folder_ / kClusters, error}) {
        if (entry.path().filename().string().starts_with(kMaking)) throw_away(entry.path());
    }
    throw_away(cluster_folder(key));
    const auto making = folder_ / kClusters / fmt::format("{}{}", kMaking, random_hex(4));
    DRYDOCK_TRY_VOID(pg_server::make_folder(making, 0700, std::nullopt));
    const auto saved = [&]() -> Result<> {
        DRYDOCK_TRY(const auto cluster, shadow.save(making / "pgdata", limits.at_most(kStopTime)));
        std::uint64_t bytes = 0;
        DRYDOCK_TRY_VOID(write_file(making / "password", cluster.password, 0600));
        DRYDOCK_TRY_VOID(write_file(making / "note", note, 0600));
        DRYDOCK_TRY_VOID(write_file(making / "files", listing(making / "pgdata", bytes), 0600));
        DRYDOCK_TRY(const auto content, content_hash(making / "pgdata"));
        DRYDOCK_TRY_VOID(write_file(making / "content", content, 0600));
        DRYDOCK_TRY_VOID(write_file(making / "boot", boot_id(), 0600));
        const auto entry = cluster_folder(key);
        if (::rename(making.c_str(), entry.c_str()) != 0) return file_error("saving", entry, errno);
        return {};
    }();
    if (!saved) throw_away(making);
    make_room();
    return saved;
}

void Cache::make_room() const {
    std::vector<Found> all;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{folder_ / kClusters, error}) {
        Found found{.folder = entry.path(), .used = std::filesystem::last_write_time(entry.path() / "files", error)};
        if (error) continue;
        std::uint64_t bytes = 0;
        listing(entry.path(), bytes);
        found.bytes = bytes;
        all.push_back(std::move(found));
    }
    std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) { return a.used > b.used; });
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        total += all[i].bytes;
        // The newest stays, however big: else a big project would never have one.
        if (i > 0 && (i >= bounds_.clusters || total > bounds_.bytes)) throw_away(all[i].folder);
    }
}

std::optional<std::string> Cache::find_text(std::string_view key) const {
    auto text = read_file(text_file(key));
    if (!text || !text->ends_with(kTextEnd)) return std::nullopt;
    text->resize(text->size() - kTextEnd.size());
    touch(text_file(key));
    return *std::move(text);
}

Result<> Cache::save_text(std::string_view key, std::string_view text) {
    const auto file = text_file(key);
    DRYDOCK_TRY_VOID(pg_server::make_folder(file.parent_path(), 0700, std::nullopt));
    DRYDOCK_TRY_VOID(write_file(file, fmt::format("{}{}", text, kTextEnd), 0600));
    // Looked at now and then: counting thousands of files takes time.
    if (key.ends_with("00")) trim_texts();
    return {};
}

void Cache::forget_text(std::string_view key) {
    throw_away(text_file(key));
}

void Cache::trim_texts() const {
    std::vector<Found> all;
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder_ / kTexts, error}) {
        if (entry.is_regular_file(error)) all.push_back({entry.path(), entry.last_write_time(error), 0});
    }
    if (all.size() <= bounds_.texts) return;
    std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) { return a.used > b.used; });
    for (auto i = bounds_.texts; i < all.size(); ++i) throw_away(all[i].folder);
}

}  // namespace drydock::shadow
