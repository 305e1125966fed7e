#pragma once

#include <optional>

#include <gmock/gmock.h>

#include "control/store.h"
#include "control/tenants_pgtest.h"

namespace drydock::billing {

using namespace control::tenants;
using control::Actor;
using control::Store;
using control::Transaction;

// A store in the server's role on a schema of two organizations, without what the schema's own tests have of billing,
// and with some plans.
class BillingTest : public control::tenants::Tenants {
protected:
    BillingTest() {
        build();
        store_.emplace(control::StoreOptions{.where = database_.conninfo(), .role = "drydock_api", .connections = 8});
        admin(
            "DELETE FROM platform.invoice_terms; DELETE FROM platform.invoice_lines; DELETE FROM platform.invoices; "
            "DELETE FROM platform.usage_records; DELETE FROM platform.subscriptions; DELETE FROM "
            "platform.payment_methods; DELETE FROM platform.database_sizes; DELETE FROM platform.project_limits; "
            "INSERT INTO platform.plans (code, name, currency, base_price_minor, database_price_minor, "
            "storage_gib_price_minor, included_databases, included_storage_bytes, max_databases) VALUES "
            "('team', 'Team', 'EUR', 4900, 333, 17, 2, 5368709120, 3), "
            "('large', 'Large', 'EUR', 19999, 250, 9, 20, 0, NULL), "
            "('dollars', 'Dollars', 'USD', 100, 1, 1, 0, 0, NULL)"
        );
    }

    static Limits limits() { return Limits::within(kTime); }
    static Actor actor(char letter, std::string_view role) {
        return {.user_id = user(letter, role), .organization_id = organization(letter), .via = "session:1"};
    }
    static Actor system(char letter) { return Actor::system(organization(letter)); }
    // As somebody for whom neither trigger nor policy counts.
    void admin(std::string_view sql) {
        run(admin_, fmt::format("SET session_replication_role = replica; {}; RESET session_replication_role", sql));
    }
    // A plan of organization a from a day on; to another day, not with it, where one is given.
    void subscribe(std::string_view plan, std::string_view from, std::string_view to = "") {
        admin(fmt::format(
            "INSERT INTO platform.subscriptions (organization_id, plan_code, status, created_at, cancelled_at, "
            "current_period_start, current_period_end) VALUES ('{}', '{}', '{}', '{} 00:00+00', {}, '{} 00:00+00', "
            "'2999-01-01')",
            organization('a'),
            plan,
            to.empty() ? "active" : "cancelled",
            from,
            to.empty() ? "NULL" : fmt::format("'{} 12:00+00'", to),
            from
        ));
    }
    void use(std::string_view metric, std::string_view day, std::string_view quantity, char letter = 'a') {
        admin(fmt::format(
            "INSERT INTO platform.usage_records (organization_id, project_id, metric, period_start, period_end, "
            "quantity) "
            "VALUES ('{}', '{}', '{}', '{} 00:00+00', '{} 24:00+00', {})",
            organization(letter),
            id(letter, 10),
            metric,
            day,
            day,
            quantity
        ));
    }
    std::string audited() {
        return value(
            admin_,
            fmt::format(
                "SELECT string_agg(action, ' ' ORDER BY sequence) FROM platform.audit_log WHERE organization_id = '{}' "
                "AND "
                "action <> 'organization.created'",
                organization('a')
            )
        );
    }

    std::optional<Store> store_;
};

}  // namespace drydock::billing
