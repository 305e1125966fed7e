// Whole servers under load, killed and paused: no job is lost, none that may be done once is done twice.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "jobs/jobs_pgtest.h"
#include "jobs/scheduler.h"
#include "jobs/schedules.h"
#include "jobs/worker.h"

extern char** environ;

namespace drydock::jobs {
namespace {

constexpr const char* kControl = "DRYDOCK_TEST_CONTROL";
constexpr const char* kEffects = "DRYDOCK_TEST_EFFECTS";
constexpr std::chrono::milliseconds kLease{1'000};

// What a handler does, in another database than the one that keeps the jobs.
class Effects {
public:
    explicit Effects(const pg::Conninfo& where) : where_(where) {}

    Result<> add(std::string_view what, const Job& job) {
        constexpr pg::Query kAdd{
            "add",
            "INSERT INTO effects (what, kind, job_id, fence, pid) VALUES ($1, $2, $3::uuid, $4::bigint, $5::integer)"
        };
        const auto fence = std::to_string(job.fence);
        const auto pid = std::to_string(::getpid());
        DRYDOCK_TRY(auto connection, pg::Connection::open(where_, test_limits()));
        DRYDOCK_TRY_VOID(
            connection.query(kAdd, std::array<pg::Param, 5>{what, job.kind, job.id, fence, pid}, test_limits())
        );
        return {};
    }
    Result<> wait_for_gate(std::string_view name, const Limits& limits) {
        constexpr pg::Query kOpen{"open", "SELECT EXISTS (SELECT FROM gates WHERE name = $1)"};
        DRYDOCK_TRY(auto connection, pg::Connection::open(where_, limits));
        for (;;) {
            DRYDOCK_TRY(const auto rows, connection.query(kOpen, std::array<pg::Param, 1>{name}, limits));
            if (rows.boolean(0, 0)) return {};
            DRYDOCK_TRY_VOID(pause(std::chrono::milliseconds{5}, limits));
        }
    }

private:
    pg::Conninfo where_;
};

void add_chaos_kinds(Kinds& kinds, const Queue* queue, Effects* effects) {
    const auto work = [](JobContext& context) { return pause(std::chrono::milliseconds{15}, context.limits()); };
    const auto add = [&](Kind kind) { ASSERT_TRUE(kinds.add(std::move(kind))); };
    add({.name = "again", .max_attempts = 1000, .handler = [=](JobContext& context) -> Result<std::string> {
             DRYDOCK_TRY_VOID(work(context));
             DRYDOCK_TRY_VOID(effects->add("done", context.job()));
             return std::string{"{}"};
         }});
    add({.name = "once", .at_most_once = true, .handler = [=](JobContext& context) -> Result<std::string> {
             DRYDOCK_TRY_VOID(work(context));
             DRYDOCK_TRY_VOID(context.mark_sent());
             DRYDOCK_TRY_VOID(effects->add("done", context.job()));
             DRYDOCK_TRY_VOID(work(context));
             return std::string{"{}"};
         }});
    // Stands still before it sends. Whatever it was told meanwhile, it then tries to, as a server does that was paused
    // just before.
    add({.name = "before", .at_most_once = true, .handler = [=](JobContext& context) -> Result<std::string> {
             DRYDOCK_TRY_VOID(effects->add("began", context.job()));
             DRYDOCK_TRY_VOID(effects->wait_for_gate(fmt::format("before {}", ::getpid()), test_limits()));
             const auto marked = queue->mark_sent(context.job().ticket(), test_limits());
             if (!marked) {
                 DRYDOCK_TRY_VOID(effects->add(traits(marked.error().code).name, context.job()));
                 return marked.error();
             }
             DRYDOCK_TRY_VOID(effects->add("done", context.job()));
             return std::string{"{}"};
         }});
    // Stands still after it has sent.
    add({.name = "after", .at_most_once = true, .handler = [=](JobContext& context) -> Result<std::string> {
             DRYDOCK_TRY_VOID(context.mark_sent());
             DRYDOCK_TRY_VOID(effects->add("done", context.job()));
             DRYDOCK_TRY_VOID(effects->wait_for_gate("after", context.limits()));
             return std::string{"{}"};
         }});
}

// A server, in a process of its own: this same program, started by the test below.
TEST(ChaosServer, DISABLED_runs_until_it_is_told_to_end) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t ending;
    ::sigemptyset(&ending);
    ::sigaddset(&ending, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);

    const auto control = pg::Conninfo::parse(std::getenv(kControl));
    Effects effects{pg::Conninfo::parse(std::getenv(kEffects)).value()};
    Store store{control::StoreOptions{.where = *control, .role = "drydock_api", .connections = 6}};
    Kinds kinds;
    const Queue queue{store, kinds, {.lease = kLease, .most_losses = 1000}};
    add_chaos_kinds(kinds, &queue, &effects);
    Worker worker{store, queue, kinds, {.threads = 3, .poll = std::chrono::milliseconds{50}}};
    Scheduler scheduler{store, queue, {.poll = std::chrono::milliseconds{20}, .lease = kLease}};
    worker.start();
    scheduler.start();
    int signal = 0;
    ::sigwait(&ending, &signal);
    scheduler.stop();
    worker.stop_claiming();
    EXPECT_TRUE(worker.drain(test_limits()));
}

class Server {
public:
    Server(const pg::Conninfo& control, const pg::Conninfo& effects) {
        const std::vector<std::string> words{
            "/proc/self/exe", "--gtest_also_run_disabled_tests", "--gtest_filter=ChaosServer.*", "--gtest_brief=1"
        };
        std::vector<char*> argv;
        for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
        argv.push_back(nullptr);
        ::setenv(kControl, control.url().c_str(), 1);
        ::setenv(kEffects, effects.url().c_str(), 1);
        posix_spawn_file_actions_t files;
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        EXPECT_EQ(::posix_spawn(&pid_, "/proc/self/exe", &files, nullptr, argv.data(), environ), 0);
        ::posix_spawn_file_actions_destroy(&files);
    }
    ~Server() { kill(); }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    pid_t pid() const { return pid_; }
    void signal(int number) const { ASSERT_EQ(::kill(pid_, number), 0); }
    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }
    // Lets it finish what it runs; its exit code.
    int end() {
        ::kill(pid_, SIGTERM);
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t pid_ = 0;
};

class Chaos : public JobsTest {
protected:
    Chaos() : effects_(effects_database_.connect()) {
        run(effects_, R"(
            CREATE TABLE effects (id bigint GENERATED ALWAYS AS IDENTITY, what text, kind text, job_id uuid, fence bigint, pid integer);
            CREATE TABLE gates (name text);)");
        add_chaos_kinds(kinds_, nullptr, nullptr);
    }

