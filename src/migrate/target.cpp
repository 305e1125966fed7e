#include "migrate/target.h"

#include <fmt/format.h>

#include "migrate/queries.h"

namespace drydock::migrate {
namespace {

Result<Facts> read_facts(pg::Connection& connection, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, connection.query(queries::target_facts, limits));
    Facts facts{
        .server_version = static_cast<int>(rows.integer(0, 0)),
        .database = std::string{rows.text(0, 1)},
        .role = std::string{rows.text(0, 2)},
        .in_recovery = rows.boolean(0, 3),
        .read_only = rows.boolean(0, 4),
        .backend_pid = static_cast<int>(rows.integer(0, 5)),
        .history_exists = rows.boolean(0, 6),
        .schema_exists = rows.boolean(0, 7),
        .may_create_schema = rows.boolean(0, 8),
        .may_read_history = rows.boolean(0, 9),
        .own_schema_first = rows.boolean(0, 11),
    };
    if (rows.integer(0, 10) == 1) {
        return Error{
            .code = ErrorCode::drift,
            .message = fmt::format(
                "the history schema of database {} is damaged: drydock.format or drydock.migration is missing",
                facts.database
            ),
            .hint = "something dropped it by hand or in a migration; restore the schema drydock from a backup"
        };
    }
    facts.pooled = facts.backend_pid != connection.backend_pid();
    return facts;
}

}  // namespace

Result<Target> Target::open(const pg::Conninfo& where, const Options& options, const Limits& limits) {
    DRYDOCK_TRY(auto connection, pg::Connection::open(where, limits.at_most(options.connect_timeout)));
    DRYDOCK_TRY(auto facts, read_facts(connection, limits.at_most(options.connect_timeout)));
    if (facts.history_exists && !facts.may_read_history) {
        return Error{
            .code = ErrorCode::permission_denied,
            .message = fmt::format(
                "the role {} may not read the migration history (schema drydock) of database {}",
                facts.role,
                facts.database
            ),
            .hint = fmt::format(
                "connect as the role that runs the migrations, or as its owner: GRANT USAGE ON SCHEMA drydock TO {0}; "
                "GRANT SELECT ON ALL TABLES IN SCHEMA drydock TO {0};",
                pg::quote_identifier(facts.role)
            )
        };
    }
    return Target{std::move(connection), std::move(facts)};
}

Result<> Target::require_writable() const {
    if (!facts_.in_recovery && !facts_.read_only) return {};
    return Error{
        .code = ErrorCode::permission_denied,
        .message = fmt::format(
            "database {} is read-only: {}",
            facts_.database,
            facts_.in_recovery ? "the server is a standby that follows another" : "the session is set to read only"
        ),
        .hint = facts_.in_recovery
                    ? "connect to the primary; with several hosts in the URL, add target_session_attrs=read-write"
                    : "look for default_transaction_read_only on the role, the database or in the URL"
    };
}

Result<> Target::ensure_history(const Limits& limits) {
    DRYDOCK_TRY_VOID(require_writable());
    if (!facts_.history_exists) {
        DRYDOCK_TRY(facts_, read_facts(connection_, limits));
    }
    if (facts_.history_exists) return upgrade_history(limits);
    if (!facts_.schema_exists && !facts_.may_create_schema) {
        return Error{
            .code = ErrorCode::permission_denied,
            .message = fmt::format(
                "the role {} may not create the history schema in database {}", facts_.role, facts_.database
            ),
            .hint = fmt::format(
                "as the database's owner: CREATE SCHEMA drydock AUTHORIZATION {};", pg::quote_identifier(facts_.role)
            )
        };
    }
    const auto make = fmt::format(
        "BEGIN;\n{}\n{}\nCOMMIT",
        facts_.schema_exists ? std::string{} : std::string{queries::create_schema.text} + ";",
        queries::create_history.text
    );
    auto made = connection_.run_message(make, limits);
    if (!made) {
        const auto error = std::move(made).error();
        if (!connection_.usable()) return error;
        DRYDOCK_TRY_VOID(connection_.run_message("ROLLBACK", limits));
        DRYDOCK_TRY(facts_, read_facts(connection_, limits));
        if (facts_.history_exists) return {};  // another runner was quicker
        return Error{error}.in("making the history schema");
    }
    facts_.history_exists = facts_.schema_exists = true;
    return {};
}

Result<> Target::upgrade_history(const Limits& limits) {
    DRYDOCK_TRY(const auto format, connection_.query(queries::read_format, limits));
    if (format.size() == 0 || format.integer(0, 0) != 1) return {};
    const auto done =
        connection_.run_message(fmt::format("BEGIN;\n{};\nCOMMIT", queries::upgrade_history_2.text), limits);
    if (done) return {};
    auto error = done.error();
    if (!connection_.usable()) return error;
    DRYDOCK_TRY_VOID(connection_.run_message("ROLLBACK", limits));
    if (error.code == ErrorCode::permission_denied) {
        error.hint =
            "run it once as the role that owns the schema drydock: this drydock keeps more than the one that made it";
    }
    return std::move(error).in("bringing the history schema to format 2");
}

}  // namespace drydock::migrate
