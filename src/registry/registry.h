#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "control/store.h"
#include "crypto/keyring.h"
#include "net/dialler.h"
#include "registry/data_keys.h"
#include "registry/database.h"
#include "registry/environment.h"
#include "registry/secrets.h"
#include "targets/fleet.h"
#include "targets/target.h"

namespace drydock::registry {

// Wrong passwords are counted, so that a test or a registration is no way to guess one. None: nothing is counted.
struct Attempts {
    enum class Kind : std::uint8_t { credential, database, tester };
    // Counts one before it is made; false: it has to wait, and may not be made.
    std::function<Result<bool>(control::Transaction&, Kind kind, std::string_view what)> take{};
    // It was none after all.
    std::function<Result<>(control::Transaction&, Kind kind, std::string_view what)> settle{};
};

struct RegistryOptions {
    targets::TargetOptions targets{};  // its pool is that of the tier "standard"
    targets::FleetOptions fleet{};
    Environment environment = process_environment();
    // Told of each size that was measured, in the transaction that stores it, as drydock itself. None: nobody meters.
    std::function<Result<>(control::Transaction&, std::string_view id, std::int64_t bytes)> on_size{};
    // Which organization may use secrets of the server's environment, which are the operator's. None: each.
    std::function<bool(std::string_view organization)> may_use_environment{};
    Attempts attempts{};
};

// The databases of all organizations: entered, found, changed, tested, and opened for other modules. What an actor may
// see and change is decided by row-level security and by the permissions it goes by. Everything is in the audit trail.
// Safe from any thread.
class Registry {
public:
    Registry(
        control::Store& store,
        std::shared_ptr<const crypto::Keyring> ring,
        net::Dialler dialler,
        RegistryOptions options = {}
    );

    Result<Registered> add(const control::Actor& actor, const RegisterRequest& request, const Limits& limits);
    Result<Database> find(const control::Actor& actor, std::string_view id, const Limits& limits);
    Result<Page> list(const control::Actor& actor, const Filter& filter, const Limits& limits);
    Result<Database> change(const control::Actor& actor, const ChangeRequest& request, const Limits& limits);
    Result<> remove(const control::Actor& actor, std::string_view id, const Limits& limits);

    // Of one that is not registered, and of one that is: then the measured rights are stored.
    Result<targets::TestReport> test(const control::Actor& actor, const RegisterRequest& request, const Limits& limits);
    Result<targets::TestReport> test(const control::Actor& actor, std::string_view id, const Limits& limits);

    // A secret in clear, as a connection string. That the person has just proven who it is (step-up) is the caller's to
    // see to; the reason goes into the audit trail.
    Result<Secret> reveal(
        const control::Actor& actor, std::string_view id, std::string_view reason, const Limits& limits
    );

    // What was measured at the last test, as JSON (`targets::to_json`, with "server_version" and "measured_at");
    // not_found before the first.
    Result<std::string> rights(const control::Actor& actor, std::string_view id, const Limits& limits);

    // Asks it now, over its pool, for its version, size, facts and its login's rights, and keeps the answer. That it
    // did not answer is kept as well, and is no Error. `hold` is called first in the transaction that stores (a job's
    // lease). conflict: it was changed meanwhile, and what was heard may be of another one.
    using Hold = std::function<Result<>(control::Transaction&)>;
    Result<DatabaseFacts> take_facts(
        const control::Actor& actor, std::string_view id, const Hold& hold, const Limits& limits
    );
    // As they were taken last; not_found before the first time.
    Result<DatabaseFacts> facts(const control::Actor& actor, std::string_view id, const Limits& limits);
    Result<PoolState> pool(const control::Actor& actor, std::string_view id, const Limits& limits);

    // Registers it, or brings the entry of that project and name up to date; the same facts change nothing.
    Result<Put> put(const control::Actor& actor, const RegisterRequest& request, const Limits& limits);

    // To reach it, for drydock's own work; not audited here. Its pool is kept (fleet()) until address or secret change.
    Result<std::shared_ptr<targets::Target>> target(
        const control::Actor& actor, std::string_view id, const Limits& limits
    );
    // A target of its own, for an address that was put together elsewhere.
    Result<std::shared_ptr<targets::Target>> reach(targets::Address address) const;
    // Breakers, retries and figures of the targets in use; the key is the database's id.
    targets::Fleet& fleet() { return fleet_; }

    Secrets& secrets() { return secrets_; }
    DataKeys& keys() { return keys_; }
    control::Store& store() { return store_; }
    const net::Dialler& dialler() const { return dialler_; }

private:
    struct Draft;
    Result<bool> same(control::Transaction& transaction, Draft& draft, const Database& row, const Fields& fields);
    Result<Draft> draft(const control::Actor& actor, const RegisterRequest& request);
    Result<> resolve(control::Transaction& transaction, Draft& draft);
    Result<> allow_place(control::Transaction& transaction, const Draft& draft);
    // Before a transaction in which a stored credential's password is given once more: in one of its own, as the other
    // may end in an error. A wrong one counts, whether or not it is asked for there; the right one doesn't.
    Result<> count_guess(
        const control::Actor& actor, const NewSecret& secret, std::string_view permission, const Limits& limits
    );
    Result<> count_sign_in(control::Transaction& transaction, const targets::Address& address);
    Result<> settle_sign_in(
        control::Transaction& transaction, const targets::Address& address, const targets::TestReport& report
    );
    Result<> insert(control::Transaction& transaction, Draft& draft, const RegisterRequest& request);

    control::Store& store_;
    net::Dialler dialler_;
    RegistryOptions options_;
    DataKeys keys_;
    Secrets secrets_;
    targets::Fleet fleet_;
};

// permission_denied unless the transaction's actor may do that ("databases:test").
Result<> require(control::Transaction& transaction, std::string_view permission);
// The text of a UUID as PostgreSQL writes it; invalid_argument for anything else.
Result<std::string> canonical_id(std::string_view text, std::string_view what);
Result<Database> find_in(control::Transaction& transaction, std::string_view id);
// invalid_argument where config or metadata looks as if it held a secret.
Result<> refuse_secrets(control::Transaction& transaction, const Database& row);
Result<> store_rights(
    control::Transaction& transaction, std::string_view id, const targets::Rights& rights, std::string_view version
);

}  // namespace drydock::registry
