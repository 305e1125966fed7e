#include <array>

#include <fmt/format.h>

#include "audit/audit.h"
#include "audit/chain.h"
#include "audit/queries.h"

namespace drydock::audit {

std::string_view name_of(Outcome outcome) {
    constexpr std::array<std::string_view, 3> kNames{"success", "denied", "failed"};
    return kNames.at(static_cast<std::size_t>(outcome));
}

Result<> append(control::Transaction& transaction, const Entry& entry) {
    const auto& actor = transaction.actor();
    const auto added = transaction.query(
        queries::append,
        {entry.action,
         entry.object_type,
         entry.object_id,
         entry.object_name,
         name_of(entry.outcome),
         entry.details,
         actor.via,
         actor.request_id,
         actor.login,
         actor.address}
    );
    if (added) return {};
    auto error = added.error();
    if (error.sqlstate != "23514") return error;
    // check_violation: a mistake of the caller, who must not go on without a trace.
    return Error{
        .code = ErrorCode::internal,
        .message = fmt::format("\"{}\" can't be audited, so it was not done", entry.action),
        .hint = "Its audit entry has a field in a wrong form, details over 64 KiB, or a secret in its details.",
        .detail = error.message,
        .sqlstate = std::move(error.sqlstate),
    };
}

Result<std::int64_t> erase_person(control::Transaction& transaction, std::string_view user_id, std::string_view login) {
    if (!transaction.actor().is_system()) {
        return Error{
            .code = ErrorCode::permission_denied,
            .message = "personal data is erased from the audit trail by drydock itself alone"
        };
    }
    const auto chain = chain_of(transaction.actor().organization_id);
    DRYDOCK_TRY(const auto actors, transaction.query(queries::erase_actor, {chain, user_id, login}));
    DRYDOCK_TRY(const auto objects, transaction.query(queries::erase_object, {chain, user_id, login}));
    const auto erased = actors.affected() + objects.affected();
    if (erased == 0) return erased;
    DRYDOCK_TRY_VOID(
        append(transaction, {.action = "audit.person_erased", .object_type = "user", .object_id = std::string{user_id}})
    );
    return erased;
}

}  // namespace drydock::audit
