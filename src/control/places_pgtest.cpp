#include <gmock/gmock.h>

#include "control/sealing_key_pgtest.h"
#include "control/tenants_pgtest.h"

// What a member who has SQL of their own can do to the place that a secret is sent to.
namespace drydock::control {
namespace {

using namespace tenants;

class Places : public Tenants {
protected:
    Places() {
        build();
        run(admin_,
            fmt::format(
                "INSERT INTO platform.settings (name, value) VALUES ('sealing_public_key', '{}') ON CONFLICT (name) DO "
                "UPDATE SET value = excluded.value",
                kTestPublicKey
            ));
        act_as(organization('a'), user('a', "member"));
    }
    std::string of_it(std::string_view assignment) {
        return write(fmt::format("UPDATE platform.databases SET {} WHERE id = '{}'", assignment, id('a', 17)));
    }
    std::string stored(std::string_view columns) {
        return value(admin_, fmt::format("SELECT {} FROM platform.databases WHERE id = '{}'", columns, id('a', 17)));
    }
    void wait_sealed() {
        ASSERT_EQ(of_it("connection_string = 'postgresql://app:geheim@db.example/shop'"), "1");
        ASSERT_EQ(stored("secret_state, host, credential_version"), "sealed|db.example|2");
    }
    static constexpr std::string_view kMoves[] = {
        "host = 'evil.example'",
        "port = 1",
        "username = 'postgres'",
        "type = 'redis'",
        "ssl_enabled = false",
        R"(config = '{"hosts": [{"host": "evil.example"}]}')",
        R"(config = '{"tls": {"mode": "require"}}')",
        R"(config = '{"proxy": "evil.example"}')",
        R"(config = '{"options": {"authMechanism": "PLAIN"}}')",
    };
};

TEST_F(Places, DoNotChangeWithoutTheSecretHoweverItIsKept) {
    for (const bool sealed_by_sql : {false, true}) {
        if (sealed_by_sql) wait_sealed();
        for (const auto move : kMoves) {
            EXPECT_EQ(of_it(move), "22023") << move;
            EXPECT_EQ(of_it(fmt::format("{}, credential_version = credential_version + 1", move)), "23514") << move;
        }
        EXPECT_EQ(of_it("database = 'other', name = 'other', config = '{\"pool\": {}}'"), "1");
    }
    EXPECT_EQ(of_it("connection_string = 'postgresql://app:neu@elsewhere.example/shop'"), "1");
    EXPECT_EQ(stored("host, credential_version"), "elsewhere.example|3");
}

TEST_F(Places, HaveAVersionThatCountsSecrets) {
    const auto next = "connection_string_encrypted = 'ddk1.' || repeat('B', 162)";
    EXPECT_EQ(of_it("credential_version = 2"), "23514");
    EXPECT_EQ(of_it(fmt::format("credential_version = 3, {}", next)), "23514");
    EXPECT_EQ(of_it(fmt::format("credential_version = 2, host = 'new.example', {}", next)), "1");
    EXPECT_EQ(of_it("credential_version = 1"), "23514");
    EXPECT_EQ(of_it("credential_version = 3, connection_string_encrypted = NULL, data_key_id = NULL"), "1");
}

TEST_F(Places, AreNotLeftByPastingWhatSqlHasSealed) {
    wait_sealed();
    const auto sealed = stored("connection_string_encrypted");
    EXPECT_EQ(
        change(fmt::format(
            "INSERT INTO platform.databases (project_id, name, type, host, connection_string_encrypted) "
            "VALUES ('{}', 'evil', 'postgresql', 'evil.example', '{}')",
            id('a', 10),
            sealed
        )),
        "22023"
    );
    EXPECT_EQ(of_it("connection_string_encrypted = NULL"), "1");
    EXPECT_EQ(of_it("host = 'evil.example'"), "1");
    EXPECT_EQ(of_it(fmt::format("connection_string_encrypted = '{}'", sealed)), "22023");
    EXPECT_EQ(stored("secret_state"), "none");
}

TEST_F(Places, StandBeforeWhatSqlSeals) {
    wait_sealed();
    const auto opened = value(
        admin_,
        fmt::format(
            "SELECT platform.pgp_pub_decrypt(decode(split_part(connection_string_encrypted, ':', 3), 'base64'), "
            "platform.dearmor('{}')) FROM platform.databases WHERE id = '{}'",
            kTestPrivateKey,
            id('a', 17)
        )
    );
    EXPECT_THAT(opened, ::testing::StartsWith("drydock1 {"));
    EXPECT_THAT(opened, ::testing::HasSubstr(fmt::format(R"("row": "{}")", id('a', 17))));
    EXPECT_THAT(opened, ::testing::HasSubstr(R"("host": "db.example")"));
    EXPECT_THAT(opened, ::testing::EndsWith("}\npostgresql://app:geheim@db.example/shop"));
}

TEST_F(Places, OfACredentialDoNotCountItsVersionUpForNothing) {
    const auto of_credential = [&](std::string_view assignment) {
        return change(fmt::format("UPDATE platform.credentials SET {} WHERE project_id = '{}'", assignment, id('a', 10))
        );
    };
    EXPECT_EQ(of_credential("version = 2"), "23514");
    EXPECT_EQ(of_credential("version = 3, ciphertext = decode(repeat('01', 80), 'hex')"), "23514");
    EXPECT_EQ(of_credential("version = 2, ciphertext = decode(repeat('01', 80), 'hex')"), "1");
}

}  // namespace
}  // namespace drydock::control
