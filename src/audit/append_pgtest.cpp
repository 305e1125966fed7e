#include <thread>

#include "audit/audit_pgtest.h"

namespace drydock::audit {
namespace {

using ::testing::HasSubstr;

TEST_F(AuditTest, KeepsWhoDidWhatAndFromWhere) {
    ASSERT_TRUE(
        add(actor('a', "member"),
            {.action = "database.registered",
             .object_type = "database",
             .object_id = id('a', 17),
             .object_name = "main",
             .outcome = Outcome::denied,
             .details = R"({"port": 5432})"})
    );
    EXPECT_EQ(
        value(
            admin_,
            "SELECT concat_ws('|', sequence, user_id, via, request_id, address, login, action, object_type, object_id, "
            "object_name, outcome, details) FROM platform.audit_log"
        ),
        fmt::format(
            R"(1|{}|session:1|r-1|192.0.2.7|database.registered|database|{}|main|denied|{{"port": 5432}})",
            user('a', "member"),
            id('a', 17)
        )
    );
}

TEST_F(AuditTest, ChainsEachOrganizationOnItsOwn) {
    ASSERT_TRUE(add(actor('a', "viewer"), {.action = "session.opened"}));
    ASSERT_TRUE(add(actor('b', "owner"), {.action = "session.opened"}));
    ASSERT_TRUE(add({.login = "nobody@example.com", .address = "192.0.2.1"}, {.action = "login.failed"}));
    ASSERT_TRUE(add(actor('a', "viewer"), {.action = "session.closed"}));
    EXPECT_EQ(
        value(
            admin_,
            "SELECT string_agg(left(organization_id::text, 1) || sequence, ' ' ORDER BY organization_id, sequence) "
            "FROM "
            "platform.audit_log"
        ),
        "01 a1 a2 b1"
    );
    EXPECT_EQ(
        value(
            admin_,
            fmt::format(
                "SELECT l.previous_hash = f.hash AND l.hash = h.hash AND l.hash <> f.hash FROM platform.audit_log AS f "
                "JOIN platform.audit_log AS l USING (organization_id) JOIN platform.audit_heads AS h USING "
                "(organization_id) WHERE f.sequence = 1 AND l.sequence = 2 AND h.{}",
                chain('a')
            )
        ),
        "t"
    );
}

TEST_F(AuditTest, LeavesNothingWhereTheActionIsRolledBack) {
    ASSERT_TRUE(add(actor('a', "owner"), {.action = "session.opened"}));
    const auto failed = store_->run(actor('a', "owner"), limits(), [](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(append(transaction, {.action = "session.closed"}));
        return Error{.code = ErrorCode::conflict, .message = "no"};
    });
    ASSERT_FALSE(failed);
    ASSERT_TRUE(add(actor('a', "owner"), {.action = "session.opened"}));
    EXPECT_EQ(value(admin_, "SELECT count(*) || '|' || max(sequence) FROM platform.audit_log"), "2|2");
}

TEST_F(AuditTest, RefusesSecretsInDetails) {
    for (const auto* const details :
         {R"({"password": {"x": "y"}, "password": "hunter2"})", R"({"url": "redis://u:pw@host"})", "[]"}) {
        const auto refused = add(actor('a', "owner"), {.action = "database.changed", .details = details});
        ASSERT_FALSE(refused) << details;
        EXPECT_EQ(refused.error().code, ErrorCode::internal);
        EXPECT_THAT(refused.error().message, HasSubstr("database.changed"));
        EXPECT_THAT(
            refused.error().message + refused.error().hint + refused.error().detail,
            ::testing::Not(HasSubstr("hunter2"))
        );
    }
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.audit_log"), "0");
}

TEST_F(AuditTest, CutsToSizeWhatAStrangerSends) {
    ASSERT_TRUE(
        add({.login = std::string(100'000, 'x'), .request_id = std::string(5'000, 'y')}, {.action = "login.failed"})
    );
    EXPECT_EQ(value(admin_, "SELECT length(login) || '|' || length(request_id) FROM platform.audit_log"), "320|200");
}

TEST_F(AuditTest, HasNeitherGapNorForkWhenManyAppendAtOnce) {
    constexpr int kThreads = 8;
    constexpr int kEach = 50;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < kThreads; ++thread) {
            threads.emplace_back([&, thread] {
                const auto who = actor(thread % 4 == 3 ? 'b' : 'a', "member");
                for (int i = 0; i < kEach; ++i) {
                    const auto done =
                        add(who, {.action = "database.tested", .details = fmt::format(R"({{"by": {}}})", thread)});
                    EXPECT_TRUE(done) << done.error().message;
                }
            });
        }
    }
    EXPECT_EQ(
        value(
            admin_,
            "SELECT string_agg(concat_ws(' ', count, first, last, linked), '|' ORDER BY organization_id) FROM (SELECT "
            "organization_id, count(*), min(sequence) AS first, max(sequence) AS last, bool_and(right_place) AS linked "
            "FROM (SELECT organization_id, sequence, previous_hash = lag(hash, 1, decode(repeat('00', 32), 'hex')) "
            "OVER "
            "chain AND sequence = row_number() OVER chain AND occurred_at >= lag(occurred_at, 1, '-infinity') OVER "
            "chain "
            "AS right_place FROM platform.audit_log WINDOW chain AS (PARTITION BY organization_id ORDER BY sequence)) "
            "AS "
            "r GROUP BY organization_id) AS chains"
        ),
        "300 1 300 t|100 1 100 t"
    );
}

TEST_F(AuditTest, LetsTheWritingRoleOnlyInsert) {
    ASSERT_TRUE(add(actor('a', "owner"), {.action = "session.opened"}));
    act_as(organization('a'), kSystem);
    for (const auto* const table : {"audit_log", "audit_heads", "audit_checkpoints"}) {
        EXPECT_EQ(change(fmt::format("UPDATE platform.{} SET organization_id = organization_id", table)), "42501")
            << table;
        EXPECT_EQ(change(fmt::format("DELETE FROM platform.{}", table)), "42501") << table;
        EXPECT_EQ(change(fmt::format("TRUNCATE platform.{}", table)), "42501") << table;
    }
    // It can't choose a place, a time or another's name either.
    EXPECT_EQ(
        ask("INSERT INTO platform.audit_log (sequence, occurred_at, user_id, action, previous_hash, hash) VALUES (77, "
            "'2000-01-01', gen_random_uuid(), 'session.opened', '', '') RETURNING concat_ws('|', sequence, occurred_at "
            "> "
            "'2020-01-01', user_id = platform.system_user_id(), octet_length(hash))"),
        "2|t|t|32"
    );
    actor_ = value(admin_, "SELECT current_user");
    for (const auto* const sql :
         {"UPDATE platform.audit_log SET action = 'x'",
          "UPDATE platform.audit_log SET login = 'somebody@else.example'",
          "UPDATE platform.audit_log SET actor_salt = NULL",
          "DELETE FROM platform.audit_log",
          "TRUNCATE platform.audit_log",
          "DELETE FROM platform.audit_heads",
          "TRUNCATE platform.audit_checkpoints"}) {
        EXPECT_EQ(change(sql), "42501") << "the owner: " << sql;
    }
}

class PlainOwnerTest : public control::tenants::Tenants {};

TEST_F(PlainOwnerTest, AppendsWhereTheServerWorksAsTheOwnerWhomPoliciesBind) {
    build_as_plain_owner();
    Store store({.where = database_.conninfo(), .role = "control_plain_owner", .connections = 1});
    const auto limits = Limits::within(kTime);
    const auto add = [&](const Actor& who) {
        return store.run(who, limits, [](Transaction& transaction) {
            return append(transaction, {.action = "login.failed"});
        });
    };
    for (const auto& who :
         {Actor{.user_id = user('a', "viewer"), .organization_id = organization('a')}, Actor{}, Actor{}}) {
        const auto added = add(who);
        ASSERT_TRUE(added) << added.error().message << added.error().detail;
    }
    EXPECT_EQ(
        value(admin_, "SELECT count(*) FROM platform.audit_log WHERE organization_id::text LIKE '00000000-0000-0%'"),
        "2"
    );
    act_as(organization('a'), kSystem);
    EXPECT_EQ(change("UPDATE platform.audit_heads SET sequence = 0"), "0") << "the head is moved by the trigger alone";
    EXPECT_EQ(change("UPDATE platform.audit_log SET action = 'x'"), "42501");
}

TEST_F(AuditTest, IsReadByThoseWhoMayAndTheChainOfNoneByDrydockAlone) {
    ASSERT_TRUE(add(actor('a', "owner"), {.action = "session.opened"}));
    ASSERT_TRUE(add({.login = "nobody@example.com"}, {.action = "login.failed"}));
    constexpr auto kCount = "SELECT count(*) FROM platform.audit_log";
    act_as(organization('a'), user('a', "admin"));
    EXPECT_EQ(ask(kCount), "1");
    act_as(organization('a'), user('a', "member"));
    EXPECT_EQ(ask(kCount), "0");
    act_as("", user('a', "owner"));
    EXPECT_EQ(ask(kCount), "0");
    EXPECT_EQ(ask("SELECT count(*) FROM platform.audit_heads"), "0");
    act_as("", kSystem);
    EXPECT_EQ(ask(kCount), "1");
}

}  // namespace
}  // namespace drydock::audit
