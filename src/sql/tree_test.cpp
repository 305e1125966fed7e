#include "sql/tree.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/statement.h"

namespace drydock::sql {
namespace {

std::string describe(const ObjectUse& object) {
    constexpr std::string_view kUses[] = {"creates", "drops", "alters", "reads", "writes"};
    std::string text(kUses[static_cast<std::size_t>(object.use)]);
    text.append(" ").append(name(object.kind)).append(" ");
    if (!object.schema.empty()) text.append(object.schema).append(".");
    if (!object.table.empty()) text.append(object.table).append(".");
    return text + object.name;
}

// "reads table a; writes table b", or the problem.
std::string objects_of(std::string_view statement) {
    const Analysis analysis = analyse(statement);
    if (!analysis.parsed) return "! " + analysis.problem;
    std::string all = analysis.if_exists ? "maybe" : "";
    for (const auto& object : analysis.objects) all.append(all.empty() ? "" : "; ").append(describe(object));
    return all;
}

struct Case {
    std::string_view statement;
    std::string_view expected;
};
class Objects : public testing::TestWithParam<Case> {};

TEST_P(Objects, are_those_that_the_statement_names) {
    EXPECT_EQ(objects_of(GetParam().statement), GetParam().expected) << GetParam().statement;
}

const Case kQueries[] = {
    {"SELECT * FROM app.t, Other o JOIN \"Quoted\" q ON true WHERE EXISTS (SELECT FROM deep)",
     "reads table app.t; reads table other; reads table Quoted; reads table deep"},
    {"WITH a AS (SELECT * FROM t), b AS (SELECT * FROM a) SELECT * FROM a, b, s.a", "reads table t; reads table s.a"},
    {"WITH t AS (SELECT * FROM t) SELECT * FROM t", "reads table t"},
    {"WITH RECURSIVE t AS (SELECT 1 UNION SELECT * FROM t) SELECT * FROM t", ""},
    {"SELECT (WITH c AS (SELECT 1) SELECT 1 FROM c), 2 FROM c", "reads table c"},
    {"WITH d AS (DELETE FROM old RETURNING *) INSERT INTO new SELECT * FROM d", "writes table new; writes table old"},
    {"UPDATE t SET a = app.f(1) FROM u WHERE t.x = u.x", "writes table t; reads function app.f; reads table u"},
    {"DELETE FROM t USING u", "writes table t; reads table u"},
    {"MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE", "writes table t; reads table u"},
    {"COPY t FROM STDIN", "writes table t"},
    {"COPY t (a) TO STDOUT", "reads table t"},
    {"COPY (SELECT * FROM t) TO STDOUT", "reads table t"},
    {"TRUNCATE a, s.b CASCADE", "writes table a; writes table s.b"},
    {"SELECT 1 INTO t FROM u", "creates table t; reads table u"},
    {"SELECT nextval('app.\"Ids\"'::regclass), pg_catalog.now()", "reads function nextval; reads sequence app.Ids"},
    {"SELECT '1'::app.money, x::text, y::int, z::uuid[]", "reads type app.money"},
    {"CALL app.run(1)", "reads procedure app.run"},
    {"REFRESH MATERIALIZED VIEW CONCURRENTLY m", "writes materialized view m"},
    {"LOCK TABLE t", "reads table t"},
    {"SELECT 1 FROM t -- a\nWHERE 1 NOT /* b */ IN (2) ORDER BY 1 NULLS --c\nFIRST", "reads table t"},
    {"EXPLAIN SELECT * FROM t", "reads table t"},
    {"DO $$ BEGIN DELETE FROM t; END $$", ""},
    {"", ""},
};
INSTANTIATE_TEST_SUITE_P(Queries, Objects, testing::ValuesIn(kQueries));

const Case kDefinitions[] = {
    {"CREATE TABLE IF NOT EXISTS app.t (id bigserial PRIMARY KEY, k app.kind DEFAULT app.first(), u int REFERENCES "
     "users(id), CONSTRAINT c FOREIGN KEY (k) REFERENCES app.kinds)",
     "maybe; creates table app.t; creates constraint app.t.c; reads type app.kind; reads function app.first; reads "
     "table users; reads table "
     "app.kinds"},
    {"CREATE TABLE p PARTITION OF t FOR VALUES IN (1)", "creates table p; alters table t"},
    {"CREATE TABLE p (LIKE t) INHERITS (u)", "creates table p; reads table u; reads table t"},
    {"CREATE TABLE n AS SELECT * FROM o", "creates table n; reads table o"},
    {"CREATE FOREIGN TABLE f (a int) SERVER s", "creates table f"},
    {"CREATE OR REPLACE VIEW v AS WITH c AS (SELECT * FROM t) SELECT * FROM c", "maybe; creates view v; reads table t"},
    {"CREATE MATERIALIZED VIEW m AS SELECT * FROM t", "creates materialized view m; reads table t"},
    {"CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON app.t (lower(a))",
     "maybe; creates index app.t.i; alters table app.t; reads function lower"},
    {"CREATE SEQUENCE s OWNED BY app.t.id", "creates sequence s; reads table app.t"},
    {"ALTER SEQUENCE s RESTART", "alters sequence s"},
    {"CREATE TYPE app.pair AS (a int, b app.other)", "creates type app.pair; reads type app.other"},
    {"CREATE TYPE e AS ENUM ('a')", "creates type e"},
    {"ALTER TYPE e ADD VALUE IF NOT EXISTS 'b'", "maybe; alters type e"},
    {"CREATE DOMAIN d AS app.base CHECK (app.ok(VALUE))", "creates type d; reads type app.base; reads function app.ok"},
    {"ALTER DOMAIN d DROP CONSTRAINT c", "alters type d; drops constraint c"},
    {"CREATE OR REPLACE FUNCTION app.f(a app.k, b int DEFAULT g()) RETURNS SETOF t.c%TYPE LANGUAGE sql AS 'SELECT * "
     "FROM x'",
     "maybe; creates function app.f; reads type app.k; reads function g; reads table t"},
    {"CREATE FUNCTION f() RETURNS void BEGIN ATOMIC DELETE FROM t; END", "creates function f"},
    {"CREATE PROCEDURE p() LANGUAGE sql AS ''", "creates procedure p"},
    {"ALTER FUNCTION f(int) STABLE", "alters function f"},
    {"CREATE AGGREGATE a (int) (SFUNC = f, STYPE = int)", "creates function a"},
    {"CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT * FROM t",
     "creates schema s; creates table s.t; creates view s.v; reads table t"},
    {"CREATE EXTENSION IF NOT EXISTS pgcrypto", "maybe; creates extension pgcrypto"},
    {"ALTER EXTENSION x UPDATE", "alters extension x"},
    {"CREATE TRIGGER g BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.f()",
     "creates trigger app.t.g; alters table app.t; reads function app.f"},
    {"CREATE POLICY p ON t TO r USING (a IN (SELECT a FROM u))",
     "creates policy t.p; alters table t; reads role r; reads table u"},
    {"CREATE RULE r AS ON INSERT TO t DO ALSO INSERT INTO log VALUES (NEW.a)",
     "creates other t.r; alters table t; writes table log"},
    {"DROP TABLE IF EXISTS a, s.b CASCADE", "maybe; drops table a; drops table s.b"},
    {"DROP INDEX s.i", "drops index s.i"},
    {"DROP FUNCTION f(app.k), s.g", "drops function f; reads type app.k; drops function s.g"},
    {"DROP TRIGGER g ON s.t", "drops trigger s.t.g; alters table s.t"},
    {"DROP TYPE s.k", "drops type s.k"},
    {"DROP SCHEMA a, b", "drops schema a; drops schema b"},
    {"DROP ROLE r", "drops role r"},
    {"CREATE DATABASE d", "creates database d"},
};
INSTANTIATE_TEST_SUITE_P(Definitions, Objects, testing::ValuesIn(kDefinitions));

const Case kChanges[] = {
    {"ALTER TABLE IF EXISTS s.t ADD COLUMN IF NOT EXISTS c app.k REFERENCES u, DROP COLUMN d, ALTER COLUMN e TYPE text "
     "USING app.f(e), ALTER g SET NOT NULL",
     "maybe; alters table s.t; creates column s.t.c; reads type app.k; reads table u; drops column s.t.d; alters "
     "column s.t.e; reads function app.f; alters column s.t.g"},
    {"ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES s.u NOT VALID, VALIDATE CONSTRAINT d, DROP CONSTRAINT "
     "e",
     "alters table t; creates constraint t.c; reads table s.u; alters constraint t.d; drops constraint t.e"},
    {"ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY USING INDEX i",
     "alters table t; creates constraint t.c; alters index i"},
    {"ALTER TABLE t ATTACH PARTITION p DEFAULT", "alters table t; alters table p"},
    {"ALTER TABLE t DETACH PARTITION s.p CONCURRENTLY", "alters table t; alters table s.p"},
    {"ALTER TABLE t OWNER TO r", "alters table t; reads role r"},
    {"ALTER TABLE t DISABLE TRIGGER g", "alters table t; alters trigger t.g"},
    {"ALTER VIEW v ALTER COLUMN c SET DEFAULT 1", "alters view v; alters column v.c"},
    {"ALTER TABLE s.a RENAME TO b", "alters table s.a; creates table s.b"},
    {"ALTER TABLE t RENAME COLUMN a TO b", "alters column t.a; creates column t.b; alters table t"},
    {"ALTER TABLE t RENAME CONSTRAINT a TO b", "alters constraint t.a; creates constraint t.b; alters table t"},
    {"ALTER INDEX i RENAME TO j", "alters index i; creates index j"},
    {"ALTER SCHEMA a RENAME TO b", "alters schema a; creates schema b"},
    {"ALTER TYPE s.a RENAME TO b", "alters type s.a; creates type s.b"},
    {"ALTER FUNCTION s.f(int) RENAME TO g", "alters function s.f; creates function s.g"},
    {"ALTER TABLE t SET SCHEMA n", "alters table t; reads schema n; creates table n.t"},
    {"ALTER FUNCTION f(int) SET SCHEMA n", "alters function f; reads schema n; creates function n.f"},
    {"ALTER FUNCTION s.f(int) OWNER TO r", "alters function s.f; reads role r"},
    {"COMMENT ON COLUMN s.t.c IS 'x'", "alters column s.t.c; alters table s.t"},
    {"COMMENT ON CONSTRAINT c ON DOMAIN d IS 'x'", "alters type d; alters constraint c"},
    {"COMMENT ON FUNCTION f(int) IS 'x'", "alters function f"},
    {"GRANT SELECT ON s.t, u TO r, PUBLIC", "alters table s.t; alters table u; reads role r"},
    {"REVOKE ALL ON ALL TABLES IN SCHEMA s FROM r", "alters schema s; reads role r"},
    {"GRANT USAGE ON SCHEMA s TO r", "alters schema s; reads role r"},
    {"GRANT EXECUTE ON FUNCTION s.f(int) TO r", "alters function s.f; reads role r"},
    {"GRANT USAGE ON TYPE s.k TO r", "alters type s.k; reads role r"},
    {"GRANT a TO b", "alters role a; reads role b"},
    {"ALTER POLICY p ON t USING (true)", "alters policy t.p; alters table t"},
    {"REINDEX TABLE s.t", "alters table s.t"},
    {"CREATE PUBLICATION p FOR TABLE t", "creates other p; reads table t"},
};
INSTANTIATE_TEST_SUITE_P(Changes, Objects, testing::ValuesIn(kChanges));

TEST(Analysis, says_why_a_statement_was_not_analysed) {
    EXPECT_EQ(objects_of("SELEC 1"), "! syntax error at or near \"SELEC\"");
    EXPECT_EQ(objects_of("SELECT '" + std::string(std::size_t{256} << 10U, 'x') + "'"), "! longer than 256.0 KiB");
    EXPECT_EQ(objects_of(std::string_view("SELECT\0 1", 9)), "! a byte of value 0");
}

TEST(Analysis, takes_many_at_once) {
    const auto found = analyse(std::vector<std::string_view>{"SELECT * FROM a;", "nonsense", "SELECT * FROM b"});
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].objects.at(0).name, "a");
    EXPECT_FALSE(found[1].parsed);
    EXPECT_EQ(found[2].objects.at(0).name, "b");
    EXPECT_TRUE(analyse(std::vector<std::string_view>{}).empty());
}

