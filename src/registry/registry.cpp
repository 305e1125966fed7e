#include "registry/registry.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/random.h"
#include "crypto/bytes.h"
#include "registry/address_of.h"
#include "registry/credential_rotation.h"
#include "registry/draft.h"
#include "registry/notes.h"
#include "registry/place.h"
#include "registry/queries.h"

namespace drydock::registry {
namespace {

using control::Actor;
using control::Transaction;

constexpr pg::Query kCan{"can", "SELECT platform.current_user_can($1)"};
constexpr pg::Query kRemove{"remove_database", "DELETE FROM platform.databases AS d WHERE d.id = $1"};

}  // namespace

Result<> require(Transaction& transaction, std::string_view permission) {
    DRYDOCK_TRY(const auto row, transaction.query(kCan, {permission}));
    if (row.boolean(0, 0)) return {};
    return Error{
        .code = ErrorCode::permission_denied,
        .message = fmt::format("you may not do that here: it takes the permission {}", permission),
    };
}

Result<std::string> canonical_id(std::string_view text, std::string_view what) {
    const auto bytes = crypto::uuid_bytes(text);
    if (bytes) return crypto::uuid_text(*bytes);
    return Error{.code = ErrorCode::invalid_argument, .message = fmt::format("the id of the {} is not a UUID", what)};
}

Result<Database> find_in(Transaction& transaction, std::string_view id) {
    DRYDOCK_TRY(const auto rows, transaction.one(queries::find_database, {id}, kNoSuch));
    return read_row(rows, 0);
}

Result<> store_rights(
    Transaction& transaction, std::string_view id, const targets::Rights& rights, std::string_view version
) {
    const auto text = targets::to_json(rights);
    DRYDOCK_TRY_VOID(
        transaction.query(queries::store_rights, {id, rights.user, targets::wire_name(rights.worst()), text, version})
    );
    return {};
}

Registry::Registry(
    control::Store& store, std::shared_ptr<const crypto::Keyring> ring, net::Dialler dialler, RegistryOptions options
)
    : store_(store),
      dialler_(std::move(dialler)),
      options_(std::move(options)),
      keys_(store, std::move(ring)),
      secrets_(keys_, options_.environment),
      fleet_(options_.fleet) {}

Result<Registry::Draft> Registry::draft(const Actor& actor, const RegisterRequest& request) {
    const auto& secret = request.secret;
    const bool password = !secret.password.empty() && secret.credential_id.empty();
    const int ways = (secret.connection_string.empty() ? 0 : 1) + (password ? 1 : 0) +
                     (secret.environment.empty() ? 0 : 1) + (secret.credential_id.empty() ? 0 : 1);
    if (ways > 1) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "the secret is given in more than one way",
            .hint = "Give a connection string, or a password, or a credential, or a variable of the environment.",
        };
    }
    Draft draft;
    draft.row.id = random_uuid();
    draft.row.organization_id = actor.organization_id;
    DRYDOCK_TRY(draft.row.project_id, canonical_id(request.project_id, "project"));
    draft.row.status = "active";
    draft.environment = secret.environment;
    DRYDOCK_TRY_VOID(put_fields(draft.row, request.fields));
    if (!secret.connection_string.empty()) {
        DRYDOCK_TRY(const auto address, targets::Address::parse(secret.connection_string.reveal()));
        if (draft.row.type.empty()) draft.row.type = targets::wire_name(address.type);
    }
    if (!secret.credential_id.empty()) {
        DRYDOCK_TRY(draft.row.credential_id, canonical_id(secret.credential_id, "credential"));
        draft.again = secret.password;
    }
    draft.row.secret_state = secret.environment.empty() && secret.credential_id.empty() ? "none" : "credential";
    if (draft.row.secret_state == "none") {
        const auto& plain = secret.connection_string.empty() ? secret.password : secret.connection_string;
        DRYDOCK_TRY(draft.address, address_of(draft.row, plain));
        DRYDOCK_TRY_VOID(put_address(draft.row, draft.address));
        if (secret.given()) draft.plain = text_for(draft.address, plain);
    }
    return draft;
}

