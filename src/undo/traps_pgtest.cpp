// What an inversion of statements gets wrong, one test each: the inverse must know what the statement really did, and
// what was there before.
#include "undo/undo_pgtest.h"

namespace drydock::undo {
namespace {

using ::testing::Test;

class Traps : public Test {
protected:
    Traps() {
        database.run(R"(
            CREATE SCHEMA app;
            CREATE TABLE app.t(id int NOT NULL, a int, b text, c int NOT NULL DEFAULT 1);
            INSERT INTO app.t SELECT g, g, 'b', g FROM generate_series(1, 10) g;
            CREATE INDEX t_a ON app.t(a);
            CREATE UNIQUE INDEX t_id ON app.t(id);
            CREATE TABLE app.parent(id int, at date) PARTITION BY RANGE (at);
            CREATE INDEX parent_id ON app.parent(id);
            CREATE TABLE app.part(id int, at date);
            CREATE VIEW app.v AS SELECT id, a FROM app.t;
            CREATE VIEW app.vv AS SELECT id FROM app.v;
            GRANT SELECT ON app.v TO PUBLIC;
            COMMENT ON VIEW app.v IS 'seen';
        )");
    }
    Undone exact(std::string_view forward) {
        auto undone = undo(database, forward);
        EXPECT_EQ(undone.generated.grade, Grade::exact) << undone.generated.sql;
        EXPECT_EQ(undone.left, "") << undone.generated.sql;
        EXPECT_EQ(undone.again, "");
        EXPECT_EQ(undone.left_as_was, "");
        return undone;
    }
    std::string rows() { return database.run("SELECT string_agg(t::text, ',' ORDER BY id) FROM app.t t"); }

