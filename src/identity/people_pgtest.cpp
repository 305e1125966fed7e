#include "crypto/token.h"
#include "identity/api_token.h"
#include "identity/identity_pgtest.h"
#include "identity/invitation.h"
#include "identity/member.h"
#include "identity/password.h"

namespace drydock::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Secret kNewPassword{"another long password"};

class ApiTokens : public IdentityTest {
protected:
    Result<CreatedApiToken> create(const Principal& who, NewApiToken token) {
        if (token.name.empty()) token.name = "deploy";
        return create_api_token(service(), who, token, peer(), limits());
    }
    Result<std::shared_ptr<const Principal>> check_token(const Secret& token, std::string_view organization = {}) {
        return service().cache.check(token.reveal(), organization, limits(), SessionCache::Freshness::now);
    }
};

TEST_F(ApiTokens, HoldNoMoreThanTheirScopes) {
    const auto owner = who(login("1@a.example"));
    const auto made = create(owner, {.scopes = {"databases:read", "databases:write"}});
    ASSERT_TRUE(made) << made.error().message << made.error().detail;
    const auto principal = check_token(made->token);
    ASSERT_TRUE(principal) << principal.error().message;
    EXPECT_THAT((*principal)->permissions, ElementsAre("databases:read", "databases:write"));
    EXPECT_EQ((*principal)->actor().via, "token:" + made->info.id);
    EXPECT_FALSE((*principal)->stepped_up);
    EXPECT_EQ(last_audited('a'), "api_token.created|success");
    const auto reading = check_token(create(owner, {.read_only = true})->token);
    for (const auto& permission : (*reading)->permissions) EXPECT_TRUE(permission.ends_with(":read"));
    EXPECT_THAT((*reading)->permissions, ::testing::Contains("audit:read"));
}

TEST_F(ApiTokens, HoldNoMoreThanTheirUserAtTheMoment) {
    const auto admin = who(login("2@a.example"));
    EXPECT_EQ(outcome_of(create(admin, {.scopes = {"owners:write"}})), "permission_denied");
    EXPECT_EQ(outcome_of(create(admin, {.scopes = {"databases:*"}})), "permission_denied");
    EXPECT_EQ(outcome_of(create(admin, {.scopes = {"a,b", "}"}})), "permission_denied");
    const auto token = create(admin, {})->token;
    ASSERT_TRUE((*check_token(token))->allows("projects:write"));
    run(admin_, fmt::format("UPDATE platform.user_roles SET role = 'viewer' WHERE user_id = '{}'", admin.user_id));
    EXPECT_FALSE((*check_token(token))->allows("projects:write"));
    run(admin_, fmt::format("UPDATE platform.users SET status = 'disabled' WHERE id = '{}'", admin.user_id));
    EXPECT_EQ(outcome_of(check_token(token)), "unauthenticated");
    run(admin_, fmt::format("UPDATE platform.users SET status = 'active' WHERE id = '{}'", admin.user_id));
    run(admin_, fmt::format("DELETE FROM platform.user_roles WHERE user_id = '{}'", admin.user_id));
    EXPECT_EQ(outcome_of(check_token(token)), "unauthenticated");
}

TEST_F(ApiTokens, AreOfOneOrganization) {
    run(admin_,
        fmt::format(
            "INSERT INTO platform.user_roles VALUES ('{}', '{}', 'owner')", organization('b'), user('a', "owner")
        ));
    const auto owner = who(login("1@a.example"));
    const auto token = create(owner, {})->token;
    EXPECT_TRUE(check_token(token, owner.organization_id));
    EXPECT_EQ(
        outcome_of(check_token(token, organization(owner.organization_id == organization('a') ? 'b' : 'a'))),
        "not_found"
    );
    EXPECT_THAT(my_organizations(service(), **check_token(token), limits()).value(), SizeIs(1));
}

