#include "shadow/shadow.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/postgres.h"

namespace drydock::shadow {
namespace {

using ::testing::HasSubstr;

Limits minute() {
    return Limits::within(std::chrono::minutes{1});
}

Shadow open(const ShadowOptions& options = {}) {
    auto shadow = Shadow::open(options, std::nullopt, minute());
    if (!shadow) {
        ADD_FAILURE() << shadow.error().message << "\n" << shadow.error().detail;
        std::abort();
    }
    return *std::move(shadow);
}

ShadowOptions on_test_server(std::string_view role = {}) {
    auto where = testing::server().conninfo();
    if (!role.empty()) where.set("user", role);
    return {.url = where.url(), .origin = "--shadow-url"};
}

Database create(Shadow& shadow, const DatabaseOptions& options = {}) {
    auto database = shadow.create_database(options, minute());
    if (!database) {
        ADD_FAILURE() << database.error().message << "\n" << database.error().hint;
        std::abort();
    }
    return *std::move(database);
}

std::string shadow_databases() {
    return testing::run_on(
        testing::server().conninfo(), "SELECT count(*) FROM pg_database WHERE datname LIKE 'drydock\\_shadow\\_%'"
    );
}

TEST(Shadow, MakesDatabasesOnAServerOfItsOwn) {
    auto shadow = open();
    EXPECT_TRUE(shadow.is_throwaway());
    EXPECT_GE(shadow.server_version(), 130000);
    const auto first = create(shadow);
    testing::run_on(first.conninfo(), "CREATE TABLE t (a int); INSERT INTO t VALUES (7)");
    const auto copy = create(shadow, {.copy_of = first.name()});
    EXPECT_EQ(testing::run_on(copy.conninfo(), "SELECT a FROM t"), "7");
}

TEST(Shadow, ADatabaseGoesWithItsHandle) {
    auto shadow = open();
    {
        const auto database = create(shadow);
        testing::run_on(database.conninfo(), "SELECT 1");
    }
    auto rows = shadow.admin().query(
        {"test", "SELECT count(*) FROM pg_database WHERE datname LIKE 'drydock\\_shadow\\_%'"}, minute()
    );
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->text(0, 0), "0");
}

TEST(Shadow, UsesANamedServerAndLeavesNothingThere) {
    {
        auto shadow = open(on_test_server());
        EXPECT_FALSE(shadow.is_throwaway());
        const auto one = create(shadow);
        const auto other = create(shadow);
        EXPECT_EQ(shadow_databases(), "2");
    }
    EXPECT_EQ(shadow_databases(), "0");
}

TEST(Shadow, DropsWhatAKilledRunLeftAndNothingOfALivingOne) {
    auto living = open(on_test_server());
    const auto database = create(living);
    std::string name;
    {
        auto dead = open(on_test_server());
        auto left = create(dead);
        name = left.name();
        left.keep();
    }
    auto next = open(on_test_server());
    EXPECT_EQ(shadow_databases(), "1");
    ASSERT_EQ(next.notes().size(), 1U);
    EXPECT_THAT(next.notes()[0], HasSubstr(name));
}

TEST(Shadow, ANamedServerHasToLetItMakeDatabases) {
    testing::run_on(testing::server().conninfo(), "CREATE ROLE \"no maker\" LOGIN");
    const auto refused = Shadow::open(on_test_server("no maker"), std::nullopt, minute());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
    EXPECT_THAT(refused.error().hint, HasSubstr("ALTER ROLE \"no maker\" CREATEDB"));
    testing::run_on(testing::server().conninfo(), "ALTER ROLE \"no maker\" CREATEDB");
    {
        auto shadow = open(on_test_server("no maker"));
        const auto database = create(shadow);
        EXPECT_EQ(testing::run_on(database.conninfo(), "SELECT current_user"), "no maker");
    }
    testing::run_on(testing::server().conninfo(), "DROP ROLE \"no maker\"");
}

TEST(Shadow, MakesMissingRolesOnItsOwnServerAndSaysSo) {
    auto shadow = open();
    EXPECT_EQ(shadow.ensure_role("App \"Owner\"", minute()).value(), true);
    EXPECT_EQ(shadow.ensure_role("App \"Owner\"", minute()).value(), false);
    EXPECT_THAT(shadow.notes().back(), HasSubstr("App \"Owner\""));
    const auto database = create(shadow, {.owner = "App \"Owner\""});
    EXPECT_EQ(
        testing::run_on(database.conninfo(), "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'App \"Owner\"'"), "f"
    );
}

TEST(Shadow, NeverMakesRolesOnANamedServer) {
    auto shadow = open(on_test_server());
    const auto refused = shadow.ensure_role("nobody_here", minute());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().hint, HasSubstr("CREATE ROLE \"nobody_here\""));
    EXPECT_EQ(
        testing::run_on(testing::server().conninfo(), "SELECT count(*) FROM pg_roles WHERE rolname = 'nobody_here'"),
        "0"
    );
}

TEST(Shadow, DropsTheRolesThatMigrationsMade) {
    auto shadow = open();
    const auto before = shadow.roles(minute()).value();
    testing::run_on(shadow.admin().conninfo(), "CREATE ROLE made_by_migration");
    ASSERT_TRUE(shadow.drop_roles_but(before, minute()));
    EXPECT_EQ(shadow.roles(minute()).value(), before);
}

TEST(Shadow, KnowsWhichExtensionsThereAre) {
    auto shadow = open();
    EXPECT_TRUE(shadow.has_extension("plpgsql", minute()).value());
    EXPECT_FALSE(shadow.has_extension("no_such_extension", minute()).value());
}

TEST(Shadow, SaysWhenItsVersionIsNotTheTargets) {
    const auto kind = Shadow::choose({.major = 9});
    ASSERT_TRUE(kind);
    ASSERT_EQ(kind->notes.size(), 1U);
    EXPECT_THAT(kind->notes[0], HasSubstr("the target 9"));
    const auto same = Shadow::choose({.major = kind->binaries->major()});
    ASSERT_TRUE(same);
    EXPECT_TRUE(same->notes.empty());
}

TEST(Shadow, NothingOfItStaysWhenTheProcessIsKilled) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        auto shadow = Shadow::open({}, std::nullopt, minute());
        if (!shadow) ::_exit(1);
        auto database = shadow->create_database({}, minute());
        auto pid = shadow->admin().query({"test", "SELECT current_setting('data_directory')"}, minute());
        const std::string folder{pid->text(0, 0)};
        [[maybe_unused]] const auto written = ::write(pipe[1], folder.data(), folder.size());
        ::pause();
    }
    std::array<char, 4096> text{};
    const auto size = ::read(pipe[0], text.data(), text.size());
    ASSERT_GT(size, 0);
    const std::filesystem::path folder{std::string{text.data(), static_cast<std::size_t>(size)}};
    ASSERT_TRUE(std::filesystem::exists(folder));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const auto until = Limits::Clock::now() + std::chrono::seconds{20};
    while (std::filesystem::exists(folder.parent_path()) && Limits::Clock::now() < until) ::usleep(10'000);
    EXPECT_FALSE(std::filesystem::exists(folder.parent_path()));
}

}  // namespace
}  // namespace drydock::shadow
