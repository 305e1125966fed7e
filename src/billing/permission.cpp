#include "billing/permission.h"

#include <fmt/format.h>

#include "billing/queries.h"

namespace drydock::billing {

Result<> require(control::Transaction& transaction, std::string_view permission, std::string_view what) {
    DRYDOCK_TRY(const auto rows, transaction.query(queries::may, {permission}));
    if (rows.boolean(0, 0)) return {};
    return Error{
        .code = ErrorCode::permission_denied,
        .message = fmt::format("you may not {}", what),
        .hint = fmt::format("That takes the permission {}.", permission)
    };
}

Result<> lock_organization(control::Transaction& transaction) {
    DRYDOCK_TRY_VOID(transaction.query(queries::lock_organization, {transaction.actor().organization_id}));
    return {};
}

}  // namespace drydock::billing
