// The two threads of a Worker that run no job: one renews leases, one looks after everything else.
#include <algorithm>

#include "base/wait.h"
#include "jobs/active.h"
#include "jobs/replicas.h"

namespace drydock::jobs {
namespace {

constexpr std::chrono::seconds kStatement{10};
constexpr std::chrono::milliseconds kProgressEvery{1'000};
constexpr pg::Query kListen{"jobs.listen", "LISTEN drydock_jobs"};

}  // namespace

// Alone on its thread, so that nothing else delays it.
void Worker::keep(const std::stop_token& stop) {
    const auto lease = queue_.options().lease;
    auto renewed = Limits::Clock::now();
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock{mutex_};
            changed_.wait_for(lock, stop, std::min(options_.poll, lease / 3), [this] { return keeper_awake_; });
            keeper_awake_ = false;
        }
        const auto now = Limits::Clock::now();
        const bool due = now - renewed >= lease / 3 - std::chrono::milliseconds{5};
        if (renew(!due) && due) renewed = now;
    }
}

// What is no longer ours, or can't be renewed in time, is stopped; so is what somebody wants cancelled.
bool Worker::renew(bool only_look) {
    const auto all = all_active();
    if (all.empty()) return true;
    const auto lease = queue_.options().lease;
    std::vector<Ticket> tickets;
    for (const auto& active : all) tickets.push_back(active->context.job().ticket());
    const auto before = Limits::Clock::now();
    const auto held = queue_.renew(tickets, only_look, Limits::within(lease / 4));
    if (!held) {
        trouble("renewing leases", held.error());
        const auto last_call = Limits::Clock::now() + lease / 4;
        for (const auto& active : all) {
            if (last_call >= active->held_until.load()) active->ask_to_stop(StopReason::lost);
        }
        return false;
    }
    for (const auto& active : all) {
        const auto& id = active->context.job().id;
        const auto found = std::ranges::find(*held, id, &Held::id);
        if (found == held->end()) {
            active->ask_to_stop(StopReason::lost);
        } else {
            if (!only_look) active->held_until = before + lease;
            if (found->cancel) active->ask_to_stop(StopReason::cancelled);
        }
    }
    return true;
}

std::optional<pg::Connection> Worker::listen(const std::stop_token& stop) const {
    const auto limits = Limits::within(kStatement, stop);
    auto connection = store_.connect(limits);
    if (!connection) {
        trouble("listening for jobs", connection.error());
        return std::nullopt;
    }
    if (const auto listening = connection->query(kListen, limits); !listening) {
        trouble("listening for jobs", listening.error());
        return std::nullopt;
    }
    return *std::move(connection);
}

void Worker::look_after(const std::stop_token& stop) {
    std::optional<pg::Connection> listener;
    auto next_beat = Limits::Clock::now() + options_.heartbeat;
    auto next_round = Limits::Clock::now();
    while (!stop.stop_requested()) {
        const auto limits = Limits::within(std::min({options_.poll, options_.heartbeat, kProgressEvery}), stop);
        if (!listener && (listener = listen(stop))) wake_claimers();
        if (listener) {
            const auto heard = listener->wait_notification(limits);
            if (heard && *heard) (*heard)->payload == "cancel" ? wake_keeper() : wake_claimers();
            if (!listener->usable()) listener.reset();
        } else if (const auto waited = pause(options_.poll, limits); !waited && stop.stop_requested()) {
            return;
        }
        const auto now = Limits::Clock::now();
        if (now >= next_round) {
            next_round = now + std::min(options_.poll, kProgressEvery);
            reap();
            tell_progress();
        }
        if (now >= next_beat) {
            next_beat = now + options_.heartbeat;
            beat(is_claiming() ? "serving" : "stopping");
        }
    }
}

void Worker::reap() {
    const auto reaped = queue_.reap(Limits::within(kStatement));
    if (!reaped) return trouble("taking jobs from servers that are gone", reaped.error());
    if (*reaped == 0) return;
    {
        const std::scoped_lock lock{mutex_};
        figures_.reaped += static_cast<std::uint64_t>(*reaped);
    }
    wake_claimers();
}

void Worker::tell_progress() {
    for (const auto& active : all_active()) {
        const auto progress = active->context.take_progress();
        if (!progress) continue;
        const auto told = queue_.note_progress(active->context.job().ticket(), *progress, Limits::within(kStatement));
        // One that has ended meanwhile, or been lost, has no progress any more.
        if (!told && told.error().code != ErrorCode::conflict) trouble("telling of a job's progress", told.error());
    }
}

void Worker::beat(std::string_view state) {
    const Replica replica{
        .id = id_,
        .name = options_.name,
        .version = options_.version,
        .threads = options_.threads,
        .running = figures().running,
        .state = std::string{state},
    };
    const auto done = jobs::beat(store_, replica, Limits::within(kStatement));
    if (!done) trouble("telling that this server is there", done.error());
}

}  // namespace drydock::jobs
