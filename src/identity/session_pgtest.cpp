#include "identity/session.h"

#include <boost/json.hpp>

#include "base/encoding.h"
#include "crypto/token.h"
#include "identity/identity_pgtest.h"
#include "identity/session_open.h"

namespace drydock::identity {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// Everything here holds for a replica by itself, with a Redis in common with others, and with one that is down.
enum class Redis : std::uint8_t { none, up, down };

struct Surroundings {
    explicit Surroundings(Redis redis) {
        if (redis != Redis::none) redis_.emplace();
        if (redis == Redis::down) redis_->server().kill();
    }
    cache::Shared::Store shared() const { return redis_ ? redis_->store() : cache::Shared::Store{}; }

private:
    std::optional<SharedRedis> redis_;
};

class Sessions : public ::testing::WithParamInterface<Redis>, protected Surroundings, public IdentityTest {
protected:
    Sessions() : Surroundings(GetParam()), IdentityTest(shared()) {}

    Result<Tokens> renewed(const Secret& refresh) { return renew(service(), refresh, peer(), limits()); }
    std::string reason(const Tokens& tokens) {
        return sql(fmt::format(
            "SELECT coalesce(end_reason, 'lives') FROM platform.sessions WHERE id = '{}'", tokens.session_id
        ));
    }
    // As if the last use of a refresh token had been a minute ago.
    void a_minute_later() {
        run(admin_,
            "UPDATE platform.refresh_tokens SET used_at = used_at - interval '1 minute' WHERE used_at IS NOT NULL");
    }
    int live_tokens(const Tokens& tokens) {
        return std::stoi(sql(fmt::format(
            "SELECT count(*) FROM platform.refresh_tokens WHERE session_id = '{}' AND used_at IS NULL",
            tokens.session_id
        )));
    }
};

TEST_P(Sessions, AreRenewedByATokenThatIsSpentByIt) {
    const auto first = login("1@a.example");
    const auto second = renewed(first.refresh);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->session_id, first.session_id);
    EXPECT_NE(second->refresh.reveal(), first.refresh.reveal());
    EXPECT_TRUE(check(*second));
    const auto third = renewed(second->refresh);
    ASSERT_TRUE(third);
    EXPECT_EQ(live_tokens(first), 1);
}

TEST_P(Sessions, EndWhenASpentTokenComesBack) {
    const auto first = login("1@a.example");
    const auto second = renewed(first.refresh).value();
    a_minute_later();
    EXPECT_EQ(outcome_of(renewed(first.refresh)), "unauthenticated");
    EXPECT_EQ(reason(first), "token_reused");
    EXPECT_EQ(last_audited('a'), "session.token_reused|denied");
    EXPECT_EQ(outcome_of(renewed(second.refresh)), "unauthenticated") << "of the whole family";
    EXPECT_EQ(outcome_of(check(second)), "unauthenticated");
}

// The thief was first: the person's own token ends what the thief has got.
TEST_P(Sessions, EndForTheThiefAsWell) {
    const auto own = login("1@a.example");
    const auto stolen = renewed(own.refresh).value();
    const auto further = renewed(stolen.refresh).value();
    EXPECT_EQ(outcome_of(renewed(own.refresh)), "unauthenticated")
        << "its successor was used: this is no second window";
    EXPECT_EQ(outcome_of(renewed(further.refresh)), "unauthenticated");
    EXPECT_EQ(reason(own), "token_reused");
}

TEST_P(Sessions, SurviveTwoWindowsThatRenewAtTheSameMoment) {
    const auto tokens = login("1@a.example");
    std::vector<Secret> got(6);
    const auto results = at_once(6, [&](int i) {
        auto result = renewed(tokens.refresh);
        if (result) got[static_cast<std::size_t>(i)] = result->refresh;
        return outcome_of(result);
    });
    EXPECT_EQ(std::ranges::count(results, "ok"), 1) << ::testing::PrintToString(results);
    EXPECT_EQ(std::ranges::count(results, "conflict"), 5);
    EXPECT_EQ(reason(tokens), "lives");
    EXPECT_EQ(live_tokens(tokens), 1);
    const auto winner = std::ranges::find_if(got, [](const Secret& secret) { return !secret.empty(); });
    EXPECT_TRUE(renewed(*winner));
}

