#include "jobs/statement.h"

#include <cctype>

#include <fmt/format.h>

#include "jobs/queries.h"

namespace drydock::jobs {

Result<> require(control::Transaction& transaction, std::string_view permission) {
    if (transaction.actor().is_system()) return {};
    DRYDOCK_TRY(const auto rows, transaction.query(queries::may, {permission}));
    if (rows.boolean(0, 0)) return {};
    return Error{
        .code = ErrorCode::permission_denied,
        .message = fmt::format("your role does not allow {}", permission),
        .hint = "An owner or admin of the organization can do it, or give you another role.",
    };
}

Result<> check_args(control::Transaction& transaction, std::string_view args) {
    const auto found = transaction.query(queries::holds_secret, {args});
    if (!found) return found.error();
    if (!found->boolean(0, 0)) return {};
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = "the arguments hold what looks like a secret",
        .hint = "Jobs are shown to everybody in the organization: name a registered database or a credential.",
    };
}

}  // namespace drydock::jobs
