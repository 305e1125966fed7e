#include "effects/effect.h"

#include <gtest/gtest.h>

namespace drydock::effects {
namespace {

Effect read(std::string_view statement) {
    return Reader{}.read(statement);
}

std::string loses(std::string_view statement) {
    const Effect effect = read(statement);
    EXPECT_EQ(effect.loses_data, !effect.loses.empty());
    return effect.loses;
}

const RelationEffect& only(const Effect& effect) {
    EXPECT_EQ(effect.relations.size(), 1U);
    static const RelationEffect none;
    return effect.relations.empty() ? none : effect.relations.front();
}

TEST(Effect, NamesLocksAsTheServerDoes) {
    EXPECT_EQ(name(LockMode::none), "no lock");
    EXPECT_EQ(name(LockMode::share_row_exclusive), "SHARE ROW EXCLUSIVE");
    EXPECT_EQ(what_it_blocks(LockMode::access_exclusive), "reads and writes");
    EXPECT_EQ(what_it_blocks(LockMode::share), "writes");
    EXPECT_EQ(name(Certainty::maybe), "maybe");
}

TEST(Effect, GivesTheSchemaAsWrittenAndFoldsNames) {
    const Effect effect = read("ALTER TABLE App.\"Orders\" ADD COLUMN z int;");
    EXPECT_EQ(only(effect).schema, "app");
    EXPECT_EQ(only(effect).name, "Orders");
    EXPECT_EQ(only(read("alter table orders add column z int")).schema, "");
}

TEST(Effect, TakesTheStrongestOfManySubcommands) {
    const Effect effect = read(
        "alter table orders validate constraint c, add constraint f foreign key (a) references customers (id) not "
        "valid, "
        "add column z uuid default gen_random_uuid()"
    );
    ASSERT_EQ(effect.relations.size(), 2U);
    EXPECT_EQ(effect.relations[0].lock, LockMode::access_exclusive);
    EXPECT_EQ(effect.relations[0].rewrites, Certainty::yes);
    EXPECT_EQ(effect.relations[1].name, "customers");
    EXPECT_EQ(effect.relations[1].lock, LockMode::share_row_exclusive);
}

TEST(Effect, IsUnsureOfAFunctionThatItDoesNotKnow) {
    const Effect effect = read("alter table orders add column z int default app.compute(1)");
    EXPECT_EQ(only(effect).rewrites, Certainty::maybe);
    EXPECT_NE(only(effect).why.find("app.compute()"), std::string::npos);
}

TEST(Effect, KnowsTheVolatilityOfAFunctionMadeEarlier) {
    Reader reader;
    reader.read("create function app.stamp() returns int immutable language sql as 'select 1'");
    reader.read("create function app.roll() returns int language sql as 'select 1'");
    EXPECT_EQ(only(reader.read("alter table t add column a int default app.stamp()")).rewrites, Certainty::no);
    EXPECT_EQ(only(reader.read("alter table t add column b int default app.roll()")).rewrites, Certainty::yes);
}

TEST(Effect, KnowsWhichDomainsMadeEarlierHaveAConstraint) {
    Reader reader;
    reader.read("create domain free_int as int");
    reader.read("create domain positive as int check (value > 0)");
    reader.read("create type mood as enum ('a')");
    EXPECT_EQ(only(reader.read("alter table t add column a free_int")).rewrites, Certainty::no);
    EXPECT_EQ(only(reader.read("alter table t add column b positive")).rewrites, Certainty::yes);
    EXPECT_EQ(only(reader.read("alter table t add column c mood")).rewrites, Certainty::no);
    EXPECT_EQ(only(reader.read("alter table t add column d other")).rewrites, Certainty::maybe);
}

TEST(Effect, SaysWhichTablesTheScriptItselfHasMade) {
    Reader reader;
    reader.read("create table orders (id bigint)");
    EXPECT_TRUE(only(reader.read("alter table orders add primary key (id)")).created_here);
    EXPECT_TRUE(only(reader.read("create index on public.orders (id)")).created_here);
    EXPECT_FALSE(only(reader.read("create index on app.orders (id)")).created_here);
    const Effect key = reader.read("alter table orders add foreign key (id) references customers (id)");
    ASSERT_EQ(key.relations.size(), 2U);
    EXPECT_TRUE(key.relations[0].created_here);
    EXPECT_FALSE(key.relations[1].created_here);
}

TEST(Effect, FollowsSearchPathAndNewNames) {
    Reader reader;
    reader.read("set search_path = app, public");
    reader.read("create table orders (id bigint)");
    EXPECT_TRUE(only(reader.read("truncate app.orders")).created_here);
    reader.read("alter table orders rename to bills");
    EXPECT_FALSE(only(reader.read("truncate orders")).created_here);
    EXPECT_TRUE(only(reader.read("truncate app.bills")).created_here);
    reader.read("alter table bills set schema old");
    EXPECT_TRUE(only(reader.read("truncate old.bills")).created_here);
    EXPECT_FALSE(only(reader.read("truncate bills")).created_here);
}

TEST(Effect, ForgetsLocalSearchPathAtTheTransactionsEnd) {
    Reader reader;
    reader.read("begin");
    reader.read("set local search_path = app");
    reader.read("create table orders (id bigint)");
    reader.read("commit");
    EXPECT_FALSE(only(reader.read("truncate orders")).created_here);
    EXPECT_TRUE(only(reader.read("truncate app.orders")).created_here);
}

TEST(Effect, DoesNotTakeForItsOwnWhatMayHaveBeenThere) {
    Reader reader;
    reader.read("create table if not exists orders (id bigint)");
    EXPECT_FALSE(only(reader.read("drop table orders")).created_here);
    reader.read("create table orders (id bigint)");
    reader.read("rollback");
    EXPECT_FALSE(only(reader.read("drop table orders")).created_here);
}

TEST(Effect, KnowsTheTableOfAnIndexMadeEarlier) {
    Reader reader;
    reader.read("create index orders_code on app.orders (code)");
    const Effect effect = reader.read("drop index app.orders_code");
    ASSERT_EQ(effect.relations.size(), 2U);
    EXPECT_EQ(effect.relations[0].name, "orders");
    EXPECT_EQ(effect.relations[0].lock, LockMode::access_exclusive);
    EXPECT_FALSE(effect.relations[0].created_here);
    EXPECT_TRUE(effect.relations[1].created_here);
}

TEST(Effect, KnowsTheOtherTableOfAForeignKeyMadeEarlier) {
    Reader reader;
    reader.read("alter table lines add constraint f foreign key (a) references orders (id) not valid");
    const Effect effect = reader.read("alter table lines validate constraint f");
    ASSERT_EQ(effect.relations.size(), 2U);
    EXPECT_EQ(effect.relations[1].name, "orders");
    EXPECT_EQ(effect.relations[1].lock, LockMode::row_share);
}

TEST(Effect, SaysWhatDataIsLost) {
    EXPECT_EQ(loses("drop table orders, app.lines"), "table orders, table app.lines");
    EXPECT_EQ(
        loses("alter table orders drop column note, drop column state"), "column orders.note, column orders.state"
    );
    EXPECT_EQ(loses("drop schema app cascade"), "schema app");
    EXPECT_EQ(loses("drop sequence s"), "sequence s");
    EXPECT_EQ(loses("drop materialized view m"), "materialized view m");
    EXPECT_EQ(loses("truncate orders"), "all rows of orders");
    EXPECT_EQ(loses("delete from orders where id = 1"), "rows of orders");
    EXPECT_EQ(loses("with gone as (delete from orders returning *) select * from gone"), "all rows of orders");
    EXPECT_EQ(loses("alter table orders alter column a type int using length(a)"), "the old values of orders.a");
    EXPECT_EQ(loses("drop type mood cascade"), "columns of type mood");
    EXPECT_EQ(loses("drop database shop"), "database shop");
}

TEST(Effect, LosesNothingWhereOnlyDefinitionsGo) {
    for (const std::string_view statement :
         {"drop index i",
          "drop view v",
          "drop function f()",
          "drop trigger t on orders",
          "drop schema app",
          "drop type mood",
          "alter table orders drop constraint c",
          "explain delete from orders",
          "alter table orders alter column a drop default",
          "update orders set a = 1"}) {
        EXPECT_EQ(loses(statement), "") << statement;
    }
    Reader reader;
    reader.read("create table scratch (id int)");
    EXPECT_FALSE(reader.read("drop table scratch").loses_data);
}

TEST(Effect, AnExplainThatRunsTheStatementLosesWhatItDoes) {
    EXPECT_EQ(loses("explain (analyze, costs off) delete from orders"), "all rows of orders");
    EXPECT_EQ(loses("explain (analyze false) delete from orders"), "");
}

TEST(Effect, IsUnsureOfWhatMayBeThereAlready) {
    EXPECT_EQ(only(read("create index if not exists i on orders (a)")).scans, Certainty::maybe);
    EXPECT_EQ(only(read("create index i on orders (a)")).scans, Certainty::yes);
    EXPECT_EQ(
        only(read("alter table t add column if not exists a uuid default gen_random_uuid()")).rewrites, Certainty::maybe
    );
}

TEST(Effect, ReadsTheStatementsOfABlock) {
    const Effect effect = read("do $$ begin execute 'drop table orders'; if x then truncate lines; end if; end $$");
    EXPECT_TRUE(effect.analysed);
    EXPECT_FALSE(effect.opaque);
    ASSERT_EQ(effect.relations.size(), 2U);
    EXPECT_EQ(effect.relations[0].lock, LockMode::access_exclusive);
    EXPECT_EQ(effect.loses, "table orders, all rows of lines");
}

TEST(Effect, SaysThatABodyIsNotRead) {
    const Effect effect = read("do $$ begin execute 'drop table ' || current_setting('a.b'); end $$");
    EXPECT_FALSE(effect.analysed);
    EXPECT_TRUE(effect.opaque);
    EXPECT_NE(effect.note.find("current_setting"), std::string::npos);
    EXPECT_FALSE(read("do language plpython3u 'pass'").analysed);
    EXPECT_FALSE(read("call app.tidy(1)").analysed);
}

TEST(Effect, SaysThatANewerGrammarIsNotAnalysed) {
    const Effect effect = read("alter table orders add constraint c not null note not valid");
    EXPECT_FALSE(effect.analysed);
    EXPECT_NE(effect.note.find("syntax error"), std::string::npos);
    EXPECT_TRUE(effect.relations.empty());
}

TEST(Effect, ReadsWhatHasNoEffectOnRelations) {
    for (const std::string_view statement :
         {"", "-- nothing", "create role r", "grant select on orders to r", "begin"}) {
        const Effect effect = read(statement);
        EXPECT_TRUE(effect.analysed) << statement;
        EXPECT_TRUE(effect.relations.empty()) << statement;
    }
}

std::string chain(std::string start, int terms) {
    for (int i = 0; i < terms; ++i) start += "+1";
    return start;
}

TEST(Effect, StandsUpToDeepAndLongStatements) {
    EXPECT_TRUE(read(chain("alter table orders add column z int default 1", 5'000)).analysed);
    EXPECT_TRUE(read(chain("select 1", 5'000)).analysed);
    EXPECT_FALSE(read(chain("select 1", 100'000)).analysed);
    EXPECT_FALSE(read("insert into orders values ('" + std::string(300'000, 'x') + "')").analysed);
    EXPECT_FALSE(read(std::string_view{"select 1\0", 9}).analysed);
}

}  // namespace
}  // namespace drydock::effects
