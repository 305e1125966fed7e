#include "control/store.h"

#include <array>

#include <fmt/format.h>

#include "base/poll.h"
#include "control/queries.h"
#include "pg/pipeline.h"
#include "pg/retry.h"

namespace drydock::control {
namespace {

constexpr pg::Query kBegin{"begin", "BEGIN"};
constexpr pg::Query kCommit{"commit", "COMMIT"};
constexpr pg::Query kRollback{"rollback", "ROLLBACK"};
constexpr std::chrono::seconds kGoodbye{2};
constexpr std::chrono::seconds kCommitTime{10};

std::array<pg::Param, 3> settings_of(const Actor& actor) {
    return {actor.user_id, actor.organization_id, actor.login};
}

pg::PipelineStep step(const pg::Query& query, std::span<const pg::Param> params, bool prepare) {
    return {.query = query, .params = {params.begin(), params.end()}, .prepare = prepare};
}

// The first Error of a flight: what came after it was only cancelled.
Result<pg::Rows> last_of(Result<std::vector<Result<pg::Rows>>> flight) {
    if (!flight) return std::move(flight).error();
    for (auto& result : *flight) {
        if (!result) return std::move(result).error();
    }
    return std::move(flight->back());
}

// Where the control plane is, is nothing for who asks it something.
Error discreet(Error error) {
    const bool connection = error.code == ErrorCode::unavailable || error.code == ErrorCode::unauthenticated ||
                            (error.code == ErrorCode::not_found && error.sqlstate == "3D000");
    if (!connection || error.sqlstate.empty()) return error;
    if (!error.detail.empty()) error.detail += "; ";
    error.detail += error.message;
    error.code = ErrorCode::unavailable;
    error.message = "the control plane does not answer";
    error.hint = "Try again in a moment; the server's log says more.";
    return error;
}

// Of a COMMIT: where its session or its time ended before its answer came, it may be done or not. No next attempt
// begins after it.
Error unsure(Error error) {
    const bool answered = !error.sqlstate.empty() && pg::aftermath(error) != pg::Aftermath::unknown;
    if (answered) return error;
    return may_be_done(std::move(error));
}

// Of what was asked of the control plane itself: what a transaction's work says of other servers stays as it is.
template <class T>
Result<T> told(Result<T> answer) {
    if (!answer) return discreet(std::move(answer).error());
    return answer;
}

pg::Conninfo named(pg::Conninfo where, const std::string& application) {
    if (where.get("application_name").empty()) where.set("application_name", application);
    return where;
}

}  // namespace

Error may_be_done(Error error) {
    error.detail = fmt::format("{}{}{}", error.message, error.detail.empty() ? "" : "; ", error.detail);
    error.sqlstate = kNoWordOfCommit;
    error.message = "the control plane did not say whether it was done";
    error.hint = "Look whether it was before you do it again.";
    return error;
}

Result<pg::Rows> Transaction::query(const pg::Query& query, std::span<const pg::Param> params) {
    const std::array steps{step(query, params, prepare_)};
    return told(last_of(pg::run_pipeline(connection_, steps, pg::PipelineMode::separate, limits_)));
}

Result<pg::Rows> Transaction::one(
    const pg::Query& query, std::initializer_list<pg::Param> params, std::string_view missing
) {
    DRYDOCK_TRY(auto rows, this->query(query, params));
    if (rows.size() == 0) return Error{.code = ErrorCode::not_found, .message = std::string{missing}};
    return rows;
}

Result<> Transaction::become(const Actor& actor) {
    DRYDOCK_TRY_VOID(query(queries::set_actor, settings_of(actor)));
    actor_ = actor;
    return {};
}

Store::Store(StoreOptions options)
    : where_(named(std::move(options.where), options.application_name)),
      role_(std::move(options.role)),
      connect_timeout_(options.connect_timeout),
      prepare_(options.prepare),
      pool_(pg::PoolOptions{
          .where = where_,
          .max = options.connections,
          .connect_timeout = options.connect_timeout,
          .idle_limit = options.idle_limit,
          .lifetime = options.lifetime,
          .tend_every = std::chrono::seconds{30},
          .prepare =
              [this](pg::Connection& connection, const Limits& limits) { return take_on_role(connection, limits); },
      }) {}

Result<> Store::take_on_role(pg::Connection& connection, const Limits& limits) const {
    if (role_.empty()) return {};
    const auto text = "SET ROLE " + pg::quote_identifier(role_);
    DRYDOCK_TRY_VOID(connection.query({.name = "set_role", .text = text}, limits));
    return {};
}

Result<pg::Connection> Store::connect(const Limits& limits) const {
    DRYDOCK_TRY(auto connection, pg::Connection::open(where_, limits.at_most(connect_timeout_)));
    DRYDOCK_TRY_VOID(take_on_role(connection, limits));
    return connection;
}

Result<pg::Rows> Store::read(
    const Actor& actor, const pg::Query& query, std::span<const pg::Param> params, const Limits& limits
) {
    // A flight of its own is one transaction, so the settings end with it. Nothing was changed: it may be tried again.
    return told(pg::retry(
        [&]() -> Result<pg::Rows> {
            DRYDOCK_TRY(auto lease, pool_.acquire(limits));
            const std::array steps{
                step(queries::set_actor, settings_of(actor), prepare_), step(query, params, prepare_)
            };
            return last_of(pg::run_pipeline(*lease, steps, pg::PipelineMode::one_transaction, limits));
        },
        pg::Repeatable::yes,
        {.attempts = 3},
        pg::RetryWorld::real(),
        limits
    ));
}

Result<> Store::transact(const Actor& actor, const Limits& limits, const std::function<Result<>(Transaction&)>& work) {
    return pg::retry(
        [&] { return attempt(actor, limits, work); }, pg::Repeatable::no, {}, pg::RetryWorld::real(), limits
    );
}

Result<> Store::attempt(const Actor& actor, const Limits& limits, const std::function<Result<>(Transaction&)>& work) {
    std::vector<std::function<void()>> after_commit;
    {
        DRYDOCK_TRY(auto lease, told(pool_.acquire(limits)));
        const std::array opening{step(kBegin, {}, false), step(queries::set_actor, settings_of(actor), prepare_)};
        DRYDOCK_TRY_VOID(told(last_of(pg::run_pipeline(*lease, opening, pg::PipelineMode::separate, limits))));
        Transaction transaction{*lease, actor, prepare_, limits};
        if (auto done = work(transaction); !done) {
            // The pool would roll back as well; here it is done before the caller hears of it.
            if (lease->usable()) {
                const auto undone = lease->query(kRollback, Limits::within(kGoodbye));
                if (!undone) lease.discard();
            }
            return done;
        }
        if (auto late = check_limits(limits); !late) return late;
        // Limits that end from here on would leave it open what became of the work.
        const auto committed = told(lease->query(kCommit, Limits::within(kCommitTime)));
        if (!committed) return unsure(committed.error());
        if (committed->command_tag() != "COMMIT") {
            return Error{.code = ErrorCode::internal, .message = "a transaction was committed after an error in it"};
        }
        after_commit = std::move(transaction.after_commit_);
    }
    for (const auto& callback : after_commit) callback();
    return {};
}

Result<std::vector<std::string>> Store::organizations(const Limits& limits) {
    DRYDOCK_TRY(const auto rows, read(Actor::system(), queries::open_organizations, {}, limits));
    std::vector<std::string> ids;
    for (int row = 0; row < rows.size(); ++row) ids.emplace_back(rows.text(row, 0));
    return ids;
}

}  // namespace drydock::control
