#include "registry/data_keys.h"

#include <fmt/format.h>

#include "audit/audit.h"
#include "base/encoding.h"
#include "base/random.h"
#include "crypto/bytes.h"
#include "registry/queries.h"

namespace drydock::registry {
namespace {

using control::Actor;
using control::Transaction;
using Clock = Limits::Clock;

constexpr std::chrono::minutes kKept{5};
constexpr std::size_t kMostKept = 10'000;

constexpr pg::Query kActive{
    "active_data_key",
    "SELECT k.id, $1::uuid, $2::text, k.version, k.master_key_id, k.wrap_nonce, k.wrapped_key "
    "FROM platform.active_data_key($1, $2) AS k"
};
constexpr pg::Query kFind{
    "find_data_key",
    "SELECT k.id, k.project_id, k.purpose, k.version, k.master_key_id, encode(k.wrap_nonce, 'hex'), "
    "encode(k.wrapped_key, 'hex') FROM platform.data_keys AS k WHERE k.id = $1 AND k.state <> 'destroyed'"
};
constexpr pg::Query kHasActive{
    "has_active_data_key",
    "SELECT FROM platform.data_keys AS k WHERE k.project_id = $1 AND k.purpose = $2 AND k.state = 'active'"
};
constexpr pg::Query kMasterKeys{
    "master_keys", "SELECT k.id, encode(k.check_value, 'hex') FROM platform.master_keys AS k"
};
constexpr pg::Query kNoteMasterKey{
    "note_master_key",
    "INSERT INTO platform.master_keys (id, check_value) VALUES ($1, decode($2, 'hex')) ON CONFLICT DO NOTHING"
};

}  // namespace

DataKeys::DataKeys(control::Store& store, std::shared_ptr<const crypto::Keyring> ring)
    : store_(store), ring_(std::move(ring)) {}

DataKeys::Key DataKeys::kept(std::string_view id) {
    const std::lock_guard lock{mutex_};
    const auto found = keys_.find(id);
    if (found == keys_.end()) return {};
    if (found->second.until < Clock::now()) {
        keys_.erase(found);
        return {};
    }
    return found->second.key;
}

void DataKeys::forget(std::string_view id) {
    const std::lock_guard lock{mutex_};
    if (const auto found = keys_.find(id); found != keys_.end()) keys_.erase(found);
}

// id, project, purpose, version, master key, nonce, wrapped
Result<DataKeys::Key> DataKeys::unwrap(const pg::Rows& row) {
    const auto id = row.text(0, 0);
    if (auto key = kept(id)) return key;
    const auto nonce = from_hex(row.text(0, 5));
    const auto wrapped = from_hex(row.text(0, 6));
    if (!nonce || !wrapped) return Error{.code = ErrorCode::internal, .message = "a data key's row can't be read"};
    const crypto::WrappedKey sealed{.master_key_id = std::string{row.text(0, 4)}, .nonce = *nonce, .wrapped = *wrapped};
    const crypto::DataKeyPlace place{
        .project = std::string{row.text(0, 1)},
        .purpose = std::string{row.text(0, 2)},
        .version = row.integer(0, 3),
    };
    DRYDOCK_TRY(auto opened, crypto::unwrap(*ring_, sealed, id, place));
    auto key = std::make_shared<const crypto::DataKey>(std::move(opened));
    const std::lock_guard lock{mutex_};
    if (keys_.size() >= kMostKept) keys_.clear();
    keys_.insert_or_assign(std::string{id}, Kept{key, Clock::now() + kKept});
    return key;
}

Result<DataKeys::Key> DataKeys::active(Transaction& transaction, std::string_view project, std::string_view purpose) {
    DRYDOCK_TRY(const auto row, transaction.query(kActive, {project, purpose}));
    if (row.size() == 0) {
        return Error{
            .code = ErrorCode::not_found,
            .message = "there is no such project, or it has no key yet",
            .hint = "Check the project's id.",
        };
    }
    return unwrap(row);
}

Result<DataKeys::Key> DataKeys::find(Transaction& transaction, std::string_view id) {
    DRYDOCK_TRY(const auto row, transaction.one(kFind, {id}, "the key that this was sealed with is gone"));
    return unwrap(row);
}

Result<> DataKeys::ensure(
    std::string_view organization, std::string_view project, std::string_view purpose, const Limits& limits
) {
    const auto actor = Actor::system(organization);
    DRYDOCK_TRY(const auto there, store_.read(actor, kHasActive, {project, purpose}, limits));
    if (there.size() > 0) return {};
    return store_.run(actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(transaction.query(queries::lock_data_keys, {project, purpose}));
        return create(transaction, project, purpose, "data_key.created");
    });
}

Result<> DataKeys::create(
    Transaction& transaction, std::string_view project, std::string_view purpose, std::string_view action
) {
    const auto key = crypto::DataKey::generate(random_uuid());
    DRYDOCK_TRY(const auto version, transaction.query(queries::next_data_key, {project, purpose}));
    // Somebody else was quicker, or the project is not this organization's: the caller's own look tells.
    if (version.size() == 0) return {};
    const crypto::DataKeyPlace place{
        .project = std::string{version.text(0, 1)},
        .purpose = std::string{purpose},
        .version = version.integer(0, 0),
    };
    DRYDOCK_TRY(const auto wrapped, crypto::wrap(*ring_, key, place));
    const auto number = std::to_string(place.version);
    const auto nonce = hex(wrapped.nonce);
    const auto bytes = hex(wrapped.wrapped);
    const auto& organization = transaction.actor().organization_id;
    DRYDOCK_TRY_VOID(transaction.query(
        queries::insert_data_key,
        {key.id(), organization, project, purpose, number, wrapped.master_key_id, nonce, bytes}
    ));
    return audit::append(
        transaction,
        {.action = std::string{action},
         .object_type = "data_key",
         .object_id = key.id(),
         .object_name = fmt::format("{} {}", purpose, number),
         .details = fmt::format(R"({{"project": "{}", "master_key": "{}"}})", place.project, wrapped.master_key_id)}
    );
}

Result<> check_known_master_keys(const pg::Rows& known, const crypto::Keyring& ring) {
    for (int row = 0; row < known.size(); ++row) {
        if (!ring.has(known.text(row, 0))) {
            return Error{
                .code = ErrorCode::failed,
                .message = fmt::format("the master key {} is in use and was not given", known.text(row, 0)),
                .hint =
                    "Give it too, by DRYDOCK_KEK_FILE, DRYDOCK_KEK or DRYDOCK_KEK_CMD. Once nothing is sealed by "
                    "it any more (drydock key rotate), it can be retired.",
            };
        }
        const auto check = from_hex(known.text(row, 1));
        DRYDOCK_TRY_VOID(ring.verify(known.text(row, 0), check.value_or("")));
    }
    return {};
}

Result<> check_master_keys(control::Store& store, const crypto::Keyring& ring, const Limits& limits) {
    return store.run(Actor::system(), limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY(const auto rows, transaction.query(kMasterKeys));
        DRYDOCK_TRY_VOID(check_known_master_keys(rows, ring));
        for (const auto& id : ring.ids()) {
            DRYDOCK_TRY(const auto check, ring.check_value(id));
            const auto text = hex(check);
            DRYDOCK_TRY_VOID(transaction.query(kNoteMasterKey, {id, text}));
        }
        return {};
    });
}

}  // namespace drydock::registry
