#include "changes/history.h"

#include <algorithm>

#include "changes/reach.h"
#include "migrate/run_lock.h"

namespace drydock::changes {

Result<std::vector<migrate::Row>> list_history(
    registry::Registry& registry,
    const control::Actor& actor,
    std::string_view database,
    const std::string& project,
    std::string_view after,
    std::size_t most,
    const Limits& limits
) {
    DRYDOCK_TRY(const auto reached, reach(registry, actor, database, Purpose::look, limits));
    DRYDOCK_TRY(
        auto target, from_target(migrate::Target::open(reached.where, engine_options(project, {}, {}), limits))
    );
    DRYDOCK_TRY(const auto history, from_target(migrate::History::read(target, project, limits)));
    auto first = history.rows.begin();
    if (!after.empty()) {
        first = std::ranges::find(history.rows, after, &migrate::Row::id);
        if (first == history.rows.end()) {
            return Error{
                .code = ErrorCode::conflict,
                .message = "the history is another one by now",
                .hint = "Begin at its first page again.",
            };
        }
        ++first;
    }
    const auto left = static_cast<std::size_t>(history.rows.end() - first);
    return std::vector<migrate::Row>{first, first + static_cast<std::ptrdiff_t>(std::min(left, most))};
}

Result<Standing> standing(
    registry::Registry& registry,
    const control::Actor& actor,
    std::string_view database,
    const std::string& project,
    const Limits& limits
) {
    const auto options = engine_options(project, {}, {});
    DRYDOCK_TRY(const auto reached, reach(registry, actor, database, Purpose::look, limits));
    DRYDOCK_TRY(auto target, from_target(migrate::Target::open(reached.where, options, limits)));
    DRYDOCK_TRY(const auto history, from_target(migrate::History::read(target, project, limits)));
    Standing standing{.facts = target.facts()};
    for (const auto& row : history.rows) {
        if (row.status == migrate::Status::running) standing.unfinished.push_back(row.id);
        if (row.status != migrate::Status::applied) continue;
        ++standing.applied;
        standing.last = row;
    }
    standing.running = !migrate::RunLock::holder(target, options, limits).empty();
    return standing;
}

}  // namespace drydock::changes
