#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/random.h"
#include "registry/key_rotation.h"
#include "registry/registry_pgtest.h"

namespace drydock::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Files below a folder that hold a text.
std::vector<std::string> files_with(const std::filesystem::path& folder, const std::string& text) {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
        if (!entry.is_regular_file()) continue;
        std::ifstream file{entry.path(), std::ios::binary};
        const std::string content{std::istreambuf_iterator<char>{file}, {}};
        if (content.find(text) != std::string::npos) found.push_back(entry.path().string());
    }
    return found;
}

class SecretsTest : public RegistryTest {
protected:
    // Writes past row-level security and triggers, as whoever has got hold of the database might.
    void tamper(std::string_view sql) {
        run(admin_,
            fmt::format(
                "ALTER TABLE platform.databases DISABLE TRIGGER databases_seal; SET session_replication_role = "
                "replica; {};"
                "RESET session_replication_role; ALTER TABLE platform.databases ENABLE ALWAYS TRIGGER databases_seal",
                sql
            ));
    }
    void make_sealing_key() {
        const auto made = ensure_sealing_key(*store_, *ring_, limits());
        ASSERT_TRUE(made) << made.error().message;
    }
    Resealed reseal() {
        std::string failures;
        auto done = reseal_waiting(
            registry_->secrets(),
            [&](std::string_view row, const Error& error) { failures += fmt::format("{}: {}\n", row, error.message); },
            limits()
        );
        EXPECT_TRUE(done) << done.error().message;
        last_failures_ = failures;
        return done.value_or(Resealed{});
    }
    std::string last_failures_;
};

TEST_F(SecretsTest, LeavesNoSecretAnywhereInTheControlPlane) {
    const auto canary = "CANARY" + random_hex(12);
    const auto second = "CANARY" + random_hex(12);
    // With everything logged that a server can log.
    run(admin_,
        fmt::format(
            "ALTER DATABASE {} SET log_statement = 'all'; ALTER DATABASE {} SET log_min_duration_statement = 0",
            database_.conninfo().get("dbname"),
            database_.conninfo().get("dbname")
        ));
    store_.emplace(control::StoreOptions{.where = database_.conninfo(), .role = "drydock_api"});
    open(keyring(kKeyOne));
    const auto row = added("orders", fmt::format("postgresql://app:{}@db.example/shop", canary));
    auto again = request("orders", Secret{fmt::format("postgresql://app:{}@db.example/shop", canary)});
    const auto conflict = registry_->add(actor('a', "admin"), again, limits());
    EXPECT_THAT(conflict.error().message + conflict.error().detail, Not(HasSubstr(canary)));
    const auto changed =
        registry_->change(actor('a', "admin"), {.id = row.id, .secret = {.password = Secret{second}}}, limits());
    ASSERT_TRUE(changed) << changed.error().message;
    ASSERT_THAT(revealed(row.id), HasSubstr(second));
    ASSERT_TRUE(rotate_data_key(registry_->secrets(), actor('a', "admin"), project('a'), kConnectionStrings, limits()));
    const auto shown = registry_->find(actor('a', "owner"), row.id, limits()).value();
    for (const auto& text : {shown.connection_string, shown.config, shown.metadata, shown.username}) {
        EXPECT_THAT(text, Not(HasSubstr("CANARY")));
    }
    run(admin_, "CHECKPOINT");
    for (const auto& text : {canary, second}) {
        EXPECT_THAT(files_with(testing::server().folder(), text), ElementsAre()) << "heap, WAL, log";
    }
    // That one would be found there: this one is written in clear.
    const auto plain = "CANARY" + random_hex(12);
    run(admin_, fmt::format("UPDATE platform.projects SET description = '{}'; CHECKPOINT", plain));
    EXPECT_THAT(files_with(testing::server().folder(), plain), Not(ElementsAre()));
}

