#include "registry/notes.h"

#include <fmt/format.h>

#include "control/events.h"

namespace drydock::registry {

namespace json = boost::json;
using control::Transaction;

pg::Param given(const std::string& text) {
    return text.empty() ? pg::Param{} : pg::Param{text};
}

std::string number_of(const std::optional<int>& port) {
    return port ? std::to_string(*port) : std::string{};
}

// What the audit trail and watchers are told of a database: never a secret, nor config, where people may put anything.
json::object facts_of(const Database& row) {
    json::object facts{
        {"project_id", row.project_id},
        {"type", row.type},
        {"host", row.host},
        {"database", row.database},
        {"username", row.username},
        {"ssl_enabled", row.ssl_enabled},
        {"status", row.status},
        {"secret_state", row.secret_state},
        {"credential_version", row.credential_version},
    };
    if (row.port) facts["port"] = *row.port;
    return facts;
}

// {"host": {"from": …, "to": …}}
json::object changes_between(const Database& before, const Database& after) {
    json::object changes;
    auto old = facts_of(before);
    for (const auto& [name, value] : facts_of(after)) {
        if (old[name] != value) changes[name] = json::object{{"from", old[name]}, {"to", value}};
    }
    if (before.name != after.name) changes["name"] = json::object{{"from", before.name}, {"to", after.name}};
    if (before.config != after.config) changes["config"] = "changed";
    if (before.metadata != after.metadata) changes["metadata"] = "changed";
    return changes;
}

Result<> note(
    Transaction& transaction,
    std::string_view kind,
    const Database& row,
    const json::object& details,
    audit::Outcome outcome
) {
    return audit::append(
        transaction,
        {.action = fmt::format("database.{}", kind),
         .object_type = "database",
         .object_id = row.id,
         .object_name = row.name,
         .outcome = outcome,
         .details = json::serialize(details)}
    );
}

Result<> tell(Transaction& transaction, std::string_view kind, const Database& row) {
    return control::publish(
        transaction,
        {.topic = "databases",
         .kind = std::string{kind},
         .subject_id = row.id,
         .payload = json::serialize(json::object{{"name", row.name}, {"project_id", row.project_id}})}
    );
}

}  // namespace drydock::registry
