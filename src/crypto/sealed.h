#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/key_bytes.h"
#include "crypto/keyring.h"

// Sealed values: docs/formats/sealed.md gives every byte.
namespace drydock::crypto {

// A key that seals values: the 32 bytes, and the id by which sealed values name it (platform.data_keys.id).
// Safe to use from many threads.
class DataKey {
public:
    static DataKey generate(std::string_view id);  // a UUID, as random_uuid() makes
    DataKey(std::string id, KeyBytes key) : id_(std::move(id)), key_(std::move(key)) {}

    // For what belongs to no project (second factors of people, the server's own keys): made from a master key, stored
    // nowhere, named by that key and the purpose.
    static Result<DataKey> derived(const Keyring& ring, std::string_view master_key_id, std::string_view purpose);

    const std::string& id() const { return id_; }
    // Named so that each place that opens a key can be found.
    std::string_view reveal() const { return key_.reveal(); }

private:
    std::string id_;
    KeyBytes key_;
};

// What a wrapped data key is bound to: the row of platform.data_keys it stands in.
struct DataKeyPlace {
    std::string project{};  // a UUID
    std::string purpose{};
    std::int64_t version = 1;
};

// The columns master_key_id, wrap_nonce (24 bytes) and wrapped_key (48 bytes).
struct WrappedKey {
    std::string master_key_id{};
    std::string nonce{};
    std::string wrapped{};
};

// Under the ring's current master key.
Result<WrappedKey> wrap(const Keyring& ring, const DataKey& key, const DataKeyPlace& place);
// Under whichever master key it names. Error: not_found when that one is not loaded, conflict when it does not open.
Result<DataKey> unwrap(const Keyring& ring, const WrappedKey& wrapped, std::string_view id, const DataKeyPlace& place);

// Where a sealed value stands. It opens there and nowhere else.
struct Place {
    std::string table{};         // "platform.databases"
    std::string column{};        // "connection_string_encrypted"
    std::string organization{};  // a UUID, or empty where the row belongs to none
    std::string project{};       // a UUID, or empty where the row belongs to none
    std::string row{};           // its id, as PostgreSQL writes it
    std::int64_t version = 1;    // credential_version, version
};

// The text form, "ddk1.<base64url>".
Result<std::string> seal(const DataKey& key, std::string_view plain, const Place& place);
// Errors: invalid_argument when it is not of this form or of an unknown algorithm, not_found when it is sealed with a
// data key of another id, conflict when the key of that id has other bytes, or when the value was made for another
// place or altered (which of these, nobody can tell: that is the point of it).
Result<Secret> open(const DataKey& key, std::string_view sealed, const Place& place);
// Which data key opens it, without opening it.
Result<std::string> sealing_key_id(std::string_view sealed);

// The same in columns, as platform.credentials keeps it.
struct SealedColumns {
    int version = 1;            // seal_version
    int algorithm = 1;          // seal_algorithm
    std::string data_key_id{};  // data_key_id
    std::string nonce{};        // 24 bytes
    std::string ciphertext{};   // 64 bytes or more in steps of 64, and 16
};
Result<SealedColumns> seal_columns(const DataKey& key, std::string_view plain, const Place& place);
Result<Secret> open_columns(const DataKey& key, const SealedColumns& sealed, const Place& place);

}  // namespace drydock::crypto
