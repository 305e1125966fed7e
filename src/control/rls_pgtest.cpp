#include <map>

#include <gmock/gmock.h>

#include "control/schema_pgtest.h"

namespace drydock::control {
namespace {

using namespace schema;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kPhaseTwo = "007_restrictive_rls.sql";
constexpr std::string_view kSystem = "00000000-0000-4000-8000-000000000000";

// Ids that tell what they are of: organization a or b, and a number.
std::string id(char organization, int number) {
    return fmt::format("{}-0000-4000-8000-0000000000{:02}", std::string(8, organization), number);
}
std::string organization(char letter) {
    return id(letter, 0);
}

constexpr std::string_view kRoles[] = {"owner", "admin", "member", "viewer"};
std::string user(char letter, std::string_view role) {
    return id(letter, static_cast<int>(std::ranges::find(kRoles, role) - std::begin(kRoles)) + 1);
}

// At least a row in every tenant table. {0} is eight times the organization's letter, {1} the letter.
constexpr std::string_view kSeed = R"(
INSERT INTO platform.master_keys (id, check_value) VALUES ('k1', decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
INSERT INTO platform.organizations (id, slug, name) VALUES ('{0}-0000-4000-8000-000000000000', 'org-{1}', 'Organization {1}');
INSERT INTO platform.projects (id, organization_id, slug, name)
VALUES ('{0}-0000-4000-8000-000000000010', '{0}-0000-4000-8000-000000000000', 'shop', 'Shop');
INSERT INTO platform.data_keys (id, project_id, purpose, version, master_key_id, wrap_nonce, wrapped_key)
VALUES ('{0}-0000-4000-8000-000000000011', '{0}-0000-4000-8000-000000000010', 'credentials', 1, 'k1',
    decode(repeat('00', 24), 'hex'), decode(repeat('00', 48), 'hex'));
INSERT INTO platform.credentials (project_id, name, kind, source, seal_version, seal_algorithm, data_key_id, nonce, ciphertext)
VALUES ('{0}-0000-4000-8000-000000000010', 'main', 'password', 'sealed', 1, 1, '{0}-0000-4000-8000-000000000011',
    decode(repeat('00', 24), 'hex'), decode(repeat('00', 80), 'hex'));
INSERT INTO platform.subscriptions (organization_id, plan_code, current_period_start, current_period_end)
VALUES ('{0}-0000-4000-8000-000000000000', 'self-hosted', now(), now() + interval '1 month');
INSERT INTO platform.payment_methods (organization_id, provider, provider_token, kind)
VALUES ('{0}-0000-4000-8000-000000000000', 'acme', 'pm_{0}', 'card');
INSERT INTO platform.invoices (id, organization_id, number, currency, period_start, period_end)
VALUES ('{0}-0000-4000-8000-000000000015', '{0}-0000-4000-8000-000000000000', '1', 'EUR', now(), now() + interval '1 month');
INSERT INTO platform.invoice_lines (organization_id, invoice_id, line_number, metric, description, quantity, unit_price_minor, amount_minor)
VALUES ('{0}-0000-4000-8000-000000000000', '{0}-0000-4000-8000-000000000015', 1, 'base', 'The plan', 1, 0, 0);
INSERT INTO platform.users (id, email, password_hash)
SELECT ('{0}-0000-4000-8000-00000000000' || n)::uuid, format('%s@{1}.example', n), '$argon2id$v=19$x' FROM generate_series(1, 4) AS n;
INSERT INTO platform.user_roles (organization_id, user_id, role)
SELECT '{0}-0000-4000-8000-000000000000', ('{0}-0000-4000-8000-00000000000' || n)::uuid,
    (ARRAY['owner', 'admin', 'member', 'viewer'])[n] FROM generate_series(1, 4) AS n;
INSERT INTO platform.project_limits (project_id, max_databases) VALUES ('{0}-0000-4000-8000-000000000010', 10);
INSERT INTO platform.usage_records (project_id, metric, period_start, period_end, quantity)
VALUES ('{0}-0000-4000-8000-000000000010', 'databases', now(), now() + interval '1 day', 1);
INSERT INTO platform.databases (id, project_id, name, type, host, data_key_id, connection_string_encrypted)
VALUES ('{0}-0000-4000-8000-000000000017', '{0}-0000-4000-8000-000000000010', 'main', 'postgresql', 'db.{1}.example',
    '{0}-0000-4000-8000-000000000011', 'ddk1.' || repeat('A', 162));
)";

// Which rows of a table are an organization's.
std::string rows_of(std::string_view table, char letter) {
    if (table == "organizations") return fmt::format("id = '{}'", organization(letter));
    if (table == "users")
        return fmt::format(
            "id IN ('{}')", fmt::join(std::vector{id(letter, 1), id(letter, 2), id(letter, 3), id(letter, 4)}, "','")
        );
    return fmt::format("organization_id = '{}'", organization(letter));
}
std::string_view key_of(std::string_view table) {
    return table == "organizations" || table == "users" ? "id" : "organization_id";
}

// Two organizations in one schema, and statements run as somebody on it, each in a transaction that is rolled back.
class Tenants : public ::testing::Test {
protected:
    Tenants() : admin_(database_.connect()), connection_(database_.connect()) {}

