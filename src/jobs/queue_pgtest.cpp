#include "jobs/queue.h"

#include <thread>

#include "control/events.h"
#include "jobs/jobs_pgtest.h"
#include "jobs/move.h"

namespace drydock::jobs {
namespace {

class QueueTest : public JobsTest {};

TEST_F(QueueTest, GivesAJobToAWorkerAndKeepsWhatCameOfIt) {
    const auto id = enqueue(person('a', "member"), {.kind = "sum", .args = R"({"numbers": [1, 2]})"});
    EXPECT_EQ(state(id), "queued");
    const auto job = claim("w1");
    EXPECT_EQ(job.id, id);
    EXPECT_EQ(job.organization_id, organization('a'));
    EXPECT_EQ(job.args, R"({"numbers": [1, 2]})");
    EXPECT_EQ(job.attempt, 1);
    EXPECT_EQ(job.fence, 1);
    EXPECT_EQ(job.requested_by, user('a', "member"));
    EXPECT_FALSE(try_claim("w2")) << "it is taken";

    EXPECT_EQ(queue_->succeed(job, "3", test_limits()).value(), JobState::succeeded);
    const auto kept = get_job(*store_, person('a', "viewer"), id, test_limits());
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(kept->result, "3");
    EXPECT_EQ(kept->locked_by, "");
    EXPECT_FALSE(kept->finished_at.empty());
    const auto attempts = list_attempts(*store_, person('a', "viewer"), id, test_limits());
    ASSERT_TRUE(attempts);
    ASSERT_THAT(*attempts, SizeIs(1));
    EXPECT_EQ(attempts->front().worker, "w1");
    EXPECT_EQ(attempts->front().outcome, "succeeded");
}

TEST_F(QueueTest, TellsOfEveryStepInTheJobsOrganization) {
    const auto viewer = person('a', "viewer");
    const auto start = control::newest_cursor(*store_, viewer, test_limits()).value();
    enqueue(system('a'), {.kind = "mail"});
    const auto job = claim();
    ASSERT_TRUE(queue_->mark_sent(job.ticket(), test_limits()));
    ASSERT_TRUE(queue_->note_progress(job.ticket(), R"({"done": 1})", test_limits()));
    ASSERT_TRUE(queue_->succeed(job, {}, test_limits()));
    const auto events = control::events_after(*store_, viewer, start, 10, test_limits());
    ASSERT_TRUE(events);
    std::vector<std::string> kinds;
    for (const auto& event : *events) {
        EXPECT_EQ(event.topic, "jobs");
        EXPECT_EQ(event.subject_id, job.id);
        kinds.push_back(event.kind);
    }
    EXPECT_THAT(kinds, ElementsAre("queued", "running", "sent", "progress", "succeeded"));
    EXPECT_THAT(control::events_after(*store_, person('b', "viewer"), start, 10, test_limits()).value(), IsEmpty());
}

TEST_F(QueueTest, GivesEachJobToOneOfManyWorkers) {
    constexpr int kJobs = 120;
    for (int i = 0; i < kJobs; ++i) enqueue(system(i % 2 == 0 ? 'a' : 'b'), {.kind = "sum"});
    std::mutex mutex;
    std::multiset<std::string> claimed;
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < 8; ++i) {
            workers.emplace_back([&, i] {
                while (const auto job = try_claim(fmt::format("w{}", i))) {
                    const std::scoped_lock lock{mutex};
                    claimed.insert(job->id);
                }
            });
        }
    }
    EXPECT_THAT(claimed, SizeIs(kJobs));
    EXPECT_THAT((std::set<std::string>{claimed.begin(), claimed.end()}), SizeIs(kJobs));
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.job_attempts"), std::to_string(kJobs));
}

TEST_F(QueueTest, ServesOrganizationsInTurn) {
    for (int i = 0; i < 5; ++i) enqueue(system('a'), {.kind = "sum", .priority = 100});
    for (int i = 0; i < 2; ++i) enqueue(system('b'), {.kind = "sum"});
    enqueue(Actor::system(), {.kind = "sum"});
    std::string order;
    // One worker, which ends each job before it takes the next: nothing is ever under way when it claims.
    while (const auto job = try_claim()) {
        order += job->organization_id.empty() ? 's' : job->organization_id.front();
        ASSERT_TRUE(queue_->succeed(*job, {}, test_limits()));
    }
    EXPECT_THAT(order.substr(0, 3), ::testing::AllOf(HasSubstr("a"), HasSubstr("b"), HasSubstr("s"))) << order;
    EXPECT_LE(order.find_last_of('b'), 5U) << order;
    EXPECT_EQ(order.size(), 8U);
}

