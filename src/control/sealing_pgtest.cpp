#include <chrono>
#include <string>

#include <gmock/gmock.h>

#include "control/schema_pgtest.h"
#include "control/sealing_key_pgtest.h"

namespace drydock::control {
namespace {

using namespace schema;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kProject = "00000000-0000-4000-8000-000000000002";
constexpr std::string_view kAddress = "postgresql://app:geheimes-wort@db.example.com:6432/shop?sslmode=require";

// The registry as the first phase leaves it; the policies are another test's matter.
class Sealing : public ::testing::Test {
protected:
    Sealing() : connection_(database_.connect()) { apply_before(connection_, "007_restrictive_rls.sql"); }

    void set_key() {
        run(connection_,
            fmt::format(
                "INSERT INTO platform.settings (name, value) VALUES ('sealing_public_key', '{}')", kTestPublicKey
            ));
    }
    static std::string insertion(std::string_view address = kAddress, std::string_view name = "shop") {
        return fmt::format(
            "INSERT INTO platform.databases (project_id, name, type, connection_string) VALUES ('{}', '{}', "
            "'postgresql', {})",
            kProject,
            name,
            pg::quote_literal(address)
        );
    }
    void insert(std::string_view address = kAddress, std::string_view name = "shop") {
        run(connection_, insertion(address, name));
    }
    std::string of_shop(std::string_view columns) {
        return value(connection_, fmt::format("SELECT {} FROM platform.databases WHERE name = 'shop'", columns));
    }
    // What the holder of the private key reads.
    std::string opened(std::string_view name = "shop") {
        return value(
            connection_,
            fmt::format(
                "SELECT platform.pgp_pub_decrypt(decode(split_part(connection_string_encrypted, ':', 3), 'base64'), "
                "platform.dearmor('{}')) "
                "FROM platform.databases WHERE name = '{}'",
                kTestPrivateKey,
                name
            )
        );
    }

