#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "identity/erasure.h"
#include "identity/identity_pgtest.h"
#include "identity/invitation.h"
#include "identity/member.h"
#include "identity/password.h"

// Joining an organization, and what takes owning all organizations of a person, at the same moment.
namespace drydock::identity {
namespace {

class Joining : public IdentityTest {
protected:
    using Work = std::function<std::string()>;

    // Holds rows that others then wait for.
    void hold(std::string_view rows) { run(connection_, fmt::format("BEGIN; SELECT FROM {} FOR UPDATE", rows)); }
    void let_go() { run(connection_, "COMMIT"); }

    // Returns once so many sessions wait for a lock, or the work is done without.
    std::future<std::string> start(const Work& work, int waiting) {
        auto started = std::async(std::launch::async, work);
        const auto done = [&] { return started.wait_for(std::chrono::seconds{0}) == std::future_status::ready; };
        while (!done() && control::schema::lock_waiters(admin_) < waiting) std::this_thread::yield();
        return started;
    }

    Secret invited_to_b(std::string_view address) {
        return invite(service(), who(login("1@b.example")), address, "viewer", peer(), limits()).value().token;
    }
    std::string roles_of(std::string_view role) {
        return sql(fmt::format("SELECT count(*) FROM platform.user_roles WHERE user_id = '{}'", user('a', role)));
    }
};

TEST_F(Joining, WhoJoinsElsewhereIsNoLongerTheOneOwnersToEraseOrToLetInAnew) {
    const auto owner = who(login("1@a.example"));
    const std::pair<std::string_view, Work> works[] = {
        {"member", [&] { return outcome_of(erase_person(service(), owner, user('a', "member"), peer(), limits())); }},
        {"viewer", [&] { return outcome_of(make_reset_token(service(), owner, user('a', "viewer"), peer(), limits())); }
        },
    };
    for (const auto& [role, work] : works) {
        SCOPED_TRACE(role);
        const auto guest = who(login(email('a', role)));
        const auto token = invited_to_b(guest.email);
        hold("platform.invitations");
        auto joining =
            start([&] { return outcome_of(accept_invitation(service(), guest, token, peer(), limits())); }, 1);
        auto owning = start(work, 2);
        let_go();
        EXPECT_EQ(joining.get(), "ok");
        EXPECT_EQ(owning.get(), "not_found") << "also of another organization now";
        EXPECT_EQ(roles_of(role), "2");
        EXPECT_TRUE(try_login(email('a', role)));
    }
}

TEST_F(Joining, WhoIsErasedJoinsAndFoundsNothing) {
    const auto owner = who(login("1@a.example"));
    Principal guest;
    Secret token;
    const std::pair<std::string_view, Work> works[] = {
        {"admin", [&] { return outcome_of(accept_invitation(service(), guest, token, peer(), limits())); }},
        {"member",
         [&] {
             return outcome_of(accept_invitation(
                 service(), {.token = token, .password = Secret{std::string{kPassword}}, .peer = peer()}, limits()
             ));
         }},
        {"viewer",
         [&] { return outcome_of(create_organization(service(), guest, "own", "Their own", peer(), limits())); }},
    };
    for (const auto& [role, work] : works) {
        SCOPED_TRACE(role);
        guest = who(login(email('a', role)));
        token = invited_to_b(guest.email);
        hold("platform.organizations");
        auto erasing = start(
            [&, id = user('a', role)] { return outcome_of(erase_person(service(), owner, id, peer(), limits())); }, 1
        );
        auto joining = start(work, 2);
        let_go();
        EXPECT_EQ(erasing.get(), "ok");
        EXPECT_EQ(joining.get(), "unauthenticated");
        EXPECT_EQ(roles_of(role), "0");
    }
}

TEST_F(Joining, WhoBecomesTheOnlyOwnerAtThisMomentIsNotErased) {
    hold("platform.organizations");
    auto erasing =
        start([&] { return outcome_of(erase_person_as_operator(service(), "2@a.example", "root@db1", limits())); }, 1);
    run(connection_,
        fmt::format(
            "UPDATE platform.user_roles SET role = CASE user_id WHEN '{}' THEN 'owner' ELSE 'viewer' END "
            "WHERE organization_id = '{}'",
            user('a', "admin"),
            organization('a')
        ));
    let_go();
    EXPECT_EQ(erasing.get(), "conflict");
    EXPECT_TRUE(try_login("2@a.example"));
}

TEST_F(Joining, WhoeverIsErasedTwiceAtOnceIsErasedOnce) {
    hold("platform.organizations");
    const Work erase = [&] {
        return outcome_of(erase_person_as_operator(service(), "3@a.example", "root@db1", limits()));
    };
    auto first = start(erase, 1);
    auto second = start(erase, 2);
    let_go();
    EXPECT_EQ(first.get(), "ok");
    EXPECT_EQ(second.get(), "not_found");
}

}  // namespace
}  // namespace drydock::identity
