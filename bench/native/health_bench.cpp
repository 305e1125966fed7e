// health_bench SCENARIO [SECONDS]: figures of the health engine, as lines "name value unit".
//
//   idle   2,000 databases every 60 s: CPU and memory
//   busy   10,000 databases every 15 s: the same; then some die in two ways, 500 at once, all connections are cut
//   store  writing 1,000 checks and 1,000 states into a control plane, and one of each; durable: a disk is waited for
//
// The databases are those of testing::FakePostgres in a process of its own, so that this process is the prober alone.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "control/migrations.h"
#include "health/prober.h"
#include "health/recorder.h"
#include "layouts/folder.h"
#include "pg_server/server.h"
#include "testing/fake_postgres.h"

namespace {

using namespace drydock;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::FakePostgres;

void say(const std::string& name, double value, const std::string& unit) {
    fmt::print("{} {:.3f} {}\n", name, value, unit);
    std::fflush(stdout);
}

// A line of text each way; a read of nothing is the end.
class Line {
public:
    Line(int in, int out) : in_(::fdopen(in, "r")), out_(::fdopen(out, "w")) {}
    void put(const std::string& text) {
        fmt::print(out_, "{}\n", text);
        std::fflush(out_);
    }
    std::string get() {
        std::array<char, 256> buffer{};
        if (!std::fgets(buffer.data(), buffer.size(), in_)) return {};
        std::string text = buffer.data();
        if (!text.empty()) text.pop_back();
        return text;
    }

private:
    std::FILE* in_;
    std::FILE* out_;
};

// The server's side: "set DATABASE MANNER", "cut [DATABASE]"; each is answered when it is done.
void serve(Line line) {
    FakePostgres server;
    line.put(std::to_string(server.port()));
    for (auto order = line.get(); !order.empty(); order = line.get()) {
        std::istringstream words{order};
        std::string verb;
        std::string database;
        int manner = 0;
        words >> verb >> database >> manner;
        if (verb == "set") server.set(database, static_cast<FakePostgres::Manner>(manner));
        if (verb == "cut") server.cut(database);
        line.put("done");
    }
}

class Server {
public:
    Server() {
        std::array<int, 2> down{};
        std::array<int, 2> up{};
        if (::pipe(down.data()) != 0 || ::pipe(up.data()) != 0) std::abort();
        child_ = ::fork();
        if (child_ == 0) {
            ::close(down[1]);
            ::close(up[0]);
            serve(Line{down[0], up[1]});
            std::_Exit(0);
        }
        ::close(down[0]);
        ::close(up[1]);
        line_.emplace(up[0], down[1]);
        port_ = static_cast<std::uint16_t>(std::stoi(line_->get()));
    }
    ~Server() {
        line_->put("");
        ::waitpid(child_, nullptr, 0);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    std::uint16_t port() const { return port_; }
    void set(const std::string& database, FakePostgres::Manner manner) {
        order(fmt::format("set {} {}", database, static_cast<int>(manner)));
    }
    void cut(const std::string& database = {}) { order("cut " + database); }

private:
    void order(const std::string& text) {
        line_->put(text);
        line_->get();
    }
    pid_t child_ = 0;
    std::optional<Line> line_;
    std::uint16_t port_ = 0;
};

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

double resident_mib() {
    std::ifstream status{"/proc/self/statm"};
    double size = 0;
    double resident = 0;
    status >> size >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024 / 1024;
}

double percentile(std::vector<double> values, double share) {
    if (values.empty()) return -1;
    std::ranges::sort(values);
    return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

// What became of each database since reset().
class Watch {
public:
    explicit Watch(std::size_t count) : all_(count) {}

    void note(const health::Check& check) {
        const std::lock_guard lock{mutex_};
        auto& one = all_[static_cast<std::size_t>(std::stoi(check.database_id))];
        if (one.last != Clock::time_point{}) one.gap = std::max(one.gap, check.at - one.last);
        one.last = check.at;
        if (!check.answered && one.failed == Clock::time_point{}) one.failed = check.at;
        if (check.changed && check.status == health::Status::unhealthy) one.down = check.at;
        one.answered = check.answered;
    }
    struct One {
        Clock::time_point last{};
        Clock::time_point failed{};
        Clock::time_point down{};
        Clock::duration gap{};
        bool answered = false;
    };
    std::vector<One> look() {
        const std::lock_guard lock{mutex_};
        return all_;
    }
    void reset() {
        const std::lock_guard lock{mutex_};
        for (auto& one : all_) one = {.last = one.last, .answered = one.answered};
    }

private:
    std::mutex mutex_;
    std::vector<One> all_;
};

struct Setting {
    Server server;
    Watch watch;
    std::unique_ptr<health::Prober> prober;

    Setting(int count, seconds interval) : watch(static_cast<std::size_t>(count)) {
        health::ProberOptions options{.interval = interval};
        options.most_connections = static_cast<std::size_t>(count) + 1000;
        options.allowed = [](const net::Address&) { return true; };
        auto started = health::Prober::start(std::move(options), {.checked = [this](const health::Check& check) {
                                                 watch.note(check);
                                             }});
        if (!started) {
            fmt::print(stderr, "{}\n", started.error().message);
            std::exit(1);
        }
        prober = *std::move(started);
        std::vector<health::Target> targets;
        for (int i = 0; i < count; ++i) {
            targets.push_back(
                {.id = std::to_string(i),
                 .hosts = {{.name = fmt::format("127.0.{}.{}", i / 200 + 1, i % 200 + 1), .port = server.port()}},
                 .database = std::to_string(i),
                 .user = "u",
                 .version = "1"}
            );
        }
        prober->set_targets(std::move(targets));
        until([&] { return prober->figures().healthy == static_cast<std::uint64_t>(count); });
    }
    static void until(const std::function<bool()>& done) {
        for (const auto end = Clock::now() + seconds{300}; !done() && Clock::now() < end;) {
            std::this_thread::sleep_for(milliseconds{20});
        }
    }
};

void measure_load(Setting& setting, const std::string& name, seconds span) {
    const auto checks = setting.prober->figures().checks;
    const auto cpu = cpu_seconds();
    std::this_thread::sleep_for(span);
    const auto used = cpu_seconds() - cpu;
    const auto done = static_cast<double>(setting.prober->figures().checks - checks);
    const auto time = std::chrono::duration<double>(span).count();
    say(name + ".checks_per_second", done / time, "1/s");
    say(name + ".cpu", used / time * 100, "%_of_a_core");
    say(name + ".cpu_per_check", used / done * 1e6, "us");
    say(name + ".resident", resident_mib(), "MiB");
    say(name + ".lag", static_cast<double>(setting.prober->figures().most_lag.count()) / 1000, "ms");
}

double since(Clock::time_point then, Clock::time_point now) {
    return std::chrono::duration<double>(now - then).count();
}

// Some die one by one at different times; how long until the first failed check, and until they count as unhealthy.
void measure_deaths(
    Setting& setting, const std::string& name, FakePostgres::Manner manner, bool cut, int first, int count
) {
    setting.watch.reset();
    std::vector<Clock::time_point> died;
    for (int i = 0; i < count; ++i) {
        const auto database = std::to_string(first + i);
        died.push_back(Clock::now());
        setting.server.set(database, manner);
        if (cut) setting.server.cut(database);
        std::this_thread::sleep_for(milliseconds{100});
    }
    const auto place = [&](int i) { return static_cast<std::size_t>(first + i); };
    Setting::until([&] {
        const auto all = setting.watch.look();
        for (int i = 0; i < count; ++i) {
            if (all[place(i)].down == Clock::time_point{}) return false;
        }
        return true;
    });
    const auto all = setting.watch.look();
    std::vector<double> found;
    std::vector<double> down;
    for (int i = 0; i < count; ++i) {
        found.push_back(since(died[static_cast<std::size_t>(i)], all[place(i)].failed));
        down.push_back(since(died[static_cast<std::size_t>(i)], all[place(i)].down));
    }
    for (const auto& [what, values] : {std::pair{"found", &found}, std::pair{"unhealthy", &down}}) {
        say(fmt::format("{}.{}.p50", name, what), percentile(*values, 0.5), "s");
        say(fmt::format("{}.{}.p99", name, what), percentile(*values, 0.99), "s");
    }
}

// Five hundred at once, and what it does to the others.
void measure_many_deaths(Setting& setting, FakePostgres::Manner manner, bool cut, const std::string& name, int first) {
    constexpr int kCount = 500;
    setting.watch.reset();
    for (int i = 0; i < kCount; ++i) setting.server.set(std::to_string(first + i), manner);
    const auto then = Clock::now();
    if (cut) {
        for (int i = 0; i < kCount; ++i) setting.server.cut(std::to_string(first + i));
    }
    const auto place = [&](std::size_t i) {
        return i >= static_cast<std::size_t>(first) && i < static_cast<std::size_t>(first + kCount);
    };
    Setting::until([&] {
        const auto all = setting.watch.look();
        return std::ranges::count_if(all, [](const Watch::One& one) { return one.down != Clock::time_point{}; }) ==
               kCount;
    });
    std::this_thread::sleep_for(seconds{18});  // a whole round of the others
    const auto all = setting.watch.look();
    std::vector<double> down;
    std::vector<double> gaps;
    int false_failures = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (place(i)) {
            down.push_back(since(then, all[i].down));
        } else if (i >= static_cast<std::size_t>(first + kCount)) {  // those below died before
            gaps.push_back(std::chrono::duration<double>(all[i].gap).count());
            if (all[i].failed != Clock::time_point{}) ++false_failures;
        }
    }
    say(name + ".unhealthy.p50", percentile(down, 0.5), "s");
    say(name + ".unhealthy.max", percentile(down, 1), "s");
    say(name + ".others_longest_gap.max", percentile(gaps, 1), "s");
    say(name + ".others_failed", false_failures, "databases");
    say(name + ".lag", static_cast<double>(setting.prober->figures().most_lag.count()) / 1000, "ms");
}

void measure_storm(Setting& setting) {
    const auto living = setting.prober->figures().healthy;
    const auto connects = setting.prober->figures().connects;
    const auto then = Clock::now();
    const auto cpu = cpu_seconds();
    setting.watch.reset();
    setting.server.cut();
    Setting::until([&] {
        return setting.prober->figures().connects >= connects + living && setting.prober->figures().waiting == 0;
    });
    const auto time = since(then, Clock::now());
    say("storm.connections", static_cast<double>(setting.prober->figures().connects - connects), "connections");
    say("storm.time", time, "s");
    say("storm.cpu", (cpu_seconds() - cpu) / time * 100, "%_of_a_core");
    say("storm.lag", static_cast<double>(setting.prober->figures().most_lag.count()) / 1000, "ms");
    const auto all = setting.watch.look();
    say("storm.counted_as_failed",
        static_cast<double>(
            std::ranges::count_if(all, [](const Watch::One& one) { return one.down != Clock::time_point{}; })
        ),
        "databases");
}

// The migrations in the order of their numbers and dependencies.
void migrate(pg::Connection& connection) {
    std::vector<std::string> waiting;
    std::vector<std::string> done;
    for (const auto& file : control::migrations()) {
        if (file.name[0] >= '0' && file.name[0] <= '9') waiting.emplace_back(file.name);
    }
    while (!waiting.empty()) {
        const auto next = std::ranges::find_if(waiting, [&](const std::string& name) {
            const auto header = layouts::parse_header(control::migration_text(name));
            return name.substr(0, 3) == waiting.front().substr(0, 3) &&
                   std::ranges::all_of(header.dependencies, [&](const auto& one) {
                       return std::ranges::find(done, one.text) != done.end();
                   });
        });
        const auto text = fmt::format("BEGIN;\n{}\nCOMMIT;", control::migration_text(*next));
        if (const auto ran = connection.run_message(text, Limits::within(seconds{60})); !ran) {
            fmt::print(stderr, "{}: {}\n", *next, ran.error().message);
            std::exit(1);
        }
        done.push_back(*next);
        waiting.erase(next);
    }
}

constexpr std::string_view kDatabases = R"(
SELECT set_config('app.current_org_id', '00000000-0000-4000-8000-000000000001', false),
       set_config('app.current_user_id', '00000000-0000-4000-8000-000000000000', false);
DELETE FROM platform.project_limits;
INSERT INTO platform.databases (id, project_id, name, type, host)
SELECT ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, '00000000-0000-4000-8000-000000000002', 'db ' || n, 'postgresql', 'h'
FROM generate_series(0, 999) AS n;)";

void measure_store(const std::string& name, bool durable) {
    auto server = pg_server::Throwaway::start({.durable = durable}, Limits::within(seconds{60}));
    if (!server) {
        fmt::print(stderr, "{}\n", server.error().message);
        std::exit(1);
    }
    auto connection = pg::Connection::open(server->conninfo(), Limits::within(seconds{60}));
    migrate(*connection);
    if (const auto filled = connection->run_message(kDatabases, Limits::within(seconds{60})); !filled) {
        fmt::print(stderr, "{}\n", filled.error().message);
        std::exit(1);
    }
    control::Store store{{.where = server->conninfo(), .role = "drydock_api"}};
    health::Recorder recorder{store, {}, false};
    (void)recorder.tend(Limits::within(seconds{60}));
    std::vector<double> times;
    std::vector<double> single;
    const auto cpu = cpu_seconds();
    for (int round = 0; round < 22; ++round) {
        const int count = round % 2 == 0 ? 1000 : 1;
        for (int i = 0; i < count; ++i) {
            const bool up = round / 2 % 2 == 0;
            recorder.add({
                .database_id = fmt::format("00000000-0000-4000-9000-{:012}", i),
                .organization_id = "00000000-0000-4000-8000-000000000001",
                .finding =
                    {.outcome = up ? health::Outcome::ok : health::Outcome::refused, .phase = health::Phase::tcp},
                .status = health::Status::healthy,
                .changed = round == 0,
                .answered = up,
                .at = Clock::now(),
            });
        }
        const auto then = Clock::now();
        if (const auto stored = recorder.flush(Limits::within(seconds{60}), true); !stored) {
            fmt::print(stderr, "{} {}\n", stored.error().message, stored.error().detail);
            std::exit(1);
        }
        if (round > 1) (count == 1 ? single : times).push_back(since(then, Clock::now()) * 1000);
    }
    say(name + ".1000_checks.p50", percentile(times, 0.5), "ms");
    say(name + ".1_check.p50", percentile(single, 0.5), "ms");
    say(name + ".cpu_per_check", (cpu_seconds() - cpu) / 11000 * 1e6, "us");
}

}  // namespace

int main(int argc, char** argv) {
    const std::string scenario = argc > 1 ? argv[1] : "";
    const seconds span{argc > 2 ? std::atoi(argv[2]) : 60};
    if (scenario == "idle") {
        Setting setting{2000, seconds{60}};
        measure_load(setting, "idle", span);
    } else if (scenario == "busy") {
        Setting setting{10'000, seconds{15}};
        measure_load(setting, "busy", span);
        using Manner = FakePostgres::Manner;
        measure_deaths(setting, "killed", Manner::resets, true, 0, 100);
        measure_deaths(setting, "hung", Manner::hangs_at_query, false, 100, 100);
        measure_many_deaths(setting, Manner::resets, true, "500_killed", 1000);
        measure_many_deaths(setting, Manner::hangs_at_query, false, "500_hung", 2000);
        measure_storm(setting);
    } else if (scenario == "store") {
        measure_store("store", false);
        measure_store("store_durable", true);
    } else {
        std::cerr << "usage: health_bench idle|busy|store [SECONDS]\n";
        return 2;
    }
    return 0;
}
