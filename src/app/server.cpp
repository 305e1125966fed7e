#include "app/server.h"

#include <cstdlib>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "api/answer_cache.h"
#include "api/event_feed.h"
#include "api/hooks.h"
#include "api/routes.h"
#include "api/shared_answers.h"
#include "app/background.h"
#include "app/keys.h"
#include "app/metrics.h"
#include "app/pages.h"
#include "app/queries.h"
#include "app/rates.h"
#include "audit/signing.h"
#include "base/log.h"
#include "billing/limits.h"
#include "billing/metering.h"
#include "cache/cache.h"
#include "control/clock.h"
#include "crypto/password.h"
#include "http/openapi.h"
#include "identity/bootstrap.h"
#include "identity/session_cache.h"
#include "identity/throttle.h"
#include "net/http_client.h"
#include "redis/url.h"
#include "registry/data_keys.h"
#include "registry/sealing_key.h"
#include "targets/postgres_sign_in.h"

namespace drydock::app {
namespace {

constexpr std::string_view kIssuer = "drydock";
// Beside a connection for each worker: renewals, the look after others, the scheduler, health results.
constexpr std::size_t kBackgroundConnections = 5;

void write_access(const http::AccessRecord& record) {
    log::info(
        "request",
        {{"method", record.method},
         {"route", record.route},
         {"status", record.status},
         {"bytes", record.bytes},
         {"ms", std::chrono::duration<double, std::milli>{record.duration}.count()},
         {"request_id", record.request_id},
         {"peer", record.peer},
         {"user_id", record.user_id},
         {"complete", record.complete}}
    );
}

void pool_samples(const pg::PoolFigures& figures, std::vector<Sample>& samples) {
    const auto add = [&](const char* state, std::size_t value) {
        samples.push_back(
            {"drydock_control_pool_connections",
             "Connections to the control plane",
             false,
             static_cast<double>(value),
             {{"state", state}}}
        );
    };
    add("idle", figures.idle);
    add("leased", figures.leased);
    samples.push_back(
        {"drydock_control_pool_waiting",
         "Callers that wait for a connection",
         false,
         static_cast<double>(figures.waiting)}
    );
    samples.push_back(
        {"drydock_control_pool_timeouts_total",
         "Callers that went away without one",
         true,
         static_cast<double>(figures.timed_out)}
    );
    samples.push_back(
        {"drydock_control_pool_opened_total", "Connections opened", true, static_cast<double>(figures.opened)}
    );
    samples.push_back(
        {"drydock_control_pool_wait_seconds_total",
         "Time that callers waited",
         true,
         std::chrono::duration<double>{figures.waited}.count()}
    );
}

void server_samples(const http::ServerFigures& figures, std::vector<Sample>& samples) {
    samples.push_back({"drydock_http_connections", "Open connections", false, static_cast<double>(figures.connections)}
    );
    samples.push_back({"drydock_http_streams", "Open streams of events", false, static_cast<double>(figures.streams)});
    samples.push_back({"drydock_http_requests_running", "Requests at work", false, static_cast<double>(figures.running)}
    );
    samples.push_back(
        {"drydock_http_requests_queued", "Requests that wait for a worker", false, static_cast<double>(figures.queued)}
    );
    samples.push_back(
        {"drydock_http_refused_total",
         "Connections and requests turned away",
         true,
         static_cast<double>(figures.refused_connections + figures.refused_requests)}
    );
}

void cache_samples(const api::AnswerCacheFigures& figures, std::vector<Sample>& samples) {
    samples.push_back(
        {"drydock_answer_cache_hits_total", "Answers given from memory", true, static_cast<double>(figures.hits)}
    );
    samples.push_back(
        {"drydock_answer_cache_misses_total", "Answers made anew", true, static_cast<double>(figures.misses)}
    );
}

std::string turn_of(registry::Attempts::Kind kind, std::string_view what) {
    switch (kind) {
        case registry::Attempts::Kind::credential:
            return identity::turn_of_credential(what);
        case registry::Attempts::Kind::database:
            return identity::turn_of_database(what);
        case registry::Attempts::Kind::tester:
            break;
    }
    return identity::turn_of_tester(what);
}

}  // namespace

// In the order in which they are made; they end in the opposite one.
struct Server::Parts {
    ServeOptions options;
    std::unique_ptr<ControlPlane> plane;
    std::shared_ptr<crypto::Keyring> keyring;
    std::optional<crypto::TokenSigner> signer;
    crypto::Passwords passwords;
    std::optional<control::Clock> clock;
    std::optional<cache::Cache> shared_cache;
    std::unique_ptr<cache::Shared> shared_principals;
    std::unique_ptr<cache::Shared> shared_tokens;
    std::unique_ptr<cache::Shared> shared_replies;
    std::optional<identity::SessionCache> sessions;
    std::optional<identity::Service> identity;
    std::optional<identity::Oidc> oidc;
    std::optional<http::Cursors> cursors;
    Secret idempotency_key;
    std::optional<Secret> setup_token;
    std::optional<registry::Registry> registry;
    std::optional<Rates> rates;
    std::optional<audit::SigningKeys> signing;
    std::optional<audit::FileSink> sink;
    std::unique_ptr<Background> background;

