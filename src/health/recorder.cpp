#include "health/recorder.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/wait.h"

namespace drydock::health {
namespace {

using std::chrono::milliseconds;
constexpr std::chrono::hours kTendEvery{1};
constexpr std::chrono::seconds kWriteTime{30};
constexpr std::chrono::seconds kLastWrite{5};  // when the server stops
constexpr std::chrono::seconds kLongestPause{30};

// The statement is at fault, and not the moment: it would fail again.
bool is_hopeless(const Error& error) {
    return error.sqlstate.starts_with("22") || error.sqlstate.starts_with("23");
}
constexpr std::string_view kNoPartition = "23514";

}  // namespace

Recorder::Recorder(control::Store& store, RecorderOptions options, bool own_thread)
    : store_(store), options_(std::move(options)) {
    if (own_thread) thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

Recorder::~Recorder() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
    (void)flush(Limits::within(kLastWrite), true);
}

void Recorder::add(const Check& check) {
    const std::lock_guard lock{mutex_};
    note_row(check);
    note_state(check);
    trim();
    if (!check.changed) return;
    hurry_ = true;
    come_.notify_one();
}

void Recorder::note_row(const Check& check) {
    const auto found = open_.find(check.database_id);
    const bool plain = check.answered && !check.changed;
    if (found != open_.end()) {
        auto& row = found->second;
        if (plain && row.check.finding.outcome == check.finding.outcome && row.check.status == check.status) {
            ++row.checks;
            row.check.at = check.at;
            row.check.latency = std::max(row.check.latency, check.latency);
            row.check.connect = std::max(row.check.connect, check.connect);
            return;
        }
        closed_.push_back(std::move(row));
        open_.erase(found);
    }
    Row row{.organization_id = check.organization_id, .check = check, .first = check.at};
    if (plain) {
        open_.emplace(check.database_id, std::move(row));
    } else {
        closed_.push_back(std::move(row));
    }
}

void Recorder::note_state(const Check& check) {
    if (check.status == Status::unknown) return;
    auto& state = states_[check.database_id];
    const bool unhealthy = check.status == Status::unhealthy;
    // One answer does not make it healthy, so what was wrong stays the reason.
    auto error = unhealthy ? (check.answered ? state.error : explain(check.finding)) : std::string{};
    const bool fresh = state.status != Status::unknown && check.at - state.noted < options_.refresh_every;
    if (fresh && state.status == check.status && state.error == error) return;
    state = {
        .organization_id = check.organization_id,
        .status = check.status,
        .error = std::move(error),
        .dirty = true,
        .noted = check.at
    };
}

void Recorder::trim() {
    if (closed_.size() <= options_.most_waiting) return;
    const auto surplus = std::max<std::size_t>(closed_.size() / 10, 1);
    closed_.erase(closed_.begin(), closed_.begin() + static_cast<std::ptrdiff_t>(surplus));
    figures_.dropped += surplus;
}

void Recorder::forget(const std::string& database_id) {
    const std::lock_guard lock{mutex_};
    states_.erase(database_id);
    const auto found = open_.find(database_id);
    if (found == open_.end()) return;
    closed_.push_back(std::move(found->second));
    open_.erase(found);
}

std::map<std::string, Recorder::Work> Recorder::take(bool all) {
    const std::lock_guard lock{mutex_};
    const auto time = options_.now();
    for (auto open = open_.begin(); open != open_.end();) {
        const bool full = all || time - open->second.first >= options_.keep_every;
        if (full) closed_.push_back(std::move(open->second));
        open = full ? open_.erase(open) : std::next(open);
    }
    std::map<std::string, Work> work;
    for (auto& row : std::exchange(closed_, {})) work[row.organization_id].rows.push_back(std::move(row));
    for (auto& [id, state] : states_) {
        if (std::exchange(state.dirty, false)) work[state.organization_id].states.emplace_back(id, state);
    }
    hurry_ = false;
    return work;
}

void Recorder::put_back(const std::string& organization, Work work) {
    const std::lock_guard lock{mutex_};
    ++figures_.failures;
    closed_.insert(
        closed_.begin(), std::make_move_iterator(work.rows.begin()), std::make_move_iterator(work.rows.end())
    );
    for (auto& [id, state] : work.states) {
        const auto found = states_.find(id);
        // What is known now is told, be it newer or the same.
        if (found != states_.end() && found->second.organization_id == organization) found->second.dirty = true;
    }
    trim();
}

Result<> Recorder::flush(const Limits& limits, bool all) {
    auto work = take(all);
    std::optional<Error> failed;
    for (auto& [organization, share] : work) {
        if (failed && !is_hopeless(*failed)) {
            put_back(organization, std::move(share));
            continue;
        }
        auto stored = store(organization, share, limits);
        if (!stored && stored.error().sqlstate == kNoPartition) {
            // A server that slept over midnight.
            if (tend(limits)) stored = store(organization, share, limits);
        }
        if (stored) continue;
        failed = stored.error();
        if (is_hopeless(*failed)) {
            log::failure("health.not_stored", *failed, {{"organization", organization}, {"rows", share.rows.size()}});
            const std::lock_guard lock{mutex_};
            figures_.dropped += share.rows.size();
            ++figures_.failures;
        } else {
            put_back(organization, std::move(share));
        }
    }
    if (failed) return *std::move(failed);
    return {};
}

RecorderFigures Recorder::figures() const {
    const std::lock_guard lock{mutex_};
    auto figures = figures_;
    figures.waiting = open_.size() + closed_.size();
    return figures;
}

void Recorder::run(const std::stop_token& stop) {
    auto tended = Time{};
    int failures = 0;
    while (!stop.stop_requested()) {
        const auto limits = Limits::within(kWriteTime, stop);
        if (options_.now() - tended >= kTendEvery) {
            const auto done = tend(limits);
            if (done) tended = options_.now();
            if (!done && !stop.stop_requested()) log::failure("health.partitions", done.error());
        }
        const auto flushed = flush(limits);
        if (stop.stop_requested()) return;
        if (flushed) {
            failures = 0;
            std::unique_lock lock{mutex_};
            come_.wait_for(lock, stop, options_.flush_every, [&] { return hurry_; });
        } else {
            log::failure("health.store", flushed.error());
            (void)pause(jittered(options_.flush_every, kLongestPause, failures++), {.stop = stop});
        }
    }
}

}  // namespace drydock::health
