#include <optional>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "control/events.h"
#include "control/migrations.h"
#include "control/project.h"
#include "control/version.h"
#include "migrate/engine.h"
#include "tenancy/organizations.h"
#include "tenancy/projects.h"
#include "testing/postgres.h"

namespace drydock::tenancy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kTime{120};
constexpr std::string_view kOrganization = "00000000-0000-4000-8000-000000000001";
constexpr std::string_view kOther = "00000000-0000-4000-8000-00000000000b";

class TenancyTest : public ::testing::Test {
protected:
    TenancyTest() {
        auto built_in = control::BuiltInProject::unpack();
        NoProgress progress;
        const migrate::Context context{database_.conninfo(), built_in->project(), control::BuiltInProject::options({})};
        const auto report = migrate::up(context, {}, progress, limits());
        EXPECT_TRUE(report && !report->error);
        store_.emplace(control::StoreOptions{.where = database_.conninfo(), .role = "drydock_api", .connections = 4});
        database_.run(
            fmt::format("INSERT INTO platform.organizations (id, slug, name) VALUES ('{}', 'other', 'Other')", kOther)
        );
        for (const auto* const role : {"owner", "member"}) {
            database_.run(fmt::format(
                "INSERT INTO platform.users (id, email, password_hash) VALUES (md5('{0}')::uuid, '{0}@a.example', "
                "'$argon2id$x'); INSERT INTO platform.user_roles VALUES ('{1}', md5('{0}')::uuid, '{0}')",
                role,
                kOrganization
            ));
        }
    }
    static Limits limits() { return Limits::within(kTime); }
    control::Actor actor(std::string_view role) const {
        return {
            .user_id = database_.run(fmt::format("SELECT md5('{}')::uuid", role)),
            .organization_id = std::string{kOrganization},
        };
    }
    static std::vector<std::string> slugs(const Result<std::vector<Project>>& projects) {
        std::vector<std::string> result;
        if (projects)
            for (const auto& project : *projects) result.push_back(project.slug);
        return result;
    }
    Result<Project> create(const std::string& slug) {
        return create_project(*store_, actor("owner"), {.slug = slug, .name = "Shop"}, limits());
    }

    testing::Database database_;
    std::optional<control::Store> store_;
};

TEST_F(TenancyTest, MakesAProjectAndTellsOfIt) {
    const auto made = create("shop");
    ASSERT_TRUE(made) << made.error().message << made.error().detail;
    EXPECT_EQ(made->status, "active");
    EXPECT_EQ(find_project(*store_, actor("member"), "shop", limits()).value().id, made->id);
    EXPECT_EQ(
        database_.run("SELECT action || ' ' || object_name FROM platform.audit_log WHERE object_type = 'project'"),
        "project.created shop"
    );
    EXPECT_EQ(database_.run("SELECT topic || '.' || kind FROM platform.events"), "projects.created");
}

TEST_F(TenancyTest, RefusesASecondProjectOfTheSameSlug) {
    ASSERT_TRUE(create("shop"));
    const auto again = create("shop");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::conflict);
    EXPECT_THAT(again.error().message, HasSubstr("shop"));
}

TEST_F(TenancyTest, ListsProjectsAPageAtATime) {
    for (const auto* const slug : {"c", "a", "b"}) ASSERT_TRUE(create(slug));
    const auto list = [&](const std::string& after, int most) {
        return slugs(list_projects(*store_, actor("member"), {.after = after, .most = most}, limits()));
    };
    EXPECT_THAT(list("", 2), ElementsAre("a", "b"));
    EXPECT_THAT(list("b", 9), ElementsAre("c", "default"));
    EXPECT_THAT(slugs(list_projects(*store_, actor("member"), {.status = "archived"}, limits())), ElementsAre());
}

