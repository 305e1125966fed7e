#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>

#include "control/tenants_pgtest.h"
#include "registry/registry.h"
#include "registry/sealing_key.h"

namespace drydock::registry {

using namespace control::tenants;
using control::Actor;
using control::Store;
using control::Transaction;

// One key, or several, by name: what would be in a key file.
inline std::shared_ptr<const crypto::Keyring> keyring(std::string_view lines, std::string_view current = {}) {
    auto ring = crypto::Keyring::load(
        {.text = Secret{std::string{lines}}, .current = std::string{current}}, Limits::within(kTime)
    );
    if (!ring) throw std::runtime_error{ring.error().message};
    return std::make_shared<const crypto::Keyring>(*std::move(ring));
}
inline constexpr std::string_view kKeyOne = "k1 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed\n";
inline constexpr std::string_view kKeyTwo = "k2 3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3\n";
inline constexpr std::string_view kWrongOne = "k1 8810ad581e59f2bc3928b261707a71308f7e139eb04820366dc4d5c18d980225\n";

// A registry in the server's role on a schema of two organizations, each with a project and no databases.
class RegistryTest : public control::tenants::Tenants {
protected:
    RegistryTest() {
        build();
        run(admin_,
            "SET session_replication_role = replica;"
            "DELETE FROM platform.database_rights; DELETE FROM platform.credential_rotations;"
            "DELETE FROM platform.database_facts; DELETE FROM platform.database_sizes;"
            "DELETE FROM platform.databases; DELETE FROM platform.credentials; DELETE FROM platform.data_keys;"
            "DELETE FROM platform.recovery_codes; DELETE FROM platform.second_factors;"
            "DELETE FROM platform.master_keys; DELETE FROM platform.audit_checkpoints;"
            "DELETE FROM platform.audit_log; DELETE FROM platform.audit_heads;"
            "RESET session_replication_role");
        store_.emplace(control::StoreOptions{.where = database_.conninfo(), .role = "drydock_api", .connections = 8});
        open(keyring(kKeyOne));
    }

    // As a server that starts with these keys.
    void open(std::shared_ptr<const crypto::Keyring> ring) {
        ring_ = ring;
        const auto checked = check_master_keys(*store_, *ring, limits());
        ASSERT_TRUE(checked) << checked.error().message;
        registry_.emplace(*store_, std::move(ring), net::Dialler{net::EgressPolicy::everything()}, options());
    }
    RegistryOptions options() {
        return {.environment = [this](std::string_view name) -> std::optional<std::string> {
            const auto found = environment_.find(name);
            if (found == environment_.end()) return {};
            return found->second;
        }};
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
    static std::string project(char letter) { return id(letter, 10); }

    // The test server itself as a target, over TCP, in a role of the test's own.
    targets::Address target_address(std::string_view password) {
        if (role_.empty()) {
            role_ = "registered_" + database_.conninfo().get("dbname");
            run(admin_, fmt::format("CREATE ROLE {} LOGIN PASSWORD '{}'", role_, password));
        }
        const auto where = testing::server().tcp_conninfo();
        return {
            .hosts = {{"127.0.0.1", static_cast<std::uint16_t>(std::stoi(where.get("port")))}},
            .database = database_.conninfo().get("dbname"),
            .user = role_,
            .password = Secret{std::string{password}},
        };
    }
    ~RegistryTest() override {
        if (!role_.empty()) run(admin_, fmt::format("DROP OWNED BY {0}; DROP ROLE {0}", role_));
    }

    RegisterRequest request(std::string_view name, const Secret& connection_string, char letter = 'a') {
        return {
            .project_id = project(letter),
            .fields = {.name = std::string{name}},
            .secret = {.connection_string = connection_string},
        };
    }
    Database added(std::string_view name, std::string_view url, char letter = 'a') {
        auto done = registry_->add(actor(letter, "admin"), request(name, Secret{std::string{url}}, letter), limits());
        if (!done) throw std::runtime_error{done.error().message + " " + done.error().detail};
        return std::move(done->database);
    }
    std::string revealed(std::string_view id, char letter = 'a') {
        const auto secret = registry_->reveal(actor(letter, "owner"), id, "a test", limits());
        return secret ? secret->reveal() : "error: " + secret.error().message;
    }
    std::string actions(char letter = 'a') {
        return value(
            admin_,
            fmt::format(
                "SELECT coalesce(string_agg(action || ':' || outcome, ' ' ORDER BY sequence), '') FROM "
                "platform.audit_log WHERE organization_id = '{}'",
                organization(letter)
            )
        );
    }

    std::map<std::string, std::string, std::less<>> environment_;
    std::optional<Store> store_;
    std::shared_ptr<const crypto::Keyring> ring_;
    std::optional<Registry> registry_;
    std::string role_;
};

}  // namespace drydock::registry
