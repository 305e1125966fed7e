#include "changes/reach.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "changes/server_identity.h"
#include "pg/connection.h"

namespace drydock::changes {

Error of_target(Error error) {
    const bool of_its_own = error.code == ErrorCode::permission_denied || error.code == ErrorCode::unauthenticated ||
                            error.code == ErrorCode::not_found || error.code == ErrorCode::failed;
    if (of_its_own) error.code = ErrorCode::conflict;
    return error;
}

namespace {

// The one server that was found to be none of our own.
Result<pg::Conninfo> stranger(
    control::Store& store, const control::Actor& actor, const pg::Conninfo& where, const Limits& limits
) {
    DRYDOCK_TRY(const auto ours, server_identity([&](const pg::Query& query) {
                    return store.read(actor, query, {}, limits);
                }));
    DRYDOCK_TRY(auto connection, from_target(pg::Connection::open(where, limits)));
    DRYDOCK_TRY(const auto theirs, from_target(server_identity([&](const pg::Query& query) {
                    return connection.query(query, limits);
                })));
    if (!is_same(ours, theirs)) return connection.peer();
    return Error{
        .code = ErrorCode::conflict,
        .message = "this is drydock's own control plane, or a copy of it: nobody's SQL runs there",
        .hint = "Its migrations are drydock's own; register the database that you mean.",
    };
}

}  // namespace

Result<Reached> reach(
    registry::Registry& registry,
    const control::Actor& actor,
    std::string_view database,
    Purpose purpose,
    const Limits& limits
) {
    Reached reached;
    DRYDOCK_TRY(reached.target, registry.target(actor, database, limits));
    DRYDOCK_TRY(reached.where, from_target(reached.target->conninfo(purpose == Purpose::change, limits)));
    if (purpose == Purpose::look) return reached;
    DRYDOCK_TRY(reached.where, stranger(registry.store(), actor, reached.where, limits));
    return reached;
}

migrate::Options engine_options(std::string project, std::string environment, std::string client) {
    migrate::Options options;
    options.project = std::move(project);
    options.environment = std::move(environment);
    options.client = std::move(client);
    return options;
}

namespace {

// The row that stands for drydock's own control plane, so that it is told before a job is made. What holds for every
// row is that the server itself is asked (reach).
bool is_our_own(const registry::Database& row) {
    boost::json::error_code error;
    const auto metadata = boost::json::parse(row.metadata, error);
    const auto* const object = error ? nullptr : metadata.if_object();
    const auto* const keeper = object == nullptr ? nullptr : object->if_contains("managed_by");
    return keeper != nullptr && keeper->is_string() && keeper->as_string() == "drydock";
}

}  // namespace

Result<registry::Database> find_postgresql(control::Transaction& transaction, std::string_view database) {
    DRYDOCK_TRY(const auto id, registry::canonical_id(database, "database"));
    DRYDOCK_TRY(auto row, registry::find_in(transaction, id));
    if (is_our_own(row)) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("{} is drydock's own control plane, which drydock alone migrates", row.name),
        };
    }
    if (row.type == "postgresql") return row;
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("this is for PostgreSQL; {} is of the type {}", row.name, row.type),
    };
}

}  // namespace drydock::changes
