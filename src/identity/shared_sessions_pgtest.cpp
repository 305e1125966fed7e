#include <latch>

#include "crypto/token.h"
#include "identity/api_token.h"
#include "identity/identity_pgtest.h"
#include "identity/principal_text.h"

// What replicas tell each other about sessions by a Redis that nobody trusts.
namespace drydock::identity {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SharedSessions : public IdentityTest {
protected:
    using Who = Result<std::shared_ptr<const Principal>>;

    SharedSessions() {
        one_.emplace(database_.conninfo(), kKeys, redis_.store());
        two_.emplace(database_.conninfo(), kKeys, redis_.store());
    }

    static Who ask(SessionCache& cache, const Secret& token, std::string_view organization = {}) {
        return cache.check(token.reveal(), organization, limits());
    }
    Who ask_one(const Secret& token) { return ask(one_->service.cache, token); }
    Who ask_two(const Secret& token) { return ask(two_->service.cache, token); }

    // The second replica, just started, when it has found what the first one has read. On a slow machine that may be
    // too old by the time that it looks; then once more.
    std::unique_ptr<SessionCache> taken_over(const Secret& token) {
        const auto end = limits().deadline;
        while (Limits::Clock::now() < end) {
            if (!ask(*one_->empty_cache(), token)) break;
            auto there = two_->empty_cache();
            if (ask(*there, token) && there->figures().reads == 0) return there;
        }
        ADD_FAILURE() << "nothing is taken over";
        return two_->empty_cache();
    }
    // Until this holds, with the old value in Redis all the time: the wait is for its age.
    template <class Holds>
    void wait_with_old(const std::string& name, const std::string& old, const Holds& holds) {
        const auto end = limits().deadline;
        for (store(name, old); !holds(); store(name, old))
            ASSERT_LT(Limits::Clock::now(), end) << "what is old is believed";
    }

    std::vector<std::string> names() {
        std::vector<std::string> names;
        for (const auto& name : redis_.command({"KEYS", "*"}).items) names.push_back(name.text);
        return names;
    }
    // Of what is there for one who has just been asked for; it does not end any more.
    std::string name_of(const Secret& token) {
        redis_.command({"FLUSHALL"});
        const auto end = limits().deadline;
        while (Limits::Clock::now() < end) {
            EXPECT_TRUE(ask(*one_->empty_cache(), token));
            const auto all = names();
            if (all.size() == 1 && redis_.command({"PERSIST", all.front()}).integer == 1) return all.front();
        }
        ADD_FAILURE() << "nothing is shared";
        return {};
    }
    std::string stored(const std::string& name) { return redis_.command({"GET", name}).text; }
    void store(const std::string& name, const std::string& value) { redis_.command({"SET", name, value}); }

    Secret api_token() {
        auto owner = who(login("1@a.example"));
        owner.stepped_up = true;
        return create_api_token(service(), owner, {.name = "deploy"}, peer(), limits()).value().token;
    }

