#include "control/store.h"

#include <memory>
#include <stop_token>

#include <gmock/gmock.h>

#include "control/events.h"
#include "control/idempotency.h"
#include "control/isolation.h"
#include "control/tenants_pgtest.h"
#include "testing/message_proxy.h"

namespace drydock::control {
namespace {

using namespace tenants;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr pg::Query kProjects{"projects", "SELECT count(*) FROM platform.projects"};
constexpr pg::Query kRename{"rename", "UPDATE platform.projects SET name = $1"};
constexpr pg::Query kWho{
    "who",
    "SELECT current_setting('app.current_user_id', true), current_setting('app.current_org_id', true), current_user"
};
constexpr pg::Query kFail{"fail", "SELECT 1 / 0"};

// The store on a schema of two organizations.
class StoreTest : public Tenants {
protected:
    StoreTest() {
        build();
        store_.emplace(StoreOptions{.where = database_.conninfo(), .role = "drydock_api", .connections = 2});
    }
    static Limits limits() { return Limits::within(kTime); }
    static Actor actor(char letter, std::string_view role) {
        return {.user_id = user(letter, role), .organization_id = organization(letter)};
    }
    std::string projects_seen_by(const Actor& actor) {
        const auto rows = store_->read(actor, kProjects, {}, limits());
        return rows ? std::string{rows->text(0, 0)} : rows.error().message;
    }

    std::optional<Store> store_;
};

TEST_F(StoreTest, ShowsAnActorItsOwnOrganizationAndNobodyAnything) {
    EXPECT_EQ(projects_seen_by(actor('a', "viewer")), "1");
    EXPECT_EQ(projects_seen_by({}), "0");
    EXPECT_EQ(projects_seen_by(actor('a', "viewer").in(organization('b'))), "1") << "rows are the organization's …";
    auto stranger = actor('a', "owner").in(organization('b'));
    const auto changed = store_->run(stranger, limits(), [](Transaction& transaction) {
        return transaction.query(kRename, {"mine now"});
    });
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->affected(), 0) << "… and who may change them is asked of the role";
}

TEST_F(StoreTest, LeavesNothingOfAnActorBehind) {
    for (int i = 0; i < 4; ++i) ASSERT_EQ(projects_seen_by(actor('a', "owner")), "1");
    ASSERT_TRUE(store_->run(actor('b', "owner"), limits(), [](Transaction& transaction) {
        return transaction.query(kProjects);
    }));
    for (int i = 0; i < 4; ++i) {
        const auto rows = store_->read({}, kWho, {}, limits());
        ASSERT_TRUE(rows);
        EXPECT_EQ(rows->text(0, 0), "");
        EXPECT_EQ(rows->text(0, 1), "");
        EXPECT_EQ(rows->text(0, 2), "drydock_api");
    }
}

TEST_F(StoreTest, RollsBackWhatEndsInAnErrorAndCommitsTheRest) {
    const auto owner = actor('a', "owner");
    bool told = false;
    const auto failed = store_->run(owner, limits(), [&](Transaction& transaction) -> Result<> {
        transaction.after_commit([&] { told = true; });
        DRYDOCK_TRY_VOID(transaction.query(kRename, {"half done"}));
        DRYDOCK_TRY_VOID(transaction.query(kFail));
        return {};
    });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().sqlstate, "22012");
    EXPECT_FALSE(told);
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.projects WHERE name = 'half done'"), "0");

    const auto refused = store_->run(owner, limits(), [&](Transaction& transaction) -> Result<int> {
        DRYDOCK_TRY_VOID(transaction.query(kRename, {"half done"}));
        return Error{.code = ErrorCode::conflict, .message = "no"};
    });
    EXPECT_EQ(refused.error().message, "no");
    const auto done = store_->run(owner, limits(), [&](Transaction& transaction) -> Result<int> {
        transaction.after_commit([&] { told = true; });
        DRYDOCK_TRY_VOID(transaction.query(kRename, {"done"}));
        return 7;
    });
    EXPECT_EQ(done.value(), 7);
    EXPECT_TRUE(told);
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.projects WHERE name LIKE '%done'"), "1");
}