TEST_F(ApiTokens, EndWhenTheyAreRevokedOrTheirTimeIsOver) {
    const auto member = who(login("3@a.example"));
    const auto owner = who(login("1@a.example"));
    const auto first = create(member, {}).value();
    const auto second = create(member, {}).value();
    ASSERT_TRUE(check_token(first.token));
    EXPECT_EQ(
        sql(fmt::format("SELECT last_used_at IS NOT NULL FROM platform.api_tokens WHERE id = '{}'", first.info.id)), "t"
    );
    EXPECT_THAT(api_tokens(service(), member, false, limits()).value(), SizeIs(2));
    EXPECT_THAT(api_tokens(service(), owner, false, limits()).value(), IsEmpty());
    EXPECT_THAT(api_tokens(service(), owner, true, limits()).value(), SizeIs(2));
    EXPECT_EQ(outcome_of(api_tokens(service(), member, true, limits())), "permission_denied");
    const auto other = who(login("4@a.example"));
    EXPECT_EQ(outcome_of(revoke_api_token(service(), other, first.info.id, peer(), limits())), "not_found");
    const auto stranger = who(login("1@b.example"));
    EXPECT_EQ(outcome_of(revoke_api_token(service(), stranger, first.info.id, peer(), limits())), "not_found");
    EXPECT_TRUE(revoke_api_token(service(), owner, first.info.id, peer(), limits()));
    EXPECT_EQ(outcome_of(service().cache.check(first.token.reveal(), {}, limits())), "unauthenticated") << "at once";
    run(admin_, fmt::format("UPDATE platform.api_tokens SET expires_at = now() WHERE id = '{}'", second.info.id));
    EXPECT_EQ(outcome_of(check_token(second.token)), "unauthenticated");
    EXPECT_EQ(outcome_of(check_token(crypto::new_token(crypto::TokenKind::api))), "unauthenticated");
}

TEST_F(ApiTokens, MakeNoFurtherTokensAndNoSession) {
    const auto owner = who(login("1@a.example"));
    const Principal by_token = **check_token(create(owner, {})->token);
    EXPECT_EQ(outcome_of(create(by_token, {})), "permission_denied");
    EXPECT_EQ(outcome_of(sessions(service(), by_token, limits())), "permission_denied");
    EXPECT_EQ(outcome_of(log_out_everywhere(service(), by_token, peer(), limits())), "permission_denied");
    EXPECT_EQ(
        outcome_of(
            change_password(service(), by_token, {Secret{std::string{kPassword}}, kNewPassword}, peer(), limits())
        ),
        "permission_denied"
    );
    run(admin_, "UPDATE platform.sessions SET stepped_up_at = NULL");
    EXPECT_EQ(outcome_of(create(who(login("2@a.example")), {.days = 400})), "invalid_argument");
    auto old = who(login("2@a.example"));
    old.stepped_up = false;
    EXPECT_EQ(outcome_of(create(old, {})), "permission_denied");
}

TEST_F(ApiTokens, AreHowAServiceUserSignsIn) {
    const auto admin = who(login("2@a.example"));
    EXPECT_EQ(
        outcome_of(create_service_user(service(), admin, "robot", "owner", peer(), limits())), "permission_denied"
    );
    EXPECT_EQ(
        outcome_of(create_service_user(service(), who(login("3@a.example")), "robot", "viewer", peer(), limits())),
        "permission_denied"
    );
    const auto robot = create_service_user(service(), admin, "robot", "member", peer(), limits());
    ASSERT_TRUE(robot) << robot.error().message << robot.error().detail;
    const auto token = create(admin, {.user_id = robot->id});
    ASSERT_TRUE(token) << token.error().message << token.error().detail;
    const auto principal = check_token(token->token);
    ASSERT_TRUE(principal);
    EXPECT_EQ((*principal)->user_id, robot->id);
    EXPECT_EQ((*principal)->role, "member");
    EXPECT_EQ(outcome_of(create(admin, {.user_id = user('a', "owner")})), "not_found") << "a person is no service user";
    EXPECT_EQ(outcome_of(create(admin, {.user_id = user('b', "owner")})), "not_found");
    const auto owner = who(login("1@a.example"));
    const auto strong = create_service_user(service(), owner, "strong", "owner", peer(), limits());
    ASSERT_TRUE(strong);
    EXPECT_EQ(outcome_of(create(admin, {.user_id = strong->id})), "permission_denied") << "not above oneself";
    EXPECT_FALSE(try_login(robot->id + "@service.invalid", ""));
}