    void build(std::string_view stop = {}) {
        apply_before(admin_, stop);
        for (const char letter : {'a', 'b'}) run(admin_, fmt::format(kSeed, std::string(8, letter), letter));
    }

    // The same schema, owned by an ordinary role that is then itself bound by the policies.
    void build_as_plain_owner() {
        run(admin_, "DO $$ BEGIN CREATE ROLE control_plain_owner; EXCEPTION WHEN duplicate_object THEN END $$");
        run(admin_, fmt::format("ALTER DATABASE {} OWNER TO control_plain_owner", database_.conninfo().get("dbname")));
        run(admin_, "SET SESSION AUTHORIZATION control_plain_owner");
        apply_before(admin_);
        run(admin_, "RESET SESSION AUTHORIZATION");
        for (const char letter : {'a', 'b'}) run(admin_, fmt::format(kSeed, std::string(8, letter), letter));
        actor_ = "control_plain_owner";
    }

    void act_as(std::string_view org, std::string_view who) {
        settings_ = fmt::format(
            "SELECT set_config('app.current_org_id', '{}', true), set_config('app.current_user_id', '{}', true);",
            org,
            who
        );
    }
    void without_settings() { settings_.clear(); }

    std::string in_transaction(std::string_view sql) const {
        return fmt::format("BEGIN; SET LOCAL ROLE {}; {}\n{}", actor_, settings_, sql);
    }
    std::string ask(std::string_view sql) {
        auto result = value(connection_, in_transaction(sql));
        run(connection_, "ROLLBACK");
        return result;
    }
    std::vector<std::string> ask_all(std::string_view sql) {
        auto result = rows(connection_, in_transaction(sql));
        run(connection_, "ROLLBACK");
        result.erase(result.begin());  // that of set_config
        return result;
    }
    // "42501", "23505" …, or how many rows it changed.
    std::string change(std::string_view sql) {
        Rows handler;
        const auto done = connection_.run_message(in_transaction(sql), handler, Limits::within(kTime));
        run(connection_, "ROLLBACK");
        return done ? std::to_string(handler.affected) : done.error().sqlstate;
    }

    // A statement that inserts a copy of a row, with an id of its own where it has one.
    std::string copy_of(std::string_view table, std::string_view condition) {
        return value(
            admin_,
            fmt::format(
                R"(
            SELECT format('INSERT INTO platform.{0} (%1$s) SELECT %1$s FROM jsonb_populate_record(NULL::platform.{0}, %2$L)',
                (SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
                 WHERE attrelid = 'platform.{0}'::regclass AND attnum > 0 AND attgenerated = '' AND attidentity = ''),
                to_jsonb(t) || CASE WHEN jsonb_typeof(to_jsonb(t) -> 'id') = 'string'
                    THEN jsonb_build_object('id', gen_random_uuid()) ELSE '{{}}' END)
            FROM platform.{0} AS t WHERE {1} LIMIT 1)",
                table,
                condition
            )
        );
    }

