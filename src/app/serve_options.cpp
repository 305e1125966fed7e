#include "app/serve_options.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <thread>

#include <fmt/format.h>

#include "http/network.h"

namespace drydock::app {
namespace {

constexpr std::size_t kShortestSecret = 32;
constexpr unsigned kWorkersPerCore = 2;

Error refused(const config::Settings& settings, std::string_view key, std::string message, std::string hint) {
    return {
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("{} ({}): {}", key, settings.value(key).origin, message),
        .hint = std::move(hint),
    };
}

unsigned cores() {
    return std::max(1U, std::thread::hardware_concurrency());
}

std::vector<std::string> list_of(const std::string& text) {
    std::vector<std::string> items;
    std::string item;
    for (const char c : text + ",") {
        if (c == ',') {
            if (!item.empty()) items.push_back(std::exchange(item, {}));
        } else if (c != ' ' && c != '[' && c != ']' && c != '"') {
            item += c;
        }
    }
    return items;
}

bool is_address(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

bool is_loopback(const std::string& address) {
    return address == "::1" || address.starts_with("127.");
}

Result<> read_http(const config::Settings& s, ServeOptions& options) {
    auto& http = options.http;
    http::ListenOptions listen{.address = s.text("serve.address")};
    if (!is_address(listen.address)) {
        return refused(
            s,
            "serve.address",
            fmt::format("{} is no IP address", listen.address),
            "Write 127.0.0.1 or ::1 for this machine, 0.0.0.0 or :: for everybody, or an address of this machine."
        );
    }
    const auto port = s.count("serve.port");
    if (port > 65'535)
        return refused(s, "serve.port", "there are no ports above 65535", "Choose another one, or 0 for a free one.");
    listen.port = static_cast<std::uint16_t>(port);
    const auto& certificate = s.text("serve.tls_cert");
    const auto& key = s.text("serve.tls_key");
    if (certificate.empty() != key.empty()) {
        return refused(
            s,
            certificate.empty() ? "serve.tls_cert" : "serve.tls_key",
            "is not set, and the other of both is",
            "HTTPS needs a certificate and its key."
        );
    }
    if (!certificate.empty()) listen.tls = http::TlsFiles{.certificate_chain = certificate, .key = key};
    http.listen = {listen};
    http.workers =
        s.count("serve.workers") > 0 ? static_cast<unsigned>(s.count("serve.workers")) : cores() * kWorkersPerCore;
    http.connections = static_cast<std::size_t>(s.count("serve.max_connections"));
    http.body_bytes = static_cast<std::size_t>(s.bytes("serve.max_body"));
    http.header_time = s.duration("serve.header_timeout");
    http.body_time = s.duration("serve.request_timeout");
    http.idle_time = s.duration("serve.idle_timeout");
    for (const auto& text : list_of(s.text("serve.trusted_proxies"))) {
        auto network = http::Network::parse(text);
        if (!network)
            return refused(
                s,
                "serve.trusted_proxies",
                fmt::format("{} is not a network", text),
                "Write it as 10.0.0.0/8 or 2001:db8::/32."
            );
        http.trusted_proxies.push_back(*network);
    }
    return {};
}

Result<> read_secrets(const config::Settings& s, ServeOptions& options) {
    options.keys.file = s.text("keys.file");
    options.keys.text = Secret{s.text("keys.value")};
    options.keys.current = s.text("keys.current");
    if (const auto& command = s.text("keys.command"); !command.empty()) {
        DRYDOCK_TRY(options.keys.command, crypto::split_command(command));
    }
    options.jwt_secret = Secret{s.text("auth.jwt_secret")};
    if (!options.jwt_secret.empty() && options.jwt_secret.reveal().size() < kShortestSecret) {
        return refused(
            s,
            "auth.jwt_secret",
            fmt::format("is shorter than {} characters", kShortestSecret),
            "Make one with `openssl rand -base64 48`, or leave it out: then one is made."
        );
    }
    options.redis_url = Secret{s.text("redis_url")};
    return {};
}

Result<> read_oidc(const config::Settings& s, ServeOptions& options) {
    const auto& issuer = s.text("auth.oidc_issuer");
    if (issuer.empty()) return {};
    if (s.text("auth.oidc_client_id").empty()) {
        return refused(
            s,
            "auth.oidc_issuer",
            "is set, and auth.oidc_client_id is not",
            "The provider says what it calls this server."
        );
    }
    // The address that codes are sent to must not come from what a request calls this server.
    if (options.public_url.empty()) {
        return refused(
            s,
            "auth.oidc_issuer",
            "is set, and serve.public_url is not: the provider must send people back to an address that is certain",
            "Set serve.public_url to what people type, as https://drydock.example.org; the redirect address at the "
            "provider is that with /api/v2/sign-in/callback."
        );
    }
    const bool loopback = issuer.starts_with("http://127.0.0.1:") || issuer.starts_with("http://localhost:");
    if (!issuer.starts_with("https://") && (options.production || !loopback)) {
        return refused(
            s,
            "auth.oidc_issuer",
            "is not an https address",
            "What a provider says of people must not cross the network in clear."
        );
    }
    options.oidc = identity::OidcProvider{
        .name = "sso",
        .title = s.text("auth.oidc_title"),
        .issuer = issuer,
        .client_id = s.text("auth.oidc_client_id"),
        .client_secret = Secret{s.text("auth.oidc_client_secret")},
        .email_domains = list_of(s.text("auth.oidc_domains")),
        .plain_http = loopback,
    };
    if (const auto& role = s.text("auth.oidc_role"); role != "none") {
        options.oidc->organization_id = control::kFirstOrganization;
        options.oidc->role = role;
    }
    return {};
}

// What must not be in production, said before anything is served.
Result<> refuse_weakness(const config::Settings& s, const ServeOptions& options) {
    const auto& listen = options.http.listen.front();
    if (!options.production || is_loopback(listen.address) || listen.tls || !options.http.trusted_proxies.empty())
        return {};
    return refused(
        s,
        "serve.address",
        "passwords and tokens would cross the network in clear",
        "Set serve.tls_cert and serve.tls_key, or name the proxy that encrypts in serve.trusted_proxies, or listen on "
        "127.0.0.1."
    );
}

}  // namespace

Result<ServeOptions> serve_options(const config::Settings& settings, ControlPlaneOptions plane, std::string version) {
    const auto& s = settings;
    ServeOptions options;
    options.plane = std::move(plane);
    options.plane.connections = static_cast<std::size_t>(std::max<std::int64_t>(2, s.count("serve.pool_size")));
    using std::chrono::duration_cast;
    using std::chrono::seconds;
    options.plane.idle_limit = duration_cast<seconds>(s.duration("serve.pool_idle"));
    options.plane.lifetime = duration_cast<seconds>(s.duration("serve.pool_lifetime"));
    options.plane.connect_timeout = std::max(seconds{1}, duration_cast<seconds>(s.duration("connect_timeout")));
    options.plane.pooler = s.flag("serve.pooler");
    if (!options.plane.where) options.own_key_file = options.plane.embedded.data_dir / "master.key";
    options.version = std::move(version);
    options.production = s.text("serve.profile") == "production";
    options.public_url = s.text("serve.public_url");
    while (options.public_url.ends_with('/')) options.public_url.pop_back();
    DRYDOCK_TRY_VOID(read_http(s, options));
    DRYDOCK_TRY_VOID(read_secrets(s, options));
    DRYDOCK_TRY_VOID(read_oidc(s, options));
    options.access_time = std::max(seconds{60}, duration_cast<seconds>(s.duration("auth.access_time")));
    options.refresh_days = std::chrono::days{std::max<std::int64_t>(1, s.count("auth.refresh_days"))};
    const auto target_pool =
        s.count("targets.pool_size") > 0 ? s.count("targets.pool_size") : s.count("serve.pool_size");
    options.target_pool.max = static_cast<std::size_t>(std::max<std::int64_t>(1, target_pool));
    options.target_pool.connect_timeout = options.plane.connect_timeout;
    options.target_pool.idle = options.plane.idle_limit;
    options.target_pool.lifetime = options.plane.lifetime;
    options.private_targets = s.text("egress.private") == "allow";
    options.loopback_targets = s.text("egress.loopback") == "allow";
    options.health_interval = std::max(std::chrono::milliseconds{1'000}, s.duration("health.interval"));
    options.health_timeout = std::max(std::chrono::milliseconds{100}, s.duration("health.timeout"));
    options.health_keep_days = static_cast<int>(std::max<std::int64_t>(1, s.count("health.keep_days")));
    options.audit_sink = s.text("audit.sink");
    options.job_workers = static_cast<unsigned>(s.count("serve.workers_for_jobs"));
    options.request_time = s.duration("serve.request_timeout");
    options.ready_time = s.duration("serve.readiness_timeout");
    options.grace = s.duration("serve.grace");
    options.metrics = s.text("serve.metrics");
    DRYDOCK_TRY_VOID(refuse_weakness(s, options));
    return options;
}

}  // namespace drydock::app
