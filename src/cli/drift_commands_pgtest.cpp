#include "cli/program_pgtest.h"

// migrate drift, diff and snapshot, as a script sees them.
namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class DriftCommands : public DatabaseTest {
protected:
    void migrate() {
        folder.write(
            "migrations/001_orders.sql",
            "CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total numeric(10,2) NOT NULL "
            "DEFAULT 0);\nCREATE TYPE mood AS ENUM ('sad', 'glad');\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS "
            "'SELECT 1';\nREVOKE EXECUTE ON FUNCTION f() FROM PUBLIC;\n"
        );
        folder.write("migrations/002_view.sql", "CREATE VIEW totals AS SELECT sum(total) FROM orders;\n");
        const auto up = drydock({"migrate", "up"});
        ASSERT_EQ(up.exit_code, 0) << up.err;
    }
};

TEST_F(DriftCommands, NoDriftRightAfterAnUp) {
    migrate();
    const auto drift = drydock({"migrate", "drift"});
    EXPECT_EQ(drift.exit_code, 0) << drift.out << drift.err;
    EXPECT_EQ(drift.out, "no drift: the catalog is what the 2 applied migrations make\n");
    const auto json = drydock({"migrate", "drift", "--json"});
    EXPECT_EQ(json.exit_code, 0);
    EXPECT_EQ(json.json_at("/drift"), "false");
    EXPECT_EQ(json.json_at("/expected"), R"({"source":"history","migrations":2})");
    EXPECT_EQ(json.json_at("/differences"), "[]");
    EXPECT_EQ(drydock({"migrate", "diff"}).out, "-- nothing differs\n");
}

TEST_F(DriftCommands, EachDifferenceIsTold) {
    migrate();
    sql("CREATE INDEX hot ON orders (total); ALTER TABLE orders ALTER total SET DEFAULT 5, ADD note text;"
        "DROP VIEW totals; GRANT SELECT ON orders TO pg_monitor; COMMENT ON TABLE orders IS 'touched'");
    const auto drift = drydock({"migrate", "drift"});
    EXPECT_EQ(drift.exit_code, 7) << drift.err;
    EXPECT_THAT(
        drift.out,
        AllOf(
            HasSubstr("differences from what the 2 applied migrations make"),
            HasSubstr("  + index public.hot\n"),
            HasSubstr("  + column public.orders.note\n"),
            HasSubstr("  - view public.totals\n"),
            HasSubstr("  ~ column public.orders.total: default 0 → 5\n"),
            HasSubstr("~ table public.orders: acl"),
            HasSubstr("`drydock migrate diff`")
        )
    );
    const auto json = drydock({"migrate", "drift", "--json"});
    EXPECT_EQ(json.exit_code, 7);
    EXPECT_EQ(json.json_at("/drift"), "true");
    EXPECT_THAT(
        json.json_at("/differences"), HasSubstr(R"("kind":"column","schema":"public","parent":"orders","name":"total")")
    );
    EXPECT_THAT(json.json_at("/differences"), HasSubstr(R"({"name":"default","expected":"0","found":"5"})"));
}

TEST_F(DriftCommands, WhatIsIgnoredDoesNotCount) {
    migrate();
    sql("GRANT SELECT ON orders TO pg_monitor; COMMENT ON TABLE orders IS 'touched'; CREATE SCHEMA audit;"
        "CREATE TABLE audit.log (a int)");
    EXPECT_EQ(drydock({"migrate", "drift"}).exit_code, 7);
    const auto ignoring = drydock({"migrate", "drift", "--ignore", "privileges,comments", "--ignore-schema", "audit"});
    EXPECT_EQ(ignoring.exit_code, 0) << ignoring.out;
    const auto wrong = drydock({"migrate", "drift", "--ignore", "privilege"});
    EXPECT_EQ(wrong.exit_code, 3);
    EXPECT_THAT(wrong.err, AllOf(HasSubstr("--ignore privilege"), HasSubstr("column-order")));
}

