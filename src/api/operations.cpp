#include <algorithm>
#include <array>
#include <memory>

#include "api/drafts.h"
#include "api/json.h"
#include "api/routes.h"

// What the server tells of itself: to load balancers, to Prometheus, and to programs that read its description.
namespace drydock::api {
namespace {

using namespace http;

Schema state_schema(std::string name, std::string description) {
    return object(
        std::move(name),
        std::move(description),
        {
            {"status", text(plain).one_of({"ok", "unavailable"}), Presence::output},
            {"version", text(plain), Presence::output},
        }
    );
}

bool is_loopback(const Call& call) {
    const auto& address = call.request.peer.address;
    return address == "unix" || address == "::1" || address.starts_with("127.");
}

// Then a proxy on this machine asks for somebody who is elsewhere.
bool is_passed_on(const Call& call) {
    constexpr std::array kSigns{
        "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP"
    };
    return std::ranges::any_of(kSigns, [&](const char* sign) { return call.request.headers.has(sign); });
}

Result<Reply> metrics(const Services& services, Call& call) {
    const bool here = is_loopback(call) && !is_passed_on(call);
    if (!services.metrics || (services.metrics_from_loopback_only && !here)) {
        return Error{.code = ErrorCode::not_found, .message = "there is nothing here"};
    }
    Reply reply;
    reply.bytes = std::make_shared<const std::string>(services.metrics());
    return reply;
}

Result<Reply> ready(const Services& services, Call& call) {
    if (auto state = services.ready(call.limits.at_most(services.ready_timeout)); !state) {
        auto problem =
            problem_of_status(503, "The server can't work at the moment: its control plane does not answer.");
        return Reply::of(std::move(problem));
    }
    return Reply{json::object{{"status", "ok"}, {"version", services.version}}};
}

}  // namespace

std::vector<Route> operation_routes(const Services& services) {
    const Drafts drafts{"operations"};
    auto alive = drafts.read(
        "/healthz",
        "get_health",
        "Whether the process lives",
        Access::anyone(),
        one(state_schema("Alive", "The process answers.")),
        [&services](Call&) -> Result<Reply> {
            return Reply{json::object{{"status", "ok"}, {"version", services.version}}};
        }
    );
    alive.never_blocks = true;
    auto readiness = drafts.read(
        "/readyz",
        "get_readiness",
        "Whether it can work: its control plane answers",
        Access::anyone(),
        one(state_schema("Ready", "Requests can be answered.")),
        [&services](Call& call) { return ready(services, call); }
    );
    auto figures = drafts.read(
        "/metrics",
        "get_metrics",
        "Figures in the text format of Prometheus",
        Access::anyone(),
        file("text/plain; version=0.0.4"),
        [&services](Call& call) { return metrics(services, call); }
    );
    auto description = drafts.read(
        "/api/v2/openapi.json",
        "get_openapi",
        "This API's description",
        Access::anyone(),
        one(any(plain)),
        [&services](Call&) -> Result<Reply> {
            Reply reply;
            reply.bytes = services.openapi;
            return reply;
        }
    );
    for (auto* const route : {&alive, &readiness, &figures, &description}) route->rate = RateClass::none;
    description.cacheable = true;
    return {std::move(alive), std::move(readiness), std::move(figures), std::move(description)};
}

}  // namespace drydock::api