TEST_F(TenancyTest, ChangesOnlyTheVersionThatWasSeen) {
    const auto made = create("shop").value();
    const auto changed = change_project(*store_, actor("owner"), made.id, {.name = "Store"}, made.version, limits());
    ASSERT_TRUE(changed) << changed.error().message;
    EXPECT_EQ(changed->name, "Store");
    EXPECT_NE(changed->version, made.version);
    const auto late = change_project(*store_, actor("owner"), made.id, {.name = "Late"}, made.version, limits());
    ASSERT_FALSE(late);
    EXPECT_TRUE(control::is_changed_meanwhile(late.error()));
    EXPECT_EQ(late.error().detail, changed->version);
    EXPECT_TRUE(change_project(*store_, actor("owner"), made.id, {.status = "archived"}, "*", limits()));
    EXPECT_EQ(
        database_.run("SELECT details -> 'name' ->> 'to' FROM platform.audit_log WHERE action = 'project.changed' "
                      "ORDER BY sequence LIMIT 1"),
        "Store"
    );
}

TEST_F(TenancyTest, LeavesNothingOfWhatARoleMayNotDo) {
    const auto made = create("shop").value();
    const auto lines = database_.run("SELECT count(*) FROM platform.audit_log");
    EXPECT_FALSE(create_project(*store_, actor("member"), {.slug = "mine", .name = "Mine"}, limits()));
    EXPECT_FALSE(change_project(*store_, actor("member"), made.id, {.name = "Mine"}, "*", limits()));
    EXPECT_FALSE(delete_project(*store_, actor("member"), made.id, "*", limits()));
    EXPECT_FALSE(close_organization(*store_, actor("member"), "*", limits()));
    EXPECT_EQ(database_.run("SELECT count(*) FROM platform.audit_log"), lines);
    EXPECT_EQ(get_project(*store_, actor("member"), made.id, limits()).value().name, "Shop");
}

TEST_F(TenancyTest, DeletesAnEmptyProjectAndNoOther) {
    const auto made = create("shop").value();
    database_.run(fmt::format("SELECT platform.register_database('{}', 'main', 'postgresql', 'db.example')", made.id));
    const auto refused = delete_project(*store_, actor("owner"), made.id, "*", limits());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
    database_.run("DELETE FROM platform.databases WHERE name = 'main'");
    EXPECT_TRUE(delete_project(*store_, actor("owner"), made.id, "*", limits()));
    EXPECT_EQ(get_project(*store_, actor("owner"), made.id, limits()).error().code, ErrorCode::not_found);
}

// The day before it was billed, today it was metered: neither holds it, and neither is lost.
TEST_F(TenancyTest, DeletesAProjectThatWasMeteredAndKeepsItsUsage) {
    const auto made = create("shop").value();
    database_.run(fmt::format(
        "INSERT INTO platform.usage_records (project_id, metric, period_start, period_end, quantity) "
        "SELECT '{}', 'databases', day, day + interval '1 day', 3 FROM generate_series('2026-01-31'::timestamptz, "
        "'2026-02-01', '1 day') AS day; INSERT INTO platform.invoices (organization_id, number, currency, status, "
        "issued_at, due_at, period_start, period_end) VALUES ('{}', '1', 'EUR', 'open', now(), now(), '2026-01-01', "
        "'2026-02-01')",
        made.id,
        kOrganization
    ));
    const auto deleted = delete_project(*store_, actor("owner"), made.id, "*", limits());
    EXPECT_TRUE(deleted) << deleted.error().message << ' ' << deleted.error().detail;
    EXPECT_EQ(get_project(*store_, actor("owner"), made.id, limits()).error().code, ErrorCode::not_found);
    EXPECT_EQ(
        database_.run(fmt::format("SELECT sum(quantity) FROM platform.usage_records WHERE project_id = '{}'", made.id)),
        "6.000000"
    );
}

TEST_F(TenancyTest, RenamesAndClosesItsOwnOrganizationOnly) {
    EXPECT_EQ(get_organization(*store_, actor("owner").in(kOther), limits()).value().slug, "other")
        << "whether they may be there at all is asked before";
    EXPECT_FALSE(rename_organization(*store_, actor("owner").in(kOther), "Mine", "*", limits()));
    const auto renamed = rename_organization(*store_, actor("owner"), "Renamed", "*", limits());
    ASSERT_TRUE(renamed) << renamed.error().message;
    EXPECT_EQ(renamed->name, "Renamed");
    EXPECT_TRUE(close_organization(*store_, actor("owner"), renamed->version, limits()));
    EXPECT_FALSE(create("late"));
}

}  // namespace
}  // namespace drydock::tenancy
