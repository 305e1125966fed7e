#include "preflight/disk.h"

#include <sys/statvfs.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <limits>

#include "base/files.h"
#include "base/text.h"

namespace drydock::preflight {

Result<Space> space_at(const std::filesystem::path& folder) {
    struct statvfs info{};
    if (::statvfs(folder.c_str(), &info) != 0) return file_error("looking for free space at", folder, errno);
    const auto block = static_cast<std::int64_t>(info.f_frsize);
    return Space{
        .free = static_cast<std::int64_t>(info.f_bavail) * block,
        .total = static_cast<std::int64_t>(info.f_blocks) * block
    };
}

Result<bool> is_data_directory_of(const std::filesystem::path& directory, std::int64_t started) {
    DRYDOCK_TRY(const auto text, read_file(directory / "postmaster.pid"));
    const auto lines = split(text, '\n');  // pid, folder, start time, port …
    if (lines.size() < 3) return false;
    const auto line = trim(lines[2]);
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), seconds);
    // The file has the moment at which the postmaster began, the server that at which it was up a little later.
    return error == std::errc{} && std::llabs(seconds - started) <= 60;
}

}  // namespace drydock::preflight
