#include "control/schema_pgtest.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>

#include <gmock/gmock.h>

#include "base/process.h"
#include "base/text.h"

namespace drydock::control {
namespace {

using namespace schema;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// All that pg_dump would tell of the catalog, and also where no pg_dump of the server's version is at hand.
constexpr std::string_view kCatalog = R"(
WITH relations AS (
    SELECT c.* FROM pg_class AS c
    WHERE c.relnamespace::regnamespace::text NOT LIKE ALL ('{pg\_%, information\_schema}')
), described AS (
    SELECT concat_ws(' ', 'schema', nspname, coalesce(nullif(nspacl, acldefault('n', nspowner)), '{}'), obj_description(oid)) AS line
    FROM pg_namespace WHERE nspname NOT LIKE ALL ('{pg\_%, information\_schema}')
    UNION ALL
    SELECT concat_ws(' ', 'extension', extname, extnamespace::regnamespace, extversion) FROM pg_extension
    UNION ALL
    SELECT concat_ws(' ', 'relation', oid::regclass, relkind, coalesce(nullif(relacl, acldefault('r', relowner)), '{}'), reloptions,
        relrowsecurity, relforcerowsecurity, obj_description(oid, 'pg_class'), CASE WHEN relkind = 'v' THEN pg_get_viewdef(oid) END)
    FROM relations
    UNION ALL
    -- By their place among those that are there: a column that was dropped keeps its number.
    SELECT concat_ws(' ', 'column', attrelid::regclass, row_number() OVER (PARTITION BY attrelid ORDER BY attnum), attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
        attgenerated, coalesce(attacl, '{}'), pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped AND attrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated,
        obj_description(oid, 'pg_constraint'))
    FROM pg_constraint WHERE conrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid) FROM pg_index WHERE indexrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT concat_ws(' ', 'function', pg_get_functiondef(oid), coalesce(nullif(proacl, acldefault('f', proowner)), '{}'),
        obj_description(oid, 'pg_proc'))
    FROM pg_proc
    WHERE prokind IN ('f', 'p') AND pronamespace::regnamespace::text NOT LIKE ALL ('{pg\_%, information\_schema}')
    UNION ALL
    SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT concat_ws(' ', 'policy', polrelid::regclass, polname, polcmd, polpermissive, polroles::text,
        pg_get_expr(polqual, polrelid), '/', pg_get_expr(polwithcheck, polrelid))
    FROM pg_policy
)
SELECT string_agg(line, E'\n' ORDER BY line) FROM described)";

std::filesystem::path pg_dump_for(int server_version, const std::filesystem::path& programs) {
    const auto own = programs / "pg_dump";
    if (std::filesystem::exists(own)) return own;
    // pg_dump reads servers up to its own version.
    const auto ours = pg_server::find_binaries();
    if (!ours || ours->version / 10000 < server_version / 10000) return {};
    return std::filesystem::exists(ours->folder / "pg_dump") ? ours->folder / "pg_dump" : std::filesystem::path{};
}

// `pg_dump -s`, without the key that it makes up anew each time.
std::string dump(pg::Connection& connection, const std::filesystem::path& programs) {
    const auto program = pg_dump_for(connection.server_version(), programs);
    if (program.empty()) return {};
    const auto done = drydock::run(
        {.argv = {program.string(), "--schema-only", "--dbname", connection.conninfo().url()}}, Limits::within(kTime)
    );
    EXPECT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->exit_code, 0) << done->output;
    std::string result;
    for (const auto line : split(done->output, '\n')) {
        if (!line.starts_with("\\restrict") && !line.starts_with("\\unrestrict")) result.append(line).append("\n");
    }
    EXPECT_GT(result.size(), 100U);
    return result;
}

struct Version {
    pg_server::Throwaway* server;
    std::filesystem::path programs;
};

// The server of all tests, and those of other versions where DRYDOCK_TEST_POSTGRES names some.
std::vector<Version> versions() {
    static std::vector<std::unique_ptr<pg_server::Throwaway>> others;
    std::vector<Version> result;
    const auto ours = pg_server::find_binaries();
    EXPECT_TRUE(ours) << ours.error().message;
    result.push_back({&testing::server(), ours->folder});
    const auto named = testing::other_versions();
    while (others.size() < named.size()) {
        auto started = pg_server::Throwaway::start({.binaries = named[others.size()]}, Limits::within(kTime));
        if (!started) throw std::runtime_error(started.error().message);
        others.push_back(std::make_unique<pg_server::Throwaway>(std::move(*started)));
    }
    for (std::size_t i = 0; i < named.size(); ++i) result.push_back({others[i].get(), named[i].folder});
    return result;
}

