#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "control/store.h"

namespace drydock::control {

// A request that its client may send twice bears a key. The first one claims it and leaves its answer there.
struct Claim {
    enum class State : std::uint8_t {
        fresh,          // ours: do the work
        answered,       // done before: here is its answer
        running,        // the first one is still at work
        left_open,      // it has had its time and left no answer: its server may have ended before or after the change
        other_request,  // the key was used for something else
    };
    State state = State::fresh;
    int status = 0;
    std::string answer{};  // JSON
};

// `digest`: 32 bytes that tell one request from another. A claim is never taken over: what it was for may be done.
Result<Claim> claim_once(
    Store& store, const Actor& actor, std::string_view key, std::string_view digest, const Limits& limits
);
Result<> keep_answer(
    Store& store, const Actor& actor, std::string_view key, int status, std::string_view answer, const Limits& limits
);
// The work was not done: the key may be used again.
Result<> give_up_claim(Store& store, const Actor& actor, std::string_view key, const Limits& limits);

}  // namespace drydock::control