class Passwords : public IdentityTest {};

TEST_F(Passwords, AreChangedWithTheOldOneAndEndOtherSessions) {
    const auto here = login("1@a.example");
    const auto elsewhere = login("1@a.example");
    const auto change = [&](std::string_view current, const Secret& wanted) {
        return change_password(service(), who(here), {Secret{std::string{current}}, wanted}, peer(), limits());
    };
    EXPECT_EQ(outcome_of(change("wrong", kNewPassword)), "unauthenticated");
    EXPECT_EQ(last_audited('a'), "user.password_changed|denied");
    EXPECT_EQ(outcome_of(change(kPassword, Secret{"short"})), "invalid_argument");
    const auto changed = change(kPassword, kNewPassword);
    ASSERT_TRUE(changed) << changed.error().message << changed.error().detail;
    EXPECT_TRUE(check(*changed));
    EXPECT_EQ(outcome_of(check(elsewhere)), "unauthenticated");
    EXPECT_EQ(outcome_of(renew(service(), elsewhere.refresh, peer(), limits())), "unauthenticated");
    EXPECT_TRUE(renew(service(), here.refresh, peer(), limits()));
    EXPECT_FALSE(try_login("1@a.example"));
    EXPECT_TRUE(try_login("1@a.example", kNewPassword.reveal()));
}

TEST_F(Passwords, AreGuessedThroughASessionNoFasterThanWithout) {
    const auto principal = who(login("1@a.example"));
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(change_password(service(), principal, {Secret{"wrong"}, kNewPassword}, peer(), limits()));
    }
    EXPECT_FALSE(change_password(service(), principal, {Secret{std::string{kPassword}}, kNewPassword}, peer(), limits())
    );
}

TEST_F(Passwords, AreResetByALinkThatWorksOnce) {
    const auto owner = who(login("1@a.example"));
    const auto member = login("3@a.example");
    const auto token = create_api_token(service(), who(member), {.name = "x"}, peer(), limits())->token;
    const auto first = make_reset_token(service(), owner, user('a', "member"), peer(), limits());
    ASSERT_TRUE(first) << first.error().message << first.error().detail;
    const auto second = make_reset_token(service(), owner, user('a', "member"), peer(), limits());
    EXPECT_EQ(outcome_of(reset_password(service(), *second, Secret{"short"}, peer(), limits())), "invalid_argument");
    const auto results =
        at_once(3, [&](int) { return outcome_of(reset_password(service(), *second, kNewPassword, peer(), limits())); });
    EXPECT_EQ(std::ranges::count(results, "ok"), 1) << ::testing::PrintToString(results);
    EXPECT_EQ(outcome_of(reset_password(service(), *first, kNewPassword, peer(), limits())), "unauthenticated")
        << "void with the other";
    EXPECT_EQ(outcome_of(check(member)), "unauthenticated");
    EXPECT_EQ(outcome_of(service().cache.check(token.reveal(), {}, limits())), "unauthenticated") << "whoever made it";
    EXPECT_TRUE(try_login("3@a.example", kNewPassword.reveal()));
    EXPECT_EQ(outcome_of(reset_password(service(), Secret{"x"}, kNewPassword, peer(), limits())), "unauthenticated");
}

