#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "changes/files.h"
#include "jobs/kinds.h"
#include "jobs/queue.h"
#include "registry/registry.h"

// Checks of registered databases, run by jobs, and what they found.
namespace drydock::changes {

struct ValidationRequest {
    std::string database_id{};
    std::vector<std::string> groups{};  // schema, data, performance, security; empty: all
    std::vector<std::string> only{};    // ids of checks
    std::vector<std::string> skip{};
    std::vector<File> files{};  // checks of one's own, a query each; they take the permission migrations:run
    std::int64_t budget_seconds = 60;
    bool full = false;  // read big tables whole
};

// Makes the job of the kind validations.run; its id. invalid_argument: a check that there is not, a file that is none.
Result<std::string> request_validation(
    registry::Registry& registry,
    const jobs::Queue& queue,
    const control::Actor& actor,
    const ValidationRequest& request,
    const Limits& limits
);

struct Validation {
    std::string id{};
    std::string database_id{};
    std::string job_id{};        // empty: forgotten since
    std::string requested_by{};  // user's id; empty: nobody in person
    std::int64_t critical = 0;
    std::int64_t warning = 0;
    std::int64_t info = 0;
    std::int64_t not_checked = 0;
    std::string created_at{};
    std::int64_t place = 0;  // in a list, with the id
    std::string report{};    // JSON; only of one
};

// The newest first; up to `most` behind the one at that place (empty id: from the beginning). not_found: no database.
Result<std::vector<Validation>> list_validations(
    registry::Registry& registry,
    const control::Actor& actor,
    std::string_view database,
    std::int64_t place,
    std::string_view id,
    std::size_t most,
    const Limits& limits
);
Result<Validation> get_validation(
    control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits
);

Result<> add_validation_kind(jobs::Kinds& kinds, registry::Registry& registry);

}  // namespace drydock::changes