TEST_P(Sessions, RefuseTokensThatAreNone) {
    const auto tokens = login("1@a.example");
    for (const auto& text :
         {std::string{},
          std::string{"x"},
          tokens.access.reveal(),
          tokens.refresh.reveal() + "x",
          crypto::new_token(crypto::TokenKind::refresh).reveal(),
          crypto::new_token(crypto::TokenKind::api).reveal()}) {
        EXPECT_EQ(outcome_of(renewed(Secret{text})), "unauthenticated");
    }
    run(admin_, "UPDATE platform.refresh_tokens SET expires_at = now()");
    EXPECT_EQ(outcome_of(renewed(tokens.refresh)), "unauthenticated");
}

TEST_P(Sessions, LastNoLongerThanTheyMayHoweverOftenTheyAreRenewed) {
    const auto tokens = login("1@a.example");
    run(admin_, "UPDATE platform.sessions SET created_at = now() - interval '89 days'");
    const auto second = renewed(tokens.refresh);
    ASSERT_TRUE(second);
    EXPECT_LE(second->refresh_lifetime, std::chrono::days{1});
    EXPECT_EQ(sql("SELECT expires_at <= now() + interval '1 day' FROM platform.sessions"), "t");
}

TEST_P(Sessions, EndOneByOne) {
    const auto first = login("1@a.example");
    const auto second = login("1@a.example");
    const auto list = sessions(service(), who(first), limits());
    ASSERT_TRUE(list);
    EXPECT_THAT(*list, SizeIs(2));
    EXPECT_EQ(std::ranges::count_if(*list, &SessionInfo::current), 1);
    EXPECT_EQ(list->front().user_agent, "a browser");
    ASSERT_TRUE(log_out(service(), who(first), second.session_id, peer(), limits()));
    EXPECT_EQ(outcome_of(check(second)), "unauthenticated");
    EXPECT_EQ(outcome_of(renewed(second.refresh)), "unauthenticated");
    EXPECT_TRUE(check(first));
    ASSERT_TRUE(log_out(service(), first.refresh, peer(), limits()));
    EXPECT_EQ(outcome_of(check(first)), "unauthenticated");
    EXPECT_TRUE(log_out(service(), first.refresh, peer(), limits())) << "once more is no error";
}

TEST_P(Sessions, OfOthersAreOutOfReach) {
    const auto mine = login("1@a.example");
    const auto theirs = login("2@a.example");
    EXPECT_EQ(outcome_of(log_out(service(), who(mine), theirs.session_id, peer(), limits())), "not_found");
    EXPECT_EQ(outcome_of(log_out(service(), who(mine), "'; DROP", peer(), limits())), "not_found");
    EXPECT_TRUE(check_now(theirs));
    EXPECT_THAT(sessions(service(), who(mine), limits()).value(), SizeIs(1));
}

TEST_P(Sessions, EndEverywhereAndOnOtherReplicas) {
    Replica other(database_.conninfo(), kKeys, shared());
    const auto first = login("1@a.example");
    const auto second = login("1@a.example");
    const auto there = [&](SessionCache::Freshness freshness) {
        return other.service.cache.check(second.access.reveal(), {}, limits(), freshness);
    };
    ASSERT_TRUE(there(SessionCache::Freshness::kept)) << "the keys of all replicas are the same";
    ASSERT_TRUE(log_out_everywhere(service(), who(first), peer(), limits()));
    EXPECT_EQ(outcome_of(check(first)), "unauthenticated");
    EXPECT_EQ(outcome_of(check(second)), "unauthenticated");
    EXPECT_EQ(outcome_of(there(SessionCache::Freshness::now)), "unauthenticated") << "once it reads anew";
    EXPECT_EQ(outcome_of(renewed(first.refresh)), "unauthenticated");
    EXPECT_TRUE(check(login("1@a.example")));
}

TEST_P(Sessions, EndWithThePerson) {
    const auto tokens = login("1@a.example");
    run(admin_, fmt::format("UPDATE platform.users SET status = 'disabled' WHERE id = '{}'", user('a', "owner")));
    EXPECT_EQ(outcome_of(check_now(tokens)), "unauthenticated");
    EXPECT_EQ(outcome_of(renewed(tokens.refresh)), "unauthenticated");
}

TEST_P(Sessions, LoseWhatTheRoleLoses) {
    const auto tokens = login("2@a.example");
    ASSERT_TRUE(who(tokens).allows("projects:write"));
    run(admin_, fmt::format("UPDATE platform.user_roles SET role = 'viewer' WHERE user_id = '{}'", user('a', "admin")));
    EXPECT_FALSE(who(tokens).allows("projects:write"));
    EXPECT_TRUE(who(tokens).allows("projects:read"));
    run(admin_, fmt::format("DELETE FROM platform.user_roles WHERE user_id = '{}'", user('a', "admin")));
    EXPECT_THAT(who(tokens).permissions, IsEmpty());
    EXPECT_EQ(who(tokens).organization_id, "");
}

