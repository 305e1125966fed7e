#include <array>

#include <boost/json.hpp>

#include "crypto/bytes.h"
#include "registry/address_of.h"
#include "registry/draft.h"
#include "registry/notes.h"
#include "registry/queries.h"
#include "registry/registry.h"

namespace drydock::registry {
namespace {

namespace json = boost::json;
using control::Actor;
using control::Transaction;

json::object object_of(const std::string& text) {
    boost::system::error_code error;
    auto value = json::parse(text, error);
    return error || !value.is_object() ? json::object{} : std::move(value.get_object());
}

// The keys that say where it is are compared always, the rest only where the request has it.
bool same_config(const std::string& wanted, const std::string& present, bool whole) {
    const auto a = object_of(wanted);
    const auto b = object_of(present);
    if (whole) return a == b;
    for (const std::string_view key : std::array<std::string_view, 3>{"hosts", "tls", "options"}) {
        const auto* const one = a.if_contains(key);
        const auto* const other = b.if_contains(key);
        if ((one == nullptr) != (other == nullptr) || (one && *one != *other)) return false;
    }
    return true;
}

}  // namespace

Result<bool> Registry::same(Transaction& transaction, Draft& draft, const Database& row, const Fields& fields) {
    // A password that is given again is looked at, and counted, where it is stored.
    draft.again = {};
    if (auto resolved = resolve(transaction, draft); !resolved) {
        if (resolved.error().code == ErrorCode::permission_denied && draft.environment.empty()) return false;
        return std::move(resolved).error();
    }
    const auto& wanted = draft.row;
    const bool columns = wanted.type == row.type && wanted.host == row.host && wanted.port == row.port &&
                         wanted.database == row.database && wanted.username == row.username &&
                         wanted.ssl_enabled == row.ssl_enabled &&
                         same_config(wanted.config, row.config, fields.config.has_value()) &&
                         (!fields.metadata || object_of(wanted.metadata) == object_of(row.metadata)) &&
                         (!fields.status || wanted.status == row.status);
    if (!columns) return false;
    if (draft.environment.empty() && draft.plain.empty()) {
        return wanted.credential_id.empty() || wanted.credential_id == row.credential_id;
    }
    if (!draft.environment.empty()) {
        if (row.secret_state != "credential") return false;
        DRYDOCK_TRY(
            const auto credential, secrets_.environment_credential(transaction, row.project_id, draft.environment)
        );
        return credential == row.credential_id;
    }
    if (row.secret_state == "none" || row.secret_state == "credential") return false;
    DRYDOCK_TRY(const auto present, secrets_.open(transaction, row));
    return crypto::equal_in_constant_time(present.reveal(), draft.plain.reveal());
}

Result<Put> Registry::put(const Actor& actor, const RegisterRequest& request, const Limits& limits) {
    DRYDOCK_TRY(const auto draft, this->draft(actor, request));
    struct Found {
        std::optional<Database> row{};
        bool same = false;
    };
    DRYDOCK_TRY(auto found, run(store_, actor, limits, [&](Transaction& transaction) -> Result<Found> {
                    DRYDOCK_TRY_VOID(require(transaction, "databases:write"));
                    DRYDOCK_TRY(
                        const auto rows,
                        transaction.query(queries::find_database_by_name, {draft.row.project_id, draft.row.name})
                    );
                    Found one;
                    if (rows.size() == 0) return one;
                    one.row = read_row(rows, 0);
                    auto wanted = draft;
                    DRYDOCK_TRY(one.same, same(transaction, wanted, *one.row, request.fields));
                    return one;
                }));
    if (!found.row) {
        DRYDOCK_TRY(auto added, add(actor, request, limits));
        return Put{.action = Action::registered, .database = std::move(added.database)};
    }
    if (found.same) return Put{.action = Action::unchanged, .database = *std::move(found.row)};
    DRYDOCK_TRY(
        auto changed, change(actor, {.id = found.row->id, .fields = request.fields, .secret = request.secret}, limits)
    );
    return Put{.action = Action::changed, .database = std::move(changed)};
}

}  // namespace drydock::registry
