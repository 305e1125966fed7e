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
VALUES ('{0}-0000-4000-8000-000000000000', 'acme', 'ddk1.pm_{0}', 'card');
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

// What later migrations bring.
constexpr std::string_view kLaterSeed = R"(
SELECT platform.ensure_health_partitions(1);
INSERT INTO platform.database_health (database_id, organization_id, status, outcome)
VALUES ('{0}-0000-4000-8000-000000000017', '{0}-0000-4000-8000-000000000000', 'healthy', 'ok');
INSERT INTO platform.events (organization_id, topic, kind) VALUES ('{0}-0000-4000-8000-000000000000', 'databases', 'registered');
INSERT INTO platform.idempotency_keys (organization_id, user_id, key, request_hash)
SELECT organization_id, user_id, 'one', sha256('') FROM platform.user_roles WHERE organization_id = '{0}-0000-4000-8000-000000000000'
UNION ALL
SELECT '{0}-0000-4000-8000-000000000000', platform.system_user_id(), 'one', sha256('');
INSERT INTO platform.credential_rotations (organization_id, project_id, database_id, state, username, finished_at)
VALUES ('{0}-0000-4000-8000-000000000000', '{0}-0000-4000-8000-000000000010', '{0}-0000-4000-8000-000000000017', 'revoked', 'app', now());
INSERT INTO platform.database_rights (database_id, organization_id, project_id, login, worst, server_version)
VALUES ('{0}-0000-4000-8000-000000000017', '{0}-0000-4000-8000-000000000000', '{0}-0000-4000-8000-000000000010', 'app', 'info', '15.8');
INSERT INTO platform.database_facts (database_id, organization_id, project_id, error)
VALUES ('{0}-0000-4000-8000-000000000017', '{0}-0000-4000-8000-000000000000', '{0}-0000-4000-8000-000000000010', 'is away');
INSERT INTO platform.job_schedules (id, organization_id, name, kind, cron, next_run_at)
VALUES ('{0}-0000-4000-8000-000000000018', '{0}-0000-4000-8000-000000000000', 'nightly', 'test', '@daily', now() + interval '1 day');
INSERT INTO platform.jobs (id, organization_id, kind)
VALUES ('{0}-0000-4000-8000-000000000019', '{0}-0000-4000-8000-000000000000', 'test');
INSERT INTO platform.job_attempts (job_id, organization_id, fence, worker)
VALUES ('{0}-0000-4000-8000-000000000019', '{0}-0000-4000-8000-000000000000', 1, 'w');
INSERT INTO platform.job_files (job_id, organization_id, files)
VALUES ('{0}-0000-4000-8000-000000000019', '{0}-0000-4000-8000-000000000000', '[]');
INSERT INTO platform.validations (organization_id, project_id, database_id, report)
VALUES ('{0}-0000-4000-8000-000000000000', '{0}-0000-4000-8000-000000000010', '{0}-0000-4000-8000-000000000017', '{{}}');
SELECT set_config('app.current_org_id', '{0}-0000-4000-8000-000000000000', true);
INSERT INTO platform.audit_log (action) VALUES ('organization.created');
SELECT set_config('app.current_org_id', '', true);
INSERT INTO platform.audit_checkpoints (organization_id, size, root, last_hash, frontier, key_id, note)
VALUES ('{0}-0000-4000-8000-000000000000', 1, sha256(''), sha256(''), sha256(''), 'k1', 'a note');
INSERT INTO platform.database_sizes (database_id, organization_id, bytes)
VALUES ('{0}-0000-4000-8000-000000000017', '{0}-0000-4000-8000-000000000000', 1);
INSERT INTO platform.invoice_terms (invoice_id, organization_id, terms)
VALUES ('{0}-0000-4000-8000-000000000015', '{0}-0000-4000-8000-000000000000', '[]');
INSERT INTO platform.sessions (id, user_id, chosen_organization_id, epoch, methods, expires_at)
SELECT user_id, user_id, organization_id, 1, '{{password}}', now() + interval '7 days' FROM platform.user_roles
WHERE organization_id = '{0}-0000-4000-8000-000000000000';
INSERT INTO platform.refresh_tokens (token_hash, session_id, user_id, generation, expires_at)
SELECT sha256(uuid_send(id)), id, user_id, 1, expires_at FROM platform.sessions
WHERE chosen_organization_id = '{0}-0000-4000-8000-000000000000';
INSERT INTO platform.second_factors (user_id, sealed_secret, master_key_id)
SELECT user_id, 'ddk1.x', 'k1' FROM platform.user_roles WHERE organization_id = '{0}-0000-4000-8000-000000000000';
INSERT INTO platform.recovery_codes (user_id, code_hash)
SELECT user_id, sha256('') FROM platform.second_factors WHERE user_id::text LIKE '{0}%';
INSERT INTO platform.password_resets (user_id, token_hash, created_by, expires_at)
SELECT user_id, sha256(uuid_send(user_id)), user_id, now() FROM platform.second_factors WHERE user_id::text LIKE '{0}%';
INSERT INTO platform.user_identities (user_id, issuer, subject, subject_hash)
SELECT user_id, 'https://id.example', user_id::text, sha256(uuid_send(user_id)) FROM platform.second_factors
WHERE user_id::text LIKE '{0}%';
INSERT INTO platform.invitations (organization_id, email, role, token_hash, invited_by, expires_at)
VALUES ('{0}-0000-4000-8000-000000000000', 'guest@{1}.example', 'viewer', sha256('{0}'),
    '{0}-0000-4000-8000-000000000001', now() + interval '7 days');
