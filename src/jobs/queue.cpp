#include "jobs/queue.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "jobs/move.h"
#include "jobs/queries.h"
#include "pg/retry.h"

namespace drydock::jobs {
namespace {

double in_seconds(std::chrono::milliseconds time) {
    return std::chrono::duration<double>(time).count();
}

std::string seconds_text(std::chrono::milliseconds time) {
    return fmt::format("{:.3f}", in_seconds(time));
}

Error stale(const Ticket& ticket) {
    return Error{
        .code = ErrorCode::conflict,
        .message = fmt::format("job {} is not this worker's any more", ticket.id),
        .hint = "Its lease had run out, and it was given to another one. Nothing of it was written.",
    };
}

// Whether the same work can come out otherwise later. What was asked for wrongly stays wrong.
bool may_pass_later(ErrorCode code) {
    switch (code) {
        case ErrorCode::unavailable:
        case ErrorCode::deadline_exceeded:
        case ErrorCode::locked:
        case ErrorCode::failed:
        case ErrorCode::internal:
            return true;
        default:
            return false;
    }
}

// Whether, after something was sent, it may or may not have been done.
bool leaves_it_open(ErrorCode code) {
    return code == ErrorCode::unavailable || code == ErrorCode::deadline_exceeded || code == ErrorCode::cancelled ||
           code == ErrorCode::internal;
}

constexpr std::string_view kOpen =
    "It was sent, and whether it was done is not known. Look at the target before you start it again.";

// Lists of values of PostgreSQL's array type; none of them needs quotes.
std::pair<std::string, std::string> ids_and_fences(std::span<const Ticket> tickets) {
    std::vector<std::string_view> ids;
    std::vector<std::int64_t> fences;
    for (const auto& ticket : tickets) {
        ids.push_back(ticket.id);
        fences.push_back(ticket.fence);
    }
    return {fmt::format("{{{}}}", fmt::join(ids, ",")), fmt::format("{{{}}}", fmt::join(fences, ","))};
}

}  // namespace

Queue::Queue(control::Store& store, const Kinds& kinds, QueueOptions options)
    : store_(store), kinds_(kinds), options_(std::move(options)) {
    if (!options_.random) options_.random = pg::RetryWorld::real().random;
}

double Queue::pause_after(int attempt) const {
    const pg::RetryPolicy policy{.first_pause = options_.first_pause, .longest_pause = options_.longest_pause};
    return std::chrono::duration<double>(pg::pause_before(attempt + 1, policy, options_.random())).count();
}

Result<std::optional<Job>> Queue::claim(
    std::string_view worker, std::span<const std::string> kinds, const Limits& limits
) const {
    if (kinds.empty()) return std::optional<Job>{};
    const auto list = fmt::format("{{{}}}", fmt::join(kinds, ","));
    return store_
        .run(control::Actor::system(), limits, [&](control::Transaction& transaction) -> Result<std::optional<Job>> {
            DRYDOCK_TRY(const auto rows, transaction.query(queries::claim, {list}));
            if (rows.size() == 0) return std::optional<Job>{};
            const Ticket ticket{.id = std::string{rows.text(0, 0)}, .organization_id = std::string{rows.text(0, 1)}};
            DRYDOCK_TRY(
                auto job,
                move(
                    transaction,
                    ticket,
                    {.to = JobState::running, .how = "claimed", .worker = worker, .seconds = in_seconds(options_.lease)}
                )
            );
            return std::optional{std::move(job)};
        });
}

Result<std::vector<Held>> Queue::renew(std::span<const Ticket> tickets, bool only_look, const Limits& limits) const {
    const auto [ids, fences] = ids_and_fences(tickets);
    const auto lease = seconds_text(options_.lease);
    const auto asked = only_look ? store_.read(control::Actor::system(), queries::watch, {ids, fences}, limits)
                                 : store_.run(control::Actor::system(), limits, [&](control::Transaction& transaction) {
                                       return transaction.query(queries::renew, {ids, fences, lease});
                                   });
    if (!asked) return asked.error();
    std::vector<Held> held;
    for (int row = 0; row < asked->size(); ++row) {
        held.push_back({.id = std::string{asked->text(row, 0)}, .cancel = asked->boolean(row, 1)});
    }
    return held;
}

Result<> Queue::mark_sent(const Ticket& ticket, const Limits& limits) const {
    const auto fence = std::to_string(ticket.fence);
    const auto lease = seconds_text(options_.lease);
    return store_.run(
        control::Actor::system(ticket.organization_id),
        limits,
        [&](control::Transaction& transaction) -> Result<> {
            DRYDOCK_TRY(const auto rows, transaction.query(queries::mark_sent, {ticket.id, fence, lease}));
            if (rows.size() == 1) return tell(transaction, ticket, "sent", "{}");
            DRYDOCK_TRY(const auto seen, transaction.query(queries::watch, {"{" + ticket.id + "}", "{" + fence + "}"}));
            if (seen.size() == 0) return stale(ticket);
            if (seen.boolean(0, 1)) return Error{.code = ErrorCode::cancelled, .message = "the job is to be cancelled"};
            return Error{
                .code = ErrorCode::internal,
                .message = fmt::format("job {} may not be sent: it was sent before, or is of another sort", ticket.id),
            };
        }
    );
}

Result<> Queue::hold(control::Transaction& transaction, const Ticket& ticket) const {
    const auto fence = std::to_string(ticket.fence);
    DRYDOCK_TRY(const auto rows, transaction.query(queries::hold_job, {ticket.id, fence}));
    if (rows.size() == 0) return stale(ticket);
    return {};
}

Result<> Queue::note_progress(const Ticket& ticket, std::string_view progress, const Limits& limits) const {
    const auto fence = std::to_string(ticket.fence);
    return store_.run(
        control::Actor::system(ticket.organization_id),
        limits,
        [&](control::Transaction& transaction) -> Result<> {
            DRYDOCK_TRY(const auto rows, transaction.query(queries::note_progress, {ticket.id, fence, progress}));
            if (rows.size() == 0) return stale(ticket);
            return tell(transaction, ticket, "progress", progress);
        }
    );
}

namespace {

// Ends or gives back what a worker runs, in a transaction of its own. Whether it was sent is read there: a worker whose
// connection broke while it marked that can't know.
Result<JobState> end(
    control::Store& store, const Job& job, const std::function<Move(bool sent)>& decide, const Limits& limits
) {
    return store.run(
        control::Actor::system(job.organization_id),
        limits,
        [&](control::Transaction& transaction) -> Result<JobState> {
            bool sent = false;
            if (job.at_most_once) {
                DRYDOCK_TRY(const auto row, transaction.one(queries::lock_job, {job.id}, "there is no such job"));
                sent = row.boolean(0, 4);
            }
            auto step = decide(sent);
            step.from = JobState::running;
            step.fence = job.fence;
            DRYDOCK_TRY(const auto moved, move(transaction, job.ticket(), step));
            return moved.state;
        }
    );
}

constexpr Move kUnknown{.to = JobState::unknown, .how = "unknown", .error_code = "cancelled", .error_message = kOpen};
constexpr Move kCancelled{
    .to = JobState::cancelled, .how = "cancelled", .error_code = "cancelled", .error_message = "cancelled on request"
};

}  // namespace

Result<JobState> Queue::succeed(const Job& job, std::string_view result, const Limits& limits) const {
    return end(
        store_, job, [&](bool) { return Move{.to = JobState::succeeded, .how = "succeeded", .result = result}; }, limits
    );
}

Result<JobState> Queue::fail(const Job& job, const Error& error, const Account& account, const Limits& limits) const {
    const auto message = error.hint.empty() ? error.message : fmt::format("{} {}", error.message, error.hint);
    const auto open_message = fmt::format("{} {}", error.message, kOpen);
    const auto decide = [&](bool sent) {
        Move step{.result = account.result, .error_code = traits(error.code).name, .error_message = message};
        if (sent && !account.certain && leaves_it_open(error.code)) {
            step.to = JobState::unknown;
            step.how = "unknown";
            step.error_message = open_message;
        } else if (!job.at_most_once && job.attempt < job.max_attempts && may_pass_later(error.code)) {
            step.to = JobState::queued;
            step.how = "retried";
            step.seconds = pause_after(job.attempt);
        } else {
            step.to = JobState::failed;
            step.how = "failed";
        }
        return step;
    };
    return end(store_, job, decide, limits);
}

Result<JobState> Queue::stopped(const Job& job, const Account& account, const Limits& limits) const {
    const auto decide = [&](bool sent) {
        auto step = sent && !account.certain ? kUnknown : kCancelled;
        step.result = account.result;
        return step;
    };
    return end(store_, job, decide, limits);
}

Result<JobState> Queue::hand_back(const Job& job, const Limits& limits) const {
    return end(
        store_,
        job,
        [](bool sent) { return sent ? kUnknown : Move{.to = JobState::queued, .how = "handed_back"}; },
        limits
    );
}

Result<int> Queue::reap(const Limits& limits) const {
    constexpr int kMostAtOnce = 100;
    int reaped = 0;
    for (; reaped < kMostAtOnce; ++reaped) {
        DRYDOCK_TRY(const bool found, reap_one(limits));
        if (!found) break;
    }
    return reaped;
}

Result<bool> Queue::reap_one(const Limits& limits) const {
    return store_.run(control::Actor::system(), limits, [&](control::Transaction& transaction) -> Result<bool> {
        DRYDOCK_TRY(const auto rows, transaction.query(queries::expired_job));
        if (rows.size() == 0) return false;
        const Ticket ticket{
            .id = std::string{rows.text(0, 0)},
            .organization_id = std::string{rows.text(0, 1)},
            .fence = rows.integer(0, 2),
        };
        const bool sent = rows.boolean(0, 3);
        const bool cancel = rows.boolean(0, 4);
        const auto losses = rows.integer(0, 5) + 1;
        Move step{.from = JobState::running, .to = JobState::queued, .how = "lost", .fence = ticket.fence};
        if (sent) {
            step.to = JobState::unknown;
            step.error_code = "unknown";
            step.error_message = kOpen;
        } else if (cancel) {
            step.to = JobState::cancelled;
            step.error_code = "cancelled";
            step.error_message = "cancelled on request";
        } else if (losses >= options_.most_losses) {
            step.to = JobState::failed;
            step.error_code = "unavailable";
            step.error_message = "the servers that ran it went away each time; it is not begun again";
        }
        DRYDOCK_TRY_VOID(move(transaction, ticket, step));
        return true;
    });
}

}  // namespace drydock::jobs
