#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

#include "app/ask_pgtest.h"
#include "app/server.h"
#include "control/tenants_pgtest.h"
#include "crypto/password.h"

// The whole server, in this process, on a database of its own: organizations `a` and `b`, each with an owner, an
// admin, a member and a viewer, and an object of every kind. Every answer is checked against its schema.
namespace drydock::app {

using control::schema::run;
using control::schema::value;
using control::tenants::kRoles;
using control::tenants::organization;
using control::tenants::user;
using http::Method;

inline constexpr std::string_view kPassword = "correct horse battery staple";
inline constexpr std::string_view kMasterKey = "k1 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
inline constexpr std::chrono::seconds kTime{120};

inline constexpr std::string_view kTargetPassword = "what-a-target-asks-for";

inline ServeOptions test_options(const pg::Conninfo& where) {
    ServeOptions options;
    options.plane.where = where;
    options.keys.text = Secret{std::string{kMasterKey}};
    options.jwt_secret = Secret{"a secret of tests that signs access tokens"};
    options.production = false;
    options.loopback_targets = true;  // the test server itself is one
    options.grace = std::chrono::milliseconds{2'000};
    options.version = "0.0-test";
    options.check_answers = true;
    return options;
}

inline std::unique_ptr<Server> start_server(ServeOptions options) {
    NoProgress progress;
    auto server = Server::start(std::move(options), progress, Limits::within(kTime));
    if (!server) throw std::runtime_error{server.error().message + " " + server.error().detail};
    return *std::move(server);
}

inline std::uint16_t port_of(const Server& server) {
    const auto& url = server.url();
    return static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
}

inline std::string email_of(char letter, std::string_view role) {
    return fmt::format("{}@{}.example", std::ranges::find(kRoles, role) - std::begin(kRoles) + 1, letter);
}
inline std::string project_of(char letter) {
    return control::tenants::id(letter, 10);
}

class ServerTest : public ::testing::Test {
protected:
    ServerTest() : ServerTest(nullptr) {}
    // With options of the test's own.
    explicit ServerTest(void (*change)(ServeOptions&)) : admin_(database_.connect()) {
        auto options = test_options(database_.conninfo());
        if (change != nullptr) change(options);
        server_ = start_server(std::move(options));
        port_ = port_of(*server_);
    }

    ~ServerTest() override {
        server_.reset();
        // 's': of a database that a test has added.
        for (const char letter : {'a', 'b', 's'})
            run(admin_, fmt::format("DROP ROLE IF EXISTS \"{}\"", target_role(letter)));
    }

    // Two organizations, by SQL where the API has no call for it.
    void build_world() {
        for (const char letter : {'a', 'b'}) {
            run(admin_, fmt::format(control::tenants::kSeed, std::string(8, letter), letter));
            run(admin_, fmt::format(control::tenants::kLaterSeed, std::string(8, letter), letter));
        }
        // Rows of the schema's own tests whose secrets nobody sealed and whose hashes nobody made.
        run(admin_, R"(
            SET session_replication_role = replica;
            DELETE FROM platform.database_rights; DELETE FROM platform.credential_rotations;
            DELETE FROM platform.databases; DELETE FROM platform.credentials; DELETE FROM platform.data_keys;
            DELETE FROM platform.audit_checkpoints; DELETE FROM platform.audit_log; DELETE FROM platform.audit_heads;
            DELETE FROM platform.payment_methods; DELETE FROM platform.second_factors; DELETE FROM platform.recovery_codes;
            DELETE FROM platform.database_sizes; DELETE FROM platform.database_facts;
            RESET session_replication_role)");
        crypto::Passwords passwords;
        const auto hash = passwords.hash(kPassword, Limits::within(kTime)).value();
        run(admin_, fmt::format("UPDATE platform.users SET password_hash = '{}' WHERE kind = 'person'", hash));
        for (const char letter : {'a', 'b'}) make_objects(letter);
    }

    // The test server itself as a registered database, over TCP, in a role that may do nothing.
    std::string target_role(char letter) const {
        return fmt::format("target_{}_{}", letter, database_.conninfo().get("dbname"));
    }
    void reset_target(char letter) {
        const auto role = target_role(letter);
        run(admin_, fmt::format("ALTER ROLE \"{}\" PASSWORD '{}'", role, kTargetPassword));
    }
    std::string target_url(char letter) {
        const auto role = target_role(letter);
        run(admin_, fmt::format("CREATE ROLE \"{}\" LOGIN", role));
        reset_target(letter);
        return fmt::format(
            "postgresql://{}:{}@127.0.0.1:{}/{}",
            role,
            kTargetPassword,
            testing::server().tcp_conninfo().get("port"),
            database_.conninfo().get("dbname")
        );
    }

    // What is not in the seed, or is sealed: made by the API itself.
    void make_objects(char letter) {
        const auto made =
            ask(Method::post,
                "/api/v2/databases",
                token(letter, "owner"),
                json::object{
                    {"project_id", project_of(letter)},
                    {"name", "main"},
                    {"connection_string", target_url(letter)},
                });
        ASSERT_EQ(made.status, 201U) << made.body;
        const json::object paying{{"provider", "acme"}, {"provider_token", "pm_1"}, {"kind", "card"}};
        const auto paid = ask(Method::post, "/api/v2/payment-methods", token(letter, "owner"), paying);
        ASSERT_EQ(paid.status, 201U) << paid.body;
        const auto text = fmt::format(
            R"(INSERT INTO platform.credentials (project_id, name, kind, source, environment_name)
               VALUES ('{0}', 'by-name', 'password', 'environment', 'PG_INSTANCE_9_');
               INSERT INTO platform.database_rights (database_id, organization_id, project_id, login, worst, server_version)
               SELECT id, organization_id, project_id, 'app', 'info', '15.8' FROM platform.databases
               WHERE project_id = '{0}';
               INSERT INTO platform.database_facts (database_id, organization_id, project_id, error)
               SELECT id, organization_id, project_id, 'not asked yet' FROM platform.databases WHERE project_id = '{0}';
               INSERT INTO platform.database_sizes (database_id, organization_id, bytes)
               SELECT id, organization_id, 1 FROM platform.databases WHERE project_id = '{0}')",
            project_of(letter)
        );
        run(admin_, text);
        run(admin_,
            fmt::format(
                "UPDATE platform.jobs SET requested_by = '{}' WHERE organization_id = '{}'",
                user(letter, "owner"),
                organization(letter)
            ));
    }

    Answer ask(const Ask& request) const { return ask_port(port_, request); }
    Answer ask(Method method, std::string target, std::string token = {}, std::optional<json::value> body = {}) const {
        return ask({.method = method, .target = std::move(target), .token = std::move(token), .body = std::move(body)});
    }
    Answer get(std::string target, std::string token = {}) const {
        return ask(Method::get, std::move(target), std::move(token));
    }

    Answer log_in(std::string_view email, std::string_view password = kPassword) const {
        return ask(Method::post, "/api/v2/sessions", {}, json::object{{"email", email}, {"password", password}});
    }
    // Of a session that was opened once.
    const std::string& token(char letter, std::string_view role) {
        auto& kept = tokens_[email_of(letter, role)];
        if (kept.empty()) {
            const auto answer = log_in(email_of(letter, role));
            kept = answer.text("access_token");
            EXPECT_FALSE(kept.empty()) << answer.body;
        }
        return kept;
    }

    std::string sql(std::string_view text) { return value(admin_, text); }

    testing::Database database_;
    pg::Connection admin_;
    std::unique_ptr<Server> server_;
    std::uint16_t port_ = 0;
    std::map<std::string, std::string, std::less<>> tokens_;
};

}  // namespace drydock::app
