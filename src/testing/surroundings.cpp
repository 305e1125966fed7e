#include "testing/surroundings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace drydock::testing {
namespace {

constexpr std::uintmax_t kRoom = std::uintmax_t{1} << 30;

std::filesystem::path fastest_base() {
    std::error_code error;
    const std::filesystem::path memory = "/dev/shm";
    const auto space = std::filesystem::space(memory, error);
    const bool fits = !error && space.available >= kRoom && ::access(memory.c_str(), W_OK) == 0;
    return fits ? memory : std::filesystem::temp_directory_path();
}

}  // namespace

TempFolder::TempFolder() : TempFolder(fastest_base()) {}

TempFolder::TempFolder(const std::filesystem::path& base)
    : path_(base / fmt::format("drydock-test-{}", random_hex(6))) {
    EXPECT_EQ(::mkdir(path_.c_str(), 0711), 0) << path_;
    EXPECT_EQ(::chmod(path_.c_str(), 0711), 0) << path_;
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

WithEnvironment::WithEnvironment(const char* name, const char* value) : name_(name) {
    if (const char* const before = std::getenv(name)) {
        had_ = true;
        before_ = before;
    }
    if (value)
        ::setenv(name, value, 1);
    else
        ::unsetenv(name);
}

WithEnvironment::~WithEnvironment() {
    if (had_)
        ::setenv(name_, before_.c_str(), 1);
    else
        ::unsetenv(name_);
}

}  // namespace drydock::testing
