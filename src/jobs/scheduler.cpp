#include "jobs/scheduler.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/random.h"
#include "jobs/cron.h"
#include "jobs/queries.h"
#include "jobs/replicas.h"

namespace drydock::jobs {
namespace {

constexpr std::chrono::seconds kStatement{20};

std::chrono::sys_seconds at(std::int64_t seconds) {
    return std::chrono::sys_seconds{std::chrono::seconds{seconds}};
}

}  // namespace

struct Scheduler::Due {
    std::string id;
    std::string organization_id;
    NewJob job;
    std::string cron;
    bool skip = false;
    std::int64_t time = 0;
    std::int64_t now = 0;
};

Scheduler::Scheduler(control::Store& store, const Queue& queue, SchedulerOptions options)
    : store_(store),
      queue_(queue),
      options_(std::move(options)),
      leadership_(
          store,
          {.task = "scheduler",
           // Two in one process are two.
           .holder = fmt::format("{} {}", options_.name.empty() ? replica_name() : options_.name, random_hex(4)),
           .lease = options_.lease,
           .by_row = options_.by_row}
      ) {}

Scheduler::~Scheduler() {
    stop();
}

void Scheduler::start() {
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

void Scheduler::stop() {
    thread_ = {};
    leads_ = false;
}

void Scheduler::trouble(std::string_view what, const Error& error) const {
    if (options_.on_trouble) options_.on_trouble(what, error);
}

void Scheduler::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const auto limits = Limits::within(kStatement, stop);
        const auto held = leadership_.hold(limits);
        leads_ = held && *held;
        if (!held && !stop.stop_requested()) trouble("electing who runs schedules", held.error());
        if (leads_) {
            const auto fired = fire_due(limits);
            if (!fired && !stop.stop_requested()) trouble("making jobs that are due", fired.error());
        }
        leadership_.wait(options_.poll, stop);
    }
    leads_ = false;
    leadership_.give_up();
}

Result<int> Scheduler::fire_due(const Limits& limits) const {
    DRYDOCK_TRY(const auto rows, store_.read(control::Actor::system(), queries::due_schedules, {}, limits));
    int fired = 0;
    for (int row = 0; row < rows.size(); ++row) {
        const auto text = [&](int column) { return std::string{rows.text(row, column)}; };
        const Due due{
            .id = text(0),
            .organization_id = text(1),
            .job = {.kind = text(2), .args = text(3), .schedule_id = text(0), .due_at = rows.integer(row, 6)},
            .cron = text(4),
            .skip = rows.text(row, 5) == "skip",
            .time = rows.integer(row, 6),
            .now = rows.integer(row, 7),
        };
        // One that can't be run keeps the others from nothing; it stays due for a server that knows its kind.
        const auto done = fire(due, limits);
        if (!done) {
            trouble(fmt::format("schedule {} ({})", due.id, due.job.kind), done.error());
        } else if (*done) {
            ++fired;
        }
    }
    return fired;
}

Result<bool> Scheduler::fire(const Due& due, const Limits& limits) const {
    DRYDOCK_TRY(const auto cron, Cron::parse(due.cron));
    const auto time = std::to_string(due.time);
    // All that was missed up to now is this one time.
    const auto next = std::to_string(cron.next_after(at(std::max(due.time, due.now))).time_since_epoch().count());
    const bool missed = due.now - due.time > options_.late.count();
    return store_.run(
        control::Actor::system(due.organization_id),
        limits,
        [&](control::Transaction& transaction) -> Result<bool> {
            DRYDOCK_TRY(const auto taken, transaction.query(queries::fire_schedule, {due.id, time, next}));
            if (taken.size() == 0 || (due.skip && missed)) return false;
            DRYDOCK_TRY(const auto made, queue_.enqueue(transaction, due.job));
            DRYDOCK_TRY_VOID(transaction.query(queries::note_fired, {due.id, made.id}));
            return !made.existed;
        }
    );
}

}  // namespace drydock::jobs
