#include "control/clock.h"

namespace drydock::control {
namespace {

// After this the two clocks may have gone apart, or the server may have moved.
constexpr std::chrono::seconds kTrusted{30};
// One part in a thousand is twice what a clock that is being set right may deviate.
constexpr std::int64_t kDrift = 1000;
constexpr pg::Query kRead{
    "clock",
    "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,"
    " (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint"
};

std::int64_t microseconds(Clock::Steady::duration time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

}  // namespace

void Clock::learn(const ClockReading& reading, Steady::time_point sent) {
    const auto answered = now_();
    const Known told{
        .earliest = reading.now - microseconds(answered.time_since_epoch()),
        .latest = reading.now - microseconds(sent.time_since_epoch()),
        .started = reading.started,
        .at = answered,
    };
    const std::lock_guard lock{mutex_};
    if (known_) {
        const auto drift = microseconds(answered - known_->at) / kDrift;
        const bool other_clock = known_->started != told.started || told.earliest > known_->latest + drift ||
                                 told.latest < known_->earliest - drift;
        const bool closer = told.latest - told.earliest <= known_->latest - known_->earliest + 2 * drift;
        if (!other_clock && !closer && answered - known_->at < kTrusted) return;
    }
    known_ = told;
}

std::optional<ClockBounds> Clock::bounds() const {
    const auto now = now_();
    const std::lock_guard lock{mutex_};
    if (!known_ || now - known_->at >= kTrusted) return std::nullopt;
    const auto drift = microseconds(now - known_->at) / kDrift;
    const auto at = microseconds(now.time_since_epoch());
    return ClockBounds{
        .earliest = at + known_->earliest - drift,
        .latest = at + known_->latest + drift,
        .started = known_->started,
        .at = now
    };
}

Result<ClockBounds> Clock::read(const Limits& limits) {
    if (auto known = bounds()) return *known;
    const auto sent = now_();
    DRYDOCK_TRY(const auto rows, store_.read({}, kRead, {}, limits));
    learn({.now = rows.integer(0, 0), .started = rows.integer(0, 1)}, sent);
    // Just learnt, however long ago that was.
    if (auto known = bounds()) return *known;
    return Error{.code = ErrorCode::unavailable, .message = "what the control plane's clock shows can't be told"};
}

}  // namespace drydock::control
