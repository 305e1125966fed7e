#include "drift/roles.h"

#include <gtest/gtest.h>

namespace drydock::drift {
namespace {

using catalog::Kind;
using catalog::Object;
namespace aspect = catalog::aspect;

Object object(Kind kind, std::string name, std::vector<catalog::Aspect> aspects) {
    return {.kind = kind, .name = std::move(name), .aspects = std::move(aspects)};
}

const Roles kRoles{.shadow_superuser = "postgres", .superuser = "admin", .shadow_role = "postgres", .role = "my shop"};

TEST(RenameRoles, TellsWhatMigrationsMadeFromWhatWasThere) {
    const catalog::Snapshot start{.objects = {object(Kind::extension, "plpgsql", {{aspect::owner, "postgres"}})}};
    catalog::Snapshot snapshot{
        .objects =
            {
                object(Kind::extension, "plpgsql", {{aspect::owner, "postgres"}}),
                object(Kind::table, "t", {{aspect::owner, "postgres"}}),
                object(Kind::table, "u", {{aspect::owner, "reader"}}),
            }
    };
    rename_roles(snapshot, start, kRoles);
    EXPECT_EQ(snapshot.objects[0].get(aspect::owner), "admin");
    EXPECT_EQ(snapshot.objects[1].get(aspect::owner), "my shop");
    EXPECT_EQ(snapshot.objects[2].get(aspect::owner), "reader");
}

TEST(RenameRoles, RenamesInPrivilegesAndPutsThemInOrderAgain) {
    catalog::Snapshot snapshot{
        .objects =
            {
                object(
                    Kind::table,
                    "t",
                    {{aspect::acl, "=r/postgres\npostgres=arw/postgres\npostgres2=r/postgres\nreader=r/postgres2"},
                     {aspect::owner, "postgres"}}
                ),
                object(Kind::policy, "p", {{aspect::roles, "postgres\nreader"}}),
            }
    };
    rename_roles(snapshot, {}, kRoles);
    EXPECT_EQ(
        snapshot.objects[0].get(aspect::acl),
        "\"my shop\"=arw/\"my shop\"\n=r/\"my shop\"\npostgres2=r/\"my shop\"\nreader=r/postgres2"
    );
    EXPECT_EQ(snapshot.objects[1].get(aspect::roles), "my shop\nreader");
}

TEST(RenameRoles, KeepsDependenciesWithTheirObjects) {
    const auto privilege = [](const std::string& role) {
        return object(Kind::default_privilege, role + " on tables", {{aspect::owner, role}});
    };
    catalog::Snapshot snapshot{
        .objects = {object(Kind::schema, "s", {}), privilege("nobody"), privilege("postgres")},
        .dependencies = {{1, 0}, {2, 0}, {2, 1}},
    };
    rename_roles(snapshot, {}, kRoles);
    EXPECT_EQ(snapshot.objects[1].name, "my shop on tables");
    EXPECT_EQ(snapshot.objects[2].name, "nobody on tables");
    using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
    EXPECT_EQ(snapshot.dependencies, (Pairs{{1, 0}, {1, 2}, {2, 0}}));

    remove_objects(snapshot, [](const Object& each) { return each.name == "my shop on tables"; });
    EXPECT_EQ(snapshot.objects.size(), 2U);
    EXPECT_EQ(snapshot.dependencies, (Pairs{{1, 0}}));
}

}  // namespace
}  // namespace drydock::drift
