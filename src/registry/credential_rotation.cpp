#include "registry/credential_rotation.h"

#include <array>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/hash.h"
#include "base/random.h"
#include "crypto/bytes.h"
#include "crypto/scram.h"
#include "registry/address_of.h"
#include "registry/notes.h"
#include "registry/queries.h"
#include "registry/row.h"

namespace drydock::registry {
namespace {

namespace json = boost::json;
using control::Actor;
using control::Transaction;

constexpr pg::Query kHold{"hold_database", "SELECT FROM platform.databases AS d WHERE d.id = $1 FOR UPDATE"};
constexpr pg::Query kOpen{
    "open_rotation",
    "SELECT FROM platform.credential_rotations AS r WHERE r.database_id = $1 AND r.state NOT IN ('revoked', 'failed')"
};
constexpr pg::Query kUnderWay{
    "rotations_under_way",
    "SELECT r.id FROM platform.credential_rotations AS r WHERE r.state NOT IN ('revoked', 'failed') ORDER BY "
    "r.created_at"
};
constexpr pg::Query kInsert{
    "insert_rotation",
    "INSERT INTO platform.credential_rotations (id, organization_id, project_id, database_id, username, requested_by) "
    "VALUES ($1, $2, $3, $4, $5, $6)"
};
constexpr pg::Query kTrouble{
    "rotation_trouble",
    "UPDATE platform.credential_rotations AS r SET attempts = r.attempts + 1, error = left($2, 2000) WHERE r.id = $1"
};
constexpr pg::Query kPromote{
    "promote_secret",
    "UPDATE platform.databases AS d SET connection_string_encrypted = $2, data_key_id = $3, credential_version = $4 "
    "WHERE d.id = $1 AND d.credential_version = $5"
};
constexpr pg::Query kTryLock{
    "try_rotation_lock", "SELECT pg_try_advisory_lock(hashtextextended('rotation ' || $1, 0))"
};

Rotation read_rotation(const pg::Rows& rows, int row) {
    const auto text = [&](int column) { return std::string{rows.text(row, column)}; };
    return {
        .id = text(0),
        .database_id = text(1),
        .state = text(2),
        .username = text(3),
        .attempts = static_cast<int>(rows.integer(row, 4)),
        .error = text(5),
        .created_at = text(6),
        .updated_at = text(7),
        .finished_at = text(8),
    };
}

Error not_by_us(std::string message, std::string hint) {
    return {.code = ErrorCode::invalid_argument, .message = std::move(message), .hint = std::move(hint)};
}

// Whether drydock can change this database's password at all.
Result<> check_can_rotate(const Database& row) {
    if (row.type == "mongodb") {
        return not_by_us(
            "MongoDB takes a new password only in clear, so drydock does not change it",
            "Change it there, and then store the new one here."
        );
    }
    if (row.secret_state == "encrypted") return {};
    if (row.secret_state == "sealed") {
        return not_by_us("the secret waits to be sealed anew", "Try again in a moment.");
    }
    return not_by_us(
        "the database has no secret of its own here that could be replaced",
        row.secret_state == "none" ? "Store one first." : "Change the password where the credential comes from."
    );
}

// One rotation, driven from wherever it is. Two servers can't be at the same one: its lock is a session's.
class Driver {
public:
    Driver(Registry& registry, Actor actor, std::string id, const Limits& limits, const Edge& edge)
        : registry_(registry), actor_(std::move(actor)), id_(std::move(id)), limits_(limits), edge_(edge) {}

    // Until it is ended. An Error: it stays where it is.
    Result<Rotation> run();

private:
    struct Secrets {
        Secret old{};
        Secret fresh{};
        Database row{};
    };
    Result<bool> lock();
    Result<Rotation> read();
    Result<Secrets> secrets(Transaction& transaction);
    Result<Secrets> secrets();
    Result<std::shared_ptr<targets::Target>> reach(const Secrets& secrets, const Secret& with) const;
    Result<std::string> stored_form(const Database& row, const Secret& connection_string) const;

    Result<> step(std::string_view state);
    Result<> store();
    Result<> apply();
    Result<> verify();
    Result<> promote();
    Result<> revoke();
    Result<> advance(std::string_view from, std::string_view to, std::string_view error = {});
    Result<> advance_in(
        Transaction& transaction,
        const Database& row,
        std::string_view from,
        std::string_view to,
        std::string_view error = {}
    );

    void at(std::string_view name) const {
        if (edge_) edge_(name);
    }

