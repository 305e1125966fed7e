#include "registry/registry_pgtest.h"

namespace drydock::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::string_view kUrl = "postgresql://app:CANARY0secret@db.example:6432/shop?sslmode=verify-ca";

TEST_F(RegistryTest, RegistersADatabaseAndKeepsItsSecretSealed) {
    const auto row = added("orders", kUrl);
    EXPECT_EQ(row.type, "postgresql");
    EXPECT_EQ(row.host, "db.example");
    EXPECT_EQ(row.port, 6432);
    EXPECT_EQ(row.database, "shop");
    EXPECT_EQ(row.username, "app");
    EXPECT_EQ(row.secret_state, "encrypted");
    EXPECT_EQ(row.connection_string, "postgresql://app:****@db.example:6432/shop");
    EXPECT_THAT(row.config, HasSubstr(R"("mode": "verify-ca")"));
    EXPECT_EQ(row.status, "active");
    EXPECT_EQ(revealed(row.id), kUrl);
    EXPECT_EQ(actions(), "data_key.created:success database.registered:success database.secret_revealed:success");

    const auto found = registry_->find(actor('a', "viewer"), row.id, limits());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->name, "orders");
    EXPECT_EQ(found->updated_at, row.updated_at);
}

TEST_F(RegistryTest, TakesPartsInPlaceOfAnAddress) {
    auto parts = request("orders", {});
    parts.fields.type = "postgresql";
    parts.fields.host = "db.example";
    parts.fields.username = "app";
    parts.secret.password = Secret{"p@ss:/?#"};
    const auto done = registry_->add(actor('a', "member"), parts, limits());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->database.port, 5432);
    EXPECT_EQ(revealed(done->database.id), "postgresql://app:p%40ss%3A%2F%3F%23@db.example:5432/");
    const auto target = registry_->target(actor('a', "member"), done->database.id, limits());
    ASSERT_TRUE(target);
    EXPECT_EQ((*target)->address().password.reveal(), "p@ss:/?#");
    EXPECT_EQ((*target)->address().tls_mode(), net::TlsMode::verify_full);
}

TEST_F(RegistryTest, LetsFieldsWinOverTheAddress) {
    auto both = request("orders", Secret{std::string{kUrl}});
    both.fields.host = "db2.example";
    both.fields.config = R"({"hosts": [{"host": "db3.example", "port": 7000}], "pool": {"max": 3}})";
    const auto done = registry_->add(actor('a', "member"), both, limits());
    ASSERT_TRUE(done) << done.error().message;
    const auto target = registry_->target(actor('a', "member"), done->database.id, limits()).value();
    EXPECT_THAT(
        target->address().hosts, ElementsAre(targets::Host{"db2.example", 6432}, targets::Host{"db3.example", 7000})
    );
    EXPECT_THAT(done->database.config, HasSubstr(R"("pool": {"max": 3})"));
}

TEST_F(RegistryTest, RefusesWhatIsWrongInWordsOfItsOwn) {
    added("orders", kUrl);
    const auto refused = [&](RegisterRequest request) {
        const auto done = registry_->add(actor('a', "admin"), request, limits());
        return done ? std::pair{ErrorCode::internal, std::string{"registered"}}
                    : std::pair{done.error().code, done.error().message};
    };
    using Answer = std::pair<ErrorCode, std::string>;
    EXPECT_EQ(
        refused(request("orders", Secret{std::string{kUrl}})),
        (Answer{ErrorCode::conflict, "the project has a database of this name already"})
    );
    auto elsewhere = request("x", Secret{std::string{kUrl}});
    elsewhere.project_id = project('b');
    EXPECT_EQ(refused(elsewhere).first, ErrorCode::not_found);
    elsewhere.secret = {};
    elsewhere.fields.type = "postgresql";
    elsewhere.fields.host = "h";
    elsewhere.fields.username = "u";
    EXPECT_EQ(refused(elsewhere).first, ErrorCode::not_found);
    elsewhere.project_id = "x";
    EXPECT_EQ(refused(elsewhere).first, ErrorCode::invalid_argument);
    auto hidden = request("x", Secret{std::string{kUrl}});
    hidden.fields.metadata = R"({"password": "hunter2"})";
    EXPECT_EQ(refused(hidden), (Answer{ErrorCode::invalid_argument, "metadata holds what looks like a secret"}));
    auto twice = request("x", Secret{std::string{kUrl}});
    twice.secret.password = Secret{"y"};
    EXPECT_EQ(refused(twice).second, "the secret is given in more than one way");
    EXPECT_EQ(refused(request("", Secret{std::string{kUrl}})).first, ErrorCode::invalid_argument);
    const auto viewer = registry_->add(actor('a', "viewer"), request("x", Secret{std::string{kUrl}}), limits());
    EXPECT_EQ(viewer.error().code, ErrorCode::permission_denied);
    EXPECT_THAT(value(admin_, "SELECT count(*) FROM platform.databases"), "1");
}

