// `drydock validate` as people and scripts meet it.
#include "catalog/snapshot.h"
#include "cli/program_pgtest.h"

namespace drydock::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Validate : public DatabaseTest {
protected:
    Validate() {
        sql("CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, parent int, note text);"
            "INSERT INTO child VALUES (1, 7, '<script>alert(1)</script>');"
            "ALTER TABLE child ADD CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES parent NOT VALID");
    }
};

TEST_F(Validate, TellsWhatIsWrongWithTheSqlThatMendsIt) {
    const auto answer = drydock({"validate"});
    EXPECT_EQ(answer.exit_code, 11) << answer.err;
    EXPECT_THAT(
        answer.out, HasSubstr("critical  1 row of public.child without a parent: (parent) is not in public.parent (id)")
    );
    EXPECT_THAT(answer.out, HasSubstr("(id 1, parent 7)"));
    EXPECT_THAT(answer.out, HasSubstr("ALTER TABLE public.child VALIDATE CONSTRAINT child_parent;"));
    EXPECT_THAT(answer.out, HasSubstr("not checked"));
    EXPECT_THAT(answer.out, Not(HasSubstr("\x1b")));
    EXPECT_EQ(answer.err, "");
}

TEST_F(Validate, WhatIsLeftOutForOneReasonSharesALine) {
    const auto answer = drydock({"validate", "schema", "--budget", "1ms"});
    EXPECT_THAT(answer.out, ::testing::ContainsRegex("budget      [0-9]+ checks: the time for all checks was over"));
    EXPECT_THAT(answer.out, HasSubstr(" no-primary-key "));
}

TEST_F(Validate, TheThresholdDecidesTheExitCode) {
    EXPECT_EQ(drydock({"validate", "--fail-on", "never"}).exit_code, 0);
    EXPECT_EQ(drydock({"validate", "schema", "--only", "constraint-not-valid"}).exit_code, 0);
    EXPECT_EQ(drydock({"validate", "--only", "constraint-not-valid", "--fail-on", "warning"}).exit_code, 11);
    EXPECT_EQ(drydock({"validate", "data", "--skip", "fk-orphans"}).exit_code, 0);
    EXPECT_EQ(drydock({"validate", "--only", "index-damaged"}).exit_code, 0);
    EXPECT_EQ(drydock({"validate", "--only", "index-damaged", "--complete"}).exit_code, 11) << "it was not checked";
}

TEST_F(Validate, WhatDoesNotExistIsRefused) {
    const auto group = drydock({"validate", "shema"});
    EXPECT_EQ(group.exit_code, 3);
    EXPECT_THAT(group.err, HasSubstr("did you mean schema?"));
    const auto check = drydock({"validate", "--only", "fk-orphan"});
    EXPECT_EQ(check.exit_code, 3);
    EXPECT_THAT(check.err, HasSubstr("did you mean fk-orphans?"));
    EXPECT_EQ(drydock({"validate", "--assertions", "nowhere"}).exit_code, 3);
    EXPECT_EQ(drydock({"validate", "--parameter", "transaction-long"}).exit_code, 3);
}

TEST_F(Validate, JsonIsOneDocumentWithEveryCheck) {
    const auto answer = drydock({"validate", "data", "--json"});
    EXPECT_EQ(answer.exit_code, 11);
    EXPECT_EQ(answer.json_at("/severities/critical"), "1");
    EXPECT_EQ(answer.json_at("/groups"), R"(["data"])");
    EXPECT_THAT(answer.out, HasSubstr(R"("id":"fk-orphans:public.child.child_parent")"));
    EXPECT_THAT(answer.out, HasSubstr(R"("status":"not_checked")"));
    EXPECT_THAT(drydock({"validate", "--list", "--json"}).json_at("/checks/0/check"), Not("(none)"));
}

TEST_F(Validate, AReportIsTwoFilesNamedAfterTheDay) {
    folder.write("validations/notes.sql", "-- Assert: notes are plain\nSELECT id, note FROM child WHERE note ~ '<'");
    const auto answer = drydock({"validate", "data", "--report", "reports"});
    EXPECT_EQ(answer.exit_code, 11);
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder.path() / "reports"}) {
        names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    ASSERT_EQ(names.size(), 2U);
    EXPECT_THAT(names[0], ::testing::MatchesRegex("validation-2[0-9]{3}-[0-9]{2}-[0-9]{2}\\.html"));
    EXPECT_THAT(names[1], ::testing::MatchesRegex("validation-2[0-9]{3}-[0-9]{2}-[0-9]{2}\\.json"));
    const auto page = folder.read("reports/" + names[0]);
    EXPECT_THAT(page, HasSubstr("fk-orphans"));
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, Not(HasSubstr("http://")));
    EXPECT_THAT(page, Not(HasSubstr("https://")));
    const auto json = boost::json::parse(folder.read("reports/" + names[1]));
    EXPECT_EQ(json.at("severities").at("critical").to_number<int>(), 2);
}

TEST_F(Validate, TheSettingsStandInTheConfigurationToo) {
    folder.write("drydock.toml", "[validate]\nfail_on = \"never\"\nassertions = \"rules\"\n");
    folder.write("rules/none.sql", "-- Assert: there are no children\n-- Severity: info\nSELECT id FROM child");
    const auto answer = drydock({"validate", "data"});
    EXPECT_EQ(answer.exit_code, 0);
    EXPECT_THAT(answer.out, HasSubstr("not so: there are no children (1 row)"));
    folder.write("rules/broken.sql", "SELECT 1");
    const auto broken = drydock({"validate", "data"});
    EXPECT_EQ(broken.exit_code, 3);
    EXPECT_THAT(broken.err, HasSubstr("rules/broken.sql"));
}

TEST_F(Validate, AStoredSnapshotSaysWhatShouldBe) {
    auto connection = database.connect();
    const auto snapshot = catalog::read_snapshot(connection, {}, Limits::within(std::chrono::seconds{60}));
    ASSERT_TRUE(snapshot);
    folder.write("schema.json", boost::json::serialize(catalog::to_json(*snapshot)));
    const std::vector<std::string> command{
        "validate", "schema", "--only", "schema-differs", "--snapshot", "schema.json"
    };
    EXPECT_EQ(drydock(command).exit_code, 0);
    sql("ALTER TABLE child DROP CONSTRAINT child_parent");
    const auto answer = drydock(command);
    EXPECT_EQ(answer.exit_code, 11);
    EXPECT_THAT(answer.out, HasSubstr("critical  constraint child_parent on public.child is missing"));
    EXPECT_THAT(
        answer.out,
        HasSubstr("ADD CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES public.parent(id) NOT VALID;")
    );
    EXPECT_EQ(drydock({"validate", "--snapshot", "nothing.json"}).exit_code, 3);
    folder.write("schema.json", "{}");
    EXPECT_EQ(drydock(command).exit_code, 3);
}

TEST_F(Validate, AServerThatIsNotThereIsAnErrorOfItsOwn) {
    environment = {"DATABASE_URL=postgresql://nobody@127.0.0.1:1/none"};
    EXPECT_EQ(drydock({"validate"}).exit_code, 8);
}

}  // namespace
}  // namespace drydock::cli