    Metrics metrics;
    http::Hub hub{{}};
    std::unique_ptr<api::EventFeed> feed;
    std::optional<api::Services> services;
    http::StaticFiles pages{app::pages()};
    std::optional<api::SharedAnswers> shared_answers;
    std::unique_ptr<api::ApiHooks> hooks;
    std::unique_ptr<http::Service> service;
    std::unique_ptr<api::AnswerCache> cache;
    std::unique_ptr<http::Server> http;
    std::string url;

    explicit Parts(ServeOptions o) : options(std::move(o)) {}
    control::Store& store() const { return plane->store(); }

    Result<> open_keys(const Limits& limits);
    Result<> open_cache();
    Result<> open_identity(const Limits& limits);
    Result<> open_registry(const Limits& limits);
    Result<> open_background(const Limits& limits);
    Result<> open_api();
    Result<> listen();
    void watch_figures();
    void shared_samples(std::vector<Sample>& samples) const;
};

Result<> Server::Parts::open_keys(const Limits& limits) {
    DRYDOCK_TRY(auto loaded, load_master_keys(options.keys, options.own_key_file, store(), limits));
    keyring = std::make_shared<crypto::Keyring>(std::move(loaded));
    DRYDOCK_TRY(signer, identity::access_signer(*keyring, options.jwt_secret));
    DRYDOCK_TRY(const auto cursor_key, keyring->derive(keyring->current(), "cursors"));
    cursors.emplace(std::string{cursor_key.reveal()});
    DRYDOCK_TRY(const auto request_key, keyring->derive(keyring->current(), "idempotency"));
    idempotency_key = Secret{std::string{request_key.reveal()}};
    return {};
}

Result<> Server::Parts::open_cache() {
    cache::CacheOptions cache_options;
    if (!options.redis_url.empty()) {
        auto redis = redis::parse_url(options.redis_url.reveal());
        if (!redis) return std::move(redis).error().in("REDIS_URL");
        cache_options.redis = *std::move(redis);
        cache_options.pool.max = options.http.workers;
    }
    DRYDOCK_TRY(auto cache_keys, cache::SharedKeys::of(*keyring));
    clock.emplace(store());
    // Where the operator's own Redis is, is the operator's to say.
    const net::Dialler dialler{net::EgressPolicy::everything()};
    shared_cache.emplace(store(), *clock, std::move(cache_keys), dialler, std::move(cache_options));
    rates.emplace(*shared_cache);
    shared_principals = shared_cache->share("principals");
    shared_tokens = shared_cache->share("tokens");
    shared_replies = shared_cache->share("answers");
    return {};
}

Result<> Server::Parts::open_identity(const Limits& limits) {
    const identity::SessionCache::SharedWith shared{.principals = *shared_principals, .tokens = *shared_tokens};
    sessions.emplace(store(), *signer, std::string{kIssuer}, *clock, shared);
    identity.emplace(identity::Service{
        .store = store(),
        .passwords = passwords,
        .signer = *signer,
        .keyring = *keyring,
        .cache = *sessions,
        .options =
            {.issuer = std::string{kIssuer},
             .access_lifetime = options.access_time,
             .refresh_lifetime = options.refresh_days},
    });
    if (options.oidc) {
        // The operator says where the provider is, so only what is never right is refused.
        const net::Dialler dialler{{.loopback = options.oidc->plain_http, .private_ranges = true}};
        const auto fetch = [dialler](const net::HttpRequest& request, const Limits& within) {
            return net::fetch(dialler, request, within);
        };
        oidc.emplace(*identity, fetch, std::vector{*options.oidc});
    }
    DRYDOCK_TRY(setup_token, identity::ensure_setup_token(store(), limits));
    return {};
}

Result<> Server::Parts::open_registry(const Limits& limits) {
    const net::EgressPolicy policy{.loopback = options.loopback_targets, .private_ranges = options.private_targets};
    registry::RegistryOptions registry_options;
    registry_options.targets.pool = options.target_pool;
    registry_options.environment = options.environment;
    registry_options.may_use_environment = [](std::string_view organization) {
        return organization == control::kFirstOrganization;
    };
    registry_options.on_size = [](control::Transaction& transaction, std::string_view id, std::int64_t bytes) {
        return billing::record_size(transaction, id, bytes);
    };
    registry_options.attempts = {
        .take = [this](
                    control::Transaction& transaction, registry::Attempts::Kind kind, std::string_view what
                ) { return identity::take_turn(transaction, turn_of(kind, what), identity->options); },
        .settle = [this](
                      control::Transaction& transaction, registry::Attempts::Kind kind, std::string_view what
                  ) { return identity::settle_turn(transaction, turn_of(kind, what), identity->options); },
    };
    registry.emplace(store(), keyring, net::Dialler{policy}, std::move(registry_options));
    DRYDOCK_TRY_VOID(registry::ensure_sealing_key(store(), *keyring, limits));
    return {};
}

Result<> Server::Parts::open_background(const Limits& limits) {
    DRYDOCK_TRY(signing, audit::signing_keys(*keyring));
    if (!options.audit_sink.empty()) sink.emplace(options.audit_sink);
    BackgroundOptions background_options{
        .store = plane->store_options(),
        .workers = options.job_workers,
        .version = options.version,
        .pooler = options.plane.pooler,
        .health =
            {
                .prober =
                    {
                        .interval = options.health_interval,
                        .limits = {.total = options.health_timeout},
                        .allowed = [policy = registry->dialler().policy()](const net::Address& address
                                   ) { return policy.judge(address).has_value(); },
                    },
                .recorder = {.keep_days = options.health_keep_days},
            },
        .lease = options.lease,
        .more_kinds = std::move(options.more_kinds),
    };
    background_options.store.connections = options.job_workers + kBackgroundConnections;
    background_options.store.application_name = "drydock jobs";
    background = std::make_unique<Background>(
        std::move(background_options),
        HousekeepingParts{
            .store = store(),
            .registry = *registry,
            .identity = *identity,
            .cache = *shared_cache,
            .signing = *signing,
            .sink = sink ? &*sink : nullptr,
        }
    );
    return background->start(limits);
}

Result<> Server::Parts::open_api() {
    feed = std::make_unique<api::EventFeed>(
        store(),
        hub,
        !options.plane.pooler,
        [this](const api::EventFeed::Listener& listener, const Limits& limits) {
            const auto who = sessions->check(listener.token.reveal(), listener.actor.organization_id, limits);
            // What can't be asked at the moment ends nothing.
            if (!who) return who.error().code != ErrorCode::unauthenticated && who.error().code != ErrorCode::not_found;
            return (*who)->allows("databases:read");
        }
    );
    services.emplace(api::Services{
        .store = store(),
        .identity = *identity,
        .cursors = *cursors,
        .idempotency_key = idempotency_key,
        .events = *feed,
        .oidc = oidc ? &*oidc : nullptr,
        .public_url = options.public_url,
        .registry = *registry,
        .queue = background->queue(),
        .kinds = background->kinds(),
        .registry_changed = [this] { background->registry_changed(); },
        .before_registration = [](control::Transaction& transaction, const std::string& project) -> Result<> {
            DRYDOCK_TRY_VOID(billing::check_limit(transaction, project, billing::Metric::databases, 1));
            // How big it is is measured later; a project that is full has no room for the smallest.
            return billing::check_limit(transaction, project, billing::Metric::storage_bytes, 1);
        },
        .audit_keys = signing->trusted,
        .version = options.version,
        .ready = [this](const Limits& limits) -> Result<> {
            DRYDOCK_TRY_VOID(store().read({}, queries::answers, {}, limits));
            return {};
        },
        .ready_timeout = options.ready_time,
        .metrics_from_loopback_only = options.metrics == "loopback",
    });
    if (options.metrics != "off") services->metrics = [this] { return metrics.text(); };
    auto routes = api::routes(*services);
    services->openapi =
        std::make_shared<const std::string>(boost::json::serialize(http::openapi(routes, api::info(options.version))));
    DRYDOCK_TRY(auto router, http::Router::build(std::move(routes)));
    shared_answers.emplace(*shared_replies, options.version);
    hooks = std::make_unique<api::ApiHooks>(*services, *rates, *shared_answers);
    service = std::make_unique<http::Service>(
        std::move(router),
        *hooks,
        http::ServiceOptions{
            .public_origin = options.public_url, .pages = &pages, .check_answers = options.check_answers
        }
    );
    cache = std::make_unique<api::AnswerCache>(*service, api::AnswerCacheOptions{});
    return {};
}

Result<> Server::Parts::listen() {
    options.http.access_log = [this](const http::AccessRecord& record) {
        metrics.count(record);
        write_access(record);
    };
    options.http.problem_log = [](const Error& error) { log::failure("server", error); };
    DRYDOCK_TRY(http, http::Server::start(options.http, *cache));
    const auto& first = options.http.listen.front();
    const auto host = first.address.find(':') == std::string::npos ? first.address : fmt::format("[{}]", first.address);
    url = fmt::format("{}://{}:{}", first.tls ? "https" : "http", host, http->port());
    watch_figures();
    return {};
}

void Server::Parts::watch_figures() {
    metrics.add_source([this](std::vector<Sample>& samples) {
        samples.push_back({"drydock_build_info", "The version that runs", false, 1, {{"version", options.version}}});
        pool_samples(store().figures(), samples);
        server_samples(http->figures(), samples);
        cache_samples(cache->figures(), samples);
        background->sample(samples);
        shared_samples(samples);
        const auto checks = sessions->figures();
        const auto checked = [&](const char* from, std::uint64_t count) {
            samples.push_back(
                {"drydock_session_checks_total",
                 "Checks of who asks",
                 true,
                 static_cast<double>(count),
                 {{"from", from}}}
            );
        };
        checked("memory", checks.hits);
        checked("shared", checks.shared);
        checked("control_plane", checks.reads);
    });
}

// Where no Redis is configured there is nothing to tell.
void Server::Parts::shared_samples(std::vector<Sample>& samples) const {
    const auto redis = shared_cache->redis_figures();
    if (!redis) return;
    samples.push_back({"drydock_redis_up", "0 while Redis is done without", false, redis->down ? 0.0 : 1.0});
    samples.push_back(
        {"drydock_redis_failures_total", "Calls that Redis failed", true, static_cast<double>(redis->failures)}
    );
    const auto add = [&](const char* of, const cache::SharedFigures& figures) {
        const std::pair<const char*, std::uint64_t> outcomes[] = {
            {"hit", figures.hits}, {"miss", figures.misses}, {"refused", figures.refused}
        };
        for (const auto& [outcome, count] : outcomes)
            samples.push_back(
                {"drydock_shared_cache_lookups_total",
                 "Looks for what another server has read; refused: it was altered, or of another key",
                 true,
                 static_cast<double>(count),
                 {{"of", of}, {"outcome", outcome}}}
            );
    };
    add("principals", shared_principals->figures());
    add("tokens", shared_tokens->figures());
    add("answers", shared_replies->figures());
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
    if (parts_->http) parts_->http->stop(std::chrono::milliseconds{0});
}

Result<std::unique_ptr<Server>> Server::start(ServeOptions options, Progress& progress, const Limits& limits) {
    // What whoever starts the server has set for libpq (PGSERVICE …) must not reach registered databases.
    targets::shut_out_libpq_environment();
    // Its counters in shared memory would stay behind when this process is killed, and nobody reads them.
    ::setenv("MONGOC_DISABLE_SHM", "1", 0);
    auto parts = std::make_unique<Parts>(std::move(options));
    // A start that can come to nothing changes nothing.
    DRYDOCK_TRY_VOID(http::Server::check(parts->options.http));
    DRYDOCK_TRY(parts->plane, open_control_plane(parts->options, progress, limits));
    if (parts->options.production) DRYDOCK_TRY_VOID(parts->plane->refuse_reveal_by_sql(limits));
    DRYDOCK_TRY_VOID(parts->open_keys(limits));
    DRYDOCK_TRY_VOID(parts->open_cache());
    DRYDOCK_TRY_VOID(parts->open_identity(limits));
    DRYDOCK_TRY_VOID(parts->open_registry(limits));
    DRYDOCK_TRY_VOID(parts->open_background(limits));
    DRYDOCK_TRY_VOID(parts->open_api());
    DRYDOCK_TRY_VOID(parts->listen());
    return std::unique_ptr<Server>{new Server{std::move(parts)}};
}

const std::string& Server::url() const {
    return parts_->options.public_url.empty() ? parts_->url : parts_->options.public_url;
}

const std::vector<http::Route>& Server::routes() const {
    return parts_->service->router().routes();
}

const std::optional<Secret>& Server::setup_token() const {
    return parts_->setup_token;
}

Result<> Server::reload() {
    return parts_->http->reload_tls();
}

Result<> Server::reload_keys(const Limits& limits) {
    auto& ring = *parts_->keyring;
    DRYDOCK_TRY(const auto fresh, ring.load_again(limits));
    // Before that nobody else is told of a new one.
    DRYDOCK_TRY_VOID(registry::check_master_keys(parts_->store(), fresh, limits));
    const bool other = fresh.current() != ring.current();
    ring.become(fresh);
    if (!other) return {};
    log::info("the master key is another one from now on", {{"key", ring.current()}});
    return parts_->background->rotate_now(limits);
}

void Server::stop() {
    parts_->hub.close_all();
    const auto until = Limits::within(parts_->options.grace);
    parts_->http->stop(parts_->options.grace);
    parts_->feed->stop();
    parts_->background->stop(until);
}

}  // namespace drydock::app
