#include "jobs/worker.h"

#include <condition_variable>
#include <stdexcept>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "control/events.h"
#include "jobs/housekeeping.h"
#include "jobs/jobs_pgtest.h"
#include "jobs/replicas.h"
#include "jobs/schedules.h"
#include "testing/message_proxy.h"

namespace drydock::jobs {
namespace {

// Lets handlers stand still until the test says so.
class Gate {
public:
    // Until it is opened, or the job is asked to stop.
    Result<std::string> pass(JobContext& context) {
        std::unique_lock lock{mutex_};
        ++inside_;
        changed_.notify_all();
        changed_.wait_until(lock, context.limits().stop, context.limits().deadline, [this] { return open_; });
        --inside_;
        if (context.limits().stop.stop_requested()) return Error{.code = ErrorCode::cancelled, .message = "stopped"};
        if (!open_) return Error{.code = ErrorCode::deadline_exceeded, .message = "too slow"};
        return std::string{R"("passed")"};
    }
    void open() {
        const std::scoped_lock lock{mutex_};
        open_ = true;
        changed_.notify_all();
    }
    void wait_inside(int count) {
        std::unique_lock lock{mutex_};
        EXPECT_TRUE(changed_.wait_for(lock, kTime, [&] { return inside_ == count; }));
    }

private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    int inside_ = 0;
    bool open_ = false;
};

class WorkerTest : public JobsTest {
protected:
    WorkerTest() {
        add_kind({.name = "echo", .handler = [](JobContext& context) { return context.args(); }});
        add_kind({.name = "gate", .handler = [this](JobContext& context) { return gate_.pass(context); }});
        add_kind({.name = "one", .concurrency = 1, .handler = [this](JobContext& context) {
                      return gate_.pass(context);
                  }});
        add_kind({
            .name = "hasty",
            .timeout = std::chrono::milliseconds{1},
            .max_attempts = 1,
            .handler = [this](JobContext& context) { return gate_.pass(context); },
        });
        add_kind({
            .name = "post",
            .at_most_once = true,
            .handler = [this](JobContext& context) -> Result<std::string> {
                DRYDOCK_TRY_VOID(context.mark_sent());
                return gate_.pass(context);
            },
        });
        add_kind({
            .name = "deploy",
            .at_most_once = true,
            .handler = [this](JobContext& context) -> Result<std::string> {
                DRYDOCK_TRY_VOID(context.mark_sent());
                auto outcome = gate_.pass(context);
                if (!outcome) context.account(R"({"done": 1})", context.args().find("known") != std::string::npos);
                return outcome;
            },
        });
        add_kind({.name = "throw", .max_attempts = 1, .handler = [](JobContext&) -> Result<std::string> {
                      throw std::runtime_error("out of paper");
                  }});
        // It gives its arguments' "gives" in one of three ways of ending.
        add_kind({.name = "give", .at_most_once = true, .handler = [](JobContext& context) -> Result<std::string> {
                      DRYDOCK_TRY_VOID(context.mark_sent());
                      const auto args = boost::json::parse(context.args()).as_object();
                      const auto gives = *from_hex(args.at("gives").as_string());
                      if (args.at("ends") == "succeeded") return gives;
                      context.account(gives, args.at("ends") == "failed");
                      return Error{
                          .code = ErrorCode::unavailable, .message = std::string{"the paper\0 is out\xff", 19}
                      };
                  }});
    }

    static WorkerOptions fast() {
        return {
            .name = "w",
            .threads = 3,
            .poll = std::chrono::milliseconds{20},
            .heartbeat = std::chrono::milliseconds{20},
            .on_trouble = [](std::string_view, const Error&) {},
        };
    }
    Worker& start(WorkerOptions wanted = fast()) {
        worker_.emplace(*store_, *queue_, kinds_, std::move(wanted));
        worker_->start();
        return *worker_;
    }
    Job job(std::string_view id) {
        std::string organization = value(
            admin_, fmt::format("SELECT coalesce(organization_id::text, '') FROM platform.jobs WHERE id = '{}'", id)
        );
        auto found = get_job(*store_, Actor::system(organization), id, test_limits());
        EXPECT_TRUE(found);
        return found.value_or(Job{});
    }

