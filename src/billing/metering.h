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

// How many records were written anew or raised.
struct Metered {
    std::int64_t records = 0;
    bool subscription_ended = false;
};

// Records, for each project and day (UTC), the databases that are registered and not inactive, and how many bytes of
// them are known. May run at any time and as often as one likes: a day keeps the most that was seen on it. Days since
// the last run are filled in with the databases that were there then and still are; days that are billed stay as they
// are. Also begins a subscription's next month, or ends it where that was asked for.
Result<Metered> meter(control::Store& store, std::string_view organization, const Limits& limits);

// What somebody measured, for the next metering. The actor must be drydock itself.
Result<> record_size(control::Transaction& transaction, std::string_view database_id, std::int64_t bytes);

// A project's use of a metric over some days, which the control plane's clock counts in UTC.
struct Usage {
    std::string project_id{};
    std::string project{};
    std::string metric{};   // "databases", "storage_bytes"
    std::int64_t days = 0;  // that were recorded
    std::string average{};  // over all days asked for; those not recorded count as none. A decimal
    std::string peak{};
    std::string latest{};
    std::optional<std::int64_t> limit{};
};
// From a day to another, not with it ("2026-07-01").
Result<std::vector<Usage>> usage_report(
    control::Store& store,
    const control::Actor& actor,
    std::string_view from,
    std::string_view before,
    const Limits& limits
);

}  // namespace drydock::billing