TEST_P(Sessions, OnlyReadInASuspendedOrganization) {
    const auto tokens = login("1@a.example");
    run(admin_,
        fmt::format("UPDATE platform.organizations SET status = 'suspended' WHERE id = '{}'", organization('a')));
    const auto principal = who(tokens);
    EXPECT_TRUE(principal.allows("databases:read"));
    for (const auto& permission : principal.permissions) EXPECT_TRUE(permission.ends_with(":read")) << permission;
    EXPECT_TRUE(check(login("1@a.example")));
}

TEST_P(Sessions, AskForAnotherOrganizationInVain) {
    const auto tokens = login("1@a.example");
    EXPECT_EQ(outcome_of(check(tokens, organization('b'))), "not_found");
    EXPECT_EQ(outcome_of(check(tokens, id('c', 0))), "not_found") << "as one that does not exist";
    EXPECT_EQ(outcome_of(check(tokens, "x")), "not_found");
    EXPECT_EQ(check(tokens, organization('a')).value()->role, "owner");
    EXPECT_EQ(
        outcome_of(switch_organization(service(), who(tokens), organization('b'), peer(), limits())), "not_found"
    );
}

TEST_P(Sessions, GoOnInAnotherOrganizationThatThePersonBelongsTo) {
    run(admin_,
        fmt::format(
            "INSERT INTO platform.user_roles VALUES ('{}', '{}', 'viewer')", organization('b'), user('a', "owner")
        ));
    const auto tokens = login("1@a.example");
    EXPECT_EQ(check(tokens, organization('b')).value()->role, "viewer");
    const auto switched = switch_organization(service(), who(tokens), organization('b'), peer(), limits());
    ASSERT_TRUE(switched) << switched.error().message;
    EXPECT_EQ(who(*switched).organization_id, organization('b'));
    EXPECT_EQ(who(*switched).role, "viewer");
    EXPECT_EQ(renewed(tokens.refresh).value().organization_id, organization('b'));
    EXPECT_EQ(login("1@a.example").organization_id, organization('b')) << "where they were last";
}

TEST_P(Sessions, TakeNoAccessTokenThatIsNotOurs) {
    const auto tokens = login("1@a.example");
    const auto now = sql("SELECT extract(epoch FROM now())::bigint");
    const auto claims = [&](std::int64_t shift) {
        return boost::json::object{
            {"iss", "drydock"},
            {"aud", kAccessAudience},
            {"sub", user('a', "owner")},
            {"sid", tokens.session_id},
            {"org", organization('a')},
            {"epoch", 1},
            {"iat", std::stoll(now) + shift - 1800},
            {"exp", std::stoll(now) + shift},
        };
    };
    const auto tried = [&](const std::string& token) { return outcome_of(service().cache.check(token, {}, limits())); };
    EXPECT_EQ(tried(service().signer.sign(claims(60))), "ok") << "the claims themselves are right";
    EXPECT_EQ(tried(service().signer.sign(claims(-1))), "unauthenticated") << "expired";
    const boost::json::array changes{
        {"iss", "another"},
        {"aud", "drydock/second-step"},
        {"epoch", 2},
        {"epoch", 0},
        {"sid", user('a', "owner")},
        {"sub", user('a', "admin")},
        {"sub", user('b', "owner")},
        {"sub", kSystem},
        {"sid", "x"},
        {"org", "x"},
    };
    for (const auto& change : changes) {
        auto wrong = claims(60);
        wrong[change.at(0).as_string()] = change.at(1);
        EXPECT_EQ(tried(service().signer.sign(wrong)), "unauthenticated") << change;
    }
    const auto other = crypto::TokenSigner::with_key(std::string(32, 'k')).value();
    EXPECT_EQ(tried(other.sign(claims(60))), "unauthenticated") << "signed with another key";
    auto none =
        base64url(R"({"alg":"none","typ":"at+jwt"})") + "." + base64url(boost::json::serialize(claims(60))) + ".";
    EXPECT_EQ(tried(none), "unauthenticated") << "alg none";
    EXPECT_EQ(tried(tokens.access.reveal().substr(0, tokens.access.reveal().size() - 2)), "unauthenticated");
    EXPECT_EQ(tried(""), "unauthenticated");
}

