#include "billing/tokens.h"

#include "billing/queries.h"
#include "crypto/sealed.h"

namespace drydock::billing {
namespace {

constexpr std::string_view kPurpose = "payment-tokens";
constexpr std::string_view kSealed = "ddk1.";

crypto::Place place_of(std::string_view organization, std::string_view id) {
    return {
        .table = "platform.payment_methods",
        .column = "provider_token",
        .organization = std::string{organization},
        .row = std::string{id},
    };
}

Result<crypto::DataKey> key_of(const crypto::Keyring& ring, std::string_view master_key) {
    return crypto::DataKey::derived(ring, master_key, kPurpose);
}

// Whether it is sealed by this master key. In clear: by none.
Result<bool> is_sealed_by(const crypto::Keyring& ring, std::string_view master_key, std::string_view stored) {
    if (!stored.starts_with(kSealed)) return false;
    DRYDOCK_TRY(const auto key, key_of(ring, master_key));
    DRYDOCK_TRY(const auto id, crypto::sealing_key_id(stored));
    return key.id() == id;
}

}  // namespace

Result<std::string> seal_token(
    const crypto::Keyring& ring,
    std::string_view master_key,
    std::string_view organization,
    std::string_view id,
    const Secret& token
) {
    DRYDOCK_TRY(const auto key, key_of(ring, master_key));
    return crypto::seal(key, token.reveal(), place_of(organization, id));
}

Result<Secret> open_token(
    const crypto::Keyring& ring, std::string_view organization, std::string_view id, std::string_view sealed
) {
    // From before tokens were sealed.
    if (!sealed.starts_with(kSealed)) return Secret{std::string{sealed}};
    for (const auto& master_key : ring.ids()) {
        DRYDOCK_TRY(const bool by_this_one, is_sealed_by(ring, master_key, sealed));
        if (!by_this_one) continue;
        DRYDOCK_TRY(const auto key, key_of(ring, master_key));
        return crypto::open(key, sealed, place_of(organization, id));
    }
    return Error{
        .code = ErrorCode::not_found,
        .message = "a payment method is sealed with a master key that is not loaded",
        .hint = "Give the server the former master key, too.",
    };
}

Result<std::int64_t> tokens_sealed_by(
    control::Store& store, std::string_view organization, std::string_view master_key, const Limits& limits
) {
    DRYDOCK_TRY(
        const auto rows,
        store.read(
            control::Actor::system(organization), queries::tokens_of_master_key, {organization, master_key}, limits
        )
    );
    return rows.integer(0, 0);
}

Result<std::int64_t> reseal_tokens(
    control::Store& store, const crypto::Keyring& ring, std::string_view organization, const Limits& limits
) {
    const auto& master_key = ring.current();
    return store.run(
        control::Actor::system(organization),
        limits,
        [&](control::Transaction& transaction) -> Result<std::int64_t> {
            DRYDOCK_TRY(const auto rows, transaction.query(queries::stored_tokens, {organization}));
            std::int64_t count = 0;
            for (int row = 0; row < rows.size(); ++row) {
                const auto id = rows.text(row, 0);
                const auto stored = rows.text(row, 2);
                if (rows.text(row, 3) == master_key) continue;
                DRYDOCK_TRY(const auto token, open_token(ring, organization, id, stored));
                DRYDOCK_TRY(const auto sealed, seal_token(ring, master_key, organization, id, token));
                DRYDOCK_TRY(
                    const auto done,
                    transaction.query(queries::reseal_token, {organization, id, stored, sealed, master_key})
                );
                count += done.affected();
            }
            return count;
        }
    );
}

}  // namespace drydock::billing
