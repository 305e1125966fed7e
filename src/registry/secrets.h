#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "registry/data_keys.h"
#include "registry/database.h"
#include "registry/environment.h"
#include "targets/address.h"

namespace drydock::registry {

// A sealed value and the key that opens it, as two columns keep them.
struct Sealed {
    std::string text{};
    std::string data_key_id{};
};

// Seals and opens what rows hold. A value opens in its own row, at its own version, and nowhere else.
class Secrets {
public:
    Secrets(DataKeys& keys, Environment environment) : keys_(keys), environment_(std::move(environment)) {}

    // For platform.databases.connection_string_encrypted. `row`: id, organization, project and version count.
    Result<Sealed> seal(control::Transaction& transaction, const Database& row, const Secret& plain);
    // Where it is and how it is signed in to, from wherever the row says: its own secret (sealed by drydock or by SQL),
    // a credential, or the environment.
    Result<targets::Address> address(control::Transaction& transaction, const Database& row);
    // The same for a row that is not stored yet: whether its credential may go there is the caller's to ask.
    Result<targets::Address> credential_address(control::Transaction& transaction, const Database& row);
    // The password in a credential, to compare with one that is given once more; empty where it is the environment's.
    Result<Secret> credential_password(control::Transaction& transaction, std::string_view id);
    // What lets a row's credential be sent where the row says; and whether that was sealed.
    Result<Sealed> seal_place(control::Transaction& transaction, const Database& row);
    Result<> open_place(control::Transaction& transaction, const Database& row, std::string_view sealed);
    // Its own secret as it was put in, or its credential's: what `reveal` shows. not_found when there is none.
    Result<Secret> open(control::Transaction& transaction, const Database& row);

    // For another row than a database's: `place` says which.
    Result<Sealed> seal_at(
        control::Transaction& transaction, std::string_view purpose, const crypto::Place& place, const Secret& plain
    );
    Result<Secret> open_at(control::Transaction& transaction, std::string_view sealed, const crypto::Place& place);

    // Adds a credential of the project that stands for a variable of the environment, or finds it; its id.
    Result<std::string> environment_credential(
        control::Transaction& transaction, std::string_view project, std::string_view name
    );

    const Environment& environment() const { return environment_; }
    DataKeys& keys() { return keys_; }

    static crypto::Place place_of(const Database& row, std::string_view column = "connection_string_encrypted");

private:
    struct Credential {
        std::string source{};
        std::string environment_name{};
        Secret secret{};
    };
    Result<Credential> credential(control::Transaction& transaction, const Database& row);

    DataKeys& keys_;
    Environment environment_;
};

}  // namespace drydock::registry
