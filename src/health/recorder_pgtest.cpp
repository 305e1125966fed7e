#include "health/recorder.h"

#include <gmock/gmock.h>

#include "control/events.h"
#include "control/tenants_pgtest.h"
#include "health/reports.h"

namespace drydock::health {
namespace {

using namespace control::tenants;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kDatabase = 17;  // of each organization, from the test rows of the schema

// A recorder without a thread, on a schema with two organizations, and with a clock that the test moves.
class RecorderTest : public Tenants {
protected:
    RecorderTest() {
        build();
        run(admin_, "DELETE FROM platform.events; TRUNCATE platform.database_health");
        store_.emplace(control::StoreOptions{.where = database_.conninfo(), .role = "drydock_api", .connections = 2});
        renew();
    }
    void renew() {
        recorder_.emplace(*store_, RecorderOptions{.now = [this] { return now_; }}, false);
    }
    static Limits limits() { return Limits::within(kTime); }
    static control::Actor owner(char letter) {
        return {.user_id = user(letter, "owner"), .organization_id = organization(letter)};
    }

    Check check(Outcome outcome, Status status, bool changed = false, char letter = 'a') const {
        return {
            .database_id = id(letter, kDatabase),
            .organization_id = organization(letter),
            .finding = {.outcome = outcome, .phase = outcome == Outcome::timed_out ? Phase::tcp : Phase::query},
            .status = status,
            .changed = changed,
            .answered = answers(outcome),
            .latency = milliseconds{2},
            .at = now_
        };
    }
    void flush(bool all = true) {
        const auto done = recorder_->flush(limits(), all);
        ASSERT_TRUE(done) << done.error().message << ' ' << done.error().detail;
    }
    std::vector<std::string> history(char letter = 'a') {
        return rows(
            admin_,
            fmt::format(
                "SELECT outcome, status, changed, phase, checks, latency_us FROM platform.database_health "
                "WHERE organization_id = '{}' ORDER BY checked_at",
                organization(letter)
            )
        );
    }
    std::string state(char letter = 'a') {
        return value(
            admin_,
            fmt::format(
                "SELECT health_check_status, health_check_error FROM platform.databases WHERE id = '{}'",
                id(letter, kDatabase)
            )
        );
    }
    std::vector<std::string> told(char letter = 'a') {
        return rows(
            admin_,
            fmt::format(
                "SELECT topic, kind, subject_id = '{}', payload ->> 'before' FROM platform.events "
                "WHERE organization_id = '{}' ORDER BY id",
                id(letter, kDatabase),
                organization(letter)
            )
        );
    }

