#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/files.h"
#include "pg_server/cluster.h"
#include "pg_server/copy_tree.h"
#include "pg_server/file_lock.h"
#include "testing/surroundings.h"

namespace drydock::pg_server {
namespace {

TEST(CopyTree, CopiesFoldersAndFilesAndNothingElse) {
    const testing::TempFolder folder;
    const auto from = folder.path() / "from";
    std::filesystem::create_directories(from / "a" / "empty");
    const std::string large(3 << 20, 'x');
    ASSERT_TRUE(write_file(from / "a" / "large", large));
    ASSERT_TRUE(write_file(from / "none", ""));
    std::filesystem::create_symlink("/etc/passwd", from / "link");
    const auto copied = copy_tree(from, folder.path() / "to", std::nullopt);
    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_EQ(read_file(folder.path() / "to" / "a" / "large").value(), large);
    EXPECT_EQ(read_file(folder.path() / "to" / "none").value(), "");
    EXPECT_TRUE(std::filesystem::is_directory(folder.path() / "to" / "a" / "empty"));
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(folder.path() / "to" / "link")));
    struct stat info{};
    ASSERT_EQ(::stat((folder.path() / "to" / "a" / "large").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST(CopyTree, OfAMissingFolderIsAnError) {
    const testing::TempFolder folder;
    EXPECT_FALSE(copy_tree(folder.path() / "none", folder.path() / "to", std::nullopt));
}

TEST(FileLock, IsOneHoldersUntilItGoes) {
    const testing::TempFolder folder;
    const auto file = folder.path() / "lock";
    {
        const auto first = FileLock::try_take(file, FileLock::Mode::exclusive);
        ASSERT_TRUE(first && *first);
        const auto second = FileLock::try_take(file, FileLock::Mode::exclusive);
        ASSERT_TRUE(second);
        EXPECT_FALSE(*second);
        const auto waited = FileLock::take(file, FileLock::Mode::shared, Limits::within(std::chrono::milliseconds{20}));
        ASSERT_FALSE(waited);
        EXPECT_EQ(waited.error().code, ErrorCode::deadline_exceeded);
    }
    EXPECT_TRUE(FileLock::take(file, FileLock::Mode::exclusive, Limits::within(std::chrono::seconds{1})));
}

TEST(FileLock, IsNotTakenThroughASymbolicLink) {
    const testing::TempFolder folder;
    std::filesystem::create_symlink(folder.path() / "elsewhere", folder.path() / "lock");
    EXPECT_FALSE(FileLock::try_take(folder.path() / "lock", FileLock::Mode::exclusive));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "elsewhere"));
}

TEST(FreePort, IsTheWantedOneWhenItIsFree) {
    const auto port = free_port();
    ASSERT_TRUE(port);
    EXPECT_EQ(free_port(*port).value(), *port);
}

}  // namespace
}  // namespace drydock::pg_server
