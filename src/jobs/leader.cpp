#include "jobs/leader.h"

#include <array>

#include <fmt/format.h>

#include "base/wait.h"
#include "jobs/queries.h"

namespace drydock::jobs {
namespace {

constexpr std::chrono::seconds kGoodbye{2};
constexpr pg::Query kAlive{"jobs.alive", "SELECT pg_backend_pid()"};

}  // namespace

Result<bool> Leadership::hold(const Limits& limits) {
    if (!options_.by_row) {
        auto held = hold_by_session(limits);
        if (!options_.by_row) return held;
    }
    return hold_by_row(limits);
}

Result<bool> Leadership::hold_by_session(const Limits& limits) {
    if (session_ && !session_->usable()) session_.reset();
    if (!session_) {
        leads_ = false;
        DRYDOCK_TRY(session_, store_.connect(limits));
        // A proxy makes up the process that it announces, or changes it from one transaction to the next.
        DRYDOCK_TRY(const auto rows, session_->query(kAlive, limits));
        if (rows.integer(0, 0) != session_->backend_pid()) {
            session_.reset();
            options_.by_row = true;
            return false;
        }
        const auto idle = fmt::format("{}ms", options_.lease.count());
        const std::array<pg::Param, 1> bound{idle};
        DRYDOCK_TRY_VOID(session_->query(queries::bound_session, bound, limits));
    }
    if (leads_) {
        auto alive = session_->query(kAlive, limits);
        leads_ = alive && alive->integer(0, 0) == pid_;
        if (!alive) return std::move(alive).error();
        return leads_;
    }
    const std::array<pg::Param, 1> params{options_.task};
    DRYDOCK_TRY(const auto rows, session_->query(queries::try_lead, params, limits));
    leads_ = rows.boolean(0, 0);
    pid_ = rows.integer(0, 1);
    return leads_;
}

Result<bool> Leadership::hold_by_row(const Limits& limits) {
    const auto seconds = fmt::format("{:.3f}", std::chrono::duration<double>(options_.lease).count());
    leads_ = false;
    DRYDOCK_TRY(const auto rows, store_.run(control::Actor::system(), limits, [&](control::Transaction& transaction) {
        return transaction.query(queries::lead_by_row, {options_.task, options_.holder, seconds});
    }));
    leads_ = rows.size() == 1;
    return leads_;
}

void Leadership::wait(std::chrono::milliseconds time, const std::stop_token& stop) {
    const auto limits = Limits::within(time, stop);
    if (session_) {
        // Nobody notifies: what comes is the end of the time, or of the connection.
        if (!session_->wait_notification(limits)) session_.reset();
        return;
    }
    [[maybe_unused]] const auto paused = pause(time, limits);
}

void Leadership::give_up() {
    session_.reset();
    if (options_.by_row && leads_) {
        [[maybe_unused]] const auto told =
            store_.run(control::Actor::system(), Limits::within(kGoodbye), [&](control::Transaction& transaction) {
                return transaction.query(queries::stop_leading, {options_.task, options_.holder});
            });
    }
    leads_ = false;
}

}  // namespace drydock::jobs