TEST_F(SecretsTest, OpensAValueOnlyWhereItWasSealed) {
    const auto one = added("one", "postgresql://app:first@db.example/shop");
    const auto two = added("two", "postgresql://app:second@db.example/shop");
    tamper(fmt::format(
        "UPDATE platform.databases AS d SET connection_string_encrypted = o.connection_string_encrypted "
        "FROM platform.databases AS o WHERE d.id = '{}' AND o.id = '{}'",
        one.id,
        two.id
    ));
    const auto swapped = registry_->reveal(actor('a', "owner"), one.id, "", limits());
    ASSERT_FALSE(swapped);
    EXPECT_EQ(swapped.error().code, ErrorCode::conflict);
    EXPECT_FALSE(registry_->target(actor('a', "owner"), one.id, limits()));
    EXPECT_THAT(revealed(two.id), HasSubstr("second"));
}

TEST_F(SecretsTest, SendsASecretNowhereButWhereItWasStoredFor) {
    const auto row = added("one", "postgresql://app:first@db.example/shop");
    const auto target = [&] { return registry_->target(actor('a', "owner"), row.id, limits()); };
    ASSERT_TRUE(target());
    // By somebody whom no trigger stops.
    for (const auto* const moved : {
             "host = 'evil.example'",
             "port = 6543",
             "ssl_enabled = false",
             R"(config = '{"hosts": [{"host": "evil.example"}]}')",
             R"(config = '{"tls": {"mode": "require"}}')",
             R"(config = '{"options": {"target_session_attrs": "any"}}')",
             "username = 'somebody_else'",
         }) {
        tamper(fmt::format("UPDATE platform.databases SET {}", moved));
        ASSERT_FALSE(target()) << moved;
        EXPECT_EQ(target().error().code, ErrorCode::conflict) << moved;
        EXPECT_FALSE(registry_->test(actor('a', "owner"), row.id, limits())) << moved;
        tamper(
            "UPDATE platform.databases SET host = 'db.example', port = 5432, ssl_enabled = true, config = '{}', "
            "username = 'app'"
        );
        ASSERT_TRUE(target()) << moved;
    }
}

TEST_F(SecretsTest, DoesNotOpenAnOlderValueOfTheSameRow) {
    const auto row = added("one", "postgresql://app:first@db.example/shop");
    const auto old = value(admin_, "SELECT connection_string_encrypted FROM platform.databases");
    ASSERT_TRUE(registry_->change(actor('a', "admin"), {.id = row.id, .secret = {.password = Secret{"next"}}}, limits())
    );
    tamper(fmt::format("UPDATE platform.databases SET connection_string_encrypted = '{}'", old));
    EXPECT_FALSE(registry_->reveal(actor('a', "owner"), row.id, "", limits()));
}

TEST_F(SecretsTest, DoesNotStartWithAWrongOrMissingMasterKey) {
    added("one", "postgresql://app:first@db.example/shop");
    const auto wrong = check_master_keys(*store_, *keyring(kWrongOne), limits());
    ASSERT_FALSE(wrong);
    EXPECT_THAT(wrong.error().message, HasSubstr("k1"));
    const auto missing = check_master_keys(*store_, *keyring(kKeyTwo), limits());
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().message, HasSubstr("k1 is in use and was not given"));
    // And with the wrong one all the same, nothing opens.
    Registry odd{*store_, keyring(kWrongOne), net::Dialler{net::EgressPolicy{}}, options()};
    const auto id_of = value(admin_, "SELECT id FROM platform.databases");
    EXPECT_EQ(odd.reveal(actor('a', "owner"), id_of, "", limits()).error().code, ErrorCode::conflict);
}

// --- sealed by SQL --------------------------------------------------------------------------------------------------

