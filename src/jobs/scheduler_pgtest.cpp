#include "jobs/scheduler.h"

#include <thread>

#include "jobs/jobs_pgtest.h"
#include "jobs/schedules.h"

namespace drydock::jobs {
namespace {

class SchedulerTest : public JobsTest {
protected:
    SchedulerTest() { add_kind({.name = "shred", .permission = "keys:write"}); }

    static SchedulerOptions fast() {
        return {.poll = std::chrono::milliseconds{10}, .lease = std::chrono::milliseconds{100}};
    }
    Result<std::string> try_create(const Actor& actor, const ScheduleDraft& draft) {
        return store_->run(actor, test_limits(), [&](Transaction& transaction) {
            return create_schedule(transaction, kinds_, draft);
        });
    }
    std::string create(const Actor& actor, const ScheduleDraft& draft) {
        const auto made = try_create(actor, draft);
        EXPECT_TRUE(made) << made.error().message << made.error().detail;
        return made.value_or("");
    }
    Result<> change(const Actor& actor, std::string_view id, const ScheduleDraft& draft) {
        return store_->run(actor, test_limits(), [&](Transaction& transaction) {
            return change_schedule(transaction, kinds_, id, draft);
        });
    }
    // As if it had been due that long ago.
    void make_due(std::string_view id, std::string_view ago) {
        run(admin_,
            fmt::format(
                "UPDATE platform.job_schedules SET next_run_at = date_trunc('minute', now()) - interval '{}' WHERE id "
                "= '{}'",
                ago,
                id
            ));
    }
    std::string jobs_of(std::string_view id) {
        return value(admin_, fmt::format("SELECT count(*) FROM platform.jobs WHERE schedule_id = '{}'", id));
    }
    int fire(const Scheduler& scheduler) {
        const auto fired = scheduler.fire_due(test_limits());
        EXPECT_TRUE(fired) << fired.error().message;
        return fired.value_or(-1);
    }
};

TEST_F(SchedulerTest, MakesAJobWhenItIsDueAndKnowsTheNextTime) {
    const Scheduler scheduler{*store_, *queue_};
    const auto id =
        create(person('a', "admin"), {.name = "nightly", .kind = "sum", .cron = "30 2 * * *", .args = R"({"x": 1})"});
    EXPECT_EQ(fire(scheduler), 0) << "not due yet";
    EXPECT_EQ(
        value(admin_, "SELECT to_char(next_run_at AT TIME ZONE 'UTC', 'HH24:MI') FROM platform.job_schedules"), "02:30"
    );
    make_due(id, "0 s");
    EXPECT_EQ(fire(scheduler), 1);
    EXPECT_EQ(fire(scheduler), 0) << "once";
    const auto job = claim();
    EXPECT_EQ(job.schedule_id, id);
    EXPECT_EQ(job.organization_id, organization('a'));
    EXPECT_EQ(job.args, R"({"x": 1})");
    EXPECT_FALSE(job.due_at.empty());
    const auto schedule = get_schedule(*store_, person('a', "viewer"), id, test_limits());
    ASSERT_TRUE(schedule);
    EXPECT_EQ(schedule->last_job_id, job.id);
    EXPECT_THAT(schedule->next_run_at, ::testing::EndsWith("T02:30:00Z"));
    EXPECT_THAT(list_jobs(*store_, person('a', "viewer"), {.schedule_id = id}, test_limits())->jobs, SizeIs(1))
        << "history";
}

TEST_F(SchedulerTest, CatchesUpWithOneJobForAllThatWasMissed) {
    const Scheduler scheduler{*store_, *queue_};
    const auto once = create(system('a'), {.name = "often", .kind = "sum", .cron = "* * * * *"});
    const auto skip =
        create(system('a'), {.name = "skip", .kind = "sum", .cron = "* * * * *", .catch_up = CatchUp::skip});
    make_due(once, "3 days");
    make_due(skip, "3 days");
    EXPECT_EQ(fire(scheduler), 1);
    EXPECT_EQ(fire(scheduler), 0);
    EXPECT_EQ(jobs_of(once), "1");
    EXPECT_EQ(jobs_of(skip), "0");
    EXPECT_EQ(
        value(
            admin_,
            "SELECT bool_and(next_run_at > now() AND next_run_at <= now() + interval '1 min') FROM "
            "platform.job_schedules"
        ),
        "t"
    );
}

TEST_F(SchedulerTest, MakesOneJobATimeAlsoWhereManyBelieveToLead) {
    constexpr int kLeaders = 6;
    for (int round = 0; round < 10; ++round) {
        const auto id = create(
            system(round % 2 == 0 ? 'a' : 'b'), {.name = fmt::format("s{}", round), .kind = "sum", .cron = "@daily"}
        );
        make_due(id, "5 min");
        std::atomic<int> made{0};
        {
            std::vector<std::jthread> leaders;
            for (int i = 0; i < kLeaders; ++i) {
                leaders.emplace_back([&] {
                    const Scheduler scheduler{*store_, *queue_};
                    made += fire(scheduler);
                });
            }
        }
        EXPECT_EQ(made.load(), 1);
        EXPECT_EQ(jobs_of(id), "1");
    }
}

// A leader that was paused between reading and writing, and a person who moved the clock back: the time has its job.
TEST_F(SchedulerTest, NeverMakesASecondJobForADueTime) {
    const Scheduler scheduler{*store_, *queue_};
    const auto id = create(system('a'), {.name = "x", .kind = "sum", .cron = "@daily"});
    make_due(id, "1 hour");
    EXPECT_EQ(fire(scheduler), 1);
    make_due(id, "1 hour");
    EXPECT_EQ(fire(scheduler), 0);
    EXPECT_EQ(jobs_of(id), "1");
}

TEST_F(SchedulerTest, LeavesOutWhatIsSwitchedOff) {
    const Scheduler scheduler{*store_, *queue_};
    const ScheduleDraft draft{.name = "x", .kind = "sum", .cron = "@hourly"};
    const auto id = create(system('a'), draft);
    auto off = draft;
    off.enabled = false;
    ASSERT_TRUE(change(person('a', "admin"), id, off));
    make_due(id, "2 days");
    EXPECT_EQ(fire(scheduler), 0);
    ASSERT_TRUE(change(person('a', "admin"), id, draft));
    EXPECT_EQ(fire(scheduler), 0) << "what was missed while it was off is not caught up with";
}

TEST_F(SchedulerTest, KeepsGoingWhereOneScheduleCanNotRun) {
    std::vector<std::string> troubles;
    Scheduler scheduler{*store_, *queue_, {.on_trouble = [&](std::string_view what, const Error&) {
                            troubles.emplace_back(what);
                        }}};
    const auto bad = create(system('a'), {.name = "bad", .kind = "sum", .cron = "@daily"});
    const auto good = create(system('a'), {.name = "good", .kind = "sum", .cron = "@daily"});
    run(admin_, fmt::format("UPDATE platform.job_schedules SET kind = 'gone' WHERE id = '{}'", bad));
    make_due(bad, "2 min");
    make_due(good, "1 min");
    EXPECT_EQ(fire(scheduler), 1);
    EXPECT_EQ(jobs_of(good), "1");
    ASSERT_THAT(troubles, SizeIs(1));
    EXPECT_THAT(troubles.front(), HasSubstr("gone"));
}

TEST_F(SchedulerTest, RunsAScheduleNow) {
    const auto id = create(person('a', "owner"), {.name = "x", .kind = "sum", .cron = "@yearly"});
    const auto now = [&](const Actor& actor) {
        return store_->run(actor, test_limits(), [&](Transaction& transaction) {
            return jobs::run_now(transaction, *queue_, id);
        });
    };
    EXPECT_EQ(now(person('a', "viewer")).error().code, ErrorCode::permission_denied);
    EXPECT_EQ(now(person('b', "owner")).error().code, ErrorCode::not_found);
    ASSERT_TRUE(now(person('a', "member")));
    ASSERT_TRUE(now(person('a', "member"))) << "as often as one likes";
    EXPECT_EQ(jobs_of(id), "2");
    EXPECT_EQ(claim().schedule_id, id);
}

TEST_F(SchedulerTest, AsksForPermissionAndSaysWhatIsWrong) {
    const ScheduleDraft draft{.name = "x", .kind = "sum", .cron = "@daily"};
    EXPECT_EQ(try_create(person('a', "member"), draft).error().code, ErrorCode::permission_denied);
    EXPECT_EQ(try_create(person('a', "admin").in(organization('b')), draft).error().code, ErrorCode::permission_denied);
    const auto id = create(person('a', "admin"), draft);
    EXPECT_EQ(try_create(person('a', "admin"), draft).error().code, ErrorCode::conflict);
    EXPECT_TRUE(try_create(person('b', "admin"), draft)) << "names are of an organization";
    EXPECT_EQ(change(person('b', "owner"), id, draft).error().code, ErrorCode::not_found);
    EXPECT_EQ(get_schedule(*store_, person('b', "owner"), id, test_limits()).error().code, ErrorCode::not_found);
    auto wrong = draft;
    wrong.cron = "61 * * * *";
    EXPECT_THAT(change(person('a', "admin"), id, wrong).error().message, HasSubstr("minute"));
    wrong = draft;
    wrong.kind = "sume";
    EXPECT_EQ(change(person('a', "admin"), id, wrong).error().code, ErrorCode::invalid_argument);
    wrong = draft;
    wrong.args = "[1]";
    EXPECT_EQ(change(person('a', "admin"), id, wrong).error().code, ErrorCode::invalid_argument);
    const auto remove = [&](const Actor& actor) {
        return store_->run(actor, test_limits(), [&](Transaction& transaction) {
            return remove_schedule(transaction, id);
        });
    };
    EXPECT_EQ(remove(person('a', "viewer")).error().code, ErrorCode::permission_denied);
    EXPECT_EQ(remove(person('b', "owner")).error().code, ErrorCode::not_found);
    EXPECT_TRUE(remove(person('a', "admin")));
    EXPECT_EQ(remove(person('a', "admin")).error().code, ErrorCode::not_found);
    EXPECT_EQ(
        value(
            admin_,
            fmt::format(
                "SELECT string_agg(action, ' ' ORDER BY action) FROM platform.audit_log WHERE object_id::text = '{}'",
                id
            )
        ),
        "schedule.created schedule.removed"
    );
}

TEST_F(SchedulerTest, BringsItsOwnSchedulesOnce) {
    const auto ensure = [&](std::string_view cron) {
        return store_->run(Actor::system(), test_limits(), [&](Transaction& transaction) {
            return ensure_schedule(transaction, kinds_, {.name = "clean-up", .kind = "sum", .cron = std::string{cron}});
        });
    };
    ASSERT_TRUE(ensure("@monthly"));
    ASSERT_TRUE(ensure("@daily"));
    const auto all = list_schedules(*store_, Actor::system(), test_limits());
    ASSERT_THAT(*all, SizeIs(1));
    EXPECT_EQ(all->front().cron, "@monthly");
    EXPECT_THAT(list_schedules(*store_, person('a', "owner"), test_limits()).value(), IsEmpty());
}

class LeaderTest : public SchedulerTest, public ::testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(By, LeaderTest, ::testing::Values(false, true), [](const auto& by) {
    return std::string{by.param ? "row" : "session"};
});

TEST_P(LeaderTest, IsOneAndIsFollowedByAnother) {
    Leadership first{*store_, {.task = "t", .holder = "1", .lease = std::chrono::minutes{1}, .by_row = GetParam()}};
    Leadership second{*store_, {.task = "t", .holder = "2", .lease = std::chrono::minutes{1}, .by_row = GetParam()}};
    Leadership other{*store_, {.task = "u", .holder = "2", .lease = std::chrono::minutes{1}, .by_row = GetParam()}};
    EXPECT_TRUE(first.hold(test_limits()).value());
    EXPECT_FALSE(second.hold(test_limits()).value());
    EXPECT_TRUE(other.hold(test_limits()).value()) << "another task";
    EXPECT_TRUE(first.hold(test_limits()).value()) << "it stays";
    first.give_up();
    const auto limits = test_limits();
    while (!second.hold(limits).value()) ASSERT_TRUE(pause(std::chrono::milliseconds{2}, limits));
    EXPECT_FALSE(first.hold(test_limits()).value());
    EXPECT_EQ(first.by_row(), GetParam());
}

// A paused server still has its connection, and so would have the lock for ever.
TEST_P(LeaderTest, IsFollowedByAnotherWhenItIsPaused) {
    const auto lease = std::chrono::milliseconds{50};
    Leadership paused{*store_, {.task = "t", .holder = "1", .lease = lease, .by_row = GetParam()}};
    ASSERT_TRUE(paused.hold(test_limits()).value());
    Leadership second{*store_, {.task = "t", .holder = "2", .lease = std::chrono::minutes{1}, .by_row = GetParam()}};
    const auto limits = test_limits();
    while (!second.hold(limits).value()) ASSERT_TRUE(pause(std::chrono::milliseconds{5}, limits));
    const auto woken = paused.hold(test_limits());
    EXPECT_FALSE(woken && *woken);
}

TEST_F(SchedulerTest, LosesTheLeadWithItsConnection) {
    Leadership first{*store_, {.task = "t", .holder = "1"}};
    Leadership second{*store_, {.task = "t", .holder = "2"}};
    ASSERT_TRUE(first.hold(test_limits()).value());
    ASSERT_FALSE(second.hold(test_limits()).value());
    run(admin_, "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND granted");
    EXPECT_TRUE(second.hold(test_limits()).value());
    first.wait(kTime, {});  // ends at once
    EXPECT_FALSE(first.hold(test_limits()).value());
}

TEST_F(SchedulerTest, IsFollowedWhenItsLeaseEnds) {
    Leadership first{*store_, {.task = "t", .holder = "1", .lease = std::chrono::minutes{5}, .by_row = true}};
    Leadership second{*store_, {.task = "t", .holder = "2", .lease = std::chrono::minutes{5}, .by_row = true}};
    ASSERT_TRUE(first.hold(test_limits()).value());
    ASSERT_FALSE(second.hold(test_limits()).value());
    run(admin_, "UPDATE platform.job_leaders SET lease_until = now() - interval '1 ms'");
    EXPECT_TRUE(second.hold(test_limits()).value());
    EXPECT_FALSE(first.hold(test_limits()).value());
    EXPECT_EQ(value(admin_, "SELECT fence FROM platform.job_leaders"), "2");
}

TEST_P(LeaderTest, RunsSchedulesInOneServerAndThenInTheOther) {
    auto options = fast();
    options.by_row = GetParam();
    std::optional<Scheduler> first{std::in_place, *store_, *queue_, options};
    std::optional<Scheduler> second{std::in_place, *store_, *queue_, options};
    first->start();
    const auto limits = test_limits();
    while (!first->leads()) ASSERT_TRUE(pause(std::chrono::milliseconds{2}, limits));
    second->start();
    const auto id = create(system('a'), {.name = "x", .kind = "sum", .cron = "@daily"});
    make_due(id, "1 min");
    until(fmt::format("SELECT count(*) = 1 FROM platform.jobs WHERE schedule_id = '{}'", id));
    first.reset();
    while (!second->leads()) ASSERT_TRUE(pause(std::chrono::milliseconds{2}, limits));
    make_due(id, "2 min");
    until(fmt::format("SELECT count(*) = 2 FROM platform.jobs WHERE schedule_id = '{}'", id));
}

}  // namespace
}  // namespace drydock::jobs
