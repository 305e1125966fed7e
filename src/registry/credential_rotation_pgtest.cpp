#include "registry/credential_rotation.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "registry/registry_pgtest.h"
#include "testing/redis_server.h"

namespace drydock::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CredentialRotation : public RegistryTest {
protected:
    bool opens(const targets::Address& address) {
        const auto target = targets::make_target(address, net::Dialler{net::EgressPolicy::everything()});
        return target && (*target)->health(limits()).has_value();
    }
    bool stored_opens(std::string_view id) {
        const auto target = registry_->target(actor('a', "member"), id, limits());
        return target && (*target)->health(limits()).has_value();
    }
    // In a process of its own, killed at the n-th edge; false when it came to its end before.
    bool killed_at(int n, std::string_view database) {
        const auto child = ::fork();
        if (child == 0) {
            Store store{{.where = database_.conninfo(), .role = "drydock_api", .connections = 2}};
            Registry registry{store, ring_, net::Dialler{net::EgressPolicy::everything()}, options()};
            int seen = 0;
            const auto done =
                rotate_credential(registry, actor('a', "member"), database, limits(), [&](std::string_view) {
                    if (++seen == n) ::kill(::getpid(), SIGKILL);
                });
            ::_exit(done && done->state == "revoked" ? 0 : 1);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        if (WIFEXITED(status)) {
            EXPECT_EQ(WEXITSTATUS(status), 0) << "the rotation failed";
            return false;
        }
        return true;
    }
    void expect_nothing_lost(const targets::Address& first) {
        const auto row = added("target", first.url().reveal());
        ASSERT_TRUE(stored_opens(row.id));
        auto last = revealed(row.id);
        int killed = 0;
        for (int n = 1; n < 30; ++n) {
            const bool again = killed_at(n, row.id);
            // The killed one's session may live a moment longer, and with it its lock: until then another is at it.
            for (;;) {
                const auto resumed = resume_rotations(*registry_, limits());
                ASSERT_TRUE(resumed) << resumed.error().message;
                if (resumed->open == 0) break;
                const auto open = rotations_of(*registry_, actor('a', "viewer"), row.id, limits()).value().front();
                ASSERT_EQ(open.error, "") << "at edge " << n;
            }
            const auto newest = rotations_of(*registry_, actor('a', "viewer"), row.id, limits()).value().front();
            ASSERT_EQ(newest.state, "revoked") << "after being killed at edge " << n;
            ASSERT_TRUE(stored_opens(row.id)) << "after being killed at edge " << n;
            const auto now = revealed(row.id);
            ASSERT_NE(now, last);
            ASSERT_FALSE(opens(targets::Address::parse(last).value())) << "the old one is still taken, edge " << n;
            last = now;
            if (!again) break;
            ++killed;
        }
        EXPECT_GE(killed, 7);
        EXPECT_EQ(
            value(admin_, "SELECT count(*) FROM platform.credential_rotations WHERE new_secret IS NOT NULL"), "0"
        );
    }
};

TEST_F(CredentialRotation, ReplacesThePasswordOfAPostgresRole) {
    const auto address = target_address("CANARY0first");
    const auto row = added("target", address.url().reveal());
    const auto done = rotate_credential(*registry_, actor('a', "member"), row.id, limits());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->state, "revoked");
    EXPECT_EQ(done->username, role_);
    EXPECT_TRUE(stored_opens(row.id));
    EXPECT_FALSE(opens(address)) << "the old password";
    EXPECT_EQ(registry_->find(actor('a', "viewer"), row.id, limits())->credential_version, 2);
    for (const auto* const state : {"planned", "stored", "applied", "verified", "promoted", "revoked"}) {
        EXPECT_THAT(actions(), HasSubstr(fmt::format("database.rotation_{}:success", state)));
    }
    EXPECT_EQ(
        rotate_credential(*registry_, actor('a', "viewer"), row.id, limits()).error().code, ErrorCode::permission_denied
    );
    EXPECT_EQ(rotate_credential(*registry_, actor('b', "owner"), row.id, limits()).error().code, ErrorCode::not_found);
}