TEST_F(SecretsTest, SealsAnewWhatSqlHasSealed) {
    make_sealing_key();
    ASSERT_FALSE(ensure_sealing_key(*store_, *ring_, limits()).value()) << "once";
    const auto plain = "postgresql://app:CANARY0sql@db.example:6432/shop";
    const auto odd = "postgresql://app:a%2Fb@db1.example,db2.example/shop?sslmode=verify-ca";
    for (const auto& [name, url] : {std::pair{"plain", plain}, std::pair{"odd", odd}}) {
        run(admin_,
            fmt::format(
                "INSERT INTO platform.databases (project_id, name, type, connection_string) VALUES ('{}', '{}', "
                "'postgresql', '{}')",
                project('a'),
                name,
                url
            ));
    }
    const auto id_of = [&](std::string_view name) {
        return value(admin_, fmt::format("SELECT id FROM platform.databases WHERE name = '{}'", name));
    };
    EXPECT_EQ(revealed(id_of("plain")), plain) << "also while it waits";
    EXPECT_EQ(reseal().done, 2) << last_failures_;
    EXPECT_EQ(value(admin_, "SELECT string_agg(DISTINCT secret_state, ' ') FROM platform.databases"), "encrypted");
    EXPECT_EQ(revealed(id_of("plain")), plain);
    EXPECT_EQ(revealed(id_of("odd")), odd);
    const auto filled = registry_->find(actor('a', "viewer"), id_of("odd"), limits()).value();
    EXPECT_EQ(filled.host, "db1.example") << "SQL could not tell it from the address";
    EXPECT_THAT(filled.config, HasSubstr("db2.example"));
    EXPECT_EQ(filled.credential_version, 2);
    EXPECT_EQ(registry_->find(actor('a', "viewer"), id_of("plain"), limits())->credential_version, 1);
    EXPECT_EQ(reseal().done, 0);
    EXPECT_THAT(actions(), HasSubstr("database.secret_resealed:success"));
}

TEST_F(SecretsTest, UsesWhatSqlHasSealedInItsOwnRowAndAtItsOwnPlaceOnly) {
    make_sealing_key();
    for (const auto* const name : {"good", "evil"}) {
        run(admin_,
            fmt::format(
                "INSERT INTO platform.databases (project_id, name, type, connection_string) "
                "VALUES ('{}', '{}', 'postgresql', 'postgresql://u:CANARY0{}@{}.example/d')",
                project('a'),
                name,
                name,
                name
            ));
    }
    const auto id_of = [&](std::string_view name) {
        return value(admin_, fmt::format("SELECT id FROM platform.databases WHERE name = '{}'", name));
    };
    const auto good = value(admin_, "SELECT connection_string_encrypted FROM platform.databases WHERE name = 'good'");
    const auto put = [&](std::string_view name, std::string_view assignment) {
        tamper(fmt::format("UPDATE platform.databases SET {} WHERE name = '{}'", assignment, name));
        const auto target = registry_->target(actor('a', "owner"), id_of(name), limits());
        ASSERT_FALSE(target) << assignment;
        EXPECT_EQ(target.error().code, ErrorCode::conflict) << assignment;
    };
    put("evil", fmt::format("connection_string_encrypted = '{}'", good));
    for (const auto* const moved : {
             "host = 'evil.example'",
             "port = 6543",
             "username = 'v'",
             R"(config = '{"tls": {"mode": "require"}}')",
             R"(config = '{"options": {"target_session_attrs": "any"}}')",
             "credential_version = 2",
         }) {
        put("good", moved);
        tamper(
            "UPDATE platform.databases SET host = 'good.example', port = NULL, username = 'u', config = '{}', "
            "credential_version = 1 WHERE name = 'good'"
        );
    }
    const auto resealed = reseal();
    EXPECT_EQ(resealed.done, 1) << "good as it was";
    EXPECT_EQ(resealed.failed, 1) << last_failures_;
    EXPECT_THAT(revealed(id_of("good")), HasSubstr("CANARY0good"));
}

