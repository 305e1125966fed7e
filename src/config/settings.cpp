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
        case Type::flag:
            return "flag";
        case Type::choice:
            return "choice";
    }
    return {};
}

}  // namespace drydock::config
