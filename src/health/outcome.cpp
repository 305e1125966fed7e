#include "health/outcome.h"

#include <array>

#include <fmt/format.h>

namespace drydock::health {
namespace {

constexpr std::array<std::string_view, kOutcomes> kNames = {
    "ok",
    "slow",
    "read_only",
    "unreachable",
    "refused",
    "timed_out",
    "name_failed",
    "tls_failed",
    "auth_failed",
    "too_many_connections",
    "starting_up",
    "server_error",
    "protocol_error",
    "not_allowed"
};

constexpr std::array<std::string_view, 5> kPhases = {"name", "tcp", "tls", "sign_in", "query"};
constexpr std::array<std::string_view, 3> kStatuses = {"unknown", "healthy", "unhealthy"};

std::string_view doing(Phase phase) {
    switch (phase) {
        case Phase::name:
            return "looking its name up";
        case Phase::tcp:
            return "connecting";
        case Phase::tls:
            return "starting TLS";
        case Phase::sign_in:
            return "signing in";
        case Phase::query:
            return "waiting for the answer to a query";
    }
    return "checking";
}

std::string sentence(const Finding& finding) {
    switch (finding.outcome) {
        case Outcome::ok:
            return "it answers";
        case Outcome::slow:
            return "it answers slowly";
        case Outcome::read_only:
            return "it answers and takes no writes: a standby, or set to read only";
        case Outcome::unreachable:
            if (finding.phase == Phase::tcp) return "there is no way to its address";
            return fmt::format("the connection broke while {}", doing(finding.phase));
        case Outcome::refused:
            return "nothing listens at its address and port";
        case Outcome::timed_out:
            return fmt::format("it did not answer in time while {}", doing(finding.phase));
        case Outcome::name_failed:
            return "its host name can't be looked up";
        case Outcome::tls_failed:
            return "TLS could not be agreed on, or its certificate is not trusted";
        case Outcome::auth_failed:
            if (finding.sqlstate == "3D000") return "the server has no database of this name";
            if (finding.sqlstate == "28000") return "the server does not let this user in from here";
            if (finding.sqlstate == "42501") return "this user may not connect to the database";
            return "the server does not accept the user name and password";
        case Outcome::too_many_connections:
            return "the server is alive and has no connection left";
        case Outcome::starting_up:
            return "the server is starting up or shutting down";
        case Outcome::server_error:
            return fmt::format("the server answered with an error while {}", doing(finding.phase));
        case Outcome::protocol_error:
            return "what answers there does not speak the protocol of this type of database";
        case Outcome::not_allowed:
            return "its address is not allowed by the egress policy of this server";
    }
    return "it could not be checked";
}

}  // namespace

std::string_view name_of(Outcome outcome) {
    return kNames[static_cast<std::size_t>(outcome)];
}
std::string_view name_of(Phase phase) {
    return kPhases[static_cast<std::size_t>(phase)];
}
std::string_view name_of(Status status) {
    return kStatuses[static_cast<std::size_t>(status)];
}

std::string explain(const Finding& finding) {
    auto text = sentence(finding);
    if (!finding.sqlstate.empty()) text += fmt::format(" (SQLSTATE {})", finding.sqlstate);
    return text;
}

}  // namespace drydock::health
