// What a snapshot says and what it does not depend on.
#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "catalog/catalog_pgtest.h"

namespace drydock::catalog {
namespace {

class Snapshots : public ::testing::Test {
protected:
    // Two ways to make a schema that must give the same snapshot.
    static void expect_equal(std::string_view one_way, std::string_view other_way) {
        const testing::Database one;
        const testing::Database other;
        one.run(one_way);
        other.run(other_way);
        const auto first = snapshot_of(one.conninfo());
        const auto second = snapshot_of(other.conninfo());
        EXPECT_EQ(as_text(first), as_text(second));
        EXPECT_EQ(first.hash(), second.hash());
    }
    std::string get(Kind kind, std::string_view parent, std::string_view name, std::string_view aspect) const {
        const auto snapshot = snapshot_of(database.conninfo());
        const auto* const object = snapshot.find(kind, "public", parent, name);
        EXPECT_NE(object, nullptr) << name;
        return object ? std::string{object->get(aspect)} : std::string{};
    }

    testing::Database database;
};

TEST_F(Snapshots, DoNotDependOnTheOrderOfCreationAndOids) {
    expect_equal(
        "CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE TABLE a (id int PRIMARY KEY, m mood);"
        "CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); CREATE INDEX ON b (a); CREATE INDEX b_x ON b (id, a);"
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE VIEW v AS SELECT m FROM a;"
        "CREATE POLICY p ON a; CREATE POLICY q ON a;"
        "CREATE PUBLICATION pub FOR TABLE a, b",
        "CREATE TABLE gone (x int); DROP TABLE gone; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"
        "CREATE TABLE b (id int, a int); CREATE TYPE mood AS ENUM ('glad'); ALTER TYPE mood ADD VALUE 'sad' BEFORE "
        "'glad'; CREATE TABLE a (id int, m mood); CREATE INDEX b_x ON b (id, a); CREATE INDEX ON b (a);"
        "ALTER TABLE a ADD PRIMARY KEY (id); ALTER TABLE b ADD PRIMARY KEY (id), ADD FOREIGN KEY (a) REFERENCES a;"
        "CREATE POLICY q ON a; CREATE POLICY p ON a; CREATE VIEW v AS SELECT m FROM a;"
        "CREATE PUBLICATION pub FOR TABLE b; ALTER PUBLICATION pub ADD TABLE a"
    );
}

TEST_F(Snapshots, DoNotSeeTheHolesThatDroppedColumnsLeave) {
    expect_equal(
        "CREATE TABLE t (a int, b text, c int DEFAULT 7); CREATE TYPE y AS (a int, c int)",
        "CREATE TABLE t (x int, a int, z int, b text); ALTER TABLE t DROP x, DROP z, ADD c int DEFAULT 7;"
        "CREATE TYPE y AS (a int, b int); ALTER TYPE y DROP ATTRIBUTE b, ADD ATTRIBUTE c int"
    );
}

TEST_F(Snapshots, TakePrivilegesAndOptionsAsSets) {
    testing::run_on(
        testing::server().conninfo(),
        "DO $$ BEGIN CREATE ROLE set_a; EXCEPTION WHEN duplicate_object THEN END $$;"
        "DO $$ BEGIN CREATE ROLE set_b; EXCEPTION WHEN duplicate_object THEN END $$"
    );
    expect_equal(
        "CREATE TABLE t (a int) WITH (fillfactor = 70, autovacuum_enabled = false);"
        "GRANT SELECT ON t TO set_a; GRANT INSERT, SELECT ON t TO set_b; CREATE POLICY p ON t TO set_a, set_b;"
        "GRANT SELECT (a) ON t TO set_a; GRANT SELECT (a) ON t TO set_b; CREATE TABLE untouched (a int);"
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE t (a int) WITH (autovacuum_enabled = false, fillfactor = 70);"
        "GRANT INSERT ON t TO set_b; GRANT SELECT ON t TO set_b; GRANT SELECT ON t TO set_a;"
        "GRANT SELECT (a) ON t TO set_b; GRANT SELECT (a) ON t TO set_a;"
        "CREATE POLICY p ON t TO set_b, set_a; CREATE TABLE untouched (a int); GRANT SELECT ON untouched TO set_a;"
        "REVOKE SELECT ON untouched FROM set_a; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"
        "REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION f() TO PUBLIC"
    );
}

TEST_F(Snapshots, TellNobodyFromEverybody) {
    database.run("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE t (a int)");
    EXPECT_EQ(snapshot_of(database.conninfo()).find(Kind::table, "public", "", "t")->find(aspect::acl), nullptr);
    database.run("REVOKE ALL ON t FROM CURRENT_USER");
    const auto revoked = snapshot_of(database.conninfo());
    const auto* const acl = revoked.find(Kind::table, "public", "", "t")->find(aspect::acl);
    ASSERT_NE(acl, nullptr);
    EXPECT_EQ(*acl, "");
}

TEST_F(Snapshots, DoNotDependOnTheSession) {
    database.run(
        "CREATE SCHEMA s; CREATE TABLE s.t (d timestamptz DEFAULT '2020-02-03 04:05+00', i interval DEFAULT '1 day 2 "
        "hours', f float8 DEFAULT 0.1, t text DEFAULT E'back\\\\slash', b bytea DEFAULT '\\x00ff', "
        "CHECK (d > '2001-01-01'::timestamptz)) PARTITION BY RANGE (d);"
        "CREATE TABLE s.p PARTITION OF s.t FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2021-01-01 00:00+00');"
        "CREATE VIEW s.v AS SELECT * FROM s.t"
    );
    auto plain = database.connect();
    auto odd = database.connect();
    constexpr std::string_view kSettings =
        "SET search_path = s, public; SET DateStyle = 'German, DMY'; SET TimeZone = 'Asia/Tokyo';"
        "SET IntervalStyle = 'iso_8601'; SET extra_float_digits = -10; SET bytea_output = 'escape';"
        "SET quote_all_identifiers = on; SET standard_conforming_strings = off";
    ASSERT_TRUE(odd.run_message(kSettings, {}));
    EXPECT_EQ(as_text(snapshot_of(plain)), as_text(snapshot_of(odd)));
    // And leave the session as it was.
    const pg::Query asked{
        "test.settings",
        "SELECT concat_ws('|', current_setting('search_path'), current_setting('DateStyle'), "
        "current_setting('quote_all_identifiers'), current_setting('plan_cache_mode'))"
    };
    EXPECT_EQ(odd.query(asked, {})->text(0, 0), "s, public|German, DMY|on|auto");
    EXPECT_EQ(odd.transaction_status(), pg::TransactionStatus::idle);
}

TEST_F(Snapshots, LeaveOutMembersTemporaryTablesAndExcludedSchemas) {
    auto connection = database.connect();
    const auto before = snapshot_of(connection);
    ASSERT_TRUE(connection.run_message(
        "CREATE TEMP TABLE mine (a serial PRIMARY KEY, b text CHECK (b <> '')); CREATE SCHEMA drydock;"
        "CREATE TABLE drydock.t (a serial PRIMARY KEY); CREATE INDEX ON drydock.t (a); COMMENT ON TABLE drydock.t IS "
        "'x'; ALTER DEFAULT PRIVILEGES IN SCHEMA drydock GRANT SELECT ON TABLES TO PUBLIC",
        {}
    ));
    EXPECT_EQ(as_text(before), as_text(snapshot_of(connection)));
    ASSERT_TRUE(connection.run_message("CREATE EXTENSION hstore; CREATE EXTENSION citext", {}));
    const auto after = snapshot_of(connection);
    EXPECT_EQ(after.objects.size(), before.objects.size() + 2);
    EXPECT_NE(after.find(Kind::extension, "", "", "hstore"), nullptr);
    EXPECT_GT(snapshot_of(connection, {.without_schemas = {}}).objects.size(), after.objects.size() + 5);
}

TEST_F(Snapshots, ShowPrivilegesOfMembersThatSomebodyChanged) {
    database.run(
        "CREATE EXTENSION pgcrypto; REVOKE EXECUTE ON FUNCTION crypt(text, text) FROM PUBLIC;"
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC; GRANT EXECUTE ON FUNCTION gen_salt(text) TO PUBLIC"
    );
    const auto snapshot = snapshot_of(database.conninfo());
    const auto* const crypt = snapshot.find(Kind::function, "public", "", "crypt(text,text)");
    ASSERT_NE(crypt, nullptr);
    EXPECT_EQ(crypt->get(aspect::member_of), "pgcrypto");
    EXPECT_EQ(crypt->get(aspect::acl), "postgres=X/postgres");
    EXPECT_EQ(crypt->aspects.size(), 2U);
    EXPECT_EQ(snapshot.find(Kind::function, "public", "", "gen_salt(text)"), nullptr);
    EXPECT_NE(snapshot.find(Kind::language, "", "", "plpgsql"), nullptr);
}

TEST_F(Snapshots, KeepOddNamesAndTexts) {
    const std::string longest(63, 'n');
    database.run(fmt::format(
        "CREATE SCHEMA \"we \"\"ird\"; CREATE TABLE \"we \"\"ird\".\"a.b'c\" (\"d\\e\" text DEFAULT 'it''s', "
        "\"new\nline\" int UNIQUE, {0} int, \"{{x}}\" int);"
        "COMMENT ON COLUMN \"we \"\"ird\".\"a.b'c\".{0} IS E'one\\ntwo \\\\ three';"
        "CREATE TYPE \"we \"\"ird\".e AS ENUM ('a,b', 'c\"d', E'e\\\\f', E'g\\nh', ' i ');"
        "CREATE FUNCTION \"we \"\"ird\".\"f(x\"(a \"we \"\"ird\".e[], b int) RETURNS int LANGUAGE sql AS 'SELECT "
        "1'; CREATE OPERATOR \"we \"\"ird\".=== (leftarg = int, rightarg = int, function = int4eq)",
        longest
    ));
    const auto snapshot = snapshot_of(database.conninfo());
    const std::string schema = "we \"ird";
    const auto* const column = snapshot.find(Kind::column, schema, "a.b'c", longest);
    ASSERT_NE(column, nullptr);
    EXPECT_EQ(column->get(aspect::comment), "one\ntwo \\ three");
    EXPECT_NE(snapshot.find(Kind::column, schema, "a.b'c", "{x}"), nullptr);
    const auto* const key = snapshot.find(Kind::constraint, schema, "a.b'c", "a.b'c_new\nline_key");
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(items(key->get(aspect::columns)), std::vector<std::string>{"new\nline"});
    const auto* const labels = snapshot.find(Kind::enumeration, schema, "", "e");
    ASSERT_NE(labels, nullptr);
    EXPECT_EQ(items(labels->get(aspect::labels)), (std::vector<std::string>{"a,b", "c\"d", "e\\f", "g\nh", " i "}));
    EXPECT_NE(snapshot.find(Kind::function, schema, "", "f(x(\"we \"\"ird\".e[],integer)"), nullptr);
    EXPECT_NE(snapshot.find(Kind::op, schema, "", "===(integer,integer)"), nullptr);
    const auto read = from_json(boost::json::serialize(to_json(snapshot)));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(as_text(*read), as_text(snapshot));
    EXPECT_EQ(read->hash(), snapshot.hash());
}

TEST_F(Snapshots, AreUtf8WhateverTheDatabaseHolds) {
    const auto server = testing::server().conninfo();
    for (const std::string encoding : {"LATIN1", "SQL_ASCII"}) {
        testing::run_on(server, "DROP DATABASE IF EXISTS encoded");
        testing::run_on(
            server, fmt::format("CREATE DATABASE encoded TEMPLATE template0 ENCODING '{}' LOCALE 'C'", encoding)
        );
        auto where = server;
        where.set("dbname", "encoded");
        const std::string_view name = encoding == "LATIN1" ? "E'\\303\\266'" : "E'\\xf6'";
        testing::run_on(
            where,
            fmt::format(
                "DO $$ BEGIN EXECUTE 'CREATE TABLE t (a int DEFAULT length(' || quote_literal({}) || '))'; "
                "END $$; COMMENT ON TABLE t IS {}",
                name,
                name
            )
        );
        const auto snapshot = snapshot_of(where);
        const auto* const table = snapshot.find(Kind::table, "public", "", "t");
        ASSERT_NE(table, nullptr);
        const auto read = from_json(to_json_text(snapshot));
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(as_text(*read), as_text(snapshot));
    }
    testing::run_on(server, "DROP DATABASE encoded");
}

TEST_F(Snapshots, KeepNoPasswords) {
    database.run(
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h', sslpassword "
        "'sesame');"
        "CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (\"user\" 'u', password 'sesame');"
        "CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere dbname=x password = ''ses\\'' ame'' user=u' PUBLICATION p "
        "WITH (connect = false);"
        "CREATE SUBSCRIPTION uri CONNECTION 'postgresql://u:sesame@nowhere/x' PUBLICATION p WITH (connect = false)"
    );
    const auto text = as_text(snapshot_of(database.conninfo()));
    database.run(
        "ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub;"
        "ALTER SUBSCRIPTION uri SET (slot_name = NONE); DROP SUBSCRIPTION uri"
    );
    EXPECT_EQ(text.find("sesame"), std::string::npos) << text;
    EXPECT_EQ(text.find("ame'"), std::string::npos) << text;
    EXPECT_NE(text.find("host=nowhere dbname=x password = (hidden) user=u"), std::string::npos) << text;
    EXPECT_NE(text.find("u:(hidden)@nowhere/x"), std::string::npos) << text;
    EXPECT_NE(text.find("OPTIONS (password '(hidden)', \"user\" 'u')"), std::string::npos) << text;
}

TEST_F(Snapshots, AreReadByOrdinaryRoles) {
    database.run(test_file("fixture.sql"));
    database.run(
        "DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;"
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
        "CREATE USER MAPPING FOR postgres SERVER s OPTIONS (u 'v');"
        "CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)"
    );
    const auto whole = snapshot_of(database.conninfo());
    auto connection = database.connect();
    ASSERT_TRUE(connection.run_message("SET SESSION AUTHORIZATION reader", {}));
    const auto seen = snapshot_of(connection);
    database.run("ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub");
    ASSERT_EQ(seen.objects.size(), whole.objects.size());
    for (std::size_t i = 0; i < seen.objects.size(); ++i) {
        const auto kind = whole.objects[i].kind;
        const bool restricted = kind == Kind::user_mapping || kind == Kind::subscription;
        EXPECT_EQ(restricted, seen.objects[i].aspects != whole.objects[i].aspects) << label(whole.objects[i]);
    }
}

TEST_F(Snapshots, TellWhatInnerTriggersDo) {
    database.run(
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a);"
        "ALTER TABLE b DISABLE TRIGGER ALL"
    );
    EXPECT_EQ(
        get(Kind::constraint, "b", "b_a_fkey", aspect::triggers),
        "RI_FKey_check_ins: disabled\nRI_FKey_check_upd: disabled"
    );
}

TEST_F(Snapshots, ShowPartitionsAsTheyHang) {
    database.run(
        "CREATE TABLE k (id int PRIMARY KEY);"
        "CREATE TABLE p (id int, k int REFERENCES k, PRIMARY KEY (id)) PARTITION BY LIST (id);"
        "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE INDEX p_k ON p (k);"
        "CREATE TABLE r (p int REFERENCES p);"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TRIGGER t AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION f()"
    );
    EXPECT_EQ(get(Kind::table, "", "p1", aspect::partition_of), "public.p");
    EXPECT_EQ(get(Kind::index, "p1", "p1_k_idx", aspect::partition_of), "public.p_k");
    EXPECT_EQ(get(Kind::index, "p1", "p1_pkey", aspect::backs), "p1_pkey");
    EXPECT_EQ(get(Kind::constraint, "p1", "p1_pkey", aspect::parent_constraint), "p_pkey");
    EXPECT_EQ(get(Kind::constraint, "p1", "p_k_fkey", aspect::parent_constraint), "p_k_fkey");
    EXPECT_EQ(get(Kind::trigger, "p1", "t", aspect::parent_trigger), "t");
    EXPECT_EQ(get(Kind::column, "p1", "id", aspect::inherited), "only");
    // The foreign key to each single partition is the server's own affair.
    const auto snapshot = snapshot_of(database.conninfo());
    EXPECT_EQ(std::ranges::count_if(snapshot.objects, [](const Object& object) { return object.parent == "r"; }), 2);
}

TEST_F(Snapshots, KnowWhatCannotBeWithoutWhat) {
    database.run(
        "CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('a'); CREATE TABLE a (id serial PRIMARY KEY, m mood, "
        "ms mood[], c citext); CREATE TABLE b (a int REFERENCES a, i int GENERATED ALWAYS AS IDENTITY);"
        "CREATE VIEW v AS SELECT id, m FROM a; CREATE VIEW w AS SELECT id FROM v;"
        "CREATE FUNCTION f(a) RETURNS SETOF b LANGUAGE sql AS 'SELECT * FROM b';"
        "CREATE TABLE of_rows (r a[], f mood DEFAULT 'a' CHECK (f IN ('a')))"
    );
    const auto snapshot = snapshot_of(database.conninfo(), {.dependencies = true});
    std::set<std::string> edges;
    for (const auto& [first, second] : snapshot.dependencies)
        edges.insert(label(snapshot.objects[first]) + " -> " + label(snapshot.objects[second]));
    for (const std::string_view edge : {
             "column public.a.id -> table public.a",
             "column public.a.id -> sequence public.a_id_seq",
             "sequence public.a_id_seq -> column public.a.id",
             "sequence public.b_i_seq -> column public.b.i",
             "column public.a.m -> enum type public.mood",
             "column public.a.ms -> enum type public.mood",
             "column public.a.c -> extension citext",
             "constraint b_a_fkey on public.b -> column public.a.id",
             "constraint b_a_fkey on public.b -> column public.b.a",
             "constraint b_a_fkey on public.b -> index public.a_pkey",
             "index public.a_pkey -> constraint a_pkey on public.a",
             "view public.v -> column public.a.m",
             "view public.w -> column public.v.id",
             "function public.f(public.a) -> table public.a",
             "function public.f(public.a) -> table public.b",
             "column public.of_rows.r -> table public.a",
             "constraint of_rows_f_check on public.of_rows -> enum type public.mood",
             "table public.a -> schema public",
         }) {
        EXPECT_TRUE(edges.contains(std::string{edge})) << edge;
    }
    EXPECT_TRUE(std::ranges::is_sorted(snapshot.dependencies));
    EXPECT_TRUE(snapshot_of(database.conninfo()).dependencies.empty());
}

TEST_F(Snapshots, AreReadAgainWhenTheServerForgotTheQueries) {
    database.run("CREATE TABLE t (a int)");
    auto connection = database.connect();
    const auto first = snapshot_of(connection);
    ASSERT_TRUE(connection.run_message("DISCARD ALL", {}));
    EXPECT_EQ(as_text(first), as_text(snapshot_of(connection)));
    EXPECT_EQ(as_text(first), as_text(snapshot_of(connection)));
    EXPECT_EQ(connection.transaction_status(), pg::TransactionStatus::idle);
}

TEST_F(Snapshots, SeeOneMomentWhileOthersChangeTheCatalog) {
    auto reader = database.connect();
    std::atomic<bool> done{false};
    std::jthread changer{[&] {
        auto connection = database.connect();
        while (!done) {
            EXPECT_TRUE(connection.run_message(
                "CREATE TABLE x (a int PRIMARY KEY, b int CHECK (b > 0)); CREATE INDEX ON x (b);"
                "CREATE VIEW xv AS SELECT * FROM x; COMMIT; DROP TABLE x CASCADE",
                {}
            ));
        }
    }};
    for (int i = 0; i < 40; ++i) {
        const auto snapshot = snapshot_of(reader);
        const bool table = snapshot.find(Kind::table, "public", "", "x") != nullptr;
        EXPECT_EQ(table, snapshot.find(Kind::column, "public", "x", "b") != nullptr);
        EXPECT_EQ(table, snapshot.find(Kind::index, "public", "x", "x_b_idx") != nullptr);
        EXPECT_EQ(table, snapshot.find(Kind::view, "public", "", "xv") != nullptr);
    }
    done = true;
}

TEST_F(Snapshots, WaitForWhoChangesATableOfAView) {
    database.run("CREATE TABLE t (a int); CREATE VIEW v AS SELECT * FROM t");
    auto other = database.connect();
    ASSERT_TRUE(other.run_message("BEGIN; LOCK TABLE t", {}));
    auto connection = database.connect();
    const auto soon = read_snapshot(connection, {}, Limits::within(std::chrono::milliseconds{700}));
    ASSERT_FALSE(soon);
    EXPECT_EQ(soon.error().code, ErrorCode::deadline_exceeded);
    std::jthread committer{[&] {
        while (database.run("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 't'::regclass") == "0")
            continue;
        EXPECT_TRUE(other.run_message("ALTER TABLE t ADD b int; COMMIT", {}));
    }};
    // Of the moment before or after the change, whichever the last try began in.
    EXPECT_NE(snapshot_of(database.conninfo()).find(Kind::view, "public", "", "v"), nullptr);
}

TEST_F(Snapshots, EndByTheirLimits) {
    auto connection = database.connect();
    const auto late = read_snapshot(connection, {}, Limits::within(std::chrono::seconds{-1}));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
}

}  // namespace
}  // namespace drydock::catalog
