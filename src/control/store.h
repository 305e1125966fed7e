#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "control/actor.h"
#include "pg/connection.h"
#include "pg/pool.h"
#include "pg/query.h"
#include "pg/retry.h"

namespace drydock::control {

// A transaction on the control plane, in the name of an actor. It lives inside Store::run.
class Transaction {
public:
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    const Actor& actor() const { return actor_; }
    const Limits& limits() const { return limits_; }
    // One statement, which the server keeps prepared.
    Result<pg::Rows> query(const pg::Query& query, std::span<const pg::Param> params = {});
    Result<pg::Rows> query(const pg::Query& query, std::initializer_list<pg::Param> params) {
        return this->query(query, std::span<const pg::Param>{params.begin(), params.size()});
    }
    // The one row of a statement that must find one: `not_found` with this message otherwise.
    Result<pg::Rows> one(const pg::Query& query, std::initializer_list<pg::Param> params, std::string_view missing);
    // From here on in the name of somebody else: a login that has found its user.
    Result<> become(const Actor& actor);
    // Called once the transaction is committed, on the same thread: to forget a cached value, to wake a worker.
    void after_commit(std::function<void()> callback) { after_commit_.push_back(std::move(callback)); }

private:
    friend class Store;
    Transaction(pg::Connection& connection, Actor actor, bool prepare, const Limits& limits)
        : connection_(connection), actor_(std::move(actor)), prepare_(prepare), limits_(limits) {}

    pg::Connection& connection_;
    Actor actor_;
    bool prepare_;
    const Limits& limits_;
    std::vector<std::function<void()>> after_commit_;
};

// SQLSTATE (statement completion unknown) of an Error of Store::run after which the work may have been done or not.
inline constexpr std::string_view kNoWordOfCommit = "40003";
// The same of an Error that came when the work was committed already.
Error may_be_done(Error error);

struct StoreOptions {
    pg::Conninfo where;
    // The role that each connection takes on: neither owner nor superuser, so that row-level security binds it. Empty:
    // the role that connects (which FORCE binds, too, unless it is a superuser).
    std::string role{};
    std::size_t connections = 8;
    std::chrono::seconds connect_timeout{10};
    std::chrono::seconds idle_limit{300};
    std::chrono::seconds lifetime{3600};
    bool prepare = true;  // behind a pooler that hands out another session each time: false
    std::string application_name = "drydock";
};

// The only way to the control plane's tables. Each transaction carries its actor in app.current_user_id and
// app.current_org_id; nothing else sets them. Safe from any thread; a call blocks for a connection within its limits.
class Store {
public:
    explicit Store(StoreOptions options);

    // `work(Transaction&)` returns a Result; an Error rolls everything back. It is called again when the server had to
    // roll back for another transaction's sake (a deadlock, a conflict), so it must have no effect outside.
    template <std::invocable<Transaction&> Work>
    std::invoke_result_t<Work&, Transaction&> run(const Actor& actor, const Limits& limits, Work&& work) {
        using Outcome = std::invoke_result_t<Work&, Transaction&>;
        Outcome outcome{};
        auto ended = transact(actor, limits, [&](Transaction& transaction) -> Result<> {
            outcome = work(transaction);
            if (!outcome) return outcome.error();
            return {};
        });
        if (!ended) return std::move(ended).error();
        return outcome;
    }

    // One reading statement, in one flight.
    Result<pg::Rows> read(
        const Actor& actor, const pg::Query& query, std::span<const pg::Param> params, const Limits& limits
    );
    Result<pg::Rows> read(
        const Actor& actor, const pg::Query& query, std::initializer_list<pg::Param> params, const Limits& limits
    ) {
        return read(actor, query, std::span<const pg::Param>{params.begin(), params.size()}, limits);
    }

    // The ids of all organizations that are not closed, for work that goes over all of them.
    Result<std::vector<std::string>> organizations(const Limits& limits);

    pg::PoolFigures figures() const { return pool_.figures(); }
    const pg::Conninfo& where() const { return where_; }
    // A connection of the caller's own, in the same role: for LISTEN, for a lock that lasts.
    Result<pg::Connection> connect(const Limits& limits) const;

private:
    Result<> transact(const Actor& actor, const Limits& limits, const std::function<Result<>(Transaction&)>& work);
    Result<> attempt(const Actor& actor, const Limits& limits, const std::function<Result<>(Transaction&)>& work);
    Result<> take_on_role(pg::Connection& connection, const Limits& limits) const;

    pg::Conninfo where_;
    std::string role_;
    std::chrono::seconds connect_timeout_;
    bool prepare_;
    pg::Pool pool_;
};

}  // namespace drydock::control
