#include "control/idempotency.h"

#include <iterator>

#include <fmt/format.h>

#include "base/encoding.h"
#include "control/queries.h"

namespace drydock::control {
Result<Claim> claim_once(
    Store& store, const Actor& actor, std::string_view key, std::string_view digest, const Limits& limits
) {
    const auto hash = hex(digest);
    return store.run(actor, limits, [&](Transaction& transaction) -> Result<Claim> {
        DRYDOCK_TRY(
            const auto claimed, transaction.query(queries::claim_key, {actor.organization_id, actor.user_id, key, hash})
        );
        if (claimed.size() > 0) return Claim{};
        DRYDOCK_TRY(const auto found, transaction.query(queries::find_key, {actor.user_id, key, hash}));
        if (found.size() == 0) return Claim{.state = Claim::State::running};  // just given up: the client tries again
        if (!found.boolean(0, 0)) return Claim{.state = Claim::State::other_request};
        if (found.is_null(0, 1)) {
            return Claim{.state = found.boolean(0, 3) ? Claim::State::left_open : Claim::State::running};
        }
        return Claim{
            .state = Claim::State::answered,
            .status = static_cast<int>(found.integer(0, 1)),
            .answer = std::string{found.text(0, 2)},
        };
    });
}

Result<> keep_answer(
    Store& store, const Actor& actor, std::string_view key, int status, std::string_view answer, const Limits& limits
) {
    const auto number = std::to_string(status);
    return store.run(actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(transaction.query(queries::keep_answer, {actor.user_id, key, number, answer}));
        return {};
    });
}

Result<> give_up_claim(Store& store, const Actor& actor, std::string_view key, const Limits& limits) {
    return store.run(actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(transaction.query(queries::give_up_key, {actor.user_id, key}));
        return {};
    });
}

}  // namespace drydock::control
