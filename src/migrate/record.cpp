#include "migrate/record.h"

#include <fmt/format.h>

#include "pg/connection.h"

namespace drydock::migrate {
namespace {

using pg::quote_literal;

std::string literal(const std::optional<std::string>& text) {
    return text ? quote_literal(*text) : "NULL";
}

std::string array_literal(const std::vector<std::string>& texts) {
    std::string result = "ARRAY[";
    for (const auto& text : texts) result += (result.back() == '[' ? "" : ", ") + quote_literal(text);
    return result + "]::pg_catalog.text[]";
}

std::string grade_literal(const Record& r) {
    return r.rollback_grade.empty() ? "NULL" : quote_literal(r.rollback_grade);
}

std::string where(const Record& r) {
    return fmt::format(
        "project OPERATOR(pg_catalog.=) {} AND id OPERATOR(pg_catalog.=) {}",
        quote_literal(r.project),
        quote_literal(r.id)
    );
}

std::string event(const Record& r, std::string_view what) {
    return fmt::format(
        "INSERT INTO drydock.migration_event (project, id, event, run_id, client) VALUES ({}, {}, {}, {}, {})",
        quote_literal(r.project),
        quote_literal(r.id),
        quote_literal(what),
        quote_literal(r.run_id),
        quote_literal(r.client)
    );
}

// A changed row and its event in one statement. `change` must touch exactly one row: another runner that was quicker
// ends the transaction, and with it this migration.
std::string guarded(const Record& r, std::string_view change, std::string_view what) {
    return fmt::format(
        "WITH changed AS ({} RETURNING 1), noted AS ({}) SELECT drydock.require(pg_catalog.bool_or(true), {}) FROM "
        "changed",
        change,
        event(r, what),
        quote_literal(r.id + " was changed in history by somebody else meanwhile")
    );
}

std::string insert_row(const Record& r, std::string_view status, std::string_view finished_at, std::size_t position) {
    return fmt::format(
        "INSERT INTO drydock.migration (project, id, status, raw_hash, canonical_hash, semantic_hash, sql, "
        "rollback_sql, "
        "rollback_source, rollback_grade, dependencies, statements, position, client, run_id, finished_at) "
        "VALUES ({}, {}, '{}', '{}', '{}', '{}', {}, {}, '{}', {}, {}, {}, {}, {}, {}, {})",
        quote_literal(r.project),
        quote_literal(r.id),
        status,
        r.hashes.raw,
        r.hashes.canonical,
        r.hashes.semantic,
        literal(r.sql),
        literal(r.rollback_sql),
        r.rollback_source,
        grade_literal(r),
        array_literal(r.dependencies),
        r.statements,
        position,
        quote_literal(r.client),
        quote_literal(r.run_id),
        finished_at
    );
}

std::string update_row(const Record& r, std::string_view status, std::string_view finished_at, std::size_t position) {
    return fmt::format(
        "UPDATE drydock.migration SET status = '{}', direction = 'up', applied_order = DEFAULT, raw_hash = '{}', "
        "canonical_hash = '{}', semantic_hash = '{}', sql = {}, rollback_sql = {}, rollback_source = '{}', "
        "rollback_grade = {}, dependencies = {}, "
        "statements = {}, position = {}, memo = NULL, origin = 'run', applied_by = SESSION_USER, client = {}, run_id = "
        "{}, "
        "started_at = pg_catalog.now(), finished_at = {}, impact = NULL, error = NULL "
        "WHERE {} AND status OPERATOR(pg_catalog.<>) 'applied'",
        status,
        r.hashes.raw,
        r.hashes.canonical,
        r.hashes.semantic,
        literal(r.sql),
        literal(r.rollback_sql),
        r.rollback_source,
        grade_literal(r),
        array_literal(r.dependencies),
        r.statements,
        position,
        quote_literal(r.client),
        quote_literal(r.run_id),
        finished_at,
        where(r)
    );
}

std::string new_row(
    const Record& r, std::string_view status, std::string_view finished_at, std::size_t position, std::string_view what
) {
    if (r.known) return guarded(r, update_row(r, status, finished_at, position), what);
    // Here the primary key refuses a second runner.
    return fmt::format("WITH made AS ({}) {}", insert_row(r, status, finished_at, position), event(r, what));
}

constexpr std::string_view kNow = "pg_catalog.clock_timestamp()";

}  // namespace

std::string applied_statement(const Record& record) {
    return new_row(record, "applied", kNow, record.statements, "applied");
}

std::string started_statement(const Record& record, bool down) {
    if (!down) return new_row(record, "running", "NULL", 0, "started");
    const auto change = fmt::format(
        "UPDATE drydock.migration SET status = 'running', direction = 'down', position = 0, memo = NULL, rollback_sql "
        "= {}, "
        "rollback_source = '{}', rollback_grade = {}, run_id = {}, client = {}, error = NULL WHERE {} AND status "
        "OPERATOR(pg_catalog.<>) "
        "'rolled_back'",
        literal(record.rollback_sql),
        record.rollback_source,
        grade_literal(record),
        quote_literal(record.run_id),
        quote_literal(record.client),
        where(record)
    );
    return guarded(record, change, "rollback started");
}

std::string resumed_statement(const Record& record, bool down) {
    if (down) {
        const auto change = fmt::format(
            "UPDATE drydock.migration SET rollback_sql = {}, rollback_source = '{}', rollback_grade = {}, client = {}, "
            "run_id = {}, error = NULL "
            "WHERE {} AND status OPERATOR(pg_catalog.=) 'running'",
            literal(record.rollback_sql),
            record.rollback_source,
            grade_literal(record),
            quote_literal(record.client),
            quote_literal(record.run_id),
            where(record)
        );
        return guarded(record, change, "rollback resumed");
    }
    const auto change = fmt::format(
        "UPDATE drydock.migration SET raw_hash = '{}', canonical_hash = '{}', semantic_hash = '{}', sql = {}, "
        "rollback_sql = {}, "
        "rollback_source = '{}', rollback_grade = {}, dependencies = {}, statements = {}, client = {}, run_id = {}, "
        "error = NULL "
        "WHERE {} AND status OPERATOR(pg_catalog.=) 'running'",
        record.hashes.raw,
        record.hashes.canonical,
        record.hashes.semantic,
        literal(record.sql),
        literal(record.rollback_sql),
        record.rollback_source,
        grade_literal(record),
        array_literal(record.dependencies),
        record.statements,
        quote_literal(record.client),
        quote_literal(record.run_id),
        where(record)
    );
    return guarded(record, change, "resumed");
}

std::string position_statement(const Record& record, std::size_t position, std::string_view memo) {
    return fmt::format(
        "WITH changed AS (UPDATE drydock.migration SET position = {}, memo = {} WHERE {} RETURNING 1) "
        "SELECT drydock.require(pg_catalog.bool_or(true), {}) FROM changed",
        position,
        memo.empty() ? std::string{"NULL"} : quote_literal(memo),
        where(record),
        quote_literal(record.id + " is no more in history")
    );
}

std::string finished_statement(const Record& record, bool down) {
    const auto change = fmt::format(
        "UPDATE drydock.migration SET status = '{}', position = statements, finished_at = {}, error = NULL, memo = "
        "NULL WHERE {} AND status "
        "OPERATOR(pg_catalog.=) 'running'",
        down ? "rolled_back" : "applied",
        down ? "finished_at" : kNow,
        where(record)
    );
    return guarded(record, change, down ? "rolled back" : "applied");
}

std::string rolled_back_statement(const Record& record) {
    // One that was made only now is kept: history says what ran.
    const auto kept = record.rollback_grade.empty()
                          ? std::string{}
                          : fmt::format(
                                ", rollback_sql = {}, rollback_source = '{}', rollback_grade = {}",
                                literal(record.rollback_sql),
                                record.rollback_source,
                                grade_literal(record)
                            );
    const auto change = fmt::format(
        "UPDATE drydock.migration SET status = 'rolled_back', direction = 'down', run_id = {}, client = {}, error = "
        "NULL{} WHERE {} AND status OPERATOR(pg_catalog.<>) 'rolled_back'",
        quote_literal(record.run_id),
        quote_literal(record.client),
        kept,
        where(record)
    );
    return guarded(record, change, "rolled back");
}

}  // namespace drydock::migrate