TEST_F(QueueTest, ServesFirstWhoHasLeastUnderWay) {
    for (int i = 0; i < 6; ++i) enqueue(system('a'), {.kind = "sum"});
    for (int i = 0; i < 3; ++i) ASSERT_EQ(claim().organization_id, organization('a'));
    for (int i = 0; i < 3; ++i) enqueue(system('b'), {.kind = "sum"});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(claim().organization_id, organization('b')) << i;
}

TEST_F(QueueTest, TakesTheHighestPriorityAndThenTheOldestOfAnOrganization) {
    const auto old = enqueue(system('a'), {.kind = "sum"});
    const auto late = enqueue(system('a'), {.kind = "sum"});
    const auto urgent = enqueue(system('a'), {.kind = "sum", .priority = 5});
    enqueue(system('a'), {.kind = "sum", .in = std::chrono::hours{1}, .priority = 50});
    EXPECT_EQ(claim().id, urgent);
    EXPECT_EQ(claim().id, old);
    EXPECT_EQ(claim().id, late);
    EXPECT_FALSE(try_claim()) << "the other one is not due";
}

TEST_F(QueueTest, ClaimsOnlyKindsThatTheWorkerKnows) {
    enqueue(system('a'), {.kind = "mail"});
    const std::vector<std::string> only_sums{"sum"};
    EXPECT_FALSE(queue_->claim("w", only_sums, test_limits()).value());
    EXPECT_FALSE(queue_->claim("w", {}, test_limits()).value());
    EXPECT_TRUE(try_claim());
}

TEST_F(QueueTest, HasOneUnfinishedJobAKey) {
    const auto first = try_enqueue(system('a'), {.kind = "sum", .dedup_key = "x"});
    const auto second = try_enqueue(system('a'), {.kind = "sum", .dedup_key = "x"});
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(first->existed);
    EXPECT_TRUE(second->existed);
    EXPECT_EQ(second->id, first->id);
    EXPECT_FALSE(try_enqueue(system('b'), {.kind = "sum", .dedup_key = "x"})->existed) << "another organization";
    EXPECT_FALSE(try_enqueue(system('a'), {.kind = "mail", .dedup_key = "x"})->existed) << "another kind";
    auto job = claim();
    while (job.id != first->id) job = claim();
    EXPECT_TRUE(try_enqueue(system('a'), {.kind = "sum", .dedup_key = "x"})->existed) << "it runs";
    ASSERT_TRUE(queue_->succeed(job, {}, test_limits()));
    EXPECT_FALSE(try_enqueue(system('a'), {.kind = "sum", .dedup_key = "x"})->existed) << "it is finished";
}

TEST_F(QueueTest, EnqueuesWhenTheCallersTransactionCommits) {
    const auto failed = store_->run(system('a'), test_limits(), [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(queue_->enqueue(transaction, {.kind = "sum"}));
        return Error{.code = ErrorCode::conflict, .message = "after all, no"};
    });
    EXPECT_FALSE(failed);
    EXPECT_FALSE(try_claim());
}

// What a worker that was paused for longer than its lease may still do: nothing.
TEST_F(QueueTest, RefusesEveryWriteOfAStaleFence) {
    const auto id = enqueue(system('a'), {.kind = "mail"});
    const auto paused = claim("w1");
    expire(id);
    ASSERT_EQ(reap(), 1);
    const auto taken = claim("w2");
    ASSERT_EQ(taken.id, id);
    ASSERT_EQ(taken.fence, paused.fence + 1);

    const auto refused = [](const auto& result) { return !result && result.error().code == ErrorCode::conflict; };
    EXPECT_TRUE(refused(queue_->mark_sent(paused.ticket(), test_limits())));
    EXPECT_TRUE(refused(queue_->note_progress(paused.ticket(), "{}", test_limits())));
    EXPECT_TRUE(refused(queue_->succeed(paused, "1", test_limits())));
    EXPECT_TRUE(refused(queue_->fail(paused, {.code = ErrorCode::unavailable, .message = "x"}, test_limits())));
    EXPECT_TRUE(refused(queue_->stopped(paused, test_limits())));
    EXPECT_TRUE(refused(queue_->hand_back(paused, test_limits())));
    EXPECT_TRUE(refused(store_->run(
        paused.organization_id.empty() ? Actor::system() : system('a'),
        test_limits(),
        [&](Transaction& transaction) { return queue_->hold(transaction, paused.ticket()); }
    )));
    EXPECT_THAT(queue_->renew(std::vector{paused.ticket()}, false, test_limits()).value(), IsEmpty());
    EXPECT_THAT(queue_->renew(std::vector{paused.ticket()}, true, test_limits()).value(), IsEmpty());

    EXPECT_EQ(
        value(admin_, "SELECT concat_ws(' ', state, locked_by, sent_at IS NULL, result IS NULL) FROM platform.jobs"),
        "running w2 t t"
    );
    EXPECT_TRUE(queue_->mark_sent(taken.ticket(), test_limits()));
    EXPECT_TRUE(queue_->succeed(taken, {}, test_limits()));
    EXPECT_EQ(outcomes(id), "lost succeeded");
}