    testing::Database database;
};

TEST_F(Traps, AColumnThatWasThereAlreadyIsLeftAlone) {
    const auto before = rows();
    const auto undone = exact("ALTER TABLE app.t ADD COLUMN IF NOT EXISTS b text");
    EXPECT_EQ(undone.generated.sql.find("DROP"), std::string::npos) << undone.generated.sql;
    EXPECT_EQ(rows(), before);
}

TEST_F(Traps, AnIndexThatWasThereAlreadyIsLeftAlone) {
    EXPECT_EQ(exact("CREATE INDEX IF NOT EXISTS t_a ON app.t(a)").generated.sql.find("DROP"), std::string::npos);
}

TEST_F(Traps, ASchemaThatWasThereAlreadyIsLeftAlone) {
    EXPECT_EQ(exact("CREATE SCHEMA IF NOT EXISTS app").generated.sql.find("DROP"), std::string::npos);
}

TEST_F(Traps, APrimaryKeyTakesItsNotNullAlong) {
    database.run("ALTER TABLE app.t ALTER COLUMN id DROP NOT NULL");
    exact("ALTER TABLE app.t ADD PRIMARY KEY (id)");
}

TEST_F(Traps, AConstraintUsingAnIndexGivesTheIndexBack) {
    exact("ALTER TABLE app.t ADD CONSTRAINT t_key UNIQUE USING INDEX t_id");
}

TEST_F(Traps, AConstraintThatWasNotValidComesBackNotValid) {
    database.run("ALTER TABLE app.t ADD CONSTRAINT positive CHECK (a > 5) NOT VALID");
    const auto dropped = exact("ALTER TABLE app.t DROP CONSTRAINT positive");
    EXPECT_NE(dropped.generated.sql.find("NOT VALID"), std::string::npos);
}

TEST_F(Traps, AValidatedConstraintComesBackNotValid) {
    database.run("ALTER TABLE app.t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID");
    exact("ALTER TABLE app.t VALIDATE CONSTRAINT positive");
}

TEST_F(Traps, ADroppedIndexComesBackWithAllThatHungOnIt) {
    database.run(R"(
        COMMENT ON INDEX app.t_id IS 'mine';
        ALTER TABLE app.t CLUSTER ON t_id;
        ALTER TABLE app.t REPLICA IDENTITY USING INDEX t_id;
        CREATE INDEX t_lower ON app.t(lower(b));
        ALTER INDEX app.t_lower ALTER COLUMN 1 SET STATISTICS 300;
    )");
    exact("DROP INDEX app.t_id; DROP INDEX app.t_lower");
}

TEST_F(Traps, AViewThatGotAColumnIsMadeAgainWithThoseOnIt) {
    exact("CREATE OR REPLACE VIEW app.v AS SELECT id, a, b FROM app.t");
}

TEST_F(Traps, ACascadeComesBackWhole) {
    database.run(R"(
        CREATE FUNCTION app.f(app.v) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE MATERIALIZED VIEW app.m AS SELECT id FROM app.v;
        CREATE UNIQUE INDEX m_id ON app.m(id);
    )");
    exact("DROP VIEW app.v CASCADE");
}

TEST_F(Traps, WhatAttachMadeOnThePartitionGoes) {
    exact("ALTER TABLE app.parent ATTACH PARTITION app.part FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')");
}

TEST_F(Traps, ADroppedExpressionNeedsTheColumnAgain) {
    database.run("ALTER TABLE app.t ADD COLUMN g int GENERATED ALWAYS AS (a + 1) STORED");
    const auto undone = exact("ALTER TABLE app.t ALTER COLUMN g DROP EXPRESSION");
    EXPECT_EQ(undone.generated.drops, std::vector<std::string>{"column app.t.g"});
    EXPECT_EQ(database.run("SELECT count(*) FROM app.t WHERE g = a + 1"), "10");
}

TEST_F(Traps, AnEnumLabelStaysWhereColumnsUseTheType) {
    database.run("CREATE TYPE app.mood AS ENUM ('sad'); ALTER TABLE app.t ADD COLUMN m app.mood");
    auto connection = database.connect();
    const auto undone = undo(database, "ALTER TYPE app.mood ADD VALUE 'ok'");
    EXPECT_EQ(undone.generated.grade, Grade::not_reversible);
    ASSERT_EQ(undone.generated.reasons.size(), 1U);
    EXPECT_EQ(
        undone.generated.reasons.front(),
        "enum type app.mood keeps 'ok': PostgreSQL takes no label out of an enum type, and column app.t.m has its "
        "values"
    );
}

TEST_F(Traps, AnEnumLabelGoesWhereNothingUsesTheType) {
    database.run("CREATE TYPE app.mood AS ENUM ('sad')");
    exact("ALTER TYPE app.mood ADD VALUE 'ok'");
}

TEST_F(Traps, AColumnFromTheMiddleComesBackLastAndEmpty) {
    const auto undone = undo(database, "ALTER TABLE app.t DROP COLUMN b");
    EXPECT_EQ(undone.generated.grade, Grade::lossy);
    EXPECT_EQ(
        undone.generated.reasons,
        std::vector<std::string>{"column b of app.t comes back last: PostgreSQL adds columns at the end only"}
    );
    ASSERT_EQ(undone.generated.losses.size(), 1U);
    EXPECT_EQ(undone.generated.losses[0].object, "column app.t.b");
    EXPECT_NE(undone.left, "");
}

TEST_F(Traps, APasswordThatNoCatalogShowsDoesNotComeBack) {
    database.run("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w");
    database.run("CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (\"user\" 'u', password 'canary')");
    const auto undone = undo(database, "DROP USER MAPPING FOR PUBLIC SERVER s");
    EXPECT_EQ(undone.generated.grade, Grade::not_reversible);
    ASSERT_EQ(undone.generated.reasons.size(), 1U);
    EXPECT_NE(undone.generated.reasons[0].find("a password that no catalog shows belongs to"), std::string::npos);
    EXPECT_EQ(undone.generated.sql.find("hidden"), std::string::npos);
}

TEST_F(Traps, PrivilegesAreComparedAsSets) {
    database.run("REVOKE ALL ON app.t FROM CURRENT_USER; GRANT ALL ON app.t TO CURRENT_USER");
    exact("GRANT SELECT ON app.t TO PUBLIC; REVOKE INSERT ON app.t FROM CURRENT_USER");
    exact("REVOKE SELECT ON app.v FROM PUBLIC");
}

}  // namespace
}  // namespace drydock::undo
