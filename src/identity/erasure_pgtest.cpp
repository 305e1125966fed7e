#include "identity/erasure.h"

#include "audit/verify.h"
#include "base/text.h"
#include "identity/api_token.h"
#include "identity/identity_pgtest.h"
#include "identity/invitation.h"
#include "identity/password.h"

namespace drydock::identity {
namespace {

class Erasure : public IdentityTest {
protected:
    Erasure() {
        // What the schema's own tests have in their trails was chained by nobody.
        run(admin_,
            "SET session_replication_role = replica; DELETE FROM platform.audit_checkpoints; DELETE FROM "
            "platform.audit_log; DELETE FROM platform.audit_heads; RESET session_replication_role");
    }

    std::string erase(const Principal& who, std::string_view user_id) {
        return outcome_of(erase_person(service(), who, user_id, peer(), limits()));
    }
    // What a trail's reader is told of it; "" where it is whole.
    std::string told(const control::Actor& reader) {
        const auto report = audit::verify(service().store, reader, {}, limits());
        if (!report) return report.error().message;
        return report->finding ? report->finding->text : "";
    }
    // Where in the schema a text still stands, besides the tables that say nothing of people.
    std::string found_anywhere(std::string_view text) {
        std::string places;
        const auto tables = sql(
            "SELECT string_agg(c.oid::regclass::text, ' ') FROM pg_class AS c WHERE c.relkind = 'r' AND c.relnamespace "
            "= 'platform'::regnamespace"
        );
        for (const auto table : split(tables, ' ')) {
            const auto rows =
                sql(fmt::format("SELECT count(*) FROM {} AS t WHERE lower(t::text) LIKE '%{}%'", table, text));
            if (rows != "0") places += fmt::format("{} ", table);
        }
        return places;
    }
};

TEST_F(Erasure, LeavesNothingOfAPersonButTheirIdAndTheTrailsWhole) {
    const std::string email = "erika.unique@a.example";
    const auto member = std::string{user('a', "member")};
    run(admin_,
        fmt::format(
            "UPDATE platform.users SET email = '{}', display_name = 'Erika Unique' WHERE id = '{}'", email, member
        ));
    ASSERT_TRUE(invite(service(), who(login("1@a.example")), email, "viewer", peer(), limits()));
    const Peer home{.address = "198.51.100.77", .user_agent = "Erika Unique's browser", .request_id = "r-2"};
    const auto session = try_login(email, kPassword, home).value().tokens.value();
    ASSERT_TRUE(change_password(
        service(),
        who(session),
        {.current = Secret{std::string{kPassword}}, .wanted = Secret{"quite another long password"}},
        home,
        limits()
    ));
    EXPECT_FALSE(try_login(email, "wrong", home));
    EXPECT_NE(found_anywhere("erika"), "");

    const auto done = erase_person_as_operator(service(), "Erika.Unique@a.example", "root@db1", limits());
    ASSERT_TRUE(done) << done.error().message << done.error().detail;
    EXPECT_GE(done->audit_lines, 4);
    EXPECT_EQ(found_anywhere("erika"), "");
    EXPECT_EQ(found_anywhere("198.51.100.77"), "");
    EXPECT_EQ(sql(fmt::format("SELECT count(*) FROM platform.user_roles WHERE user_id = '{}'", member)), "0");
    EXPECT_EQ(
        sql(fmt::format("SELECT status || ' ' || email FROM platform.users WHERE id = '{}'", member)),
        fmt::format("disabled erased-{}@invalid", member)
    );
    EXPECT_FALSE(check_now(session));
    EXPECT_FALSE(try_login(email));
    EXPECT_EQ(told(who(login("1@a.example")).actor()), "");
    EXPECT_EQ(told(control::Actor::system()), "") << "the trail of none, too";
    EXPECT_EQ(
        sql("SELECT via || ' ' || login FROM platform.audit_log WHERE action = 'user.erased'"), "operator root@db1"
    );
    EXPECT_EQ(outcome_of(erase_person_as_operator(service(), email, "root@db1", limits())), "not_found");
}

TEST_F(Erasure, IsForWhoOwnsEveryOrganizationOfThePerson) {
    const auto owner = who(login("1@a.example"));
    const auto member = user('a', "member");
    EXPECT_EQ(erase(who(login("2@a.example")), member), "permission_denied");
    EXPECT_EQ(erase(owner, user('b', "member")), "not_found");
    EXPECT_EQ(erase(owner, owner.user_id), "conflict");
    auto stale = owner;
    stale.stepped_up = false;
    EXPECT_EQ(erase(stale, member), "permission_denied");
    run(admin_,
        fmt::format("INSERT INTO platform.user_roles VALUES ('{}', '{}', 'viewer')", organization('b'), member));
    EXPECT_EQ(erase(owner, member), "not_found") << "also of another organization now";
    run(admin_,
        fmt::format(
            "DELETE FROM platform.user_roles WHERE organization_id = '{}' AND user_id = '{}'", organization('b'), member
        ));
    EXPECT_EQ(erase(owner, member), "ok");
    EXPECT_EQ(last_audited('a'), "user.erased|success");
    EXPECT_EQ(erase(owner, member), "not_found");
    EXPECT_EQ(told(owner.actor()), "");
}

TEST_F(Erasure, LeavesNoOrganizationWithoutAnOwner) {
    const auto refused = erase_person_as_operator(service(), "1@a.example", "root@db1", limits());
    EXPECT_EQ(outcome_of(refused), "conflict");
    EXPECT_TRUE(try_login("1@a.example")) << "nothing was done";
    run(admin_, fmt::format("UPDATE platform.user_roles SET role = 'owner' WHERE user_id = '{}'", user('a', "admin")));
    EXPECT_EQ(outcome_of(erase_person_as_operator(service(), "1@a.example", "root@db1", limits())), "ok");
}

}  // namespace
}  // namespace drydock::identity
