#include "migrate/watcher.h"

#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "migrate/queries.h"

namespace drydock::migrate {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMoment{200};
constexpr milliseconds kEvery{400};

}  // namespace

Watcher::Watcher(pg::Conninfo where, int backend_pid, Progress& progress)
    : where_(std::move(where)), pid_(std::to_string(backend_pid)), progress_(progress) {}

void Watcher::begin(std::string subject) {
    const std::lock_guard lock{mutex_};
    subject_ = std::move(subject);
    since_ = Limits::Clock::now();
    blocker_.clear();
    if (!thread_.joinable()) thread_ = std::jthread{[this](const std::stop_token& stop) { watch(stop); }};
    changed_.notify_one();
}

void Watcher::end() {
    const std::lock_guard lock{mutex_};
    subject_.reset();
    changed_.notify_one();
}

std::string Watcher::blocker() const {
    const std::lock_guard lock{mutex_};
    return blocker_;
}

void Watcher::watch(const std::stop_token& stop) {
    std::optional<pg::Connection> connection;
    std::unique_lock lock{mutex_};
    while (changed_.wait(lock, stop, [&] { return subject_.has_value(); })) {
        const auto due = since_ + kMoment;
        const auto begun = since_;
        // Woken early when the statement ends, which most do.
        if (changed_.wait_until(lock, stop, due, [&] { return !subject_ || since_ != begun; })) continue;
        while (!stop.stop_requested() && subject_ && since_ == begun) {
            const auto subject = *subject_;
            lock.unlock();
            const auto limits = Limits::within(milliseconds{5000}, stop);
            if (!connection || !connection->usable()) {
                connection.reset();
                if (auto opened = pg::Connection::open(where_, limits)) connection.emplace(*std::move(opened));
            }
            if (connection) look(*connection, subject, Limits::Clock::now() - begun, limits);
            lock.lock();
            changed_.wait_for(lock, stop, kEvery, [&] { return !subject_ || since_ != begun; });
        }
    }
}

void Watcher::look(
    pg::Connection& connection, const std::string& subject, std::chrono::nanoseconds elapsed, const Limits& limits
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
            blocker_ = text;
        }
        progress_.report(
            {.kind = ProgressEvent::Kind::waiting, .subject = subject, .text = "blocked by " + text, .elapsed = elapsed}
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
        .elapsed = elapsed,
    });
}

}  // namespace drydock::migrate