// A link opens every organization that the person is in.
TEST_F(Passwords, AreResetOnlyByWhoOwnsAllThatTheyOpen) {
    const auto owner = who(login("1@a.example"));
    const auto tried = [&](const Principal& principal, std::string_view id) {
        return outcome_of(make_reset_token(service(), principal, id, peer(), limits()));
    };
    EXPECT_EQ(tried(owner, user('b', "member")), "not_found");
    EXPECT_EQ(tried(owner, kSystem), "not_found");
    EXPECT_EQ(tried(owner, "x"), "not_found");
    EXPECT_EQ(tried(who(login("2@a.example")), user('a', "member")), "permission_denied");
    run(admin_,
        fmt::format(
            "INSERT INTO platform.user_roles VALUES ('{}', '{}', 'viewer')", organization('b'), user('a', "member")
        ));
    EXPECT_EQ(tried(owner, user('a', "member")), "not_found") << "also of another organization now";
    run(admin_,
        fmt::format(
            "INSERT INTO platform.user_roles VALUES ('{}', '{}', 'owner')", organization('b'), user('a', "owner")
        ));
    EXPECT_EQ(tried(owner, user('a', "member")), "ok");
}

TEST_F(Passwords, AndPeopleAreInTheHandsOfTheOperator) {
    const auto tokens = login("1@a.example");
    ASSERT_TRUE(set_disabled_as_operator(service(), "1@A.example", true, "root@db1", limits()));
    EXPECT_EQ(
        sql("SELECT action || ' ' || via || ' ' || login FROM platform.audit_log WHERE action = 'user.disabled'"),
        "user.disabled operator root@db1"
    );
    EXPECT_EQ(outcome_of(check(tokens)), "unauthenticated");
    EXPECT_FALSE(try_login("1@a.example"));
    EXPECT_EQ(last_audited('a'), "session.refused|denied");
    ASSERT_TRUE(set_disabled_as_operator(service(), "1@a.example", false, "root@db1", limits()));
    EXPECT_TRUE(try_login("1@a.example"));
    EXPECT_EQ(
        outcome_of(make_reset_token_as_operator(service(), "nobody@a.example", "root@db1", limits())), "not_found"
    );
}

class Members : public IdentityTest {
protected:
    std::string change(const Principal& who, std::string_view id, std::string_view role) {
        return outcome_of(change_role(service(), who, id, role, peer(), limits()));
    }
    std::string remove(const Principal& who, std::string_view id) {
        return outcome_of(remove_member(service(), who, id, peer(), limits()));
    }
};

TEST_F(Members, AreGivenRolesByWhoMay) {
    const auto owner = who(login("1@a.example"));
    const auto admin = who(login("2@a.example"));
    const auto member = who(login("3@a.example"));
    EXPECT_THAT(members(service(), member, limits()).value(), SizeIs(4));
    EXPECT_EQ(change(member, user('a', "viewer"), "member"), "permission_denied");
    EXPECT_EQ(change(admin, user('a', "viewer"), "member"), "ok");
    EXPECT_EQ(last_audited('a'), "member.role_changed|success");
    EXPECT_EQ(change(admin, user('a', "viewer"), "owner"), "permission_denied");
    EXPECT_EQ(change(admin, user('a', "owner"), "viewer"), "permission_denied");
    EXPECT_EQ(change(admin, admin.user_id, "owner"), "permission_denied");
    EXPECT_EQ(change(owner, user('a', "viewer"), "king"), "invalid_argument");
    EXPECT_EQ(change(owner, user('b', "viewer"), "member"), "not_found");
    EXPECT_EQ(remove(admin, user('a', "owner")), "permission_denied");
    EXPECT_EQ(remove(member, user('a', "viewer")), "permission_denied");
    EXPECT_EQ(remove(owner, user('b', "viewer")), "not_found");
}