TEST_F(RegistryTest, AsksBeforeTheRowInTheSameTransaction) {
    auto limited = request("orders", Secret{std::string{kUrl}});
    limited.before_insert = [](Transaction& transaction) -> Result<> {
        constexpr pg::Query kMark{"mark", "UPDATE platform.projects SET description = 'asked'"};
        DRYDOCK_TRY_VOID(transaction.query(kMark));
        return Error{.code = ErrorCode::conflict, .message = "the plan allows no more databases"};
    };
    const auto done = registry_->add(actor('a', "admin"), limited, limits());
    EXPECT_EQ(done.error().message, "the plan allows no more databases");
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.projects WHERE description = 'asked'"), "0");
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.databases"), "0");
}

TEST_F(RegistryTest, ListsByNameInPagesAndByFilter) {
    for (const auto* const name : {"b", "a", "d", "c"}) added(name, fmt::format("redis://:x@{}.example/0", name));
    added("e", kUrl);
    added("theirs", kUrl, 'b');
    const auto viewer = actor('a', "viewer");
    std::vector<std::string> names;
    std::string cursor;
    do {
        const auto page = registry_->list(viewer, {.cursor = cursor, .limit = 2}, limits());
        ASSERT_TRUE(page) << page.error().message;
        for (const auto& row : page->databases) names.push_back(row.name);
        cursor = page->next_cursor;
    } while (!cursor.empty());
    EXPECT_THAT(names, ElementsAre("a", "b", "c", "d", "e"));
    const auto count = [&](const Filter& filter) {
        return registry_->list(viewer, filter, limits())->databases.size();
    };
    EXPECT_EQ(count({.type = "redis"}), 4U);
    EXPECT_EQ(count({.text = "B.EXAMPLE"}), 2U) << "b.example and db.example";
    EXPECT_EQ(count({.status = "inactive"}), 0U);
    EXPECT_EQ(count({.health = "unknown"}), 5U);
    EXPECT_EQ(count({.project_id = project('b')}), 0U);
    EXPECT_EQ(registry_->list(viewer, {.cursor = "x"}, limits()).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(registry_->list(viewer, {.limit = 201}, limits()).error().code, ErrorCode::invalid_argument);
}

TEST_F(RegistryTest, ShowsNothingOfAnotherOrganization) {
    const auto theirs = added("theirs", kUrl, 'b');
    const auto me = actor('a', "owner");
    EXPECT_EQ(registry_->find(me, theirs.id, limits()).error().code, ErrorCode::not_found);
    EXPECT_EQ(registry_->test(me, theirs.id, limits()).error().code, ErrorCode::not_found);
    EXPECT_EQ(registry_->reveal(me, theirs.id, "", limits()).error().code, ErrorCode::not_found);
    EXPECT_EQ(registry_->remove(me, theirs.id, limits()).error().code, ErrorCode::not_found);
    EXPECT_EQ(registry_->rights(me, theirs.id, limits()).error().code, ErrorCode::not_found);
    EXPECT_EQ(registry_->target(me, theirs.id, limits()).error().code, ErrorCode::not_found);
    EXPECT_EQ(registry_->change(me, {.id = theirs.id}, limits()).error().code, ErrorCode::not_found);
}

TEST_F(RegistryTest, ChangesWhatPeopleSet) {
    const auto row = added("orders", kUrl);
    const auto member = actor('a', "member");
    auto changed = registry_->change(
        member,
        {.id = row.id, .fields = {.name = "orders-eu", .metadata = R"({"team": "x"})", .status = "maintenance"}},
        limits()
    );
    ASSERT_TRUE(changed) << changed.error().message;
    EXPECT_EQ(changed->name, "orders-eu");
    EXPECT_EQ(changed->credential_version, 1);
    EXPECT_EQ(revealed(row.id), kUrl);
    EXPECT_THAT(
        value(admin_, "SELECT details FROM platform.audit_log WHERE action = 'database.changed'"),
        HasSubstr(R"("maintenance")")
    );
    const auto late =
        registry_->change(member, {.id = row.id, .fields = {.name = "z"}, .if_updated_at = row.updated_at}, limits());
    EXPECT_EQ(late.error().code, ErrorCode::conflict);
    EXPECT_EQ(
        registry_->change(actor('a', "viewer"), {.id = row.id, .fields = {.name = "z"}}, limits()).error().code,
        ErrorCode::permission_denied
    );
}

TEST_F(RegistryTest, AsksForTheSecretAgainWhereItWouldBeSentElsewhere) {
    const auto row = added("orders", kUrl);
    const auto admin = actor('a', "admin");
    const std::vector<Fields> moves{
        {.host = "evil.example"},
        {.port = 1},
        {.type = "redis"},
        {.ssl_enabled = false},
        {.config = R"({"tls": {"mode": "require"}})"},
        {.config = R"({"tls": {"mode": "verify-ca", "auth": "any"}})"},
        {.config = R"({"tls": {"mode": "verify-ca"}, "hosts": [{"host": "evil.example"}]})"},
        {.config = "{}"},
        {.username = "somebody_else"},
        {.config = R"({"tls": {"mode": "verify-ca"}, "options": {"target_session_attrs": "any"}})"},
    };
    for (const auto& fields : moves) {
        const auto moved = registry_->change(admin, {.id = row.id, .fields = fields}, limits());
        ASSERT_FALSE(moved);
        EXPECT_EQ(moved.error().code, ErrorCode::invalid_argument) << moved.error().message;
    }
    EXPECT_EQ(
        registry_->change(admin, {.id = row.id, .fields = {.host = "evil.example"}}, limits()).error().message,
        "to change where the database is or who signs in, give its secret again"
    );
    // By SQL, too.
    EXPECT_EQ(change("UPDATE platform.databases SET host = 'evil.example'"), "0") << "nobody set: nothing seen";
    act_as(organization('a'), user('a', "admin"));
    EXPECT_EQ(change("UPDATE platform.databases SET host = 'evil.example'"), "22023");

    const auto moved = registry_->change(
        admin, {.id = row.id, .fields = {.host = "db9.example"}, .secret = {.password = Secret{"another"}}}, limits()
    );
    ASSERT_TRUE(moved) << moved.error().message;
    EXPECT_EQ(moved->credential_version, 2);
    EXPECT_EQ(revealed(row.id), "postgresql://app:another@db9.example:6432/shop?sslmode=verify-ca");
    const auto anew = registry_->change(
        admin, {.id = row.id, .secret = {.connection_string = Secret{"postgresql://u:p@other.example/d"}}}, limits()
    );
    ASSERT_TRUE(anew) << anew.error().message;
    EXPECT_EQ(anew->host, "other.example");
    EXPECT_EQ(anew->port, 5432);
    EXPECT_EQ(anew->config, "{}");
    const auto without = registry_->change(admin, {.id = row.id, .forget_secret = true}, limits());
    ASSERT_TRUE(without) << without.error().message;
    EXPECT_EQ(without->secret_state, "none");
    const auto again = registry_->change(admin, {.id = row.id, .forget_secret = true}, limits());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->credential_version, without->credential_version);
    EXPECT_EQ(registry_->reveal(actor('a', "owner"), row.id, "", limits()).error().code, ErrorCode::not_found);
}

