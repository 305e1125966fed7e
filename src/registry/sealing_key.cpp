#include "registry/sealing_key.h"

#include <chrono>

#include <fmt/format.h>

#include "audit/audit.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/bytes.h"
#include "crypto/openpgp.h"
#include "registry/address_of.h"
#include "registry/place.h"
#include "registry/queries.h"
#include "registry/row.h"
#include "registry/secrets.h"

namespace drydock::registry {
namespace {

using control::Actor;
using control::Transaction;

constexpr std::string_view kPurpose = "sealing_keys";
constexpr int kBatch = 50;

constexpr pg::Query kHasKey{
    "has_sealing_key",
    "SELECT FROM platform.settings AS s WHERE s.name = 'sealing_public_key' AND EXISTS (SELECT FROM "
    "platform.sealing_keys)"
};
constexpr pg::Query kSetKey{"set_sealing_key", "SELECT platform.set_sealing_key($1, $2, $3, $4, $5)"};
constexpr pg::Query kPrivateKey{
    "sealing_private_key", "SELECT k.master_key_id, k.private_key FROM platform.sealing_keys AS k WHERE k.key_id = $1"
};

constexpr pg::Query kForeignKeys{
    "sealing_keys_of_others",
    "SELECT k.key_id, k.master_key_id, k.private_key FROM platform.sealing_keys AS k WHERE k.master_key_id <> $1"
};
constexpr pg::Query kReseal{
    "reseal_sealing_key",
    "UPDATE platform.sealing_keys AS k SET master_key_id = $3, private_key = $4 WHERE k.key_id = $1 AND k.private_key "
    "= $2"
};

crypto::Place place_of(std::string_view key_id) {
    return {.table = "platform.sealing_keys", .column = "private_key", .row = std::string{key_id}, .version = 1};
}

Result<bool> make_key(control::Store& store, const crypto::Keyring& ring, bool replace, const Limits& limits) {
    DRYDOCK_TRY(const auto pair, crypto::generate_openpgp("drydock sealing key", std::chrono::system_clock::now()));
    const auto& master_key = ring.current();
    DRYDOCK_TRY(const auto key, crypto::DataKey::derived(ring, master_key, kPurpose));
    DRYDOCK_TRY(const auto sealed, crypto::seal(key, pair.private_key.reveal(), place_of(pair.key_id)));
    return store.run(Actor::system(), limits, [&](Transaction& transaction) -> Result<bool> {
        DRYDOCK_TRY(
            const auto set,
            transaction.query(kSetKey, {pair.key_id, pair.public_key, master_key, sealed, replace ? "true" : "false"})
        );
        return set.boolean(0, 0);
    });
}

}  // namespace

Result<bool> ensure_sealing_key(control::Store& store, const crypto::Keyring& ring, const Limits& limits) {
    DRYDOCK_TRY(const auto there, store.read(Actor::system(), kHasKey, {}, limits));
    if (there.size() > 0) return false;
    return make_key(store, ring, false, limits);
}

Result<> replace_sealing_key(control::Store& store, const crypto::Keyring& ring, const Limits& limits) {
    DRYDOCK_TRY_VOID(make_key(store, ring, true, limits));
    return {};
}

Result<std::int64_t> reseal_sealing_keys(control::Store& store, const crypto::Keyring& ring, const Limits& limits) {
    return store.run(Actor::system(), limits, [&](Transaction& transaction) -> Result<std::int64_t> {
        std::int64_t count = 0;
        const auto& current = ring.current();
        DRYDOCK_TRY(const auto rows, transaction.query(kForeignKeys, {current}));
        DRYDOCK_TRY(const auto fresh, crypto::DataKey::derived(ring, current, kPurpose));
        for (int row = 0; row < rows.size(); ++row) {
            const auto place = place_of(rows.text(row, 0));
            DRYDOCK_TRY(const auto old, crypto::DataKey::derived(ring, rows.text(row, 1), kPurpose));
            DRYDOCK_TRY(const auto plain, crypto::open(old, rows.text(row, 2), place));
            DRYDOCK_TRY(const auto sealed, crypto::seal(fresh, plain.reveal(), place));
            DRYDOCK_TRY(
                const auto changed, transaction.query(kReseal, {rows.text(row, 0), rows.text(row, 2), current, sealed})
            );
            count += changed.affected();
        }
        return count;
    });
}

Result<Secret> open_sealed_by_sql(
    Transaction& transaction, const crypto::Keyring& ring, const Database& database, std::string_view sealed
) {
    const auto parts = split(sealed, ':');
    const auto message = parts.size() == 3 ? from_base64(parts[2]) : std::nullopt;
    if (!message || parts[0] != "pgp") {
        return Error{.code = ErrorCode::invalid_argument, .message = "this is no value that SQL has sealed"};
    }
    DRYDOCK_TRY(
        const auto row,
        transaction.one(
            kPrivateKey, {parts[1]}, "the connection string was sealed with a key that this control plane does not have"
        )
    );
    DRYDOCK_TRY(const auto key, crypto::DataKey::derived(ring, row.text(0, 0), kPurpose));
    DRYDOCK_TRY(const auto private_key, crypto::open(key, row.text(0, 1), place_of(parts[1])));
    DRYDOCK_TRY(const auto opened, crypto::open_openpgp(*message, private_key));
    return without_place(database, opened);
}

namespace {

// The row as it will be: with the columns filled in that SQL could not tell from the address.
Result<Database> completed(const Database& row, const Secret& secret) {
    auto full = row;
    if (!row.host.empty()) return full;
    DRYDOCK_TRY(const auto address, address_of(row, secret));
    DRYDOCK_TRY_VOID(put_address(full, address));
    // Where it is sent changes only together with the version.
    ++full.credential_version;
    return full;
}

Result<> reseal_row(Secrets& secrets, Transaction& transaction, const Database& row, std::string_view old) {
    DRYDOCK_TRY(const auto secret, open_sealed_by_sql(transaction, secrets.keys().ring(), row, old));
    DRYDOCK_TRY(const auto full, completed(row, secret));
    DRYDOCK_TRY(const auto address, address_of(full, secret));
    const auto text = text_for(address, secret);
    DRYDOCK_TRY(const auto sealed, secrets.seal(transaction, full, text));
    // Read back before the old form goes.
    DRYDOCK_TRY(const auto again, secrets.open_at(transaction, sealed.text, Secrets::place_of(full)));
    if (!crypto::equal_in_constant_time(again.reveal(), text.reveal())) {
        return Error{.code = ErrorCode::internal, .message = "a value did not open after it was sealed"};
    }
    const auto version = std::to_string(full.credential_version);
    const auto port = full.port ? std::to_string(*full.port) : std::string{};
    DRYDOCK_TRY(
        const auto changed,
        transaction.query(
            queries::reseal_database,
            {row.id,
             old,
             sealed.text,
             sealed.data_key_id,
             version,
             pg::Param{full.host},
             port.empty() ? pg::Param{} : pg::Param{port},
             full.database.empty() ? pg::Param{} : pg::Param{full.database},
             full.username.empty() ? pg::Param{} : pg::Param{full.username},
             full.ssl_enabled ? "true" : "false",
             full.config}
        )
    );
    if (changed.affected() == 0) return {};  // somebody has written another one meanwhile: it comes by later
    return audit::append(
        transaction,
        {.action = "database.secret_resealed",
         .object_type = "database",
         .object_id = row.id,
         .object_name = row.name,
         .details = fmt::format(R"({{"credential_version": {}}})", full.credential_version)}
    );
}

}  // namespace

Result<Resealed> reseal_waiting(
    Secrets& secrets, const std::function<void(std::string_view id, const Error& error)>& failed, const Limits& limits
) {
    Resealed result;
    auto& store = secrets.keys().store();
    DRYDOCK_TRY(const auto organizations, store.organizations(limits));
    for (const auto& organization : organizations) {
        const auto actor = Actor::system(organization);
        const auto most = std::to_string(kBatch);
        std::string after = "00000000-0000-0000-0000-000000000000";
        for (;;) {
            DRYDOCK_TRY(const auto waiting, store.read(actor, queries::sealed_databases, {after, most}, limits));
            if (waiting.size() == 0) break;
            for (int i = 0; i < waiting.size(); ++i) {
                const auto row = read_row(waiting, i);
                after = row.id;
                DRYDOCK_TRY_VOID(secrets.keys().ensure(organization, row.project_id, kConnectionStrings, limits));
                const auto old = waiting.text(i, kRowColumns);
                const auto done = store.run(actor, limits, [&](Transaction& transaction) {
                    return reseal_row(secrets, transaction, row, old);
                });
                ++(done ? result.done : result.failed);
                if (!done && failed) failed(row.id, done.error());
            }
        }
    }
    return result;
}

}  // namespace drydock::registry
