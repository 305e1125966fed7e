#include "app/housekeeping.h"

#include <array>
#include <optional>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "app/each_organization.h"
#include "app/queries.h"
#include "base/log.h"
#include "billing/invoices.h"
#include "billing/metering.h"
#include "billing/tokens.h"
#include "control/queries.h"
#include "identity/second_factor.h"
#include "identity/session.h"
#include "jobs/context.h"
#include "jobs/housekeeping.h"
#include "jobs/schedules.h"
#include "registry/credential_rotation.h"
#include "registry/sealing_key.h"

namespace drydock::app {
namespace {

namespace json = boost::json;

constexpr std::string_view kEventDays = "2";
constexpr std::string_view kAnswerHours = "24";
constexpr std::chrono::hours kOldKeys{24 * 30};
constexpr int kDueDays = 14;

std::string count_json(std::string_view what, std::int64_t count) {
    return json::serialize(json::object{{what, count}});
}

Result<std::string> clean_up(const HousekeepingParts& parts, jobs::JobContext& context) {
    const auto& limits = context.limits();
    DRYDOCK_TRY(
        const auto done,
        for_each_organization(
            parts.store,
            limits,
            [&](const std::string& organization) -> Result<> {
                return parts.store.run(
                    control::Actor::system(organization),
                    limits,
                    [&](control::Transaction& transaction) -> Result<> {
                        DRYDOCK_TRY_VOID(transaction.query(control::queries::clean_up, {kEventDays, kAnswerHours}));
                        return {};
                    }
                );
            }
        )
    );
    DRYDOCK_TRY_VOID(identity::clear_away(parts.store, limits));
    DRYDOCK_TRY_VOID(parts.cache.tend(limits));
    return count_json("organizations", done);
}

Result<std::string> checkpoint(const HousekeepingParts& parts, jobs::JobContext& context) {
    std::vector<audit::CheckpointSink*> sinks;
    if (parts.sink != nullptr) sinks.push_back(parts.sink);
    DRYDOCK_TRY(auto round, audit::make_checkpoints(parts.store, parts.signing.signer(), sinks, context.limits()));
    // A trail that was altered is the one thing that an operator must hear of at once.
    for (const auto& error : round.errors) log::failure("audit: no checkpoint", error);
    if (!round.errors.empty()) return std::move(round.errors.front());
    return count_json("checkpoints", round.made);
}

// That this job runs tells that drydock's own database answers.
Result<std::string> own_health(const HousekeepingParts& parts, jobs::JobContext& context) {
    const auto& limits = context.limits();
    DRYDOCK_TRY(
        const auto done,
        for_each_organization(
            parts.store,
            limits,
            [&](const std::string& organization) -> Result<> {
                return parts.store.run(
                    control::Actor::system(organization),
                    limits,
                    [&](control::Transaction& transaction) -> Result<> {
                        DRYDOCK_TRY_VOID(transaction.query(queries::own_health));
                        return {};
                    }
                );
            }
        )
    );
    return count_json("organizations", done);
}

Result<std::string> meter(const HousekeepingParts& parts, jobs::JobContext& context) {
    DRYDOCK_TRY(
        const auto done,
        for_each_organization(
            parts.store,
            context.limits(),
            [&](const std::string& organization) { return billing::meter(parts.store, organization, context.limits()); }
        )
    );
    return count_json("organizations", done);
}

// The month before the one that the control plane's clock shows.
Result<std::string> last_month(control::Store& store, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, store.read(control::Actor::system(), queries::last_month, {}, limits));
    return std::string{rows.text(0, 0)};
}

Result<std::string> invoice(const HousekeepingParts& parts, jobs::JobContext& context) {
    DRYDOCK_TRY(const auto month, last_month(parts.store, context.limits()));
    std::int64_t issued = 0;
    DRYDOCK_TRY_VOID(for_each_organization(
        parts.store,
        context.limits(),
        [&](const std::string& organization) -> Result<> {
            const auto made = billing::issue_invoice(parts.store, organization, month, kDueDays, context.limits());
            if (made) ++issued;
            // Without a plan there is nothing to bill; one that is issued already stays.
            const bool nothing = !made && made.error().code == ErrorCode::conflict;
            if (!made && !nothing) return made.error();
            return {};
        }
    ));
    return count_json("invoices", issued);
}

Result<std::string> reseal(const HousekeepingParts& parts, jobs::JobContext& context) {
    const auto told = [](std::string_view id, const Error& error) {
        log::failure("registry: what was written by SQL can't be opened", error, {{"database", id}});
    };
    DRYDOCK_TRY(const auto done, registry::reseal_waiting(parts.registry.secrets(), told, context.limits()));
    return count_json("resealed", done.done);
}

// What nothing is sealed by any more need not be given at the next start.
Result<> retire_master_keys(const HousekeepingParts& parts, const Limits& limits) {
    const auto others = other_master_key_uses(parts);
    DRYDOCK_TRY(const auto keys, registry::master_key_status(parts.registry.keys(), others, limits));
    for (const auto& key : keys) {
        if (key.current || key.data_keys > 0 || key.others > 0) continue;
        DRYDOCK_TRY_VOID(registry::retire_master_key(parts.registry.keys(), key.id, others, limits));
        log::info("a master key is not needed any more", {{"key", key.id}});
    }
    return {};
}

Result<std::string> rotations(const HousekeepingParts& parts, jobs::JobContext& context) {
    const auto& limits = context.limits();
    DRYDOCK_TRY(const auto resumed, registry::resume_rotations(parts.registry, limits));
    DRYDOCK_TRY(const auto resealed, registry::finish_data_key_rotations(parts.registry.secrets(), limits));
    std::int64_t wrapped = 0;
    DRYDOCK_TRY(const auto missing, registry::missing_master_keys(parts.registry.keys(), limits));
    if (missing.empty()) {
        DRYDOCK_TRY(wrapped, registry::rotate_master_key(parts.registry.keys(), other_master_key_uses(parts), limits));
        DRYDOCK_TRY_VOID(retire_master_keys(parts, limits));
    }
    DRYDOCK_TRY(const auto destroyed, registry::destroy_old_data_keys(parts.registry.secrets(), kOldKeys, limits));
    return json::serialize(json::object{
        {"passwords", resumed.finished},
        {"passwords_open", resumed.open},
        {"resealed", resealed.done},
        {"rewrapped", wrapped},
        {"destroyed", destroyed},
    });
}

struct Housework {
    const char* kind;
    const char* cron;
    std::chrono::minutes timeout;
    Result<std::string> (*work)(const HousekeepingParts&, jobs::JobContext&);
};
constexpr std::array kHousework{
    Housework{"control.clean_up", "17 3 * * *", std::chrono::minutes{30}, clean_up},
    Housework{"control.own_health", "* * * * *", std::chrono::minutes{5}, own_health},
    Housework{"audit.checkpoint", "* * * * *", std::chrono::minutes{10}, checkpoint},
    Housework{"billing.meter", "7 * * * *", std::chrono::minutes{30}, meter},
    Housework{"billing.invoice", "30 2 2 * *", std::chrono::minutes{60}, invoice},
    Housework{"registry.reseal", "* * * * *", std::chrono::minutes{10}, reseal},
    Housework{"registry.rotations", "*/5 * * * *", std::chrono::minutes{60}, rotations},
};

}  // namespace