    void start_server() {
        // What a paused server had locked is free when its lease is over.
        auto where = database_.conninfo();
        where.set("options", fmt::format("-c idle_in_transaction_session_timeout={}", kLease.count()));
        servers_.push_back(std::make_unique<Server>(where, effects_database_.conninfo()));
    }
    void kill_one() {
        servers_.front()->kill();
        servers_.erase(servers_.begin());
    }
    std::unique_ptr<Server>& server(const std::string& pid) {
        return *std::ranges::find_if(servers_, [&](const auto& one) { return std::to_string(one->pid()) == pid; });
    }
    void until_effect(std::string_view condition) {
        const auto limits = test_limits();
        while (effect(fmt::format("SELECT EXISTS (SELECT FROM effects WHERE {})", condition)) != "t") {
            ASSERT_TRUE(pause(std::chrono::milliseconds{3}, limits)) << "never happened: " << condition;
        }
    }
    std::string effect(std::string_view sql) { return value(effects_, sql); }
    void load(int jobs) {
        for (int i = 0; i < jobs; ++i) {
            const auto actor = i % 5 == 0 ? Actor::system() : system(i % 2 == 0 ? 'a' : 'b');
            enqueue(actor, {.kind = i % 3 == 0 ? "again" : "once"});
        }
    }
    std::string all_ids(std::string_view sql) {
        return value(admin_, fmt::format("SELECT string_agg(id::text, ',') FROM ({}) AS j", sql));
    }
    void until_done(int jobs) {
        until(fmt::format("SELECT count(*) >= {} FROM platform.jobs WHERE finished_at IS NOT NULL", jobs));
    }