TEST_F(QueueTest, RefusesTheWritesOfAWorkerWhoseJobIsFinished) {
    enqueue(system('a'), {.kind = "sum"});
    const auto job = claim();
    ASSERT_TRUE(queue_->succeed(job, "1", test_limits()));
    EXPECT_EQ(queue_->succeed(job, "2", test_limits()).error().code, ErrorCode::conflict);
    EXPECT_EQ(queue_->fail(job, {.message = "x"}, test_limits()).error().code, ErrorCode::conflict);
    EXPECT_EQ(value(admin_, "SELECT result FROM platform.jobs"), "1");
}

TEST_F(QueueTest, GivesALostJobToAnother) {
    const auto id = enqueue(system('a'), {.kind = "sum"});
    claim();
    EXPECT_EQ(reap(), 0) << "its lease holds";
    expire(id);
    EXPECT_EQ(reap(), 1);
    EXPECT_EQ(reap(), 0);
    const auto again = claim("w2");
    EXPECT_EQ(again.id, id);
    EXPECT_EQ(again.attempt, 1) << "the loss was not the job's fault";
    EXPECT_EQ(again.losses, 1);
}

TEST_F(QueueTest, NeverBeginsAgainWhatWasSent) {
    const auto sent = enqueue(system('a'), {.kind = "mail"});
    const auto job = claim();
    ASSERT_TRUE(queue_->mark_sent(job.ticket(), test_limits()));
    expire(sent);
    EXPECT_EQ(reap(), 1);
    EXPECT_EQ(state(sent), "unknown");
    EXPECT_FALSE(try_claim());
    EXPECT_EQ(queue_->succeed(job, {}, test_limits()).error().code, ErrorCode::conflict) << "somebody looks at it now";

    const auto not_sent = enqueue(system('a'), {.kind = "mail"});
    claim();
    expire(not_sent);
    EXPECT_EQ(reap(), 1);
    EXPECT_EQ(claim().id, not_sent);
}

TEST_F(QueueTest, IsToldByAPersonWhatBecameOfAnUnknownJob) {
    const auto id = enqueue(system('a'), {.kind = "mail"});
    ASSERT_TRUE(queue_->mark_sent(claim().ticket(), test_limits()));
    expire(id);
    reap();
    const auto resolve = [&](const Actor& actor) {
        return store_->run(actor, test_limits(), [&](Transaction& transaction) {
            return queue_->resolve(transaction, id, true, "found it in the outbox");
        });
    };
    EXPECT_EQ(resolve(person('a', "viewer")).error().code, ErrorCode::permission_denied);
    EXPECT_EQ(resolve(person('b', "owner")).error().code, ErrorCode::not_found);
    ASSERT_TRUE(resolve(person('a', "member")));
    EXPECT_EQ(state(id), "succeeded");
    EXPECT_EQ(resolve(person('a', "member")).error().code, ErrorCode::conflict);
}

TEST_F(QueueTest, GivesUpAJobThatItsWorkersDoNotSurvive) {
    const auto id = enqueue(system('a'), {.kind = "sum"});
    for (int i = 0; i < options().most_losses; ++i) {
        ASSERT_TRUE(try_claim()) << i;
        expire(id);
        ASSERT_EQ(reap(), 1);
    }
    EXPECT_EQ(state(id), "failed");
    EXPECT_THAT(get_job(*store_, system('a'), id, test_limits())->error_message, HasSubstr("went away each time"));
}

