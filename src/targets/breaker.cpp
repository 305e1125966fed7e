#include "targets/breaker.h"

#include <algorithm>
#include <array>
#include <random>

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::targets {
namespace {

double real_chance() {
    thread_local std::mt19937_64 generator{std::random_device{}()};
    return std::uniform_real_distribution<double>{0, 1}(generator);
}

}  // namespace

std::string_view wire_name(Phase phase) {
    constexpr std::array<std::string_view, 3> kNames{"closed", "open", "half_open"};
    return kNames[static_cast<std::size_t>(phase)];
}

Breaker::Breaker(BreakerOptions options) : options_(std::move(options)) {}

Result<> Breaker::admit() {
    const std::lock_guard lock{mutex_};
    if (phase_ == Phase::closed) return {};
    const auto now = options_.now();
    if (phase_ == Phase::open && now >= until_) {
        phase_ = Phase::half_open;
        trying_ = false;
    }
    if (phase_ == Phase::half_open && !trying_) {
        trying_ = true;
        return {};
    }
    ++refused_;
    const auto left = std::max(until_ - now, Limits::Clock::duration{});
    return Error{
        .code = ErrorCode::unavailable,
        .message = fmt::format("the database did not answer {} times in a row, and is left alone for now", failures_),
        .hint = phase_ == Phase::open ? fmt::format("It is tried again in {}.", human_duration(left))
                                      : "It is being tried again.",
        .sqlstate = "08001",
    };
}

void Breaker::succeeded() {
    const std::lock_guard lock{mutex_};
    phase_ = Phase::closed;
    trying_ = false;
    failures_ = 0;
    openings_ = 0;
}

void Breaker::failed() {
    const std::lock_guard lock{mutex_};
    ++failures_;
    const bool again = phase_ == Phase::half_open;
    trying_ = false;
    if (phase_ == Phase::open || (!again && failures_ < options_.failures)) return;
    const auto doubled = options_.first_pause * (std::int64_t{1} << std::min(openings_, 20));
    const auto pause = std::min<std::chrono::milliseconds>(doubled, options_.longest_pause);
    const auto chance = options_.random ? options_.random() : real_chance();
    until_ = options_.now() + pause / 2 + std::chrono::duration_cast<Limits::Clock::duration>(pause / 2 * chance);
    phase_ = Phase::open;
    ++openings_;
}

void Breaker::withdrawn() {
    const std::lock_guard lock{mutex_};
    trying_ = false;
}

Phase Breaker::phase() const {
    const std::lock_guard lock{mutex_};
    return phase_;
}

int Breaker::failures() const {
    const std::lock_guard lock{mutex_};
    return failures_;
}

std::uint64_t Breaker::refused() const {
    const std::lock_guard lock{mutex_};
    return refused_;
}

bool counts_as_failure(const Error& error) {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::deadline_exceeded ||
           error.code == ErrorCode::unauthenticated;
}

}  // namespace drydock::targets
