#include <algorithm>
#include <string>
#include <vector>

#include "base/wait.h"
#include "catalog/collector.h"
#include "catalog/queries.h"
#include "catalog/query_text.h"
#include "catalog/snapshot.h"
#include "pg/pipeline.h"

namespace drydock::catalog {
namespace {

constexpr pg::Query kBegin{"catalog.begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
constexpr pg::Query kCommit{"catalog.commit", "COMMIT"};
// In a transaction of the caller's: going back to a savepoint takes back what was set for the reading.
constexpr pg::Query kSavepoint{"catalog.savepoint", "SAVEPOINT drydock_catalog"};
constexpr pg::Query kGoBack{"catalog.go_back", "ROLLBACK TO SAVEPOINT drydock_catalog"};
constexpr pg::Query kRelease{"catalog.release", "RELEASE SAVEPOINT drydock_catalog"};

// A query whose rows are objects, and their kind where it does not say it in each row.
struct Source {
    pg::Query query;
    Kind kind;
};

// Relations and types come before what stands on them.
constexpr Source kSources[] = {
    {queries::database, Kind::database},
    {queries::schemas, Kind::schema},
    {queries::extensions, Kind::extension},
    {queries::languages, Kind::language},
    {queries::access_methods, Kind::access_method},
    {queries::default_privileges, Kind::default_privilege},
    {queries::types, Kind::type},
    {queries::relations, Kind::table},
    {queries::sequences, Kind::sequence},
    {queries::collations, Kind::collation},
    {queries::conversions, Kind::conversion},
    {queries::routines, Kind::function},
    {queries::operators, Kind::op},
    {queries::operator_families, Kind::operator_family},
    {queries::casts, Kind::cast},
    {queries::transforms, Kind::transform},
    {queries::text_search, Kind::text_search_configuration},
    {queries::foreign_data, Kind::foreign_server},
    {queries::columns, Kind::column},
    {queries::constraints, Kind::constraint},
    {queries::indexes, Kind::index},
    {queries::statistics, Kind::statistics},
    {queries::rules, Kind::rule},
    {queries::triggers, Kind::trigger},
    {queries::policies, Kind::policy},
    {queries::event_triggers, Kind::event_trigger},
    {queries::publications, Kind::publication},
};

// One reading: what is asked, and what is done with each answer.
class Reading {
public:
    Reading(pg::Connection& connection, const ReadOptions& options, bool prepare);
    Result<Snapshot> run(const Limits& limits);

private:
    using Take = std::function<Result<>(const pg::Rows&)>;
    void ask(const pg::Query& query, Take take);
    void ask_for_notes();

    pg::Connection& connection_;
    bool prepare_;
    Collector collector_;
    std::vector<std::string> texts_;
    std::vector<pg::PipelineStep> steps_;
    std::vector<Take> takes_;
};

Reading::Reading(pg::Connection& connection, const ReadOptions& options, bool prepare)
    : connection_(connection),
      prepare_(prepare),
      collector_(options, connection.parameter("server_encoding") == "SQL_ASCII") {
    const auto nothing = [](const pg::Rows&) { return Result<>{}; };
    // The steps point into the texts.
    texts_.reserve(std::size(kSources) + 11);
    ask(options.in_transaction ? kSavepoint : kBegin, nothing);
    ask(queries::settings, nothing);
    ask_for_notes();
    for (const auto& [query, kind] : kSources)
        ask(query, [this, kind](const pg::Rows& rows) { return collector_.take_objects(rows, kind); });
    const bool sees_all = connection.parameter("is_superuser") == "on";
    ask(sees_all ? queries::subscriptions : queries::subscriptions_public,
        [this](const pg::Rows& rows) { return collector_.take_objects(rows, Kind::subscription); });
    if (options.dependencies) {
        ask(queries::stand_ins, [this](const pg::Rows& rows) {
            collector_.take_stand_ins(rows);
            return Result<>{};
        });
        ask(queries::dependencies, [this](const pg::Rows& rows) {
            collector_.take_dependencies(rows);
            return Result<>{};
        });
    }
    if (options.in_transaction) {
        ask(kGoBack, nothing);
        ask(kRelease, nothing);
    } else {
        ask(kCommit, nothing);
    }
}

void Reading::ask_for_notes() {
    ask(queries::members, [this](const pg::Rows& rows) {
        collector_.take_members(rows);
        return Result<>{};
    });
    ask(queries::comments, [this](const pg::Rows& rows) {
        collector_.take_comments(rows);
        return Result<>{};
    });
    ask(queries::security_labels, [this](const pg::Rows& rows) {
        collector_.take_security_labels(rows);
        return Result<>{};
    });
}

void Reading::ask(const pg::Query& query, Take take) {
    texts_.push_back(query_text(query.text, connection_.server_version() / 10000));
    steps_.push_back({.query = {query.name, texts_.back()}, .params = {}, .prepare = prepare_});
    takes_.push_back(std::move(take));
}

Result<Snapshot> Reading::run(const Limits& limits) {
    const auto receive = [this](std::size_t step, Result<pg::Rows> rows) -> Result<> {
        if (!rows) return std::move(rows).error();
        return takes_[step](*rows);
    };
    DRYDOCK_TRY_VOID(pg::run_pipeline(connection_, steps_, pg::PipelineMode::one_transaction, receive, limits));
    return collector_.finish(connection_.server_version());
}

// The statements that this connection had prepared are gone, or a pooler gave it a server where others' stand.
bool is_lost_statement(const Error& error) {
    return error.sqlstate == "26000" || error.sqlstate == "42P05";
}

// Deparsing looks at the catalog of this very moment, not of the snapshot: what is dropped meanwhile is not found
// ("cache lookup failed", "could not open relation"), and not there either when it is read again.
bool is_overtaken(const Error& error) {
    return error.code == ErrorCode::conflict || error.sqlstate == "XX000" || error.sqlstate.starts_with("42P") ||
           error.sqlstate == "42703" || error.sqlstate == "42883";
}

// Deparsing locks the tables of a view. Whoever changes one of them is let past, and not waited for with the locks of
// the others in hand: that could end in a deadlock, and it may be the other who is broken off for it.
bool is_in_the_way(const Error& error) {
    return error.code == ErrorCode::locked || error.sqlstate == "40P01";
}

}  // namespace

Result<Snapshot> read_snapshot(pg::Connection& connection, const ReadOptions& options, const Limits& limits) {
    using std::chrono::milliseconds;
    constexpr int kMostTries = 10;
    constexpr std::chrono::seconds kPatience{30};
    const auto patience = Limits::Clock::now() + kPatience;
    bool prepare = true;
    for (int tries = 0;; ++tries) {
        auto snapshot = Reading{connection, options, prepare}.run(limits);
        if (snapshot) return snapshot;
        auto error = std::move(snapshot).error();
        if (options.in_transaction) return std::move(error).in("reading the catalog");
        if (connection.usable() && connection.transaction_status() != pg::TransactionStatus::idle)
            DRYDOCK_TRY_VOID(connection.query({"catalog.rollback", "ROLLBACK"}, limits));
        const bool again = is_in_the_way(error)
                               ? Limits::Clock::now() < patience
                               : tries < kMostTries && (is_lost_statement(error) || is_overtaken(error));
        if (!again || !connection.usable()) return std::move(error).in("reading the catalog");
        if (is_lost_statement(error)) prepare = false;
        if (is_in_the_way(error)) DRYDOCK_TRY_VOID(pause(jittered(milliseconds{20}, milliseconds{500}, tries), limits));
    }
}

}  // namespace drydock::catalog
