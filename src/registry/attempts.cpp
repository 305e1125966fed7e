#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/bytes.h"
#include "registry/notes.h"
#include "registry/registry.h"

namespace drydock::registry {
namespace {

using control::Actor;
using control::Transaction;
using Kind = Attempts::Kind;

std::string place_of(const Transaction& transaction, const targets::Address& address) {
    auto place = fmt::format("{} {}", transaction.actor().organization_id, targets::wire_name(address.type));
    for (const auto& host : address.hosts) place += fmt::format(" {}:{}", to_lower(host.name), host.port);
    return place;
}

}  // namespace

Result<> Registry::count_guess(
    const Actor& actor, const NewSecret& secret, std::string_view permission, const Limits& limits
) {
    const auto& [take, settle] = options_.attempts;
    if (!take || !settle || secret.credential_id.empty() || secret.password.empty()) return {};
    DRYDOCK_TRY(const auto id, canonical_id(secret.credential_id, "credential"));
    DRYDOCK_TRY(const bool may, run(store_, actor, limits, [&](Transaction& transaction) -> Result<bool> {
                    DRYDOCK_TRY_VOID(require(transaction, permission));
                    DRYDOCK_TRY(const auto stored, secrets_.credential_password(transaction, id));
                    DRYDOCK_TRY(const bool taken, take(transaction, Kind::credential, id));
                    // Whatever becomes of the request, who knows it has guessed nothing.
                    if (taken && crypto::equal_in_constant_time(secret.password.reveal(), stored.reveal())) {
                        DRYDOCK_TRY_VOID(settle(transaction, Kind::credential, id));
                    }
                    return taken;
                }));
    if (may) return {};
    return Error{
        .code = ErrorCode::unavailable,
        .message = "the password of this credential was given wrongly too often",
        .hint = "After some wrong ones each further one has to wait, for up to a quarter of an hour.",
    };
}

Result<> Registry::count_sign_in(Transaction& transaction, const targets::Address& address) {
    const auto& take = options_.attempts.take;
    if (!take) return {};
    DRYDOCK_TRY(const bool place, take(transaction, Kind::database, place_of(transaction, address)));
    DRYDOCK_TRY(const bool person, take(transaction, Kind::tester, transaction.actor().user_id));
    if (place && person) return {};
    return Error{
        .code = ErrorCode::unavailable,
        .message = place ? "too many of your sign-ins to databases have failed"
                         : "too many sign-ins to this database have failed",
        .hint = "After some that failed each further one has to wait, for up to a quarter of an hour.",
    };
}

// Only a sign-in that was refused may have been a guess.
Result<> Registry::settle_sign_in(
    Transaction& transaction, const targets::Address& address, const targets::TestReport& report
) {
    const auto& settle = options_.attempts.settle;
    const bool refused = std::ranges::any_of(report.steps, [](const targets::Step& step) {
        return step.name == "sign_in" && step.outcome == targets::Outcome::failed;
    });
    if (!settle || refused) return {};
    DRYDOCK_TRY_VOID(settle(transaction, Kind::database, place_of(transaction, address)));
    return settle(transaction, Kind::tester, transaction.actor().user_id);
}

}  // namespace drydock::registry
