#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/store.h"
#include "jobs/kinds.h"
#include "jobs/queue.h"

namespace drydock::jobs {

// When times were missed because no server ran: one job for all of them, or none.
enum class CatchUp : std::uint8_t { once, skip };
std::string_view name_of(CatchUp catch_up);

// What people say of a schedule.
struct ScheduleDraft {
    std::string name{};  // one of its name in an organization
    std::string kind{};
    std::string cron{};  // cron.h, in UTC
    std::string args = "{}";
    bool enabled = true;
    CatchUp catch_up = CatchUp::once;
};

struct Schedule : ScheduleDraft {
    std::string id{};
    std::string organization_id{};  // empty: drydock's own housekeeping
    std::string next_run_at{};      // ISO 8601; of one that is not enabled it does not count
    std::string last_run_at{};
    std::string last_job_id{};
    std::string created_by{};
    std::string created_at{};
    std::string updated_at{};
};

// All in the organization of the transaction's actor, who needs schedules:write and what the kind asks for.
// invalid_argument: no such kind, or a cron expression that is none; conflict: the name is taken.
Result<std::string> create_schedule(
    control::Transaction& transaction, const Kinds& kinds, const ScheduleDraft& draft
);  // its id
Result<> change_schedule(
    control::Transaction& transaction, const Kinds& kinds, std::string_view id, const ScheduleDraft& draft
);
Result<> remove_schedule(control::Transaction& transaction, std::string_view id);
// For what drydock brings itself: made when there is none of its name, and else left as people have changed it.
Result<> ensure_schedule(control::Transaction& transaction, const Kinds& kinds, const ScheduleDraft& draft);
// A job of the schedule at once, whatever its times; the actor needs what enqueuing needs.
Result<Enqueued> run_now(control::Transaction& transaction, const Queue& queue, std::string_view id);

Result<std::vector<Schedule>> list_schedules(control::Store& store, const control::Actor& actor, const Limits& limits);
Result<Schedule> get_schedule(
    control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits
);

}  // namespace drydock::jobs
