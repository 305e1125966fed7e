#include "undo/undo_pgtest.h"

namespace drydock::undo {
namespace {

class Rollbacks : public ::testing::Test {
protected:
    Rollbacks() {
        database.run(R"(
            CREATE TABLE orders(id bigint PRIMARY KEY, note varchar(20), total numeric(10,2), n int);
            INSERT INTO orders SELECT g, 'note ' || g, g, g FROM generate_series(1, 100) g;
            CREATE TABLE empty(a int);
            CREATE TABLE other(id int);
            CREATE SEQUENCE counter;
        )");
    }
    Generated of(std::string_view forward) { return undo(database, forward).generated; }

    testing::Database database;
};

TEST_F(Rollbacks, ADroppedTableLosesItsRows) {
    const auto generated = of("DROP TABLE orders");
    EXPECT_EQ(generated.grade, Grade::data_lost);
    ASSERT_EQ(generated.losses.size(), 1U);
    EXPECT_EQ(generated.losses[0].object, "table public.orders");
    EXPECT_EQ(generated.losses[0].words, "its rows do not come back: the migration drops it");
    EXPECT_EQ(
        generated.losses[0].save,
        "CREATE SCHEMA IF NOT EXISTS drydock_trash; CREATE TABLE drydock_trash.\"orders\" AS TABLE "
        "\"public\".\"orders\""
    );
}

TEST_F(Rollbacks, ATableMadeAgainUnderItsNameLosesItsRows) {
    const auto generated = of(
        "CREATE TABLE copy AS SELECT * FROM orders WHERE false; DROP TABLE orders; ALTER TABLE copy RENAME TO orders;"
        "ALTER TABLE orders ADD PRIMARY KEY (id)"
    );
    EXPECT_EQ(generated.grade, Grade::data_lost);
    EXPECT_EQ(generated.losses.at(0).object, "table public.orders");
}

TEST_F(Rollbacks, ALastColumnComesBackWithoutItsValues) {
    const auto undone = undo(database, "ALTER TABLE orders DROP COLUMN n");
    EXPECT_EQ(undone.left, "");
    EXPECT_EQ(undone.generated.grade, Grade::data_lost);
    ASSERT_EQ(undone.generated.losses.size(), 1U);
    EXPECT_EQ(undone.generated.losses[0].object, "column public.orders.n");
    EXPECT_EQ(
        undone.generated.losses[0].save,
        "CREATE SCHEMA IF NOT EXISTS drydock_trash; CREATE TABLE drydock_trash.\"orders_n\" AS SELECT \"id\", \"n\" "
        "FROM \"public\".\"orders\""
    );
}

TEST_F(Rollbacks, WhatIsMadeIsDroppedWithWhatWasWrittenSince) {
    const auto generated = of("CREATE TABLE made(id int); ALTER TABLE orders ADD COLUMN extra text DEFAULT 'x'");
    EXPECT_EQ(generated.grade, Grade::exact);
    EXPECT_EQ(generated.drops, (std::vector<std::string>{"table public.made", "column public.orders.extra"}));
}

TEST_F(Rollbacks, RenamesKeepRows) {
    const auto undone =
        undo(database, "ALTER TABLE orders RENAME TO invoices; ALTER TABLE invoices RENAME COLUMN note TO remark");
    EXPECT_EQ(undone.left, "");
    EXPECT_EQ(undone.generated.grade, Grade::exact);
    EXPECT_EQ(database.run("SELECT count(remark) FROM invoices"), "100");
}

TEST_F(Rollbacks, ASwapOfTwoTablesIsARename) {
    const auto undone = undo(
        database, "ALTER TABLE orders RENAME TO x; ALTER TABLE other RENAME TO orders; ALTER TABLE x RENAME TO other"
    );
    EXPECT_EQ(undone.left, "");
    EXPECT_EQ(undone.generated.grade, Grade::exact);
    EXPECT_EQ(database.run("SELECT count(*) FROM other"), "100");
}

TEST_F(Rollbacks, AWiderTypeIsExact) {
    EXPECT_EQ(of("ALTER TABLE orders ALTER COLUMN n TYPE bigint").grade, Grade::exact);
    EXPECT_EQ(of("ALTER TABLE orders ALTER COLUMN note TYPE text").grade, Grade::exact);
    EXPECT_EQ(of("ALTER TABLE orders ALTER COLUMN total TYPE numeric(12,2)").grade, Grade::exact);
}

TEST_F(Rollbacks, ANarrowerTypeIsLossy) {
    const auto generated = of("ALTER TABLE orders ALTER COLUMN total TYPE numeric(10,1)");
    EXPECT_EQ(generated.grade, Grade::lossy);
    EXPECT_EQ(generated.losses.at(0).object, "column public.orders.total");
}

TEST_F(Rollbacks, AComputedTypeIsLossy) {
    EXPECT_EQ(of("ALTER TABLE orders ALTER COLUMN n TYPE bigint USING n * 2").grade, Grade::lossy);
}

TEST_F(Rollbacks, AComputedTypeInABlockIsLossyWhereNoRewriteWasNeeded) {
    const auto generated = of("DO $$ BEGIN ALTER TABLE orders ALTER COLUMN note TYPE text USING upper(note); END $$");
    EXPECT_EQ(generated.grade, Grade::lossy);
}

TEST_F(Rollbacks, TruncateLosesRows) {
    EXPECT_EQ(of("TRUNCATE orders").grade, Grade::data_lost);
    EXPECT_EQ(of("DO $$ BEGIN TRUNCATE empty; END $$").grade, Grade::data_lost);
}

TEST_F(Rollbacks, RowsThatAreChangedDoNotComeBack) {
    for (const std::string_view forward :
         {"UPDATE orders SET n = 0",
          "DELETE FROM orders",
          "INSERT INTO empty VALUES (1)",
          "UPDATE empty SET a = 1",
          "WITH gone AS (DELETE FROM empty RETURNING a) SELECT * FROM gone",
          "ALTER TABLE empty RENAME TO emptied; UPDATE emptied SET a = 2; ALTER TABLE emptied RENAME TO empty"}) {
        SCOPED_TRACE(forward);
        const auto generated = of(forward);
        EXPECT_EQ(generated.grade, Grade::not_reversible);
        EXPECT_FALSE(generated.reasons.empty());
    }
}

TEST_F(Rollbacks, RowsThatABlockOrAFunctionChangesDoNotComeBack) {
    database.run("CREATE FUNCTION clear_up() RETURNS void LANGUAGE plpgsql AS 'BEGIN UPDATE empty SET a = a; END'");
    for (const std::string_view forward :
         {"DO $$ BEGIN UPDATE empty SET a = a; END $$",
          "SELECT clear_up()",
          "DO $$ BEGIN EXECUTE 'DELETE FROM em' || 'pty'; END $$"}) {
        SCOPED_TRACE(forward);
        const auto generated = of(forward);
        EXPECT_EQ(generated.grade, Grade::not_reversible);
        ASSERT_EQ(generated.reasons.size(), 1U);
        EXPECT_TRUE(generated.reasons[0].starts_with("rows of table public.empty are changed")) << generated.reasons[0];
    }
}

TEST_F(Rollbacks, RowsOfANewTableGoWithIt) {
    EXPECT_EQ(of("CREATE TABLE made(a int); INSERT INTO made VALUES (1); UPDATE made SET a = 2").grade, Grade::exact);
}

TEST_F(Rollbacks, ASequenceThatWentOnIsLossy) {
    EXPECT_EQ(of("SELECT setval('counter', 100)").grade, Grade::lossy);
}

TEST_F(Rollbacks, BlocksThatChangeTheCatalogAreUndone) {
    const auto undone = undo(
        database,
        "DO $$ BEGIN FOR i IN 1..3 LOOP EXECUTE format('CREATE TABLE made_%s(id int PRIMARY KEY)', i); END LOOP;"
        "ALTER TABLE orders ADD CONSTRAINT positive CHECK (n > 0); END $$"
    );
    EXPECT_EQ(undone.left, "");
    EXPECT_EQ(undone.generated.grade, Grade::exact);
    EXPECT_EQ(undone.generated.drops.size(), 3U);
}

TEST_F(Rollbacks, WhatIsBeyondTheDatabaseIsNotReversible) {
    const auto generated = of("NOTIFY news; ALTER TABLE orders ADD COLUMN extra int");
    EXPECT_EQ(generated.grade, Grade::not_reversible);
    EXPECT_EQ(
        generated.reasons,
        std::vector<std::string>{"NOTIFY reaches beyond this database, and nothing shows what was there"}
    );
}

TEST_F(Rollbacks, TheHeaderSaysWhatItIs) {
    const auto generated = of("ALTER TABLE orders DROP COLUMN n");
    EXPECT_TRUE(generated.sql.starts_with(
        "-- Rollback of 007_change, generated by drydock\n"
        "-- Grade: catalog exact but data lost\n"
        "-- Undoes the file with SHA-256 abc\n"
        "-- Loses: column public.orders.n: its values do not come back: the migration drops it\n"
    )) << generated.sql;
}

}  // namespace
}  // namespace drydock::undo