pg::Connection connect(pg::Conninfo where, std::string_view database) {
    where.set("dbname", database);
    auto connection = pg::Connection::open(where, Limits::within(kTime));
    if (!connection) throw std::runtime_error(connection.error().message);
    return *std::move(connection);
}

struct Owner {
    std::string_view name;
    std::string_view rights;
};

// A new database of one owner on one server; the connection acts as the owner.
class Fresh {
public:
    Fresh(const Version& version, const Owner& owner)
        : version_(version), admin_(connect(version.server->conninfo(), "postgres")) {
        run(admin_, fmt::format("CREATE ROLE control_owner {}", owner.rights));
        run(admin_, "CREATE DATABASE control_test OWNER control_owner");
        connection_ = std::make_unique<pg::Connection>(connect(version.server->conninfo(), "control_test"));
        run(*connection_, "SET SESSION AUTHORIZATION control_owner");
    }
    ~Fresh() {
        connection_.reset();
        run(admin_, "DROP DATABASE control_test");
        run(admin_, "DROP ROLE IF EXISTS drydock_api, drydock_readonly");
        run(admin_, "DROP ROLE control_owner");
    }
    Fresh(const Fresh&) = delete;
    Fresh& operator=(const Fresh&) = delete;

    pg::Connection& connection() { return *connection_; }
    std::string catalog() { return value(*connection_, kCatalog) + dump(*connection_, version_.programs); }

private:
    Version version_;
    pg::Connection admin_;
    std::unique_ptr<pg::Connection> connection_;
};

constexpr Owner kOwners[] = {{"superuser", "SUPERUSER"}, {"plain owner", ""}, {"owner with CREATEROLE", "CREATEROLE"}};

// All up, one by one down, and up again: at each step the catalog is the one that stood there before.
void expect_same_catalog_on_each_leg(Fresh& fresh) {
    const auto names = order();
    std::vector<std::string> after = {fresh.catalog()};
    for (const auto& name : names) {
        apply_migration(fresh.connection(), name);
        after.push_back(fresh.catalog());
    }
    for (auto i = names.size(); i-- > 0;) {
        roll_back(fresh.connection(), names[i]);
        ASSERT_EQ(fresh.catalog(), after[i]) << names[i] << " rolled back";
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        apply_migration(fresh.connection(), names[i]);
        ASSERT_EQ(fresh.catalog(), after[i + 1]) << names[i] << " applied again";
    }
}

TEST(Schema, comes_back_to_the_same_catalog_after_each_rollback_whoever_owns_it_on_every_version) {
    for (const auto& version : versions()) {
        for (const auto& owner : kOwners) {
            Fresh fresh(version, owner);
            SCOPED_TRACE(fmt::format("PostgreSQL {}, {}", fresh.connection().server_version(), owner.name));
            expect_same_catalog_on_each_leg(fresh);
            if (HasFatalFailure()) return;
        }
    }
}

TEST(Schema, makes_the_service_roles_only_where_it_may) {
    const std::map<std::string_view, std::string> expected = {
        {"superuser", "2"}, {"plain owner", "0"}, {"owner with CREATEROLE", "2"}
    };
    for (const auto& owner : kOwners) {
        SCOPED_TRACE(owner.name);
        Fresh fresh(versions().front(), owner);
        apply_before(fresh.connection());
        EXPECT_EQ(
            value(
                fresh.connection(),
                "SELECT count(*) FROM pg_roles WHERE rolname IN ('drydock_api', 'drydock_readonly') AND NOT rolsuper"
            ),
            expected.at(owner.name)
        );
    }
}

TEST(Schema, refuses_a_service_role_that_policies_would_not_bind) {
    Fresh fresh(versions().front(), kOwners[0]);
    apply_before(fresh.connection(), "006_enable_rls.sql");
    run(fresh.connection(), "CREATE ROLE drydock_api BYPASSRLS");
    EXPECT_THAT(
        failure(fresh.connection(), fmt::format("BEGIN;{}", migration_text("006_enable_rls.sql"))).message,
        HasSubstr("BYPASSRLS")
    );
}

