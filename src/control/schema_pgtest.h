#pragma once

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "control/migrations.h"
#include "layouts/folder.h"
#include "pg/connection.h"
#include "testing/postgres.h"

// What the server tests of this module share: the schema, applied and taken back file by file.
namespace drydock::control::schema {

constexpr std::chrono::seconds kTime{120};

// Those of no tenant. A table that is neither here nor under row-level security fails a test.
inline const std::set<std::string, std::less<>> kGlobalTables = {
    "plans",
    "permissions",
    "role_permissions",
    "settings",
    "master_keys",
    "rate_limits",
    "sealing_keys",
    "setup_tokens",
    "login_failures",
    "oidc_flows",
    "replicas",
    "job_leaders"
};

class Rows final : public pg::MessageHandler {
public:
    void on_statement(std::size_t, const pg::Rows& result) override {
        for (int row = 0; row < result.size(); ++row) {
            std::string line;
            for (int column = 0; column < result.columns(); ++column) {
                if (column > 0) line += '|';
                line += result.is_null(row, column) ? "NULL" : std::string{result.text(row, column)};
            }
            lines.push_back(std::move(line));
        }
        affected = result.affected();
    }
    std::string_view next_copy_data(std::size_t) override { return {}; }

    std::vector<std::string> lines;  // of all statements, values joined by "|"
    std::int64_t affected = 0;       // of the last one
};

// Every row of these statements; of each statement at most 100 are kept. Fails the test on an error.
inline std::vector<std::string> rows(pg::Connection& connection, std::string_view sql) {
    Rows handler;
    const auto done = connection.run_message(sql, handler, Limits::within(kTime));
    if (!done) {
        ADD_FAILURE(
        ) << fmt::format("{}\n{}: {} {}", sql, done.error().sqlstate, done.error().message, done.error().hint);
    }
    return std::move(handler.lines);
}

inline std::string value(pg::Connection& connection, std::string_view sql) {
    auto lines = rows(connection, sql);
    return lines.empty() ? std::string{} : std::move(lines.back());
}

inline void run(pg::Connection& connection, std::string_view sql) {
    rows(connection, sql);
}

// Sessions in this database that wait for a lock.
inline int lock_waiters(pg::Connection& connection) {
    return std::stoi(value(
        connection,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ));
}

// The SQLSTATE that the statements end with; "" when they pass. A transaction that they leave open is rolled back.
inline Error failure(pg::Connection& connection, std::string_view sql) {
    const auto done = connection.run_message(sql, Limits::within(kTime));
    if (connection.transaction_status() != pg::TransactionStatus::idle) run(connection, "ROLLBACK");
    return done ? Error{} : done.error();
}
inline std::string sqlstate(pg::Connection& connection, std::string_view sql) {
    return failure(connection, sql).sqlstate;
}

// The migrations in the order that their numbers and, within a number, their dependencies give.
inline std::vector<std::string> order() {
    std::vector<std::string> waiting;
    for (const auto& file : migrations()) {
        if (file.name[0] >= '0' && file.name[0] <= '9') waiting.emplace_back(file.name);
    }
    std::vector<std::string> result;
    while (!waiting.empty()) {
        const auto number = waiting.front().substr(0, 3);
        const auto next = std::ranges::find_if(waiting, [&](const std::string& name) {
            if (!name.starts_with(number)) return false;
            const auto header = layouts::parse_header(migration_text(name));
            return std::ranges::all_of(header.dependencies, [&](const auto& dependency) {
                return std::ranges::find(result, dependency.text) != result.end();
            });
        });
        if (next == waiting.end()) throw std::logic_error("the dependencies of " + waiting.front() + " can't be met");
        result.push_back(*next);
        waiting.erase(next);
    }
    return result;
}

inline std::string rollback_of(std::string_view name) {
    return layouts::parse_header(migration_text(name)).rollback->text;
}

// "verify-006_databases.sql" or "verify-006.sql"; empty when there is neither.
inline std::string_view verify_text(std::string_view name) {
    const auto own = migration_text(fmt::format("verify-{}", name));
    return own.empty() ? migration_text(fmt::format("verify-{}.sql", name.substr(0, 3))) : own;
}

// One file and its verification, in one transaction, as the engine does it.
inline void apply_migration(pg::Connection& connection, std::string_view name) {
    SCOPED_TRACE(name);
    run(connection, fmt::format("BEGIN;\n{}", migration_text(name)));
    for (const auto& line : rows(connection, verify_text(name))) {
        EXPECT_EQ(line.find_first_not_of("t|"), std::string::npos) << "verify: " << line;
    }
    run(connection, "COMMIT");
}

inline void roll_back(pg::Connection& connection, std::string_view name) {
    SCOPED_TRACE(name);
    run(connection, fmt::format("BEGIN;\n{}\nCOMMIT;", migration_text(rollback_of(name))));
}

// All up to (not with) the named one; all when it is empty.
inline void apply_before(pg::Connection& connection, std::string_view stop = {}) {
    for (const auto& name : order()) {
        if (name == stop) return;
        apply_migration(connection, name);
    }
}

// Without partitions, which are closed to everybody by themselves.
inline std::vector<std::string> tenant_tables(pg::Connection& connection) {
    auto tables = rows(
        connection,
        "SELECT relname FROM pg_class WHERE relnamespace = 'platform'::regnamespace AND relkind IN ('r', 'p') AND NOT "
        "relispartition ORDER BY relname"
    );
    std::erase_if(tables, [](const std::string& table) { return kGlobalTables.contains(table); });
    return tables;
}

// Those that are one person's, whatever organization they work in.
inline std::vector<std::string> personal_tables(pg::Connection& connection) {
    return rows(connection, R"(
        SELECT relname FROM pg_class AS c
        WHERE relnamespace = 'platform'::regnamespace AND relkind IN ('r', 'p')
          AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'user_id')
          AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'organization_id')
        ORDER BY relname)");
}

// The rest of them.
inline std::vector<std::string> shared_tables(pg::Connection& connection) {
    auto tables = tenant_tables(connection);
    const auto personal = personal_tables(connection);
    std::erase_if(tables, [&](const std::string& table) {
        return std::ranges::find(personal, table) != personal.end();
    });
    return tables;
}

}  // namespace drydock::control::schema
