#include "control/migrations.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layouts/folder.h"
#include "sql/script.h"

namespace drydock::control {
namespace {

using ::testing::IsSupersetOf;
using ::testing::StartsWith;

bool is_migration(const EmbeddedFile& file) {
    return file.name[0] >= '0' && file.name[0] <= '9';
}

std::set<std::string_view> names() {
    std::set<std::string_view> result;
    for (const auto& file : migrations()) result.insert(file.name);
    return result;
}

TEST(Migrations, are_all_compiled_in) {
    EXPECT_THAT(
        names(),
        IsSupersetOf<std::string_view>(
            {"001_platform.sql",
             "002_billing.sql",
             "003_users.sql",
             "004_first_organization.sql",
             "005_limits.sql",
             "006_databases.sql",
             "006_enable_rls.sql",
             "006_add_registration.sql",
             "007_restrictive_rls.sql",
             "verify-003.sql",
             "verify-006_databases.sql",
             "verify-006_enable_rls.sql",
             "verify-006_add_registration.sql",
             "verify-007.sql"}
        )
    );
}

TEST(Migrations, begin_with_their_header) {
    for (const auto& file : migrations()) {
        SCOPED_TRACE(file.name);
        if (!is_migration(file)) {
            EXPECT_THAT(std::string{file.text}, StartsWith("-- "));
            continue;
        }
        EXPECT_THAT(std::string{file.text}, StartsWith("-- Migration: "));
        const auto header = layouts::parse_header(file.text);
        EXPECT_FALSE(header.title.empty());
        EXPECT_FALSE(header.purpose.empty());
        ASSERT_TRUE(header.rollback);
        EXPECT_TRUE(names().contains(header.rollback->text)) << header.rollback->text;
        for (const auto& dependency : header.dependencies) {
            EXPECT_TRUE(names().contains(dependency.text)) << dependency.text;
            EXPECT_NE(dependency.text, file.name);
        }
        EXPECT_FALSE(header.hold) << "the server brings its schema up to date without a person";
    }
}

TEST(Migrations, of_one_number_are_ordered_by_their_dependencies_against_the_alphabet) {
    std::map<std::string_view, std::set<std::string>> needs;
    for (const auto& file : migrations()) {
        for (const auto& dependency : layouts::parse_header(file.text).dependencies)
            needs[file.name].insert(dependency.text);
    }
    EXPECT_TRUE(needs["006_enable_rls.sql"].contains("006_databases.sql"));
    EXPECT_TRUE(needs["006_add_registration.sql"].contains("006_databases.sql"));
    EXPECT_TRUE(needs["006_add_registration.sql"].contains("006_enable_rls.sql"));
    EXPECT_LT(std::string_view{"006_add_registration.sql"}, std::string_view{"006_databases.sql"});
}

// The engine wraps each file in a transaction of its own.
TEST(Migrations, hold_only_statements_that_run_in_a_transaction_block) {
    for (const auto& file : migrations()) {
        SCOPED_TRACE(file.name);
        const auto script = sql::Script::read(file.text, file.name);
        ASSERT_TRUE(script) << script.error().message;
        EXPECT_FALSE(script->statements().empty());
        for (const auto& statement : script->statements()) {
            EXPECT_EQ(statement.shape, sql::Shape::ordinary) << script->text_of(statement);
        }
    }
}

TEST(Migrations, are_found_by_name) {
    EXPECT_THAT(std::string{migration_text("001_platform.sql")}, StartsWith("-- Migration: Platform schema"));
    EXPECT_EQ(migration_text("999_nothing.sql"), "");
}

}  // namespace
}  // namespace drydock::control
