#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/store.h"

namespace drydock::control {

// Something that happened in an organization, for those who watch.
struct Event {
    std::string topic{};         // databases, jobs, health …
    std::string kind{};          // registered, failed …
    std::string subject_id{};    // uuid of what it happened to; empty: nothing in particular
    std::string payload = "{}";  // JSON object without secrets
    std::string cursor{};        // where to go on from; given by the server
    std::string created_at{};    // ISO 8601; given by the server
};

// Channel of the notification that goes with each event; its payload is the organization's id. Only a hint.
inline constexpr std::string_view kEventChannel = "drydock_events";

// Told when and if the transaction commits.
Result<> publish(Transaction& transaction, const Event& event);

// At most `most` events of the actor's organization after a cursor (empty: from the oldest kept), in an order in which
// none can come in before one that was read. invalid_argument: a cursor that was not given by this server.
Result<std::vector<Event>> events_after(
    Store& store, const Actor& actor, std::string_view cursor, int most, const Limits& limits
);
// The place after all that has happened.
Result<std::string> newest_cursor(Store& store, const Actor& actor, const Limits& limits);

}  // namespace drydock::control
