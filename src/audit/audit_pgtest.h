#pragma once

#include <optional>

#include <gmock/gmock.h>

#include "audit/audit.h"
#include "control/store.h"
#include "control/tenants_pgtest.h"

namespace drydock::audit {

using namespace control::tenants;
using control::Actor;
using control::Store;
using control::Transaction;

// A store in the server's role on a schema of two organizations, and admin_: the superuser whom nothing stops.
class AuditTest : public control::tenants::Tenants {
protected:
    AuditTest() {
        build();
        store_.emplace(control::StoreOptions{.where = database_.conninfo(), .role = "drydock_api", .connections = 8});
        // The rows that the schema's own tests need stand before a chain with checkpoints that nobody signed.
        admin("DELETE FROM platform.audit_checkpoints; DELETE FROM platform.audit_log; DELETE FROM platform.audit_heads"
        );
    }

    static Limits limits() { return Limits::within(kTime); }
    static Actor actor(char letter, std::string_view role) {
        return {
            .user_id = user(letter, role),
            .organization_id = organization(letter),
            .via = "session:1",
            .request_id = "r-1",
            .address = "192.0.2.7"
        };
    }
    static Actor system(char letter) { return Actor::system(organization(letter)); }

    Result<> add(const Actor& who, const Entry& entry) {
        return store_->run(who, limits(), [&](Transaction& transaction) { return append(transaction, entry); });
    }
    void add_many(const Actor& who, int count) {
        const auto done = store_->run(who, limits(), [&](Transaction& transaction) -> Result<> {
            for (int i = 0; i < count; ++i) {
                DRYDOCK_TRY_VOID(append(
                    transaction,
                    {.action = "database.changed",
                     .object_type = "database",
                     .object_id = id('a', 17),
                     .object_name = fmt::format("Straße \"{}\"", i),
                     .details = fmt::format(R"({{"port": {{"from": {}, "to": 1.50}}, "note": "ä\n\u0001\\"}})", i)}
                ));
            }
            return {};
        });
        ASSERT_TRUE(done) << done.error().message << done.error().detail;
    }
    // As somebody for whom neither trigger nor policy counts.
    void admin(std::string_view sql) {
        run(admin_, fmt::format("SET session_replication_role = replica; {}; RESET session_replication_role", sql));
    }
    std::string chain(char letter) { return fmt::format("organization_id = '{}'", organization(letter)); }

    std::optional<Store> store_;
};

}  // namespace drydock::audit
