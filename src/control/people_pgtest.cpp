#include <gmock/gmock.h>

#include "control/tenants_pgtest.h"

namespace drydock::control {
namespace {

using namespace tenants;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

// What each role, and who has none yet, may do in an organization.
class People : public Tenants {};

TEST_F(People, change_what_their_role_allows) {
    build();
    for (const auto role : kRoles) {
        SCOPED_TRACE(role);
        act_as(organization('a'), user('a', role));
        EXPECT_EQ(may_update(), tables_of(&Rights::update, role));
        EXPECT_EQ(may_insert(), tables_of(&Rights::insert, role));
        EXPECT_EQ(may_delete(), tables_of(&Rights::remove, role));
    }
}

TEST_F(People, find_the_rights_on_every_table_written_down) {
    build();
    std::vector<std::string> written;
    for (const auto& rights : kRights) written.emplace_back(rights.table);
    EXPECT_EQ(written, shared_tables(admin_));
    EXPECT_EQ(personal_tables(admin_), std::vector<std::string>(std::begin(kPersonal), std::end(kPersonal)));
}

TEST_F(People, leave_to_the_system_what_no_role_may_write) {
    build();
    act_as(organization('a'), kSystem);
    EXPECT_EQ(may_update(), tables_of(&Rights::update, "system"));
    EXPECT_THAT(may_insert(), ::testing::IsSupersetOf({"invoice_lines", "invoices", "usage_records", "users"}));
}

TEST_F(People, see_bills_only_as_owner_or_administrator) {
    build();
    for (const auto role : kRoles) {
        act_as(organization('a'), user('a', role));
        const bool may = role == "owner" || role == "admin";
        for (const std::string_view table : {"payment_methods", "invoices", "invoice_lines"}) {
            EXPECT_EQ(ask(fmt::format("SELECT count(*) FROM platform.{}", table)), may ? "1" : "0")
                << role << ' ' << table;
        }
    }
}

TEST_F(People, change_nothing_in_an_organization_that_they_do_not_belong_to) {
    build();
    act_as(organization('b'), user('a', "owner"));
    EXPECT_THAT(may_update(), ElementsAre("users")) << "oneself";
    EXPECT_EQ(change(copy_of("databases", rows_of("databases", 'b'))), "42501");
}

TEST_F(People, change_nothing_once_they_are_disabled) {
    build();
    run(admin_, fmt::format("UPDATE platform.users SET status = 'disabled' WHERE id = '{}'", user('a', "admin")));
    act_as(organization('a'), user('a', "admin"));
    EXPECT_THAT(may_insert(), ElementsAre("audit_log")) << "what is refused is audited as well";
}

TEST_F(People, only_read_while_their_organization_is_suspended) {
    build();
    run(admin_,
        fmt::format("UPDATE platform.organizations SET status = 'suspended' WHERE id = '{}'", organization('a')));
    act_as(organization('a'), user('a', "owner"));
    EXPECT_THAT(may_insert(), ElementsAre("audit_log")) << "what is refused is audited as well";
    EXPECT_EQ(ask("SELECT count(*) FROM platform.databases"), "1");
    EXPECT_EQ(ask("SELECT count(*) FROM platform.invoices"), "1");
    act_as(organization('a'), kSystem);
    EXPECT_EQ(may_update(), tables_of(&Rights::update, "system"));
}

TEST_F(People, make_and_unmake_owners_only_as_an_owner) {
    build();
    const auto promote =
        fmt::format("UPDATE platform.user_roles SET role = 'owner' WHERE user_id = '{}'", user('a', "admin"));
    const auto demote =
        fmt::format("UPDATE platform.user_roles SET role = 'viewer' WHERE user_id = '{}'", user('a', "owner"));
    act_as(organization('a'), user('a', "admin"));
    EXPECT_EQ(change(promote), "42501");
    EXPECT_EQ(change(demote), "0");
    act_as(organization('a'), user('a', "owner"));
    EXPECT_EQ(change(promote), "1");
    EXPECT_EQ(change(demote), "1");
}

// A person may belong to several organizations: an administrator of one must not open the others.
TEST_F(People, are_invited_by_an_administrator_and_not_changed) {
    build();
    run(admin_,
        fmt::format(
            "INSERT INTO platform.user_roles VALUES ('{}', '{}', 'member')", organization('a'), user('b', "owner")
        ));
    act_as(organization('a'), user('a', "admin"));
    EXPECT_EQ(ask(fmt::format("SELECT count(*) FROM platform.users WHERE id = '{}'", user('b', "owner"))), "1");
    EXPECT_EQ(
        change(fmt::format(
            "UPDATE platform.users SET password_hash = '$argon2id$mine' WHERE id = '{}'", user('b', "owner")
        )),
        "0"
    );
    EXPECT_EQ(change("INSERT INTO platform.users (email, status) VALUES ('new@a.example', 'invited')"), "1");
    EXPECT_EQ(change("INSERT INTO platform.users (email, status) VALUES ('new@a.example', 'active')"), "42501");
    EXPECT_EQ(
        change("INSERT INTO platform.users (email, status, password_hash) VALUES ('new@a.example', 'invited', "
               "'$argon2id$x')"),
        "42501"
    );
    act_as(organization('a'), user('a', "member"));
    EXPECT_EQ(change("INSERT INTO platform.users (email, status) VALUES ('new@a.example', 'invited')"), "42501");
}

TEST_F(People, see_what_they_belong_to_before_an_organization_is_chosen) {
    build();
    run(admin_,
        fmt::format(
            "INSERT INTO platform.user_roles VALUES ('{}', '{}', 'viewer')", organization('b'), user('a', "member")
        ));
    act_as("", user('a', "member"));
    EXPECT_THAT(ask_all("SELECT slug FROM platform.organizations"), UnorderedElementsAre("org-a", "org-b"));
    EXPECT_THAT(ask_all("SELECT role FROM platform.user_roles"), UnorderedElementsAre("member", "viewer"));
    for (const auto& table : tenant_tables(admin_)) {
        if (table == "organizations" || table == "user_roles" || table == "users" || table == "api_tokens") continue;
        if (is_personal(table)) continue;
        EXPECT_EQ(ask(fmt::format("SELECT count(*) FROM platform.{}", table)), "0") << table;
    }
    act_as(organization('a'), user('a', "member"));
    EXPECT_THAT(ask_all("SELECT slug FROM platform.organizations"), ElementsAre("org-a"));
}

TEST_F(People, do_not_see_all_organizations_as_the_system_does) {
    build();
    act_as("", kSystem);
    EXPECT_THAT(ask_all("SELECT slug FROM platform.organizations"), UnorderedElementsAre("default", "org-a", "org-b"));
    EXPECT_EQ(ask("SELECT count(*) FROM platform.databases"), "0");
    EXPECT_EQ(change("UPDATE platform.organizations SET name = 'x'"), "0");
}

TEST_F(People, are_found_one_at_a_time_by_a_login) {
    build();
    without_settings();
    settings_ = "SELECT set_config('app.current_login', '3@B.example', true);";
    EXPECT_THAT(ask_all("SELECT id FROM platform.users"), ElementsAre(user('b', "member")));
    EXPECT_EQ(change("UPDATE platform.users SET failed_logins = 1"), "0");
}

TEST_F(People, become_the_first_owner_of_what_they_found) {
    build();
    const auto founded = id('c', 0);
    act_as(founded, user('a', "viewer"));
    const auto found =
        fmt::format("INSERT INTO platform.organizations (id, slug, name) VALUES ('{}', 'new', 'New');", founded);
    const auto join = [&](std::string_view who, std::string_view role) {
        return fmt::format("INSERT INTO platform.user_roles VALUES ('{}', '{}', '{}');", founded, who, role);
    };
    EXPECT_EQ(change(found + join(user('a', "viewer"), "owner")), "1");
    EXPECT_EQ(change(found + join(user('a', "owner"), "owner")), "42501") << "only oneself";
    EXPECT_EQ(
        change(found + join(user('a', "viewer"), "owner") + copy_of("projects", rows_of("projects", 'a'))), "42501"
    );
    act_as(organization('b'), user('a', "viewer"));
    EXPECT_EQ(
        change(fmt::format(
            "INSERT INTO platform.user_roles VALUES ('{}', '{}', 'owner')", organization('b'), user('a', "viewer")
        )),
        "42501"
    ) << "only of one without members";
}

// Not even an owner looks into what is somebody's own, and not drydock itself while it works for an organization.
TEST_F(People, keep_to_themselves_what_is_their_own) {
    build();
    for (const auto table : kPersonal) {
        SCOPED_TRACE(table);
        const auto seen = fmt::format("SELECT DISTINCT user_id FROM platform.{}", table);
        const auto update = fmt::format("UPDATE platform.{} SET user_id = user_id", table);
        const auto remove = fmt::format("DELETE FROM platform.{}", table);
        for (const auto role : kRoles) {
            for (const auto& place : {organization('a'), organization('b'), std::string{}}) {
                act_as(place, user('a', role));
                EXPECT_THAT(ask_all(seen), ElementsAre(user('a', role)));
                EXPECT_EQ(change(update), "1");
                EXPECT_EQ(change(remove), "1");
                EXPECT_EQ(
                    change(fmt::format("UPDATE platform.{} SET user_id = '{}'", table, user('b', role))), "42501"
                );
            }
        }
        act_as(organization('a'), kSystem);
        EXPECT_THAT(ask_all(seen), ElementsAre());
    }
}

TEST_F(People, show_the_one_row_whose_token_they_present) {
    build();
    const auto present = [&](std::string_view hash) {
        settings_ = fmt::format("SELECT set_config('app.current_login', 'token:' || encode({}, 'hex'), true);", hash);
    };
    present(fmt::format("sha256(uuid_send('{}'))", user('b', "member")));
    for (const std::string_view table : {"refresh_tokens", "password_resets", "user_identities"}) {
        EXPECT_THAT(ask_all(fmt::format("SELECT user_id FROM platform.{}", table)), ElementsAre(user('b', "member")))
            << table;
        EXPECT_EQ(change(fmt::format("UPDATE platform.{} SET user_id = user_id", table)), "0") << table;
        EXPECT_EQ(change(fmt::format("DELETE FROM platform.{}", table)), "0") << table;
    }
    EXPECT_EQ(ask("SELECT count(*) FROM platform.users"), "0");
    present(fmt::format("sha256('api' || uuid_send('{}'))", user('b', "viewer")));
    EXPECT_THAT(ask_all("SELECT user_id FROM platform.api_tokens"), ElementsAre(user('b', "viewer")));
    present("sha256('aaaaaaaa')");
    EXPECT_THAT(ask_all("SELECT email FROM platform.invitations"), ElementsAre("guest@a.example"));
    EXPECT_EQ(change("UPDATE platform.invitations SET role = 'owner'"), "0");
}

TEST_F(People, are_cleared_away_by_the_system_once_their_time_is_over) {
    build();
    act_as("", kSystem);
    EXPECT_EQ(change("DELETE FROM platform.sessions"), "0");
    run(admin_,
        fmt::format(
            "UPDATE platform.sessions SET expires_at = now() - interval '8 days' WHERE user_id = '{}'",
            user('a', "viewer")
        ));
    EXPECT_EQ(change("DELETE FROM platform.sessions"), "1");
    EXPECT_EQ(change("UPDATE platform.sessions SET expires_at = now() + interval '8 days'"), "0");
    EXPECT_EQ(change("UPDATE platform.second_factors SET sealed_secret = 'ddk1.y'"), "8") << "for a new master key";
}

}  // namespace
}  // namespace drydock::control
