#include "app/server.h"

#include <cstdlib>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "api/answer_cache.h"
#include "api/event_feed.h"
#include "api/hooks.h"
#include "api/routes.h"
#include "app/background.h"
#include "app/keys.h"
#include "app/metrics.h"
#include "app/pages.h"
#include "app/queries.h"
#include "app/rates.h"
#include "audit/signing.h"
#include "base/log.h"
#include "billing/limits.h"
#include "cache/cache.h"
#include "crypto/password.h"
#include "http/openapi.h"
#include "identity/bootstrap.h"
#include "identity/session_cache.h"
#include "net/http_client.h"
#include "redis/url.h"
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

}  // namespace

// In the order in which they are made; they end in the opposite one.
struct Server::Parts {
    ServeOptions options;
    std::unique_ptr<ControlPlane> plane;
    std::shared_ptr<const crypto::Keyring> keyring;
    std::optional<crypto::TokenSigner> signer;
    crypto::Passwords passwords;
    std::optional<identity::SessionCache> sessions;
    std::optional<identity::Service> identity;
    std::optional<identity::Oidc> oidc;
    std::optional<http::Cursors> cursors;
    Secret idempotency_key;
    std::optional<Secret> setup_token;
    std::optional<registry::Registry> registry;
    std::optional<cache::Cache> shared_cache;
    std::optional<Rates> rates;
    std::optional<audit::SigningKeys> signing;
    std::optional<audit::FileSink> sink;
    std::unique_ptr<Background> background;

    Metrics metrics;
    http::Hub hub{{}};
    std::unique_ptr<api::EventFeed> feed;
    std::optional<api::Services> services;
    http::StaticFiles pages{app::pages()};
    std::unique_ptr<api::ApiHooks> hooks;
    std::unique_ptr<http::Service> service;
    std::unique_ptr<api::AnswerCache> cache;
    std::unique_ptr<http::Server> http;
    std::string url;

    explicit Parts(ServeOptions o) : options(std::move(o)) {}
    control::Store& store() const { return plane->store(); }

    Result<> open_keys(const Limits& limits);
    Result<> open_identity(const Limits& limits);
    Result<> open_registry(const Limits& limits);
    Result<> open_background(const Limits& limits);
    Result<> open_api();
    Result<> listen();
    void watch_figures();
};

Result<> Server::Parts::open_keys(const Limits& limits) {
    DRYDOCK_TRY(auto loaded, load_master_keys(options.keys, options.own_key_file, store(), limits));
    keyring = std::make_shared<const crypto::Keyring>(std::move(loaded));
    DRYDOCK_TRY(signer, identity::access_signer(*keyring, options.jwt_secret));
    DRYDOCK_TRY(const auto cursor_key, keyring->derive(keyring->current(), "cursors"));
    cursors.emplace(std::string{cursor_key.reveal()});
    DRYDOCK_TRY(const auto request_key, keyring->derive(keyring->current(), "idempotency"));
    idempotency_key = Secret{std::string{request_key.reveal()}};
    return {};
}

Result<> Server::Parts::open_identity(const Limits& limits) {
    sessions.emplace(store(), *signer, std::string{kIssuer});
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
    // The operator's own network is loopback, too: what runs beside the server may be registered where private is.
    const net::EgressPolicy policy{.loopback = options.private_targets, .private_ranges = options.private_targets};
    registry::RegistryOptions registry_options;
    registry_options.targets.pool = options.target_pool;
    registry_options.may_use_environment = [](std::string_view organization) {
        return organization == control::kFirstOrganization;
    };
    registry.emplace(store(), keyring, net::Dialler{policy}, std::move(registry_options));
    DRYDOCK_TRY_VOID(registry::ensure_sealing_key(store(), *keyring, limits));
    cache::CacheOptions cache_options;
    if (!options.redis_url.empty()) {
        auto redis = redis::parse_url(options.redis_url.reveal());
        if (!redis) return std::move(redis).error().in("REDIS_URL");
        cache_options.redis = *std::move(redis);
    }
    // Where the operator's own Redis is, is the operator's to say.
    shared_cache.emplace(store(), net::Dialler{net::EgressPolicy::everything()}, std::move(cache_options));
    rates.emplace(*shared_cache);
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
        .before_registration = [](control::Transaction& transaction, const std::string& project
                               ) { return billing::check_limit(transaction, project, billing::Metric::databases, 1); },
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
    hooks = std::make_unique<api::ApiHooks>(*services, *rates);
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
        if (const auto redis = shared_cache->redis_figures()) {
            samples.push_back(
                {"drydock_redis_degraded",
                 "Whether Redis is done without at the moment",
                 false,
                 redis->degraded ? 1.0 : 0.0}
            );
            samples.push_back(
                {"drydock_redis_failures_total", "Calls that Redis failed", true, static_cast<double>(redis->failures)}
            );
        }
        const auto checks = sessions->figures();
        samples.push_back(
            {"drydock_session_checks_total",
             "Checks of who asks",
             true,
             static_cast<double>(checks.hits),
             {{"from", "memory"}}}
        );
        samples.push_back(
            {"drydock_session_checks_total",
             "Checks of who asks",
             true,
             static_cast<double>(checks.reads),
             {{"from", "control_plane"}}}
        );
    });
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
    DRYDOCK_TRY(parts->plane, ControlPlane::open(parts->options.plane, progress, limits));
    if (parts->options.production) DRYDOCK_TRY_VOID(parts->plane->refuse_reveal_by_sql(limits));
    DRYDOCK_TRY_VOID(parts->open_keys(limits));
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

void Server::stop() {
    parts_->hub.close_all();
    const auto until = Limits::within(parts_->options.grace);
    parts_->http->stop(parts_->options.grace);
    parts_->feed->stop();
    parts_->background->stop(until);
}

}  // namespace drydock::app