    Registry& registry_;
    const Actor actor_;
    const std::string id_;
    const Limits& limits_;
    const Edge& edge_;
    std::optional<pg::Connection> lock_;
};

crypto::Place place_of(const Database& row, std::string_view rotation, std::string_view column, std::int64_t version) {
    return {
        .table = "platform.credential_rotations",
        .column = std::string{column},
        .organization = row.organization_id,
        .project = row.project_id,
        .row = std::string{rotation},
        .version = version,
    };
}

Result<bool> Driver::lock() {
    DRYDOCK_TRY(auto connection, registry_.store().connect(limits_));
    const std::array<pg::Param, 1> params{id_};
    DRYDOCK_TRY(const auto row, connection.query(kTryLock, params, limits_));
    if (!row.boolean(0, 0)) return false;
    lock_ = std::move(connection);
    return true;
}

Result<Rotation> Driver::read() {
    DRYDOCK_TRY(const auto rows, registry_.store().read(actor_, queries::find_rotation, {id_}, limits_));
    if (rows.size() == 0) return Error{.code = ErrorCode::not_found, .message = "there is no such rotation"};
    return read_rotation(rows, 0);
}

Result<Driver::Secrets> Driver::secrets(Transaction& transaction) {
    DRYDOCK_TRY(const auto found, transaction.one(queries::find_rotation, {id_}, "there is no such rotation"));
    Secrets result;
    DRYDOCK_TRY(result.row, find_in(transaction, found.text(0, 1)));
    const auto version = found.integer(0, 11);
    auto& sealed = registry_.secrets();
    DRYDOCK_TRY(
        result.fresh, sealed.open_at(transaction, found.text(0, 9), place_of(result.row, id_, "new_secret", version))
    );
    DRYDOCK_TRY(
        result.old, sealed.open_at(transaction, found.text(0, 10), place_of(result.row, id_, "old_secret", version))
    );
    return result;
}

Result<Driver::Secrets> Driver::secrets() {
    return registry_.store().run(actor_, limits_, [&](Transaction& transaction) { return secrets(transaction); });
}

// Whoever asked drydock is neither unknown nor wrong here: it is the database's host that is not found, and its login
// that is turned away.
Error of_target(Error error) {
    const bool of_us = error.code == ErrorCode::not_found || error.code == ErrorCode::unauthenticated ||
                       error.code == ErrorCode::permission_denied;
    if (of_us) {
        error.code = ErrorCode::failed;
        error.sqlstate.clear();
    }
    return error;
}

Result<std::shared_ptr<targets::Target>> Driver::reach(const Secrets& secrets, const Secret& with) const {
    DRYDOCK_TRY(auto address, address_of(secrets.row, with));
    DRYDOCK_TRY_VOID(check_place(address, with));
    return registry_.reach(std::move(address));
}

Result<std::string> Driver::stored_form(const Database& row, const Secret& connection_string) const {
    DRYDOCK_TRY(const auto address, address_of(row, connection_string));
    if (address.type == targets::Type::redis) return sha256_hex(address.password.reveal());
    return crypto::scram_verifier(address.password.reveal());
}

Result<> Driver::advance_in(
    Transaction& transaction, const Database& row, std::string_view from, std::string_view to, std::string_view error
) {
    const auto message = error.empty() ? pg::Param{} : pg::Param{error};
    DRYDOCK_TRY(const auto changed, transaction.query(queries::advance_rotation, {id_, from, to, message}));
    if (changed.affected() == 0) {
        return Error{.code = ErrorCode::conflict, .message = "somebody else is at this rotation"};
    }
    json::object details{{"rotation", id_}, {"from", from}};
    if (!error.empty()) details["error"] = error;
    return note(
        transaction,
        fmt::format("rotation_{}", to),
        row,
        details,
        to == "failed" ? audit::Outcome::failed : audit::Outcome::success
    );
}

Result<> Driver::advance(std::string_view from, std::string_view to, std::string_view error) {
    return registry_.store().run(actor_, limits_, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY(const auto found, transaction.one(queries::find_rotation, {id_}, "there is no such rotation"));
        DRYDOCK_TRY(const auto row, find_in(transaction, found.text(0, 1)));
        return advance_in(transaction, row, from, to, error);
    });
}

Result<> Driver::store() {
    DRYDOCK_TRY(const auto rotation, read());
    DRYDOCK_TRY(const auto row, registry_.find(actor_, rotation.database_id, limits_));
    DRYDOCK_TRY_VOID(registry_.keys().ensure(actor_.organization_id, row.project_id, kConnectionStrings, limits_));
    const auto password = crypto::generate_password();
    return registry_.store().run(actor_, limits_, [&](Transaction& transaction) -> Result<> {
        auto& sealing = registry_.secrets();
        DRYDOCK_TRY(const auto fresh_row, find_in(transaction, rotation.database_id));
        DRYDOCK_TRY(const auto old, sealing.open(transaction, fresh_row));
        DRYDOCK_TRY(auto address, address_of(fresh_row, old));
        address.password = password;
        const auto fresh = address.url();
        DRYDOCK_TRY(
            const auto sealed_new,
            sealing.seal_at(transaction, kConnectionStrings, place_of(fresh_row, id_, "new_secret", 1), fresh)
        );
        DRYDOCK_TRY(
            const auto sealed_old,
            sealing.seal_at(transaction, kConnectionStrings, place_of(fresh_row, id_, "old_secret", 1), old)
        );
        DRYDOCK_TRY(
            const auto stored,
            transaction.query(queries::store_rotation, {id_, sealed_new.text, sealed_old.text, sealed_new.data_key_id})
        );
        if (stored.affected() == 0) {
            return Error{.code = ErrorCode::conflict, .message = "somebody else is at this rotation"};
        }
        return note(transaction, "rotation_stored", fresh_row, {{"rotation", id_}});
    });
}

// The database may have taken the new one already, before a crash: so that is tried first.
Result<> Driver::apply() {
    DRYDOCK_TRY(const auto secret, secrets());
    DRYDOCK_TRY(const auto with_new, reach(secret, secret.fresh));
    const auto taken = with_new->health(limits_);
    if (taken) return advance("stored", "applied");
    if (taken.error().code != ErrorCode::unauthenticated) return of_target(taken.error());
    DRYDOCK_TRY(const auto form, stored_form(secret.row, secret.fresh));
    DRYDOCK_TRY(const auto with_old, reach(secret, secret.old));
    if (auto known = with_old->health(limits_); !known) return of_target(std::move(known).error());
    if (!lock_->still_open()) {
        return Error{.code = ErrorCode::unavailable, .message = "another server may be at this rotation by now"};
    }
    at("before the database");
    auto sent = with_old->add_password(form, limits_);
    at("after the database");
    if (sent) return advance("stored", "applied");
    // It answered, and with no: nothing was changed there.
    const bool refused = sent.error().code == ErrorCode::permission_denied || sent.error().code == ErrorCode::failed ||
                         sent.error().code == ErrorCode::invalid_argument;
    if (refused && !with_new->health(limits_)) {
        DRYDOCK_TRY_VOID(advance("stored", "failed", sent.error().message));
    }
    return of_target(std::move(sent).error());
}

Result<> Driver::verify() {
    DRYDOCK_TRY(const auto secret, secrets());
    DRYDOCK_TRY(const auto target, reach(secret, secret.fresh));
    if (auto known = target->health(limits_); !known) return of_target(std::move(known).error());
    return advance("applied", "verified");
}

Result<> Driver::promote() {
    std::string database;
    auto promoted = registry_.store().run(actor_, limits_, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY(const auto secret, secrets(transaction));
        auto row = secret.row;
        database = row.id;
        const auto before = std::to_string(row.credential_version);
        DRYDOCK_TRY(const auto present, registry_.secrets().open(transaction, row));
        if (!crypto::equal_in_constant_time(present.reveal(), secret.old.reveal())) {
            return Error{
                .code = ErrorCode::conflict,
                .message = "the secret of this database was changed by SQL while its password was being rotated",
                .hint = "The new password is kept in the rotation. Store the right one.",
            };
        }
        ++row.credential_version;
        DRYDOCK_TRY(const auto sealed, registry_.secrets().seal(transaction, row, secret.fresh));
        const auto version = std::to_string(row.credential_version);
        DRYDOCK_TRY(
            const auto changed, transaction.query(kPromote, {row.id, sealed.text, sealed.data_key_id, version, before})
        );
        if (changed.affected() == 0) {
            return Error{.code = ErrorCode::conflict, .message = "the database was changed meanwhile"};
        }
        DRYDOCK_TRY_VOID(advance_in(transaction, row, "verified", "promoted"));
        return tell(transaction, "secret_rotated", row);
    });
    // What has signed in with the old password is not kept open.
    if (promoted) registry_.fleet().forget(database);
    return promoted;
}

