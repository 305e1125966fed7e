#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include "audit/audit.h"
#include "control/store.h"
#include "registry/database.h"
#include "registry/row.h"

// What the files of this module share about telling what was done.
namespace drydock::registry {

inline constexpr std::string_view kNoSuch = "there is no such database";

// NULL for an empty text.
pg::Param given(const std::string& text);
std::string number_of(const std::optional<int>& port);

// What the audit trail and watchers are told of a database: never a secret, nor config, where people may put anything.
boost::json::object facts_of(const Database& row);
// {"host": {"from": …, "to": …}}
boost::json::object changes_between(const Database& before, const Database& after);

// Into the audit trail, as "database.<kind>".
Result<> note(
    control::Transaction& transaction,
    std::string_view kind,
    const Database& row,
    const boost::json::object& details,
    audit::Outcome outcome = audit::Outcome::success
);
// To those who watch.
Result<> tell(control::Transaction& transaction, std::string_view kind, const Database& row);

// As store.run(), with Errors in the registry's words.
template <class Work>
auto run(control::Store& store, const control::Actor& actor, const Limits& limits, Work&& work) {
    auto outcome = store.run(actor, limits, std::forward<Work>(work));
    if (!outcome) outcome = explain(std::move(outcome).error());
    return outcome;
}

}  // namespace drydock::registry