TEST_F(SecretsTest, LeavesWhatDoesNotOpenAndGoesOn) {
    make_sealing_key();
    for (const auto* const name : {"a", "b"}) {
        run(admin_,
            fmt::format(
                "INSERT INTO platform.databases (project_id, name, type, connection_string) "
                "VALUES ('{}', '{}', 'postgresql', 'postgresql://u:p@h/d')",
                project('a'),
                name
            ));
    }
    tamper(
        "UPDATE platform.databases SET connection_string_encrypted = "
        "overlay(connection_string_encrypted PLACING 'AAAA' FROM 300) WHERE name = 'a'"
    );
    const auto done = reseal();
    EXPECT_EQ(done.done, 1);
    EXPECT_EQ(done.failed, 1);
    EXPECT_EQ(value(admin_, "SELECT name FROM platform.databases WHERE secret_state = 'sealed'"), "a");
}

TEST_F(SecretsTest, OpensWhatWasSealedToAFormerKey) {
    make_sealing_key();
    const auto insert = [&](std::string_view name) {
        run(admin_,
            fmt::format(
                "INSERT INTO platform.databases (project_id, name, type, connection_string) "
                "VALUES ('{}', '{}', 'postgresql', 'postgresql://u:{}@h/d')",
                project('a'),
                name,
                name
            ));
    };
    insert("old");
    ASSERT_TRUE(replace_sealing_key(*store_, *ring_, limits()));
    insert("new");
    EXPECT_EQ(
        value(admin_, "SELECT count(DISTINCT split_part(connection_string_encrypted, ':', 2)) FROM platform.databases"),
        "2"
    );
    EXPECT_EQ(reseal().done, 2) << last_failures_;
}

TEST_F(SecretsTest, LetsNobodyButTheServerSetTheSealingKey) {
    act_as(organization('a'), user('a', "owner"));
    EXPECT_EQ(change("SELECT platform.set_sealing_key('0123456789ABCDEF', 'x', 'k1', 'x', true)"), "42501");
    EXPECT_EQ(change("SELECT platform.retire_master_key('k1')"), "42501");
    EXPECT_EQ(change("INSERT INTO platform.sealing_keys VALUES ('0123456789ABCDEF', 'k1', 'x')"), "42501");
}

// --- rotation of keys -----------------------------------------------------------------------------------------------

class KeyRotation : public SecretsTest {
protected:
    void fill(int count) {
        const auto first = static_cast<int>(plain_.size());
        for (int i = first; i < first + count; ++i) {
            const auto url = fmt::format("postgresql://app:secret-{}@db.example:5432/shop", i);
            plain_[added(fmt::format("db{:02}", i), url).id] = url;
        }
    }
    void expect_all_open() {
        for (const auto& [id_of, url] : plain_) ASSERT_EQ(revealed(id_of), url);
    }
    std::string keys(std::string_view what) {
        return value(
            admin_,
            fmt::format("SELECT coalesce(string_agg({}, ' ' ORDER BY version), '') FROM platform.data_keys", what)
        );
    }
    // Runs `work` in a process of its own, which is killed at the n-th edge; false when it came to its end before.
    bool killed_at(int n, const std::function<Result<>(Registry&, const Edge&)>& work, std::string_view lines) {
        const auto child = ::fork();
        if (child == 0) {
            Store store{{.where = database_.conninfo(), .role = "drydock_api", .connections = 2}};
            Registry registry{store, keyring(lines), net::Dialler{net::EgressPolicy{}}, options()};
            int seen = 0;
            const auto done = work(registry, [&](std::string_view) {
                if (++seen == n) ::kill(::getpid(), SIGKILL);
            });
            ::_exit(done ? 0 : 1);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        if (WIFEXITED(status)) {
            EXPECT_EQ(WEXITSTATUS(status), 0) << "the work failed";
            return false;
        }
        return true;
    }
    std::map<std::string, std::string> plain_;
};

TEST_F(KeyRotation, GivesAProjectANewDataKeyAndDestroysTheOldOne) {
    fill(3);
    const auto before =
        value(admin_, "SELECT string_agg(connection_string_encrypted, ' ' ORDER BY id) FROM platform.databases");
    const auto done =
        rotate_data_key(registry_->secrets(), actor('a', "admin"), project('a'), kConnectionStrings, limits());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->done, 3);
    EXPECT_EQ(done->failed, 0);
    EXPECT_EQ(keys("state"), "decrypt_only active");
    EXPECT_NE(
        value(admin_, "SELECT string_agg(connection_string_encrypted, ' ' ORDER BY id) FROM platform.databases"), before
    );
    EXPECT_EQ(value(admin_, "SELECT string_agg(credential_version::text, ' ') FROM platform.databases"), "1 1 1");
    expect_all_open();
    EXPECT_EQ(destroy_old_data_keys(registry_->secrets(), std::chrono::hours{1}, limits()).value(), 0) << "not yet";
    EXPECT_EQ(destroy_old_data_keys(registry_->secrets(), std::chrono::seconds{0}, limits()).value(), 1);
    EXPECT_EQ(keys("state || coalesce(octet_length(wrapped_key)::text, '')"), "destroyed active48");
    expect_all_open();
    EXPECT_THAT(actions(), HasSubstr("data_key.rotated:success"));
    EXPECT_THAT(actions(), HasSubstr("data_key.destroyed:success"));
    const auto status = data_key_status(registry_->keys(), actor('a', "admin"), limits()).value();
    ASSERT_EQ(status.size(), 2U);
    EXPECT_EQ(status[1].values, 3);

