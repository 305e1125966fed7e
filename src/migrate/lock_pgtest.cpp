// One run at a time: the advisory lock of the session that works.
#include <functional>
#include <thread>

#include "migrate/run_lock.h"
#include "migrate/sandbox_pgtest.h"

namespace drydock::migrate {
namespace {

using Kind = ProgressEvent::Kind;
using std::chrono::milliseconds;
using std::chrono::minutes;

// Another runner, as far as anyone can see: it has the lock until it goes.
class OtherRunner {
public:
    explicit OtherRunner(Sandbox& box, std::string_view application = "nightly-job")
        : target_(open(box, application)),
          lock_(*RunLock::acquire(target_, box.database.conninfo(), box.options, progress_, Limits::within(minutes{1}))
          ) {}

    void let_go() { lock_.release(target_, {}); }
    int pid() const { return target_.facts().backend_pid; }

private:
    static Target open(Sandbox& box, std::string_view application) {
        auto where = box.database.conninfo();
        where.set("application_name", application);
        return *Target::open(where, box.options, {});
    }
    NoProgress progress_;
    Target target_;
    RunLock lock_;
};

// Does something once, when the first event of a kind comes.
class When final : public Progress {
public:
    When(Kind kind, std::function<void()> then) : kind_(kind), then_(std::move(then)) {}
    void report(const ProgressEvent& event) override {
        if (event.kind == kind_ && then_) std::exchange(then_, nullptr)();
    }

private:
    Kind kind_;
    std::function<void()> then_;
};

RunReport up_with(Sandbox& box, Progress& progress) {
    const auto project = *box.project();
    return succeeded(
        migrate::up({box.database.conninfo(), project, box.options}, {}, progress, Limits::within(minutes{2}))
    );
}

TEST(RunLock, ThreeRunnersBuildTheIndexesOfOneFileOnce) {
    Sandbox box;
    box.run("CREATE TABLE t (n int, m int); INSERT INTO t SELECT i, i FROM generate_series(1, 20000) i");
    box.write("001_a.sql", "CREATE INDEX CONCURRENTLY t_n ON t (n);\nCREATE INDEX CONCURRENTLY t_m ON t (m);\n");
    std::atomic<std::size_t> done{0};
    {
        std::vector<std::jthread> runners;
        for (int i = 0; i < 3; ++i) runners.emplace_back([&] { done += succeeded(box.up()).done.size(); });
    }
    EXPECT_EQ(done, 1U);
    EXPECT_EQ(
        box.run("SELECT string_agg(c.relname || ' ' || indisvalid, ',' ORDER BY relname) FROM pg_index JOIN pg_class c "
                "ON c.oid "
                "= indexrelid WHERE indrelid = 't'::regclass"),
        "t_m true,t_n true"
    );
    EXPECT_EQ(box.run("SELECT string_agg(event, ',' ORDER BY seq) FROM drydock.migration_event"), "started,applied");
}

TEST(RunLock, SaysWhoHasItAndGivesUpInTime) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();");
    OtherRunner other{box};
    box.options.run_lock_wait = milliseconds{300};
    const auto error = failed(box.up());
    EXPECT_EQ(error.code, ErrorCode::locked);
    const auto pid = "pid " + std::to_string(other.pid());
    EXPECT_NE(error.message.find("nightly-job"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find(pid), std::string::npos) << error.message;
    EXPECT_NE(error.hint.find("--lock-wait"), std::string::npos) << error.hint;
    const auto waits = box.heard.of(Kind::waiting);
    ASSERT_FALSE(waits.empty());
    EXPECT_NE(waits[0].text.find(pid), std::string::npos) << waits[0].text;
    EXPECT_FALSE(box.exists("a"));
    other.let_go();
    succeeded(box.up());
}

TEST(RunLock, IsOfOneProjectAndOneDatabase) {
    Sandbox box;
    Sandbox elsewhere;
    box.write("001_a.sql", "CREATE TABLE a ();");
    elsewhere.write("001_a.sql", "CREATE TABLE a ();");
    const OtherRunner other{box};
    box.options.run_lock_wait = elsewhere.options.run_lock_wait = milliseconds{0};
    EXPECT_EQ(failed(box.up()).code, ErrorCode::locked);
    succeeded(elsewhere.up());
    box.options.project = "another";
    succeeded(box.up());
}

TEST(RunLock, GoesWithTheConnectionOfAKilledRunner) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();");
    const OtherRunner other{box};
    When killer{Kind::waiting, [&] { box.run("SELECT pg_terminate_backend(" + std::to_string(other.pid()) + ")"); }};
    EXPECT_EQ(up_with(box, killer).done.size(), 1U);
}

TEST(RunLock, IsNotNeededWhenThereIsNothingToDo) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();");
    succeeded(box.up());
    const OtherRunner other{box};
    box.options.run_lock_wait = milliseconds{0};
    EXPECT_TRUE(succeeded(box.up()).done.empty());
}

