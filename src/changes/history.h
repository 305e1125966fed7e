#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/history.h"
#include "migrate/target.h"
#include "registry/registry.h"

// What a database's own history says of its migrations. A database that drydock never migrated has none.
namespace drydock::changes {

// Up to `most` rows in the order of application, those behind the one called `after` (empty: from the beginning).
// conflict: history has lost that one since.
Result<std::vector<migrate::Row>> list_history(
    registry::Registry& registry,
    const control::Actor& actor,
    std::string_view database,
    const std::string& project,
    std::string_view after,
    std::size_t most,
    const Limits& limits
);

struct Standing {
    migrate::Facts facts{};
    std::size_t applied = 0;
    std::vector<std::string> unfinished{};  // stopped on the way, or under way at this moment
    bool running = false;                   // somebody holds the right to run migrations now
    std::optional<migrate::Row> last{};     // that was applied
};
Result<Standing> standing(
    registry::Registry& registry,
    const control::Actor& actor,
    std::string_view database,
    const std::string& project,
    const Limits& limits
);

}  // namespace drydock::changes
