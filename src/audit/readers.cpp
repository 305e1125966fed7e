#include "audit/readers.h"

#include "audit/chain.h"
#include "audit/queries.h"

namespace drydock::audit {

Result<Head> read_head(control::Store& store, const control::Actor& actor, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::head, {chain_of(actor.organization_id)}, limits));
    if (!rows.boolean(0, 0)) {
        return Error{
            .code = ErrorCode::permission_denied,
            .message = "you may not read the audit trail of this organization",
            .hint = "Owners and administrators may (audit:read)."
        };
    }
    return Head{.sequence = rows.integer(0, 1), .hash = std::string{rows.text(0, 2)}};
}

}  // namespace drydock::audit