TEST_F(QueueTest, TriesAgainLaterEachTimeAfterALongerPause) {
    const auto id = enqueue(system('a'), {.kind = "sum"});
    const Error away{.code = ErrorCode::unavailable, .message = "the target is away", .hint = "Wait."};
    const auto pause = [&] {
        return value(
            admin_,
            "SELECT round(extract(epoch FROM run_at - (SELECT max(ended_at) FROM platform.job_attempts))) FROM "
            "platform.jobs"
        );
    };
    // Of a minute, between a half and the whole; the injected chance is 0.5.
    EXPECT_EQ(queue_->fail(claim(), away, test_limits()).value(), JobState::queued);
    EXPECT_EQ(pause(), "45");
    EXPECT_FALSE(try_claim()) << "not yet";
    run(admin_, "UPDATE platform.jobs SET run_at = now()");
    EXPECT_EQ(queue_->fail(claim(), away, test_limits()).value(), JobState::queued);
    EXPECT_EQ(pause(), "90");
    run(admin_, "UPDATE platform.jobs SET run_at = now()");
    EXPECT_EQ(queue_->fail(claim(), away, test_limits()).value(), JobState::failed) << "three attempts, no more";
    EXPECT_EQ(outcomes(id), "retried retried failed");
    const auto job = get_job(*store_, system('a'), id, test_limits()).value();
    EXPECT_EQ(job.error_code, "unavailable");
    EXPECT_EQ(job.error_message, "the target is away Wait.");
}

TEST_F(QueueTest, DoesNotTryAgainWhatCanNotPassOrMustNotBeRepeated) {
    enqueue(system('a'), {.kind = "sum"});
    EXPECT_EQ(
        queue_->fail(claim(), {.code = ErrorCode::invalid_argument, .message = "x"}, test_limits()).value(),
        JobState::failed
    );
    enqueue(system('a'), {.kind = "mail"});
    EXPECT_EQ(
        queue_->fail(claim(), {.code = ErrorCode::unavailable, .message = "x"}, test_limits()).value(), JobState::failed
    );
}

TEST_F(QueueTest, LeavesOpenWhatFailedAfterItWasSent) {
    const auto failing = [&](ErrorCode code) {
        enqueue(system('a'), {.kind = "mail"});
        const auto job = claim();
        EXPECT_TRUE(queue_->mark_sent(job.ticket(), test_limits()));
        return queue_->fail(job, {.code = code, .message = "x"}, test_limits()).value();
    };
    EXPECT_EQ(failing(ErrorCode::unavailable), JobState::unknown);
    EXPECT_EQ(failing(ErrorCode::deadline_exceeded), JobState::unknown);
    EXPECT_EQ(failing(ErrorCode::internal), JobState::unknown);
    EXPECT_EQ(failing(ErrorCode::failed), JobState::failed) << "the target said that it did not do it";
}

TEST_F(QueueTest, MarksOnlyAtMostOnceJobsAndOnlyOnce) {
    enqueue(system('a'), {.kind = "sum"});
    EXPECT_FALSE(queue_->mark_sent(claim().ticket(), test_limits()));
    enqueue(system('a'), {.kind = "mail"});
    const auto job = claim();
    EXPECT_TRUE(queue_->mark_sent(job.ticket(), test_limits()));
    EXPECT_FALSE(queue_->mark_sent(job.ticket(), test_limits()));
}

TEST_F(QueueTest, WaitsForTheDiskWhenItMarksEvenWhereTheServerDoesNot) {
    run(admin_, fmt::format("ALTER DATABASE {} SET synchronous_commit = off", database_.conninfo().get("dbname")));
    store_.emplace(control::StoreOptions{.where = database_.conninfo(), .role = "drydock_api", .connections = 1});
    run(admin_, R"(
        CREATE TABLE public.seen (setting text);
        GRANT INSERT ON public.seen TO drydock_api;
        CREATE FUNCTION public.look() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER look AFTER UPDATE OF sent_at ON platform.jobs DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION public.look();)");
    enqueue(system('a'), {.kind = "mail"});
    ASSERT_TRUE(queue_->mark_sent(claim().ticket(), test_limits()));
    EXPECT_EQ(value(admin_, "SELECT setting FROM public.seen"), "on");
}

