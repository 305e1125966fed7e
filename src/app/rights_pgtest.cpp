#include <set>

#include "app/samples_pgtest.h"
#include "app/server_pgtest.h"
#include "http/openapi.h"

// Rights, from the table of routes: a new route is tried by all of this without a line of its own.
namespace drydock::app {
namespace {

using http::Access;
using http::Route;

// Columns that the server writes by itself.
constexpr std::string_view kOfTheServer =
    "last_seen_at,last_used_at,last_health_check_at,health_check_status,health_check_error,next_run_at,last_run_at,"
    "last_job_id,updated_at";
constexpr std::string_view kDenied = "permission_denied";

class RightsTest : public ServerTest {
protected:
    RightsTest() {
        build_world();
        for (const char letter : {'a', 'b'})
            for (const auto role : kRoles) token(letter, role);
        save();
    }

    // An object of the kind in an organization; of what is a person's own, the caller's.
    std::string object(char letter, std::string_view kind, std::string_view role) {
        if (kind == "organization") return organization(letter);
        if (kind == "project") return project_of(letter);
        // Who may not remove others may still leave.
        if (kind == "member") return user(letter, role == "viewer" ? role : "member");
        const bool personal = kind == "session" || kind == "token" || kind == "identity";
        static const std::map<std::string_view, std::string_view> kTables{
            {"session", "sessions"},
            {"identity", "user_identities"},
            {"token", "api_tokens"},
            {"schedule", "job_schedules"},
            {"rotation", "credential_rotations"},
        };
        const auto named = kTables.find(kind);
        const auto table = named != kTables.end() ? std::string{named->second} : fmt::format("{}s", kind);
        const auto known = sql(fmt::format("SELECT to_regclass('platform.{}') IS NOT NULL", table));
        if (known != "t") {
            ADD_FAILURE() << "the test knows no table of the kind \"" << kind << "\": say where it is";
            return std::string{kMissing};
        }
        const auto whose = personal ? fmt::format("user_id = '{}'", user(letter, role))
                                    : fmt::format("organization_id = '{}'", organization(letter));
        auto id = sql(fmt::format("SELECT id FROM platform.{} WHERE {} ORDER BY id LIMIT 1", table, whose));
        EXPECT_FALSE(id.empty()) << "there is no " << kind << " of " << letter << " to try";
        return id;
    }
    IdOf own(char letter, std::string_view role) {
        return [=, this](std::string_view kind) { return object(letter, kind, role); };
    }

    // The rows of every organization, and what brings them back. What the server writes by itself is left out.
    void save() {
        std::string digest;
        run(admin_, "CREATE SCHEMA saved");
        for (const auto& table : control::schema::tenant_tables(admin_)) {
            static const std::set<std::string, std::less<>> kByItself{
                "audit_log",
                "audit_heads",
                "audit_checkpoints",
                "login_failures",
                "idempotency_keys",
                "events",
                "job_attempts",
                "validations"
            };
            const auto whole =
                sql(fmt::format("SELECT relispartition FROM pg_class WHERE oid = 'platform.{}'::regclass", table));
            if (whole == "t" || kByItself.contains(table) || table.find("health") != std::string::npos) continue;
            run(admin_, fmt::format("CREATE TABLE saved.{0} AS SELECT * FROM platform.{0}", table));
            saved_.push_back(table);
            // Of jobs only those count that a person has asked for, and that it is still wanted.
            const bool jobs = table == "jobs";
            digest += fmt::format(
                "{0} SELECT '{1}' AS name, md5(coalesce(string_agg(line, ' ' ORDER BY line), '')) AS digest "
                "FROM (SELECT {2}::text AS line FROM platform.{1} AS t{3}) AS l",
                digest.empty() ? "" : " UNION ALL",
                table,
                jobs ? "(id, cancel_requested_at)" : fmt::format("(to_jsonb(t) - '{{{}}}'::text[])", kOfTheServer),
                jobs ? " WHERE requested_by <> platform.system_user_id()" : ""
            );
        }
        digest_ = fmt::format("SELECT string_agg(name || '=' || digest, ' ' ORDER BY name) FROM ({}) AS d", digest);
        before_ = sql(digest_);
    }
    std::string changed() {
        const auto now = sql(digest_);
        if (now == before_) return {};
        std::string tables;
        const auto is = split(now, ' ');
        const auto was = split(before_, ' ');
        for (std::size_t i = 0; i < is.size() && i < was.size(); ++i)
            if (is[i] != was[i]) tables += fmt::format("{} ", is[i].substr(0, is[i].find('=')));
        return tables;
    }
    void restore() {
        const auto tables = changed();
        if (tables.empty()) return;
        for (const char letter : {'a', 'b'}) reset_target(letter);
        std::string text = "BEGIN; SET LOCAL session_replication_role = replica;";
        for (const auto name : split(trim(tables), ' ')) {
            const std::string table{name};
            const auto columns = sql(fmt::format(
                "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = "
                "'platform.{}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
                table
            ));
            text += fmt::format(
                "DELETE FROM platform.{0}; INSERT INTO platform.{0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM "
                "saved.{0};",
                table,
                columns
            );
        }
        run(admin_, text + "COMMIT");
        ASSERT_EQ(changed(), "");
    }