TEST_F(DriftCommands, DiffMendsAndReverseAdopts) {
    migrate();
    sql("CREATE INDEX hot ON orders (total); ALTER TABLE orders ALTER total SET DEFAULT 5; DROP VIEW totals;"
        "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'; ALTER FUNCTION f() COST 7");
    const auto reverse = drydock({"migrate", "diff", "--reverse"});
    EXPECT_EQ(reverse.exit_code, 0) << reverse.err;
    EXPECT_THAT(reverse.out, AllOf(HasSubstr("CREATE INDEX hot"), HasSubstr("DROP VIEW public.totals;")));
    sql("ALTER TYPE mood RENAME VALUE 'blue' TO 'sad'");
    const auto mend = drydock({"migrate", "diff", "--exit-code"});
    EXPECT_EQ(mend.exit_code, 7);
    EXPECT_THAT(mend.out, AllOf(HasSubstr("DROP INDEX public.hot;"), HasSubstr("CREATE VIEW public.totals")));
    EXPECT_THAT(drydock({"migrate", "diff", "--json"}).json_at("/statements/0"), Not(HasSubstr("none")));
    sql(mend.out);
    const auto after = drydock({"migrate", "drift"});
    EXPECT_EQ(after.exit_code, 0) << after.out;
    EXPECT_EQ(drydock({"migrate", "diff", "--exit-code"}).exit_code, 0);
}

TEST_F(DriftCommands, AnotherRolesTargetIsNoDrift) {
    sql("DO $$ BEGIN CREATE ROLE \"drift shop\" LOGIN; CREATE ROLE drift_reader; EXCEPTION WHEN duplicate_object THEN "
        "END $$; GRANT CREATE, USAGE ON SCHEMA public TO \"drift shop\"");
    sql("DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO \"drift shop\"', current_database()); END $$");
    auto where = database.conninfo();
    where.set("user", "drift shop");
    environment.back() = "DATABASE_URL=" + where.url();
    folder.write(
        "migrations/001_a.sql",
        "CREATE TABLE a (id int PRIMARY KEY);\nGRANT SELECT ON a TO drift_reader;\nCREATE POLICY p ON a TO "
        "drift_reader;\nALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO drift_reader;\nCREATE TABLE b (a int "
        "REFERENCES a);\nCREATE EXTENSION citext;\n"
    );
    ASSERT_EQ(drydock({"migrate", "up"}).exit_code, 0);
    const auto drift = drydock({"migrate", "drift"});
    // Only what was granted outside of migrations.
    EXPECT_THAT(drift.out, StartsWith("1 difference ")) << drift.err;
    EXPECT_THAT(drift.out, HasSubstr("~ schema public: acl"));
}

TEST_F(DriftCommands, AStoredSnapshotIsWrittenAndComparedWith) {
    migrate();
    const auto written = drydock({"migrate", "snapshot", "--output", "schema.json"});
    EXPECT_EQ(written.exit_code, 0) << written.err;
    EXPECT_THAT(written.out, AllOf(StartsWith("wrote "), HasSubstr(" objects to schema.json\n")));
    const auto text = folder.read("schema.json");
    EXPECT_THAT(text, HasSubstr("\n{\"kind\":\"table\",\"schema\":\"public\",\"name\":\"orders\""));
    EXPECT_THAT(text, Not(HasSubstr("applied_order")));
    EXPECT_EQ(drydock({"migrate", "snapshot"}).out, text);
    EXPECT_EQ(drydock({"migrate", "snapshot", "--json"}).json_at("/format"), "drydock.catalog");
    const auto same = drydock({"migrate", "drift", "--snapshot", "schema.json"});
    EXPECT_EQ(same.exit_code, 0) << same.out << same.err;
    EXPECT_EQ(same.out, "no drift: the catalog is schema.json\n");
    sql("DROP VIEW totals");
    const auto drift = drydock({"migrate", "drift", "--snapshot", "schema.json", "--json"});
    EXPECT_EQ(drift.exit_code, 7);
    EXPECT_EQ(drift.json_at("/expected"), R"({"source":"snapshot","file":"schema.json"})");
    EXPECT_THAT(drydock({"migrate", "diff", "--snapshot", "schema.json"}).out, HasSubstr("CREATE VIEW public.totals"));
    folder.write("broken.json", "{}");
    const auto broken = drydock({"migrate", "drift", "--snapshot", "broken.json"});
    EXPECT_EQ(broken.exit_code, 3);
    EXPECT_THAT(broken.err, AllOf(HasSubstr("broken.json: not a catalog snapshot"), HasSubstr("migrate snapshot")));
    EXPECT_EQ(drydock({"migrate", "drift", "--snapshot", "absent.json"}).exit_code, 3);
    EXPECT_EQ(drydock({"migrate", "drift", "--snapshot", "schema.json", "--files"}).exit_code, 3);
}

