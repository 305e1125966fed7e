#include "pg_server/embedded.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "testing/surroundings.h"

namespace drydock::pg_server {
namespace {

using ::testing::HasSubstr;

Limits seconds(int count) {
    return Limits::within(std::chrono::seconds{count});
}

TEST(EmbeddedFolder, IsRootsInVarLibAndElseInTheUsersDataFolder) {
    const testing::WithEnvironment data{"XDG_DATA_HOME", "/srv/data"};
    EXPECT_EQ(default_data_dir(), ::geteuid() == 0 ? "/var/lib/drydock" : "/srv/data/drydock");
}

TEST(EmbeddedFolder, OfAMissingMajorVersionSaysWhichAndHowToInstallIt) {
    const testing::TempFolder folder;
    ASSERT_TRUE(std::filesystem::create_directories(folder.path() / "pgdata"));
    ASSERT_TRUE(write_file(folder.path() / "pgdata" / "PG_VERSION", "9\n"));
    ASSERT_EQ(::chown((folder.path() / "pgdata").c_str(), ::geteuid() == 0 ? 65534 : ::geteuid(), ::getegid()), 0);
    const auto failed = start_embedded({.data_dir = folder.path()}, seconds(30));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::not_found);
    EXPECT_THAT(failed.error().message, HasSubstr("PostgreSQL 9 is needed"));
    EXPECT_THAT(failed.error().hint, HasSubstr("postgresql-9"));
    EXPECT_THAT(failed.error().hint, HasSubstr("DRYDOCK_PG_BIN"));
}

TEST(EmbeddedFolder, ThatHoldsSomethingElseIsLeftAlone) {
    const testing::TempFolder folder;
    ASSERT_TRUE(std::filesystem::create_directories(folder.path() / "pgdata"));
    ASSERT_TRUE(write_file(folder.path() / "pgdata" / "diary.txt", "mine"));
    const auto failed = start_embedded({.data_dir = folder.path()}, seconds(30));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::conflict);
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "pgdata" / "diary.txt"));
}

TEST(EmbeddedFolder, WhereTheServersUserCanNotEnterIsRefusedWithAdvice) {
    if (::geteuid() != 0) GTEST_SKIP() << "not root: the server runs as this user";
    const testing::TempFolder folder;
    ASSERT_EQ(::chmod(folder.path().c_str(), 0700), 0);
    const auto failed = start_embedded({.data_dir = folder.path() / "share" / "drydock"}, seconds(30));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::permission_denied);
    EXPECT_THAT(failed.error().message, HasSubstr(folder.path().string()));
    EXPECT_THAT(failed.error().hint, HasSubstr("/var/lib/drydock"));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "share"));
}

TEST(EmbeddedFolder, RootNeedsAnOrdinaryUserForTheServer) {
    if (::geteuid() != 0) GTEST_SKIP() << "not root";
    const testing::TempFolder folder;
    for (const auto* const name : {"root", "no-such-user"}) {
        const testing::WithEnvironment user{"DRYDOCK_PG_USER", name};
        const auto failed = start_embedded({.data_dir = folder.path() / "data"}, seconds(30));
        ASSERT_FALSE(failed);
        EXPECT_THAT(failed.error().message, HasSubstr(name));
        EXPECT_THAT(failed.error().hint, HasSubstr("DRYDOCK_PG_USER"));
    }
}

TEST(EmbeddedFolder, ThatIsNotThereIsAbsentAndStopsWithoutBeingMade) {
    const testing::TempFolder folder;
    const EmbeddedOptions options{.data_dir = folder.path() / "none"};
    const auto status = embedded_status(options);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->state, State::absent);
    EXPECT_TRUE(stop_embedded(options, seconds(5)));
    EXPECT_FALSE(std::filesystem::exists(options.data_dir));
    const auto where = embedded_conninfo(options);
    ASSERT_FALSE(where);
    EXPECT_THAT(where.error().hint, HasSubstr("drydock pg start"));
}

}  // namespace
}  // namespace drydock::pg_server
