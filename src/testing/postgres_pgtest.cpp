#include "testing/postgres.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace drydock::testing {
namespace {

std::string databases_like(const std::string& name) {
    return run_on(server().conninfo(), fmt::format("SELECT count(*) FROM pg_database WHERE datname = '{}'", name));
}

TEST(TestDatabase, IsNewAndEmptyAndGoneAtTheEnd) {
    std::string name;
    {
        const Database first;
        const Database second;
        name = first.run("SELECT current_database()");
        EXPECT_NE(second.run("SELECT current_database()"), name);
        first.run("CREATE TABLE t (n int)");
        EXPECT_EQ(second.run("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
        EXPECT_EQ(databases_like(name), "1");
        const auto left_open = first.connect();
        EXPECT_TRUE(left_open.usable());
    }
    EXPECT_EQ(databases_like(name), "0");
}

TEST(TestDatabase, RunGivesTheFirstValueOfTheLastStatement) {
    const Database database;
    EXPECT_EQ(database.run("SELECT 1; SELECT 2, 3"), "2");
    EXPECT_EQ(database.run("SELECT 1; CREATE TABLE t (n int)"), "");
    EXPECT_EQ(database.run("SELECT NULL::text"), "");
}

TEST(TestServer, IsOneForAll) {
    EXPECT_EQ(&server(), &server());
}

}  // namespace
}  // namespace drydock::testing
