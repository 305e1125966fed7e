#include "app/rates.h"

#include <algorithm>

#include "base/log.h"

namespace drydock::app {
namespace {

constexpr std::chrono::minutes kWindow{1};

// A minute. Log-ins also have delays of their own, by name and by address (identity).
std::int64_t most_of(http::RateClass rate) {
    switch (rate) {
        case http::RateClass::read:
            return 600'000;
        case http::RateClass::write:
            return 3'000;
        case http::RateClass::login:
            return 60;
        case http::RateClass::expensive:
            return 300;
        case http::RateClass::none:
            break;
    }
    return 0;
}

}  // namespace

std::optional<std::chrono::seconds> Rates::refuse(std::string_view who, http::RateClass rate, const Limits& limits) {
    const auto most = most_of(rate);
    if (most == 0) return std::nullopt;
    auto& limiter = rate == http::RateClass::read ? reads_ : cache_.limiter();
    const auto verdict = limiter.take(http::name(rate), who, {.most = most, .window = kWindow}, limits);
    if (!verdict) {
        // Nobody is turned away because a counter can't be reached.
        if (verdict.error().code != ErrorCode::cancelled)
            log::failure("a rate limit can't be counted", verdict.error());
        return std::nullopt;
    }
    if (verdict->allowed) return std::nullopt;
    return std::max(std::chrono::seconds{1}, verdict->retry_after());
}

}  // namespace drydock::app