    bool allows(std::string_view role, const std::string& permission) {
        return sql(fmt::format(
                   "SELECT count(*) FROM platform.role_permissions WHERE role = '{}' AND permission = '{}'",
                   role,
                   permission
               )) == "1";
    }

    // What a role is told who asks for its own object. Signed out by its own call, it signs in again.
    Answer try_as(const Route& route, std::string_view role) {
        const auto answer = ask(request_of(route, own('a', role), token('a', role)));
        if (http::changes(route.method)) {
            if (answer.status >= 400) {
                EXPECT_EQ(changed(), "") << route.operation << " was refused with " << answer.body;
            }
            restore();
            // Within seconds every replica knows what was changed by hand here.
            while (get("/api/v2/me", token('a', role)).status != 200) std::this_thread::yield();
        }
        return answer;
    }

    std::vector<std::string> saved_;
    std::string digest_;
    std::string before_;
};

TEST_F(RightsTest, EveryRoleMayWhatTheDatabaseSaysAndNothingElse) {
    for (const auto& route : server_->routes()) {
        for (const auto role : kRoles) {
            SCOPED_TRACE(fmt::format("{} as {}", route.operation, role));
            const auto answer = try_as(route, role);
            EXPECT_LT(answer.status, 500U) << answer.body;
            if (route.access.kind() != Access::Kind::permission) {
                // What is one's own and is not there (a second factor) is no question of rights.
                if (!http::object_places(route).empty()) {
                    EXPECT_NE(answer.status, 404U) << answer.body;
                }
                continue;
            }
            if (allows(role, route.access.permission_name())) {
                EXPECT_FALSE(answer.status == 401 || answer.status == 403 || answer.status == 404) << answer.body;
            } else {
                EXPECT_EQ(answer.status, 403U) << answer.body;
                EXPECT_EQ(answer.text("code"), kDenied);
            }
        }
    }
}

TEST_F(RightsTest, NobodyIsLetInWhoDoesNotSayWhoTheyAre) {
    for (const auto& route : server_->routes()) {
        SCOPED_TRACE(route.operation);
        const auto request = request_of(route, own('a', "owner"));
        const bool open = route.access.kind() == Access::Kind::anyone;
        const auto answer = ask(request);
        if (!open) {
            EXPECT_EQ(answer.status, 401U) << answer.body;
            auto with = request;
            with.token = "ddk_p_nobody";
            EXPECT_EQ(ask(with).status, 401U);
            with.token = token('a', "owner") + "x";
            EXPECT_EQ(ask(with).status, 401U);
        } else if (http::changes(route.method)) {
            continue;  // signing in with made-up words is refused like nobody's
        } else {
            // What is not set up (another provider of sign-ins) is not there for anybody.
            EXPECT_TRUE(answer.status == 200 || answer.status == 404) << answer.body;
        }
    }
    EXPECT_EQ(changed(), "");
}

TEST_F(RightsTest, SomebodyElsesObjectIsAsMissingAsOneThatNeverWas) {
    std::size_t places = 0;
    for (const auto& route : server_->routes()) {
        for (const auto& [place, kind] : http::object_places(route)) {
            ++places;
            SCOPED_TRACE(fmt::format("{}: {} in {}", route.operation, kind, place));
            const auto tell = [&](std::string_view id) {
                auto request = request_of(route, own('a', "owner"), token('a', "owner"));
                name_object(request, route, place, id, own('a', "owner"));
                return ask(request);
            };
            const auto foreign_id = object('b', kind, "owner");
            const auto missing = tell(kMissing);
            const auto foreign = tell(foreign_id);
            EXPECT_EQ(missing.status, 404U) << missing.body;
            auto seen = foreign.seen();
            EXPECT_EQ(seen.find(foreign_id), std::string::npos) << seen;
            EXPECT_EQ(seen, missing.seen());
            EXPECT_EQ(changed(), "");
            // And it is that object that was missing: with one's own the call goes on.
            const auto own_one = tell(object('a', kind, "owner"));
            EXPECT_NE(own_one.seen(), missing.seen());
            EXPECT_LT(own_one.status, 500U) << own_one.body;
            restore();
            while (get("/api/v2/me", token('a', "owner")).status != 200) std::this_thread::yield();
        }
    }
    EXPECT_GT(places, 15U);
}

TEST_F(RightsTest, AnotherOrganizationIsAsMissingAsOneThatNeverWas) {
    for (const std::string_view target : {"/api/v2/databases", "/api/v2/me", "/api/v2/projects", "/api/v2/audit"}) {
        SCOPED_TRACE(target);
        const auto in = [&](std::string_view name) {
            return ask({
                .target = std::string{target},
                .token = token('a', "owner"),
                .headers = {{"X-Drydock-Organization", std::string{name}}},
            });
        };
        EXPECT_EQ(in("org-a").status, 200U);
        EXPECT_EQ(in(organization('a')).status, 200U);
        EXPECT_EQ(in("org-b").status, 404U);
        EXPECT_EQ(in("org-b").seen(), in("org-x").seen());
        EXPECT_EQ(in(organization('b')).seen(), in(kMissing).seen());
    }
}

TEST_F(RightsTest, ListsHoldNothingOfAnotherOrganization) {
    for (const auto& route : server_->routes()) {
        if (http::changes(route.method) || route.access.kind() == Access::Kind::anyone) continue;
        SCOPED_TRACE(route.operation);
        const auto answer = ask(request_of(route, own('a', "owner"), token('a', "owner")));
        EXPECT_EQ(answer.body.find("bbbbbbbb-"), std::string::npos) << answer.body;
        EXPECT_EQ(answer.body.find("b.example"), std::string::npos) << answer.body;
    }
}

TEST_F(RightsTest, AReadOnlyTokenChangesNothingAndAScopedOneSeesOnlyItsScope) {
    const auto make = [&](json::object wanted) {
        wanted["name"] = "of a test";
        const auto made = ask(Method::post, "/api/v2/tokens", token('a', "owner"), std::move(wanted));
        EXPECT_EQ(made.status, 201U) << made.body;
        return made.text("token");
    };
    const auto read_only = make({{"read_only", true}});
    const auto scoped = make({{"scopes", json::array{"projects:read"}}});
    before_ = sql(digest_);
    for (const auto& route : server_->routes()) {
        if (route.access.kind() != Access::Kind::permission) continue;
        SCOPED_TRACE(route.operation);
        const auto& permission = route.access.permission_name();
        if (!permission.ends_with(":read")) {
            const auto answer = ask(request_of(route, own('a', "owner"), read_only));
            EXPECT_EQ(answer.status, 403U) << answer.body;
        }
        const auto answer = ask(request_of(route, own('a', "owner"), scoped));
        EXPECT_EQ(answer.status == 403, permission != "projects:read") << answer.status << answer.body;
        EXPECT_EQ(changed(), "");
    }
}

TEST_F(RightsTest, NoTokenIsAProofThatSomebodyIsThere) {
    const auto made = ask(Method::post, "/api/v2/tokens", token('a', "owner"), json::object{{"name", "of a test"}});
    const auto whole = made.text("token");
    ASSERT_FALSE(whole.empty()) << made.body;
    before_ = sql(digest_);
    std::size_t tried = 0;
    for (const auto& route : server_->routes()) {
        if (!route.needs_step_up || route.token_is_proof) continue;
        ++tried;
        SCOPED_TRACE(route.operation);
        const auto answer = ask(request_of(route, own('a', "owner"), whole));
        EXPECT_EQ(answer.status, 403U) << answer.body;
        EXPECT_EQ(answer.text("code"), "step_up_required");
        EXPECT_EQ(changed(), "");
    }
    EXPECT_GT(tried, 5U);
}

// Long after the last proof a session is no better than a token; at once, whatever the server remembers of it.
TEST_F(RightsTest, AnOldSessionHasToProveItselfAgain) {
    ASSERT_EQ(get("/api/v2/me", token('a', "owner")).at("stepped_up"), json::value(true));
    sql("UPDATE platform.sessions SET stepped_up_at = now() - interval '1 hour', methods = '{password}' WHERE "
        "stepped_up_at IS NOT NULL");
    before_ = sql(digest_);
    for (const auto& route : server_->routes()) {
        if (!route.needs_step_up) continue;
        SCOPED_TRACE(route.operation);
        const auto answer = ask(request_of(route, own('a', "owner"), token('a', "owner")));
        EXPECT_EQ(answer.text("code"), "step_up_required") << answer.body;
        EXPECT_EQ(changed(), "");
    }
    const auto proof =
        ask(Method::post, "/api/v2/me/step-up", token('a', "owner"), json::object{{"password", kPassword}});
    EXPECT_EQ(proof.status, 204U) << proof.body;
    EXPECT_EQ(ask(Method::post, "/api/v2/tokens", token('a', "owner"), json::object{{"name", "now"}}).status, 201U);
}

TEST_F(RightsTest, WhoHasNoPasswordSetsOneOnAProofThatIsFreshNow) {
    ASSERT_EQ(get("/api/v2/me", token('a', "owner")).at("stepped_up"), json::value(true));
    sql(fmt::format("UPDATE platform.users SET password_hash = NULL WHERE id = '{}'", user('a', "owner")));
    sql("UPDATE platform.sessions SET stepped_up_at = now() - interval '1 hour' WHERE stepped_up_at IS NOT NULL");
    const auto refused = ask(
        Method::post, "/api/v2/me/password", token('a', "owner"), json::object{{"password", "quite another password"}}
    );
    EXPECT_EQ(refused.status, 403U) << refused.body;
}

TEST_F(RightsTest, EveryPermissionOfARouteIsOneThatSomeRoleHas) {
    for (const auto& route : server_->routes()) {
        if (route.access.kind() != Access::Kind::permission) continue;
        EXPECT_TRUE(allows("owner", route.access.permission_name()))
            << route.operation << " needs " << route.access.permission_name() << ", which not even an owner has";
    }
    const auto document = get("/api/v2/me", token('a', "admin")).at("permissions");
    const auto& me = document.as_array();
    const auto rows = control::schema::rows(
        admin_,
        "SELECT permission FROM platform.role_permissions WHERE role = 'admin' ORDER BY permission COLLATE \"C\""
    );
    ASSERT_EQ(me.size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(me[i].as_string(), rows[i]);
}

TEST_F(RightsTest, ATableThatForgetsARightDoesNotStart) {
    auto routes = server_->routes();
    for (auto& route : routes)
        if (route.operation == "get_database") route.path_objects.clear();
    const auto built = http::Router::build(std::move(routes));
    ASSERT_FALSE(built);
    EXPECT_THAT(
        built.error().message + built.error().detail + built.error().hint, ::testing::HasSubstr("get_database")
    );
}

}  // namespace
}  // namespace drydock::app
