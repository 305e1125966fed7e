#include "base/private_folder.h"

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"

namespace drydock {

Result<PrivateFolder> PrivateFolder::make(std::string_view prefix) {
    std::error_code error;
    auto pattern = (std::filesystem::temp_directory_path(error) / fmt::format("{}-XXXXXX", prefix)).string();
    if (error || ::mkdtemp(pattern.data()) == nullptr) return file_error("making", pattern, errno);
    PrivateFolder folder;
    folder.path_ = pattern;
    return folder;
}

PrivateFolder::PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

PrivateFolder& PrivateFolder::operator=(PrivateFolder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
}

PrivateFolder::~PrivateFolder() {
    if (path_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace drydock
