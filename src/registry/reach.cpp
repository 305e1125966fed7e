#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/hash.h"
#include "registry/address_of.h"
#include "registry/draft.h"
#include "registry/notes.h"
#include "registry/queries.h"
#include "registry/readable.h"
#include "registry/registry.h"

namespace drydock::registry {
namespace {

namespace json = boost::json;
using control::Actor;
using control::Transaction;

json::object report_facts(const targets::TestReport& report, const Database& row) {
    auto facts = facts_of(row);
    facts["success"] = report.success;
    for (const auto& step : report.steps) {
        if (step.outcome == targets::Outcome::failed) facts["failed_step"] = step.name;
    }
    return facts;
}

audit::Outcome outcome_of(const targets::TestReport& report) {
    return report.success ? audit::Outcome::success : audit::Outcome::failed;
}

}  // namespace

Result<targets::TestReport> Registry::test(const Actor& actor, const RegisterRequest& request, const Limits& limits) {
    DRYDOCK_TRY(auto draft, this->draft(actor, request));
    DRYDOCK_TRY_VOID(count_guess(actor, request.secret, "databases:test", limits));
    auto known = run(store_, actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(require(transaction, "databases:test"));
        DRYDOCK_TRY_VOID(resolve(transaction, draft));
        return count_sign_in(transaction, draft.address);
    });
    if (!known) return std::move(known).error();
    DRYDOCK_TRY(const auto target, reach(draft.address));
    const auto report = readable(target->test(limits));
    draft.row.id.clear();
    auto noted = run(store_, actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(settle_sign_in(transaction, draft.address, report));
        return note(transaction, "tested", draft.row, report_facts(report, draft.row), outcome_of(report));
    });
    if (!noted) return std::move(noted).error();
    return report;
}

Result<targets::TestReport> Registry::test(const Actor& actor, std::string_view id, const Limits& limits) {
    DRYDOCK_TRY(const auto key, canonical_id(id, "database"));
    DRYDOCK_TRY(
        const auto found,
        run(store_,
            actor,
            limits,
            [&](Transaction& transaction) -> Result<std::pair<Database, targets::Address>> {
                DRYDOCK_TRY(auto row, find_in(transaction, key));
                DRYDOCK_TRY_VOID(require(transaction, "databases:test"));
                DRYDOCK_TRY(auto address, secrets_.address(transaction, row));
                DRYDOCK_TRY_VOID(count_sign_in(transaction, address));
                return std::pair{std::move(row), std::move(address)};
            })
    );
    DRYDOCK_TRY(const auto target, reach(found.second));
    const auto report = readable(target->test(limits));
    auto noted = run(store_, actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(settle_sign_in(transaction, found.second, report));
        if (report.rights) DRYDOCK_TRY_VOID(store_rights(transaction, key, *report.rights, report.version));
        return note(transaction, "tested", found.first, report_facts(report, found.first), outcome_of(report));
    });
    if (!noted) return std::move(noted).error();
    return report;
}

Result<Secret> Registry::reveal(
    const Actor& actor, std::string_view id, std::string_view reason, const Limits& limits
) {
    DRYDOCK_TRY(const auto key, canonical_id(id, "database"));
    return run(store_, actor, limits, [&](Transaction& transaction) -> Result<Secret> {
        DRYDOCK_TRY(const auto row, find_in(transaction, key));
        DRYDOCK_TRY_VOID(require(transaction, "credentials:reveal"));
        DRYDOCK_TRY(auto secret, secrets_.open(transaction, row));
        if (secret.reveal().find("://") == std::string::npos) {
            DRYDOCK_TRY(const auto address, address_of(row, secret));
            secret = address.url();
        }
        const json::object details{{"reason", reason}, {"credential_version", row.credential_version}};
        DRYDOCK_TRY_VOID(note(transaction, "secret_revealed", row, details));
        return secret;
    });
}

Result<std::string> Registry::rights(const Actor& actor, std::string_view id, const Limits& limits) {
    DRYDOCK_TRY(const auto key, canonical_id(id, "database"));
    DRYDOCK_TRY(const auto rows, store_.read(actor, queries::rights_of, {key}, limits));
    if (rows.size() > 0) return std::string{rows.text(0, 0)};
    return Error{
        .code = ErrorCode::not_found,
        .message = "there is no such database, or its login's rights were not measured yet",
        .hint = "Test it.",
    };
}

Result<std::shared_ptr<targets::Target>> Registry::target(
    const Actor& actor, std::string_view id, const Limits& limits
) {
    DRYDOCK_TRY(const auto key, canonical_id(id, "database"));
    struct Found {
        targets::Address address{};
        targets::PoolLimits pool{};
    };
    auto found = run(store_, actor, limits, [&](Transaction& transaction) -> Result<Found> {
        DRYDOCK_TRY(const auto row, find_in(transaction, key));
        Found one;
        DRYDOCK_TRY(one.address, secrets_.address(transaction, row));
        DRYDOCK_TRY(one.pool, pool_of(row.config, options_.targets.pool));
        return one;
    });
    if (!found) return std::move(found).error();
    // Of everything that decides where a connection goes and how big the pool is.
    const auto stamp = sha256_hex(fmt::format(
        "{}\n{}\n{} {} {} {} {}",
        found->address.url().reveal(),
        found->address.ca_pem,
        found->pool.min,
        found->pool.max,
        found->pool.idle.count(),
        found->pool.lifetime.count(),
        found->pool.connect_timeout.count()
    ));
    return fleet_.get(key, stamp, [&] {
        auto options = options_.targets;
        options.pool = found->pool;
        return targets::make_target(std::move(found->address), dialler_, std::move(options));
    });
}

}  // namespace drydock::registry
