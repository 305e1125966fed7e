#include "identity/erasure.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/encoding.h"
#include "identity/queries.h"
#include "identity/session_cache.h"
#include "identity/throttle.h"
#include "identity/whole_person.h"

namespace drydock::identity {
namespace {

using control::Transaction;

struct Person {
    std::string id{};
    std::string email{};
    std::vector<std::string> organizations{};  // in the order in which trails are locked
};

Result<Person> read_person(Transaction& transaction, std::string_view user_id) {
    DRYDOCK_TRY_VOID(transaction.become(person(user_id, {})));
    DRYDOCK_TRY(const auto address, transaction.one(queries::lock_person, {user_id}, "there is no such person"));
    DRYDOCK_TRY(const auto places, transaction.query(queries::memberships, {user_id}));
    Person read{.id = std::string{user_id}, .email = std::string{address.text(0, 0)}};
    for (int row = 0; row < places.size(); ++row) read.organizations.emplace_back(places.text(row, 0));
    return read;
}

// As drydock itself in that organization. Their role is asked for under its lock: somebody may have raised it just now.
Result<> leave(Transaction& transaction, const Person& gone, const std::string& organization) {
    DRYDOCK_TRY_VOID(transaction.one(queries::lock_organization, {organization}, "there is no such organization"));
    DRYDOCK_TRY(const auto role, transaction.query(queries::role_of, {organization, gone.id}));
    if (role.size() > 0 && role.text(0, 0) == "owner") {
        DRYDOCK_TRY(const auto others, transaction.query(queries::other_owners, {organization, gone.id}));
        if (others.integer(0, 0) == 0) {
            return Error{
                .code = ErrorCode::conflict,
                .message = "they are the only owner of an organization, which would have none",
                .hint = "Make somebody else an owner of it first, or close it.",
            };
        }
    }
    DRYDOCK_TRY_VOID(transaction.query(queries::revoke_api_tokens_of, {organization, gone.id}));
    DRYDOCK_TRY_VOID(transaction.query(queries::remove_role, {organization, gone.id}));
    return {};
}

// `organizations` in the order in which trails are locked.
Result<Erased> erase(
    const Service& service,
    Transaction& transaction,
    const Person& gone,
    const std::vector<std::string>& organizations,
    const control::Actor& asking
) {
    // Their own rows first: nothing of theirs is written behind us.
    DRYDOCK_TRY_VOID(transaction.become(person(gone.id, {})));
    DRYDOCK_TRY_VOID(transaction.one(queries::erase_account, {gone.id}, "there is no such person"));
    DRYDOCK_TRY_VOID(transaction.query(queries::void_linking, {gone.id}));
    for (const auto& turn : {turn_of_name(gone.email), turn_of_second_factor(gone.id)})
        DRYDOCK_TRY_VOID(transaction.query(queries::forget_turns, {turn}));
    for (const auto& organization : gone.organizations) {
        DRYDOCK_TRY_VOID(transaction.become(control::Actor::system(organization)));
        DRYDOCK_TRY_VOID(leave(transaction, gone, organization));
    }
    Erased done;
    for (const auto& organization : organizations) {
        DRYDOCK_TRY_VOID(transaction.become(control::Actor::system(organization)));
        if (!organization.empty())
            DRYDOCK_TRY_VOID(transaction.query(queries::erase_invitations, {organization, gone.email}));
        DRYDOCK_TRY(const auto lines, audit::erase_person(transaction, gone.id, gone.email));
        done.audit_lines += lines;
        const bool left = std::ranges::find(gone.organizations, organization) != gone.organizations.end();
        if (!left && lines == 0) continue;
        DRYDOCK_TRY_VOID(transaction.become(asking.in(organization)));
        DRYDOCK_TRY_VOID(
            audit::append(transaction, {.action = "user.erased", .object_type = "user", .object_id = gone.id})
        );
    }
    transaction.after_commit([&service, id = gone.id] { service.cache.forget_user(id); });
    return done;
}

}  // namespace

Result<Erased> erase_person(
    const Service& service, const Principal& who, std::string_view user_id, const Peer& peer, const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_step_up(who));
    DRYDOCK_TRY_VOID(require(who, "owners:write"));
    if (!is_uuid(user_id) || user_id == control::kSystemUser) return not_all_owned();
    if (user_id == who.user_id) {
        return Error{
            .code = ErrorCode::conflict,
            .message = "nobody erases themself",
            .hint = "Ask another owner, or the operator of the server.",
        };
    }
    const auto actor = who.actor(peer.request_id, peer.address);
    return service.store.run(actor, limits, [&](Transaction& transaction) -> Result<Erased> {
        DRYDOCK_TRY(const bool may, owns_all_of(transaction, actor, user_id));
        if (!may) return not_all_owned();
        DRYDOCK_TRY(const auto gone, read_person(transaction, user_id));
        return erase(service, transaction, gone, gone.organizations, actor);
    });
}

Result<Erased> erase_person_as_operator(
    const Service& service, std::string_view address, std::string_view by, const Limits& limits
) {
    const auto email = clean_email(address);
    return service.store.run(operator_for(email), limits, [&](Transaction& transaction) -> Result<Erased> {
        DRYDOCK_TRY(const auto operated, find_person(transaction, email, by));
        DRYDOCK_TRY_VOID(transaction.become(control::Actor::system()));
        DRYDOCK_TRY(const auto all, transaction.query(queries::all_organizations));
        std::vector<std::string> organizations{""};  // first the trail of none
        for (int row = 0; row < all.size(); ++row) organizations.emplace_back(all.text(row, 0));
        DRYDOCK_TRY(const auto gone, read_person(transaction, operated.user_id));
        return erase(service, transaction, gone, organizations, operator_named(operated.by));
    });
}

}  // namespace drydock::identity