TEST_F(RegistryTest, RemovesADatabase) {
    const auto row = added("orders", kUrl);
    EXPECT_EQ(registry_->remove(actor('a', "member"), row.id, limits()).error().code, ErrorCode::permission_denied);
    ASSERT_TRUE(registry_->remove(actor('a', "admin"), row.id, limits()));
    EXPECT_EQ(registry_->find(actor('a', "admin"), row.id, limits()).error().code, ErrorCode::not_found);
    EXPECT_THAT(actions(), HasSubstr("database.removed:success"));
}

TEST_F(RegistryTest, RevealsOnlyToThoseWhoMay) {
    const auto row = added("orders", kUrl);
    for (const auto* const role : {"admin", "member", "viewer"}) {
        EXPECT_EQ(registry_->reveal(actor('a', role), row.id, "", limits()).error().code, ErrorCode::permission_denied)
            << role;
    }
    EXPECT_THAT(actions(), Not(HasSubstr("secret_revealed")));
    ASSERT_TRUE(registry_->reveal(actor('a', "owner"), row.id, "looking for a fault", limits()));
    EXPECT_THAT(
        value(admin_, "SELECT details FROM platform.audit_log WHERE action = 'database.secret_revealed'"),
        HasSubstr("looking for a fault")
    );
}