std::vector<registry::MasterKeyUse> other_master_key_uses(const HousekeepingParts& parts) {
    registry::MasterKeyUse second_factors{
        .name = "second factors",
        .count = [&parts](std::string_view master_key, const Limits& limits) -> Result<std::int64_t> {
            DRYDOCK_TRY(
                const auto rows,
                parts.store.read(control::Actor::system(), queries::second_factors_of, {master_key}, limits)
            );
            return rows.integer(0, 0);
        },
        .move = [&parts](const Limits& limits) -> Result<std::int64_t> {
            DRYDOCK_TRY(const auto moved, identity::reseal_second_factors(parts.identity, limits));
            return moved;
        },
    };
    const auto of_all = [&parts](const Limits& limits, const auto& of_one) -> Result<std::int64_t> {
        // Closed ones too: what is sealed for them is to open when they come back.
        DRYDOCK_TRY(const auto organizations, registry::all_organizations(parts.store, limits));
        std::int64_t sum = 0;
        for (const auto& organization : organizations) {
            DRYDOCK_TRY(const std::int64_t some, of_one(organization));
            sum += some;
        }
        return sum;
    };
    registry::MasterKeyUse payment_tokens{
        .name = "payment methods",
        .count = [&parts, of_all](std::string_view master_key, const Limits& limits) -> Result<std::int64_t> {
            return of_all(limits, [&](const std::string& organization) {
                return billing::tokens_sealed_by(parts.store, organization, master_key, limits);
            });
        },
        .move = [&parts, of_all](const Limits& limits) -> Result<std::int64_t> {
            return of_all(limits, [&](const std::string& organization) {
                return billing::reseal_tokens(parts.store, parts.identity.keyring, organization, limits);
            });
        },
    };
    return {std::move(second_factors), std::move(payment_tokens)};
}

Result<> add_housekeeping_kinds(jobs::Kinds& kinds, const HousekeepingParts& parts) {
    for (const auto& work : kHousework) {
        DRYDOCK_TRY_VOID(kinds.add({
            .name = work.kind,
            .permission = "drydock:housekeeping",
            .timeout = work.timeout,
            .max_attempts = 3,
            .concurrency = 1,
            .handler = [&parts, run = work.work](jobs::JobContext& context) { return run(parts, context); },
        }));
    }
    return jobs::add_housekeeping(kinds, parts.store);
}

Result<> ensure_housekeeping_schedules(control::Store& store, const jobs::Kinds& kinds, const Limits& limits) {
    const auto made = store.run(control::Actor::system(), limits, [&](control::Transaction& transaction) -> Result<> {
        for (const auto& work : kHousework) {
            DRYDOCK_TRY_VOID(jobs::ensure_schedule(
                transaction,
                kinds,
                {.name = work.kind, .kind = work.kind, .cron = work.cron, .catch_up = jobs::CatchUp::once}
            ));
        }
        return {};
    });
    if (!made) return made;
    return jobs::ensure_housekeeping(store, kinds, limits);
}

}  // namespace drydock::app
