#include <array>

#include <fmt/format.h>

#include "audit/audit.h"
#include "base/encoding.h"
#include "base/random.h"
#include "crypto/bytes.h"
#include "registry/key_rotation.h"
#include "registry/queries.h"
#include "registry/registry.h"
#include "registry/row.h"

namespace drydock::registry {
namespace {

using control::Actor;
using control::Transaction;

constexpr std::string_view kBatch = "100";
constexpr std::string_view kFirst = "00000000-0000-0000-0000-000000000000";

constexpr pg::Query kReplace{
    "replace_data_key",
    "UPDATE platform.data_keys AS k SET state = 'decrypt_only' "
    "WHERE k.project_id = $1 AND k.purpose = $2 AND k.state = 'active'"
};
constexpr pg::Query kReplaced{
    "replaced_data_keys",
    "SELECT k.id, k.project_id, k.purpose FROM platform.data_keys AS k WHERE k.state = 'decrypt_only' "
    "AND ($1 = '' OR (k.project_id = nullif($1, '')::uuid AND k.purpose = $2)) ORDER BY k.id"
};
constexpr pg::Query kOld{
    "old_data_keys",
    "SELECT k.id, k.purpose, k.version FROM platform.data_keys AS k WHERE k.state = 'decrypt_only' "
    "AND k.updated_at <= now() - make_interval(secs => $1::double precision) "
    "AND platform.data_key_references(k.id) = 0 ORDER BY k.id"
};
constexpr pg::Query kDestroy{
    "destroy_data_key",
    "UPDATE platform.data_keys AS k SET state = 'destroyed', wrapped_key = NULL, wrap_nonce = NULL, destroyed_at = "
    "now() "
    "WHERE k.id = $1 AND k.state = 'decrypt_only' AND platform.data_key_references(k.id) = 0"
};
constexpr pg::Query kStatus{
    "data_key_status",
    "SELECT k.id, k.project_id, k.purpose, k.version, k.state, k.master_key_id, platform.data_key_references(k.id), "
    "to_char(k.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
    "to_char(k.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
    "FROM platform.data_keys AS k ORDER BY k.project_id, k.purpose, k.version"
};

void at(const Edge& edge, std::string_view step) {
    if (edge) edge(step);
}

bool same(const Secret& a, const Secret& b) {
    return crypto::equal_in_constant_time(a.reveal(), b.reveal());
}

Error does_not_open() {
    return {.code = ErrorCode::internal, .message = "a value did not open after it was sealed"};
}

// The same text under the active key, read back before the old form goes.
Result<Sealed> anew(Secrets& secrets, Transaction& transaction, std::string_view old, const crypto::Place& place) {
    DRYDOCK_TRY(const auto plain, secrets.open_at(transaction, old, place));
    DRYDOCK_TRY(auto sealed, secrets.seal_at(transaction, kConnectionStrings, place, plain));
    DRYDOCK_TRY(const auto again, secrets.open_at(transaction, sealed.text, place));
    if (!same(again, plain)) return does_not_open();
    return sealed;
}

// Each of these: one row of its query; how many rows were changed (none: somebody else was quicker).

// id, organization, project, version, value
Result<std::int64_t> reseal_column(
    Secrets& secrets,
    Transaction& transaction,
    const pg::Rows& rows,
    int row,
    std::string_view column,
    const pg::Query& update
) {
    const auto id = rows.text(row, 0);
    const auto old = rows.text(row, 4);
    const crypto::Place place{
        .table = "platform.databases",
        .column = std::string{column},
        .organization = std::string{rows.text(row, 1)},
        .project = std::string{rows.text(row, 2)},
        .row = std::string{id},
        .version = rows.integer(row, 3),
    };
    DRYDOCK_TRY(const auto fresh, anew(secrets, transaction, old, place));
    DRYDOCK_TRY(const auto changed, transaction.query(update, {id, old, fresh.text, fresh.data_key_id}));
    return changed.affected();
}
Result<std::int64_t> reseal_database(Secrets& secrets, Transaction& transaction, const pg::Rows& rows, int row) {
    return reseal_column(secrets, transaction, rows, row, "connection_string_encrypted", queries::reseal_value);
}
Result<std::int64_t> reseal_place(Secrets& secrets, Transaction& transaction, const pg::Rows& rows, int row) {
    return reseal_column(secrets, transaction, rows, row, "place_sealed", queries::reseal_place);
}

// id, organization, project, version, new secret, old secret
Result<std::int64_t> reseal_rotation(Secrets& secrets, Transaction& transaction, const pg::Rows& rows, int row) {
    const auto id = rows.text(row, 0);
    crypto::Place place{
        .table = "platform.credential_rotations",
        .column = "new_secret",
        .organization = std::string{rows.text(row, 1)},
        .project = std::string{rows.text(row, 2)},
        .row = std::string{id},
        .version = rows.integer(row, 3),
    };
    DRYDOCK_TRY(const auto fresh, anew(secrets, transaction, rows.text(row, 4), place));
    place.column = "old_secret";
    DRYDOCK_TRY(const auto fresh_old, anew(secrets, transaction, rows.text(row, 5), place));
    DRYDOCK_TRY(
        const auto changed,
        transaction.query(
            queries::reseal_rotation, {id, rows.text(row, 4), fresh.text, fresh_old.text, fresh.data_key_id}
        )
    );
    return changed.affected();
}

// id, organization, project, version, key, nonce, ciphertext
Result<std::int64_t> reseal_credential(Secrets& secrets, Transaction& transaction, const pg::Rows& rows, int row) {
    const auto id = rows.text(row, 0);
    const crypto::Place place{
        .table = "platform.credentials",
        .column = "ciphertext",
        .organization = std::string{rows.text(row, 1)},
        .project = std::string{rows.text(row, 2)},
        .row = std::string{id},
        .version = rows.integer(row, 3),
    };
    const crypto::SealedColumns old{
        .data_key_id = std::string{rows.text(row, 4)},
        .nonce = from_hex(rows.text(row, 5)).value_or(""),
        .ciphertext = from_hex(rows.text(row, 6)).value_or(""),
    };
    DRYDOCK_TRY(const auto old_key, secrets.keys().find(transaction, old.data_key_id));
    DRYDOCK_TRY(const auto plain, crypto::open_columns(*old_key, old, place));
    DRYDOCK_TRY(const auto key, secrets.keys().active(transaction, place.project, kCredentials));
    DRYDOCK_TRY(const auto fresh, crypto::seal_columns(*key, plain.reveal(), place));
    DRYDOCK_TRY(const auto again, crypto::open_columns(*key, fresh, place));
    if (!same(again, plain)) return does_not_open();
    const auto nonce = hex(fresh.nonce);
    const auto ciphertext = hex(fresh.ciphertext);
    DRYDOCK_TRY(
        const auto changed,
        transaction.query(queries::reseal_credential, {id, rows.text(row, 6), nonce, ciphertext, fresh.data_key_id})
    );
    return changed.affected();
}

// Where values sealed with data keys stand. The query: $1 key, $2 after this id, $3 at most so many; rows that somebody
// holds are left for another time.
struct Holder {
    const pg::Query* select;
    Result<std::int64_t> (*reseal)(Secrets&, Transaction&, const pg::Rows&, int);
};

const std::array<Holder, 4> kHolders{{
    {&queries::databases_of_key, reseal_database},
    {&queries::places_of_key, reseal_place},
    {&queries::rotations_of_key, reseal_rotation},
    {&queries::credentials_of_key, reseal_credential},
}};

struct Batch {
    std::string last{};  // id; empty: there was nothing left
    Resealing count{};
};

Result<Batch> reseal_batch(
    Secrets& secrets,
    Transaction& transaction,
    const Holder& holder,
    std::string_view key,
    std::string_view after,
    const Edge& edge
) {
    DRYDOCK_TRY(const auto rows, transaction.query(*holder.select, {key, after, kBatch}));
    Batch batch;
    for (int row = 0; row < rows.size(); ++row) {
        batch.last = rows.text(row, 0);
        at(edge, "row");
        auto changed = holder.reseal(secrets, transaction, rows, row);
        if (changed) {
            batch.count.done += *changed;
        } else if (changed.error().sqlstate.empty()) {
            // One damaged value must not keep the others under the old key.
            ++batch.count.failed;
        } else {
            return std::move(changed).error();
        }
        at(edge, "written");
    }
    return batch;
}

// What the replaced keys of an organization still hold; of one project and purpose, or of all.
Result<Resealing> reseal(
    Secrets& secrets,
    std::string_view organization,
    std::string_view project,
    std::string_view purpose,
    const Limits& limits,
    const Edge& edge
) {
    const auto actor = Actor::system(organization);
    auto& store = secrets.keys().store();
    Resealing total;
    DRYDOCK_TRY(const auto keys, store.read(actor, kReplaced, {project, purpose}, limits));
    for (int row = 0; row < keys.size(); ++row) {
        const auto key = keys.text(row, 0);
        for (const auto& holder : kHolders) {
            std::string after{kFirst};
            while (!after.empty()) {
                DRYDOCK_TRY(const auto batch, store.run(actor, limits, [&](Transaction& transaction) {
                    return reseal_batch(secrets, transaction, holder, key, after, edge);
                }));
                at(edge, "committed");
                total.done += batch.count.done;
                total.failed += batch.count.failed;
                after = batch.last;
            }
        }
    }
    return total;
}

}  // namespace

Result<Resealing> rotate_data_key(
    Secrets& secrets,
    const Actor& actor,
    std::string_view project,
    std::string_view purpose,
    const Limits& limits,
    const Edge& edge
) {
    DRYDOCK_TRY(const auto id, canonical_id(project, "project"));
    auto switched = secrets.keys().store().run(actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(require(transaction, "keys:write"));
        DRYDOCK_TRY_VOID(transaction.query(queries::lock_data_keys, {id, purpose}));
        DRYDOCK_TRY_VOID(transaction.query(kReplace, {id, purpose}));
        at(edge, "replaced");
        return secrets.keys().create(transaction, id, purpose, "data_key.rotated");
    });
    if (!switched) return explain(std::move(switched).error());
    at(edge, "switched");
    return reseal(secrets, actor.organization_id, id, purpose, limits, edge);
}