// The cache says admin for up to two seconds more; the database does not.
TEST_F(Members, AreNotChangedByARoleThatIsGone) {
    const auto admin = who(login("2@a.example"));
    run(admin_, fmt::format("UPDATE platform.user_roles SET role = 'viewer' WHERE user_id = '{}'", admin.user_id));
    EXPECT_NE(change(admin, user('a', "viewer"), "member"), "ok");
    EXPECT_NE(remove(admin, user('a', "viewer")), "ok");
    EXPECT_FALSE(invite(service(), admin, "x@x.example", "viewer", peer(), limits()));
    EXPECT_EQ(sql("SELECT count(*) FROM platform.invitations"), "0");
}

TEST_F(Members, LoseEverythingHereWhenTheyAreRemoved) {
    const auto admin = who(login("2@a.example"));
    const auto member = login("3@a.example");
    const auto token = create_api_token(service(), who(member), {.name = "x"}, peer(), limits())->token;
    ASSERT_EQ(remove(admin, user('a', "member")), "ok");
    EXPECT_FALSE(check(member).value()->is_member()) << "at once";
    EXPECT_EQ(outcome_of(service().cache.check(token.reveal(), {}, limits())), "unauthenticated");
    run(admin_,
        fmt::format(
            "INSERT INTO platform.user_roles VALUES ('{}', '{}', 'viewer')", organization('a'), user('a', "member")
        ));
    EXPECT_EQ(
        outcome_of(service().cache.check(token.reveal(), {}, limits(), SessionCache::Freshness::now)), "unauthenticated"
    ) << "it does not come back with them";
}

TEST_F(Members, KeepAnOwner) {
    const auto owner = who(login("1@a.example"));
    EXPECT_EQ(change(owner, owner.user_id, "admin"), "conflict");
    EXPECT_EQ(remove(owner, owner.user_id), "conflict");
    ASSERT_EQ(change(owner, user('a', "admin"), "owner"), "ok");
    run(admin_, fmt::format("UPDATE platform.users SET status = 'disabled' WHERE id = '{}'", user('a', "admin")));
    EXPECT_EQ(change(owner, owner.user_id, "admin"), "conflict") << "who is disabled owns nothing";
}

TEST_F(Members, KeepAnOwnerWhenTwoStepDownAtOnce) {
    for (int round = 0; round < 5; ++round) {
        run(admin_,
            fmt::format(
                "UPDATE platform.user_roles SET role = 'owner' WHERE user_id IN ('{}', '{}')",
                user('a', "owner"),
                user('a', "admin")
            ));
        const std::vector both{who(login("1@a.example")), who(login("2@a.example"))};
        at_once(2, [&](int i) {
            const auto& one = both[static_cast<std::size_t>(i)];
            return change(one, both[static_cast<std::size_t>(round % 2 == 0 ? i : 1 - i)].user_id, "admin");
        });
        EXPECT_EQ(
            sql(fmt::format(
                "SELECT count(*) FROM platform.user_roles WHERE organization_id = '{}' AND role = 'owner'",
                organization('a')
            )),
            "1"
        );
    }
}

TEST_F(Members, LeaveByThemselves) {
    const auto viewer = login("4@a.example");
    EXPECT_EQ(remove(who(viewer), user('a', "viewer")), "ok");
    EXPECT_EQ(last_audited('a'), "member.left|success");
    EXPECT_FALSE(check(viewer).value()->is_member());
}

TEST_F(Members, FoundOrganizationsOfTheirOwn) {
    const auto tokens = login("4@a.example");
    const auto founded = create_organization(service(), who(tokens), "new-one", "New", peer(), limits());
    ASSERT_TRUE(founded) << founded.error().message << founded.error().detail;
    EXPECT_EQ(check(tokens, founded->id).value()->role, "owner");
    EXPECT_THAT(my_organizations(service(), who(tokens), limits()).value(), SizeIs(2));
    EXPECT_EQ(outcome_of(create_organization(service(), who(tokens), "new-one", "New", peer(), limits())), "conflict");
    EXPECT_EQ(
        outcome_of(create_organization(service(), who(tokens), "New One!", "New", peer(), limits())), "invalid_argument"
    );
    EXPECT_EQ(
        outcome_of(create_organization(service(), who(tokens), "x", "\xff", peer(), limits())), "invalid_argument"
    );
}