    EXPECT_EQ(
        rotate_data_key(registry_->secrets(), actor('a', "member"), project('a'), kConnectionStrings, limits())
            .error()
            .code,
        ErrorCode::permission_denied
    );
}

TEST_F(KeyRotation, KeepsAKeyThatAnythingIsStillSealedWith) {
    fill(2);
    const auto damaged = plain_.begin()->first;
    tamper(fmt::format(
        "UPDATE platform.databases SET connection_string_encrypted = overlay(connection_string_encrypted PLACING "
        "'AAAAA' "
        "FROM 100) WHERE id = '{}'",
        damaged
    ));
    const auto done =
        rotate_data_key(registry_->secrets(), actor('a', "admin"), project('a'), kConnectionStrings, limits());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->done, 1);
    EXPECT_EQ(done->failed, 1);
    EXPECT_EQ(destroy_old_data_keys(registry_->secrets(), std::chrono::seconds{0}, limits()).value(), 0);
}

TEST_F(KeyRotation, LosesNothingWhenItIsKilledAnywhere) {
    fill(4);
    int killed = 0;
    for (int n = 1; n < 60; ++n) {
        const bool again = killed_at(
            n,
            [&](Registry& registry, const Edge& edge) -> Result<> {
                DRYDOCK_TRY_VOID(rotate_data_key(
                    registry.secrets(), actor('a', "admin"), project('a'), kConnectionStrings, limits(), edge
                ));
                return {};
            },
            kKeyOne
        );
        expect_all_open();
        if (!again) break;
        ++killed;
    }
    EXPECT_GE(killed, 10);
    ASSERT_TRUE(finish_data_key_rotations(registry_->secrets(), limits()));
    EXPECT_GE(destroy_old_data_keys(registry_->secrets(), std::chrono::seconds{0}, limits()).value(), killed - 1);
    expect_all_open();
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.data_keys WHERE state <> 'destroyed'"), "1");
}

TEST_F(KeyRotation, SealsWhatIsWrittenMeanwhileWithTheNewKey) {
    fill(2);
    bool wrote = false;
    const auto done = rotate_data_key(
        registry_->secrets(),
        actor('a', "admin"),
        project('a'),
        kConnectionStrings,
        limits(),
        [&](std::string_view step) {
            if (step != "switched" || wrote) return;
            wrote = true;
            fill(3);
        }
    );
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->done, 2) << "what was there before";
    EXPECT_EQ(destroy_old_data_keys(registry_->secrets(), std::chrono::seconds{0}, limits()).value(), 1);
    expect_all_open();
}

