#include "shadow/extensions.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace drydock::shadow {
namespace {

// Those of PostgreSQL's own contrib: Debian ships them with the server, others in postgresql-contrib.
constexpr std::array<std::string_view, 46> kContrib{
    "adminpack",
    "amcheck",
    "autoinc",
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dblink",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "file_fdw",
    "fuzzystrmatch",
    "hstore",
    "insert_username",
    "intagg",
    "intarray",
    "isn",
    "lo",
    "ltree",
    "moddatetime",
    "old_snapshot",
    "pageinspect",
    "pg_buffercache",
    "pg_freespacemap",
    "pg_logicalinspect",
    "pg_overexplain",
    "pg_prewarm",
    "pg_stat_statements",
    "pg_surgery",
    "pg_trgm",
    "pg_visibility",
    "pg_walinspect",
    "pgcrypto",
    "pgrowlocks",
    "pgstattuple",
    "postgres_fdw",
    "refint",
    "seg",
    "sslinfo",
    "tablefunc",
    "tcn",
    "tsm_system_rows",
    "unaccent",
    "uuid-ossp",
};

// Packages that are not called postgresql-MAJOR-EXTENSION with its underscores as hyphens; {} is the major version.
constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kPackages{{
    {"address_standardizer", "postgresql-{}-postgis-3"},
    {"hll", "postgresql-{}-hll"},
    {"pg_cron", "postgresql-{}-cron"},
    {"pg_partman", "postgresql-{}-partman"},
    {"pg_repack", "postgresql-{}-repack"},
    {"pgaudit", "postgresql-{}-pgaudit"},
    {"pglogical", "postgresql-{}-pglogical"},
    {"pgtap", "postgresql-{}-pgtap"},
    {"plperl", "postgresql-plperl-{}"},
    {"plperlu", "postgresql-plperl-{}"},
    {"plpython3u", "postgresql-plpython3-{}"},
    {"pltcl", "postgresql-pltcl-{}"},
    {"plv8", "postgresql-{}-plv8"},
    {"postgis", "postgresql-{}-postgis-3"},
    {"postgis_raster", "postgresql-{}-postgis-3"},
    {"postgis_tiger_geocoder", "postgresql-{}-postgis-3"},
    {"postgis_topology", "postgresql-{}-postgis-3"},
    {"rum", "postgresql-{}-rum"},
    {"timescaledb", "timescaledb-2-postgresql-{}"},
    {"vector", "postgresql-{}-pgvector"},
}};

std::string package_of(std::string_view extension, int major) {
    const auto known =
        std::find_if(kPackages.begin(), kPackages.end(), [&](const auto& entry) { return entry.first == extension; });
    if (known != kPackages.end()) return fmt::format(fmt::runtime(known->second), major);
    std::string name{extension};
    std::replace(name.begin(), name.end(), '_', '-');
    return fmt::format("postgresql-{}-{}", major, name);
}

}  // namespace

std::string how_to_install(std::string_view extension, int major) {
    if (std::find(kContrib.begin(), kContrib.end(), extension) != kContrib.end()) {
        return fmt::format(
            "it is one of PostgreSQL's own: Debian has it in postgresql-{0} (apt install postgresql-{0}), others in "
            "postgresql-contrib",
            major
        );
    }
    return fmt::format(
        "Debian and apt.postgresql.org: apt install {}; or name a server that has it with --shadow-url",
        package_of(extension, major)
    );
}

}  // namespace drydock::shadow
