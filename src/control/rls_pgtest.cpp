#include <gmock/gmock.h>

#include "control/tenants_pgtest.h"

namespace drydock::control {
namespace {

using namespace tenants;
using ::testing::ElementsAre;

// What makes the other tests look at every table, also at those that later migrations bring.
TEST_F(Tenants, have_rows_of_both_organizations_in_every_table) {
    build();
    for (const auto& table : tenant_tables(admin_)) {
        for (const char letter : {'a', 'b'}) {
            EXPECT_NE(
                value(admin_, fmt::format("SELECT count(*) FROM platform.{} WHERE {}", table, rows_of(table, letter))),
                "0"
            ) << table;
        }
    }
}

TEST_F(Tenants, are_not_kept_apart_in_phase_one) {
    build(kPhaseTwo);
    for (const auto& table : tenant_tables(admin_)) {
        SCOPED_TRACE(table);
        const auto count = fmt::format("SELECT count(*) FROM platform.{}", table);
        EXPECT_EQ(ask(count), value(admin_, count));
        const auto update =
            fmt::format("UPDATE platform.{0} SET {1} = {1} WHERE {2}", table, key_of(table), rows_of(table, 'b'));
        EXPECT_GT(std::stoi(change(update)), 0);
    }
}

TEST_F(Tenants, never_reach_each_other_whatever_the_role) {
    build();
    for (const auto role : kRoles) {
        SCOPED_TRACE(role);
        act_as(organization('a'), user('a', role));
        for (const auto& table : tenant_tables(admin_)) expect_nothing_crosses(table);
    }
}

TEST_F(Tenants, never_reach_each_other_by_a_job_of_the_system) {
    build();
    act_as(organization('a'), kSystem);
    for (const auto& table : tenant_tables(admin_)) {
        // It makes people, who are of no organization yet.
        if (table != "users") expect_nothing_crosses(table);
    }
    EXPECT_EQ(ask(fmt::format("SELECT count(*) FROM platform.users WHERE {}", rows_of("users", 'b'))), "0");
}

TEST_F(Tenants, never_reach_each_other_where_the_server_works_as_the_owner) {
    build_as_plain_owner();
    for (const auto role : kRoles) {
        SCOPED_TRACE(role);
        act_as(organization('a'), user('a', role));
        for (const auto& table : tenant_tables(admin_)) expect_nothing_crosses(table);
    }
    without_settings();
    for (const auto& table : tenant_tables(admin_)) {
        EXPECT_EQ(ask(fmt::format("SELECT count(*) FROM platform.{}", table)), "0") << table;
    }
}

TEST_F(Tenants, never_reach_each_other_by_the_reading_role) {
    build();
    actor_ = "drydock_readonly";
    act_as(organization('a'), user('a', "owner"));
    for (const auto& table : tenant_tables(admin_)) {
        SCOPED_TRACE(table);
        EXPECT_NE(ask(fmt::format("SELECT count(*) FROM platform.{} WHERE {}", table, rows_of(table, 'a'))), "0");
        EXPECT_EQ(ask(fmt::format("SELECT count(*) FROM platform.{} WHERE {}", table, rows_of(table, 'b'))), "0");
        EXPECT_EQ(change(fmt::format("DELETE FROM platform.{}", table)), "42501");
    }
    EXPECT_EQ(change("SELECT connection_string_encrypted FROM platform.databases"), "42501");
    EXPECT_EQ(change("SELECT password_hash FROM platform.users"), "42501");
}

TEST_F(Tenants, are_not_seen_without_settings) {
    build();
    without_settings();
    for (const auto& table : tenant_tables(admin_)) {
        EXPECT_EQ(ask(fmt::format("SELECT count(*) FROM platform.{}", table)), "0") << table;
        EXPECT_EQ(change(copy_of(table, rows_of(table, 'a'))), "42501") << table;
    }
}

// After a SET LOCAL a setting is '' for the rest of the session, not NULL.
TEST_F(Tenants, are_not_seen_where_a_former_transaction_had_settings) {
    build();
    run(connection_,
        fmt::format(
            "BEGIN; SET LOCAL app.current_org_id = '{}'; SET LOCAL app.current_user_id = '{}'; "
            "SET LOCAL app.current_login = '1@a.example'; COMMIT",
            organization('a'),
            user('a', "owner")
        ));
    ASSERT_EQ(value(connection_, "SELECT current_setting('app.current_org_id') = ''"), "t");
    without_settings();
    for (const auto& table : tenant_tables(admin_)) {
        EXPECT_EQ(ask(fmt::format("SELECT count(*) FROM platform.{}", table)), "0") << table;
    }
}

TEST_F(Tenants, see_only_their_own_databases_in_the_safe_view) {
    build();
    for (const auto* const actor : {"drydock_api", "drydock_readonly", "CURRENT_USER"}) {
        SCOPED_TRACE(actor);
        actor_ = actor == std::string_view{"CURRENT_USER"} ? value(admin_, "SELECT current_user") : actor;
        act_as(organization('a'), user('a', "viewer"));
        EXPECT_THAT(
            ask_all("SELECT host, connection_string FROM platform.databases_safe"),
            ElementsAre("db.a.example|postgresql://:****@db.a.example")
        );
        EXPECT_EQ(ask(fmt::format("SELECT count(*) FROM platform.get_project_databases('{}')", id('b', 10))), "0");
        without_settings();
        EXPECT_EQ(ask("SELECT count(*) FROM platform.databases_safe"), "0");
    }
    actor_ = "drydock_api";
    EXPECT_EQ(change("SELECT * FROM platform.databases_with_connection_strings"), "42501");
}

TEST_F(Tenants, are_told_apart_by_a_condition_computed_once_a_statement) {
    build();
    act_as(organization('a'), user('a', "viewer"));
    const auto plan = fmt::format("{}", fmt::join(ask_all("EXPLAIN SELECT * FROM platform.databases"), "\n"));
    EXPECT_THAT(plan, ::testing::HasSubstr("InitPlan"));
    EXPECT_THAT(plan, ::testing::Not(::testing::HasSubstr("SubPlan")));
}

}  // namespace
}  // namespace drydock::control
