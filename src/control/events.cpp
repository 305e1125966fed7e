#include "control/events.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "control/queries.h"

namespace drydock::control {
namespace {

bool is_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value >= 0;
}

// "transaction-id"
Result<std::pair<std::string_view, std::string_view>> read_cursor(std::string_view cursor) {
    if (cursor.empty()) return std::pair<std::string_view, std::string_view>{"0", "0"};
    const auto dash = cursor.find('-');
    if (dash != std::string_view::npos) {
        const auto transaction = cursor.substr(0, dash);
        const auto id = cursor.substr(dash + 1);
        if (is_number(transaction) && is_number(id)) return std::pair{transaction, id};
    }
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = "the Last-Event-ID is not one that this server gave",
        .hint = "Leave it out to get what happens from now on.",
    };
}

}  // namespace

Result<> publish(Transaction& transaction, const Event& event) {
    const auto subject = event.subject_id.empty() ? pg::Param{} : pg::Param{event.subject_id};
    DRYDOCK_TRY_VOID(transaction.query(
        queries::publish_event,
        {transaction.actor().organization_id, event.topic, event.kind, subject, event.payload, kEventChannel}
    ));
    return {};
}

Result<std::vector<Event>> events_after(
    Store& store, const Actor& actor, std::string_view cursor, int most, const Limits& limits
) {
    DRYDOCK_TRY(const auto place, read_cursor(cursor));
    const auto limit = std::to_string(most);
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::events_after, {place.first, place.second, limit}, limits));
    std::vector<Event> events;
    for (int row = 0; row < rows.size(); ++row) {
        events.push_back({
            .topic = std::string{rows.text(row, 1)},
            .kind = std::string{rows.text(row, 2)},
            .subject_id = std::string{rows.text(row, 3)},
            .payload = std::string{rows.text(row, 4)},
            .cursor = std::string{rows.text(row, 0)},
            .created_at = std::string{rows.text(row, 5)},
        });
    }
    return events;
}

Result<std::string> newest_cursor(Store& store, const Actor& actor, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::newest_event, {}, limits));
    return std::string{rows.text(0, 0)};
}

}  // namespace drydock::control