    void expect_nothing_crosses(std::string_view table) {
        SCOPED_TRACE(table);
        const auto theirs = rows_of(table, 'b');
        EXPECT_EQ(ask(fmt::format("SELECT count(*) FROM platform.{} WHERE {}", table, theirs)), "0");
        EXPECT_EQ(
            change(fmt::format("UPDATE platform.{0} SET {1} = {1} WHERE {2}", table, key_of(table), theirs)), "0"
        );
        EXPECT_EQ(change(fmt::format("DELETE FROM platform.{} WHERE {}", table, theirs)), "0");
        EXPECT_EQ(change(copy_of(table, theirs)), "42501");
        if (table == "users") return;  // no organization to move one to
        const auto moved = change(fmt::format(
            "UPDATE platform.{} SET {} = '{}' WHERE {}", table, key_of(table), organization('b'), rows_of(table, 'a')
        ));
        EXPECT_TRUE(moved == "0" || moved == "42501") << "moved to the other organization: " << moved;
    }

    // The tables on whose rows of its own organization the present user can do that.
    std::vector<std::string> may_update() {
        std::vector<std::string> result;
        for (const auto& table : tenant_tables(admin_)) {
            const auto changed = change(
                fmt::format("UPDATE platform.{0} SET {1} = {1} WHERE {2}", table, key_of(table), rows_of(table, 'a'))
            );
            if (changed != "0" && changed != "42501") result.push_back(table);
        }
        return result;
    }
    std::vector<std::string> may_insert() {
        std::vector<std::string> result;
        for (const auto& table : tenant_tables(admin_)) {
            const auto like = rows_of(table, 'a') + (table == "user_roles" ? " AND role = 'viewer'" : "");
            if (change(copy_of(table, like)) != "42501") result.push_back(table);
        }
        return result;
    }
    std::vector<std::string> may_delete() {
        std::vector<std::string> result;
        for (const auto& table : tenant_tables(admin_)) {
            if (change(fmt::format("DELETE FROM platform.{} WHERE {}", table, rows_of(table, 'a'))) != "0")
                result.push_back(table);
        }
        return result;
    }

