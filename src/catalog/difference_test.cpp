#include "catalog/difference.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Object table(std::string name, std::uint32_t oid) {
    return {.kind = Kind::table, .schema = "app", .name = std::move(name), .identity = {.catalog = 1, .oid = oid}};
}

Object column(std::string parent, std::string name, std::string type, int position, std::uint32_t oid, int part) {
    return {
        .kind = Kind::column,
        .schema = "app",
        .parent = std::move(parent),
        .name = std::move(name),
        .aspects = {{aspect::position, std::to_string(position)}, {aspect::type, std::move(type)}},
        .identity = {.catalog = 1, .oid = oid, .part = part}
    };
}

Snapshot snapshot(std::vector<Object> objects) {
    std::sort(objects.begin(), objects.end(), [](const Object& a, const Object& b) { return compare_keys(a, b) < 0; });
    return {.server_version = 150000, .objects = std::move(objects), .dependencies = {}};
}

std::vector<std::string> told(const Snapshot& before, const Snapshot& after, const CompareOptions& options = {}) {
    std::vector<std::string> lines;
    const auto difference = compare(before, after, options);
    for (const auto& change : difference.changes) lines.push_back(describe(change));
    return lines;
}

TEST(Difference, OfEqualOnesIsEmpty) {
    const auto one = snapshot({table("t", 1), column("t", "a", "integer", 1, 1, 1)});
    EXPECT_THAT(told(one, one), IsEmpty());
    EXPECT_THAT(transition(one, one, {}).statements, IsEmpty());
}

TEST(Difference, NamesWhatCameAndWent) {
    const auto before = snapshot({table("t", 1), column("t", "a", "integer", 1, 1, 1)});
    const auto after = snapshot({table("t", 1), column("t", "a", "bigint", 1, 1, 1), table("u", 2)});
    EXPECT_THAT(told(before, after), ElementsAre("+ table app.u", "~ column app.t.a: type integer → bigint"));
    EXPECT_THAT(told(after, before), ElementsAre("- table app.u", "~ column app.t.a: type bigint → integer"));
}

TEST(Difference, ByIdentityARenameIsARename) {
    const auto before = snapshot({table("t", 1), column("t", "a", "integer", 1, 1, 1)});
    const auto after = snapshot({table("u", 1), column("u", "b", "integer", 1, 1, 1)});
    EXPECT_THAT(
        told(before, after, {.by_identity = true}),
        ElementsAre("~ table app.u: was table app.t", "~ column app.u.b: was column app.t.a")
    );
    EXPECT_THAT(
        transition(after, before, {.by_identity = true}).statements,
        ElementsAre("ALTER TABLE app.u RENAME TO t", "ALTER TABLE app.t RENAME COLUMN b TO a")
    );
}

TEST(Difference, ByIdentityTheSameNameMayBeAnotherObject) {
    const auto before = snapshot({table("t", 1)});
    const auto after = snapshot({table("t", 2)});
    EXPECT_THAT(told(before, after), IsEmpty());
    EXPECT_THAT(told(before, after, {.by_identity = true}), ElementsAre("~ table app.t: dropped and made again"));
    EXPECT_THAT(transition(after, before, {.by_identity = true}).statements, IsEmpty());
}

TEST(Difference, NamesThatChangedPlacesChangeBack) {
    const auto before = snapshot({table("t", 1), table("u", 2)});
    const auto after = snapshot({table("u", 1), table("t", 2)});
    EXPECT_THAT(
        transition(after, before, {.by_identity = true}).statements,
        ElementsAre(
            "ALTER TABLE app.u RENAME TO drydock_moved_1",
            "ALTER TABLE app.t RENAME TO u",
            "ALTER TABLE app.drydock_moved_1 RENAME TO t"
        )
    );
}

TEST(Difference, ColumnsThatMoveUpHaveNotChanged) {
    const auto before =
        snapshot({table("t", 1), column("t", "a", "integer", 1, 1, 1), column("t", "b", "integer", 2, 1, 2)});
    const auto after = snapshot({table("t", 1), column("t", "b", "integer", 1, 1, 2)});
    EXPECT_THAT(told(before, after), ElementsAre("- column app.t.a"));
    const auto other =
        snapshot({table("t", 1), column("t", "b", "integer", 1, 1, 2), column("t", "a", "integer", 2, 1, 3)});
    EXPECT_THAT(
        told(before, other), ElementsAre("~ column app.t.a: position 1 → 2", "~ column app.t.b: position 2 → 1")
    );
    EXPECT_THAT(told(before, other, {.column_order = false}), IsEmpty());
}

TEST(Difference, SaysWhichColumnComesBackLast) {
    const auto before =
        snapshot({table("t", 1), column("t", "a", "integer", 1, 1, 1), column("t", "b", "integer", 2, 1, 2)});
    const auto after = snapshot({table("t", 1), column("t", "b", "integer", 1, 1, 2)});
    const auto script = transition(after, before, {.by_identity = true});
    EXPECT_THAT(script.statements, ElementsAre("ALTER TABLE app.t ADD COLUMN a integer"));
    EXPECT_THAT(
        script.impossible, ElementsAre("column a of app.t comes back last: PostgreSQL adds columns at the end only")
    );
}

TEST(Difference, LeavesOutWhatIsNotAskedFor) {
    auto changed = table("t", 1);
    changed.aspects = {{aspect::acl, "=r/o"}, {aspect::comment, "x"}, {aspect::owner, "o"}};
    const auto before = snapshot({table("t", 1)});
    const auto after = snapshot({changed});
    EXPECT_EQ(told(before, after).size(), 1U);
    EXPECT_THAT(told(before, after, {.owners = false, .privileges = false, .comments = false}), IsEmpty());
    EXPECT_THAT(told(before, after, {.without_schemas = {"app"}}), IsEmpty());
}

TEST(Transition, QuotesOnlyWhatNeedsIt) {
    auto odd = table("Order", 1);
    odd.schema = "user";
    EXPECT_THAT(
        transition(snapshot({}), snapshot({odd}), {}).statements, ElementsAre("CREATE TABLE \"user\".\"Order\" ()")
    );
}

TEST(Transition, GrantsBetweenTwoLists) {
    auto before = table("t", 1);
    before.aspects = {{aspect::acl, "=r/o\no=arwdDxt/o\nreader=rw/o"}, {aspect::owner, "o"}};
    auto after = table("t", 1);
    after.aspects = {{aspect::acl, "o=arwdDxt/o\nreader=r*/o"}, {aspect::owner, "o"}};
    EXPECT_THAT(
        transition(snapshot({before}), snapshot({after}), {}).statements,
        ElementsAre(
            "REVOKE SELECT ON TABLE app.t FROM PUBLIC",
            "REVOKE UPDATE ON TABLE app.t FROM reader",
            "GRANT SELECT ON TABLE app.t TO reader WITH GRANT OPTION"
        )
    );
}

}  // namespace
}  // namespace drydock::catalog
