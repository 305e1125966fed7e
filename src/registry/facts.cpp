#include <charconv>

#include <boost/json.hpp>

#include "registry/address_of.h"
#include "registry/notes.h"
#include "registry/queries.h"
#include "registry/readable.h"
#include "registry/registry.h"

// What a registered database tells of itself, and the pool over which it is asked.
namespace drydock::registry {
namespace {

namespace json = boost::json;
using control::Actor;
using control::Transaction;

// Of one database, with all that is tried again.
constexpr std::chrono::seconds kTime{15};

// A PiB. A server that says it holds more is not believed: sums of sizes are charged for, and must stay numbers.
constexpr std::int64_t kMostBytes = std::int64_t{1} << 50U;

struct Heard {
    targets::Facts facts{};
    std::optional<targets::Rights> rights{};
};

Result<Heard> ask(targets::Target& target, const Limits& limits) {
    Heard heard;
    DRYDOCK_TRY(heard.facts, target.facts(limits));
    heard.facts = readable(std::move(heard.facts));
    auto rights = target.rights(limits);
    if (rights) {
        heard.rights = readable(*std::move(rights));
    } else if (targets::counts_as_failure(rights.error()) || rights.error().code == ErrorCode::cancelled) {
        return std::move(rights).error();
    }
    return heard;
}

std::string json_of(const targets::Facts& facts) {
    json::object object;
    for (const auto& [name, value] : facts) object[name] = value;
    return json::serialize(object);
}

std::optional<std::int64_t> size_of(const targets::Facts& facts) {
    const auto text = targets::fact(facts, targets::kSizeBytes);
    std::int64_t bytes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || bytes < 0 || bytes > kMostBytes) {
        return {};
    }
    return bytes;
}

// Whether it was not let finish, so that nothing is known of the database.
bool is_broken_off(const Error& error, const Limits& limits) {
    return error.code == ErrorCode::cancelled || limits.stop.stop_requested() ||
           Limits::Clock::now() >= limits.deadline;
}

DatabaseFacts read_facts(const pg::Rows& rows) {
    DatabaseFacts facts{
        .server_version = std::string{rows.text(0, 0)},
        .facts = std::string{rows.text(0, 2)},
        .taken_at = std::string{rows.text(0, 3)},
        .tried_at = std::string{rows.text(0, 4)},
        .error = std::string{rows.text(0, 5)},
    };
    if (!rows.is_null(0, 1)) facts.size_bytes = rows.integer(0, 1);
    return facts;
}

Result<> store_answer(
    Transaction& transaction, const Database& row, const Heard& heard, const decltype(RegistryOptions::on_size)& on_size
) {
    const auto version = targets::fact(heard.facts, targets::kServerVersion);
    const auto facts = json_of(heard.facts);
    DRYDOCK_TRY(const auto stored, transaction.query(queries::store_facts, {row.id, row.updated_at, version, facts}));
    if (stored.affected() == 0) {
        return Error{
            .code = ErrorCode::conflict,
            .message = "the database was changed while it was asked, so what it told is not kept",
            .hint = "Ask again.",
        };
    }
    if (heard.rights) DRYDOCK_TRY_VOID(store_rights(transaction, row.id, *heard.rights, version));
    const auto bytes = size_of(heard.facts);
    if (bytes && on_size) return on_size(transaction, row.id, *bytes);
    return {};
}

}  // namespace

Result<DatabaseFacts> Registry::take_facts(
    const Actor& actor, std::string_view id, const Hold& hold, const Limits& limits
) {
    DRYDOCK_TRY(const auto key, canonical_id(id, "database"));
    DRYDOCK_TRY(const auto row, run(store_, actor, limits, [&](Transaction& transaction) -> Result<Database> {
                    DRYDOCK_TRY(auto found, find_in(transaction, key));
                    DRYDOCK_TRY_VOID(require(transaction, "databases:test"));
                    return found;
                }));
    const auto target = this->target(actor, key, limits);
    if (!target && (target.error().code == ErrorCode::not_found || !target.error().sqlstate.empty())) {
        return target.error();
    }
    const auto bounded = limits.at_most(kTime);
    const auto work = [&](targets::Target& one) { return ask(one, bounded); };
    const auto heard =
        target ? fleet_.call(key, **target, pg::Repeatable::yes, work, bounded) : Result<Heard>{target.error()};
    if (!heard && is_broken_off(heard.error(), limits)) return heard.error();
    const auto system = Actor::system(row.organization_id);
    if (!actor.is_system()) {
        // Before anything is kept. What drydock does by itself all day is not told line by line.
        const auto outcome = heard ? audit::Outcome::success : audit::Outcome::failed;
        DRYDOCK_TRY_VOID(run(store_, actor, limits, [&](Transaction& transaction) {
            return note(transaction, "facts_taken", row, facts_of(row), outcome);
        }));
    }
    return run(store_, system, limits, [&](Transaction& transaction) -> Result<DatabaseFacts> {
        if (hold) DRYDOCK_TRY_VOID(hold(transaction));
        if (heard) {
            DRYDOCK_TRY_VOID(store_answer(transaction, row, *heard, options_.on_size));
        } else {
            const auto why = readable(heard.error().message);
            DRYDOCK_TRY_VOID(transaction.query(queries::store_silence, {key, why}));
        }
        DRYDOCK_TRY(const auto rows, transaction.one(queries::facts_of, {key}, kNoSuch));
        return read_facts(rows);
    });
}

Result<DatabaseFacts> Registry::facts(const Actor& actor, std::string_view id, const Limits& limits) {
    DRYDOCK_TRY(const auto key, canonical_id(id, "database"));
    DRYDOCK_TRY(const auto rows, store_.read(actor, queries::facts_of, {key}, limits));
    if (rows.size() > 0) return read_facts(rows);
    return Error{
        .code = ErrorCode::not_found,
        .message = "there is no such database, or it was not asked for its facts yet",
        .hint = "Ask it.",
    };
}

Result<PoolState> Registry::pool(const Actor& actor, std::string_view id, const Limits& limits) {
    DRYDOCK_TRY(const auto row, find(actor, id, limits));
    PoolState state;
    DRYDOCK_TRY(state.limits, pool_of(row.config, options_.targets.pool));
    if (auto figures = fleet_.figures(row.id)) {
        state.figures = *std::move(figures);
        state.in_use = true;
    }
    return state;
}

}  // namespace drydock::registry