class Invitations : public IdentityTest {
protected:
    Secret invited(const Principal& who, std::string_view email, std::string_view role = "member") {
        auto made = invite(service(), who, email, role, peer(), limits());
        EXPECT_TRUE(made) << made.error().message << made.error().detail;
        return made.value().token;
    }
    Result<Accepted> accept(const Secret& token, const Secret& password = kNewPassword) {
        return accept_invitation(
            service(), {.token = token, .password = password, .display_name = "Newcomer", .peer = peer()}, limits()
        );
    }
};

TEST_F(Invitations, MakeAPersonWhoSetsTheirOwnPassword) {
    const auto admin = who(login("2@a.example"));
    const auto token = invited(admin, "new@x.example");
    EXPECT_EQ(outcome_of(accept(token, Secret{"short"})), "invalid_argument");
    const auto accepted = accept(token);
    ASSERT_TRUE(accepted) << accepted.error().message << accepted.error().detail;
    EXPECT_EQ(last_audited('a'), "member.joined|success");
    const auto answer = try_login("new@x.example", kNewPassword.reveal());
    ASSERT_TRUE(answer);
    EXPECT_EQ(who(*answer->tokens).role, "member");
    EXPECT_EQ(outcome_of(accept(token)), "not_found") << "once";
    EXPECT_THAT(invitations(service(), admin, limits()).value(), IsEmpty());
}

TEST_F(Invitations, AreAcceptedOnceHoweverManyTryAtOnce) {
    const auto token = invited(who(login("2@a.example")), "new@x.example");
    const auto results = at_once(4, [&](int) { return outcome_of(accept(token)); });
    EXPECT_EQ(std::ranges::count(results, "ok"), 1) << ::testing::PrintToString(results);
    EXPECT_EQ(sql("SELECT count(*) FROM platform.users WHERE email = 'new@x.example'"), "1");
}

TEST_F(Invitations, TellNobodyWhoIsKnown) {
    const auto admin = who(login("2@a.example"));
    const auto known = invite(service(), admin, "1@b.example", "viewer", peer(), limits());
    const auto unknown = invite(service(), admin, "nobody@b.example", "viewer", peer(), limits());
    const auto member = invite(service(), admin, "1@a.example", "viewer", peer(), limits());
    ASSERT_TRUE(known && unknown && member);
    EXPECT_EQ(sql("SELECT count(*) FROM platform.users WHERE email = 'nobody@b.example'"), "0");
    EXPECT_THAT(invitations(service(), admin, limits()).value(), SizeIs(3));
}

TEST_F(Invitations, AddAKnownPersonWithTheirPasswordOnly) {
    const auto token = invited(who(login("2@a.example")), "2@b.example", "viewer");
    EXPECT_EQ(outcome_of(accept(token)), "unauthenticated") << "their password is not replaced";
    EXPECT_TRUE(try_login("2@b.example"));
    const auto accepted = accept(token, Secret{std::string{kPassword}});
    ASSERT_TRUE(accepted) << accepted.error().message << accepted.error().detail;
    EXPECT_EQ(accepted->user_id, user('b', "admin"));
    EXPECT_THAT(my_organizations(service(), who(login("2@b.example")), limits()).value(), SizeIs(2));
}

TEST_F(Invitations, AreNoWayToGuessAPassword) {
    const auto token = invited(who(login("2@a.example")), "2@b.example", "viewer");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(outcome_of(accept(token)), "unauthenticated");
    EXPECT_EQ(outcome_of(accept(token, Secret{std::string{kPassword}})), "unauthenticated");
    EXPECT_FALSE(try_login("2@b.example"));
}