    Gate gate_;
    std::optional<Worker> worker_;
};

TEST_F(WorkerTest, RunsJobsOfAllOrganizationsAndOfNone) {
    start();
    const auto a = enqueue(system('a'), {.kind = "echo", .args = R"({"x": 1})"});
    const auto b = enqueue(system('b'), {.kind = "echo"});
    const auto none = enqueue(Actor::system(), {.kind = "echo"});
    for (const auto& id : {a, b, none}) until_state(id, "succeeded");
    EXPECT_EQ(job(a).result, R"({"x": 1})");
    worker_->stop();
    EXPECT_EQ(worker_->figures().succeeded, 3U);
    EXPECT_EQ(worker_->figures().running, 0);
}

TEST_F(WorkerTest, HearsOfAJobWithoutPolling) {
    auto slow = fast();
    slow.poll = std::chrono::hours{1};
    slow.heartbeat = std::chrono::hours{1};
    start(slow);
    until(
        "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN drydock_jobs'"
    );
    until_state(enqueue(system('a'), {.kind = "echo"}), "succeeded");
}

TEST_F(WorkerTest, TakesATimesThatNobodyTellsOf) {
    start();
    until_state(enqueue(system('a'), {.kind = "echo", .in = std::chrono::milliseconds{30}}), "succeeded");
}

TEST_F(WorkerTest, StopsTheHandlerOfACancelledJob) {
    start();
    const auto id = enqueue(system('a'), {.kind = "gate"});
    gate_.wait_inside(1);
    EXPECT_EQ(cancel(person('a', "member"), id).value(), JobState::running);
    until_state(id, "cancelled");
    EXPECT_EQ(outcomes(id), "cancelled");
}

TEST_F(WorkerTest, EndsAJobAtItsTimeLimit) {
    start();
    const auto id = enqueue(system('a'), {.kind = "hasty"});
    until_state(id, "failed");
    EXPECT_EQ(job(id).error_code, "deadline_exceeded");
}

TEST_F(WorkerTest, SurvivesItsHandlers) {
    start();
    const auto thrown = enqueue(system('a'), {.kind = "throw"});
    until_state(thrown, "failed");
    EXPECT_THAT(job(thrown).error_message, ::testing::Not(HasSubstr("out of paper"))) << "that is for the log";
    until_state(enqueue(system('a'), {.kind = "echo"}), "succeeded");
}

TEST_F(WorkerTest, TellsHowAJobEndedWhateverItGave) {
    std::mutex mutex;
    std::vector<std::string> refused;
    auto watched = fast();
    watched.on_trouble = [&](std::string_view what, const Error&) {
        const std::scoped_lock lock{mutex};
        if (what.starts_with("writing the end")) refused.emplace_back(what);
    };
    start(watched);
    const std::vector<std::string> gifts{
        R"({"password": "geheim"})",
        R"({"url": "redis://:geheim@host"})",
        R"({"x": "\u0000"})",
        "not JSON",
        {"{\"x\": \"\0\"}", 10},
    };
    for (const std::string ends : {"succeeded", "failed", "unknown"}) {
        for (const auto& gives : gifts) {
            const auto args = boost::json::serialize(boost::json::object{{"ends", ends}, {"gives", hex(gives)}});
            const auto id = enqueue(system('a'), {.kind = "give", .args = args});
            until_state(id, ends);
            const auto ended = job(id);
            EXPECT_THAT(ended.result, HasSubstr("remark")) << gives;
            EXPECT_THAT(ended.result, ::testing::Not(HasSubstr("geheim")));
            EXPECT_EQ(ended.error_code, ends == "succeeded" ? "" : "unavailable");
            EXPECT_THAT(ended.error_message, HasSubstr(ends == "succeeded" ? "" : "the paper? is out?"));
            EXPECT_EQ(outcomes(id), ends);
        }
    }
    worker_->stop();
    EXPECT_EQ(worker_->figures().failed, 5U);
    EXPECT_THAT(refused, SizeIs(9)) << "what looks like a secret is not tried: the database logs the row it refuses";
}

TEST_F(WorkerTest, RunsNoMoreOfAKindThanItMay) {
    start();
    const auto first = enqueue(system('a'), {.kind = "one"});
    gate_.wait_inside(1);
    const auto second = enqueue(system('a'), {.kind = "one", .priority = 10});
    const auto other = enqueue(system('a'), {.kind = "echo"});
    until_state(other, "succeeded");
    EXPECT_EQ(state(second), "queued");
    gate_.open();
    until_state(first, "succeeded");
    until_state(second, "succeeded");
}

TEST_F(WorkerTest, RenewsLeasesWhileAHandlerWorks) {
    auto brief = options();
    brief.lease = std::chrono::milliseconds{3'000};
    queue_.emplace(*store_, kinds_, brief);
    start();
    const auto id = enqueue(system('a'), {.kind = "gate"});
    gate_.wait_inside(1);
    const auto lease = value(admin_, "SELECT lease_until FROM platform.jobs");
    until(fmt::format("SELECT lease_until > '{}' FROM platform.jobs", lease));
    gate_.open();
    until_state(id, "succeeded");
    EXPECT_EQ(outcomes(id), "succeeded") << "nobody else had it";
}

TEST_F(WorkerTest, StopsTheHandlerOfAJobThatIsTakenAway) {
    auto one = fast();
    one.threads = 1;
    start(one);
    const auto id = enqueue(system('a'), {.kind = "post"});
    gate_.wait_inside(1);
    run(admin_, "UPDATE platform.jobs SET fence = fence + 1, locked_by = 'another'");
    until_state(enqueue(system('a'), {.kind = "echo"}), "succeeded");  // its only thread is free again
    EXPECT_EQ(state(id), "running") << "it wrote nothing";
    EXPECT_EQ(worker_->figures().lost, 1U);
}

TEST_F(WorkerTest, HandsBackWhatRunsWhenItIsStoppedHard) {
    start();
    const auto sum = enqueue(system('a'), {.kind = "gate"});
    const auto mail = enqueue(system('a'), {.kind = "post"});
    gate_.wait_inside(2);
    worker_->stop();
    EXPECT_EQ(state(sum), "queued");
    EXPECT_EQ(outcomes(sum), "handed_back");
    EXPECT_EQ(state(mail), "unknown") << "it was sent";
}

TEST_F(WorkerTest, KeepsWhatAHandlerKnowsOfAnEndThatIsNoSuccess) {
    start();
    const auto known = enqueue(system('a'), {.kind = "deploy", .args = R"({"known": true})"});
    const auto open = enqueue(system('a'), {.kind = "deploy"});
    gate_.wait_inside(2);
    for (const auto& id : {known, open}) EXPECT_EQ(cancel(person('a', "member"), id).value(), JobState::running);
    until_state(known, "cancelled");
    until_state(open, "unknown");
    for (const auto& id : {known, open}) EXPECT_EQ(job(id).result, R"({"done": 1})");
    const auto resolved = store_->run(person('a', "member"), test_limits(), [&](Transaction& transaction) {
        return queue_->resolve(transaction, open, true, "it is there");
    });
    EXPECT_TRUE(resolved);
    EXPECT_EQ(job(open).result, R"({"done": 1})") << "what was known stays";

    const auto stopped = enqueue(system('a'), {.kind = "deploy", .args = R"({"known": true})"});
    gate_.wait_inside(1);
    worker_->stop();
    EXPECT_EQ(state(stopped), "failed") << "it can't be begun again, and nothing about it is open";
    EXPECT_EQ(job(stopped).result, R"({"done": 1})");
}

TEST_F(WorkerTest, EndsGracefullyWithWhatRunsAndBeginsNothingNew) {
    start();
    const auto running = enqueue(system('a'), {.kind = "gate"});
    gate_.wait_inside(1);
    worker_->stop_claiming();
    const auto waiting = enqueue(system('a'), {.kind = "echo"});
    EXPECT_EQ(worker_->drain(Limits::within(std::chrono::milliseconds{1})).error().code, ErrorCode::deadline_exceeded);
    gate_.open();
    ASSERT_TRUE(worker_->drain(test_limits()));
    worker_->stop();
    EXPECT_EQ(state(running), "succeeded");
    EXPECT_EQ(state(waiting), "queued");
}

TEST_F(WorkerTest, ShowsProgress) {
    std::atomic<bool> seen{false};
    add_kind({
        .name = "copy",
        .handler = [&](JobContext& context) -> Result<std::string> {
            context.progress().report({.subject = "orders", .text = "half", .done = 5, .total = 10});
            while (!seen.load()) DRYDOCK_TRY_VOID(pause(std::chrono::milliseconds{1}, context.limits()));
            return std::string{};
        },
    });
    const auto start_of = control::newest_cursor(*store_, system('a'), test_limits()).value();
    start();
    const auto id = enqueue(system('a'), {.kind = "copy"});
    until("SELECT progress ->> 'text' = 'half' AND (progress ->> 'done')::int = 5 FROM platform.jobs");
    seen = true;
    until_state(id, "succeeded");
    const auto events = control::events_after(*store_, system('a'), start_of, 10, test_limits()).value();
    std::vector<std::string> kinds;
    for (const auto& event : events) kinds.push_back(event.kind);
    EXPECT_THAT(kinds, ::testing::Contains("progress"));
}

TEST_F(WorkerTest, TiesATransactionOfItsHandlerToTheLease) {
    std::atomic<bool> go{false};
    std::atomic<int> refused{0};
    add_kind({
        .name = "write",
        .handler = [&](JobContext& context) -> Result<std::string> {
            while (!go.load()) std::this_thread::yield();
            const auto done = store_->run(context.actor(), test_limits(), [&](Transaction& transaction) -> Result<> {
                DRYDOCK_TRY_VOID(context.hold(transaction));
                return control::publish(transaction, {.topic = "test", .kind = "written"});
            });
            if (!done && done.error().code == ErrorCode::conflict) ++refused;
            if (!done) return done.error();
            return std::string{};
        },
    });
    auto one = fast();
    one.threads = 1;
    start(one);
    enqueue(system('a'), {.kind = "write"});
    until("SELECT count(*) = 1 FROM platform.jobs WHERE state = 'running'");
    run(admin_, "UPDATE platform.jobs SET fence = fence + 1, locked_by = 'another'");
    go = true;
    until_state(enqueue(system('a'), {.kind = "echo"}), "succeeded");
    EXPECT_EQ(refused.load(), 1);
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.events WHERE topic = 'test'"), "0");
}

TEST_F(WorkerTest, TellsThatItIsThere) {
    start();
    const auto names = [&](std::string_view state) {
        return value(
            admin_, fmt::format("SELECT count(*) FROM platform.replicas WHERE name = 'w' AND state = '{}'", state)
        );
    };
    EXPECT_EQ(names("serving"), "1");
    const auto before = value(admin_, "SELECT seen_at FROM platform.replicas");
    until(fmt::format("SELECT seen_at > '{}' FROM platform.replicas", before));
    worker_->stop();
    EXPECT_EQ(names("stopped"), "1");
    run(admin_, "UPDATE platform.replicas SET state = 'serving', seen_at = now() - interval '1 minute'");
    const auto listed = list_replicas(*store_, std::chrono::seconds{30}, test_limits());
    ASSERT_THAT(*listed, SizeIs(1));
    EXPECT_EQ(listed->front().state, "silent");
    run(admin_, "UPDATE platform.replicas SET seen_at = now() - interval '2 days'");
    ASSERT_TRUE(clean_up_replicas(*store_, test_limits()));
    EXPECT_THAT(list_replicas(*store_, std::chrono::seconds{30}, test_limits()).value(), IsEmpty());
}

TEST_F(WorkerTest, CleansUpByItself) {
    ASSERT_TRUE(add_housekeeping(kinds_, *store_, std::chrono::days{30}));
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(ensure_housekeeping(*store_, kinds_, test_limits()));
    const auto schedules = list_schedules(*store_, Actor::system(), test_limits());
    ASSERT_THAT(*schedules, SizeIs(1));
    enqueue(system('a'), {.kind = "sum"});
    ASSERT_TRUE(queue_->succeed(claim(), {}, test_limits()));
    run(admin_, "UPDATE platform.jobs SET finished_at = now() - interval '31 days'");
    start();
    const auto id = store_->run(Actor::system(), test_limits(), [&](Transaction& transaction) {
        return run_now(transaction, *queue_, schedules->front().id);
    });
    until_state(id->id, "succeeded");
    EXPECT_EQ(job(id->id).result, R"({"jobs": 1})");
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.jobs"), "1");
}

// Its connections break, all of them, at every message of a short job's life: it comes to its end all the same.
TEST_F(WorkerTest, LosesNoJobWhereverItsConnectionBreaks) {
    auto where = testing::server().tcp_conninfo();
    where.set("dbname", database_.conninfo().get("dbname")).set("sslmode", "disable").set("gssencmode", "disable");
    testing::MessageProxy proxy{static_cast<std::uint16_t>(std::stoi(where.get("port")))};
    where.set("port", std::to_string(proxy.port()));
    Store store{control::StoreOptions{.where = where, .role = "drydock_api", .connections = 8}};
    auto quick = options();
    quick.lease = std::chrono::milliseconds{300};
    quick.first_pause = std::chrono::milliseconds{1};
    const Queue queue{store, kinds_, quick};
    Worker worker{store, queue, kinds_, fast()};
    worker.start();
    std::vector<std::string> ids;
    for (std::size_t n = 1; n <= 40; n += 3) {
        ids.push_back(enqueue(system('a'), {.kind = "echo"}));
        proxy.break_at(n);
        until_state(ids.back(), "succeeded");
        proxy.break_at(0);
    }
    EXPECT_EQ(
        value(admin_, "SELECT count(*) FROM platform.jobs WHERE state = 'succeeded'"), std::to_string(ids.size())
    );
}

}  // namespace
}  // namespace drydock::jobs