    testing::Database database_;
    pg::Connection admin_;
    pg::Connection connection_;
    std::string actor_ = "drydock_api";
    std::string settings_;
};

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

TEST_F(Tenants, let_each_role_change_what_it_may) {
    build();
    const std::map<std::string_view, std::vector<std::string>> update = {
        {"owner",
         {"credentials",
          "data_keys",
          "databases",
          "organizations",
          "payment_methods",
          "project_limits",
          "projects",
          "subscriptions",
          "user_roles",
          "users"}},
        {"admin",
         {"credentials", "data_keys", "databases", "organizations", "project_limits", "projects", "user_roles", "users"}
        },
        {"member", {"credentials", "databases", "users"}},
        {"viewer", {"users"}},  // their own
    };
    const std::map<std::string_view, std::vector<std::string>> insert = {
        {"owner",
         {"credentials",
          "data_keys",
          "databases",
          "payment_methods",
          "project_limits",
          "projects",
          "subscriptions",
          "user_roles"}},
        {"admin", {"credentials", "data_keys", "databases", "project_limits", "projects", "user_roles"}},
        {"member", {"credentials", "databases"}},
        {"viewer", {}},
    };
    const std::map<std::string_view, std::vector<std::string>> remove = {
        {"owner",
         {"credentials",
          "data_keys",
          "databases",
          "organizations",
          "payment_methods",
          "project_limits",
          "projects",
          "subscriptions",
          "user_roles"}},
        {"admin", {"credentials", "data_keys", "databases", "project_limits", "projects", "user_roles"}},
        {"member", {}},
        {"viewer", {}},
    };
    for (const auto role : kRoles) {
        SCOPED_TRACE(role);
        act_as(organization('a'), user('a', role));
        EXPECT_EQ(may_update(), update.at(role));
        EXPECT_EQ(may_insert(), insert.at(role));
        EXPECT_EQ(may_delete(), remove.at(role));
    }
}

TEST_F(Tenants, let_a_job_of_the_system_write_what_no_role_may) {
    build();
    act_as(organization('a'), kSystem);
    EXPECT_EQ(may_update(), tenant_tables(admin_));
    EXPECT_THAT(may_insert(), ::testing::IsSupersetOf({"invoice_lines", "invoices", "usage_records", "users"}));
}

TEST_F(Tenants, show_bills_only_to_those_who_may_see_them) {
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

TEST_F(Tenants, are_not_reached_by_people_of_another) {
    build();
    act_as(organization('b'), user('a', "owner"));
    EXPECT_THAT(may_update(), ElementsAre("users")) << "oneself";
    EXPECT_EQ(change(copy_of("databases", rows_of("databases", 'b'))), "42501");
}

TEST_F(Tenants, let_nobody_who_is_disabled_change_anything) {
    build();
    run(admin_, fmt::format("UPDATE platform.users SET status = 'disabled' WHERE id = '{}'", user('a', "admin")));
    act_as(organization('a'), user('a', "admin"));
    EXPECT_THAT(may_insert(), IsEmpty());
}

TEST_F(Tenants, are_only_read_while_they_are_suspended) {
    build();
    run(admin_,
        fmt::format("UPDATE platform.organizations SET status = 'suspended' WHERE id = '{}'", organization('a')));
    act_as(organization('a'), user('a', "owner"));
    EXPECT_THAT(may_insert(), IsEmpty());
    EXPECT_EQ(ask("SELECT count(*) FROM platform.databases"), "1");
    EXPECT_EQ(ask("SELECT count(*) FROM platform.invoices"), "1");
    act_as(organization('a'), kSystem);
    EXPECT_EQ(may_update(), tenant_tables(admin_));
}

TEST_F(Tenants, let_only_an_owner_make_or_unmake_owners) {
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
TEST_F(Tenants, let_an_administrator_invite_people_and_not_change_them) {
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

TEST_F(Tenants, show_people_what_they_belong_to_before_one_is_chosen) {
    build();
    run(admin_,
        fmt::format(
            "INSERT INTO platform.user_roles VALUES ('{}', '{}', 'viewer')", organization('b'), user('a', "member")
        ));
    act_as("", user('a', "member"));
    EXPECT_THAT(ask_all("SELECT slug FROM platform.organizations"), UnorderedElementsAre("org-a", "org-b"));
    EXPECT_THAT(ask_all("SELECT role FROM platform.user_roles"), UnorderedElementsAre("member", "viewer"));
    for (const auto& table : tenant_tables(admin_)) {
        if (table == "organizations" || table == "user_roles" || table == "users") continue;
        EXPECT_EQ(ask(fmt::format("SELECT count(*) FROM platform.{}", table)), "0") << table;
    }
    act_as(organization('a'), user('a', "member"));
    EXPECT_THAT(ask_all("SELECT slug FROM platform.organizations"), ElementsAre("org-a"));
}

TEST_F(Tenants, are_all_listed_for_the_system_and_for_nobody_else) {
    build();
    act_as("", kSystem);
    EXPECT_THAT(ask_all("SELECT slug FROM platform.organizations"), UnorderedElementsAre("default", "org-a", "org-b"));
    EXPECT_EQ(ask("SELECT count(*) FROM platform.databases"), "0");
    EXPECT_EQ(change("UPDATE platform.organizations SET name = 'x'"), "0");
}

TEST_F(Tenants, show_a_login_its_one_user) {
    build();
    without_settings();
    settings_ = "SELECT set_config('app.current_login', '3@B.example', true);";
    EXPECT_THAT(ask_all("SELECT id FROM platform.users"), ElementsAre(user('b', "member")));
    EXPECT_EQ(change("UPDATE platform.users SET failed_logins = 1"), "0");
}

TEST_F(Tenants, get_a_founder_who_becomes_the_first_owner) {
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
