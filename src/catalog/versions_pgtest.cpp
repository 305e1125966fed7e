// Reading on the other versions of PostgreSQL that DRYDOCK_TEST_POSTGRES names.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "catalog/mutations_pgtest.h"
#include "catalog/queries.h"
#include "catalog/query_text.h"

namespace drydock::catalog {
namespace {

using std::chrono::minutes;

constexpr pg::Query kQueries[] = {
    queries::access_methods,
    queries::casts,
    queries::collations,
    queries::columns,
    queries::comments,
    queries::constraints,
    queries::conversions,
    queries::database,
    queries::dependencies,
    queries::default_privileges,
    queries::event_triggers,
    queries::extensions,
    queries::foreign_data,
    queries::indexes,
    queries::languages,
    queries::members,
    queries::operator_families,
    queries::operators,
    queries::policies,
    queries::publications,
    queries::relations,
    queries::routines,
    queries::rules,
    queries::schemas,
    queries::security_labels,
    queries::sequences,
    queries::settings,
    queries::stand_ins,
    queries::statistics,
    queries::subscriptions,
    queries::subscriptions_public,
    queries::text_search,
    queries::transforms,
    queries::triggers,
    queries::types,
};

// Calls the test with each server: ours, then the others.
template <class Test>
void each(Test test) {
    test(testing::server().conninfo(), 15);
    for (const auto& binaries : testing::other_versions()) {
        auto started = pg_server::Throwaway::start({.binaries = binaries}, Limits::within(minutes{2}));
        ASSERT_TRUE(started) << binaries.folder << ": " << started.error().message << started.error().detail;
        test(started->conninfo(), binaries.major());
    }
}

TEST(Versions, EveryQueryIsPreparedOnEach) {
    each([](const pg::Conninfo& server, int major) {
        SCOPED_TRACE(major);
        auto connection = pg::Connection::open(server, Limits::within(minutes{1}));
        ASSERT_TRUE(connection);
        // A newer server still takes what the oldest one gets, for which there are no programs to test with.
        for (const int text_for : {major, 13}) {
            for (const auto& query : kQueries) {
                const auto text = query_text(query.text, text_for);
                const auto prepared =
                    connection->run_message(fmt::format("PREPARE one AS {}; DEALLOCATE one", text), {});
                EXPECT_TRUE(prepared) << query.name << " for " << text_for << ": " << prepared.error().message;
            }
        }
    });
}

TEST(Versions, WhatIsListedIsEveryQueryFile) {
    std::set<std::string> files;
    const auto folder = std::filesystem::path{__FILE__}.parent_path() / "sql";
    for (const auto& entry : std::filesystem::directory_iterator{folder})
        files.insert("catalog." + entry.path().stem().string());
    for (const auto& query : kQueries) EXPECT_EQ(files.erase(std::string{query.name}), 1U) << query.name;
    EXPECT_TRUE(files.empty()) << *files.begin();
}

// On the first and the last: a change takes a new database, and what is between them is of the same queries.
TEST(Versions, TheOldestAndTheNewestSeeEveryChange) {
    auto others = testing::other_versions();
    std::ranges::sort(others, {}, [](const auto& binaries) { return binaries.major(); });
    if (others.size() > 2) others.erase(others.begin() + 1, others.end() - 1);
    for (const auto& binaries : others) {
        SCOPED_TRACE(binaries.major());
        auto started = pg_server::Throwaway::start({.binaries = binaries}, Limits::within(minutes{2}));
        ASSERT_TRUE(started) << binaries.folder << ": " << started.error().message << started.error().detail;
        MutationBench bench{started->conninfo(), binaries.major()};
        EXPECT_GE(bench.run(), 150);
    }
}

TEST(Versions, NotNullIsToldOnceOnEach) {
    each([](const pg::Conninfo& server, int major) {
        SCOPED_TRACE(major);
        testing::run_on(server, "DROP DATABASE IF EXISTS not_null");
        testing::run_on(server, "CREATE DATABASE not_null");
        auto where = server;
        where.set("dbname", "not_null");
        testing::run_on(where, "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL); CREATE DOMAIN d AS int NOT NULL;");
        const auto plain = snapshot_of(where);
        const auto count = [](const Snapshot& snapshot) {
            return std::ranges::count(snapshot.objects, Kind::constraint, &Object::kind);
        };
        EXPECT_EQ(count(plain), 1);
        EXPECT_TRUE(plain.find(Kind::column, "public", "t", "a")->is(aspect::not_null));
        EXPECT_TRUE(plain.find(Kind::domain, "public", "", "d")->is(aspect::not_null));
        if (major < 18) return;
        testing::run_on(
            where,
            "ALTER TABLE t ADD b int, ADD CONSTRAINT named NOT NULL b NOT VALID;"
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED; ALTER TABLE t ADD v int GENERATED ALWAYS AS "
            "(a * 2) VIRTUAL"
        );
        const auto now = snapshot_of(where);
        EXPECT_EQ(count(now), 3);
        EXPECT_TRUE(now.find(Kind::constraint, "public", "t", "named")->is(aspect::not_valid));
        EXPECT_TRUE(now.find(Kind::constraint, "public", "t", "c")->is(aspect::not_enforced));
        EXPECT_EQ(now.find(Kind::column, "public", "t", "v")->get(aspect::generated), "virtual");
    });
}

}  // namespace
}  // namespace drydock::catalog