Result<Resealing> finish_data_key_rotations(Secrets& secrets, const Limits& limits, const Edge& edge) {
    Resealing total;
    DRYDOCK_TRY(const auto organizations, secrets.keys().store().organizations(limits));
    for (const auto& organization : organizations) {
        DRYDOCK_TRY(const auto one, reseal(secrets, organization, "", "", limits, edge));
        total.done += one.done;
        total.failed += one.failed;
    }
    return total;
}

Result<std::int64_t> destroy_old_data_keys(Secrets& secrets, std::chrono::seconds grace, const Limits& limits) {
    auto& store = secrets.keys().store();
    std::int64_t count = 0;
    const auto seconds = std::to_string(grace.count());
    DRYDOCK_TRY(const auto organizations, store.organizations(limits));
    for (const auto& organization : organizations) {
        auto destroyed = store.run(
            Actor::system(organization),
            limits,
            [&](Transaction& transaction) -> Result<std::vector<std::string>> {
                std::vector<std::string> ids;
                DRYDOCK_TRY(const auto old, transaction.query(kOld, {seconds}));
                for (int row = 0; row < old.size(); ++row) {
                    DRYDOCK_TRY(const auto gone, transaction.query(kDestroy, {old.text(row, 0)}));
                    if (gone.affected() == 0) continue;
                    ids.emplace_back(old.text(row, 0));
                    DRYDOCK_TRY_VOID(audit::append(
                        transaction,
                        {.action = "data_key.destroyed",
                         .object_type = "data_key",
                         .object_id = ids.back(),
                         .object_name = fmt::format("{} {}", old.text(row, 1), old.text(row, 2))}
                    ));
                }
                return ids;
            }
        );
        if (!destroyed) return std::move(destroyed).error();
        for (const auto& id : *destroyed) secrets.keys().forget(id);
        count += static_cast<std::int64_t>(destroyed->size());
    }
    return count;
}

Result<std::vector<DataKeyStatus>> data_key_status(DataKeys& keys, const Actor& actor, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, keys.store().read(actor, kStatus, {}, limits));
    std::vector<DataKeyStatus> result;
    for (int row = 0; row < rows.size(); ++row) {
        result.push_back({
            .id = std::string{rows.text(row, 0)},
            .project_id = std::string{rows.text(row, 1)},
            .purpose = std::string{rows.text(row, 2)},
            .version = rows.integer(row, 3),
            .state = std::string{rows.text(row, 4)},
            .master_key_id = std::string{rows.text(row, 5)},
            .values = rows.integer(row, 6),
            .created_at = std::string{rows.text(row, 7)},
            .updated_at = std::string{rows.text(row, 8)},
        });
    }
    return result;
}

}  // namespace drydock::registry
