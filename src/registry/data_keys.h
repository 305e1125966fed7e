#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "control/store.h"
#include "crypto/sealed.h"

namespace drydock::registry {

inline constexpr std::string_view kConnectionStrings = "connection_strings";
inline constexpr std::string_view kCredentials = "credentials";

// The projects' data keys: made on first use, unwrapped once and kept for some minutes. Safe from any thread.
class DataKeys {
public:
    using Key = std::shared_ptr<const crypto::DataKey>;

    DataKeys(control::Store& store, std::shared_ptr<const crypto::Keyring> ring);

    // Sees to it that the project has a key for this purpose. Before a transaction, not in it: it has one of its own,
    // in the name of drydock itself, as who registers a database need not be allowed to make keys.
    Result<> ensure(
        std::string_view organization, std::string_view project, std::string_view purpose, const Limits& limits
    );
    // The key to seal with in this transaction.
    Result<Key> active(control::Transaction& transaction, std::string_view project, std::string_view purpose);
    // The key of that id, whether it is active or was.
    Result<Key> find(control::Transaction& transaction, std::string_view id);

    // A new version, active, where there is no active one; with its line in the audit trail. Holds the lock alone:
    // queries::lock_data_keys comes before.
    Result<> create(
        control::Transaction& transaction, std::string_view project, std::string_view purpose, std::string_view action
    );

    void forget(std::string_view id);

    control::Store& store() const { return store_; }
    const crypto::Keyring& ring() const { return *ring_; }

private:
    struct Kept {
        Key key;
        Limits::Clock::time_point until;
    };
    Key kept(std::string_view id);
    Result<Key> unwrap(const pg::Rows& row);

    control::Store& store_;
    std::shared_ptr<const crypto::Keyring> ring_;
    std::mutex mutex_;
    std::map<std::string, Kept, std::less<>> keys_;
};

// Notes the loaded master keys in the control plane, or refuses to go on: when the key of a name is another one than
// was noted under it, and when one is missing that something is wrapped by. At start.
Result<> check_master_keys(control::Store& store, const crypto::Keyring& ring, const Limits& limits);
// The part of it that changes nothing; of rows of id and check value in hexadecimal digits.
Result<> check_known_master_keys(const pg::Rows& known, const crypto::Keyring& ring);

}  // namespace drydock::registry