// Each form nests with every repetition; one of them crashes a parser that has but a usual stack.
TEST(Analysis, survives_any_depth) {
    for (const auto& [start, repeated, end] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"SELECT 1", "+1", ""},
             {"SELECT a", "||a", ""},
             {"SELECT a", "::b", ""},
             {"SELECT ", "-", "1"},
             {"SELECT ", "NOT ", "true"},
             {"SELECT ", "(", "1"},
             {"SELECT 1", " UNION SELECT 1", ""},
             {"SELECT 1 FROM t", " JOIN t ON 1=1", ""},
             {"SELECT 1", " IN (1", ""},
             {"SELECT a", "[1]", ""},
             {"SELECT 1", " IS NULL", ""},
         }) {
        for (const std::size_t times : {9'000U, 100'000U}) {
            std::string statement = start;
            for (std::size_t i = 0; i < times && statement.size() < 262'000; ++i) statement += repeated;
            const Analysis analysis = analyse(statement + end);
            EXPECT_NE(analysis.parsed, !analysis.problem.empty()) << repeated << " " << times;
        }
    }
    EXPECT_TRUE(analyse(
                    "SELECT 1" +
                    [] {
                        std::string sum;
                        for (int i = 0; i < 5'000; ++i) sum += " + 1";
                        return sum;
                    }()
    )
                    .parsed);
}

std::string target(std::string_view statement) {
    const auto found = outside_target(statement);
    if (!found) return "none";
    return fmt::format(
        "{}|{}|{}|{}|{}|{}{}",
        found->verb,
        found->schema,
        found->name,
        found->table_schema,
        found->table,
        found->value,
        found->if_exists ? "?" : ""
    );
}

TEST(OutsideTarget, names_what_an_interrupted_statement_was_about) {
    EXPECT_EQ(target("CREATE UNIQUE INDEX CONCURRENTLY i ON s.t (a)"), "create index|s|i|s|t|");
    EXPECT_EQ(target("CREATE INDEX CONCURRENTLY IF NOT EXISTS \"I\" ON t (a)"), "create index||I||t|?");
    EXPECT_EQ(target("CREATE INDEX CONCURRENTLY ON t (a)"), "create index||||t|");
    EXPECT_EQ(target("DROP INDEX CONCURRENTLY IF EXISTS s.i"), "drop index|s|i|||?");
    EXPECT_EQ(target("REINDEX INDEX CONCURRENTLY s.i"), "reindex index|s|i|||");
    EXPECT_EQ(target("REINDEX (CONCURRENTLY) TABLE s.t"), "reindex table|||s|t|");
    EXPECT_EQ(target("REINDEX SCHEMA s"), "other||s|||");
    EXPECT_EQ(target("ALTER TABLE s.t DETACH PARTITION q.p CONCURRENTLY"), "detach|q|p|s|t|");
    EXPECT_EQ(target("CREATE DATABASE d"), "create database||d|||");
    EXPECT_EQ(target("DROP DATABASE IF EXISTS d"), "drop database||d|||?");
    EXPECT_EQ(target("CREATE TABLESPACE x LOCATION '/x'"), "create tablespace||x|||");
    EXPECT_EQ(target("DROP TABLESPACE x"), "drop tablespace||x|||");
    EXPECT_EQ(target("CREATE SUBSCRIPTION x CONNECTION '' PUBLICATION p"), "create subscription||x|||");
    EXPECT_EQ(target("DROP SUBSCRIPTION x"), "drop subscription||x|||");
    EXPECT_EQ(target("VACUUM FULL s.t"), "vacuum|||s|t|");
    EXPECT_EQ(target("ALTER SYSTEM SET work_mem = 1"), "alter system|||||");
    EXPECT_EQ(target("ALTER TYPE s.e ADD VALUE IF NOT EXISTS 'x' BEFORE 'y'"), "add enum value|s|e|||x?");
    EXPECT_EQ(target("ALTER DATABASE d SET TABLESPACE x"), "other|||||");
}

TEST(OutsideTarget, is_known_by_the_tokens_when_the_grammar_is_too_new) {
    EXPECT_EQ(target("REINDEX (CONCURRENTLY, NEW_OPTION(x)) TABLE s.t"), "other|||||");
}

TEST(OutsideTarget, is_none_for_what_runs_in_a_transaction) {
    EXPECT_EQ(target("CREATE INDEX i ON t (a)"), "none");
    EXPECT_EQ(target("ALTER TYPE e RENAME VALUE 'a' TO 'b'"), "none");
    EXPECT_EQ(target("ALTER TYPE e RENAME TO f"), "none");
    EXPECT_EQ(target("SELECT 1"), "none");
    EXPECT_EQ(target("nonsense"), "none");
}

}  // namespace
}  // namespace drydock::sql
