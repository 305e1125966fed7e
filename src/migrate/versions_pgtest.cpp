// The engine on the other versions of PostgreSQL that DRYDOCK_TEST_POSTGRES names, and on the test server.
#include <fmt/format.h>

#include "migrate/queries.h"
#include "migrate/sandbox_pgtest.h"

namespace drydock::migrate {
namespace {

using std::chrono::minutes;

constexpr pg::Query kQueries[] = {
    queries::accept_file,
    queries::blockers,
    queries::cluster_object,
    queries::commit_synchronously,
    queries::detach_state,
    queries::drop_lease,
    queries::find_index,
    queries::finish_run,
    queries::index_progress,
    queries::lease_holder,
    queries::lock_holder,
    queries::made_objects,
    queries::oldest_transaction,
    queries::read_events,
    queries::read_format,
    queries::read_grades,
    queries::read_history,
    queries::read_releases,
    queries::read_row,
    queries::record_baseline,
    queries::record_failure,
    queries::reindex_leftovers,
    queries::relation_sizes,
    queries::release_hold,
    queries::table_indexes,
    queries::take_lease,
    queries::target_facts,
    queries::try_lock,
    queries::unlock,
};

class Versions : public ::testing::Test {
protected:
    // Calls the test with each server: ours, then the others.
    template <class Test>
    void each(Test test) {
        test(testing::server().conninfo(), "the test server");
        for (const auto& binaries : testing::other_versions()) {
            auto started = pg_server::Throwaway::start({.binaries = binaries}, Limits::within(minutes{2}));
            ASSERT_TRUE(started) << binaries.folder << ": " << started.error().message << started.error().detail;
            test(started->conninfo(), fmt::format("PostgreSQL {}", binaries.major()));
        }
    }
    static RunReport done(Result<RunReport> report) { return succeeded(std::move(report)); }
};

TEST_F(Versions, TheWholeCycleIsTheSameOnEach) {
    each([](const pg::Conninfo& server, const std::string& version) {
        SCOPED_TRACE(version);
        const std::string name = "cycle_of_versions";
        testing::run_on(server, "DROP DATABASE IF EXISTS " + name);
        testing::run_on(server, "CREATE DATABASE " + name);
        auto where = server;
        where.set("dbname", name);
        Sandbox box;
        box.write("001_a.sql", "CREATE TABLE a (n int PRIMARY KEY, t text);\nCOPY a FROM stdin;\n1\tone\n\\.\n");
        box.write("rollback-001.sql", "DROP TABLE a;");
        box.write(
            "002_b.sql", "CREATE INDEX CONCURRENTLY a_t ON a (t);\nCREATE INDEX CONCURRENTLY ON a (t, n);\nVACUUM a;"
        );
        box.write("rollback-002.sql", "DROP INDEX CONCURRENTLY a_t;\nDROP INDEX a_t_n_idx;");
        box.write("003_c.sql", "CREATE TYPE mood AS ENUM ('ok');");
        box.write("rollback-003.sql", "DROP TYPE mood;");
        box.write("004_d.sql", "ALTER TYPE mood ADD VALUE 'glad';\nCREATE TABLE m AS SELECT 'glad'::mood AS v;");
        box.write("rollback-004.sql", "DROP TABLE m; ALTER TYPE mood RENAME VALUE 'glad' TO 'was_glad';");
        box.write(
            "005_e.sql",
            "BEGIN;\nCREATE TABLE p (n int) PARTITION BY LIST (n);\nCREATE TABLE p1 PARTITION OF p FOR VALUES IN "
            "(1);\nCOMMIT;\nALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;\nREINDEX TABLE CONCURRENTLY a;"
        );
        box.write("rollback-005.sql", "DROP TABLE p, p1;");
        box.write("verify-005.sql", "SELECT count(*) = 0 FROM pg_inherits WHERE inhparent = 'p'::regclass;");
        const auto project = *box.project();
        const Context context{where, project, box.options};
        const auto limits = Limits::within(minutes{2});
        EXPECT_EQ(done(migrate::up(context, {}, box.heard, limits)).done.size(), 5U);
        EXPECT_EQ(testing::run_on(where, "SELECT v FROM m"), "glad");
        EXPECT_EQ(done(migrate::roll_back(context, {.last = 5}, box.heard, limits)).done.size(), 5U);
        EXPECT_EQ(testing::run_on(where, "SELECT to_regclass('a') IS NULL"), "t");
        EXPECT_EQ(done(migrate::up(context, {}, box.heard, limits)).done.size(), 5U);
        EXPECT_TRUE(done(migrate::up(context, {}, box.heard, limits)).done.empty());
        EXPECT_EQ(
            testing::run_on(
                where,
                "SELECT string_agg(status, ',') || count(*) FILTER (WHERE position = statements) FROM "
                "drydock.migration"
            ),
            "applied,applied,applied,applied,applied5"
        );
        EXPECT_EQ(
            testing::run_on(where, "SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass AND indisvalid"), "3"
        );
        // An index that could not be built is found and built anew.
        box.write("006_f.sql", "CREATE UNIQUE INDEX CONCURRENTLY m_v ON m (v);");
        testing::run_on(where, "INSERT INTO m TABLE m");
        const auto with_index = *box.project();
        const Context next{where, with_index, box.options};
        EXPECT_EQ(failed(migrate::up(next, {}, box.heard, limits)).sqlstate, "23505");
        testing::run_on(where, "DELETE FROM m WHERE ctid = '(0,1)'");
        EXPECT_EQ(done(migrate::up(next, {}, box.heard, limits)).done.size(), 1U);
    });
}

TEST_F(Versions, EveryQueryIsPreparedOnEach) {
    each([](const pg::Conninfo& server, const std::string& version) {
        SCOPED_TRACE(version);
        auto target = Target::open(server, Options{}, Limits::within(minutes{1}));
        ASSERT_TRUE(target) << target.error().message;
        ASSERT_TRUE(target->ensure_history({}));
        for (const auto& query : kQueries) {
            const auto prepared =
                target->connection().run_message(fmt::format("PREPARE one AS {}; DEALLOCATE one", query.text), {});
            EXPECT_TRUE(prepared) << query.name << ": " << prepared.error().message;
        }
        ASSERT_TRUE(target->connection().run_message("DROP SCHEMA drydock CASCADE", {}));
    });
}

TEST_F(Versions, WhatIsListedIsEveryQueryFile) {
    const auto folder = std::filesystem::path{__FILE__}.parent_path() / "sql";
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        const auto name = entry.path().stem().string();
        // Scripts of many statements, which nobody prepares.
        const bool script = name == "create_history" || name == "create_schema" || name == "upgrade_history_2";
        if (!script) files.insert("migrate." + name);
    }
    for (const auto& query : kQueries) EXPECT_EQ(files.erase(std::string{query.name}), 1U) << query.name;
    EXPECT_TRUE(files.empty()) << *files.begin();
}

}  // namespace
}  // namespace drydock::migrate