INSERT INTO platform.api_tokens (organization_id, user_id, name, token_hash, created_by, expires_at)
SELECT organization_id, user_id, 'mine', sha256('api' || uuid_send(user_id)), user_id, now() + interval '1 day'
FROM platform.user_roles WHERE organization_id = '{0}-0000-4000-8000-000000000000' ORDER BY user_id;
)";

// The least role that may change, insert and delete rows of a table: viewer, member, admin, owner; system is drydock's
// own jobs alone, nobody not even those. In the order of their names.
struct Rights {
    std::string_view table;
    std::string_view update;
    std::string_view insert;
    std::string_view remove;
};
inline constexpr Rights kRights[] = {
    {"api_tokens", "viewer", "owner", "system"},  // their own; the copied one is the owner's
    {"audit_checkpoints", "nobody", "system", "nobody"}, {"audit_heads", "nobody", "nobody", "nobody"},
    {"audit_log", "nobody", "viewer", "nobody"},         {"credential_rotations", "member", "member", "system"},
    {"credentials", "member", "member", "admin"},        {"data_keys", "admin", "admin", "admin"},
    {"database_facts", "system", "system", "system"},    {"database_health", "nobody", "system", "nobody"},
    {"database_rights", "member", "member", "admin"},    {"database_sizes", "system", "system", "system"},
    {"databases", "member", "member", "admin"},          {"events", "nobody", "member", "system"},
    {"idempotency_keys", "viewer", "system", "viewer"},  // their own; the copied one is of a job
    {"invitations", "admin", "admin", "system"},         {"invoice_lines", "system", "system", "system"},
    {"invoice_terms", "system", "system", "system"},     {"invoices", "system", "system", "system"},
    {"job_attempts", "system", "system", "system"},      {"job_files", "system", "member", "system"},
    {"job_schedules", "admin", "admin", "admin"},        {"jobs", "member", "member", "system"},
    {"organizations", "admin", "nobody", "owner"},       {"payment_methods", "owner", "owner", "owner"},
    {"project_limits", "admin", "admin", "admin"},       {"projects", "admin", "admin", "admin"},
    {"subscriptions", "owner", "owner", "owner"},        {"usage_records", "system", "system", "system"},
    {"user_roles", "admin", "admin", "admin"},           {"users", "viewer", "system", "system"},  // their own
    {"validations", "system", "system", "system"},
};

