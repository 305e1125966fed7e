#include "tenancy/organizations.h"

#include <boost/json.hpp>

#include "audit/audit.h"
#include "control/events.h"
#include "control/version.h"
#include "tenancy/queries.h"

namespace drydock::tenancy {
namespace {

constexpr std::string_view kMissing = "there is no such organization";

Organization read(const pg::Rows& rows) {
    return {
        .id = std::string{rows.text(0, 0)},
        .slug = std::string{rows.text(0, 1)},
        .name = std::string{rows.text(0, 2)},
        .status = std::string{rows.text(0, 3)},
        .created_at = std::string{rows.text(0, 4)},
        .updated_at = std::string{rows.text(0, 5)},
        .version = std::string{rows.text(0, 6)},
    };
}

Result<Organization> lock(control::Transaction& transaction, const std::string& seen) {
    DRYDOCK_TRY(
        const auto rows,
        transaction.one(queries::organization_for_update, {transaction.actor().organization_id}, kMissing)
    );
    auto organization = read(rows);
    if (!control::fits(seen, organization.version)) return control::changed_meanwhile(organization.version);
    return organization;
}

Result<> tell(
    control::Transaction& transaction, const Organization& organization, const char* what, boost::json::object details
) {
    const auto text = boost::json::serialize(details);
    DRYDOCK_TRY_VOID(audit::append(
        transaction,
        {.action = std::string{"organization."} + what,
         .object_type = "organization",
         .object_id = organization.id,
         .object_name = organization.slug,
         .details = text}
    ));
    return control::publish(
        transaction, {.topic = "organizations", .kind = what, .subject_id = organization.id, .payload = text}
    );
}

}  // namespace

Result<Organization> get_organization(control::Store& store, const control::Actor& actor, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::organization, {actor.organization_id}, limits));
    if (rows.size() == 0) return Error{.code = ErrorCode::not_found, .message = std::string{kMissing}};
    return read(rows);
}

Result<Organization> rename_organization(
    control::Store& store,
    const control::Actor& actor,
    const std::string& name,
    const std::string& seen,
    const Limits& limits
) {
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<Organization> {
        DRYDOCK_TRY(const auto before, lock(transaction, seen));
        DRYDOCK_TRY(const auto rows, transaction.one(queries::rename_organization, {before.id, name}, kMissing));
        auto after = read(rows);
        DRYDOCK_TRY_VOID(tell(transaction, after, "renamed", {{"from", before.name}, {"to", after.name}}));
        return after;
    });
}

Result<> close_organization(
    control::Store& store, const control::Actor& actor, const std::string& seen, const Limits& limits
) {
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<> {
        DRYDOCK_TRY(const auto before, lock(transaction, seen));
        // Told first: nobody may write in a closed one.
        DRYDOCK_TRY_VOID(tell(transaction, before, "closed", {}));
        DRYDOCK_TRY_VOID(transaction.one(queries::close_organization, {before.id}, kMissing));
        return {};
    });
}

}  // namespace drydock::tenancy
