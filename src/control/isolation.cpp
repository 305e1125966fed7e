#include "control/isolation.h"

#include <array>

#include <fmt/format.h>

#include "base/random.h"
#include "control/queries.h"

namespace drydock::control {
namespace {

// Ends the transaction that was only a try.
constexpr std::string_view kTried = "tried";

Error not_isolated(std::string_view what) {
    return {
        .code = ErrorCode::permission_denied,
        .message = fmt::format("organizations are not kept apart on the control plane: {}", what),
        .hint =
            "The role that drydock works as must be no superuser, must not have BYPASSRLS, and must not be able to "
            "switch row-level security off. `drydock doctor` tells more.",
    };
}

Result<> make(Transaction& transaction, const std::string& id) {
    DRYDOCK_TRY_VOID(transaction.become(Actor::system(id)));
    const auto slug = "isolation-" + id;
    DRYDOCK_TRY_VOID(transaction.query(queries::isolation_make, {id, slug}));
    return {};
}

Result<> expect_unreachable(Transaction& transaction, const std::string& id, std::string_view who) {
    DRYDOCK_TRY(const auto seen, transaction.query(queries::isolation_see, {id}));
    if (seen.integer(0, 0) != 0) return not_isolated(fmt::format("{} sees another one's rows", who));
    DRYDOCK_TRY(const auto changed, transaction.query(queries::isolation_change, {id}));
    if (changed.affected() != 0) return not_isolated(fmt::format("{} changes another one's rows", who));
    return {};
}

Result<> try_it(Transaction& transaction) {
    const std::array ids{random_uuid(), random_uuid()};
    for (const auto& id : ids) DRYDOCK_TRY_VOID(make(transaction, id));
    DRYDOCK_TRY_VOID(transaction.become(Actor::system(ids[0])));
    DRYDOCK_TRY(const auto own, transaction.query(queries::isolation_see, {ids[0]}));
    if (own.integer(0, 0) != 1) return not_isolated("an organization does not see its own rows");
    DRYDOCK_TRY_VOID(expect_unreachable(transaction, ids[1], "an organization"));
    DRYDOCK_TRY_VOID(transaction.become({}));
    for (const auto& id : ids) DRYDOCK_TRY_VOID(expect_unreachable(transaction, id, "nobody"));
    return Error{.code = ErrorCode::cancelled, .message = std::string{kTried}};
}

}  // namespace

Result<> prove_isolation(Store& store, const Limits& limits) {
    auto tried = store.run(Actor::system(), limits, try_it);
    if (!tried && tried.error().message == kTried) return {};
    return tried;
}

}  // namespace drydock::control
