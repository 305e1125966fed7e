#include "registry/credentials.h"

#include "registry/key_rotation.h"
#include "registry/registry_pgtest.h"

namespace drydock::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class Credentials : public RegistryTest {
protected:
    Credential made(std::string_view name, std::string_view secret, std::string_view role = "member") {
        auto done = add_credential(
            *registry_,
            actor('a', role),
            {.project_id = project('a'), .name = std::string{name}, .secret = Secret{std::string{secret}}},
            limits()
        );
        if (!done) throw std::runtime_error{done.error().message + done.error().detail};
        return *std::move(done);
    }
    std::string password_of(std::string_view database) {
        const auto target = registry_->target(actor('a', "member"), database, limits());
        return target ? (*target)->address().password.reveal() : "error: " + target.error().message;
    }
};

TEST_F(Credentials, AreSharedByDatabases) {
    const auto credential = made("app", "CANARY0shared");
    std::vector<std::string> ids;
    for (const auto* const name : {"one", "two"}) {
        RegisterRequest request{
            .project_id = project('a'),
            .fields = {.name = name, .type = "postgresql", .host = "db.example", .username = "app"},
            .secret = {.credential_id = credential.id},
        };
        if (ids.empty()) request.secret.password = Secret{"CANARY0shared"};
        const auto done = registry_->add(actor('a', "member"), request, limits());
        ASSERT_TRUE(done) << done.error().message;
        ids.push_back(done->database.id);
    }
    EXPECT_EQ(password_of(ids[0]), "CANARY0shared");
    const auto replaced =
        replace_credential(*registry_, actor('a', "member"), credential.id, Secret{"CANARY0next"}, limits());
    ASSERT_TRUE(replaced) << replaced.error().message;
    EXPECT_EQ(replaced->version, 2);
    EXPECT_EQ(replaced->databases, 2);
    EXPECT_EQ(password_of(ids[1]), "CANARY0next");
    const auto rotated =
        rotate_data_key(registry_->secrets(), actor('a', "admin"), project('a'), kCredentials, limits());
    ASSERT_TRUE(rotated) << rotated.error().message;
    EXPECT_EQ(rotated->done, 1);
    EXPECT_EQ(destroy_old_data_keys(registry_->secrets(), std::chrono::seconds{0}, limits()).value(), 1);
    EXPECT_EQ(password_of(ids[1]), "CANARY0next");

    const auto used = remove_credential(*registry_, actor('a', "admin"), credential.id, limits());
    EXPECT_EQ(used.error().code, ErrorCode::conflict);
    for (const auto& id_of : ids) ASSERT_TRUE(registry_->remove(actor('a', "admin"), id_of, limits()));
    EXPECT_TRUE(remove_credential(*registry_, actor('a', "admin"), credential.id, limits()));
    EXPECT_THAT(actions(), HasSubstr("credential.created:success"));
    EXPECT_THAT(actions(), HasSubstr("credential.replaced:success"));
    EXPECT_THAT(actions(), HasSubstr("credential.removed:success"));
}

TEST_F(Credentials, AreNotSentToANewPlaceForTheAsking) {
    const auto credential = made("app", "CANARY0shared", "admin");
    RegisterRequest request{
        .project_id = project('a'),
        .fields = {.name = "one", .type = "redis", .host = "cache.example"},
        .secret = {.credential_id = credential.id},
    };
    const auto add = [&](std::string_view role) { return registry_->add(actor('a', role), request, limits()); };
    EXPECT_EQ(add("admin").error().code, ErrorCode::permission_denied);
    EXPECT_EQ(registry_->test(actor('a', "admin"), request, limits()).error().code, ErrorCode::permission_denied);
    request.secret.password = Secret{"a guess"};
    EXPECT_EQ(add("admin").error().code, ErrorCode::permission_denied);
    request.secret.password = Secret{"CANARY0shared"};
    const auto first = add("member");
    ASSERT_TRUE(first) << first.error().message;
    // At the same place anybody who may register databases may use it, and nowhere else.
    request.secret.password = {};
    request.fields.name = "two";
    ASSERT_TRUE(add("member"));
    request.fields.name = "three";
    request.fields.host = "evil.example";
    EXPECT_EQ(add("member").error().code, ErrorCode::permission_denied);
    const auto moved = [&](std::string_view role) {
        return registry_->change(
            actor('a', role),
            {.id = first->database.id, .fields = {.host = "evil.example"}, .secret = {.credential_id = credential.id}},
            limits()
        );
    };
    EXPECT_EQ(moved("admin").error().code, ErrorCode::permission_denied);
    EXPECT_TRUE(moved("owner")) << "who may see it may also send it";
    request.fields.host = "other.example";
    EXPECT_TRUE(add("owner"));
}