// Of a draft whose secret is elsewhere: where it is.
Result<> Registry::resolve(Transaction& transaction, Draft& draft) {
    if (draft.row.secret_state != "credential") return {};
    if (!draft.environment.empty()) {
        const auto& may = options_.may_use_environment;
        if (may && !may(transaction.actor().organization_id)) {
            return Error{
                .code = ErrorCode::permission_denied,
                .message = "secrets of the server's environment are not for this organization",
                .hint = "Give the secret itself; it is sealed.",
            };
        }
        std::optional<targets::Type> type;
        if (!draft.row.type.empty()) type = targets::type_named(draft.row.type);
        DRYDOCK_TRY(auto address, address_from_environment(secrets_.environment(), draft.environment, type));
        if (!draft.row.host.empty() && draft.row.host != address.hosts.front().name) {
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = "the host is not the one that the environment says",
                .hint = "Leave host and port out: a secret of the environment goes only where the environment says.",
            };
        }
        if (!draft.row.database.empty()) address.database = draft.row.database;
        draft.address = std::move(address);
    } else {
        DRYDOCK_TRY(draft.address, secrets_.credential_address(transaction, draft.row));
        DRYDOCK_TRY_VOID(put_address(draft.row, draft.address));
        return allow_place(transaction, draft);
    }
    return put_address(draft.row, draft.address);
}

// A credential is not sent to a new place for the asking.
Result<> Registry::allow_place(Transaction& transaction, const Draft& draft) {
    const auto& row = draft.row;
    DRYDOCK_TRY(const auto place, place_of(row));
    DRYDOCK_TRY(
        const auto found,
        transaction.one(queries::credential_place, {row.credential_id, place}, "the project has no such credential")
    );
    // One of the environment has its place from there.
    if (found.text(0, 0) != "sealed") return {};
    auto other = row;
    for (int i = 0; i < found.size() && !found.is_null(i, 1); ++i) {
        other.id = found.text(i, 1);
        other.organization_id = found.text(i, 2);
        other.project_id = found.text(i, 3);
        other.credential_version = found.integer(i, 4);
        if (secrets_.open_place(transaction, other, found.text(i, 5))) return {};
    }
    if (!draft.again.empty() && crypto::equal_in_constant_time(draft.again.reveal(), draft.address.password.reveal())) {
        return {};
    }
    if (require(transaction, "credentials:reveal")) return {};
    return Error{
        .code = ErrorCode::permission_denied,
        .message = "no database at this place signs in with this credential yet",
        .hint = "Give its password in the same request, too: else it could be sent anywhere.",
    };
}

Result<> refuse_secrets(Transaction& transaction, const Database& row) {
    DRYDOCK_TRY(const auto found, transaction.query(queries::holds_secret, {row.config, row.metadata}));
    for (const int column : {0, 1}) {
        if (!found.boolean(0, column)) continue;
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("{} holds what looks like a secret", column == 0 ? "config" : "metadata"),
            .hint = "Secrets are given as connection_string, password or a credential: there they are sealed.",
        };
    }
    return {};
}

Result<> Registry::insert(Transaction& transaction, Draft& draft, const RegisterRequest& request) {
    auto& row = draft.row;
    if (request.before_insert) DRYDOCK_TRY_VOID(request.before_insert(transaction));
    if (!draft.environment.empty()) {
        DRYDOCK_TRY(row.credential_id, secrets_.environment_credential(transaction, row.project_id, draft.environment));
    }
    Sealed sealed;
    if (!draft.plain.empty()) {
        DRYDOCK_TRY(sealed, secrets_.seal(transaction, row, draft.plain));
    }
    Sealed place;
    if (!row.credential_id.empty()) {
        DRYDOCK_TRY(place, secrets_.seal_place(transaction, row));
    }
    DRYDOCK_TRY_VOID(refuse_secrets(transaction, row));
    const auto port = number_of(row.port);
    DRYDOCK_TRY_VOID(transaction.query(
        queries::insert_database,
        {row.id,
         row.organization_id,
         row.project_id,
         row.name,
         row.type,
         given(row.host),
         given(port),
         given(row.database),
         given(row.username),
         given(sealed.text),
         given(sealed.data_key_id),
         given(row.credential_id),
         row.ssl_enabled ? "true" : "false",
         row.config,
         row.metadata,
         row.status,
         given(place.text),
         given(place.data_key_id)}
    ));
    DRYDOCK_TRY(row, find_in(transaction, row.id));
    DRYDOCK_TRY_VOID(note(transaction, "registered", row, facts_of(row)));
    return tell(transaction, "registered", row);
}

Result<std::shared_ptr<targets::Target>> Registry::reach(targets::Address address) const {
    return targets::make_target(std::move(address), dialler_, options_.targets);
}

