// A database against the snapshot of what it should be.
#include "validate/expected.h"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/postgres.h"
#include "validate/runner.h"

namespace drydock::validate {
namespace {

using std::chrono::seconds;

class Expected : public ::testing::Test {
protected:
    Expected() {
        database.run(
            "CREATE TABLE parent (id int PRIMARY KEY, code text NOT NULL); COMMENT ON TABLE parent IS 'people';"
            "CREATE TABLE child (id int PRIMARY KEY, parent int CONSTRAINT child_parent REFERENCES parent, n int "
            "CONSTRAINT few CHECK (n < 9));"
            "CREATE INDEX child_parent_idx ON child (parent); CREATE UNIQUE INDEX parent_code ON parent (code);"
            "ALTER TABLE parent ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON parent USING (id > 0)"
        );
        auto connection = database.connect();
        auto read = catalog::read_snapshot(connection, {}, Limits::within(seconds{30}));
        EXPECT_TRUE(read);
        // As it comes from a file.
        auto again = catalog::from_json(boost::json::serialize(catalog::to_json(*read)));
        EXPECT_TRUE(again);
        snapshot = *std::move(again);
    }

    CheckResult looked() {
        NoProgress progress;
        const auto report =
            run(database.conninfo(),
                {.only = {std::string{kExpectedId}}, .expected = &snapshot},
                progress,
                Limits::within(seconds{60}));
        EXPECT_TRUE(report) << (report ? "" : report.error().message);
        return report && report->results.size() == 1 ? report->results[0] : CheckResult{};
    }
    // "critical constraint few on public.child" of what differs after the change.
    std::vector<std::string> after(const std::string& sql) {
        database.run(sql);
        std::vector<std::string> texts;
        for (const auto& finding : looked().findings) {
            texts.push_back(fmt::format("{} {}", name(finding.severity), finding.object));
        }
        return texts;
    }

    testing::Database database;
    catalog::Snapshot snapshot;
};

using ::testing::ElementsAre;

TEST_F(Expected, NothingIsFoundWhereNothingDiffers) {
    EXPECT_EQ(looked().status(), Status::ok);
}

TEST_F(Expected, WhatGuardsTheDataIsCritical) {
    EXPECT_THAT(
        after("ALTER TABLE child DISABLE TRIGGER ALL"),
        ElementsAre("info all of it", "critical constraint child_parent on public.child")
    );
    database.run("ALTER TABLE child ENABLE TRIGGER ALL");
    EXPECT_THAT(
        after("ALTER TABLE child DROP CONSTRAINT few"),
        ElementsAre("info all of it", "critical constraint few on public.child")
    );
}

TEST_F(Expected, AnIndexIsAWarningAUniqueOneIsCriticalACommentIsInformation) {
    EXPECT_THAT(
        after("DROP INDEX child_parent_idx, parent_code; COMMENT ON TABLE parent IS 'persons'"),
        ElementsAre(
            "info all of it",
            "critical index public.parent_code",
            "warning index public.child_parent_idx",
            "info table public.parent"
        )
    );
}

TEST_F(Expected, TheScriptMakesItAsExpected) {
    database.run(
        "DROP POLICY mine ON parent; ALTER TABLE parent ALTER COLUMN code DROP NOT NULL; DROP INDEX parent_code;"
        "ALTER TABLE child ADD COLUMN extra text; CREATE VIEW v AS SELECT extra FROM child; ALTER TABLE child DROP "
        "CONSTRAINT child_parent"
    );
    const auto result = looked();
    ASSERT_GE(result.findings.size(), 6U);
    EXPECT_EQ(result.findings[0].object, "all of it");
    database.run(result.findings[0].fix);
    EXPECT_EQ(looked().total, 0U);
}

TEST_F(Expected, OfManyDifferencesTheGravestAreKept) {
    database.run(
        "DO $$ BEGIN FOR i IN 1..150 LOOP EXECUTE format('CREATE INDEX extra_%s ON child (n)', i); END LOOP; END $$"
    );
    database.run("DROP INDEX parent_code");
    const auto result = looked();
    EXPECT_EQ(result.total, 152U);
    EXPECT_EQ(result.findings.size(), 101U);
    EXPECT_EQ(result.findings[1].object, "index public.parent_code");
}

}  // namespace
}  // namespace drydock::validate