inline std::vector<std::string> tables_of(std::string_view Rights::* what, std::string_view role) {
    constexpr std::string_view kRanks[] = {"viewer", "member", "admin", "owner", "system"};
    const auto rank = [&](std::string_view name) {
        return std::ranges::find(kRanks, name) - std::ranges::begin(kRanks);
    };
    std::vector<std::string> result;
    for (const auto& rights : kRights) {
        if (rank(rights.*what) <= rank(role)) result.emplace_back(rights.table);
    }
    return result;
}

inline constexpr std::string_view kPersonal[] = {
    "password_resets", "recovery_codes", "refresh_tokens", "second_factors", "sessions", "user_identities"
};
inline bool is_personal(std::string_view table) {
    return std::ranges::find(kPersonal, table) != std::end(kPersonal);
}

inline std::string_view key_of(std::string_view table) {
    if (table == "organizations" || table == "users") return "id";
    return is_personal(table) ? "user_id" : "organization_id";
}
// Which rows of a table are an organization's, or its people's.
inline std::string rows_of(std::string_view table, char letter) {
    if (table != "users" && !is_personal(table)) return fmt::format("{} = '{}'", key_of(table), organization(letter));
    return fmt::format(
        "{} IN ('{}')",
        key_of(table),
        fmt::join(std::vector{id(letter, 1), id(letter, 2), id(letter, 3), id(letter, 4)}, "','")
    );
}

// Two organizations in one schema, and statements run as somebody on it, each in a transaction that is rolled back.
class Tenants : public ::testing::Test {
protected:
    Tenants() : admin_(database_.connect()), connection_(database_.connect()) {}

    void build(std::string_view stop = {}) {
        apply_before(admin_, stop);
        seed(stop.empty());
    }

    // The same schema, owned by an ordinary role that is then itself bound by the policies.
    void build_as_plain_owner() {
        run(admin_, "DO $$ BEGIN CREATE ROLE control_plain_owner; EXCEPTION WHEN duplicate_object THEN END $$");
        run(admin_, fmt::format("ALTER DATABASE {} OWNER TO control_plain_owner", database_.conninfo().get("dbname")));
        run(admin_, "SET SESSION AUTHORIZATION control_plain_owner");
        apply_before(admin_);
        run(admin_, "RESET SESSION AUTHORIZATION");
        seed(true);
        actor_ = "control_plain_owner";
    }

    void seed(bool whole) {
        for (const char letter : {'a', 'b'}) {
            run(admin_, fmt::format(kSeed, std::string(8, letter), letter));
            if (whole) run(admin_, fmt::format(kLaterSeed, std::string(8, letter), letter));
        }
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

    // The same, and it stays.
    std::string write(std::string_view sql) {
        Rows handler;
        const auto done = connection_.run_message(in_transaction(sql), handler, Limits::within(kTime));
        run(connection_, done ? "COMMIT" : "ROLLBACK");
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
        const auto update = fmt::format("UPDATE platform.{0} SET {1} = {1} WHERE {2}", table, key_of(table), theirs);
        const auto remove = fmt::format("DELETE FROM platform.{} WHERE {}", table, theirs);
        for (const auto& changed : {change(update), change(remove)})
            EXPECT_TRUE(changed == "0" || changed == "42501") << "theirs: " << changed;
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
        for (const auto& table : shared_tables(admin_)) {
            const auto changed = change(
                fmt::format("UPDATE platform.{0} SET {1} = {1} WHERE {2}", table, key_of(table), rows_of(table, 'a'))
            );
            if (changed != "0" && changed != "42501") result.push_back(table);
        }
        return result;
    }
    std::vector<std::string> may_insert() {
        std::vector<std::string> result;
        for (const auto& table : shared_tables(admin_)) {
            const auto like = rows_of(table, 'a') + (table == "user_roles" ? " AND role = 'viewer'" : "");
            if (change(copy_of(table, like)) != "42501") result.push_back(table);
        }
        return result;
    }
    std::vector<std::string> may_delete() {
        std::vector<std::string> result;
        for (const auto& table : shared_tables(admin_)) {
            const auto gone = change(fmt::format("DELETE FROM platform.{} WHERE {}", table, rows_of(table, 'a')));
            if (gone != "0" && gone != "42501") result.push_back(table);
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
