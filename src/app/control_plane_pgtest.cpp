#include "app/control_plane.h"

#include <gmock/gmock.h>

#include "pg/connection.h"
#include "testing/postgres.h"

namespace drydock::app {
namespace {

using ::testing::HasSubstr;

constexpr std::chrono::seconds kTime{120};

class ControlPlaneTest : public ::testing::Test {
protected:
    Result<std::unique_ptr<ControlPlane>> open(const pg::Conninfo& where) {
        return ControlPlane::open({.where = where}, progress_, Limits::within(kTime));
    }
    // A role without any right but that on its database, as a provider of databases gives it out.
    pg::Conninfo as_plain_owner() {
        const auto name = database_.conninfo().get("dbname");
        database_.run(
            "CREATE ROLE \"owner_" + name + "\" LOGIN; ALTER DATABASE \"" + name + "\" OWNER TO \"owner_" + name + '"'
        );
        auto where = database_.conninfo();
        where.set("user", "owner_" + name);
        return where;
    }

    testing::Database database_;
    NoProgress progress_;
};

TEST_F(ControlPlaneTest, IsMadeOnceAndThenFoundAsItIs) {
    const auto first = open(database_.conninfo());
    ASSERT_TRUE(first) << first.error().message << first.error().detail;
    EXPECT_EQ((*first)->role(), "drydock_api");
    EXPECT_FALSE((*first)->embedded());
    const auto runs = database_.run("SELECT count(*) FROM drydock.migration_event");
    const auto second = open(database_.conninfo());
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(database_.run("SELECT count(*) FROM drydock.migration_event"), runs);
}

TEST_F(ControlPlaneTest, IsServedByAnOrdinaryOwnerWhoMayMakeNoRoles) {
    const auto plane = open(as_plain_owner());
    ASSERT_TRUE(plane) << plane.error().message << plane.error().detail;
    const auto organizations = (*plane)->store().organizations(Limits::within(kTime));
    ASSERT_TRUE(organizations);
    EXPECT_EQ(organizations->size(), 1U);
}

TEST_F(ControlPlaneTest, IsNoneForProductionWhereSqlOpensSecrets) {
    const auto plane = open(database_.conninfo());
    ASSERT_TRUE(plane);
    EXPECT_TRUE((*plane)->refuse_reveal_by_sql(Limits::within(kTime)));
    database_.run("UPDATE platform.settings SET value = 'pgcrypto' WHERE name = 'reveal_mode'");
    const auto refused = (*plane)->refuse_reveal_by_sql(Limits::within(kTime));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().hint, HasSubstr("serve.profile"));
}

TEST_F(ControlPlaneTest, SaysWhatIsWrongWhenItCantBeReached) {
    auto where = database_.conninfo();
    where.set("dbname", "nowhere");
    const auto plane = open(where);
    ASSERT_FALSE(plane);
    EXPECT_EQ(plane.error().code, ErrorCode::not_found);
    EXPECT_THAT(plane.error().message, HasSubstr("nowhere"));
}

}  // namespace
}  // namespace drydock::app