TEST_F(DriftCommands, TheSnapshotAsDdlMakesTheSameCatalog) {
    migrate();
    const auto ddl = drydock({"migrate", "snapshot", "--format", "ddl"});
    EXPECT_EQ(ddl.exit_code, 0) << ddl.err;
    const ::drydock::testing::Database other;
    other.run(ddl.out);
    environment.back() = "DATABASE_URL=" + other.conninfo().url();
    EXPECT_EQ(drydock({"migrate", "snapshot", "--format", "ddl"}).out, ddl.out);
}

TEST_F(DriftCommands, HistoryAndFilesMayDiffer) {
    migrate();
    folder.write("migrations/002_view.sql", "CREATE VIEW totals AS SELECT avg(total) AS mean FROM orders;\n");
    EXPECT_EQ(drydock({"migrate", "drift"}).exit_code, 0);
    const auto files = drydock({"migrate", "drift", "--files"});
    EXPECT_EQ(files.exit_code, 7) << files.err;
    EXPECT_THAT(files.out, AllOf(HasSubstr("what the files of the 2 applied migrations make"), HasSubstr("totals")));
    // History has the SQL even where the files are gone.
    std::filesystem::remove(folder.path() / "migrations/002_view.sql");
    EXPECT_EQ(drydock({"migrate", "drift", "--missing", "ignore"}).exit_code, 0);
}

TEST_F(DriftCommands, WhatCannotBeReplayedIsNamed) {
    sql("CREATE TABLE outside (a int)");
    folder.write("migrations/001_a.sql", "CREATE TABLE a (b int);\n");
    folder.write("migrations/002_b.sql", "ALTER TABLE outside ADD b int;\n");
    ASSERT_EQ(drydock({"migrate", "up"}).exit_code, 0);
    const auto drift = drydock({"migrate", "drift"});
    EXPECT_EQ(drift.exit_code, 7);
    EXPECT_THAT(
        drift.out,
        AllOf(
            HasSubstr("skipped 002_b could not be replayed"),
            HasSubstr("relation \"outside\" does not exist"),
            HasSubstr("+ table public.outside")
        )
    );
    EXPECT_EQ(drydock({"migrate", "drift", "--json"}).json_at("/skipped/0/id"), "002_b");
}

TEST_F(DriftCommands, WithoutAHistoryNothingIsExpected) {
    folder.write("migrations/001_a.sql", "CREATE TABLE a (b int);\n");
    const auto drift = drydock({"migrate", "drift"});
    EXPECT_EQ(drift.exit_code, 3);
    EXPECT_THAT(drift.err, AllOf(HasSubstr("has no history"), HasSubstr("--snapshot FILE")));
}

TEST_F(DriftCommands, TwoProjectsOfOneDatabaseAreExpectedTogether) {
    folder.write("migrations/001_a.sql", "CREATE TABLE a (b int PRIMARY KEY);\n");
    folder.write("other/001_a.sql", "CREATE TABLE o (b int REFERENCES a);\n");
    ASSERT_EQ(drydock({"migrate", "up"}).exit_code, 0);
    const auto up = drydock({"migrate", "up", "--dir", "other", "--project", "other"});
    ASSERT_EQ(up.exit_code, 0) << up.err;
    const auto drift = drydock({"migrate", "drift"});
    EXPECT_EQ(drift.exit_code, 0) << drift.out << drift.err;
}

}  // namespace
}  // namespace drydock::cli
