#include "pg_server/binaries.h"

#include <sys/stat.h>

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "testing/surroundings.h"

namespace drydock::pg_server {
namespace {

using ::testing::HasSubstr;

void make_programs(const std::filesystem::path& folder, const std::string& prints) {
    for (const auto* const name : {"postgres", "initdb"}) {
        ASSERT_TRUE(write_file(folder / name, "#!/bin/sh\necho '" + prints + "'\n", 0755));
    }
}

TEST(ServerVersion, IsReadFromWhatTheServerPrints) {
    EXPECT_EQ(parse_server_version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"), 150014);
    EXPECT_EQ(parse_server_version("postgres (PostgreSQL) 17.5"), 170005);
    EXPECT_EQ(parse_server_version("postgres (PostgreSQL) 18beta1"), 180000);
    EXPECT_EQ(parse_server_version("postgres (PostgreSQL) 19devel"), 190000);
    EXPECT_EQ(parse_server_version("mysqld 8.0"), 0);
    EXPECT_EQ(parse_server_version(""), 0);
}

TEST(Binaries, AreThoseThatTheVariableNames) {
    const testing::TempFolder folder;
    make_programs(folder.path(), "postgres (PostgreSQL) 16.3");
    const testing::WithEnvironment named{"DRYDOCK_PG_BIN", folder.path().c_str()};
    const auto found = find_binaries();
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->folder, folder.path());
    EXPECT_EQ(found->version, 160003);
}

TEST(Binaries, OfAWrongVariableAreAnErrorThatNamesIt) {
    const testing::WithEnvironment named{"DRYDOCK_PG_BIN", "/nonexistent/bin"};
    const auto found = find_binaries();
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::not_found);
    EXPECT_THAT(found.error().message, HasSubstr("DRYDOCK_PG_BIN"));
    EXPECT_THAT(found.error().message, HasSubstr("/nonexistent/bin"));
    EXPECT_THAT(found.error().hint, HasSubstr("/usr/lib/postgresql/"));
}

TEST(Binaries, ThatDoNotRunHereAreAnErrorWithTheirWords) {
    const testing::TempFolder folder;
    make_programs(folder.path(), "libssl.so.9: cannot open shared object file");
    const auto found = binaries_in(folder.path());
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().message, HasSubstr("libssl.so.9"));
}

TEST(Binaries, OfAnotherMajorVersionThanTheVariableNamesAreAnError) {
    const testing::TempFolder folder;
    make_programs(folder.path(), "postgres (PostgreSQL) 16.3");
    const testing::WithEnvironment named{"DRYDOCK_PG_BIN", folder.path().c_str()};
    EXPECT_TRUE(find_binaries_of_major(16));
    const auto found = find_binaries_of_major(14);
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().message, HasSubstr("PostgreSQL 14 is needed"));
    EXPECT_THAT(found.error().message, HasSubstr("names 16"));
}

TEST(Binaries, OfTheNewestVersionInThePathAreTaken) {
    const testing::TempFolder older;
    const testing::TempFolder newer;
    make_programs(older.path(), "postgres (PostgreSQL) 98.2");
    make_programs(newer.path(), "postgres (PostgreSQL) 99.1");
    const testing::WithEnvironment none{"DRYDOCK_PG_BIN", nullptr};
    const auto search = older.path().string() + ":/bin:/usr/bin:" + newer.path().string();
    const testing::WithEnvironment path{"PATH", search.c_str()};
    const auto found = find_binaries();
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->version, 990001);
    EXPECT_EQ(find_binaries_of_major(98)->folder, older.path());
}

}  // namespace
}  // namespace drydock::pg_server
