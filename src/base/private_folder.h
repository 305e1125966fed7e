#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace drydock {

// A folder among the temporary files that nobody else may read; gone with this.
class PrivateFolder {
public:
    static Result<PrivateFolder> make(std::string_view prefix);
    PrivateFolder() = default;
    PrivateFolder(PrivateFolder&& other) noexcept;
    PrivateFolder& operator=(PrivateFolder&& other) noexcept;
    ~PrivateFolder();

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace drydock
