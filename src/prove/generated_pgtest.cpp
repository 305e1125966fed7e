#include "prove/generated.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prove/project_pgtest.h"
#include "prove/test.h"

namespace drydock::prove {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GeneratedTest : public ::testing::Test {
protected:
    GeneratedTest() { options.cache_folder = cache.path() / "cache"; }

    TestReport run() {
        auto report = test(files.project(), options, progress, minute());
        EXPECT_TRUE(report) << report.error().message;
        return report ? *std::move(report) : TestReport{};
    }

    Result<MadeRollback> from_history(const std::vector<StoredMigration>& earlier, const StoredMigration& migration) {
        return rollback_from_history({}, earlier, migration, {}, progress, minute());
    }

    ProjectFolder files;
    testing::TempFolder cache;
    TestOptions options;
    NoProgress progress;
};

TEST_F(GeneratedTest, MigrationsWithoutARollbackFileGetOneThatIsProven) {
    files.write("001_t.sql", "CREATE TABLE t (id int PRIMARY KEY, note text); INSERT INTO t VALUES (1, 'a');");
    files.write("002_more.sql", "ALTER TABLE t ADD COLUMN n int NOT NULL DEFAULT 1; CREATE INDEX ON t (n);");
    files.write("003_drop.sql", "ALTER TABLE t DROP COLUMN note;");
    files.write("004_rows.sql", "UPDATE t SET n = 2;");
    const auto report = run();
    ASSERT_EQ(report.proofs.size(), 4U);
    EXPECT_EQ(report.proofs[0].verdict, Verdict::generated) << report.proofs[0].reason;
    EXPECT_EQ(report.proofs[0].grade, "exact");
    EXPECT_EQ(report.proofs[1].grade, "exact");
    EXPECT_THAT(report.proofs[1].rollback_sql, HasSubstr("ALTER TABLE public.t DROP COLUMN n;"));
    EXPECT_EQ(report.proofs[2].verdict, Verdict::generated) << ::testing::PrintToString(report.proofs[2].differences);
    EXPECT_EQ(report.proofs[2].grade, "lossy");
    EXPECT_EQ(report.proofs[3].verdict, Verdict::not_reversible);
    EXPECT_THAT(report.proofs[3].reason, HasSubstr("rows of table public.t are changed by UPDATE"));
}

TEST_F(GeneratedTest, AConcurrentIndexIsUndone) {
    files.write("001_t.sql", "CREATE TABLE t (id int);");
    files.write("002_i.sql", "CREATE INDEX CONCURRENTLY t_id ON t (id);");
    const auto report = run();
    EXPECT_EQ(report.proofs.at(1).verdict, Verdict::generated) << report.proofs[1].reason;
    EXPECT_EQ(report.proofs.at(1).grade, "exact");
}

TEST_F(GeneratedTest, HistoryAloneIsEnough) {
    const auto made = from_history(
        {{.id = "001_t", .sql = "CREATE TABLE t (id int); CREATE VIEW v AS SELECT id FROM t;"}},
        {.id = "002_v", .sql = "CREATE OR REPLACE VIEW v AS SELECT id, id + 1 AS next FROM t;"}
    );
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->grade, undo::Grade::exact);
    EXPECT_THAT(made->sql, HasSubstr("DROP VIEW public.v;"));
    EXPECT_THAT(made->left, IsEmpty());
}

TEST_F(GeneratedTest, WhatHistoryCanNotReplayIsSaid) {
    const auto made =
        from_history({{.id = "001_t", .sql = "CREATE TABLE t (id nothing);"}}, {.id = "002", .sql = "SELECT 1;"});
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("replaying 001_t in the shadow"));
}

}  // namespace
}  // namespace drydock::prove
