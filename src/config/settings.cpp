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
