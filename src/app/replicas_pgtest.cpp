// Three whole servers on one control plane, under load, killed and paused.
#include "app/replicas_pgtest.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "app/server.h"
#include "app/server_pgtest.h"
#include "base/log.h"
#include "base/wait.h"
#include "config/config.h"
#include "jobs/context.h"

namespace drydock::app {
namespace {

constexpr const char* kEffects = "DRYDOCK_TEST_EFFECTS";
constexpr std::chrono::milliseconds kLease{2'000};
constexpr std::string_view kEmail = "ada@example.org";
constexpr std::string_view kSecondOrganization = "bbbbbbbb-0000-4000-8000-000000000000";

Limits test_limits() {
    return Limits::within(kTime);
}

// What the jobs do, in another database than the one that keeps them.
class Effects {
public:
    explicit Effects(const pg::Conninfo& where) : where_(where) {}

    Result<> add(std::string_view what, const jobs::Job& job) const {
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
    Result<> wait_for_gate(std::string_view name) const {
        constexpr pg::Query kOpen{"open", "SELECT EXISTS (SELECT FROM gates WHERE name = $1)"};
        const auto limits = test_limits();
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

std::vector<jobs::Kind> kinds_of_the_test(const Effects& effects) {
    const auto work = [](jobs::JobContext& context) { return pause(std::chrono::milliseconds{20}, context.limits()); };
    std::vector<jobs::Kind> kinds;
    kinds.push_back(
        {.name = "again",
         .max_attempts = 1000,
         .handler = [=](jobs::JobContext& context) -> Result<std::string> {
             DRYDOCK_TRY_VOID(work(context));
             DRYDOCK_TRY_VOID(effects.add("done", context.job()));
             return std::string{"{}"};
         }}
    );
    kinds.push_back(
        {.name = "once",
         .at_most_once = true,
         .handler = [=](jobs::JobContext& context) -> Result<std::string> {
             DRYDOCK_TRY_VOID(work(context));
             DRYDOCK_TRY_VOID(context.mark_sent());
             DRYDOCK_TRY_VOID(effects.add("done", context.job()));
             DRYDOCK_TRY_VOID(work(context));
             return std::string{"{}"};
         }}
    );
    // Stands still before it sends, and then tries to whatever it was told meanwhile: as a server does that was paused
    // just before.
    kinds.push_back(
        {.name = "gated",
         .at_most_once = true,
         .handler = [=](jobs::JobContext& context) -> Result<std::string> {
             DRYDOCK_TRY_VOID(effects.add("began", context.job()));
             DRYDOCK_TRY_VOID(effects.wait_for_gate(std::to_string(::getpid())));
             if (const auto marked = context.mark_sent(); !marked) {
                 DRYDOCK_TRY_VOID(effects.add("refused", context.job()));
                 return marked.error();
             }
             DRYDOCK_TRY_VOID(effects.add("done", context.job()));
             return std::string{"{}"};
         }}
    );
    return kinds;
}

// A server as `drydock serve` makes it from its environment, in a process of its own: started by the test below.
TEST(ReplicaServer, DISABLED_serves_until_it_is_told_to_end) {
    sigset_t ending;
    ::sigemptyset(&ending);
    ::sigaddset(&ending, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);

    const auto settings = config::Settings::load({}).value();
    ASSERT_TRUE(log::configure({.file = settings.text("log.file")}));
    const auto where = pg::Conninfo::parse(settings.text("database_url")).value();
    auto options = serve_options(settings, ControlPlaneOptions{.where = where}, "0.0-test").value();
    options.check_answers = true;
    options.lease = kLease;
    options.more_kinds = kinds_of_the_test(Effects{pg::Conninfo::parse(std::getenv(kEffects)).value()});
    const auto server = start_server(std::move(options));
    const auto& token = server->setup_token();
    fmt::print(
        stderr,
        "{{\"port\": {}, \"pid\": {}, \"setup_token\": \"{}\"}}\n",
        port_of(*server),
        ::getpid(),
        token ? token->reveal() : ""
    );
    int signal = 0;
    ::sigwait(&ending, &signal);
    server->stop();
}

class Replicas : public ::testing::Test {
protected:
    Replicas() : admin_(database_.connect()), effects_(effects_database_.connect()) {
        EXPECT_TRUE(write_file(folder_.path() / "master.key", fmt::format("{}\n", kMasterKey)));
        ::chmod((folder_.path() / "master.key").c_str(), 0600);
        run(effects_, R"(
            CREATE TABLE effects (id bigint GENERATED ALWAYS AS IDENTITY, what text, kind text, job_id uuid, fence bigint, pid integer);
            CREATE TABLE gates (name text);)");
    }
    ~Replicas() override { stop_clients(); }

    std::shared_ptr<Replica> start() {
        // What a paused server had locked is free when its lease is over.
        auto where = database_.conninfo();
        where.set("options", fmt::format("-c idle_in_transaction_session_timeout={}", kLease.count()));
        return std::make_shared<Replica>(
            std::vector<std::string>{
                "DATABASE_URL=" + where.url(),
                fmt::format("{}={}", kEffects, effects_database_.conninfo().url()),
                "DRYDOCK_KEK_FILE=" + (folder_.path() / "master.key").string(),
                "DRYDOCK_LOG_FILE=" + (folder_.path() / fmt::format("log.{}", ++started_)).string(),
                "DRYDOCK_SERVE_PORT=0",
                "DRYDOCK_SERVE_WORKERS=4",
            },
            folder_.path()
        );
    }
    void put(std::size_t place, std::shared_ptr<Replica> replica) {
        const std::lock_guard lock{mutex_};
        replicas_[place] = std::move(replica);
    }
    std::shared_ptr<Replica> replica(std::size_t place) const {
        const std::lock_guard lock{mutex_};
        return replicas_[place];
    }

    // Kills it in the middle of whatever it does, and starts another in its place.
    void kill_and_start(std::size_t place) {
        replica(place)->kill();
        auto next = start();
        ASSERT_NO_FATAL_FAILURE(next->wait_until_it_serves());
        put(place, std::move(next));
    }

    // From whichever server answers, as a client does that knows all of them.
    Answer ask(const Ask& request) {
        const auto limits = test_limits();
        for (;;) {
            const auto place = next_++ % replicas_.size();
            if (auto answer = try_port(replica(place)->port(), request)) {
                if (answer->status >= 500) note(fmt::format("{} {}: {}", request.target, answer->status, answer->body));
                return *std::move(answer);
            }
            if (!pause(std::chrono::milliseconds{2}, limits)) {
                ADD_FAILURE() << "no server answers " << request.target;
                return {};
            }
        }
    }
    Ask call(http::Method method, std::string target, std::optional<json::value> body = {}, bool second = false) const {
        Ask request{.method = method, .target = std::move(target), .token = token_, .body = std::move(body)};
        if (second) request.headers.emplace_back("X-Drydock-Organization", kSecondOrganization);
        return request;
    }
    void note(std::string trouble) {
        const std::lock_guard lock{mutex_};
        troubles_.push_back(std::move(trouble));
    }

    void found();
    void start_clients(int count);
    void stop_clients();
    void client(const std::stop_token& stop, int number);
    void follow(const std::string& id, bool second, const std::stop_token& stop);
    std::string enqueue(std::string_view kind, bool second = false);

    std::size_t leader();
    void until(std::string_view sql) {
        const auto limits = test_limits();
        while (value(admin_, sql) != "t") ASSERT_TRUE(pause(std::chrono::milliseconds{5}, limits)) << sql;
    }
    void until_effect(std::string_view condition) {
        const auto limits = test_limits();
        while (effect(fmt::format("SELECT EXISTS (SELECT FROM effects WHERE {})", condition)) != "t")
            ASSERT_TRUE(pause(std::chrono::milliseconds{5}, limits)) << "never happened: " << condition;
    }
    std::string effect(std::string_view sql) { return value(effects_, sql); }
    void until_more_are_done(int more) {
        const auto done = std::stoi(value(admin_, "SELECT count(*) FROM platform.jobs WHERE finished_at IS NOT NULL"));
        until(fmt::format("SELECT count(*) >= {} FROM platform.jobs WHERE finished_at IS NOT NULL", done + more));
    }
    // Another time that the schedule is due at.
    void make_due(int minute) {
        run(admin_,
            fmt::format(
                "UPDATE platform.job_schedules SET next_run_at = timestamptz '2020-01-01 00:00Z' + interval '{} min' "
                "WHERE name = 'ticks'",
                minute
            ));
    }
    void until_fired() { until("SELECT next_run_at > now() FROM platform.job_schedules WHERE name = 'ticks'"); }

    void pause_one_that_is_about_to_send();
    void expect_all_done_as_promised();
    void expect_trails_whole();
    void expect_log_out_holds_everywhere();

    testing::TempFolder folder_;
    testing::Database database_;
    testing::Database effects_database_;
    pg::Connection admin_;
    pg::Connection effects_;
    int started_ = 0;
    mutable std::mutex mutex_;
    std::array<std::shared_ptr<Replica>, 3> replicas_;
    std::atomic<std::size_t> next_{0};
    std::vector<std::jthread> clients_;
    std::vector<std::string> troubles_;
    std::set<std::string> promised_;  // jobs that a client was told of
    std::string token_;
    std::string refresh_token_;
};

// The first owner, who belongs to two organizations.
void Replicas::found() {
    const auto answer = ask(
        {.method = http::Method::post,
         .target = "/api/v2/setup",
         .body =
             json::object{{"token", replica(0)->setup_token()}, {"email", kEmail}, {"password", std::string{kPassword}}}
        }
    );
    ASSERT_EQ(answer.status, 201U) << answer.body;
    token_ = answer.text("access_token");
    refresh_token_ = answer.text("refresh_token");
    run(admin_,
        fmt::format(
            "INSERT INTO platform.organizations (id, slug, name) VALUES ('{0}', 'second', 'Second');"
            "INSERT INTO platform.user_roles (organization_id, user_id, role) SELECT '{0}', id, 'owner' "
            "FROM platform.users WHERE email = '{1}'",
            kSecondOrganization,
            kEmail
        ));
    const auto made = ask(call(
        http::Method::post, "/api/v2/schedules", json::object{{"name", "ticks"}, {"kind", "again"}, {"cron", "@yearly"}}
    ));
    ASSERT_EQ(made.status, 201U) << made.body;
}

std::string Replicas::enqueue(std::string_view kind, bool second) {
    const auto answer = ask(call(http::Method::post, "/api/v2/jobs", json::object{{"kind", kind}}, second));
    if (answer.status != 202) {
        note(fmt::format("a job is not taken: {} {}", answer.status, answer.body));
        return {};
    }
    auto id = answer.text("id");
    const std::lock_guard lock{mutex_};
    promised_.insert(id);
    return id;
}

// Has something done, sees to it that it is done, and begins anew.
void Replicas::client(const std::stop_token& stop, int number) {
    constexpr std::array kKinds{"once", "again", "once", "audit.verify", "once", "databases.test"};
    for (std::size_t n = 0; !stop.stop_requested(); ++n) {
        const bool second = (n + static_cast<std::size_t>(number)) % 2 == 0;
        const auto id = enqueue(kKinds[(n + static_cast<std::size_t>(number)) % kKinds.size()], second);
        if (!id.empty()) follow(id, second, stop);
        const auto me = ask(call(http::Method::get, "/api/v2/me"));
        if (me.status != 200) note(fmt::format("a session does not hold: {} {}", me.status, me.body));
    }
}

void Replicas::follow(const std::string& id, bool second, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const auto answer = ask(call(http::Method::get, "/api/v2/jobs/" + id, {}, second));
        if (answer.status != 200) return note(fmt::format("a job is gone: {} {}", answer.status, answer.body));
        const auto state = answer.text("state");
        if (state != "queued" && state != "running") return;
        if (!pause(std::chrono::milliseconds{10}, {.stop = stop})) return;
    }
}

void Replicas::start_clients(int count) {
    for (int i = 0; i < count; ++i) clients_.emplace_back([this, i](const std::stop_token& stop) { client(stop, i); });
}

void Replicas::stop_clients() {
    for (auto& one : clients_) one.request_stop();
    clients_.clear();
}

// Where the server is that makes the jobs of schedules; as soon as there is one.
std::size_t Replicas::leader() {
    const auto limits = test_limits();
    for (std::size_t place = 0;; place = (place + 1) % replicas_.size()) {
        const auto answer = try_port(replica(place)->port(), {.target = "/metrics"});
        if (answer && answer->body.find("\ndrydock_jobs_leader 1") != std::string::npos) return place;
        if (!pause(std::chrono::milliseconds{5}, limits)) {
            ADD_FAILURE() << "no server leads";
            return 0;
        }
    }
}

// One is paused just before it sends, and another killed meanwhile. When it wakes, its job is somebody else's.
void Replicas::pause_one_that_is_about_to_send() {
    const auto id = enqueue("gated");
    until_effect("what = 'began'");
    const auto paused = effect("SELECT pid FROM effects WHERE what = 'began' ORDER BY id LIMIT 1");
    std::size_t place = 0;
    while (std::to_string(replica(place)->pid()) != paused) ASSERT_LT(++place, replicas_.size());
    replica(place)->send(SIGSTOP);
    kill_and_start((place + 1) % replicas_.size());
    until_effect(fmt::format("what = 'began' AND pid <> {}", paused));
    const auto other =
        effect(fmt::format("SELECT pid FROM effects WHERE what = 'began' AND pid <> {} ORDER BY id LIMIT 1", paused));
    until_more_are_done(20);
    const auto open_gate = [&](std::string_view pid) {
        run(effects_, fmt::format("INSERT INTO gates VALUES ('{}')", pid));
    };
    open_gate(paused);
    replica(place)->send(SIGCONT);
    until_effect(fmt::format("what = 'refused' AND pid = {}", paused));
    EXPECT_EQ(value(admin_, fmt::format("SELECT state FROM platform.jobs WHERE id = '{}'", id)), "running")
        << "of the other one";
    open_gate(other);
    until(fmt::format("SELECT state = 'succeeded' FROM platform.jobs WHERE id = '{}'", id));
    EXPECT_EQ(
        effect(
            "SELECT string_agg(what || ' ' || (pid = " + other +
            "), ', ' ORDER BY id) FROM effects WHERE kind = 'gated' AND what <> 'began'"
        ),
        "refused false, done true"
    );
    // It is as good as any other again.
    const auto answer = try_port(replica(place)->port(), call(http::Method::get, "/api/v2/me"));
    EXPECT_TRUE(answer && answer->status == 200);
}

void Replicas::expect_all_done_as_promised() {
    const auto jobs = [&](std::string_view condition) {
        return value(admin_, fmt::format("SELECT count(*) FROM platform.jobs WHERE {}", condition));
    };
    std::string list;
    for (const auto& id : promised_) list += fmt::format("{}'{}'", list.empty() ? "" : ", ", id);
    EXPECT_EQ(jobs(fmt::format("id IN ({})", list)), std::to_string(promised_.size())) << "some are lost";
    EXPECT_EQ(jobs("finished_at IS NULL"), "0");
    EXPECT_EQ(jobs("NOT at_most_once AND state <> 'succeeded'"), "0");
    EXPECT_EQ(jobs("at_most_once AND state NOT IN ('succeeded', 'unknown')"), "0");
    EXPECT_EQ(jobs("state = 'unknown' AND sent_at IS NULL"), "0") << "what has not been sent is known";
    EXPECT_NE(value(admin_, "SELECT sum(losses) FROM platform.jobs"), "0") << "the kills have hit nothing";
    EXPECT_EQ(
        effect("SELECT count(*) FROM (SELECT FROM effects WHERE kind <> 'again' AND what = 'done' GROUP BY job_id "
               "HAVING count(*) > 1) AS twice"),
        "0"
    );
    // What counts as done has been done.
    const auto done = value(
        admin_,
        "SELECT array_agg(id) FROM platform.jobs WHERE state = 'succeeded' AND kind IN ('again', 'once', 'gated')"
    );
    EXPECT_EQ(
        effect(fmt::format(
            "SELECT count(*) FROM unnest('{}'::uuid[]) AS j (id) WHERE NOT EXISTS (SELECT FROM effects WHERE job_id = "
            "j.id AND what = 'done')",
            done
        )),
        "0"
    );
}

void Replicas::expect_trails_whole() {
    for (const bool second : {false, true}) {
        const auto answer = ask(call(http::Method::post, "/api/v2/audit/verify", {}, second));
        EXPECT_EQ(answer.at("whole"), true) << answer.body;
    }
    // Every job that somebody asked for stands in it, once.
    EXPECT_EQ(
        value(
            admin_,
            "SELECT count(*) FROM platform.jobs AS j WHERE j.requested_by IS NOT NULL AND 1 <> (SELECT count(*) "
            "FROM platform.audit_log AS a WHERE a.organization_id = j.organization_id AND a.object_id = j.id::text AND "
            "a.action = 'job.requested')"
        ),
        "0"
    );
}

// A session that another server has opened, and renewed on a third one, ends on all of them with one call.
void Replicas::expect_log_out_holds_everywhere() {
    const auto opened = try_port(
        replica(0)->port(),
        {.method = http::Method::post,
         .target = "/api/v2/sessions",
         .body = json::object{{"email", kEmail}, {"password", std::string{kPassword}}}}
    );
    ASSERT_TRUE(opened && opened->status == 200);
    const std::vector tokens{token_, opened->text("access_token")};
    const auto status = [&](std::size_t place, const std::string& token) {
        const auto answer = try_port(replica(place)->port(), {.target = "/api/v2/me", .token = token});
        return answer ? answer->status : 0U;
    };
    for (std::size_t place = 0; place < replicas_.size(); ++place)
        for (const auto& token : tokens) EXPECT_EQ(status(place, token), 200U) << place;
    ASSERT_EQ(ask(call(http::Method::remove, "/api/v2/sessions")).status, 204U);
    const auto limits = test_limits();
    for (std::size_t place = 0; place < replicas_.size(); ++place) {
        for (const auto& token : tokens) {
            while (status(place, token) != 401) ASSERT_TRUE(pause(std::chrono::milliseconds{20}, limits)) << place;
            for (int i = 0; i < 20; ++i) ASSERT_EQ(status(place, token), 401U) << "it has come back";
        }
    }
    for (std::size_t place = 0; place < replicas_.size(); ++place) {
        const auto renewed = try_port(
            replica(place)->port(),
            {.method = http::Method::post,
             .target = "/api/v2/sessions/refresh",
             .body = json::object{{"refresh_token", refresh_token_}}}
        );
        EXPECT_TRUE(renewed && renewed->status == 401) << place;
    }
}

TEST_F(Replicas, LoseNothingAndDoNothingTwiceWhenOneIsKilledOrPaused) {
    constexpr int kKills = 6;
    put(0, start());
    ASSERT_NO_FATAL_FAILURE(replica(0)->wait_until_it_serves());
    for (const std::size_t place : {1U, 2U}) put(place, start());
    for (const std::size_t place : {1U, 2U}) ASSERT_NO_FATAL_FAILURE(replica(place)->wait_until_it_serves());
    ASSERT_NO_FATAL_FAILURE(found());
    start_clients(8);

    std::set<pid_t> leaders;
    int ticks = 0;
    for (int kill = 0; kill < kKills; ++kill) {
        make_due(ticks++);
        ASSERT_NO_FATAL_FAILURE(until_more_are_done(20));
        ASSERT_NO_FATAL_FAILURE(until("SELECT count(*) >= 2 FROM platform.jobs WHERE state = 'running'"));
        const auto led = leader();
        leaders.insert(replica(led)->pid());
        // Each second time the one that leads, in the moment in which it is to make a job.
        const auto victim = kill % 2 == 0 ? led : static_cast<std::size_t>(kill) % replicas_.size();
        ASSERT_NO_FATAL_FAILURE(until_fired());
        if (kill % 2 == 0) make_due(ticks++);
        ASSERT_NO_FATAL_FAILURE(kill_and_start(victim));
        ASSERT_NO_FATAL_FAILURE(until_fired());
        if (kill == kKills / 2) {
            ASSERT_NO_FATAL_FAILURE(pause_one_that_is_about_to_send());
        }
        const auto renewed = ask(
            {.method = http::Method::post,
             .target = "/api/v2/sessions/refresh",
             .body = json::object{{"refresh_token", refresh_token_}}}
        );
        ASSERT_EQ(renewed.status, 200U) << renewed.body;
        refresh_token_ = renewed.text("refresh_token");
    }
    EXPECT_GE(leaders.size(), 3U) << "the lead has not moved";
    stop_clients();
    ASSERT_NO_FATAL_FAILURE(until("SELECT count(*) = 0 FROM platform.jobs WHERE finished_at IS NULL"));

    EXPECT_THAT(troubles_, ::testing::IsEmpty());
    expect_all_done_as_promised();
    expect_trails_whole();
    EXPECT_EQ(
        value(
            admin_,
            "SELECT count(*) || ' ' || count(DISTINCT due_at) FROM platform.jobs AS j JOIN platform.job_schedules AS s "
            "ON s.id = j.schedule_id WHERE s.name = 'ticks'"
        ),
        fmt::format("{0} {0}", ticks)
    );
    expect_log_out_holds_everywhere();
    for (std::size_t place = 0; place < replicas_.size(); ++place)
        EXPECT_EQ(replica(place)->end(), 0) << replica(place)->output();
}

}  // namespace
}  // namespace drydock::app