TEST_F(Invitations, AddWhoIsSignedInWithThatAddress) {
    const auto token = invited(who(login("2@a.example")), "3@B.example", "viewer");
    const auto wrong = accept_invitation(service(), who(login("4@b.example")), token, peer(), limits());
    EXPECT_EQ(outcome_of(wrong), "not_found");
    const auto right = login("3@b.example");
    ASSERT_TRUE(accept_invitation(service(), who(right), token, peer(), limits()));
    EXPECT_EQ(check(right, organization('a')).value()->role, "viewer");
}

TEST_F(Invitations, NeitherRaiseNorLowerWhoIsAMember) {
    const auto token = invited(who(login("2@a.example")), "1@a.example", "viewer");
    EXPECT_EQ(accept(token, Secret{std::string{kPassword}})->role, "owner");
}

TEST_F(Invitations, EndByTimeByHandByANewOneAndWithTheRightToInvite) {
    const auto admin = who(login("2@a.example"));
    const auto expired = invited(admin, "one@x.example");
    run(admin_, "UPDATE platform.invitations SET expires_at = now()");
    EXPECT_EQ(outcome_of(accept(expired)), "not_found");
    const auto revoked = invited(admin, "two@x.example");
    const auto open = invitations(service(), admin, limits()).value();
    ASSERT_THAT(open, SizeIs(1));
    ASSERT_TRUE(revoke_invitation(service(), admin, open[0].id, peer(), limits()));
    EXPECT_EQ(outcome_of(accept(revoked)), "not_found");
    const auto superseded = invited(admin, "three@x.example");
    invited(admin, "THREE@x.example");
    EXPECT_EQ(outcome_of(accept(superseded)), "not_found");
    const auto orphaned = invited(admin, "four@x.example");
    run(admin_, fmt::format("UPDATE platform.user_roles SET role = 'member' WHERE user_id = '{}'", admin.user_id));
    EXPECT_EQ(outcome_of(accept(orphaned)), "not_found");
    EXPECT_EQ(sql("SELECT count(*) FROM platform.users WHERE email LIKE '%@x.example'"), "0");
    EXPECT_EQ(outcome_of(accept(crypto::new_token(crypto::TokenKind::invite))), "not_found");
    EXPECT_EQ(outcome_of(accept(crypto::new_token(crypto::TokenKind::reset))), "not_found");
}

TEST_F(Invitations, AreNotValidInASuspendedOrganization) {
    const auto token = invited(who(login("2@a.example")), "new@x.example");
    run(admin_,
        fmt::format("UPDATE platform.organizations SET status = 'suspended' WHERE id = '{}'", organization('a')));
    EXPECT_EQ(outcome_of(accept(token)), "not_found");
}

TEST_F(Invitations, NeedTheRight) {
    const auto member = who(login("3@a.example"));
    const auto admin = who(login("2@a.example"));
    EXPECT_EQ(outcome_of(invite(service(), member, "x@x.example", "viewer", peer(), limits())), "permission_denied");
    EXPECT_EQ(outcome_of(invite(service(), admin, "x@x.example", "owner", peer(), limits())), "permission_denied");
    EXPECT_EQ(outcome_of(invite(service(), admin, "no address", "viewer", peer(), limits())), "invalid_argument");
    EXPECT_EQ(outcome_of(invite(service(), admin, "x@x.example", "king", peer(), limits())), "invalid_argument");
    EXPECT_EQ(outcome_of(invitations(service(), member, limits())), "permission_denied");
    invited(who(login("2@b.example")), "x@x.example");
    EXPECT_THAT(invitations(service(), admin, limits()).value(), IsEmpty()) << "another organization's";
    const auto theirs = sql("SELECT id FROM platform.invitations");
    EXPECT_EQ(outcome_of(revoke_invitation(service(), admin, theirs, peer(), limits())), "not_found");
}

}  // namespace
}  // namespace drydock::identity