TEST_F(StoreTest, RunsTheWorkAgainAfterADeadlock) {
    const auto owner = actor('a', "owner");
    int calls = 0;
    const auto done = store_->run(owner, limits(), [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(transaction.query(kRename, {fmt::format("call {}", ++calls)}));
        if (calls == 1) {
            constexpr pg::Query kDeadlock{
                "deadlock", "DO $$ BEGIN RAISE EXCEPTION 'as by a deadlock' USING ERRCODE = '40P01'; END $$"
            };
            DRYDOCK_TRY_VOID(transaction.query(kDeadlock));
        }
        return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.projects WHERE name = 'call 2'"), "1");
}

TEST_F(StoreTest, BecomesTheUserThatALoginHasFound) {
    constexpr pg::Query kFind{"find", "SELECT id FROM platform.users"};
    const auto name =
        store_->run({.login = "2@A.example"}, limits(), [&](Transaction& transaction) -> Result<std::string> {
            DRYDOCK_TRY(const auto found, transaction.one(kFind, {}, "nobody"));
            DRYDOCK_TRY_VOID(transaction.become({.user_id = std::string{found.text(0, 0)}}));
            DRYDOCK_TRY(const auto who, transaction.query(kWho));
            return std::string{who.text(0, 0)};
        });
    EXPECT_EQ(name.value(), user('a', "admin"));
}

TEST_F(StoreTest, KnowsTheOrganizationsThatAreOpen) {
    run(admin_, fmt::format("UPDATE platform.organizations SET status = 'closed' WHERE id = '{}'", organization('b')));
    const auto all = store_->organizations(limits());
    ASSERT_TRUE(all);
    EXPECT_THAT(*all, ::testing::Contains(organization('a')));
    EXPECT_THAT(*all, ::testing::Not(::testing::Contains(organization('b'))));
}

TEST_F(StoreTest, ProvesThatOrganizationsAreKeptApartAndLeavesNothing) {
    const auto before = value(admin_, "SELECT count(*) FROM platform.organizations");
    const auto proven = prove_isolation(*store_, limits());
    EXPECT_TRUE(proven) << proven.error().message << proven.error().detail;
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.organizations"), before);
}

TEST_F(StoreTest, SeesThatARoleIsNotBoundOrAPolicyWasOpened) {
    Store superuser{{.where = database_.conninfo()}};
    const auto unbound = prove_isolation(superuser, limits());
    ASSERT_FALSE(unbound);
    EXPECT_EQ(unbound.error().code, ErrorCode::permission_denied);
    EXPECT_THAT(unbound.error().message, HasSubstr("sees another one's rows"));

    run(admin_,
        "DROP POLICY organizations_tenant ON platform.organizations; CREATE POLICY open ON platform.organizations "
        "USING (true)");
    EXPECT_FALSE(prove_isolation(*store_, limits()));
}

TEST_F(StoreTest, TellsEventsInAnOrderThatMissesNone) {
    const auto owner = actor('a', "owner");
    const auto publish_one = [&](std::string_view kind) {
        return store_->run(owner, limits(), [&](Transaction& transaction) {
            return publish(transaction, {.topic = "databases", .kind = std::string{kind}});
        });
    };
    auto start = events_after(*store_, owner, {}, 100, limits());
    ASSERT_TRUE(start);
    ASSERT_THAT(*start, SizeIs(1)) << "that of the schema's own test rows";
    const auto cursor = start->back().cursor;

    // One that has its number and is not committed holds back what comes later, and is not passed over.
    auto late = database_.connect();
    run(late,
        fmt::format(
            "BEGIN; INSERT INTO platform.events (organization_id, topic, kind) VALUES ('{}', 'databases', 'late')",
            organization('a')
        ));
    ASSERT_TRUE(publish_one("early"));
    EXPECT_THAT(events_after(*store_, owner, cursor, 100, limits()).value(), SizeIs(0));
    run(late, "COMMIT");
    const auto both = events_after(*store_, owner, cursor, 100, limits()).value();
    ASSERT_THAT(both, SizeIs(2));
    EXPECT_EQ(both[0].kind, "late");
    EXPECT_EQ(both[1].kind, "early");
    EXPECT_THAT(events_after(*store_, owner, both[0].cursor, 100, limits()).value(), SizeIs(1));
    EXPECT_THAT(events_after(*store_, actor('b', "owner"), both[1].cursor, 100, limits()).value(), SizeIs(0));
}

TEST_F(StoreTest, DoesARequestThatIsSentTwiceOnce) {
    const auto viewer = actor('a', "viewer");
    const std::string first(32, '1');
    const std::string second(32, '2');
    const auto claim = [&](const Actor& who, const std::string& digest) {
        return claim_once(*store_, who, "key", digest, limits()).value();
    };
    EXPECT_EQ(claim(viewer, first).state, Claim::State::fresh);
    EXPECT_EQ(claim(viewer, first).state, Claim::State::running);
    EXPECT_EQ(claim(actor('a', "owner"), first).state, Claim::State::fresh) << "a key is its user's own";
    ASSERT_TRUE(keep_answer(*store_, viewer, "key", 201, R"({"id": 1})", limits()));
    EXPECT_EQ(claim(viewer, first).state, Claim::State::answered);
    EXPECT_EQ(claim(viewer, first).status, 201);
    EXPECT_EQ(claim(viewer, second).state, Claim::State::other_request);
    ASSERT_TRUE(give_up_claim(*store_, actor('a', "owner"), "key", limits()));
    EXPECT_EQ(claim(actor('a', "owner"), second).state, Claim::State::fresh);
}

TEST_F(StoreTest, LeavesOpenWhatAServerThatIsGoneHadClaimed) {
    const auto owner = actor('a', "owner");
    const std::string digest(32, '1');
    ASSERT_TRUE(claim_once(*store_, owner, "key", digest, limits()));
    run(admin_, "UPDATE platform.idempotency_keys SET created_at = now() - interval '2 minutes' WHERE key = 'key'");
    EXPECT_EQ(claim_once(*store_, owner, "key", digest, limits()).value().state, Claim::State::left_open);
    EXPECT_EQ(
        claim_once(*store_, owner, "key", std::string(32, '2'), limits()).value().state, Claim::State::other_request
    );
    ASSERT_TRUE(keep_answer(*store_, owner, "key", 201, "{}", limits()));
    EXPECT_EQ(claim_once(*store_, owner, "key", digest, limits()).value().state, Claim::State::answered)
        << "it was only slow";
}

// The connection breaks before each message of a transaction, one after another.
TEST_F(StoreTest, SaysWhenItHasNoWordOfACommit) {
    auto where = testing::server().tcp_conninfo();
    where.set("dbname", database_.conninfo().get("dbname")).set("sslmode", "disable").set("gssencmode", "disable");
    testing::MessageProxy proxy{static_cast<std::uint16_t>(std::stoi(where.get("port")))};
    where.set("port", std::to_string(proxy.port()));
    Store store{StoreOptions{.where = where, .role = "drydock_api", .connections = 1}};
    int done_without_word = 0;
    for (std::size_t n = 1;; ++n) {
        ASSERT_LT(n, 60U);
        ASSERT_TRUE(store.read(actor('a', "owner"), kProjects, {}, limits())) << "a connection is there";
        proxy.break_at(n);
        const auto told = store.run(actor('a', "owner"), limits(), [&](Transaction& transaction) {
            return publish(transaction, {.topic = "test", .kind = std::string(n, 'n')});
        });
        proxy.break_at(0);
        const auto count =
            fmt::format("SELECT count(*) FROM platform.events WHERE topic = 'test' AND length(kind) = {}", n);
        const auto stored = value(admin_, count);
        if (told) {
            EXPECT_EQ(stored, "1");
            break;
        }
        if (stored == "0") continue;
        ++done_without_word;
        EXPECT_EQ(told.error().sqlstate, kNoWordOfCommit) << n;
        EXPECT_THAT(told.error().message, HasSubstr("did not say whether it was done"));
    }
    EXPECT_GE(done_without_word, 1);
}

TEST_F(StoreTest, WhatIsStoppedBeforeItsCommitIsNotDone) {
    // On the heap: gcc 12 takes one on the stack for uninitialized.
    const auto stop = std::make_unique<std::stop_source>();
    auto stoppable = limits();
    stoppable.stop = stop->get_token();
    const auto told = store_->run(actor('a', "owner"), stoppable, [&](Transaction& transaction) {
        auto done = publish(transaction, {.topic = "test", .kind = "stopped"});
        stop->request_stop();
        return done;
    });
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().code, ErrorCode::cancelled);
    EXPECT_NE(told.error().sqlstate, kNoWordOfCommit) << "that much is known";
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.events WHERE kind = 'stopped'"), "0");
}

TEST_F(StoreTest, RefusesACursorOfEventsThatItDidNotGive) {
    for (const auto* const broken : {"x", "1", "1-", "-1", "1-2-3", "1--2", "99999999999999999999-1"}) {
        const auto events = events_after(*store_, actor('a', "owner"), broken, 10, limits());
        ASSERT_FALSE(events) << broken;
        EXPECT_EQ(events.error().code, ErrorCode::invalid_argument);
        EXPECT_THAT(events.error().message, HasSubstr("Last-Event-ID"));
    }
}

}  // namespace
}  // namespace drydock::control
