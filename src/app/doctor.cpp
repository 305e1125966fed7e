#include "app/doctor.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <array>

#include <fmt/format.h>

#include "app/queries.h"
#include "pg/connection.h"
#include "pg_server/embedded.h"

namespace drydock::app {
namespace {

constexpr std::uint64_t kFewDescriptors = 4096;
constexpr int kOldestSupported = 130000;

// Collects what was found; a file of checks reads as a list.
class Examination {
public:
    Examination(const ServeOptions& options, const Limits& limits) : options_(options), limits_(limits) {}

    std::vector<Finding> run() {
        look_at_listening();
        look_at_keys();
        look_at_tokens();
        look_at_the_rest();
        look_at_control_plane();
        return std::move(findings_);
    }

private:
    void say(std::string check, Verdict verdict, std::string message, std::string mend = {}) {
        findings_.push_back({std::move(check), verdict, std::move(message), std::move(mend)});
    }

    void look_at_listening();
    void look_at_keys();
    void look_at_key_file(const std::filesystem::path& file);
    void look_at_tokens();
    void look_at_the_rest();
    void look_at_control_plane();
    void look_at_role(pg::Connection& connection);
    void look_at_logging(pg::Connection& connection);
    void look_at_way(pg::Connection& connection);
    void look_at_settings(pg::Connection& connection);