TEST_F(QueueTest, CancelsWhatWaitsAtOnceAndAsksWhatRuns) {
    const auto waiting = enqueue(system('a'), {.kind = "mail"});
    EXPECT_EQ(cancel(person('a', "member"), waiting).value(), JobState::cancelled);
    EXPECT_EQ(state(waiting), "cancelled");
    EXPECT_FALSE(try_claim());

    const auto running = enqueue(system('a'), {.kind = "mail"});
    const auto job = claim();
    EXPECT_FALSE(queue_->renew(std::vector{job.ticket()}, true, test_limits())->front().cancel);
    EXPECT_EQ(cancel(person('a', "member"), running).value(), JobState::running);
    EXPECT_TRUE(queue_->renew(std::vector{job.ticket()}, true, test_limits())->front().cancel);
    EXPECT_TRUE(queue_->renew(std::vector{job.ticket()}, false, test_limits())->front().cancel);
    EXPECT_EQ(queue_->mark_sent(job.ticket(), test_limits()).error().code, ErrorCode::cancelled)
        << "no byte leaves now";
    EXPECT_EQ(queue_->stopped(job, test_limits()).value(), JobState::cancelled);
    EXPECT_EQ(cancel(person('a', "member"), running).error().code, ErrorCode::conflict);
}

TEST_F(QueueTest, CancelsALostJobInsteadOfGivingItOn) {
    const auto id = enqueue(system('a'), {.kind = "sum"});
    claim();
    ASSERT_TRUE(cancel(system('a'), id));
    expire(id);
    EXPECT_EQ(reap(), 1);
    EXPECT_EQ(state(id), "cancelled");
}

TEST_F(QueueTest, HandsBackWithoutCountingTheAttempt) {
    const auto id = enqueue(system('a'), {.kind = "sum"});
    EXPECT_EQ(queue_->hand_back(claim(), test_limits()).value(), JobState::queued);
    const auto again = claim();
    EXPECT_EQ(again.id, id);
    EXPECT_EQ(again.attempt, 1);
    EXPECT_EQ(again.losses, 0);

    enqueue(system('a'), {.kind = "mail"});
    const auto mail = claim();
    ASSERT_TRUE(queue_->mark_sent(mail.ticket(), test_limits()));
    EXPECT_EQ(queue_->hand_back(mail, test_limits()).value(), JobState::unknown) << "sent is sent";
}

TEST_F(QueueTest, DoesNotTakeAJobFromATransactionThatHoldsIt) {
    const auto id = enqueue(system('a'), {.kind = "sum"});
    const auto job = claim();
    const auto done = store_->run(system('a'), test_limits(), [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(queue_->hold(transaction, job.ticket()));
        expire(id);
        EXPECT_EQ(reap(), 0);
        EXPECT_THAT(queue_->renew(std::vector{job.ticket()}, false, test_limits()).value(), SizeIs(1)) << "not held up";
        expire(id);
        return {};
    });
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(reap(), 1);
}

TEST_F(QueueTest, RefusesMovesThatThereAreNot) {
    const auto id = enqueue(system('a'), {.kind = "sum"});
    const auto moved = store_->run(system('a'), test_limits(), [&](Transaction& transaction) {
        return move(transaction, {.id = id, .organization_id = organization('a')}, {.to = JobState::succeeded});
    });
    EXPECT_EQ(moved.error().code, ErrorCode::internal);
    const auto elsewhere = store_->run(system('a'), test_limits(), [&](Transaction& transaction) {
        return move(
            transaction,
            {.id = id, .organization_id = organization('a')},
            {.from = JobState::running, .to = JobState::failed, .how = "failed"}
        );
    });
    EXPECT_EQ(elsewhere.error().code, ErrorCode::conflict);
    EXPECT_EQ(state(id), "queued");
}

TEST_F(QueueTest, AsksForThePermissionOfTheKindAndOfTheRole) {
    add_kind({.name = "shred", .permission = "keys:write"});
    EXPECT_EQ(try_enqueue(person('a', "viewer"), {.kind = "sum"}).error().code, ErrorCode::permission_denied);
    EXPECT_EQ(try_enqueue(person('a', "member"), {.kind = "shred"}).error().code, ErrorCode::permission_denied);
    EXPECT_TRUE(try_enqueue(person('a', "admin"), {.kind = "shred"}));
    EXPECT_EQ(
        try_enqueue(person('a', "owner").in(organization('b')), {.kind = "sum"}).error().code,
        ErrorCode::permission_denied
    );
    EXPECT_EQ(try_enqueue(system('a'), {.kind = "sume"}).error().hint, "Did you mean sum?");
    EXPECT_FALSE(try_enqueue(system('a'), {.kind = "sum", .args = R"({"password": "geheim"})"}));
}