Result<> Driver::revoke() {
    DRYDOCK_TRY(const auto secret, secrets());
    DRYDOCK_TRY(const auto target, reach(secret, secret.fresh));
    // PostgreSQL has no old one beside the new one any more; and it may have been one that no verifier is made of here.
    std::string form;
    if (secret.row.type == "redis") {
        DRYDOCK_TRY(form, stored_form(secret.row, secret.old));
    }
    if (auto dropped = target->drop_password(form, limits_); !dropped) {
        // It may be gone already, before a crash.
        DRYDOCK_TRY(const auto with_old, reach(secret, secret.old));
        const auto still = with_old->health(limits_);
        if (still || still.error().code != ErrorCode::unauthenticated) {
            return of_target(std::move(dropped).error());
        }
    }
    at("old one dropped");
    return advance("promoted", "revoked");
}

Result<> Driver::step(std::string_view state) {
    if (state == "planned") return store();
    if (state == "stored") return apply();
    if (state == "applied") return verify();
    if (state == "verified") return promote();
    return revoke();
}

Result<Rotation> Driver::run() {
    DRYDOCK_TRY(const bool ours, lock());
    if (!ours) return Error{.code = ErrorCode::locked, .message = "another server is at this rotation"};
    for (;;) {
        DRYDOCK_TRY(auto rotation, read());
        if (!rotation.finished_at.empty()) return rotation;
        at(rotation.state);
        auto done = step(rotation.state);
        if (done) continue;
        const auto& message = done.error().message;
        auto noted = registry_.store().run(actor_, limits_, [&](Transaction& transaction) {
            return transaction.query(kTrouble, {id_, message});
        });
        if (!noted) return std::move(noted).error();
        return explain(std::move(done).error());
    }
}

}  // namespace