Result<Registered> Registry::add(const Actor& actor, const RegisterRequest& request, const Limits& limits) {
    DRYDOCK_TRY(auto draft, this->draft(actor, request));
    Registered registered;
    if (request.test_first) {
        DRYDOCK_TRY(registered.test, test(actor, request, limits));
        if (!registered.test->success) {
            return Error{
                .code = ErrorCode::failed,
                .message = fmt::format("not registered, as the test failed: {}", registered.test->message),
                .hint = "Mend that, or register it without a test.",
            };
        }
    }
    if (request.secret.given()) {
        if (auto made = keys_.ensure(actor.organization_id, draft.row.project_id, kConnectionStrings, limits); !made) {
            return explain(std::move(made).error());
        }
    }
    DRYDOCK_TRY_VOID(count_guess(actor, request.secret, "databases:write", limits));
    DRYDOCK_TRY(registered.database, run(store_, actor, limits, [&](Transaction& transaction) -> Result<Database> {
                    auto fresh = draft;
                    DRYDOCK_TRY_VOID(require(transaction, "databases:write"));
                    DRYDOCK_TRY_VOID(resolve(transaction, fresh));
                    DRYDOCK_TRY_VOID(insert(transaction, fresh, request));
                    if (const auto& test = registered.test; test && test->rights) {
                        DRYDOCK_TRY_VOID(store_rights(transaction, fresh.row.id, *test->rights, test->version));
                    }
                    return fresh.row;
                }));
    return registered;
}

Result<Database> Registry::find(const Actor& actor, std::string_view id, const Limits& limits) {
    DRYDOCK_TRY(const auto key, canonical_id(id, "database"));
    DRYDOCK_TRY(const auto rows, store_.read(actor, queries::find_database, {key}, limits));
    if (rows.size() == 0) return Error{.code = ErrorCode::not_found, .message = std::string{kNoSuch}};
    return read_row(rows, 0);
}

namespace {

// name and id of the last row of a page
Result<std::pair<std::string, std::string>> read_cursor(std::string_view cursor) {
    if (cursor.empty()) return std::pair<std::string, std::string>{};
    const auto text = from_base64url(cursor);
    const auto end = text ? text->find('\n') : std::string::npos;
    if (end != std::string::npos && crypto::uuid_bytes(std::string_view{*text}.substr(0, end))) {
        return std::pair{text->substr(end + 1), text->substr(0, end)};
    }
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = "the cursor is not one that this server gave",
        .hint = "Leave it out to begin with the first page.",
    };
}

}  // namespace

Result<Page> Registry::list(const Actor& actor, const Filter& filter, const Limits& limits) {
    if (filter.limit < 1 || filter.limit > 200) {
        return Error{.code = ErrorCode::invalid_argument, .message = "the limit of a page is between 1 and 200"};
    }
    DRYDOCK_TRY(const auto cursor, read_cursor(filter.cursor));
    std::string project;
    if (!filter.project_id.empty()) {
        DRYDOCK_TRY(project, canonical_id(filter.project_id, "project"));
    }
    const auto most = std::to_string(filter.limit + 1);
    DRYDOCK_TRY(
        const auto rows,
        store_.read(
            actor,
            queries::list_databases,
            {project, filter.type, filter.status, filter.health, filter.text, cursor.first, cursor.second, most},
            limits
        )
    );
    Page page;
    for (int row = 0; row < std::min(rows.size(), filter.limit); ++row) page.databases.push_back(read_row(rows, row));
    if (rows.size() > filter.limit) {
        const auto& last = page.databases.back();
        page.next_cursor = base64url(last.id + "\n" + last.name);
    }
    return page;
}

Result<> Registry::remove(const Actor& actor, std::string_view id, const Limits& limits) {
    DRYDOCK_TRY(const auto key, canonical_id(id, "database"));
    auto removed = run(store_, actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY(const auto row, find_in(transaction, key));
        DRYDOCK_TRY_VOID(require(transaction, "databases:delete"));
        DRYDOCK_TRY_VOID(no_rotation(transaction, key));
        DRYDOCK_TRY(const auto gone, transaction.query(kRemove, {key}));
        if (gone.affected() == 0) return Error{.code = ErrorCode::not_found, .message = std::string{kNoSuch}};
        DRYDOCK_TRY_VOID(note(transaction, "removed", row, facts_of(row)));
        return tell(transaction, "removed", row);
    });
    if (removed) fleet_.forget(key);
    return removed;
}

}  // namespace drydock::registry
