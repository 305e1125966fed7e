#include "migrate/watcher.h"

#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "migrate/queries.h"

namespace drydock::migrate {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMoment{150};
constexpr milliseconds kEvery{200};

}  // namespace

Watcher::Watcher(pg::Conninfo where, int backend_pid, Progress& progress)
    : where_(std::move(where)), pid_(std::to_string(backend_pid)), progress_(progress) {}

// Neither wakes the watcher: it looks by itself every now and then, and a run of a thousand quick migrations must not
// pay for two thousand switches between threads.
void Watcher::begin(std::string subject) {
    const std::lock_guard lock{mutex_};
    // What one try has seen still explains the next one's failure.
    if (subject != last_subject_) blocker_.clear();
    last_subject_ = subject;
    subject_ = std::move(subject);
    since_ = Limits::Clock::now();
    if (!thread_.joinable()) thread_ = std::jthread{[this](const std::stop_token& stop) { watch(stop); }};
}

void Watcher::end() {
    const std::lock_guard lock{mutex_};
    subject_.reset();
}

std::string Watcher::blocker() const {
    const std::lock_guard lock{mutex_};
    return blocker_;
}

void Watcher::watch(const std::stop_token& stop) {
    std::optional<pg::Connection> connection;
    std::unique_lock lock{mutex_};
    while (!stop.stop_requested()) {
        changed_.wait_for(lock, stop, kEvery, [] { return false; });
        const auto begun = since_;
        if (stop.stop_requested() || !subject_ || Limits::Clock::now() - begun < kMoment) continue;
        const auto subject = *subject_;
        lock.unlock();
        const auto limits = Limits::within(milliseconds{5000}, stop);
        if (!connection || !connection->usable()) {
            connection.reset();
            if (auto opened = pg::Connection::open(where_, limits)) connection.emplace(*std::move(opened));
        }
        if (connection) look(*connection, subject, begun, limits);
        lock.lock();
    }
}

void Watcher::look(
    pg::Connection& connection, const std::string& subject, Limits::Clock::time_point begun, const Limits& limits
) {
    const std::array<pg::Param, 1> params{pid_};
    if (const auto rows = connection.query(queries::blockers, params, limits); rows && rows->size() > 0) {
        const auto text = fmt::format(
            "pid {} ({}{}{}, {} for {}): {}",
            rows->integer(0, 0),
            rows->text(0, 1),
            rows->text(0, 2).empty() ? "" : ", ",
            rows->text(0, 2),
            rows->text(0, 3),
            human_duration(std::chrono::seconds{rows->integer(0, 4)}),
            rows->text(0, 5)
        );
        {
            const std::lock_guard lock{mutex_};
            if (since_ != begun) return;  // that statement is over
            blocker_ = text;
        }
        progress_.report(
            {.kind = ProgressEvent::Kind::waiting,
             .subject = subject,
             .text = "blocked by " + text,
             .elapsed = Limits::Clock::now() - begun}
        );
        return;
    }
    const auto rows = connection.query(queries::index_progress, params, limits);
    if (!rows || rows->size() == 0) return;
    progress_.report({
        .kind = ProgressEvent::Kind::step,
        .subject = subject,
        .text = fmt::format("{} ({})", rows->text(0, 0), rows->text(0, 3)),
        .done = rows->integer(0, 1),
        .total = rows->integer(0, 2),
        .elapsed = Limits::Clock::now() - begun,
    });
}

}  // namespace drydock::migrate
