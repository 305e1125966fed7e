#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace drydock::health {

// How a check ended. The names are those of the wire and of the history.
enum class Outcome : std::uint8_t {
    ok,
    slow,       // an answer, but late
    read_only,  // an answer, from a server that takes no writes
    unreachable,
    refused,  // somebody is at that address, and nothing listens
    timed_out,
    name_failed,
    tls_failed,
    auth_failed,           // the server knows neither user nor password, or lets them not in
    too_many_connections,  // alive, and full
    starting_up,           // alive, and not ready
    server_error,          // an answer that is another error
    protocol_error,        // an answer that is not of this protocol
    not_allowed,           // the egress policy refuses the address
};
constexpr std::size_t kOutcomes = 14;

enum class Phase : std::uint8_t { name, tcp, tls, sign_in, query };

enum class Status : std::uint8_t { unknown, healthy, unhealthy };

std::string_view name_of(Outcome outcome);
std::string_view name_of(Phase phase);
std::string_view name_of(Status status);

// Whether the database can be used.
constexpr bool answers(Outcome outcome) {
    return outcome <= Outcome::read_only;
}
// Whether nobody said anything: the network may be to blame, ours too.
constexpr bool is_silence(Outcome outcome, Phase phase) {
    return outcome == Outcome::timed_out || outcome == Outcome::name_failed ||
           (outcome == Outcome::unreachable && phase == Phase::tcp);
}
// Whether it holds for everything at that address and port, and not for this database alone.
constexpr bool is_of_the_server(Outcome outcome, Phase phase) {
    return phase == Phase::tcp &&
           (outcome == Outcome::unreachable || outcome == Outcome::refused || outcome == Outcome::timed_out);
}

// What a step of a check came to. `sqlstate` where the server gave one.
struct Finding {
    Outcome outcome = Outcome::ok;
    Phase phase = Phase::query;
    std::string sqlstate{};
};

// For people: "nothing listens at this address and port". Holds no name, address or text of the server.
std::string explain(const Finding& finding);

}  // namespace drydock::health
