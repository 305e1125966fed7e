#include <fmt/format.h>

#include "audit/audit.h"
#include "base/encoding.h"
#include "crypto/bytes.h"
#include "registry/key_rotation.h"
#include "registry/queries.h"
#include "registry/row.h"
#include "registry/sealing_key.h"

namespace drydock::registry {
namespace {

using control::Actor;
using control::Transaction;

constexpr pg::Query kOrganizations{"all_organizations", "SELECT o.id FROM platform.organizations AS o ORDER BY o.id"};
constexpr pg::Query kMasterKeys{"master_key_ids", "SELECT k.id FROM platform.master_keys AS k ORDER BY k.id"};
constexpr pg::Query kDataKeysOf{
    "data_keys_of", "SELECT count(*) FROM platform.data_keys AS k WHERE k.master_key_id = $1 AND k.state <> 'destroyed'"
};
constexpr pg::Query kSealingKeysOf{
    "sealing_keys_of", "SELECT count(*) FROM platform.sealing_keys AS k WHERE k.master_key_id = $1"
};
constexpr pg::Query kRetire{"retire_master_key", "SELECT platform.retire_master_key($1)"};
constexpr pg::Query kNext{
    "data_key_to_wrap",
    "SELECT k.id, k.project_id, k.purpose, k.version, k.master_key_id, encode(k.wrap_nonce, 'hex'), "
    "encode(k.wrapped_key, 'hex') FROM platform.data_keys AS k "
    "WHERE k.master_key_id <> $1 AND k.state <> 'destroyed' ORDER BY k.id LIMIT 1"
};
constexpr pg::Query kWrap{
    "wrap_data_key",
    "UPDATE platform.data_keys AS k SET master_key_id = $2, wrap_nonce = decode($3, 'hex'), wrapped_key = decode($4, "
    "'hex') "
    "WHERE k.id = $1 AND k.wrapped_key = decode($5, 'hex') AND k.state <> 'destroyed'"
};
constexpr pg::Query kForeign{
    "destroyed_by",
    "UPDATE platform.data_keys AS k SET master_key_id = $2 WHERE k.master_key_id = $1 AND k.state = 'destroyed'"
};

// Closed ones too: their keys are wrapped like any other's.
void at(const Edge& edge, std::string_view step) {
    if (edge) edge(step);
}

// One data key, wrapped anew in a transaction of its own. False when there is none left.
Result<bool> wrap_next(DataKeys& keys, Transaction& transaction, const Edge& edge) {
    const auto& ring = keys.ring();
    DRYDOCK_TRY(const auto row, transaction.query(kNext, {ring.current()}));
    if (row.size() == 0) return false;
    const crypto::WrappedKey old{
        .master_key_id = std::string{row.text(0, 4)},
        .nonce = from_hex(row.text(0, 5)).value_or(""),
        .wrapped = from_hex(row.text(0, 6)).value_or(""),
    };
    const crypto::DataKeyPlace place{
        .project = std::string{row.text(0, 1)},
        .purpose = std::string{row.text(0, 2)},
        .version = row.integer(0, 3),
    };
    DRYDOCK_TRY(const auto key, crypto::unwrap(ring, old, row.text(0, 0), place));
    DRYDOCK_TRY(const auto fresh, crypto::wrap(ring, key, place));
    // Read back before the old form goes.
    DRYDOCK_TRY(const auto again, crypto::unwrap(ring, fresh, row.text(0, 0), place));
    if (!crypto::equal_in_constant_time(again.reveal(), key.reveal())) {
        return Error{.code = ErrorCode::internal, .message = "a data key did not open after it was wrapped"};
    }
    at(edge, "wrapped");
    const auto nonce = hex(fresh.nonce);
    const auto wrapped = hex(fresh.wrapped);
    DRYDOCK_TRY(
        const auto changed,
        transaction.query(kWrap, {row.text(0, 0), fresh.master_key_id, nonce, wrapped, row.text(0, 6)})
    );
    at(edge, "written");
    // Another server was quicker: it has written the audit line, too.
    if (changed.affected() == 0) return true;
    DRYDOCK_TRY_VOID(audit::append(
        transaction,
        {.action = "data_key.wrapped",
         .object_type = "data_key",
         .object_id = std::string{row.text(0, 0)},
         .object_name = fmt::format("{} {}", place.purpose, place.version),
         .details = fmt::format(R"({{"from": "{}", "to": "{}"}})", old.master_key_id, fresh.master_key_id)}
    ));
    return true;
}

Result<std::int64_t> count_of(
    DataKeys& keys, std::string_view id, const std::vector<MasterKeyUse>& others, const Limits& limits
) {
    DRYDOCK_TRY(const auto sealing, keys.store().read(Actor::system(), kSealingKeysOf, {id}, limits));
    auto count = sealing.integer(0, 0);
    for (const auto& other : others) {
        DRYDOCK_TRY(const auto more, other.count(id, limits));
        count += more;
    }
    return count;
}

}  // namespace

Result<std::vector<std::string>> all_organizations(control::Store& store, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, store.read(Actor::system(), kOrganizations, {}, limits));
    std::vector<std::string> ids;
    for (int row = 0; row < rows.size(); ++row) ids.emplace_back(rows.text(row, 0));
    return ids;
}