    Limits::Clock::time_point now_ = Limits::Clock::now();
    std::optional<control::Store> store_;
    std::optional<Recorder> recorder_;
};

TEST_F(RecorderTest, StoresHistoryStateAndWhatChangedInOneGo) {
    recorder_->add(check(Outcome::ok, Status::healthy, true));
    flush();
    EXPECT_THAT(history(), ElementsAre("ok|healthy|t|NULL|1|2000"));
    EXPECT_EQ(state(), "healthy|NULL");
    EXPECT_THAT(told(), ElementsAre("health|healthy|t|unknown"));

    recorder_->add(check(Outcome::timed_out, Status::unhealthy, true));
    flush();
    EXPECT_THAT(history(), SizeIs(2));
    EXPECT_EQ(state(), "unhealthy|it did not answer in time while connecting");
    EXPECT_THAT(told(), ElementsAre("health|healthy|t|unknown", "health|unhealthy|t|healthy"));
    EXPECT_EQ(state('b'), "unknown|NULL");
    EXPECT_THAT(history('b'), IsEmpty());
}

TEST_F(RecorderTest, TellsAChangeOnceHoweverOftenTheServerStarts) {
    for (int i = 0; i < 3; ++i) {
        renew();
        recorder_->add(check(Outcome::ok, Status::healthy, true));
        flush();
    }
    EXPECT_THAT(told(), SizeIs(1));
}

TEST_F(RecorderTest, PutsGoodAnswersTogetherAndFailuresNot) {
    for (int i = 0; i < 5; ++i) {
        now_ += seconds{10};
        recorder_->add(check(Outcome::ok, Status::healthy));
    }
    flush(false);
    EXPECT_THAT(history(), IsEmpty()) << "more may come";
    now_ += seconds{20};
    flush(false);
    EXPECT_THAT(history(), ElementsAre("ok|healthy|f|NULL|5|2000"));
    recorder_->add(check(Outcome::ok, Status::healthy));
    now_ += seconds{1};
    recorder_->add(check(Outcome::timed_out, Status::healthy));
    now_ += seconds{1};
    recorder_->add(check(Outcome::timed_out, Status::healthy));
    flush(false);
    EXPECT_THAT(
        history(),
        ElementsAre(
            "ok|healthy|f|NULL|5|2000",
            "ok|healthy|f|NULL|1|2000",
            "timed_out|healthy|f|tcp|1|NULL",
            "timed_out|healthy|f|tcp|1|NULL"
        )
    );
}

TEST_F(RecorderTest, NotesAStateThatStaysOnlyNowAndThen) {
    const auto noted = [&] { return recorder_->figures().states; };
    for (int i = 0; i < 40; ++i) {
        recorder_->add(check(Outcome::ok, Status::healthy));
        flush();
        now_ += seconds{15};
    }
    EXPECT_EQ(noted(), 2U) << "ten minutes";
    EXPECT_EQ(recorder_->figures().changes, 1U);
}

TEST_F(RecorderTest, LeavesOutWhatIsNoDatabaseOfTheOrganization) {
    auto foreign = check(Outcome::timed_out, Status::unhealthy, true);
    foreign.organization_id = organization('b');
    recorder_->add(foreign);
    flush();
    EXPECT_THAT(history('a'), IsEmpty());
    EXPECT_THAT(history('b'), IsEmpty());
    EXPECT_EQ(state('a'), "unknown|NULL");
    EXPECT_THAT(told('b'), IsEmpty());
}

TEST_F(RecorderTest, KeepsWhatItHasWhileTheControlPlaneIsAway) {
    const auto name = database_.conninfo().get("dbname");
    auto other = testing::server().conninfo();
    auto outside = pg::Connection::open(other, limits());
    ASSERT_TRUE(outside);
    run(*outside, fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS false", name));
    run(*outside,
        fmt::format("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{}'", name));
    recorder_->add(check(Outcome::ok, Status::healthy, true));
    EXPECT_FALSE(recorder_->flush(limits(), true));
    now_ += seconds{5};
    recorder_->add(check(Outcome::timed_out, Status::unhealthy, true));
    EXPECT_FALSE(recorder_->flush(limits(), true));
    EXPECT_EQ(recorder_->figures().waiting, 2U);
    run(*outside, fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS true", name));
    admin_ = database_.connect();
    flush();
    EXPECT_THAT(history(), SizeIs(2));
    EXPECT_EQ(state(), "unhealthy|it did not answer in time while connecting");
    EXPECT_THAT(told(), ElementsAre("health|unhealthy|t|unknown")) << "what nobody could see meanwhile is not told";
}

TEST_F(RecorderTest, DropsTheOldestOfWhatItCanNotKeep) {
    recorder_.emplace(*store_, RecorderOptions{.most_waiting = 100, .now = [this] { return now_; }}, false);
    for (int i = 0; i < 1000; ++i) recorder_->add(check(Outcome::timed_out, Status::unhealthy));
    EXPECT_LE(recorder_->figures().waiting, 100U);
    EXPECT_GE(recorder_->figures().dropped, 900U);
}

TEST_F(RecorderTest, MakesAPartitionThatIsMissing) {
    run(admin_,
        "DO $$ DECLARE part regclass; BEGIN FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = "
        "'platform.database_health'::regclass LOOP EXECUTE format('DROP TABLE %s', part); END LOOP; END $$");
    recorder_->add(check(Outcome::ok, Status::healthy, true));
    flush();
    EXPECT_THAT(history(), SizeIs(1));
}

TEST_F(RecorderTest, AnswersWhatIsAskedOfTheHistory) {
    run(admin_,
        fmt::format(
            "INSERT INTO platform.database_health (database_id, organization_id, checked_at, status, changed, outcome, "
            "checks, latency_us) SELECT '{0}', '{1}', now() - make_interval(mins => 60 - n), "
            "CASE WHEN n BETWEEN 31 AND 40 THEN 'unhealthy' ELSE 'healthy' END, n IN (31, 41), "
            "CASE WHEN n BETWEEN 31 AND 40 THEN 'refused' ELSE 'ok' END, CASE WHEN n BETWEEN 31 AND 40 THEN 1 ELSE 10 "
            "END, "
            "CASE WHEN n NOT BETWEEN 31 AND 40 THEN n * 100 END FROM generate_series(0, 59) AS n",
            id('a', kDatabase),
            organization('a')
        ));
    run(admin_, "SELECT platform.ensure_health_partitions(1)");
    const auto one = summary(*store_, owner('a'), id('a', kDatabase), std::chrono::hours{2}, limits());
    ASSERT_TRUE(one) << one.error().message;
    EXPECT_EQ(one->checks, 510);
    EXPECT_EQ(one->failures, 10);
    EXPECT_NEAR(one->uptime.value(), 49.0 / 59.0, 0.001);
    EXPECT_EQ(one->watched_seconds, 59 * 60);
    EXPECT_EQ(one->p50_us, 2400);
    EXPECT_EQ(one->p99_us, 5900);
    EXPECT_FALSE(one->since.empty());

    const auto rates = error_rates(*store_, owner('a'), std::chrono::hours{2}, std::nullopt, limits());
    ASSERT_TRUE(rates);
    ASSERT_THAT(*rates, SizeIs(1));
    EXPECT_NEAR(rates->front().rate, 10.0 / 510.0, 0.0001);
    EXPECT_THAT(*error_rates(*store_, owner('b'), std::chrono::hours{2}, id('a', kDatabase), limits()), IsEmpty());

    const auto first = health::history(*store_, owner('a'), id('a', kDatabase), {}, 10, limits());
    ASSERT_TRUE(first);
    ASSERT_THAT(*first, SizeIs(10));
    const auto next = health::history(*store_, owner('a'), id('a', kDatabase), first->back().checked_at, 10, limits());
    ASSERT_THAT(*next, SizeIs(10));
    EXPECT_LT(next->front().checked_at, first->back().checked_at);
    EXPECT_EQ(
        summary(*store_, owner('b'), id('a', kDatabase), std::chrono::hours{2}, limits()).error().code,
        ErrorCode::not_found
    );
}

TEST_F(RecorderTest, NamesTheUnhealthyAndTheStale) {
    EXPECT_THAT(*unhealthy(*store_, owner('a'), limits()), IsEmpty());
    recorder_->add(check(Outcome::refused, Status::unhealthy, true));
    flush();
    const auto sick = unhealthy(*store_, owner('a'), limits());
    ASSERT_TRUE(sick);
    ASSERT_THAT(*sick, SizeIs(1));
    EXPECT_EQ(sick->front().error, "nothing listens at its address and port");
    EXPECT_FALSE(sick->front().since.empty());
    EXPECT_THAT(*unhealthy(*store_, owner('b'), limits()), IsEmpty());
    EXPECT_THAT(*stale(*store_, owner('a'), seconds{600}, limits()), IsEmpty());
    run(admin_, "UPDATE platform.databases SET last_health_check_at = now() - interval '1 hour'");
    const auto old = stale(*store_, owner('a'), seconds{600}, limits());
    ASSERT_THAT(*old, SizeIs(1));
    EXPECT_NEAR(static_cast<double>(old->front().age_seconds), 3600, 60);
    run(admin_, "UPDATE platform.databases SET status = 'maintenance'");
    EXPECT_THAT(*unhealthy(*store_, owner('a'), limits()), IsEmpty());
    EXPECT_THAT(*stale(*store_, owner('a'), seconds{600}, limits()), IsEmpty());
}

// Which days have a partition, as days from today.
constexpr std::string_view kDays =
    "SELECT to_date(right(relname, 8), 'YYYYMMDD') - (now() AT TIME ZONE 'UTC')::date FROM pg_inherits "
    "JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'platform.database_health'::regclass ORDER BY 1";

TEST_F(RecorderTest, LooksAfterThePartitions) {
    ASSERT_TRUE(recorder_->tend(limits()));
    EXPECT_THAT(rows(admin_, kDays), ElementsAre("-1", "0", "1", "2", "3"));
    run(admin_,
        "CREATE TABLE platform.database_health_20200101 PARTITION OF platform.database_health FOR VALUES FROM "
        "('2020-01-01 00:00+00') TO ('2020-01-02 00:00+00')");
    ASSERT_TRUE(recorder_->tend(limits()));
    EXPECT_THAT(rows(admin_, kDays), ElementsAre("-1", "0", "1", "2", "3"));
    act_as(organization('a'), user('a', "owner"));
    EXPECT_EQ(change("SELECT platform.drop_health_partitions(1)"), "42501") << "history is everybody's";
}

TEST_F(RecorderTest, KeepsPartitionsClosedToWhoAsksThemDirectly) {
    recorder_->add(check(Outcome::ok, Status::healthy, true));
    flush();
    const auto part = value(
        admin_,
        "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'platform.database_health'::regclass LIMIT 1"
    );
    act_as(organization('a'), kSystem);
    EXPECT_EQ(change(fmt::format("SELECT FROM {}", part)), "42501");
    EXPECT_EQ(ask("SELECT count(*) FROM platform.database_health"), "1");
}

class OwnedRecorderTest : public Tenants {};

TEST_F(OwnedRecorderTest, WorksWhereTheServerIsTheOwnerAndAnOrdinaryRole) {
    build_as_plain_owner();
    run(admin_, "ALTER ROLE control_plain_owner LOGIN");
    control::Store store{{.where = database_.conninfo(), .role = "control_plain_owner", .connections = 1}};
    Recorder recorder{store, {}, false};
    ASSERT_TRUE(recorder.tend(Limits::within(kTime)));
    recorder.add(
        {.database_id = id('a', kDatabase),
         .organization_id = organization('a'),
         .finding = {.outcome = Outcome::refused, .phase = Phase::tcp},
         .status = Status::unhealthy,
         .changed = true,
         .at = Limits::Clock::now()}
    );
    ASSERT_TRUE(recorder.flush(Limits::within(kTime), true));
    EXPECT_EQ(recorder.figures().changes, 1U);
    act_as(organization('a'), kSystem);
    const auto part = value(
        admin_,
        "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'platform.database_health'::regclass LIMIT 1"
    );
    EXPECT_EQ(ask(fmt::format("SELECT count(*) FROM {}", part)), "0") << "also for the owner";
    EXPECT_EQ(ask("SELECT count(*) > 0 FROM platform.database_health"), "t");
}

}  // namespace
}  // namespace drydock::health