TEST_F(CredentialRotation, TakesTheOldOneWhateverCharactersItHas) {
    const auto row = added("target", target_address("\"\\ %+/\u00e9").url().reveal());
    const auto done = rotate_credential(*registry_, actor('a', "member"), row.id, limits());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->state, "revoked");
}

TEST_F(CredentialRotation, OnPostgresLosesNothingWhenItIsKilledAnywhere) {
    expect_nothing_lost(target_address("first"));
}

TEST_F(CredentialRotation, OnRedisLosesNothingWhenItIsKilledAnywhere) {
    const testing::RedisServer server{{.users = {"app on >first ~* +@all"}}};
    expect_nothing_lost({
        .type = targets::Type::redis,
        .hosts = {{"127.0.0.1", server.port()}},
        .user = "app",
        .password = Secret{"first"},
    });
}

TEST_F(CredentialRotation, EndsWithNothingChangedWhereTheDatabaseRefuses) {
    const testing::RedisServer server{{.users = {"app on >first ~* +ping +@read"}}};
    const targets::Address address{
        .type = targets::Type::redis,
        .hosts = {{"127.0.0.1", server.port()}},
        .user = "app",
        .password = Secret{"first"},
    };
    const auto row = added("target", address.url().reveal());
    const auto refused = rotate_credential(*registry_, actor('a', "member"), row.id, limits());
    ASSERT_FALSE(refused);
    const auto newest = rotations_of(*registry_, actor('a', "viewer"), row.id, limits()).value().front();
    EXPECT_EQ(newest.state, "failed");
    EXPECT_NE(newest.error, "");
    EXPECT_TRUE(stored_opens(row.id));
    EXPECT_EQ(registry_->find(actor('a', "viewer"), row.id, limits())->credential_version, 1);
}

TEST_F(CredentialRotation, WaitsWhereTheDatabaseIsAway) {
    testing::RedisServer server{{.users = {"app on >first ~* +@all"}}};
    const targets::Address address{
        .type = targets::Type::redis,
        .hosts = {{"127.0.0.1", server.port()}},
        .user = "app",
        .password = Secret{"first"},
    };
    const auto row = added("target", address.url().reveal());
    server.kill();
    EXPECT_FALSE(rotate_credential(*registry_, actor('a', "member"), row.id, limits()));
    auto newest = rotations_of(*registry_, actor('a', "viewer"), row.id, limits()).value().front();
    EXPECT_EQ(newest.state, "stored");
    EXPECT_EQ(newest.attempts, 1);
    // Meanwhile nobody puts another secret in its place, or takes the row away.
    EXPECT_EQ(
        registry_->change(actor('a', "admin"), {.id = row.id, .secret = {.password = Secret{"x"}}}, limits())
            .error()
            .code,
        ErrorCode::conflict
    );
    EXPECT_EQ(registry_->remove(actor('a', "admin"), row.id, limits()).error().code, ErrorCode::conflict);
    EXPECT_EQ(rotate_credential(*registry_, actor('a', "member"), row.id, limits()).error().code, ErrorCode::conflict);
    // A key rotation takes what is under way along.
    ASSERT_TRUE(rotate_data_key(registry_->secrets(), actor('a', "admin"), project('a'), kConnectionStrings, limits()));
    EXPECT_EQ(destroy_old_data_keys(registry_->secrets(), std::chrono::seconds{0}, limits()).value(), 1);
    server.start();
    EXPECT_EQ(resume_rotations(*registry_, limits())->finished, 1);
    EXPECT_TRUE(stored_opens(row.id));
}

TEST_F(CredentialRotation, IsNotForSecretsThatAreElsewhere) {
    environment_ = {{"PG_INSTANCE_1_URI", "postgresql://u:p@h/d"}};
    auto parts = request("env", {});
    parts.secret.environment = "PG_INSTANCE_1_";
    const auto row = registry_->add(actor('a', "member"), parts, limits()).value().database;
    EXPECT_EQ(
        rotate_credential(*registry_, actor('a', "member"), row.id, limits()).error().code, ErrorCode::invalid_argument
    );
    const auto mongo = added("mongo", "mongodb://u:p@h/d");
    EXPECT_EQ(
        rotate_credential(*registry_, actor('a', "member"), mongo.id, limits()).error().code,
        ErrorCode::invalid_argument
    );
}

}  // namespace
}  // namespace drydock::registry
