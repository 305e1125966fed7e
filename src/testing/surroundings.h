#pragma once

#include <filesystem>
#include <string>

namespace drydock::testing {

// A new folder, in memory where there is room, which every user may pass through; gone with all that is in it.
class TempFolder {
public:
    TempFolder();
    explicit TempFolder(const std::filesystem::path& base);  // in this folder instead
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// An environment variable with another value (or none) until the end of the scope.
class WithEnvironment {
public:
    WithEnvironment(const char* name, const char* value);
    ~WithEnvironment();
    WithEnvironment(const WithEnvironment&) = delete;
    WithEnvironment& operator=(const WithEnvironment&) = delete;

private:
    const char* name_;
    bool had_ = false;
    std::string before_;
};

}  // namespace drydock::testing