TEST(RunLock, TheWaitEndsOnRequest) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();");
    const OtherRunner other{box};
    const auto stop = std::make_unique<std::stop_source>();
    When stopper{Kind::waiting, [&] { stop->request_stop(); }};
    const auto project = *box.project();
    const auto report = migrate::up(
        {box.database.conninfo(), project, box.options}, {}, stopper, Limits::within(minutes{2}, stop->get_token())
    );
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::cancelled);
}

// What a migration lets go of is taken again before anything else runs.
TEST(RunLock, IsTakenAgainAfterAMigrationLetAllLocksGo) {
    constexpr const char* kCount =
        "CREATE TABLE locks AS SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND pid = "
        "pg_backend_pid()";
    for (const std::string_view file :
         {"SELECT pg_advisory_unlock_all();",
          "SELECT PG_Advisory_Unlock_ALL();\nVACUUM;",
          "-- Transaction: none\nDO $$ BEGIN PERFORM pg_advisory_unlock_all(); END $$;"}) {
        Sandbox box;
        box.write("001_a.sql", file);
        box.write("002_b.sql", kCount);
        succeeded(box.up());
        EXPECT_EQ(box.run("SELECT n FROM locks"), "1") << file;
    }
    Sandbox box;
    box.write("hooks/before-run.sql", "SELECT pg_advisory_unlock_all();");
    box.write("001_a.sql", kCount);
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT n FROM locks"), "1");
}

TEST(RunLock, AMigrationThatLostItToAnotherRunEndsThere) {
    Sandbox box;
    box.write(
        "001_a.sql",
        "-- Transaction: none\nCREATE TABLE a ();\nDO $$ BEGIN PERFORM pg_advisory_unlock_all(); PERFORM "
        "pg_advisory_lock(77); END $$;\nCREATE TABLE never ();"
    );
    auto gate = box.database.connect();
    ASSERT_TRUE(gate.run_message("SELECT pg_advisory_lock(77)", {}));
    std::unique_ptr<OtherRunner> other;
    std::jthread quicker{[&] {
        while (box.run("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)") != "t") {
        }
        other = std::make_unique<OtherRunner>(box);
        EXPECT_TRUE(gate.run_message("SELECT pg_advisory_unlock(77)", {}));
    }};
    const auto error = failed(box.up());
    quicker.join();
    EXPECT_EQ(error.code, ErrorCode::locked);
    EXPECT_NE(error.hint.find("pg_advisory_unlock_all()"), std::string::npos) << error.hint;
    EXPECT_TRUE(box.exists("a"));
    EXPECT_FALSE(box.exists("never"));
    other->let_go();
    box.write(
        "001_a.sql",
        "-- Transaction: none\nCREATE TABLE a ();\nDO $$ BEGIN PERFORM pg_advisory_unlock_all(); PERFORM "
        "pg_advisory_lock(77); END $$;\nCREATE TABLE at_last ();"
    );
    succeeded(box.up());
    EXPECT_TRUE(box.exists("at_last"));
}

TEST(RunLock, DiscardAllIsRefusedByTheServerWithItsLine) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();\nDISCARD ALL;\n");
    const auto error = failed(box.up());
    EXPECT_EQ(error.sqlstate, "25001");
    EXPECT_EQ(error.place.line, 2U);
    EXPECT_FALSE(box.exists("a"));
    box.write("001_a.sql", "CREATE TABLE a ();\nDISCARD TEMP;\nDISCARD PLANS;\n");
    succeeded(box.up());
}

}  // namespace
}  // namespace drydock::migrate
