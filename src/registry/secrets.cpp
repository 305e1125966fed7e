#include "registry/secrets.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "crypto/bytes.h"
#include "registry/address_of.h"
#include "registry/place.h"
#include "registry/queries.h"
#include "registry/sealing_key.h"

namespace drydock::registry {
namespace {

using control::Transaction;

constexpr pg::Query kSecretOf{
    "secret_of",
    "SELECT d.connection_string_encrypted, d.credential_version FROM platform.databases AS d WHERE d.id = $1"
};
constexpr pg::Query kPlaceOf{
    "place_of",
    "SELECT c.source, d.place_sealed FROM platform.databases AS d JOIN platform.credentials AS c ON c.id = "
    "d.credential_id "
    "WHERE d.id = $1"
};
constexpr pg::Query kCredential{
    "credential",
    "SELECT c.source, c.environment_name, c.kind, c.seal_version, c.seal_algorithm, c.data_key_id, encode(c.nonce, "
    "'hex'), "
    "encode(c.ciphertext, 'hex'), c.id, c.organization_id, c.project_id, c.version "
    "FROM platform.credentials AS c WHERE c.id = $1"
};

Error none() {
    return {
        .code = ErrorCode::not_found,
        .message = "no secret is stored for this database",
        .hint = "Give it one: a connection string, a password, or a credential.",
    };
}

Error past_drydock() {
    return {
        .code = ErrorCode::conflict,
        .message = "the credential of this database was given to it past drydock",
        .hint = "Give it again through drydock, with its password.",
    };
}

}  // namespace

crypto::Place Secrets::place_of(const Database& row, std::string_view column) {
    return {
        .table = "platform.databases",
        .column = std::string{column},
        .organization = row.organization_id,
        .project = row.project_id,
        .row = row.id,
        .version = row.credential_version,
    };
}

Result<Sealed> Secrets::seal_at(
    Transaction& transaction, std::string_view purpose, const crypto::Place& place, const Secret& plain
) {
    DRYDOCK_TRY(const auto key, keys_.active(transaction, place.project, purpose));
    DRYDOCK_TRY(auto text, crypto::seal(*key, plain.reveal(), place));
    return Sealed{.text = std::move(text), .data_key_id = key->id()};
}

Result<Secret> Secrets::open_at(Transaction& transaction, std::string_view sealed, const crypto::Place& place) {
    DRYDOCK_TRY(const auto id, crypto::sealing_key_id(sealed));
    DRYDOCK_TRY(const auto key, keys_.find(transaction, id));
    return crypto::open(*key, sealed, place);
}

Result<Sealed> Secrets::seal(Transaction& transaction, const Database& row, const Secret& plain) {
    return seal_at(transaction, kConnectionStrings, place_of(row), plain);
}

Result<Secrets::Credential> Secrets::credential(Transaction& transaction, const Database& row) {
    DRYDOCK_TRY(const auto found, transaction.one(kCredential, {row.credential_id}, "the credential is gone"));
    Credential credential{.source = std::string{found.text(0, 0)}, .environment_name = std::string{found.text(0, 1)}};
    if (credential.source != "sealed") return credential;
    const crypto::SealedColumns columns{
        .version = static_cast<int>(found.integer(0, 3)),
        .algorithm = static_cast<int>(found.integer(0, 4)),
        .data_key_id = std::string{found.text(0, 5)},
        .nonce = from_hex(found.text(0, 6)).value_or(""),
        .ciphertext = from_hex(found.text(0, 7)).value_or(""),
    };
    const crypto::Place place{
        .table = "platform.credentials",
        .column = "ciphertext",
        .organization = std::string{found.text(0, 9)},
        .project = std::string{found.text(0, 10)},
        .row = std::string{found.text(0, 8)},
        .version = found.integer(0, 11),
    };
    DRYDOCK_TRY(const auto key, keys_.find(transaction, columns.data_key_id));
    DRYDOCK_TRY(credential.secret, crypto::open_columns(*key, columns, place));
    return credential;
}

Result<Secret> Secrets::open(Transaction& transaction, const Database& row) {
    if (row.secret_state == "credential") {
        DRYDOCK_TRY(auto found, credential(transaction, row));
        if (found.source == "sealed") return std::move(found.secret);
        return Error{
            .code = ErrorCode::permission_denied,
            .message = fmt::format("the secret stands in the server's environment ({})", found.environment_name),
            .hint = "It is the operator's, and drydock does not show it.",
        };
    }
    DRYDOCK_TRY(const auto rows, transaction.one(kSecretOf, {row.id}, "there is no such database"));
    if (rows.is_null(0, 0)) return none();
    const auto text = rows.text(0, 0);
    if (text.starts_with("pgp:")) return open_sealed_by_sql(transaction, keys_.ring(), row, text);
    auto place = place_of(row);
    place.version = rows.integer(0, 1);
    return open_at(transaction, text, place);
}

Result<targets::Address> Secrets::address(Transaction& transaction, const Database& row) {
    if (row.secret_state == "none") return address_of(row, {});
    if (row.secret_state != "credential") {
        DRYDOCK_TRY(const auto secret, open(transaction, row));
        DRYDOCK_TRY(auto address, address_of(row, secret));
        // What SQL has just sealed is judged by its columns alone, which the same statement wrote.
        if (row.secret_state == "encrypted") DRYDOCK_TRY_VOID(check_place(address, secret));
        return address;
    }
    // One of the environment goes where the environment says, one of drydock's where it was once let go.
    DRYDOCK_TRY(const auto rows, transaction.one(kPlaceOf, {row.id}, "the credential is gone"));
    if (rows.text(0, 0) == "sealed") {
        if (rows.is_null(0, 1)) return past_drydock();
        DRYDOCK_TRY_VOID(open_place(transaction, row, rows.text(0, 1)));
    }
    return credential_address(transaction, row);
}

Result<Sealed> Secrets::seal_place(Transaction& transaction, const Database& row) {
    DRYDOCK_TRY(const auto place, credential_place(row));
    return seal_at(transaction, kConnectionStrings, place_of(row, "place_sealed"), place);
}

Result<> Secrets::open_place(Transaction& transaction, const Database& row, std::string_view sealed) {
    DRYDOCK_TRY(const auto place, open_at(transaction, sealed, place_of(row, "place_sealed")));
    return check_credential_place(row, place);
}

Result<targets::Address> Secrets::credential_address(Transaction& transaction, const Database& row) {
    DRYDOCK_TRY(const auto found, credential(transaction, row));
    if (found.source == "sealed") return address_of(row, found.secret);
    // Its place is the environment's too, whatever the row says.
    DRYDOCK_TRY(
        auto address, address_from_environment(environment_, found.environment_name, targets::type_named(row.type))
    );
    if (!row.database.empty()) address.database = row.database;
    return address;
}

Result<Secret> Secrets::credential_password(Transaction& transaction, std::string_view id) {
    DRYDOCK_TRY(auto found, credential(transaction, {.credential_id = std::string{id}}));
    if (found.secret.reveal().find("://") == std::string::npos) return std::move(found.secret);
    DRYDOCK_TRY(auto address, targets::Address::parse(found.secret.reveal()));
    return std::move(address.password);
}

Result<std::string> Secrets::environment_credential(
    Transaction& transaction, std::string_view project, std::string_view name
) {
    DRYDOCK_TRY_VOID(check_environment_name(name));
    const auto kind = name.ends_with('_') ? "password" : "connection_string";
    DRYDOCK_TRY(const auto row, transaction.query(queries::environment_credential, {project, name, kind}));
    if (row.size() == 0) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("the project has a credential of the name {} that is something else", name),
        };
    }
    return std::string{row.text(0, 0)};
}

}  // namespace drydock::registry
