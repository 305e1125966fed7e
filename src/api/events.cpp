#include <boost/json.hpp>

#include "api/drafts.h"
#include "api/event_feed.h"
#include "api/hooks.h"
#include "api/json.h"
#include "api/routes.h"
#include "api/who.h"

namespace drydock::api {
namespace {

using namespace http;

Schema event_schema() {
    return object(
        "Event",
        "Something that happened. As a server-sent event its `id` is what "
        "Last-Event-ID names, its `event` is topic and kind.",
        {
            {"topic", text(plain).one_of(event_topics()), Presence::output},
            {"kind", text(plain).length(1, 63), Presence::output},
            {"subject_id",
             text(plain).uuid().not_an_object().nullable().describe("What it happened to."),
             Presence::output},
            {"data", any(plain), Presence::output},
            {"created_at", text(plain).date_time(), Presence::output},
        }
    );
}

Result<Reply> subscribe(const Services& services, Call& call) {
    std::vector<std::string> topics;
    if (const auto* const wanted = call.query.if_contains("topics")) {
        for (const auto& topic : wanted->as_array()) topics.emplace_back(topic.as_string());
    }
    Reply reply;
    DRYDOCK_TRY(
        reply.subscribe,
        services.events.subscribe(
            {actor(call), Secret{std::string{shown_token(call.request)}}},
            topics,
            last_event_id(call.request),
            call.limits
        )
    );
    return reply;
}

}  // namespace

std::vector<Route> event_routes(const Services& services) {
    return {Route{
        .method = Method::get,
        .path = "/api/v2/events",
        .operation = "stream_events",
        .tag = "events",
        .summary = "What happens in the organization, as it happens",
        .access = Access::permission("databases:read"),
        .answer = stream("text/event-stream", event_schema()),
        .handle = [&services](Call& call) { return subscribe(services, call); },
        .description = "Server-sent events. A client that comes again with "
                       "Last-Event-ID gets what it has missed; events "
                       "are kept for two days.",
        .query =
            {{"topics", list(text(plain).one_of(event_topics())).items(1, 20).unique().describe("All, when left out.")},
             {"last_event_id", text(plain).length(1, 60).describe("As the header, which a page can't set at first.")}},
    }};
}

}  // namespace drydock::api