TEST(Schema, gives_roles_their_rights_when_they_are_made_later) {
    Fresh fresh(versions().front(), kOwners[1]);
    apply_before(fresh.connection());
    auto admin = connect(versions().front().server->conninfo(), "control_test");
    run(admin, "CREATE ROLE drydock_api; CREATE ROLE drydock_readonly");
    run(fresh.connection(), "SELECT platform.grant_service_roles()");
    EXPECT_EQ(value(admin, "SELECT has_table_privilege('drydock_api', 'platform.databases', 'INSERT')"), "t");
    EXPECT_EQ(
        value(admin, "SELECT has_column_privilege('drydock_readonly', 'platform.users', 'password_hash', 'SELECT')"),
        "f"
    );
}

class BuiltSchema : public ::testing::Test {
protected:
    BuiltSchema() : connection_(database_.connect()) { apply_before(connection_); }

    testing::Database database_;
    pg::Connection connection_;
};

TEST_F(BuiltSchema, has_an_index_for_every_foreign_key) {
    EXPECT_THAT(
        rows(connection_, R"(
        SELECT c.conrelid::regclass, c.conname
        FROM pg_constraint AS c
        WHERE c.contype = 'f' AND c.connamespace = 'platform'::regnamespace
          AND NOT EXISTS (
              SELECT FROM pg_index AS i
              WHERE i.indrelid = c.conrelid AND i.indpred IS NULL
                AND (i.indkey::smallint[])[0:cardinality(c.conkey) - 1] @> c.conkey))"),
        IsEmpty()
    );
}