Result<> no_rotation(Transaction& transaction, std::string_view database) {
    DRYDOCK_TRY_VOID(transaction.query(kHold, {database}));
    DRYDOCK_TRY(const auto open, transaction.query(kOpen, {database}));
    if (open.size() == 0) return {};
    return Error{
        .code = ErrorCode::conflict,
        .message = "the password of this database is being rotated",
        .hint = "Wait until that has ended.",
    };
}

Result<Rotation> rotate_credential(
    Registry& registry, const Actor& actor, std::string_view database, const Limits& limits, const Edge& edge
) {
    DRYDOCK_TRY(const auto key, canonical_id(database, "database"));
    const auto id = random_uuid();
    auto planned = run(registry.store(), actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY(const auto row, find_in(transaction, key));
        DRYDOCK_TRY_VOID(require(transaction, "credentials:write"));
        DRYDOCK_TRY_VOID(check_can_rotate(row));
        DRYDOCK_TRY_VOID(no_rotation(transaction, key));
        DRYDOCK_TRY(const auto address, registry.secrets().address(transaction, row));
        DRYDOCK_TRY_VOID(transaction.query(
            kInsert, {id, row.organization_id, row.project_id, row.id, address.user, given(actor.user_id)}
        ));
        return note(transaction, "rotation_planned", row, {{"rotation", id}, {"username", address.user}});
    });
    if (!planned) return std::move(planned).error();
    return Driver{registry, actor, id, limits, edge}.run();
}

Result<Resumed> resume_rotations(Registry& registry, const Limits& limits, const Edge& edge) {
    Resumed result;
    DRYDOCK_TRY(const auto organizations, registry.store().organizations(limits));
    for (const auto& organization : organizations) {
        const auto actor = Actor::system(organization);
        DRYDOCK_TRY(const auto rows, registry.store().read(actor, kUnderWay, {}, limits));
        for (int row = 0; row < rows.size(); ++row) {
            const auto done = Driver{registry, actor, std::string{rows.text(row, 0)}, limits, edge}.run();
            ++(done ? result.finished : result.open);
        }
    }
    return result;
}

Result<std::vector<Rotation>> rotations_of(
    Registry& registry, const Actor& actor, std::string_view database, const Limits& limits
) {
    DRYDOCK_TRY(const auto key, canonical_id(database, "database"));
    DRYDOCK_TRY(const auto rows, registry.store().read(actor, queries::rotations_of, {key}, limits));
    std::vector<Rotation> result;
    for (int row = 0; row < rows.size(); ++row) result.push_back(read_rotation(rows, row));
    return result;
}

}  // namespace drydock::registry
