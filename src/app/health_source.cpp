#include "app/health_source.h"

#include <algorithm>
#include <map>

#include "app/queries.h"
#include "base/log.h"

namespace drydock::app {
namespace {

// So many are opened in one transaction.
constexpr std::size_t kAtOnce = 100;

health::Type type_of(targets::Type type) {
    switch (type) {
        case targets::Type::postgresql:
            return health::Type::postgresql;
        case targets::Type::mongodb:
            return health::Type::mongodb;
        case targets::Type::redis:
            return health::Type::redis;
    }
    return health::Type::postgresql;
}

health::Target target_of(const health::Listed& listed, const targets::Address& address) {
    health::Target target{
        .id = listed.id,
        .organization_id = listed.organization_id,
        .type = type_of(address.type),
        .database = address.database,
        .user = address.user,
        .password = address.password,
        .auth_source = address.option("authSource"),
        .tls = {.mode = address.tls_mode(), .ca_pem = address.ca_pem},
        .trusted = address.option("auth") == "any" || std::ranges::all_of(address.hosts, targets::is_this_machine),
        .version = listed.version,
    };
    for (const auto& host : address.hosts) target.hosts.push_back({host.name, host.port});
    return target;
}

}  // namespace

Result<std::vector<health::Listed>> HealthSource::list(const Limits& limits) {
    DRYDOCK_TRY(const auto organizations, store_.organizations(limits));
    std::vector<health::Listed> all;
    for (const auto& organization : organizations) {
        DRYDOCK_TRY(
            const auto rows, store_.read(control::Actor::system(organization), queries::watched_databases, {}, limits)
        );
        for (int row = 0; row < rows.size(); ++row)
            all.push_back({std::string{rows.text(row, 0)}, organization, std::string{rows.text(row, 1)}});
    }
    return all;
}

Result<std::vector<health::Target>> HealthSource::open(std::span<const health::Listed> wanted, const Limits& limits) {
    std::map<std::string, std::vector<const health::Listed*>> by_organization;
    for (const auto& listed : wanted) by_organization[listed.organization_id].push_back(&listed);
    std::vector<health::Target> opened;
    for (const auto& [organization, all] : by_organization) {
        const std::span<const health::Listed* const> rest{all};
        for (std::size_t begin = 0; begin < rest.size(); begin += kAtOnce) {
            const auto part = rest.subspan(begin, std::min(kAtOnce, rest.size() - begin));
            DRYDOCK_TRY(
                auto targets,
                store_.run(
                    control::Actor::system(organization),
                    limits,
                    [&](control::Transaction& transaction) -> Result<std::vector<health::Target>> {
                        std::vector<health::Target> found;
                        for (const auto* const listed : part) {
                            const auto row = registry::find_in(transaction, listed->id);
                            if (!row && row.error().code == ErrorCode::not_found) continue;  // removed meanwhile
                            if (!row) return row.error();
                            const auto address = registry_.secrets().address(transaction, *row);
                            if (address)
                                found.push_back(target_of(*listed, *address));
                            else if (address.error().sqlstate.empty())
                                log::failure(
                                    "health: a database can't be opened", address.error(), {{"database", listed->id}}
                                );
                            else
                                return address.error();
                        }
                        return found;
                    }
                )
            );
            for (auto& target : targets) opened.push_back(std::move(target));
        }
    }
    return opened;
}

}  // namespace drydock::app
