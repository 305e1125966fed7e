#include "config/settings.h"

#include <algorithm>
#include <array>

namespace drydock::config {
namespace {

// docs/configuration.md is made from this; its test says how to bring the page up to date.
constexpr std::array kSettings{
    Setting{
        .key = "project",
        .fallback = "main",
        .option = "--project",
        .environment = {"DRYDOCK_PROJECT"},
        .description = "Name of this set of migrations; a database keeps one history for each project."
    },
    Setting{
        .key = "env",
        .option = "--env",
        .environment = {"DRYDOCK_ENV"},
        .in_file = false,
        .description = "Which [env.NAME] of drydock.toml is laid over the rest of it."
    },
    Setting{
        .key = "dir",
        .type = Type::path,
        .fallback = "migrations",
        .option = "--dir",
        .environment = {"DRYDOCK_DIR"},
        .description = "Folder of the migrations."
    },
    Setting{
        .key = "layout",
        .type = Type::choice,
        .fallback = "auto",
        .option = "--layout",
        .environment = {"DRYDOCK_LAYOUT"},
        .description = "How the files in the folder are named; auto looks at them.",
        .choices = {"auto", "native"}
    },
    Setting{
        .key = "database_url",
        .option = "--database-url",
        .environment = {"DATABASE_URL"},
        .secret = true,
        .description = "The database to work on, as a URL or as \"host=… dbname=…\"; not set: the embedded server."
    },
    Setting{
        .key = "database_ssl",
        .type = Type::choice,
        .environment = {"DATABASE_SSL"},
        .description = "TLS to the database, where its URL has no sslmode; true is require, false is disable.",
        .choices = {"true", "false", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
    },
    Setting{
        .key = "database.host",
        .environment = {"PORTAL_DB_HOST"},
        .description = "With the other four of this section: the parts of a database_url that is not given whole."
    },
    Setting{
        .key = "database.port",
        .type = Type::count,
        .fallback = "5432",
        .environment = {"PORTAL_DB_PORT"},
        .description = "Port of database.host."
    },
    Setting{.key = "database.name", .environment = {"PORTAL_DB_NAME"}, .description = "Name of the database."},
    Setting{.key = "database.user", .environment = {"PORTAL_DB_USER"}, .description = "Role to connect as."},
    Setting{
        .key = "database.password",
        .environment = {"PORTAL_DB_PASSWORD"},
        .secret = true,
        .description = "Its password."
    },
    Setting{
        .key = "connect_timeout",
        .type = Type::duration,
        .fallback = "10s",
        .option = "--connect-timeout",
        .environment = {"DRYDOCK_CONNECT_TIMEOUT", "DATABASE_CONNECTION_TIMEOUT"},
        .description = "How long a connection may take to come up."
    },
    Setting{
        .key = "data_dir",
        .type = Type::path,
        .option = "--data-dir",
        .environment = {"DRYDOCK_DATA_DIR"},
        .description = "Folder of the embedded server; not set: /var/lib/drydock for root, else drydock in the user's "
                       "data folder (XDG_DATA_HOME, ~/.local/share)."
    },
    Setting{
        .key = "pg_bin",
        .type = Type::path,
        .option = "--pg-bin",
        .environment = {"DRYDOCK_PG_BIN"},
        .description = "Folder with PostgreSQL's programs; not set: the newest installed."
    },
    Setting{
        .key = "pg.user",
        .fallback = "postgres",
        .environment = {"DRYDOCK_PG_USER"},
        .description = "System user that the embedded server runs as when drydock is started by root."
    },
    Setting{
        .key = "migrate.late",
        .type = Type::choice,
        .fallback = "warn",
        .option = "--late",
        .environment = {"DRYDOCK_MIGRATE_LATE"},
        .description =
            "A migration that sorts before applied ones and is not applied: run it, run it and warn, or refuse.",
        .choices = {"run", "warn", "refuse"}
    },
    Setting{
        .key = "migrate.missing",
        .type = Type::choice,
        .fallback = "warn",
        .option = "--missing",
        .environment = {"DRYDOCK_MIGRATE_MISSING"},
        .description = "An applied migration whose file is gone.",
        .choices = {"ignore", "warn", "refuse"}
    },
    Setting{
        .key = "migrate.lock_timeout",
        .type = Type::duration,
        .fallback = "3s",
        .option = "--lock-timeout",
        .environment = {"DRYDOCK_MIGRATE_LOCK_TIMEOUT"},
        .description = "How long a statement may wait for a lock before the migration is rolled back and tried again."
    },
    Setting{
        .key = "migrate.lock_retries",
        .type = Type::count,
        .fallback = "10",
        .option = "--lock-retries",
        .environment = {"DRYDOCK_MIGRATE_LOCK_RETRIES"},
        .description = "How often it is tried again."
    },
    Setting{
        .key = "migrate.statement_timeout",
        .type = Type::duration,
        .fallback = "0",
        .option = "--statement-timeout",
        .environment = {"DRYDOCK_MIGRATE_STATEMENT_TIMEOUT"},
        .description = "How long one statement may take; 0: without end."
    },
    Setting{
        .key = "migrate.lock_wait",
        .type = Type::duration,
        .fallback = "5min",
        .option = "--lock-wait",
        .environment = {"DRYDOCK_MIGRATE_LOCK_WAIT"},
        .description = "How long to wait for another run on the same database to end."
    },
    Setting{
        .key = "migrate.durable_each",
        .type = Type::flag,
        .fallback = "false",
        .option = "--durable-each",
        .environment = {"DRYDOCK_MIGRATE_DURABLE_EACH"},
        .description = "Wait for the disk after each migration and not only at the end of the run."
    },
    Setting{
        .key = "migrate.prove",
        .type = Type::flag,
        .fallback = "false",
        .option = "--prove",
        .environment = {"DRYDOCK_MIGRATE_PROVE"},
        .description = "Before `migrate up`, prove in a shadow that what is pending can be applied and taken back, and "
                       "keep the rollbacks that are generated for migrations without a rollback file."
    },
    Setting{
        .key = "migrate.lease",
        .type = Type::duration,
        .fallback = "30s",
        .environment = {"DRYDOCK_MIGRATE_LEASE"},
        .description = "Behind a pooler, where a run holds a lease in place of a lock: how long it lasts unrenewed."
    },
    Setting{
        .key = "migrate.hook_timeout",
        .type = Type::duration,
        .fallback = "5min",
        .environment = {"DRYDOCK_MIGRATE_HOOK_TIMEOUT"},
        .description = "How long one hook may take."
    },
    Setting{
        .key = "migrate.role",
        .option = "--role",
        .environment = {"DRYDOCK_MIGRATE_ROLE"},
        .description = "Role that each migration runs as (SET ROLE); not set: the role that connects."
    },
    Setting{
        .key = "migrate.search_path",
        .option = "--search-path",
        .environment = {"DRYDOCK_MIGRATE_SEARCH_PATH"},
        .description = "search_path that each migration starts with; not set: what the server says."
    },
    Setting{
        .key = "validate.fail_on",
        .type = Type::choice,
        .fallback = "critical",
        .option = "--fail-on",
        .environment = {"DRYDOCK_VALIDATE_FAIL_ON"},
        .description = "The least severity of a finding that makes `validate` end with 11.",
        .choices = {"critical", "warning", "info", "never"}
    },
    Setting{
        .key = "validate.budget",
        .type = Type::duration,
        .fallback = "60s",
        .option = "--budget",
        .environment = {"DRYDOCK_VALIDATE_BUDGET"},
        .description = "How long all checks together may take; what is left then is not checked. 0: without end."
    },
    Setting{
        .key = "validate.check_limit",
        .type = Type::duration,
        .fallback = "30s",
        .option = "--check-limit",
        .environment = {"DRYDOCK_VALIDATE_CHECK_LIMIT"},
        .description = "How long one check may take; 0: without end."
    },
    Setting{
        .key = "validate.assertions",
        .type = Type::path,
        .fallback = "validations",
        .option = "--assertions",
        .environment = {"DRYDOCK_VALIDATE_ASSERTIONS"},
        .description = "Folder of your own checks, one SQL file each."
    },
    Setting{
        .key = "validate.report",
        .type = Type::path,
        .option = "--report",
        .environment = {"DRYDOCK_VALIDATE_REPORT"},
        .description = "Folder for validation-YYYY-MM-DD.json and .html; not set: none are written."
    },
    Setting{
        .key = "migrate.preflight",
        .type = Type::choice,
        .fallback = "off",
        .environment = {"DRYDOCK_MIGRATE_PREFLIGHT"},
        .description =
            "What `migrate up` does with the gates of `migrate preflight`: not look, warn, or refuse on no-go.",
        .choices = {"off", "warn", "block"}
    },
    Setting{
        .key = "verify.timeout",
        .type = Type::duration,
        .fallback = "30s",
        .option = "--timeout",
        .environment = {"DRYDOCK_VERIFY_TIMEOUT"},
        .description = "How long `migrate verify` lets one verify file run."
    },
    Setting{
        .key = "preflight.fail_on",
        .type = Type::choice,
        .fallback = "block",
        .option = "--fail-on",
        .environment = {"DRYDOCK_PREFLIGHT_FAIL_ON"},
        .description = "What makes `migrate preflight` a no-go: a gate that blocks, or also one that warns or could "
                       "not be looked at.",
        .choices = {"block", "warn"}
    },
    Setting{
        .key = "preflight.window",
        .option = "--window",
        .environment = {"DRYDOCK_PREFLIGHT_WINDOW"},
        .description = "When migrations may run: \"Mon-Fri 22:00-05:00 Europe/Berlin\", several with \";\" between; "
                       "not set: at any time."
    },
    Setting{
        .key = "preflight.backup",
        .type = Type::choice,
        .fallback = "warn",
        .environment = {"DRYDOCK_PREFLIGHT_BACKUP"},
        .description = "No backup that a migration could be taken back with: warn, block, or do not look.",
        .choices = {"warn", "block", "off"}
    },
    Setting{
        .key = "preflight.transaction_age",
        .type = Type::duration,
        .fallback = "1min",
        .environment = {"DRYDOCK_PREFLIGHT_TRANSACTION_AGE"},
        .description = "A transaction that holds a table to be locked, or that CONCURRENTLY waits for, blocks when it "
                       "is older than this."
    },
    Setting{
        .key = "preflight.big_table",
        .type = Type::size,
        .fallback = "1GB",
        .environment = {"DRYDOCK_PREFLIGHT_BIG_TABLE"},
        .description = "From what size on a table is big: work under a lock that keeps writers out is told of."
    },
    Setting{
        .key = "preflight.big_lock",
        .type = Type::choice,
        .fallback = "warn",
        .environment = {"DRYDOCK_PREFLIGHT_BIG_LOCK"},
        .description = "A statement that scans or rewrites a big table under such a lock: warn, block, or do not look.",
        .choices = {"warn", "block", "off"}
    },
    Setting{
        .key = "preflight.replication_lag",
        .type = Type::duration,
        .fallback = "30s",
        .environment = {"DRYDOCK_PREFLIGHT_REPLICATION_LAG"},
        .description = "How far a standby may be behind."
    },
    Setting{
        .key = "preflight.slot_wal",
        .type = Type::size,
        .fallback = "1GB",
        .environment = {"DRYDOCK_PREFLIGHT_SLOT_WAL"},
        .description = "How much WAL a replication slot may hold back."
    },
    Setting{
        .key = "preflight.replication",
        .type = Type::choice,
        .fallback = "warn",
        .environment = {"DRYDOCK_PREFLIGHT_REPLICATION"},
        .description = "A standby or a slot beyond these limits: warn, block, or do not look.",
        .choices = {"warn", "block", "off"}
    },
    Setting{
        .key = "preflight.connections",
        .type = Type::count,
        .fallback = "5",
        .environment = {"DRYDOCK_PREFLIGHT_CONNECTIONS"},
        .description = "How many connections must be left beside those that the run needs."
    },
    Setting{
        .key = "preflight.probe_time",
        .type = Type::duration,
        .fallback = "10s",
        .option = "--probe-time",
        .environment = {"DRYDOCK_PREFLIGHT_PROBE_TIME"},
        .description = "How long the look for rows that would make a migration fail may take in all; 0: do not look."
    },
    Setting{
        .key = "shadow.url",
        .option = "--shadow-url",
        .environment = {"DRYDOCK_SHADOW_URL"},
        .secret = true,
        .description =
            "A server where databases may be made and dropped, to prove migrations on; not set: a throw-away "
            "one."
    },
    Setting{
        .key = "shadow.version",
        .type = Type::count,
        .fallback = "0",
        .option = "--shadow-version",
        .environment = {"DRYDOCK_SHADOW_VERSION"},
        .description =
            "Major version of the throw-away server; 0: the target's, if it answers, else the newest installed."
    },
    Setting{
        .key = "shadow.cache_dir",
        .type = Type::path,
        .environment = {"DRYDOCK_SHADOW_CACHE_DIR"},
        .description =
            "Where states and proofs are kept for the next run; not set: /var/cache/drydock/shadow for root, "
            "else drydock/shadow in the user's cache folder (XDG_CACHE_HOME, ~/.cache)."
    },
    Setting{
        .key = "lint.disable",
        .type = Type::list,
        .environment = {"DRYDOCK_LINT_DISABLE"},
        .description = "Rules of `migrate lint` that are off."
    },
    Setting{.key = "lint.error", .type = Type::list, .description = "Rules whose findings count as errors."},
    Setting{.key = "lint.warning", .type = Type::list, .description = "Rules whose findings count as warnings."},
    Setting{.key = "lint.notice", .type = Type::list, .description = "Rules whose findings count as notices."},
    Setting{
        .key = "lint.fail_on",
        .type = Type::choice,
        .fallback = "error",
        .environment = {"DRYDOCK_LINT_FAIL_ON"},
        .description = "The weakest finding that makes `migrate lint` fail.",
        .choices = {"error", "warning", "notice", "never"}
    },
    Setting{
        .key = "lint.assume",
        .type = Type::choice,
        .fallback = "drydock",
        .description =
            "Who runs the files: drydock, psql (each statement by itself), or a tool that wraps each file in "
            "one transaction.",
        .choices = {"drydock", "psql", "transaction"}
    },
    Setting{
        .key = "serve.address",
        .fallback = "127.0.0.1",
        .option = "--address",
        .environment = {"DRYDOCK_SERVE_ADDRESS"},
        .description = "Address that `drydock serve` listens on; 0.0.0.0 or :: for all."
    },
    Setting{
        .key = "serve.port",
        .type = Type::count,
        .fallback = "8432",
        .option = "--port",
        .environment = {"DRYDOCK_SERVE_PORT", "PORT"},
        .description = "Port of it; 0 takes a free one."
    },
    Setting{
        .key = "serve.public_url",
        .option = "--public-url",
        .environment = {"DRYDOCK_PUBLIC_URL"},
        .description = "How people reach it, where that is not http://address:port: for links, and for where browsers "
                       "may call from."
    },
    Setting{
        .key = "serve.tls_cert",
        .type = Type::path,
        .option = "--tls-cert",
        .environment = {"DRYDOCK_TLS_CERT"},
        .description = "File with the certificate and its chain (PEM): serves HTTPS."
    },
    Setting{
        .key = "serve.tls_key",
        .type = Type::path,
        .option = "--tls-key",
        .environment = {"DRYDOCK_TLS_KEY"},
        .description = "File with its private key (PEM)."
    },
    Setting{
        .key = "serve.workers",
        .type = Type::count,
        .fallback = "0",
        .environment = {"DRYDOCK_SERVE_WORKERS"},
        .description = "Threads that answer requests; 0: two a core."
    },
    Setting{
        .key = "serve.max_connections",
        .type = Type::count,
        .fallback = "2000",
        .environment = {"DRYDOCK_SERVE_MAX_CONNECTIONS"},
        .description = "Connections at a time; more are turned away."
    },
    Setting{
        .key = "serve.max_body",
        .type = Type::size,
        .fallback = "1MB",
        .environment = {"DRYDOCK_SERVE_MAX_BODY"},
        .description = "Largest body of a request."
    },
    Setting{
        .key = "serve.header_timeout",
        .type = Type::duration,
        .fallback = "10s",
        .environment = {"DRYDOCK_SERVE_HEADER_TIMEOUT"},
        .description = "How long a client may take to send the head of a request."
    },
    Setting{
        .key = "serve.request_timeout",
        .type = Type::duration,
        .fallback = "30s",
        .environment = {"DRYDOCK_SERVE_REQUEST_TIMEOUT"},
        .description = "How long a request may take, its body included."
    },
    Setting{
        .key = "serve.idle_timeout",
        .type = Type::duration,
        .fallback = "60s",
        .environment = {"DRYDOCK_SERVE_IDLE_TIMEOUT"},
        .description = "How long an idle connection is kept."
    },
    Setting{
        .key = "serve.grace",
        .type = Type::duration,
        .fallback = "20s",
        .environment = {"DRYDOCK_SERVE_GRACE"},
        .description = "How long running requests and jobs may go on after a request to stop."
    },
    Setting{
        .key = "serve.trusted_proxies",
        .type = Type::list,
        .environment = {"DRYDOCK_TRUSTED_PROXIES"},
        .description = "Networks (CIDR) of proxies whose X-Forwarded-For is believed."
    },
    Setting{
        .key = "serve.profile",
        .type = Type::choice,
        .fallback = "production",
        .environment = {"DRYDOCK_PROFILE"},
        .description = "production refuses what weakens the server; development allows it and says so.",
        .choices = {"production", "development"}
    },
    Setting{
        .key = "serve.pool_size",
        .type = Type::count,
        .fallback = "8",
        .environment = {"DRYDOCK_POOL_SIZE", "DATABASE_CONNECTION_POOL_SIZE"},
        .description = "Connections to the control plane a server keeps."
    },
    Setting{
        .key = "serve.pool_idle",
        .type = Type::duration,
        .fallback = "5min",
        .environment = {"DRYDOCK_POOL_IDLE", "DATABASE_IDLE_TIMEOUT"},
        .description = "How long an idle one is kept, and one to a registered database."
    },
    Setting{
        .key = "serve.pool_lifetime",
        .type = Type::duration,
        .fallback = "1h",
        .environment = {"DRYDOCK_POOL_LIFETIME", "DATABASE_MAX_LIFETIME"},
        .description = "How long any one is kept, and one to a registered database."
    },
    Setting{
        .key = "serve.pooler",
        .type = Type::flag,
        .fallback = "false",
        .environment = {"DRYDOCK_POOLER"},
        .description = "The control plane is reached through a pooler that hands out another session for each "
                       "transaction: no prepared statements, leases in place of locks."
    },
    Setting{
        .key = "serve.readiness_timeout",
        .type = Type::duration,
        .fallback = "5s",
        .environment = {"READINESS_CHECK_TIMEOUT"},
        .description = "Time limit of /readyz."
    },
    Setting{
        .key = "serve.metrics",
        .type = Type::choice,
        .fallback = "loopback",
        .environment = {"DRYDOCK_METRICS"},
        .description = "Who may read /metrics: this machine, everybody who reaches the server, or nobody.",
        .choices = {"loopback", "open", "off"}
    },
    Setting{
        .key = "serve.workers_for_jobs",
        .type = Type::count,
        .fallback = "2",
        .environment = {"DRYDOCK_JOB_WORKERS"},
        .description = "Threads that run jobs; 0: this server runs none."
    },
    Setting{
        .key = "keys.file",
        .type = Type::path,
        .environment = {"DRYDOCK_KEK_FILE"},
        .description = "File with the master keys (mode 0600), one a line: NAME BASE64. Not set with the embedded "
                       "server: master.key beside its data, made at the first start."
    },
    Setting{
        .key = "keys.value",
        .environment = {"DRYDOCK_KEK"},
        .secret = true,
        .in_file = false,
        .description = "A master key itself: 32 bytes as base64 or hex."
    },
    Setting{
        .key = "keys.command",
        .environment = {"DRYDOCK_KEK_CMD"},
        .description = "Program (and its arguments) that prints the master key: for a key store."
    },
    Setting{
        .key = "keys.current",
        .environment = {"DRYDOCK_KEK_CURRENT"},
        .description = "Name of the master key that wraps from now on, where several are given; not set: the last one."
    },
    Setting{
        .key = "auth.jwt_secret",
        .environment = {"JWT_SECRET"},
        .secret = true,
        .in_file = false,
        .description = "Key of access tokens, 32 characters or more; not set: one is made from the master key."
    },
    Setting{
        .key = "auth.access_time",
        .type = Type::duration,
        .fallback = "30min",
        .environment = {"DRYDOCK_ACCESS_TIME", "JWT_ACCESS_EXPIRES"},
        .description = "How long an access token is good for."
    },
    Setting{
        .key = "auth.refresh_days",
        .type = Type::count,
        .fallback = "7",
        .environment = {"DRYDOCK_REFRESH_DAYS", "JWT_REFRESH_EXPIRES_DAYS"},
        .description = "Days that a session lives without being used."
    },
    Setting{
        .key = "auth.oidc_issuer",
        .environment = {"DRYDOCK_OIDC_ISSUER"},
        .description = "Address of an OpenID Connect provider that people may sign in by; not set: none."
    },
    Setting{
        .key = "auth.oidc_client_id",
        .environment = {"DRYDOCK_OIDC_CLIENT_ID"},
        .description = "What that provider calls this server."
    },
    Setting{
        .key = "auth.oidc_client_secret",
        .environment = {"DRYDOCK_OIDC_CLIENT_SECRET"},
        .secret = true,
        .in_file = false,
        .description = "Its secret; not set: a public client, which PKCE alone protects."
    },
    Setting{
        .key = "auth.oidc_title",
        .fallback = "Single sign-on",
        .environment = {"DRYDOCK_OIDC_TITLE"},
        .description = "What people read on its button."
    },
    Setting{
        .key = "auth.oidc_domains",
        .type = Type::list,
        .environment = {"DRYDOCK_OIDC_DOMAINS"},
        .description = "Domains of the e-mail addresses that may sign in by it; not set: all."
    },
    Setting{
        .key = "auth.oidc_role",
        .type = Type::choice,
        .fallback = "none",
        .environment = {"DRYDOCK_OIDC_ROLE"},
        .description =
            "Role in the first organization of people who come by it and are not known yet; none: only who was "
            "invited may come.",
        .choices = {"none", "viewer", "member", "admin"}
    },
    Setting{
        .key = "redis_url",
        .environment = {"REDIS_URL"},
        .secret = true,
        .description =
            "Redis by which servers share sessions, answers and rate limits; not set: PostgreSQL is asked instead."
    },
    Setting{
        .key = "egress.private",
        .type = Type::choice,
        .fallback = "allow",
        .environment = {"DRYDOCK_EGRESS_PRIVATE"},
        .description = "Whether databases may be at private addresses.",
        .choices = {"allow", "refuse"}
    },
    Setting{
        .key = "egress.loopback",
        .type = Type::choice,
        .fallback = "refuse",
        .environment = {"DRYDOCK_EGRESS_LOOPBACK"},
        .description = "Whether databases may be on the machine that the server runs on, where others of its services "
                       "may trust whoever comes from there.",
        .choices = {"allow", "refuse"}
    },
    Setting{
        .key = "targets.pool_size",
        .type = Type::count,
        .fallback = "0",
        .environment = {"DRYDOCK_TARGETS_POOL_SIZE"},
        .description = "Connections that a server keeps to one registered database at most, 0: as many as "
                       "serve.pool_size; config.pool.tier of a database makes it a quarter of that (small) or four "
                       "times (large)."
    },
    Setting{
        .key = "health.interval",
        .type = Type::duration,
        .fallback = "5min",
        .environment = {"DRYDOCK_HEALTH_INTERVAL"},
        .description = "How often each registered database is probed."
    },
    Setting{
        .key = "health.timeout",
        .type = Type::duration,
        .fallback = "8s",
        .environment = {"DRYDOCK_HEALTH_TIMEOUT", "HEALTH_CHECK_TIMEOUT"},
        .description = "How long one probe may take, from looking the name up to the answer."
    },
    Setting{
        .key = "health.keep_days",
        .type = Type::count,
        .fallback = "30",
        .environment = {"DRYDOCK_HEALTH_KEEP_DAYS"},
        .description = "Days that results of probes are kept."
    },
    Setting{
        .key = "audit.sink",
        .type = Type::path,
        .environment = {"DRYDOCK_AUDIT_SINK"},
        .description = "File that signed checkpoints of the audit log are also appended to."
    },
    Setting{
        .key = "log.level",
        .type = Type::choice,
        .fallback = "info",
        .option = "--log-level",
        .environment = {"DRYDOCK_LOG_LEVEL"},
        .description = "What is logged.",
        .choices = {"debug", "info", "warning", "error", "off"}
    },
    Setting{
        .key = "log.format",
        .type = Type::choice,
        .fallback = "auto",
        .environment = {"DRYDOCK_LOG_FORMAT"},
        .description = "text for people, json for programs; auto: text on a terminal.",
        .choices = {"auto", "text", "json"}
    },
    Setting{
        .key = "log.file",
        .type = Type::path,
        .environment = {"DRYDOCK_LOG_FILE"},
        .description = "File of the log; not set: standard error."
    },
    Setting{
        .key = "server_url",
        .fallback = "http://127.0.0.1:8432",
        .option = "--server",
        .environment = {"DRYDOCK_URL"},
        .description = "The server that `drydock db`, `user`, `job` and so on talk to."
    },
    Setting{
        .key = "server_ca",
        .type = Type::path,
        .environment = {"DRYDOCK_SERVER_CA"},
        .description = "File with an authority (PEM) that its certificate may be signed by, beside those of the system."
    },
    Setting{
        .key = "organization",
        .option = "--organization",
        .environment = {"DRYDOCK_ORGANIZATION"},
        .description = "Slug of the organization to work in; not set: the one you were last in."
    },
    Setting{
        .key = "token",
        .environment = {"DRYDOCK_TOKEN"},
        .secret = true,
        .in_file = false,
        .description = "API token for it; not set: that of `drydock login`."
    },
};

}  // namespace

std::span<const Setting> settings() {
    return kSettings;
}

const Setting* find_setting(std::string_view key) {
    const auto found = std::find_if(kSettings.begin(), kSettings.end(), [&](const Setting& s) { return s.key == key; });
    return found == kSettings.end() ? nullptr : &*found;
}

std::string_view name(Type type) {
    switch (type) {
        case Type::text:
            return "text";
        case Type::path:
            return "path";
        case Type::duration:
            return "duration";
        case Type::count:
            return "count";
        case Type::size:
            return "size";
        case Type::flag:
            return "flag";
        case Type::choice:
            return "choice";
        case Type::list:
            return "list";
    }
    return {};
}

}  // namespace drydock::config