TEST_F(KeyRotation, WrapsAllKeysByAnotherMasterKey) {
    fill(2);
    make_sealing_key();
    plain_[added("theirs", "postgresql://u:theirs@h:1/d", 'b').id] = "";
    const auto theirs = value(admin_, "SELECT id FROM platform.databases WHERE name = 'theirs'");
    plain_.erase(theirs);
    open(keyring(fmt::format("{}{}", kKeyOne, kKeyTwo), "k2"));
    const auto refused = retire_master_key(registry_->keys(), "k1", {}, limits());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
    EXPECT_THAT(refused.error().message, HasSubstr("3 keys"));
    EXPECT_EQ(retire_master_key(registry_->keys(), "k2", {}, limits()).error().code, ErrorCode::conflict);

    std::int64_t elsewhere = 5;  // what another module has under k1
    const std::vector<MasterKeyUse> others{{
        .name = "second factors",
        .count = [&](std::string_view key, const Limits&) -> Result<std::int64_t> {
            return key == "k1" ? elsewhere : 0;
        },
        .move = [&](const Limits&) -> Result<std::int64_t> { return std::exchange(elsewhere, 0); },
    }};
    auto status = master_key_status(registry_->keys(), others, limits()).value();
    ASSERT_EQ(status.size(), 2U);
    EXPECT_EQ(status[0].data_keys, 2);
    EXPECT_EQ(status[0].others, 6);
    EXPECT_FALSE(status[0].current);
    EXPECT_EQ(rotate_master_key(registry_->keys(), others, limits()).value(), 2 + 1 + 5);
    EXPECT_EQ(rotate_master_key(registry_->keys(), others, limits()).value(), 0) << "once";
    expect_all_open();
    ASSERT_TRUE(retire_master_key(registry_->keys(), "k1", others, limits()));
    open(keyring(kKeyTwo));
    elsewhere = 3;  // from before it was sealed: with one key there is something to seal, too
    EXPECT_EQ(rotate_master_key(registry_->keys(), others, limits()).value(), 3);
    expect_all_open();
    EXPECT_THAT(revealed(theirs, 'b'), HasSubstr("theirs"));
    run(admin_,
        fmt::format(
            "INSERT INTO platform.databases (project_id, name, type, connection_string) "
            "VALUES ('{}', 'sql', 'postgresql', 'postgresql://u:p@h/d')",
            project('a')
        ));
    EXPECT_EQ(reseal().done, 1) << last_failures_;
}

TEST_F(KeyRotation, OfAMasterKeyLosesNothingWhenItIsKilledAnywhere) {
    fill(1);
    for (const char purpose : {'x', 'y', 'z'}) {
        ASSERT_TRUE(registry_->keys().ensure(organization('a'), project('a'), std::string{purpose}, limits()));
    }
    const auto both = fmt::format("{}{}", kKeyOne, kKeyTwo);
    open(keyring(both, "k2"));
    int killed = 0;
    for (int n = 1; n < 40; ++n) {
        // There and back again, so that there is something to do each time.
        const auto* const to = n % 2 == 0 ? "k1" : "k2";
        const auto work = [&](Registry&, const Edge& edge) -> Result<> {
            Store own{{.where = database_.conninfo(), .role = "drydock_api", .connections = 2}};
            DataKeys keys_of_child{own, keyring(both, to)};
            DRYDOCK_TRY_VOID(rotate_master_key(keys_of_child, {}, limits(), edge));
            return {};
        };
        const bool again = killed_at(n, work, both);
        expect_all_open();
        if (!again) break;
        ++killed;
    }
    EXPECT_GE(killed, 5);
    ASSERT_TRUE(rotate_master_key(registry_->keys(), {}, limits()));
    EXPECT_EQ(keys("master_key_id"), "k2 k2 k2 k2");
    expect_all_open();
}

}  // namespace
}  // namespace drydock::registry
