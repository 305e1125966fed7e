#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "control/store.h"
#include "targets/fleet.h"
#include "targets/target.h"

namespace drydock::registry {

// A registered database as everybody in its organization may see it: no secret in it.
struct Database {
    std::string id{};
    std::string organization_id{};
    std::string project_id{};
    std::string name{};
    std::string type{};
    std::string host{};
    std::optional<int> port{};
    std::string database{};
    std::string username{};
    std::string connection_string{};  // masked
    std::string secret_state{};       // none, sealed, encrypted, credential
    std::string credential_id{};
    std::int64_t credential_version = 1;
    bool ssl_enabled = true;
    std::string config = "{}";    // JSON
    std::string metadata = "{}";  // JSON
    std::string status{};
    std::string health_check_status{};
    std::string last_health_check_at{};  // empty: never
    std::string health_check_error{};
    std::string created_at{};  // ISO 8601
    std::string updated_at{};  // of what people set; good for an ETag
};

// What people set. A part that is not given stays as it is, or is taken from the connection string.
struct Fields {
    std::optional<std::string> name{};
    std::optional<std::string> type{};
    std::optional<std::string> host{};
    std::optional<int> port{};
    std::optional<std::string> database{};
    std::optional<std::string> username{};
    std::optional<bool> ssl_enabled{};
    std::optional<std::string> config{};    // JSON object
    std::optional<std::string> metadata{};  // JSON object
    std::optional<std::string> status{};
};

// How it is signed in to: one of these, or none. A credential at a place where no database uses it yet takes its
// password as well, or the permission credentials:reveal: else it could be sent to whom one likes.
struct NewSecret {
    Secret connection_string{};  // an address with everything
    Secret password{};           // what goes with the fields
    std::string environment{};   // "PG_INSTANCE_1_" or "MONGO_INSTANCE_1_URI": variables of the server's environment
    std::string credential_id{};

    bool given() const {
        return !connection_string.empty() || !password.empty() || !environment.empty() || !credential_id.empty();
    }
};

struct RegisterRequest {
    std::string project_id{};
    Fields fields{};
    NewSecret secret{};
    bool test_first = false;  // not registered unless the test passes
    // In the same transaction, before the row: to check limits.
    std::function<Result<>(control::Transaction&)> before_insert{};
};

struct ChangeRequest {
    std::string id{};
    Fields fields{};
    NewSecret secret{};
    bool forget_secret = false;
    std::string if_updated_at{};  // conflict when the row says another time (If-Match); empty: whatever it says
};

struct Filter {
    std::string project_id{};
    std::string type{};
    std::string status{};
    std::string health{};
    std::string text{};    // in name, host or database
    std::string cursor{};  // of the page before
    int limit = 50;        // 1 to 200
};

struct Page {
    std::vector<Database> databases{};
    std::string next_cursor{};  // empty: that was all
};

enum class Action : std::uint8_t { registered, changed, unchanged };

struct Put {
    Action action = Action::unchanged;
    Database database{};
};

// What a database itself told when it was asked last.
struct DatabaseFacts {
    std::string server_version{};
    std::optional<std::int64_t> size_bytes{};  // nothing: its login may not see it
    std::string facts = "{}";                  // JSON, by name
    std::string taken_at{};                    // ISO 8601; empty: it never answered yet
    std::string tried_at{};
    std::string error{};  // why the last try gave nothing; empty: it did
};

// The connections that this server keeps to a database, and what it allows itself.
struct PoolState {
    targets::PoolLimits limits{};
    targets::FleetFigures figures{};
    bool in_use = false;  // some were asked for lately; else the figures are of nothing
};

struct Registered {
    Database database{};
    std::optional<targets::TestReport> test{};
};

}  // namespace drydock::registry