TEST_P(Sessions, AreKeptInMemoryAndReadOnceForManyWhoAsk) {
    const auto tokens = login("1@a.example");
    ASSERT_TRUE(check(tokens));
    const auto before = service().cache.figures();
    const auto results = at_once(4, [&](int) {
        for (int i = 0; i < 1000; ++i) {
            if (!check(tokens)) return false;
        }
        return true;
    });
    EXPECT_THAT(results, ::testing::Each(true));
    const auto after = service().cache.figures();
    EXPECT_EQ(after.hits - before.hits + after.reads - before.reads, 4000U);
    EXPECT_LT(after.reads - before.reads, 20U);
}

// What a replica promises that nobody tells anything: with a clock of the test's own, so that nothing waits.
class CachedSessions : public Sessions {
protected:
    using Clock = SessionCache::Clock;

    void pass(Clock::duration time) { now_ += time; }
    Result<std::shared_ptr<const Principal>> asked(const Limits& within = limits()) {
        return clocked_->service.cache.check(tokens_->access.reveal(), {}, within);
    }
    void SetUp() override {
        tokens_ = login("2@a.example");
        clocked_.emplace(database_.conninfo(), kKeys, shared(), [this] { return now_; });
        ASSERT_TRUE(asked());
    }

    Clock::time_point now_ = Clock::now();
    std::optional<Tokens> tokens_;
    std::optional<Replica> clocked_;
};

TEST_P(CachedSessions, LoseWhatWasTakenAwayElsewhereWithinTwoSecondsOfTheNextCall) {
    run(admin_, fmt::format("UPDATE platform.user_roles SET role = 'viewer' WHERE user_id = '{}'", user('a', "admin")));
    pass(std::chrono::milliseconds{1999});
    EXPECT_EQ(asked().value()->role, "admin");
    pass(std::chrono::milliseconds{1});
    EXPECT_EQ(asked().value()->role, "viewer");
    run(admin_, "UPDATE platform.sessions SET ended_at = now(), end_reason = 'logged_out'");
    pass(std::chrono::seconds{2});
    EXPECT_EQ(outcome_of(asked()), "unauthenticated");
    EXPECT_EQ(outcome_of(asked()), "unauthenticated");
}

TEST_P(CachedSessions, AreUsedForFourSecondsWhileTheControlPlaneDoesNotAnswerAndNotForLonger) {
    const auto no_time = Limits::within(std::chrono::seconds{-1});
    pass(std::chrono::milliseconds{3999});
    EXPECT_EQ(outcome_of(asked(no_time)), "ok");
    pass(std::chrono::milliseconds{1});
    EXPECT_NE(outcome_of(asked(no_time)), "ok");
    EXPECT_EQ(outcome_of(asked()), "ok") << "it answers again";
}

TEST_P(CachedSessions, EndWithTheirToken) {
    pass(std::chrono::minutes{30} - std::chrono::seconds{2});
    EXPECT_EQ(outcome_of(asked()), "ok");
    pass(std::chrono::seconds{4});
    EXPECT_EQ(outcome_of(asked()), "unauthenticated") << "the session lives, the access token does not";
}

TEST_P(CachedSessions, AreReadAnewWhenTheyWereForgottenWhateverTheirAge) {
    run(admin_, "UPDATE platform.sessions SET ended_at = now(), end_reason = 'logged_out'");
    EXPECT_EQ(outcome_of(asked()), "ok");
    clocked_->service.cache.forget_user(user('b', "admin"));
    EXPECT_EQ(outcome_of(asked()), "ok");
    clocked_->service.cache.forget_session(tokens_->session_id);
    EXPECT_EQ(outcome_of(asked()), "unauthenticated");
}

TEST_P(Sessions, AreForgottenAWeekAfterTheyEnded) {
    const auto old = login("1@a.example");
    const auto young = login("1@a.example");
    run(admin_,
        fmt::format(
            "UPDATE platform.sessions SET expires_at = now() - interval '8 days' WHERE id = '{}'", old.session_id
        ));
    ASSERT_TRUE(clear_away(service().store, limits()));
    EXPECT_EQ(sql("SELECT string_agg(id::text, ' ') FROM platform.sessions"), young.session_id);
    EXPECT_EQ(live_tokens(young), 1);
}

std::string name_of(const ::testing::TestParamInfo<Redis>& redis) {
    return redis.param == Redis::none ? "Alone" : redis.param == Redis::up ? "WithRedis" : "WithADeadRedis";
}
constexpr auto kAll = {Redis::none, Redis::up, Redis::down};
INSTANTIATE_TEST_SUITE_P(Everywhere, Sessions, ::testing::ValuesIn(kAll), name_of);
INSTANTIATE_TEST_SUITE_P(Everywhere, CachedSessions, ::testing::ValuesIn(kAll), name_of);

}  // namespace
}  // namespace drydock::identity
