#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/schema_pgtest.h"

// Two organizations on the schema, for the tests that try to cross from one to the other.
namespace drydock::control::tenants {

using namespace schema;

constexpr std::string_view kPhaseTwo = "007_restrictive_rls.sql";
constexpr std::string_view kSystem = "00000000-0000-4000-8000-000000000000";

// Ids that tell what they are of: organization a or b, and a number.
inline std::string id(char organization, int number) {
    return fmt::format("{}-0000-4000-8000-0000000000{:02}", std::string(8, organization), number);
}
inline std::string organization(char letter) {
    return id(letter, 0);
}

constexpr std::string_view kRoles[] = {"owner", "admin", "member", "viewer"};
inline std::string user(char letter, std::string_view role) {
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
inline std::string rows_of(std::string_view table, char letter) {
    if (table == "organizations") return fmt::format("id = '{}'", organization(letter));
    if (table == "users")
        return fmt::format(
            "id IN ('{}')", fmt::join(std::vector{id(letter, 1), id(letter, 2), id(letter, 3), id(letter, 4)}, "','")
        );
    return fmt::format("organization_id = '{}'", organization(letter));
}
inline std::string_view key_of(std::string_view table) {
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

}  // namespace drydock::control::tenants