    SharedRedis redis_;
    std::optional<Replica> one_;
    std::optional<Replica> two_;
};

TEST_F(SharedSessions, CheckedByOneReplicaAreNotReadByAnotherOrAfterARestart) {
    const auto tokens = login("2@a.example");
    const auto first = ask_one(tokens.access);
    ASSERT_TRUE(first);
    const auto there = taken_over(tokens.access);
    EXPECT_EQ(there->figures().shared, 1U);
    const auto second = ask(*there, tokens.access);
    ASSERT_TRUE(second);
    EXPECT_EQ(to_text(**second), to_text(**first));
    EXPECT_EQ((*second)->email, "2@a.example");
    EXPECT_EQ((*second)->session_id, tokens.session_id);
    EXPECT_EQ((*second)->role, "admin");
}

TEST_F(SharedSessions, OfProgramsToo) {
    const auto token = api_token();
    const auto first = ask_one(token);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(one_->service.cache.figures().reads, 2U) << "whose it is, and what it may";
    const auto there = taken_over(token);
    EXPECT_EQ(to_text(**ask(*there, token)), to_text(**first));
    EXPECT_EQ(outcome_of(ask(*there, token, organization('b'))), "not_found");
    EXPECT_EQ(outcome_of(ask(*there, token, organization('a'))), "ok");
    run(admin_, "UPDATE platform.api_tokens SET revoked_at = now()");
    EXPECT_EQ(outcome_of(there->check(token.reveal(), {}, limits(), SessionCache::Freshness::now)), "unauthenticated")
        << "whose it was is known, and that it counts is asked";
}

TEST_F(SharedSessions, ThatEndedAreOverEverywhereWhateverRedisGivesBack) {
    const auto tokens = login("2@a.example");
    const auto name = name_of(tokens.access);
    const auto old = stored(name);
    const auto person = **ask_one(tokens.access);
    ASSERT_TRUE(ask_two(tokens.access));
    ASSERT_TRUE(log_out_everywhere(one_->service, person, peer(), limits()));
    store(name, old);
    EXPECT_EQ(outcome_of(ask_one(tokens.access)), "unauthenticated") << "here at once";
    wait_with_old(name, old, [&] { return !ask_two(tokens.access); });
    // Redis dies, and comes back with what it had.
    redis_.server().kill();
    EXPECT_EQ(outcome_of(ask(*two_->empty_cache(), tokens.access)), "unauthenticated");
    redis_.server().start();
    wait_with_old(name, old, [&] { return !ask(*two_->empty_cache(), tokens.access); });
}

TEST_F(SharedSessions, LoseWhatTheRoleLosesThoughNobodySaysSoAndRedisHasTheOldOne) {
    const auto tokens = login("2@a.example");
    const auto name = name_of(tokens.access);
    const auto old = stored(name);
    run(admin_, fmt::format("UPDATE platform.user_roles SET role = 'viewer' WHERE user_id = '{}'", user('a', "admin")));
    const auto role = [&](SessionCache& cache) { return ask(cache, tokens.access).value()->role; };
    wait_with_old(name, old, [&] { return role(*two_->empty_cache()) == "viewer"; });
    wait_with_old(name, old, [&] { return role(*one_->empty_cache()) == "viewer"; });
}

TEST_F(SharedSessions, AreReadAnewByWhoKnowsOfAChange) {
    const auto tokens = login("2@a.example");
    const auto name = name_of(tokens.access);
    const auto old = stored(name);
    run(admin_, fmt::format("UPDATE platform.user_roles SET role = 'viewer' WHERE user_id = '{}'", user('a', "admin")));
    auto& cache = one_->service.cache;
    cache.forget_user(user('a', "admin"));
    store(name, old);
    EXPECT_EQ((*ask(cache, tokens.access))->role, "viewer");
    store(name, old);
    cache.forget_session(tokens.session_id);
    EXPECT_EQ((*ask(cache, tokens.access))->role, "viewer");
}

TEST_F(SharedSessions, AreNobodysToMakeOrToChange) {
    const auto viewer = login("4@a.example");
    const auto owner = login("1@a.example");
    const auto of_owner = stored(name_of(owner.access));
    const auto name = name_of(viewer.access);
    for (const auto& forged : {of_owner, std::string{"{\"role\":\"owner\"}"}, std::string{}, of_owner.substr(1)}) {
        store(name, forged);
        const auto found = ask(*two_->empty_cache(), viewer.access);
        ASSERT_TRUE(found);
        EXPECT_EQ((*found)->role, "viewer");
        EXPECT_EQ((*found)->user_id, user('a', "viewer"));
    }
    EXPECT_EQ(outcome_of(ask(*two_->empty_cache(), Secret{"x"})), "unauthenticated");
}

TEST_F(SharedSessions, ShowNothingToWhoReadsRedis) {
    const auto tokens = login("1@a.example");
    const auto token = api_token();
    std::string all = name_of(tokens.access);
    all += stored(all);
    ASSERT_TRUE(ask_one(token));
    for (const auto& name : names()) all += name + stored(name);
    for (const auto& shown :
         {tokens.access.reveal(),
          token.reveal(),
          crypto::token_hash(token.reveal()),
          tokens.session_id,
          user('a', "owner"),
          organization('a'),
          std::string{"1@a.example"},
          std::string{"projects:"}}) {
        EXPECT_THAT(all, Not(HasSubstr(shown)));
    }
}

TEST_F(SharedSessions, AreAnsweredRightWhenRedisDiesInTheMiddle) {
    const auto owner = login("1@a.example");
    const auto viewer = login("4@a.example");
    taken_over(owner.access);
    std::latch halfway{4};
    std::latch killed{1};
    std::jthread killer{[&] {
        halfway.wait();
        redis_.server().kill();
        killed.count_down();
    }};
    const auto wrong = at_once(4, [&](int i) {
        int count = 0;
        for (int k = 0; k < 100; ++k) {
            if (k == 50) {
                halfway.count_down();
                // Half of them are under way when it dies.
                if (i % 2 == 0) killed.wait();
            }
            const auto cache = (i + k) % 2 == 0 ? one_->empty_cache() : two_->empty_cache();
            const auto first = ask(*cache, owner.access);
            const auto second = ask(*cache, viewer.access);
            if (!first || (*first)->role != "owner" || !second || (*second)->role != "viewer") ++count;
        }
        return count;
    });
    EXPECT_THAT(wrong, ::testing::Each(0));
}

}  // namespace
}  // namespace drydock::identity
