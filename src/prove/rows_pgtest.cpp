#include "prove/rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prove/project_pgtest.h"

namespace drydock::prove {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RowsTest : public ::testing::Test {
protected:
    RowImage image() {
        auto read = read_rows(connection, minute());
        if (!read) {
            ADD_FAILURE() << read.error().message;
            return {};
        }
        return *std::move(read);
    }
    void run(std::string_view sql) {
        const auto done = connection.run_message(sql, minute());
        ASSERT_TRUE(done) << done.error().message;
    }
    // The losses of a migration and its rollback.
    RowLosses after(std::string_view forward, std::string_view back) {
        const auto before = image();
        run(forward);
        const auto applied = image();
        run(back);
        return compare_rows(before, applied, image());
    }

    testing::Database database;
    pg::Connection connection = database.connect();
};

TEST_F(RowsTest, WhatIsPutBackIsNoLoss) {
    run("CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, NULL), (2, NULL)");
    const auto losses = after("ALTER TABLE t ADD c int DEFAULT 7", "ALTER TABLE t DROP c");
    EXPECT_THAT(losses.untouched, IsEmpty());
    EXPECT_THAT(losses.touched, IsEmpty());
}

TEST_F(RowsTest, ARollbackThatTakesOtherRowsAlongIsAFault) {
    run("CREATE SCHEMA app; CREATE TABLE app.t (a int); INSERT INTO app.t VALUES (1), (2)");
    const auto losses = after("INSERT INTO app.t VALUES (3)", "DELETE FROM app.t WHERE a > 1");
    EXPECT_THAT(losses.untouched, ElementsAre("1 row of app.t that the migration leaves alone"));
    EXPECT_THAT(losses.touched, IsEmpty());
}

TEST_F(RowsTest, OneOfTwoEqualRowsCounts) {
    run("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)");
    const auto losses = after("SELECT 1", "DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t)");
    EXPECT_THAT(losses.untouched, ElementsAre("1 row of public.t that the migration leaves alone"));
}

TEST_F(RowsTest, ADroppedColumnComesBackEmpty) {
    run("CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, NULL)");
    const auto losses = after("ALTER TABLE t DROP b", "ALTER TABLE t ADD b text");
    EXPECT_THAT(losses.untouched, IsEmpty());
    EXPECT_THAT(losses.touched, ElementsAre("1 row of public.t"));
}

TEST_F(RowsTest, AnEmptiedTableIsALossOfWhatTheMigrationTouches) {
    run("CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 1500)");
    const auto losses = after("DROP TABLE t", "CREATE TABLE t (a int)");
    EXPECT_THAT(losses.untouched, IsEmpty());
    EXPECT_THAT(losses.touched, ElementsAre("1,500 rows of public.t"));
}

TEST_F(RowsTest, ABigTableIsComparedByItsColumns) {
    run("CREATE TABLE t (a int, b int); INSERT INTO t SELECT i, i FROM generate_series(1, 60000) AS i");
    ASSERT_FALSE(image().find("public", "t")->whole);
    const auto fault = after("UPDATE t SET a = a + 1 WHERE a = 5", "UPDATE t SET a = 5, b = 0 WHERE a = 6 AND b = 5");
    EXPECT_THAT(fault.untouched, ElementsAre("column b of public.t, which the migration leaves alone"));
    EXPECT_THAT(fault.touched, IsEmpty());
}

TEST_F(RowsTest, NamesAndTypesOfEveryKind) {
    run("CREATE SCHEMA \"S x\"; CREATE TABLE \"S x\".\"T\"\"y\" (\"a b\" jsonb, p point, n numeric); "
        "INSERT INTO \"S x\".\"T\"\"y\" VALUES ('{}', '(1,2)', 'NaN')");
    const auto losses = after("SELECT 1", "TRUNCATE \"S x\".\"T\"\"y\"");
    EXPECT_THAT(losses.untouched, ElementsAre("1 row of S x.T\"y that the migration leaves alone"));
}

}  // namespace
}  // namespace drydock::prove
