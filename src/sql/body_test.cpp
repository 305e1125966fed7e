#include "sql/body.h"

#include <gtest/gtest.h>
#include <pg_query/pg_query.pb-c.h>

#include "sql/parser.h"

namespace drydock::sql {
namespace {

Body read(std::string_view statement) {
    Body body;
    for_each_tree(std::span{&statement, 1}, [&](std::size_t, const Parsed& parsed) {
        ASSERT_NE(parsed.tree, nullptr) << parsed.problem;
        body = read_body(*parsed.tree->stmts[0]->stmt);
    });
    return body;
}

TEST(Body, GivesTheStatementsOfADoBlock) {
    const Body body = read(
        "do $$ begin\n alter table t add column a int;\n if true then update t set a = 1; end if;\n perform f(1);\n "
        "end $$"
    );
    ASSERT_TRUE(body.read) << body.problem;
    ASSERT_EQ(body.statements.size(), 3U);
    EXPECT_EQ(body.statements[0].text, "alter table t add column a int");
    EXPECT_EQ(body.statements[0].line, 2U);
    EXPECT_FALSE(body.statements[0].conditional);
    EXPECT_TRUE(body.statements[1].conditional);
    EXPECT_EQ(body.statements[2].text, "SELECT f(1)");
}

TEST(Body, FoldsConstantTextsOfExecute) {
    const Body body = read(
        "do $$ begin execute 'drop table ' || 'a'; execute format('alter table %I.%I add c int default %L', 'App', "
        "'b', "
        "'x''y'); end $$"
    );
    ASSERT_EQ(body.statements.size(), 2U);
    EXPECT_TRUE(body.opaque.empty());
    EXPECT_TRUE(body.statements[0].executed);
    EXPECT_EQ(body.statements[0].text, "drop table a");
    EXPECT_EQ(body.statements[1].text, "alter table \"App\".b add c int default 'x''y'");
}

TEST(Body, SaysWhichTextsAreOnlyKnownAtRunTime) {
    const Body body = read(
        "do $$ declare r record; begin for r in select * from things loop execute 'drop table ' || r.name; end loop; "
        "end $$"
    );
    ASSERT_EQ(body.opaque.size(), 1U);
    EXPECT_EQ(body.opaque[0].text, "'drop table ' || r.name");
    EXPECT_TRUE(body.opaque[0].conditional);
    ASSERT_EQ(body.statements.size(), 1U);
    EXPECT_EQ(body.statements[0].text, "select * from things");
}

TEST(Body, KnowsWhatIsGuardedAndWhatCommits) {
    const Body body =
        read("do $$ begin begin drop table a; exception when others then drop table b; end; commit; end $$");
    ASSERT_EQ(body.statements.size(), 2U);
    EXPECT_TRUE(body.statements[0].guarded);
    EXPECT_FALSE(body.statements[0].conditional);
    EXPECT_TRUE(body.statements[1].conditional);
    EXPECT_TRUE(body.commits);
}

TEST(Body, ReadsQueriesInExpressions) {
    const Body body = read("do $$ declare n int; begin n := (select count(*) from t); end $$");
    ASSERT_EQ(body.statements.size(), 1U);
    EXPECT_EQ(body.statements[0].text, "SELECT  (select count(*) from t)");
}

TEST(Body, ReadsFunctionsWithTheirParameters) {
    const Body body = read(
        "create function f(a int, b text) returns trigger language plpgsql as $$ begin delete from t where id = a; "
        "return "
        "new; end $$"
    );
    ASSERT_TRUE(body.read) << body.problem;
    ASSERT_EQ(body.statements.size(), 1U);
    EXPECT_EQ(body.statements[0].text, "delete from t where id = a");
}

TEST(Body, SaysWhyABodyIsNotRead) {
    EXPECT_EQ(read("do language plpython3u 'pass'").problem, "its language is plpython3u");
    EXPECT_EQ(read("create function f() returns int language sql as 'select 1'").problem, "its language is sql");
    EXPECT_FALSE(read("do $$ begin nonsense $$").problem.empty());
    EXPECT_EQ(read("select 1").problem, "it has no body");
}

}  // namespace
}  // namespace drydock::sql
