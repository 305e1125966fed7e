#include "pg_server/binaries.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/process.h"
#include "base/text.h"

namespace drydock::pg_server {
namespace {

using std::filesystem::path;

constexpr int kMajorFactor = 10000;
constexpr std::chrono::seconds kVersionTime{10};

const char* named_folder() {
    const char* const named = std::getenv("DRYDOCK_PG_BIN");
    return named && *named ? named : nullptr;
}

bool has_server(const path& folder) {
    return ::access((folder / "postgres").c_str(), X_OK) == 0 && ::access((folder / "initdb").c_str(), X_OK) == 0;
}

// Folders of installed servers; newest names of Debian's first, so that equal versions are taken from there.
std::vector<path> candidate_folders() {
    std::vector<path> result;
    std::error_code error;
    for (const auto& version : std::filesystem::directory_iterator{"/usr/lib/postgresql", error}) {
        result.push_back(version.path() / "bin");
    }
    std::sort(result.rbegin(), result.rend());
    if (const char* const search = std::getenv("PATH")) {
        for (const auto folder : split(search, ':')) {
            if (!folder.empty()) result.emplace_back(folder);
        }
    }
    std::erase_if(result, [](const path& folder) { return !has_server(folder); });
    return result;
}

std::string install_hint(std::string_view package) {
    return fmt::format(
        "install it (Debian: apt install {}; other versions: apt.postgresql.org), or set DRYDOCK_PG_BIN to the folder "
        "that holds its postgres and initdb",
        package
    );
}

}  // namespace

int parse_server_version(std::string_view text) {
    constexpr std::string_view kStart = "postgres (PostgreSQL) ";
    if (!text.starts_with(kStart)) return 0;
    text.remove_prefix(kStart.size());
    const char* const end = text.data() + text.size();
    int major = 0;
    const auto after_major = std::from_chars(text.data(), end, major);
    if (after_major.ec != std::errc{}) return 0;
    int minor = 0;
    if (after_major.ptr != end && *after_major.ptr == '.') std::from_chars(after_major.ptr + 1, end, minor);
    return major * kMajorFactor + minor;
}

Result<Binaries> binaries_in(const path& folder) {
    if (!has_server(folder)) {
        return Error{
            .code = ErrorCode::not_found,
            .message = fmt::format("{} holds no PostgreSQL server (postgres and initdb)", folder.string()),
            .hint = "name the folder of the server's programs, such as /usr/lib/postgresql/15/bin"
        };
    }
    const Command ask{.argv = {(folder / "postgres").string(), "--version"}, .environment = {"LC_ALL=C"}};
    DRYDOCK_TRY(const auto answer, run(ask, Limits::within(kVersionTime)));
    const int version = parse_server_version(trim(answer.output));
    if (answer.exit_code != 0 || version == 0) {
        return Error{
            .code = ErrorCode::unavailable,
            .message = fmt::format("{}/postgres does not run here: {}", folder.string(), trim(answer.output)),
            .detail = answer.output
        };
    }
    return Binaries{.folder = std::filesystem::absolute(folder), .version = version};
}

Result<Binaries> find_binaries() {
    if (const char* const named = named_folder()) {
        auto found = binaries_in(named);
        if (!found) return std::move(found.error()).in("DRYDOCK_PG_BIN");
        return found;
    }
    Binaries newest;
    for (const auto& folder : candidate_folders()) {
        const auto found = binaries_in(folder);
        if (found && found->version > newest.version) newest = *found;
    }
    if (newest.version > 0) return newest;
    return Error{
        .code = ErrorCode::not_found, .message = "no PostgreSQL server is installed", .hint = install_hint("postgresql")
    };
}

Result<Binaries> find_binaries_of_major(int major) {
    std::vector<path> folders = candidate_folders();
    if (const char* const named = named_folder()) folders = {named};
    Binaries best;
    int other = 0;
    for (const auto& folder : folders) {
        const auto found = binaries_in(folder);
        if (!found) continue;
        if (found->major() == major && found->version > best.version) best = *found;
        other = std::max(other, found->major());
    }
    if (best.version > 0) return best;
    std::string here = other == 0 ? "no server is installed" : fmt::format("only {} is installed", other);
    if (named_folder()) here = fmt::format("DRYDOCK_PG_BIN ({}) names {}", named_folder(), other);
    return Error{
        .code = ErrorCode::not_found,
        .message = fmt::format("PostgreSQL {} is needed for this data folder, but {}", major, here),
        .hint = install_hint(fmt::format("postgresql-{}", major))
    };
}

}  // namespace drydock::pg_server
