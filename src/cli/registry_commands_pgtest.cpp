#include "cli/serving_pgtest.h"

// db and project, as somebody at a shell uses them.
namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class RegistryCommands : public ServedTest {};

TEST_F(RegistryCommands, ADatabaseIsEnteredTestedShownChangedAndTakenOut) {
    const auto where = target();
    folder.write("url", where.url() + "\n");
    ASSERT_EQ(drydock({"project", "create", "one"}).exit_code, 0);
    const auto tried = drydock({"db", "register", "orders", "--project", "one", "--url-file", "url", "--dry-run"});
    EXPECT_EQ(tried.exit_code, 0) << tried.out << tried.err;
    EXPECT_THAT(tried.out, AllOf(HasSubstr("sign_in"), HasSubstr("rights")));
    const auto entered =
        drydock({"db", "register", "orders", "--project", "one", "--url-file", "url", "--test", "--json"});
    ASSERT_EQ(entered.exit_code, 0) << entered.out << entered.err;
    EXPECT_THAT(entered.out, Not(HasSubstr(where.password)));
    EXPECT_EQ(entered.json_at("/port"), where.port);

    const auto list = drydock({"db", "list", "--project", "one"});
    EXPECT_THAT(list.out, AllOf(HasSubstr("orders"), HasSubstr("127.0.0.1:" + where.port)));
    const auto shown = drydock({"db", "show", "one/orders"});
    EXPECT_THAT(shown.out, AllOf(HasSubstr("registered"), Not(HasSubstr(where.password))));
    EXPECT_EQ(drydock({"db", "test", "orders", "--json"}).json_at("/success"), "true");
    EXPECT_THAT(drydock({"db", "rights", "orders"}).out, HasSubstr("signs in as registered"));

    EXPECT_EQ(drydock({"db", "facts", "orders", "--kept"}).exit_code, 3) << "nobody has asked yet";
    const auto told = drydock({"db", "facts", "orders"});
    EXPECT_EQ(told.exit_code, 0) << told.err;
    EXPECT_THAT(told.out, AllOf(HasSubstr("size_bytes"), HasSubstr("max_connections")));
    EXPECT_EQ(drydock({"db", "facts", "orders", "--kept", "--json"}).json_at("/error"), "null");
    EXPECT_EQ(drydock({"db", "pool", "orders", "--json"}).json_at("/opened"), "1");
    EXPECT_THAT(drydock({"db", "pool", "orders"}).out, HasSubstr("breaker"));

    EXPECT_EQ(drydock({"db", "change", "orders", "--name", "sales", "--metadata", R"({"team": "core"})"}).exit_code, 0);
    EXPECT_EQ(drydock({"db", "show", "sales", "--json"}).json_at("/metadata/team"), "core");
    const auto moved = drydock({"db", "change", "sales", "--host", "db2.example.org"});
    EXPECT_EQ(moved.exit_code, 3) << "where a secret is sent can't be changed without it: " << moved.out;

    const auto mistyped = drydock({"db", "show", "salse"});
    EXPECT_EQ(mistyped.exit_code, 3);
    EXPECT_THAT(mistyped.err, HasSubstr("did you mean sales?"));
    EXPECT_EQ(drydock({"project", "remove", "one", "--yes"}).exit_code, 3) << "it is not empty";
    EXPECT_EQ(drydock({"db", "remove", "sales"}).exit_code, 3) << "nobody can be asked";
    EXPECT_EQ(drydock({"db", "remove", "sales", "--yes"}).exit_code, 0);
    EXPECT_EQ(drydock({"db", "show", "sales"}).exit_code, 3);
    EXPECT_EQ(drydock({"project", "change", "one", "--status", "archived"}).exit_code, 0);
    serving().sql(
        "INSERT INTO platform.usage_records (project_id, metric, period_start, period_end, quantity) SELECT id, "
        "'databases', now(), now() + interval '1 day', 1 FROM platform.projects WHERE slug = 'one'"
    );
    const auto removed = drydock({"project", "remove", "one", "--yes"});
    EXPECT_EQ(removed.exit_code, 0) << removed.err;
    EXPECT_THAT(drydock({"usage", "--json"}).out, HasSubstr("deleted project"));
    EXPECT_EQ(drydock({"project", "create", "empty"}).exit_code, 0);
    EXPECT_EQ(drydock({"project", "remove", "empty", "--yes"}).exit_code, 0);
}

TEST_F(RegistryCommands, ATestThatFailsSaysAtWhichStepAndWhatToDo) {
    auto where = target();
    where.password = "another";
    folder.write("url", where.url() + "\n");
    ASSERT_EQ(drydock({"project", "create", "two"}).exit_code, 0);
    const auto failed = drydock({"db", "register", "x", "--project", "two", "--url-file", "url", "--dry-run"});
    EXPECT_EQ(failed.exit_code, 11) << failed.out << failed.err;
    EXPECT_THAT(failed.out, AllOf(HasSubstr("sign_in"), HasSubstr("failed"), Not(HasSubstr("another"))));
    const auto refused = drydock({"db", "register", "x", "--project", "two", "--url-file", "url", "--test"});
    EXPECT_NE(refused.exit_code, 0);
    EXPECT_EQ(drydock({"db", "show", "two/x"}).exit_code, 3) << "nothing was registered";

    // Without a test it is entered; then the test of what is registered fails the same way.
    EXPECT_EQ(drydock({"db", "register", "x", "--project", "two", "--url-file", "url"}).exit_code, 0);
    EXPECT_EQ(drydock({"db", "test", "x"}).exit_code, 11);
}

