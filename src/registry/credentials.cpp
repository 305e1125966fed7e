#include "registry/credentials.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/random.h"
#include "crypto/bytes.h"
#include "registry/notes.h"
#include "registry/queries.h"

namespace drydock::registry {
namespace {

namespace json = boost::json;
using control::Actor;
using control::Transaction;

constexpr std::string_view kMissing = "there is no such credential";
constexpr pg::Query kRemove{"remove_credential", "DELETE FROM platform.credentials AS c WHERE c.id = $1"};

Credential read_credential(const pg::Rows& rows, int row) {
    const auto text = [&](int column) { return std::string{rows.text(row, column)}; };
    return {
        .id = text(0),
        .project_id = text(1),
        .name = text(2),
        .kind = text(3),
        .source = text(4),
        .username = text(5),
        .environment_name = text(6),
        .version = rows.integer(row, 7),
        .databases = rows.integer(row, 8),
        .created_at = text(9),
        .rotated_at = text(10),
    };
}

Result<Credential> find_credential(Transaction& transaction, std::string_view id) {
    DRYDOCK_TRY(const auto rows, transaction.one(queries::list_credentials, {id, ""}, kMissing));
    return read_credential(rows, 0);
}

Result<> note_credential(Transaction& transaction, std::string_view kind, const Credential& credential) {
    return audit::append(
        transaction,
        {.action = fmt::format("credential.{}", kind),
         .object_type = "credential",
         .object_id = credential.id,
         .object_name = credential.name,
         .details = json::serialize(json::object{
             {"project_id", credential.project_id},
             {"kind", credential.kind},
             {"version", credential.version},
             {"databases", credential.databases},
         })}
    );
}

// Under the project's active key, for that row at that version.
Result<crypto::SealedColumns> seal(
    Registry& registry, Transaction& transaction, const Credential& credential, const Secret& secret
) {
    const crypto::Place place{
        .table = "platform.credentials",
        .column = "ciphertext",
        .organization = transaction.actor().organization_id,
        .project = credential.project_id,
        .row = credential.id,
        .version = credential.version,
    };
    DRYDOCK_TRY(const auto key, registry.keys().active(transaction, credential.project_id, kCredentials));
    return crypto::seal_columns(*key, secret.reveal(), place);
}

Result<> check_secret(const Secret& secret) {
    if (!secret.empty() && secret.reveal().size() <= 64UL * 1024) return {};
    return Error{.code = ErrorCode::invalid_argument, .message = "the secret is empty or longer than 64 KiB"};
}

}  // namespace

Result<Credential> add_credential(
    Registry& registry, const Actor& actor, const NewCredential& credential, const Limits& limits
) {
    DRYDOCK_TRY_VOID(check_secret(credential.secret));
    Credential made{.id = random_uuid(), .name = credential.name, .kind = credential.kind};
    DRYDOCK_TRY(made.project_id, canonical_id(credential.project_id, "project"));
    if (auto ready = registry.keys().ensure(actor.organization_id, made.project_id, kCredentials, limits); !ready) {
        return explain(std::move(ready).error());
    }
    return run(registry.store(), actor, limits, [&](Transaction& transaction) -> Result<Credential> {
        DRYDOCK_TRY_VOID(require(transaction, "credentials:write"));
        DRYDOCK_TRY(const auto sealed, seal(registry, transaction, made, credential.secret));
        const auto nonce = hex(sealed.nonce);
        const auto ciphertext = hex(sealed.ciphertext);
        DRYDOCK_TRY_VOID(transaction.query(
            queries::insert_credential,
            {made.id,
             actor.organization_id,
             made.project_id,
             made.name,
             made.kind,
             given(credential.username),
             sealed.data_key_id,
             nonce,
             ciphertext}
        ));
        DRYDOCK_TRY(auto stored, find_credential(transaction, made.id));
        DRYDOCK_TRY_VOID(note_credential(transaction, "created", stored));
        return stored;
    });
}

Result<std::vector<Credential>> list_credentials(
    Registry& registry, const Actor& actor, std::string_view project, const Limits& limits
) {
    std::string key;
    if (!project.empty()) {
        DRYDOCK_TRY(key, canonical_id(project, "project"));
    }
    DRYDOCK_TRY(const auto rows, registry.store().read(actor, queries::list_credentials, {"", key}, limits));
    std::vector<Credential> result;
    for (int row = 0; row < rows.size(); ++row) result.push_back(read_credential(rows, row));
    return result;
}

Result<Credential> replace_credential(
    Registry& registry, const Actor& actor, std::string_view id, const Secret& secret, const Limits& limits
) {
    DRYDOCK_TRY_VOID(check_secret(secret));
    DRYDOCK_TRY(const auto key, canonical_id(id, "credential"));
    return run(registry.store(), actor, limits, [&](Transaction& transaction) -> Result<Credential> {
        DRYDOCK_TRY(auto credential, find_credential(transaction, key));
        DRYDOCK_TRY_VOID(require(transaction, "credentials:write"));
        if (credential.source != "sealed") {
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = "this credential stands for a variable of the server's environment",
                .hint = "Change it there.",
            };
        }
        const auto before = std::to_string(credential.version);
        ++credential.version;
        DRYDOCK_TRY(const auto sealed, seal(registry, transaction, credential, secret));
        const auto nonce = hex(sealed.nonce);
        const auto ciphertext = hex(sealed.ciphertext);
        DRYDOCK_TRY(
            const auto changed,
            transaction.query(queries::replace_credential, {key, before, sealed.data_key_id, nonce, ciphertext})
        );
        if (changed.affected() == 0) {
            return Error{
                .code = ErrorCode::conflict, .message = "the credential was changed by somebody else meanwhile"
            };
        }
        DRYDOCK_TRY(auto stored, find_credential(transaction, key));
        DRYDOCK_TRY_VOID(note_credential(transaction, "replaced", stored));
        return stored;
    });
}

Result<> remove_credential(Registry& registry, const Actor& actor, std::string_view id, const Limits& limits) {
    DRYDOCK_TRY(const auto key, canonical_id(id, "credential"));
    return run(registry.store(), actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY(const auto credential, find_credential(transaction, key));
        DRYDOCK_TRY_VOID(require(transaction, "credentials:delete"));
        if (credential.databases > 0) {
            return Error{
                .code = ErrorCode::conflict,
                .message = fmt::format("{} databases sign in with this credential", credential.databases),
                .hint = "Give them another secret first.",
            };
        }
        DRYDOCK_TRY_VOID(transaction.query(kRemove, {key}));
        return note_credential(transaction, "removed", credential);
    });
}

}  // namespace drydock::registry