    testing::Database effects_database_;
    pg::Connection effects_;
    std::vector<std::unique_ptr<Server>> servers_;
};

TEST_F(Chaos, LosesNoJobAndDoesNoneTwiceWhenServersAreKilled) {
    constexpr int kJobs = 220;
    constexpr int kKills = 6;
    const auto schedule = store_->run(system('a'), test_limits(), [&](Transaction& transaction) {
        return create_schedule(transaction, kinds_, {.name = "x", .kind = "again", .cron = "@yearly"});
    });
    ASSERT_TRUE(schedule);
    load(kJobs);
    for (int i = 0; i < 3; ++i) start_server();
    for (int kill = 0; kill < kKills; ++kill) {
        // Another time that it is due at: whoever leads then must see to it.
        run(admin_,
            fmt::format(
                "UPDATE platform.job_schedules SET next_run_at = timestamptz '2020-01-01 00:00Z' + interval '{} min'",
                kill
            ));
        until_done((kill + 1) * 25);
        until("SELECT count(*) >= 2 FROM platform.jobs WHERE state = 'running'");
        kill_one();
        start_server();
        until("SELECT next_run_at > now() FROM platform.job_schedules");
    }
    until("SELECT count(*) = 0 FROM platform.jobs WHERE finished_at IS NULL");
    for (const auto& server : servers_) EXPECT_EQ(server->end(), 0);

    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.jobs"), std::to_string(kJobs + kKills));
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.jobs WHERE kind = 'again' AND state <> 'succeeded'"), "0");
    EXPECT_EQ(
        value(
            admin_, "SELECT count(*) FROM platform.jobs WHERE kind = 'once' AND state NOT IN ('succeeded', 'unknown')"
        ),
        "0"
    );
    EXPECT_NE(value(admin_, "SELECT sum(losses) FROM platform.jobs"), "0") << "the kills have hit nothing";
    EXPECT_EQ(
        value(admin_, "SELECT count(*) || ' ' || count(DISTINCT due_at) FROM platform.jobs WHERE due_at IS NOT NULL"),
        fmt::format("{0} {0}", kKills)
    );
    EXPECT_EQ(
        effect("SELECT count(*) FROM (SELECT job_id FROM effects WHERE kind = 'once' GROUP BY job_id HAVING count(*) > "
               "1) AS twice"),
        "0"
    );
    // What counts as done has been done.
    const auto done = all_ids("SELECT id FROM platform.jobs WHERE state = 'succeeded'");
    EXPECT_EQ(
        effect(fmt::format(
            "SELECT count(*) FROM unnest('{{{}}}'::uuid[]) AS j (id) WHERE NOT EXISTS (SELECT FROM effects WHERE "
            "job_id = j.id)",
            done
        )),
        "0"
    );
}

TEST_F(Chaos, NeverBeginsAgainWhatAKilledServerHadSent) {
    const auto id = enqueue(system('a'), {.kind = "after"});
    start_server();
    until_effect("what = 'done' AND kind = 'after'");
    start_server();
    kill_one();
    until_state(id, "unknown");
    load(6);
    until("SELECT count(*) = 0 FROM platform.jobs WHERE finished_at IS NULL");
    EXPECT_EQ(effect("SELECT count(*) FROM effects WHERE kind = 'after'"), "1");
    EXPECT_EQ(outcomes(id), "lost");
}

TEST_F(Chaos, RefusesAServerThatWakesAfterItsLease) {
    const auto id = enqueue(system('a'), {.kind = "before"});
    start_server();
    until_effect("what = 'began'");
    const auto paused = effect("SELECT pid FROM effects WHERE what = 'began'");
    server(paused)->signal(SIGSTOP);
    load(30);
    start_server();
    // Another one has taken it over, and stands where the paused one stands. Now that one goes on.
    until_effect(fmt::format("what = 'began' AND pid <> {}", paused));
    const auto open_gate = [&](std::string_view pid) {
        run(effects_, fmt::format("INSERT INTO gates VALUES ('before {}')", pid));
    };
    open_gate(paused);
    server(paused)->signal(SIGCONT);
    until_effect(fmt::format("what = 'conflict' AND pid = {}", paused));
    EXPECT_EQ(state(id), "running") << "of the other one";
    open_gate(std::to_string(servers_.back()->pid()));
    until_state(id, "succeeded");
    until("SELECT count(*) = 0 FROM platform.jobs WHERE finished_at IS NULL");
    EXPECT_EQ(effect("SELECT count(*) FROM effects WHERE kind = 'before' AND what = 'done'"), "1");
    EXPECT_EQ(
        effect(fmt::format("SELECT count(*) FROM effects WHERE kind = 'before' AND what = 'done' AND pid = {}", paused)
        ),
        "0"
    );
    EXPECT_EQ(outcomes(id), "lost succeeded");
    // It is as good as any other again.
    servers_.back()->kill();
    servers_.pop_back();
    until_state(enqueue(system('b'), {.kind = "again"}), "succeeded");
    EXPECT_EQ(servers_.front()->end(), 0);
}

}  // namespace
}  // namespace drydock::jobs
