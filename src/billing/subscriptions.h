#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "control/store.h"

namespace drydock::billing {

// Prices are a month's, in the currency's minor unit.
struct Plan {
    std::string code{};
    std::string name{};
    std::string currency{};
    std::int64_t base_price_minor = 0;
    std::int64_t database_price_minor = 0;
    std::int64_t storage_gib_price_minor = 0;
    std::int64_t included_databases = 0;
    std::int64_t included_storage_bytes = 0;
    std::optional<std::int64_t> max_databases{};  // that one project may have; none: without limit
    std::optional<std::int64_t> max_storage_bytes{};
};

struct Subscription {
    std::string id{};
    std::string plan_code{};
    std::string status{};
    std::string since{};  // a day (UTC)
    std::string period_start{};
    std::string period_end{};
    bool cancel_at_period_end = false;
};

// Those that can be subscribed to.
Result<std::vector<Plan>> plans(control::Store& store, const control::Actor& actor, const Limits& limits);

// None: without limits and without a price.
Result<std::optional<Subscription>> subscription(
    control::Store& store, const control::Actor& actor, const Limits& limits
);

// Another plan, from today on: its limits hold at once, and each day of the month is charged for by the plan that the
// day ended with. The plan that there is already stays, and is not ended any more. `conflict` where a project has more
// than the new plan allows, or the month has another currency. Needs billing:write.
Result<Subscription> change_plan(
    control::Store& store, const control::Actor& actor, std::string_view plan_code, const Limits& limits
);

// Ends the plan with the month; changing to it again takes that back.
Result<> cancel_plan(control::Store& store, const control::Actor& actor, const Limits& limits);

}  // namespace drydock::billing
