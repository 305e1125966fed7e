#include "pg_server/postmaster.h"

#include <unistd.h>

#include <string>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "testing/surroundings.h"

namespace drydock::pg_server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(PostmasterFile, TellsProcessPortSocketAndStatus) {
    const auto file =
        parse_postmaster_file("4711\n/data\n1700000000\n5433\n/run/pg\n127.0.0.1\n  5432001    163840\nready   \n");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->pid, 4711);
    EXPECT_EQ(file->started_at, 1700000000);
    EXPECT_EQ(file->port, 5433);
    EXPECT_EQ(file->socket_dir, "/run/pg");
    EXPECT_EQ(file->status, "ready");
}

TEST(PostmasterFile, OfASingleUserServerGivesItsProcess) {
    const auto file = parse_postmaster_file("-4711\n/data\n1700000000\n5433\n\n");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->pid, 4711);
    EXPECT_EQ(file->status, "");
}

TEST(PostmasterFile, HalfWrittenOrDamagedGivesNothing) {
    for (const auto* const text :
         {"", "4711", "4711\n/data\n", "abc\n/data\n1\n2\n/run\n", "99999999999999999999\n/d\n1\n2\n/r\n"}) {
        EXPECT_FALSE(parse_postmaster_file(text)) << text;
    }
}

TEST(PostmasterFile, OfALivingProcessThatIsNoServerIsStale) {
    const testing::TempFolder folder;
    ASSERT_TRUE(write_file(folder.path() / "postmaster.pid", fmt::format("{}\n/d\n1\n2\n/r\n", ::getpid())));
    const auto found = find_postmaster(folder.path());
    ASSERT_TRUE(found);
    EXPECT_FALSE(*found);
}

TEST(PostmasterFile, StaleKeepsAllButItsNumber) {
    const testing::TempFolder folder;
    const auto file = folder.path() / "postmaster.pid";
    ASSERT_TRUE(write_file(file, "4711\n/d\n1\n2\n/r\n\n 55 66\n"));
    ASSERT_TRUE(disarm_stale_file(folder.path(), std::nullopt));
    EXPECT_THAT(read_file(file).value(), ::testing::EndsWith("\n/d\n1\n2\n/r\n\n 55 66\n"));
    EXPECT_THAT(read_file(file).value(), Not(HasSubstr("4711")));
    const auto number = parse_postmaster_file(*read_file(file));
    ASSERT_TRUE(number);
    EXPECT_FALSE(*ProcessHandle::open(number->pid));
}

TEST(StartFailure, IsKnownFromTheServersWords) {
    const std::pair<const char*, StartFailure> cases[] = {
        {"LOG:  could not bind IPv4 address \"127.0.0.1\": Address already in use", StartFailure::port_taken},
        {"FATAL:  could not write lock file \"postmaster.pid\": No space left on device", StartFailure::disk_full},
        {"FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use", StartFailure::old_processes},
        {"FATAL:  could not map anonymous shared memory: Cannot allocate memory", StartFailure::no_shared_memory},
        {"FATAL:  database files are incompatible with server", StartFailure::wrong_version},
        {"FATAL:  data directory \"/d\" has wrong ownership", StartFailure::no_permission},
        {"PANIC:  could not locate a valid checkpoint record", StartFailure::other},
    };
    for (const auto& [log, failure] : cases) EXPECT_EQ(classify_start_failure(log), failure) << log;
}

TEST(ServerLog, ShowsTheLastLinesOfThisStartOnly) {
    const testing::TempFolder folder;
    const auto file = folder.path() / "server.log";
    ASSERT_TRUE(write_file(file, "of the last start\n"));
    const auto log = ServerLog::from_here(file);
    std::string text = "of the last start\n";
    for (int i = 1; i <= 20; ++i) text += fmt::format("line {}.\n", i);
    ASSERT_TRUE(write_file(file, text));
    EXPECT_THAT(log.tail(), Not(HasSubstr("last start")));
    EXPECT_THAT(log.tail(), Not(HasSubstr("line 8.")));
    EXPECT_THAT(log.tail(), ::testing::StartsWith("line 9."));
    EXPECT_THAT(log.tail(), ::testing::EndsWith("line 20."));
}

}  // namespace
}  // namespace drydock::pg_server
