#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace drydock {

// A file's bytes in memory. A big file is mapped, so 300 MB cost address space and not memory.
class MappedFile {
public:
    static Result<MappedFile> open(const std::filesystem::path& path);
    MappedFile() = default;
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    std::string_view text() const { return {data_, size_}; }

private:
    std::unique_ptr<char[]> copy_;
    const char* data_ = nullptr;
    std::size_t size_ = 0;
};

Result<std::string> read_file(const std::filesystem::path& path);

// Written beside and renamed, so a reader sees the old file or the new one, never a half.
Result<> write_file(const std::filesystem::path& path, std::string_view text, mode_t mode = 0644);

// What the system says of errno, as an Error about this path: not found, not permitted, not a folder ...
Error file_error(std::string_view doing, const std::filesystem::path& path, int error_number);

}  // namespace drydock