TEST_F(RegistryCommands, AFileIsRegisteredAgainAndAgain) {
    const auto where = target();
    environment.push_back("ORDERS_PASSWORD=" + where.password);
    folder.write(
        "registry.toml",
        fmt::format(
            "[[database]]\nproject = \"files\"\nname = \"orders\"\n"
            "connection_string = \"postgresql://registered:${{ORDERS_PASSWORD}}@127.0.0.1:{}/{}\"\n\n"
            "[[database]]\nproject = \"files\"\nname = \"cache\"\ntype = \"redis\"\nhost = \"127.0.0.1\"\n"
            "ssl_enabled = false\nmetadata = {{ team = \"core\" }}\n",
            where.port,
            where.database
        )
    );
    const auto missing = drydock({"db", "register", "-f", "registry.toml"});
    EXPECT_EQ(missing.exit_code, 3);
    EXPECT_THAT(missing.err, AllOf(HasSubstr("registry.toml:1"), HasSubstr("--create-projects")));

    const auto first = drydock({"db", "register", "-f", "registry.toml", "--create-projects", "--json"});
    ASSERT_EQ(first.exit_code, 0) << first.out << first.err;
    EXPECT_EQ(first.json_at("/projects_created/0"), "files");
    EXPECT_EQ(first.json_at("/databases/0/action"), "registered");
    EXPECT_EQ(first.json_at("/databases/1/action"), "registered");

    const auto before = serving().sql("SELECT max(sequence) FROM platform.audit_log WHERE action LIKE 'database.%'");
    const auto again = drydock({"db", "register", "-f", "registry.toml", "--create-projects"});
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_THAT(again.out, HasSubstr("nothing to do"));
    EXPECT_EQ(serving().sql("SELECT max(sequence) FROM platform.audit_log WHERE action LIKE 'database.%'"), before);

    auto text = folder.read("registry.toml");
    text.replace(text.find("core"), 4, "shop");
    folder.write("registry.toml", text);
    const auto changed = drydock({"db", "register", "-f", "registry.toml", "--json"});
    EXPECT_EQ(changed.json_at("/databases/0/action"), "unchanged") << changed.out;
    EXPECT_EQ(changed.json_at("/databases/1/action"), "changed");

    // What can't be registered is told with its line, beside what was done before it.
    folder.write("registry.toml", text + "\n[[database]]\nproject = \"files\"\nname = \"bad\"\ntype = \"oracle\"\n");
    const auto bad = drydock({"db", "register", "-f", "registry.toml", "--json"});
    EXPECT_EQ(bad.exit_code, 3);
    EXPECT_EQ(bad.json_at("/databases/1/action"), "unchanged");
    EXPECT_EQ(bad.json_at("/error/place/line"), "14") << bad.out;
    for (const auto& answer : {first, again, changed, bad})
        EXPECT_THAT(answer.out + answer.err, Not(HasSubstr(where.password)));
}

TEST_F(RegistryCommands, SecretsAreGivenInFilesAndShownOnlyWithAReason) {
    const auto where = target();
    folder.write("password", where.password + "\n");
    ASSERT_EQ(drydock({"project", "create", "secrets"}).exit_code, 0);
    const auto entered = drydock(
        {"db",
         "register",
         "parts",
         "--project",
         "secrets",
         "--type",
         "postgresql",
         "--host",
         where.host,
         "--port",
         where.port,
         "--database",
         where.database,
         "--username",
         where.user,
         "--password-file",
         "password"}
    );
    ASSERT_EQ(entered.exit_code, 0) << entered.err;
    EXPECT_EQ(drydock({"db", "reveal", "parts"}).exit_code, 3) << "without a reason";
    const auto revealed = drydock({"db", "reveal", "parts", "--reason", "a test of it"});
    EXPECT_EQ(revealed.exit_code, 0) << revealed.err;
    EXPECT_THAT(revealed.out, AllOf(StartsWith("postgresql://"), HasSubstr(where.password)));
    const auto told = drydock({"audit", "list", "--action", "credential."});
    EXPECT_THAT(told.out + drydock({"audit", "list"}).out, HasSubstr("reveal"));
    EXPECT_EQ(drydock({"key", "status", "--json"}).json_at("/items/0/state"), "active");
    EXPECT_EQ(drydock({"key", "rotate", "--project", "secrets", "--json"}).json_at("/failed"), "0");
    EXPECT_EQ(drydock({"db", "test", "parts"}).exit_code, 0) << "it opens with the new key";

    EXPECT_EQ(
        drydock({"db", "register", "b", "--project", "secrets", "--password-file", "password", "--url-file", "password"}
        )
            .exit_code,
        3
    );
    EXPECT_EQ(drydock({"db", "register", "b", "--project", "secrets", "--port", "99999"}).exit_code, 3);
    EXPECT_EQ(drydock({"db", "register", "-f", "nowhere.toml"}).exit_code, 3);
}

TEST_F(RegistryCommands, HealthIsAskedForByNameOrForAll) {
    folder.write("url", "postgresql://nobody@127.0.0.1:1/none\n");
    ASSERT_EQ(drydock({"project", "create", "health"}).exit_code, 0);
    ASSERT_EQ(drydock({"db", "register", "gone", "--project", "health", "--url-file", "url"}).exit_code, 0);
    const auto one = drydock({"db", "check", "health/gone", "--json"});
    EXPECT_EQ(one.exit_code, 11) << one.out;
    EXPECT_THAT(one.json_at("/status"), Not("healthy"));
    const auto all = drydock({"db", "check", "--json"});
    EXPECT_EQ(all.exit_code, all.json().at("items").as_array().empty() ? 0 : 11);
}

}  // namespace
}  // namespace drydock::cli