TEST_F(Credentials, AreUsedWhereDrydockHasLetThemGoWhateverTheRowSays) {
    const auto credential = made("app", "CANARY0shared");
    RegisterRequest request{
        .project_id = project('a'),
        .fields = {.name = "one", .type = "postgresql", .host = "db.example", .username = "app"},
        .secret = {.password = Secret{"CANARY0shared"}, .credential_id = credential.id},
    };
    const auto done = registry_->add(actor('a', "member"), request, limits());
    ASSERT_TRUE(done) << done.error().message;
    const auto id_of = done->database.id;
    // A member with SQL of their own, in the server's role.
    act_as(organization('a'), user('a', "member"));
    const auto of_one = [&](std::string_view assignment) {
        return write(fmt::format("UPDATE platform.databases SET {} WHERE id = '{}'", assignment, id_of));
    };
    EXPECT_EQ(of_one("host = 'evil.example'"), "22023");
    EXPECT_EQ(of_one("username = 'postgres'"), "22023");
    EXPECT_EQ(of_one("host = 'evil.example', credential_version = credential_version + 1"), "23514");
    EXPECT_EQ(of_one("credential_version = credential_version + 1"), "23514");
    const auto place = value(admin_, fmt::format("SELECT place_sealed FROM platform.databases WHERE id = '{}'", id_of));
    EXPECT_EQ(password_of(id_of), "CANARY0shared");
    // Taken away, moved, and given again.
    EXPECT_EQ(of_one("credential_id = NULL"), "1");
    EXPECT_EQ(of_one("host = 'evil.example'"), "1");
    EXPECT_EQ(of_one(fmt::format("credential_id = '{}'", credential.id)), "1");
    EXPECT_THAT(password_of(id_of), HasSubstr("past drydock"));
    const auto key = value(
        admin_,
        fmt::format(
            "SELECT id FROM platform.data_keys WHERE purpose = 'connection_strings' AND project_id = '{}'", project('a')
        )
    );
    EXPECT_EQ(of_one(fmt::format("place_sealed = '{}', place_key_id = '{}'", place, key)), "1");
    EXPECT_THAT(password_of(id_of), HasSubstr("another place"));
    // And nobody else is let go there for it.
    request.secret.password = {};
    request.fields.name = "two";
    request.fields.host = "evil.example";
    EXPECT_EQ(registry_->add(actor('a', "member"), request, limits()).error().code, ErrorCode::permission_denied);
    EXPECT_EQ(of_one("credential_id = NULL"), "1");
    EXPECT_EQ(of_one("host = 'db.example'"), "1");
    EXPECT_EQ(
        of_one(fmt::format("credential_id = '{}', place_sealed = '{}', place_key_id = '{}'", credential.id, place, key)
        ),
        "1"
    );
    EXPECT_EQ(password_of(id_of), "CANARY0shared") << "where it was let go, it may be again";
    // The sealed place outlives its key.
    const auto rotated =
        rotate_data_key(registry_->secrets(), actor('a', "admin"), project('a'), kConnectionStrings, limits());
    ASSERT_TRUE(rotated) << rotated.error().message;
    EXPECT_EQ(rotated->done, 1);
    EXPECT_EQ(destroy_old_data_keys(registry_->secrets(), std::chrono::seconds{0}, limits()).value(), 1);
    EXPECT_EQ(password_of(id_of), "CANARY0shared");
}

TEST_F(Credentials, AreForThoseWhoMay) {
    const auto credential = made("app", "x");
    EXPECT_THAT(list_credentials(*registry_, actor('a', "viewer"), project('a'), limits()).value(), SizeIs(1));
    EXPECT_THAT(list_credentials(*registry_, actor('b', "owner"), "", limits()).value(), SizeIs(0));
    const NewCredential another{.project_id = project('a'), .name = "z", .secret = Secret{"x"}};
    EXPECT_EQ(
        add_credential(*registry_, actor('a', "viewer"), another, limits()).error().code, ErrorCode::permission_denied
    );
    EXPECT_FALSE(add_credential(*registry_, actor('b', "owner"), another, limits()));
    EXPECT_EQ(
        replace_credential(*registry_, actor('b', "owner"), credential.id, Secret{"x"}, limits()).error().code,
        ErrorCode::not_found
    );
    EXPECT_EQ(
        remove_credential(*registry_, actor('a', "member"), credential.id, limits()).error().code,
        ErrorCode::permission_denied
    );
    const NewCredential twice{.project_id = project('a'), .name = "app", .secret = Secret{"x"}};
    const auto same = add_credential(*registry_, actor('a', "member"), twice, limits());
    EXPECT_EQ(same.error().code, ErrorCode::conflict);
    EXPECT_EQ(same.error().message, "the project has a credential of this name already");
}

}  // namespace
}  // namespace drydock::registry