    const ServeOptions& options_;
    const Limits& limits_;
    std::vector<Finding> findings_;
};

void Examination::look_at_listening() {
    const auto& listen = options_.http.listen.front();
    const bool loopback = listen.address == "::1" || listen.address.starts_with("127.");
    if (listen.tls)
        say("transport", Verdict::good, "requests are encrypted (serve.tls_cert)");
    else if (loopback)
        say("transport", Verdict::good, "only this machine reaches the server");
    else if (!options_.http.trusted_proxies.empty())
        say("transport",
            Verdict::weak,
            "a proxy is trusted to encrypt; between it and this server nothing is",
            "Keep both on one machine or on a network of their own.");
    else
        say("transport",
            Verdict::unsafe,
            "passwords and tokens cross the network in clear",
            "Set serve.tls_cert and serve.tls_key.");
    for (const auto& network : options_.http.trusted_proxies) {
        if (network.contains("192.0.2.1") && network.contains("198.51.100.1"))
            say("trusted-proxies",
                Verdict::unsafe,
                "everybody may say from where a request comes",
                "Name the proxies' own networks in serve.trusted_proxies.");
    }
    if (options_.production)
        say("profile", Verdict::good, "production: what weakens the server is refused");
    else
        say("profile",
            Verdict::weak,
            "development: what weakens the server is allowed",
            "Set serve.profile to production.");
    if (options_.metrics == "open")
        say("metrics",
            Verdict::weak,
            "everybody who reaches the server may read /metrics: names of routes, numbers of databases",
            "Set serve.metrics to loopback.");
}

void Examination::look_at_key_file(const std::filesystem::path& file) {
    struct stat state{};
    if (::stat(file.c_str(), &state) != 0) {
        say("master-key",
            Verdict::weak,
            fmt::format("there is no key file {} yet", file.string()),
            "`drydock serve` makes it at its first start; keep a copy elsewhere from then on.");
        return;
    }
    if ((state.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        say("master-key",
            Verdict::unsafe,
            fmt::format("others may read the key file {}", file.string()),
            fmt::format("chmod 600 {}", file.string()));
    else
        say("master-key", Verdict::good, "the key file can be read by its owner only");
}

void Examination::look_at_keys() {
    const auto& keys = options_.keys;
    if (!keys.command.empty())
        say("master-key", Verdict::good, "the master key comes from a command, and is on no disk of this server");
    else if (!keys.file.empty())
        look_at_key_file(keys.file);
    else if (!keys.text.empty())
        say("master-key",
            Verdict::weak,
            "the master key is in the environment that the server is started from: whoever can read the unit file, the "
            "shell or "
            "the container's definition has it",
            "Put it into a file with mode 0600 (DRYDOCK_KEK_FILE), or have a command print it (DRYDOCK_KEK_CMD).");
    else if (!options_.own_key_file.empty()) {
        look_at_key_file(options_.own_key_file);
        say("master-key-place",
            Verdict::weak,
            "the master key lies beside the data that it seals: who copies the folder has both",
            "Keep it elsewhere, and name the place by DRYDOCK_KEK_FILE.");
    } else
        say("master-key",
            Verdict::unsafe,
            "there is no master key, and without one no secret can be kept",
            "Make one with `drydock key new FILE`, and name it by DRYDOCK_KEK_FILE.");
}

void Examination::look_at_tokens() {
    using std::chrono::hours;
    if (options_.access_time > hours{12})
        say("access-tokens",
            Verdict::weak,
            "access tokens are good for more than twelve hours",
            "Set auth.access_time to 30min.");
    if (options_.refresh_days > std::chrono::days{90})
        say("sessions", Verdict::weak, "an unused session lives for more than 90 days", "Set auth.refresh_days lower.");
    if (options_.audit_sink.empty())
        say("audit-sink",
            Verdict::weak,
            "signed checkpoints of the audit log are kept in the control plane only: who owns that could cut its end",
            "Set audit.sink to a file that is kept elsewhere.");
    else
        say("audit-sink", Verdict::good, "checkpoints of the audit log are also written outside of the control plane");
}

void Examination::look_at_the_rest() {
    if (options_.loopback_targets)
        say("egress-loopback",
            Verdict::weak,
            "whoever may register a database can have the server dial this machine",
            "Set egress.loopback to refuse where no database runs beside the server.");
    if (options_.private_targets)
        say("egress",
            Verdict::weak,
            "whoever may register a database can have the server dial private networks",
            "Set egress.private to refuse where all databases have public addresses.");
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < kFewDescriptors)
        say("open-files",
            Verdict::weak,
            fmt::format(
                "this process may open {} files, and each client and probed database needs one", files.rlim_cur
            ),
            "Raise it: LimitNOFILE in the systemd unit, ulimit -n in a shell.");
    const auto& redis = options_.redis_url.reveal();
    if (redis.starts_with("redis://") && redis.find("127.0.0.1") == std::string::npos &&
        redis.find("localhost") == std::string::npos)
        say("redis", Verdict::weak, "what is kept in Redis crosses the network in clear", "Use rediss:// in REDIS_URL."
        );
}

void Examination::look_at_role(pg::Connection& connection) {
    const auto rows = connection.query(queries::service_role, std::array{pg::Param{"drydock_api"}}, limits_);
    if (!rows) return say("control-plane-role", Verdict::unknown, rows.error().message);
    const bool passes = rows->boolean(0, 0);
    const bool may_take_on = rows->boolean(0, 1);
    if (may_take_on && passes && options_.plane.where)
        say("control-plane-role",
            Verdict::weak,
            "drydock connects as a superuser and works as drydock_api, which row-level security binds",
            "Connect as an ordinary role that owns the database: a server needs no more.");
    else if (may_take_on)
        say("control-plane-role", Verdict::good, "the server works as drydock_api, which row-level security binds");
    else if (passes && !connection.query(queries::platform_settings, limits_))
        say("control-plane-role",
            Verdict::unknown,
            "the role that the server works as is made with its schema",
            "`drydock serve` makes both at its first start, or says why it can't.");
    else if (passes)
        say("control-plane-role",
            Verdict::unsafe,
            "the role passes row-level security: organizations are not kept apart",
            "Connect as an ordinary role that owns the database.");
    else
        say("control-plane-role",
            Verdict::weak,
            "the server works as the schema's owner: row-level security binds it, and it could switch that off",
            "Have somebody create the role drydock_api and grant it to the owner.");
}

void Examination::look_at_logging(pg::Connection& connection) {
    const auto rows = connection.query(queries::logging, limits_);
    if (!rows) return say("control-plane-log", Verdict::unknown, rows.error().message);
    std::string settings;
    for (int row = 0; row < rows->size(); ++row)
        settings += fmt::format("{}{} = {}", row > 0 ? ", " : "", rows->text(row, 0), rows->text(row, 1));
    if (settings.empty())
        say("control-plane-log", Verdict::good, "the control plane's server does not log statements");
    else
        say("control-plane-log",
            Verdict::weak,
            fmt::format(
                "the control plane's server logs statements ({}): a connection string that somebody writes by SQL "
                "stands in its log",
                settings
            ),
            "Register databases through drydock, or switch that off for the roles that write.");
}

void Examination::look_at_way(pg::Connection& connection) {
    const auto host = connection.conninfo().get("host");
    if (host.empty() || host.starts_with('/') || host == "localhost" || host.starts_with("127.") || host == "::1")
        return say("control-plane-tls", Verdict::good, "the control plane is on this machine");
    const auto mode = connection.conninfo().get("sslmode");
    if (mode == "verify-full")
        say("control-plane-tls", Verdict::good, "the way to the control plane is encrypted, and its server verified");
    else
        say("control-plane-tls",
            Verdict::unsafe,
            fmt::format("the way to the control plane is not verified (sslmode {})", mode.empty() ? "prefer" : mode),
            "Add sslmode=verify-full to DATABASE_URL.");
}

void Examination::look_at_settings(pg::Connection& connection) {
    if (connection.server_version() < kOldestSupported)
        say("control-plane-version", Verdict::unsafe, "this PostgreSQL gets no more security updates", "Upgrade it.");
    const auto rows = connection.query(queries::platform_settings, limits_);
    if (!rows)
        return say(
            "control-plane-schema",
            Verdict::unknown,
            "drydock's schema is not there yet, or may not be read",
            "`drydock serve` makes it."
        );
    bool sealing = false;
    for (int row = 0; row < rows->size(); ++row) {
        if (rows->text(row, 0) == "sealing_public_key") sealing = true;
        if (rows->text(row, 0) == "reveal_mode" && rows->text(row, 1) != "api")
            say("reveal-mode",
                Verdict::unsafe,
                "sealed connection strings can be opened by SQL",
                "UPDATE platform.settings SET value = 'api' WHERE name = 'reveal_mode'");
    }
    if (sealing)
        say("sealing-key", Verdict::good, "what is written by SQL is sealed with a public key");
    else
        say("sealing-key",
            Verdict::weak,
            "there is no public key yet: connection strings can't be written by SQL",
            "`drydock serve` makes one at its first start.");
}

void Examination::look_at_control_plane() {
    auto where = options_.plane.where;
    if (!where) {
        auto embedded = pg_server::embedded_conninfo(options_.plane.embedded);
        if (!embedded)
            return say(
                "control-plane",
                Verdict::unknown,
                "the embedded PostgreSQL does not run",
                "`drydock pg start` starts it."
            );
        where = *std::move(embedded);
    }
    auto connection = pg::Connection::open(*where, limits_.at_most(options_.plane.connect_timeout));
    if (!connection) return say("control-plane", Verdict::unknown, connection.error().message, connection.error().hint);
    look_at_way(*connection);
    look_at_role(*connection);
    look_at_logging(*connection);
    look_at_settings(*connection);
}

}  // namespace

std::string_view name(Verdict verdict) {
    constexpr std::array<std::string_view, 4> kNames{"good", "weak", "unsafe", "unknown"};
    return kNames[static_cast<std::size_t>(verdict)];
}

std::vector<Finding> examine(const ServeOptions& options, const Limits& limits) {
    return Examination{options, limits}.run();
}

}  // namespace drydock::app
