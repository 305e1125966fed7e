#include "app/background.h"

#include <algorithm>
#include <optional>

#include "app/fact_work.h"
#include "app/tenant_work.h"
#include "base/log.h"
#include "base/wait.h"
#include "jobs/replicas.h"
#include "registry/key_rotation.h"
#include "registry/sealing_key.h"

namespace drydock::app {
namespace {

constexpr std::chrono::seconds kLook{5};
constexpr std::chrono::seconds kSilent{30};
constexpr std::chrono::seconds kTime{20};
constexpr std::chrono::milliseconds kFirstPause{500};
constexpr std::chrono::milliseconds kLongestPause{15'000};

void trouble(std::string_view what, const Error& error) {
    log::failure("background", error, {{"what", what}});
}

jobs::QueueOptions queue_options(const BackgroundOptions& options) {
    jobs::QueueOptions queue;
    if (options.lease > options.lease.zero()) queue.lease = options.lease;
    return queue;
}

jobs::SchedulerOptions scheduler_options(const BackgroundOptions& options, const std::string& name) {
    jobs::SchedulerOptions scheduler{.name = name, .by_row = options.pooler, .on_trouble = trouble};
    if (options.lease > options.lease.zero()) scheduler.lease = options.lease;
    return scheduler;
}

}  // namespace

Background::Background(BackgroundOptions options, HousekeepingParts parts)
    : options_(std::move(options)),
      parts_(std::move(parts)),
      store_(options_.store),
      queue_(store_, kinds_, queue_options(options_)),
      source_(store_, parts_.registry) {}

Background::~Background() {
    stop(Limits::within(std::chrono::seconds{0}));
}

Result<> Background::start(const Limits& limits) {
    DRYDOCK_TRY_VOID(add_housekeeping_kinds(kinds_, parts_));
    DRYDOCK_TRY_VOID(add_tenant_kinds(kinds_, store_, parts_.registry, parts_.signing.trusted));
    for (auto& kind : options_.more_kinds) DRYDOCK_TRY_VOID(kinds_.add(std::move(kind)));
    DRYDOCK_TRY_VOID(add_fact_kinds(kinds_, store_, parts_.registry));
    DRYDOCK_TRY_VOID(ensure_housekeeping_schedules(store_, kinds_, limits));
    DRYDOCK_TRY_VOID(ensure_fact_schedule(store_, kinds_, limits));
    const auto name = jobs::replica_name();
    if (options_.workers > 0) {
        worker_ = std::make_unique<jobs::Worker>(
            store_,
            queue_,
            kinds_,
            jobs::WorkerOptions{
                .name = name,
                .version = options_.version,
                .threads = static_cast<int>(options_.workers),
                .on_trouble = trouble
            }
        );
        worker_->start();
        scheduler_ = std::make_unique<jobs::Scheduler>(store_, queue_, scheduler_options(options_, name));
        scheduler_->start();
        options_.health.me = name;
        options_.health.replicas = {name};
        DRYDOCK_TRY(engine_, health::Engine::start(source_, store_, options_.health));
    }
    looker_ = std::jthread{[this](const std::stop_token& stop) { look_after(stop); }};
    // A thread of its own: it may open connections, to what does not answer.
    tender_ = std::jthread{[this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            parts_.registry.fleet().tend(Limits::within(kTime, stop));
            if (!pause(kLook, {.stop = stop})) return;
        }
    }};
    return {};
}

void Background::stop(const Limits& limits) {
    for (auto* const thread : {&looker_, &tender_}) thread->request_stop();
    for (auto* const thread : {&looker_, &tender_}) {
        if (thread->joinable()) thread->join();
    }
    engine_.reset();
    if (scheduler_) scheduler_->stop();
    if (worker_) {
        worker_->stop_claiming();
        if (const auto drained = worker_->drain(limits); !drained) log::info("jobs are handed back to other servers");
        worker_->stop();
    }
    worker_.reset();
    scheduler_.reset();
}

void Background::registry_changed() {
    if (engine_) engine_->refresh();
}

// Which servers live, for the health checks; and what SQL has sealed, within moments of being told of it.
void Background::look_after(const std::stop_token& stop) {
    for (int failures = 0; !stop.stop_requested(); ++failures) {
        std::optional<pg::Connection> connection;
        if (!options_.pooler) {
            auto opened = store_.connect(Limits::within(kTime, stop));
            if (opened) {
                const auto text = "LISTEN " + pg::quote_identifier(registry::kSealedChannel);
                if (opened->query({.name = "listen", .text = text}, Limits::within(kTime, stop)))
                    connection.emplace(*std::move(opened));
            }
        }
        while (!stop.stop_requested()) {
            share_health_checks(Limits::within(kTime, stop));
            notice_master_keys(Limits::within(kTime, stop));
            if (!connection) {
                if (!pause(kLook, {.stop = stop})) return;
                if (!options_.pooler) break;
                continue;
            }
            const auto told = connection->wait_notification(Limits::within(kLook, stop));
            if (!told) break;
            failures = 0;
            if (*told) reseal(Limits::within(kTime, stop));
        }
        if (!pause(jittered(kFirstPause, kLongestPause, failures), {.stop = stop})) return;
    }
}

Result<> Background::rotate_now(const Limits& limits) {
    auto asked = store_.run(control::Actor::system(), limits, [&](control::Transaction& transaction) {
        return queue_.enqueue(transaction, {.kind = "registry.rotations", .dedup_key = "master key"});
    });
    if (!asked) return std::move(asked).error();
    return {};
}

// Another server may have got a master key that this one has not read yet.
void Background::notice_master_keys(const Limits& limits) {
    auto missing = registry::missing_master_keys(parts_.registry.keys(), limits);
    if (!missing || *missing == missing_keys_) return;
    missing_keys_ = *std::move(missing);
    for (const auto& id : missing_keys_) {
        log::warning(
            "a master key is in use and this server does not have it: what it seals does not open here", {{"key", id}}
        );
    }
}

void Background::share_health_checks(const Limits& limits) {
    if (!engine_) return;
    const auto replicas = jobs::list_replicas(store_, kSilent, limits);
    if (!replicas) return;  // the parts stay as they were
    std::vector<std::string> names{worker_->name()};
    for (const auto& replica : *replicas) {
        if (replica.state == "serving" && replica.threads > 0 && replica.name != worker_->name())
            names.push_back(replica.name);
    }
    std::ranges::sort(names);
    engine_->set_share(worker_->name(), std::move(names));
}

void Background::reseal(const Limits& limits) {
    const auto told = [](std::string_view id, const Error& error) {
        log::failure("registry: what was written by SQL can't be opened", error, {{"database", id}});
    };
    const auto done = registry::reseal_waiting(parts_.registry.secrets(), told, limits);
    if (!done) return trouble("sealing anew what was written by SQL", done.error());
    if (done->done > 0) registry_changed();
}

// Summed over all databases: a label for each would be a time series for each.
void Background::sample_pools(std::vector<Sample>& samples) const {
    const auto all = parts_.registry.fleet().totals();
    const auto add = [&](const char* metric,
                         const char* help,
                         bool counts_up,
                         std::size_t value,
                         std::vector<std::pair<std::string, std::string>> labels = {}) {
        samples.push_back({metric, help, counts_up, static_cast<double>(value), std::move(labels)});
    };
    const auto connections = [&](std::size_t value, const char* state) {
        add("drydock_target_pool_connections", "Connections to registered databases", false, value, {{"state", state}});
    };
    const auto closed = [&](std::size_t value, const char* why) {
        add("drydock_target_pool_closed_total", "Connections closed", true, value, {{"why", why}});
    };
    add("drydock_target_pools", "Databases that connections were asked for lately", false, all.targets);
    connections(all.pool.idle, "idle");
    connections(all.pool.in_use, "leased");
    add("drydock_target_pool_waiting", "Callers that wait for one", false, all.pool.waiting);
    add("drydock_target_pool_acquired_total", "Times that one was lent out", true, all.pool.acquired);
    add("drydock_target_pool_opened_total", "Connections opened", true, all.pool.opened);
    add("drydock_target_pool_open_failed_total", "Connections that could not be opened", true, all.pool.open_failed);
    closed(all.pool.expired, "expired");
    closed(all.pool.broken, "broken");
    add("drydock_target_pool_timeouts_total", "Callers that went away without one", true, all.pool.timed_out);
    add("drydock_target_breakers_open", "Databases that are left alone for a while", false, all.breakers_open);
    add("drydock_target_breaker_refused_total",
        "Calls that were not made, as a database is left alone",
        true,
        all.refused);
}

void Background::sample(std::vector<Sample>& samples) const {
    sample_pools(samples);
    const auto add = [&](const char* metric,
                         const char* help,
                         bool counts_up,
                         double value,
                         std::vector<std::pair<std::string, std::string>> labels = {}) {
        samples.push_back({metric, help, counts_up, value, std::move(labels)});
    };
    if (worker_) {
        const auto jobs = worker_->figures();
        add("drydock_jobs_running", "Jobs at work in this server", false, jobs.running);
        const std::pair<const char*, std::uint64_t> ends[] = {
            {"succeeded", jobs.succeeded},
            {"failed", jobs.failed},
            {"retried", jobs.retried},
            {"cancelled", jobs.cancelled},
            {"unknown", jobs.unknown},
            {"lost", jobs.lost}
        };
        for (const auto& [state, count] : ends)
            add("drydock_jobs_ended_total",
                "Jobs that this server ended",
                true,
                static_cast<double>(count),
                {{"as", state}});
        add("drydock_jobs_leader",
            "Whether this server makes the jobs of schedules",
            false,
            scheduler_ && scheduler_->leads() ? 1 : 0);
    }
    if (!engine_) return;
    const auto health = engine_->figures();
    add("drydock_health_databases",
        "Databases that this server checks",
        false,
        static_cast<double>(health.prober.healthy),
        {{"state", "healthy"}});
    add("drydock_health_databases",
        "Databases that this server checks",
        false,
        static_cast<double>(health.prober.unhealthy),
        {{"state", "unhealthy"}});
    add("drydock_health_connections",
        "Connections for health checks",
        false,
        static_cast<double>(health.prober.connections));
    add("drydock_health_checks_total", "Health checks", true, static_cast<double>(health.prober.checks));
    add("drydock_health_lag_seconds",
        "How late a check was begun at most",
        false,
        std::chrono::duration<double>{health.prober.most_lag}.count());
    add("drydock_health_rows_waiting",
        "Results that are to be stored",
        false,
        static_cast<double>(health.recorder.waiting));
    add("drydock_health_rows_dropped_total",
        "Results that never will be",
        true,
        static_cast<double>(health.recorder.dropped));
}

}  // namespace drydock::app