TEST_F(BuiltSchema, explains_every_table_view_and_function) {
    EXPECT_THAT(
        rows(connection_, R"(
        SELECT relname FROM pg_class
        WHERE relnamespace = 'platform'::regnamespace AND relkind IN ('r', 'p', 'v') AND obj_description(oid, 'pg_class') IS NULL
        UNION ALL
        SELECT p.oid::regprocedure::text FROM pg_proc AS p
        WHERE p.pronamespace = 'platform'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
          AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e'))"),
        IsEmpty()
    );
}

TEST_F(BuiltSchema, has_no_function_that_follows_the_callers_search_path) {
    EXPECT_THAT(
        rows(connection_, R"(
        SELECT p.oid::regprocedure FROM pg_proc AS p
        WHERE p.pronamespace = 'platform'::regnamespace AND p.prosqlbody IS NULL
          AND NOT coalesce(array_to_string(p.proconfig, ','), '') LIKE 'search_path=%'
          AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e'))"),
        IsEmpty()
    );
}

TEST_F(BuiltSchema, registers_a_database_once_and_its_control_plane_by_itself) {
    EXPECT_EQ(
        value(connection_, "SELECT database = current_database() FROM platform.databases WHERE name = 'control-plane'"),
        "t"
    );
    constexpr std::string_view kRegister =
        "SELECT platform.register_database('00000000-0000-4000-8000-000000000002', 'shop', 'postgresql', "
        "'db.example.com', "
        "a_database => 'shop', a_config => '{\"pool\": 5}')";
    const auto id = value(connection_, kRegister);
    constexpr std::string_view kVersionOfRow = "SELECT xmin FROM platform.databases WHERE name = 'shop'";
    const auto before = value(connection_, kVersionOfRow);
    EXPECT_EQ(value(connection_, kRegister), id);
    EXPECT_EQ(value(connection_, kVersionOfRow), before) << "the same facts change nothing";
    EXPECT_EQ(value(connection_, "SELECT port FROM platform.databases WHERE name = 'shop'"), "5432");
    EXPECT_EQ(
        sqlstate(connection_, "SELECT platform.register_database(gen_random_uuid(), 'shop', 'postgresql', 'h')"),
        "23503"
    );
    EXPECT_EQ(
        sqlstate(
            connection_, "SELECT platform.register_database('00000000-0000-4000-8000-000000000002', 'x', 'oracle', 'h')"
        ),
        "22023"
    );
}

TEST_F(BuiltSchema, lists_a_projects_databases_without_the_inactive) {
    run(connection_, R"(
        INSERT INTO platform.databases (project_id, name, type, status)
        SELECT '00000000-0000-4000-8000-000000000002', v.name, v.type, v.status
        FROM (VALUES ('a', 'redis', 'active'), ('b', 'mongodb', 'error'), ('c', 'redis', 'inactive')) AS v (name, type, status))"
    );
    run(connection_, "SET app.current_org_id = '00000000-0000-4000-8000-000000000001'");
    constexpr std::string_view kNames =
        "SELECT string_agg(name, ',') FROM platform.get_project_databases('00000000-0000-4000-8000-000000000002'{})";
    EXPECT_EQ(value(connection_, fmt::format(kNames, "")), "a,b,control-plane");
    EXPECT_EQ(value(connection_, fmt::format(kNames, ", 'redis'")), "a");
}

TEST_F(BuiltSchema, keeps_payment_tokens_sealed_alone) {
    constexpr std::string_view kInsert =
        "INSERT INTO platform.payment_methods (organization_id, provider, provider_token, kind) "
        "VALUES ('00000000-0000-4000-8000-000000000001', 'acme', '{}', 'card')";
    EXPECT_EQ(sqlstate(connection_, fmt::format(kInsert, "4111 1111 1111 1111")), "23514");
    EXPECT_EQ(sqlstate(connection_, fmt::format(kInsert, "pm_1NO6mA2eZvKYlo2CEydeHsKT")), "23514");
    EXPECT_EQ(sqlstate(connection_, fmt::format(kInsert, "ddk1.c2VhbGVk")), "");
}

TEST_F(BuiltSchema, keeps_a_project_within_its_limit_of_databases) {
    constexpr std::string_view kAdd =
        "INSERT INTO platform.databases (project_id, name, type) VALUES ('00000000-0000-4000-8000-000000000002', '{}', "
        "'redis')";
    run(connection_,
        "INSERT INTO platform.project_limits (project_id, max_databases) VALUES "
        "('00000000-0000-4000-8000-000000000002', 2)");
    EXPECT_EQ(sqlstate(connection_, fmt::format(kAdd, "second")), "");
    EXPECT_EQ(sqlstate(connection_, fmt::format(kAdd, "third")), "53400");
    run(connection_, "UPDATE platform.databases SET status = 'inactive' WHERE name = 'second'");
    EXPECT_EQ(sqlstate(connection_, fmt::format(kAdd, "third")), "");
    EXPECT_EQ(sqlstate(connection_, "UPDATE platform.databases SET status = 'active' WHERE name = 'second'"), "53400");
}

TEST_F(BuiltSchema, keeps_the_first_organization_while_something_belongs_to_it) {
    auto names = order();
    while (names.back() != "004_first_organization.sql") {
        roll_back(connection_, names.back());
        names.pop_back();
    }
    run(connection_,
        "INSERT INTO platform.projects (organization_id, slug, name) VALUES ('00000000-0000-4000-8000-000000000001', "
        "'x', 'x')");
    EXPECT_THAT(
        failure(connection_, fmt::format("BEGIN;{}", migration_text("rollback-004.sql"))).message,
        HasSubstr("the default organization is in use")
    );
    EXPECT_EQ(value(connection_, "SELECT count(*) FROM platform.projects"), "2");
    apply_migration(connection_, "004_first_organization.sql");
    EXPECT_EQ(value(connection_, "SELECT count(*) FROM platform.organizations"), "1") << "applied twice, made once";
}

TEST_F(BuiltSchema, notes_health_without_passwords_and_without_touching_updated_at) {
    const auto before = value(connection_, "SELECT updated_at FROM platform.databases");
    EXPECT_EQ(
        value(
            connection_,
            "SELECT platform.update_database_health(id, 'unhealthy', 'no route: redis://u:geheim@h password=geheim') "
            "FROM platform.databases"
        ),
        "t"
    );
    EXPECT_EQ(
        value(
            connection_,
            "SELECT health_check_status, health_check_error, last_health_check_at IS NOT NULL FROM platform.databases"
        ),
        "unhealthy|no route: redis://****@h password=****|t"
    );
    EXPECT_EQ(value(connection_, "SELECT updated_at FROM platform.databases"), before);
    EXPECT_EQ(value(connection_, "SELECT platform.update_database_health(gen_random_uuid(), 'healthy')"), "f");
}

}  // namespace
}  // namespace drydock::control
