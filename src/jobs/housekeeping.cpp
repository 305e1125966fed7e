#include "jobs/housekeeping.h"

#include <fmt/format.h>

#include "jobs/context.h"
#include "jobs/lookup.h"
#include "jobs/replicas.h"
#include "jobs/schedules.h"

namespace drydock::jobs {
namespace {

constexpr std::string_view kCleanUp = "jobs.clean_up";

}  // namespace

Result<> add_housekeeping(Kinds& kinds, control::Store& store, std::chrono::days keep) {
    return kinds.add({
        .name = std::string{kCleanUp},
        .permission = "drydock:housekeeping",  // which nobody has: it goes over all organizations
        .concurrency = 1,
        .handler = [&store, keep](JobContext& context) -> Result<std::string> {
            DRYDOCK_TRY(const auto gone, clean_up(store, keep, context.limits()));
            DRYDOCK_TRY_VOID(clean_up_replicas(store, context.limits()));
            return fmt::format(R"({{"jobs": {}}})", gone);
        },
    });
}

Result<> ensure_housekeeping(control::Store& store, const Kinds& kinds, const Limits& limits) {
    return store.run(control::Actor::system(), limits, [&](control::Transaction& transaction) {
        return ensure_schedule(
            transaction, kinds, {.name = std::string{kCleanUp}, .kind = std::string{kCleanUp}, .cron = "17 3 * * *"}
        );
    });
}

}  // namespace drydock::jobs
