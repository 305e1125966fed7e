#include <boost/json.hpp>

#include "registry/address_of.h"
#include "registry/credential_rotation.h"
#include "registry/draft.h"
#include "registry/notes.h"
#include "registry/queries.h"
#include "registry/registry.h"

namespace drydock::registry {

namespace json = boost::json;
using control::Actor;
using control::Transaction;

namespace {

void forget_place(Database& row) {
    row.host.clear();
    row.port.reset();
    row.database.clear();
    row.username.clear();
    row.ssl_enabled = true;
    auto config = json::parse(row.config).as_object();
    for (const auto* const name : {"hosts", "tls", "options"}) config.erase(name);
    row.config = json::serialize(config);
}

struct Change {
    Database row{};
    bool secret = false;
    Sealed sealed{};
    std::string credential_id{};
    Sealed place{};  // of the credential
};

Result<> store_change(Transaction& transaction, const Change& change) {
    const auto& row = change.row;
    const auto port = number_of(row.port);
    const auto version = std::to_string(row.credential_version);
    DRYDOCK_TRY(
        const auto changed,
        transaction.query(
            queries::change_database,
            {row.id,
             row.name,
             row.type,
             given(row.host),
             given(port),
             given(row.database),
             given(row.username),
             version,
             given(change.sealed.text),
             given(change.sealed.data_key_id),
             given(change.credential_id),
             row.ssl_enabled ? "true" : "false",
             change.secret ? "true" : "false",
             row.config,
             row.metadata,
             row.status,
             given(change.place.text),
             given(change.place.data_key_id)}
        )
    );
    if (changed.affected() > 0) return {};
    return Error{.code = ErrorCode::permission_denied, .message = "you may not change databases here"};
}

}  // namespace

Result<Database> Registry::change(const Actor& actor, const ChangeRequest& request, const Limits& limits) {
    DRYDOCK_TRY(const auto key, canonical_id(request.id, "database"));
    DRYDOCK_TRY(const auto known, find(actor, key, limits));
    const bool seals = request.secret.credential_id.empty() &&
                       (!request.secret.connection_string.empty() || !request.secret.password.empty());
    if (request.secret.given()) {
        DRYDOCK_TRY_VOID(keys_.ensure(actor.organization_id, known.project_id, kConnectionStrings, limits));
    }
    DRYDOCK_TRY_VOID(count_guess(actor, request.secret, "databases:write", limits));
    auto changed = run(store_, actor, limits, [&](Transaction& transaction) -> Result<Database> {
        DRYDOCK_TRY_VOID(require(transaction, "databases:write"));
        DRYDOCK_TRY(const auto before, find_in(transaction, key));
        if (!request.if_updated_at.empty() && request.if_updated_at != before.updated_at) {
            return Error{
                .code = ErrorCode::conflict,
                .message = "the database was changed by somebody else meanwhile",
                .hint = "Read it again, and repeat the change.",
            };
        }
        if (request.secret.given() || request.forget_secret) DRYDOCK_TRY_VOID(no_rotation(transaction, key));
        // To forget what is not there is no change of it.
        const bool forgets = request.forget_secret && before.secret_state != "none";
        Change change{.row = before, .secret = request.secret.given() || forgets};
        auto& row = change.row;
        // A new address brings its place along; what the request says besides wins over it.
        if (!request.secret.connection_string.empty() || !request.secret.environment.empty()) forget_place(row);
        DRYDOCK_TRY_VOID(put_fields(row, request.fields));
        if (change.secret) ++row.credential_version;
        if (seals) {
            const auto& plain =
                request.secret.connection_string.empty() ? request.secret.password : request.secret.connection_string;
            DRYDOCK_TRY(const auto address, address_of(row, plain));
            DRYDOCK_TRY_VOID(put_address(row, address));
            const auto text = text_for(address, plain);
            DRYDOCK_TRY(change.sealed, secrets_.seal(transaction, row, text));
        } else if (request.secret.given()) {
            Draft draft{.row = row, .environment = request.secret.environment};
            draft.row.secret_state = "credential";
            draft.row.credential_id.clear();
            if (!request.secret.credential_id.empty()) {
                DRYDOCK_TRY(draft.row.credential_id, canonical_id(request.secret.credential_id, "credential"));
                draft.again = request.secret.password;
            }
            DRYDOCK_TRY_VOID(resolve(transaction, draft));
            row = std::move(draft.row);
            if (!draft.environment.empty()) {
                DRYDOCK_TRY(
                    row.credential_id, secrets_.environment_credential(transaction, row.project_id, draft.environment)
                );
            }
            change.credential_id = row.credential_id;
            DRYDOCK_TRY(change.place, secrets_.seal_place(transaction, row));
        } else {
            // Only for its rules: who signs in may stand in the secret.
            auto judged = row;
            if (judged.username.empty()) judged.username = "-";
            DRYDOCK_TRY_VOID(address_of(judged, {}));
        }
        DRYDOCK_TRY_VOID(refuse_secrets(transaction, row));
        DRYDOCK_TRY_VOID(store_change(transaction, change));
        DRYDOCK_TRY(const auto after, find_in(transaction, key));
        DRYDOCK_TRY_VOID(note(transaction, "changed", after, changes_between(before, after)));
        DRYDOCK_TRY_VOID(tell(transaction, "changed", after));
        return after;
    });
    // Connections to where it was are not kept open until somebody asks for it again.
    if (changed) fleet_.forget(key);
    return changed;
}

}  // namespace drydock::registry