Result<std::vector<MasterKeyStatus>> master_key_status(
    DataKeys& keys, const std::vector<MasterKeyUse>& others, const Limits& limits
) {
    auto& store = keys.store();
    DRYDOCK_TRY(const auto organizations, all_organizations(store, limits));
    DRYDOCK_TRY(const auto known, store.read(Actor::system(), kMasterKeys, {}, limits));
    std::vector<MasterKeyStatus> result;
    for (int row = 0; row < known.size(); ++row) {
        MasterKeyStatus status{.id = std::string{known.text(row, 0)}};
        status.loaded = keys.ring().has(status.id);
        status.current = status.id == keys.ring().current();
        for (const auto& organization : organizations) {
            DRYDOCK_TRY(const auto count, store.read(Actor::system(organization), kDataKeysOf, {status.id}, limits));
            status.data_keys += count.integer(0, 0);
        }
        DRYDOCK_TRY(status.others, count_of(keys, status.id, others, limits));
        result.push_back(std::move(status));
    }
    return result;
}

Result<std::vector<std::string>> missing_master_keys(DataKeys& keys, const Limits& limits) {
    DRYDOCK_TRY(const auto known, keys.store().read(Actor::system(), kMasterKeys, {}, limits));
    std::vector<std::string> missing;
    for (int row = 0; row < known.size(); ++row) {
        if (!keys.ring().reveal(known.text(row, 0))) missing.emplace_back(known.text(row, 0));
    }
    return missing;
}

Result<std::int64_t> rotate_master_key(
    DataKeys& keys, const std::vector<MasterKeyUse>& others, const Limits& limits, const Edge& edge
) {
    auto& store = keys.store();
    std::int64_t count = 0;
    DRYDOCK_TRY(const auto organizations, all_organizations(store, limits));
    for (const auto& organization : organizations) {
        for (bool more = true; more;) {
            DRYDOCK_TRY(more, store.run(Actor::system(organization), limits, [&](Transaction& transaction) {
                return wrap_next(keys, transaction, edge);
            }));
            at(edge, "committed");
            count += more ? 1 : 0;
        }
    }
    DRYDOCK_TRY(const auto sealing, reseal_sealing_keys(store, keys.ring(), limits));
    count += sealing;
    at(edge, "sealing keys");
    for (const auto& other : others) {
        DRYDOCK_TRY(const auto moved, other.move(limits));
        count += moved;
    }
    return count;
}

Result<> retire_master_key(
    DataKeys& keys, std::string_view id, const std::vector<MasterKeyUse>& others, const Limits& limits
) {
    const auto refuse = [&](std::int64_t count) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("{} keys and values are still wrapped by the master key {}", count, id),
            .hint = "Rotate first: drydock key rotate.",
        };
    };
    if (id == keys.ring().current()) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("{} is the master key in use", id),
            .hint = "Load another one, make it the current one, and rotate.",
        };
    }
    auto& store = keys.store();
    DRYDOCK_TRY(const auto organizations, all_organizations(store, limits));
    DRYDOCK_TRY(auto count, count_of(keys, id, others, limits));
    for (const auto& organization : organizations) {
        DRYDOCK_TRY(const auto more, store.read(Actor::system(organization), kDataKeysOf, {id}, limits));
        count += more.integer(0, 0);
    }
    if (count > 0) return refuse(count);
    // What was destroyed names its last master key, and the foreign key asks for one that is there.
    for (const auto& organization : organizations) {
        auto moved = store.run(Actor::system(organization), limits, [&](Transaction& transaction) {
            return transaction.query(kForeign, {id, keys.ring().current()});
        });
        if (!moved) return std::move(moved).error();
    }
    auto gone =
        store.run(Actor::system(), limits, [&](Transaction& transaction) { return transaction.query(kRetire, {id}); });
    if (gone) return {};
    if (gone.error().sqlstate == "23503") return refuse(1);  // wrapped by it a moment ago
    return std::move(gone).error();
}

}  // namespace drydock::registry