TEST_F(RegistryTest, TestsBeforeAndAfterRegistration) {
    const auto address = target_address("CANARY0pass");
    auto live = request("live", address.url());
    const auto before = registry_->test(actor('a', "member"), live, limits());
    ASSERT_TRUE(before) << before.error().message;
    EXPECT_TRUE(before->success) << before->message;
    EXPECT_THAT(before->steps, SizeIs(5));
    EXPECT_EQ(registry_->test(actor('a', "viewer"), live, limits()).error().code, ErrorCode::permission_denied);

    live.test_first = true;
    const auto done = registry_->add(actor('a', "member"), live, limits());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_GT(done->test->latency.count(), 0);
    EXPECT_THAT(registry_->rights(actor('a', "viewer"), done->database.id, limits()).value(), HasSubstr(role_));
    EXPECT_TRUE(registry_->test(actor('a', "member"), done->database.id, limits())->success);

    auto wrong = address;
    wrong.password = Secret{"CANARY0wrong"};
    auto dead = request("dead", wrong.url());
    dead.test_first = true;
    const auto refused = registry_->add(actor('a', "member"), dead, limits());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("password authentication failed"));
    EXPECT_THAT(refused.error().message, Not(HasSubstr("CANARY0")));
    EXPECT_THAT(actions(), HasSubstr("database.tested:failed"));
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.databases"), "1");
}

// --- the environment ------------------------------------------------------------------------------------------------

TEST_F(RegistryTest, TakesSecretsFromNamedVariablesOfTheEnvironment) {
    environment_ = {
        {"PG_INSTANCE_1_HOST", "db1.example"},
        {"PG_INSTANCE_1_PORT", "6543"},
        {"PG_INSTANCE_1_USER", "app"},
        {"PG_INSTANCE_1_PASSWORD", "first"},
        {"PG_INSTANCE_1_DATABASE", "shop"},
        {"MONGO_INSTANCE_1_URI", "mongodb://m:second@mongo.example/admin"},
        {"DRYDOCK_KEK", "never"},
    };
    auto parts = request("one", {});
    parts.secret.environment = "PG_INSTANCE_1_";
    auto done = registry_->add(actor('a', "member"), parts, limits());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->database.host, "db1.example");
    EXPECT_EQ(done->database.port, 6543);
    EXPECT_EQ(done->database.type, "postgresql");
    EXPECT_EQ(done->database.secret_state, "credential");
    const auto target = registry_->target(actor('a', "member"), done->database.id, limits()).value();
    EXPECT_EQ(target->address().password.reveal(), "first");
    environment_["PG_INSTANCE_1_PASSWORD"] = "changed";
    EXPECT_EQ(
        registry_->target(actor('a', "member"), done->database.id, limits()).value()->address().password.reveal(),
        "changed"
    ) << "it is not copied anywhere";

    auto whole = request("two", {});
    whole.secret.environment = "MONGO_INSTANCE_1_URI";
    done = registry_->add(actor('a', "member"), whole, limits());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->database.type, "mongodb");
    EXPECT_EQ(
        revealed(done->database.id), "error: the secret stands in the server's environment (MONGO_INSTANCE_1_URI)"
    );

    for (const auto* const name : {"DRYDOCK_KEK", "PATH", "PG_INSTANCE_", "PGPASSWORD", "PG_INSTANCE_1_x", ""}) {
        auto odd = request("three", {});
        odd.fields.type = "postgresql";
        odd.secret.environment = name;
        EXPECT_EQ(registry_->add(actor('a', "owner"), odd, limits()).error().code, ErrorCode::invalid_argument) << name;
    }
}

TEST_F(RegistryTest, SendsASecretOfTheEnvironmentOnlyWhereTheEnvironmentSays) {
    environment_ = {
        {"PG_INSTANCE_1_HOST", "db1.example"},
        {"PG_INSTANCE_1_USER", "app"},
        {"PG_INSTANCE_1_PASSWORD", "first"},
        {"PG_INSTANCE_2_PASSWORD", "alone"},
    };
    auto elsewhere = request("one", {});
    elsewhere.secret.environment = "PG_INSTANCE_1_";
    elsewhere.fields.host = "evil.example";
    EXPECT_EQ(registry_->add(actor('a', "owner"), elsewhere, limits()).error().code, ErrorCode::invalid_argument);
    auto alone = elsewhere;
    alone.secret.environment = "PG_INSTANCE_2_";
    EXPECT_EQ(registry_->add(actor('a', "owner"), alone, limits()).error().code, ErrorCode::not_found);

    elsewhere.fields.host.reset();
    const auto row = registry_->add(actor('a', "owner"), elsewhere, limits()).value().database;
    // Past the registry and its triggers, as somebody who may write the table.
    run(admin_,
        "SET session_replication_role = replica; ALTER TABLE platform.databases DISABLE TRIGGER databases_seal;"
        "UPDATE platform.databases SET host = 'evil.example';"
        "ALTER TABLE platform.databases ENABLE ALWAYS TRIGGER databases_seal; RESET session_replication_role");
    const auto target = registry_->target(actor('a', "owner"), row.id, limits()).value();
    EXPECT_EQ(target->address().hosts[0].name, "db1.example");
}

}  // namespace
}  // namespace drydock::registry