TEST_F(QueueTest, AuditsWhatAPersonAskedFor) {
    const auto id = enqueue(person('a', "member"), {.kind = "sum"});
    ASSERT_TRUE(cancel(person('a', "member"), id));
    enqueue(system('a'), {.kind = "sum"});
    EXPECT_EQ(
        value(
            admin_,
            fmt::format(
                "SELECT string_agg(action, ' ' ORDER BY action) FROM platform.audit_log WHERE object_id::text = '{}'",
                id
            )
        ),
        "job.cancelled job.requested"
    );
}

TEST_F(QueueTest, ShowsJobsToTheirOrganizationOnly) {
    const auto ours = enqueue(system('a'), {.kind = "sum"});
    const auto housekeeping = enqueue(Actor::system(), {.kind = "sum"});
    EXPECT_TRUE(get_job(*store_, person('a', "viewer"), ours, test_limits()));
    for (const auto& stranger : {person('b', "owner"), person('a', "owner").in(organization('b')), Actor{}}) {
        EXPECT_EQ(get_job(*store_, stranger, ours, test_limits()).error().code, ErrorCode::not_found);
        EXPECT_EQ(cancel(stranger.is_system() ? Actor{} : stranger, ours).has_value(), false);
    }
    EXPECT_EQ(get_job(*store_, person('a', "owner"), housekeeping, test_limits()).error().code, ErrorCode::not_found);
    EXPECT_TRUE(get_job(*store_, Actor::system(), housekeeping, test_limits()));
    EXPECT_EQ(get_job(*store_, person('a', "owner"), "'; --", test_limits()).error().code, ErrorCode::not_found);
}

TEST_F(QueueTest, ListsInPagesThatMissNoneAndRepeatNone) {
    std::vector<std::string> made;
    for (int i = 0; i < 7; ++i) made.insert(made.begin(), enqueue(system('a'), {.kind = i % 2 == 0 ? "sum" : "mail"}));
    // Those of one transaction have the same time.
    run(admin_, "UPDATE platform.jobs SET created_at = date_trunc('hour', now())");
    JobFilter filter{.limit = 3};
    std::set<std::string> seen;
    int pages = 0;
    do {
        const auto page = list_jobs(*store_, person('a', "viewer"), filter, test_limits());
        ASSERT_TRUE(page) << page.error().message;
        for (const auto& job : page->jobs) EXPECT_TRUE(seen.insert(job.id).second);
        filter.cursor = page->next_cursor;
        ++pages;
    } while (!filter.cursor.empty());
    EXPECT_EQ(pages, 3);
    EXPECT_THAT(seen, ::testing::UnorderedElementsAreArray(made));

    EXPECT_THAT(list_jobs(*store_, system('a'), {.kind = "mail"}, test_limits())->jobs, SizeIs(3));
    EXPECT_THAT(list_jobs(*store_, system('a'), {.state = "failed"}, test_limits())->jobs, IsEmpty());
    EXPECT_EQ(
        list_jobs(*store_, system('a'), {.state = "done"}, test_limits()).error().code, ErrorCode::invalid_argument
    );
    for (const auto* const broken :
         {"x", "1.", ".1", "1.2", "99999999999999999999.00000000-0000-4000-8000-000000000000"}) {
        EXPECT_EQ(
            list_jobs(*store_, system('a'), {.cursor = broken}, test_limits()).error().code, ErrorCode::invalid_argument
        ) << broken;
    }
}

TEST_F(QueueTest, ForgetsWhatIsLongDoneAndKeepsWhatIsOpen) {
    const auto done = enqueue(system('a'), {.kind = "mail"});
    ASSERT_TRUE(queue_->succeed(claim(), {}, test_limits()));
    const auto open = enqueue(system('b'), {.kind = "mail"});
    const auto job = claim();
    ASSERT_TRUE(queue_->mark_sent(job.ticket(), test_limits()));
    ASSERT_TRUE(queue_->stopped(job, test_limits()));
    const auto waiting = enqueue(system('a'), {.kind = "sum"});
    run(admin_, "UPDATE platform.jobs SET finished_at = now() - interval '3 days' WHERE finished_at IS NOT NULL");
    EXPECT_EQ(clean_up(*store_, std::chrono::days{7}, test_limits()).value(), 0);
    EXPECT_EQ(clean_up(*store_, std::chrono::days{1}, test_limits()).value(), 1);
    EXPECT_EQ(state(done), "");
    EXPECT_EQ(state(open), "unknown");
    EXPECT_EQ(state(waiting), "queued");
}

}  // namespace
}  // namespace drydock::jobs