    testing::Database database_;
    pg::Connection connection_;
};

TEST_F(Sealing, stores_what_only_the_private_key_opens) {
    set_key();
    insert();
    EXPECT_EQ(of_shop("connection_string IS NULL, secret_state, credential_version"), "t|sealed|1");
    EXPECT_THAT(of_shop("connection_string_encrypted"), StartsWith("pgp:"));
    EXPECT_EQ(opened(), kAddress);
}

TEST_F(Sealing, encrypts_the_same_text_differently_each_time) {
    set_key();
    insert(kAddress, "one");
    insert(kAddress, "two");
    EXPECT_EQ(
        value(
            connection_,
            "SELECT count(DISTINCT connection_string_encrypted) FROM platform.databases WHERE secret_state = 'sealed'"
        ),
        "2"
    );
}

TEST_F(Sealing, shows_the_address_without_its_password) {
    set_key();
    insert();
    EXPECT_EQ(of_shop("host, port, database, username"), "db.example.com|6432|shop|app");
    EXPECT_EQ(of_shop("connection_string_masked"), "postgresql://app:****@db.example.com:6432/shop");
    EXPECT_EQ(
        value(connection_, "SELECT connection_string FROM platform.databases_safe WHERE name = 'shop'"),
        "postgresql://app:****@db.example.com:6432/shop"
    );
}

TEST_F(Sealing, shows_nothing_of_an_address_that_could_be_read_in_two_ways) {
    set_key();
    int count = 0;
    for (const std::string_view address :
         {"postgresql://app:geheim@wort@db/shop",
          "postgresql://app:1/geheim?x@db/shop",
          "postgresql://app:geheim wort@db/shop",
          "postgresql://app:ge#heim@db",
          "host=db password=geheim",
          "geheim",
          "redis://u:geheim/@h@h2:1/0",
          "postgresql://a:geheim\n@db/x"}) {
        SCOPED_TRACE(address);
        const auto name = fmt::format("n{}", ++count);
        insert(address, name);
        EXPECT_EQ(opened(name), address);
        EXPECT_THAT(
            value(
                connection_,
                fmt::format(
                    "SELECT (to_jsonb(d) - 'connection_string_encrypted')::text FROM platform.databases AS d WHERE "
                    "name = '{}'",
                    name
                )
            ),
            Not(HasSubstr("heim"))
        );
    }
    insert("redis://geheim@h:1", "word");
    EXPECT_EQ(value(connection_, "SELECT host, username FROM platform.databases WHERE name = 'word'"), "h|NULL");
}

TEST_F(Sealing, keeps_the_plain_text_out_of_table_and_log_files) {
    set_key();
    const auto log = value(connection_, "SELECT pg_walfile_name(pg_current_wal_lsn())");
    insert();
    run(connection_,
        fmt::format("UPDATE platform.databases SET connection_string = '{}' WHERE name = 'shop'", kAddress));
    run(connection_, "CHECKPOINT");
    constexpr std::string_view kFind =
        "SELECT position('geheimes-wort'::bytea in pg_read_binary_file({})) > 0, "
        "position('db.example.com'::bytea in pg_read_binary_file({})) > 0";
    for (const auto& file :
         {std::string{"pg_relation_filepath('platform.databases')"}, fmt::format("'pg_wal/{}'", log)}) {
        EXPECT_EQ(value(connection_, fmt::format(kFind, file, file)), "f|t") << file;
    }
}

TEST_F(Sealing, survives_an_update_of_something_else) {
    set_key();
    insert();
    const auto before = of_shop("connection_string_encrypted, credential_version");
    run(connection_,
        "UPDATE platform.databases SET metadata = '{\"team\": \"a\"}', connection_string = NULL WHERE name = 'shop'");
    EXPECT_EQ(of_shop("connection_string_encrypted, credential_version"), before);
}

TEST_F(Sealing, takes_a_new_secret_as_a_new_version) {
    set_key();
    insert();
    const auto before = of_shop("connection_string_encrypted");
    run(connection_,
        "UPDATE platform.databases SET connection_string = 'postgresql://app:neu@other/shop' WHERE name = 'shop'");
    EXPECT_NE(of_shop("connection_string_encrypted"), before);
    EXPECT_EQ(opened(), "postgresql://app:neu@other/shop");
    EXPECT_EQ(of_shop("host, port, credential_version"), "other|NULL|2");
}

TEST_F(Sealing, tells_the_server_which_row_waits) {
    set_key();
    run(connection_, "LISTEN drydock_sealed");
    insert();
    const auto told = connection_.wait_notification(Limits::within(std::chrono::seconds{10}));
    ASSERT_TRUE(told) << told.error().message;
    ASSERT_TRUE(*told);
    EXPECT_EQ((*told)->payload, of_shop("id"));
}

TEST_F(Sealing, refuses_without_a_public_key) {
    const auto refused = failure(connection_, insertion());
    EXPECT_EQ(refused.sqlstate, "55000");
    EXPECT_THAT(refused.message, HasSubstr("no public key"));
    EXPECT_THAT(refused.message + refused.detail + refused.hint, Not(HasSubstr("geheim")));
    EXPECT_EQ(value(connection_, "SELECT count(*) FROM platform.databases WHERE name = 'shop'"), "0");
}

TEST_F(Sealing, refuses_without_pgcrypto) {
    set_key();
    run(connection_, "DROP EXTENSION pgcrypto");
    const auto refused = failure(connection_, insertion());
    EXPECT_EQ(refused.sqlstate, "55000");
    EXPECT_THAT(refused.message, HasSubstr("pgcrypto"));
    EXPECT_EQ(
        sqlstate(
            connection_,
            fmt::format("INSERT INTO platform.databases (project_id, name, type) VALUES ('{}', 'x', 'redis')", kProject)
        ),
        ""
    ) << "without a secret all is well";
}

TEST_F(Sealing, uses_pgcrypto_from_wherever_it_is) {
    run(connection_, "CREATE SCHEMA elsewhere; ALTER EXTENSION pgcrypto SET SCHEMA elsewhere");
    set_key();
    insert();
    EXPECT_EQ(of_shop("secret_state"), "sealed");
    roll_back(connection_, "006_add_registration.sql");
    roll_back(connection_, "006_enable_rls.sql");
    roll_back(connection_, "006_databases.sql");
    EXPECT_EQ(value(connection_, "SELECT count(*) FROM pg_extension WHERE extname = 'pgcrypto'"), "1")
        << "not the migration's to take away";
}

TEST_F(Sealing, happens_also_where_triggers_are_switched_off) {
    set_key();
    run(connection_, "SET session_replication_role = replica");
    run(connection_,
        fmt::format(
            "INSERT INTO platform.databases (project_id, organization_id, name, type, connection_string) "
            "VALUES ('{}', '00000000-0000-4000-8000-000000000001', 'shop', 'postgresql', '{}')",
            kProject,
            kAddress
        ));
    EXPECT_EQ(of_shop("connection_string IS NULL, secret_state"), "t|sealed");
}

TEST_F(Sealing, leaves_no_way_around_the_check) {
    set_key();
    insert();
    run(connection_, "ALTER TABLE platform.databases DISABLE TRIGGER databases_seal");
    EXPECT_EQ(sqlstate(connection_, insertion(kAddress, "other")), "23514");
    EXPECT_EQ(
        sqlstate(
            connection_,
            fmt::format(
                "UPDATE platform.databases SET connection_string_encrypted = '{}' WHERE name = 'shop'", kAddress
            )
        ),
        "23514"
    ) << "plain text is not of the form of a sealed one";
}

TEST_F(Sealing, refuses_to_send_a_stored_secret_elsewhere) {
    set_key();
    insert();
    for (const std::string_view change :
         {"host = 'evil.example'",
          "port = 1",
          "ssl_enabled = false",
          "config = '{\"hosts\": [\"evil\"]}'",
          "type = 'redis'",
          "config = '{\"tls\": {\"mode\": \"off\"}}'"}) {
        EXPECT_EQ(
            sqlstate(connection_, fmt::format("UPDATE platform.databases SET {} WHERE name = 'shop'", change)), "22023"
        ) << change;
    }
    EXPECT_EQ(sqlstate(connection_, "UPDATE platform.databases SET config = '{\"pool\": 5}' WHERE name = 'shop'"), "");
    EXPECT_EQ(
        sqlstate(
            connection_,
            "UPDATE platform.databases SET host = 'new', connection_string = 'host=new password=again' WHERE name = "
            "'shop'"
        ),
        ""
    );
    EXPECT_EQ(
        sqlstate(
            connection_,
            "UPDATE platform.databases SET host = 'x', connection_string_encrypted = NULL WHERE name = 'shop'"
        ),
        ""
    );
}

TEST_F(Sealing, never_goes_back_to_an_older_secret) {
    set_key();
    insert();
    const auto old = of_shop("connection_string_encrypted");
    run(connection_,
        "UPDATE platform.databases SET connection_string = 'postgresql://app:neu@other/shop' WHERE name = 'shop'");
    EXPECT_EQ(
        sqlstate(
            connection_,
            fmt::format(
                "UPDATE platform.databases SET connection_string_encrypted = '{}', credential_version = 1 WHERE name = "
                "'shop'",
                old
            )
        ),
        "23514"
    );
}

TEST_F(Sealing, keeps_secrets_out_of_config_and_metadata) {
    for (const std::string_view document :
         {R"({"password": "x"})",
          R"({"pool": [{"DbPassword": "x"}]})",
          R"({"replica": "mongodb://u:x@h/d"})",
          R"({"api_token": "x"})"}) {
        const auto insertion = fmt::format(
            "INSERT INTO platform.databases (project_id, name, type, config) VALUES ('{}', 'c', 'redis', '{}')",
            kProject,
            document
        );
        EXPECT_EQ(sqlstate(connection_, insertion), "23514") << document;
    }
}

TEST_F(Sealing, is_not_undone_by_sql) {
    set_key();
    insert();
    const auto refused = failure(
        connection_,
        "SELECT platform.decrypt_database_connection_string(id) FROM platform.databases WHERE name = 'shop'"
    );
    EXPECT_EQ(refused.sqlstate, "42501");
    EXPECT_THAT(refused.hint, HasSubstr(fmt::format("POST /api/v2/databases/{}/reveal", of_shop("id"))));
    EXPECT_EQ(sqlstate(connection_, "SELECT * FROM platform.databases_with_connection_strings"), "42501");
}

TEST_F(Sealing, is_undone_in_the_other_mode_by_a_key_given_for_the_transaction) {
    run(connection_, migration_text("017_one_profile.sql"));
    set_key();
    insert();
    const auto reveal = fmt::format(
        "BEGIN; SELECT set_config('app.database_decryption_key', '{}', true); "
        "SELECT connection_string FROM platform.databases_with_connection_strings WHERE name = 'shop'",
        kTestPrivateKey
    );
    run(connection_, "UPDATE platform.settings SET value = 'pgcrypto' WHERE name = 'reveal_mode'");
    EXPECT_EQ(sqlstate(connection_, reveal), "42501") << "the role is not there";
    run(connection_, "CREATE ROLE drydock_decrypt");
    EXPECT_EQ(value(connection_, reveal), kAddress);
    run(connection_, "ROLLBACK");
    EXPECT_EQ(
        sqlstate(
            connection_,
            "SELECT platform.decrypt_database_connection_string(id) FROM platform.databases WHERE name = 'shop'"
        ),
        "42501"
    ) << "the key was for one transaction";
    run(connection_, "DROP ROLE drydock_decrypt");
}

TEST_F(Sealing, takes_no_private_key_into_the_settings) {
    EXPECT_EQ(
        sqlstate(
            connection_,
            fmt::format(
                "INSERT INTO platform.settings (name, value) VALUES ('sealing_public_key', '{}')", kTestPrivateKey
            )
        ),
        "23514"
    );
}

}  // namespace
}  // namespace drydock::control
