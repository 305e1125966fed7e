#include "app/server_pgtest.h"
#include "jobs/context.h"

namespace drydock::app {
namespace {

// What a server does without being asked.
class BackgroundTest : public ServerTest {
protected:
    BackgroundTest()
        : ServerTest([](ServeOptions& options) {
              options.health_interval = std::chrono::milliseconds{1'000};
              options.more_kinds.push_back({
                  .name = "test.letter",
                  .at_most_once = true,
                  .handler = [](jobs::JobContext& context) -> Result<std::string> {
                      DRYDOCK_TRY_VOID(context.mark_sent());
                      return Error{.code = ErrorCode::unavailable, .message = "the line went dead"};
                  },
              });
          }) {
        build_world();
    }
    // Asks until it is so; the test's own time limit ends what never comes.
    bool comes_to(const std::string& sql, std::string_view wanted) {
        const auto end = std::chrono::steady_clock::now() + kTime;
        while (std::chrono::steady_clock::now() < end) {
            if (value(admin_, sql) == wanted) return true;
            value(admin_, "SELECT pg_sleep(0.05)");
        }
        return false;
    }
};

TEST_F(BackgroundTest, ChecksWhatWasRegisteredAndTellsOfIt) {
    const auto status = fmt::format(
        "SELECT health_check_status FROM platform.databases WHERE organization_id = '{}' AND name = 'main'",
        organization('a')
    );
    EXPECT_TRUE(comes_to(status, "healthy"));
    EXPECT_TRUE(comes_to("SELECT count(*) > 0 FROM platform.database_health", "t"));
    run(admin_, fmt::format("ALTER ROLE \"{}\" NOLOGIN", target_role('a')));
    // The connection that stands is not taken away by that.
    run(admin_,
        fmt::format("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{}'", target_role('a')));
    EXPECT_TRUE(comes_to(status, "unhealthy"));
    EXPECT_TRUE(comes_to("SELECT count(*) > 0 FROM platform.events WHERE topic = 'health' AND kind = 'unhealthy'", "t")
    );
}

TEST_F(BackgroundTest, SealsAnewWhatWasWrittenBySql) {
    run(admin_,
        fmt::format(
            "UPDATE platform.databases SET connection_string = 'postgresql://app:by-sql@127.0.0.1:5433/shop' "
            "WHERE organization_id = '{}' AND name = 'main'",
            organization('a')
        ));
    EXPECT_TRUE(comes_to(
        fmt::format(
            "SELECT secret_state || ' ' || port FROM platform.databases WHERE organization_id = '{}' AND name = 'main'",
            organization('a')
        ),
        "encrypted 5433"
    ));
}

TEST_F(BackgroundTest, HasItsHouseworkDoneOnceByWhicheverServer) {
    auto options = test_options(database_.conninfo());
    const auto second = start_server(std::move(options));
    run(admin_, "UPDATE platform.job_schedules SET next_run_at = now() WHERE name = 'billing.meter'");
    EXPECT_TRUE(comes_to("SELECT count(*) FROM platform.jobs WHERE kind = 'billing.meter' AND state = 'succeeded'", "1")
    );
    EXPECT_TRUE(comes_to(
        fmt::format(
            "SELECT count(*) > 0 FROM platform.usage_records WHERE organization_id = '{}' AND metric = 'databases'",
            organization('a')
        ),
        "t"
    ));
    EXPECT_TRUE(comes_to("SELECT count(*) FROM platform.replicas WHERE state = 'serving'", "2"));
}

TEST_F(BackgroundTest, SomebodySaysWhatBecameOfAJobThatNobodyKnowsTheEndOf) {
    const auto& owner = token('a', "owner");
    const auto made = ask(Method::post, "/api/v2/jobs", owner, json::object{{"kind", "test.letter"}});
    ASSERT_EQ(made.status, 202U) << made.body;
    const auto job = "/api/v2/jobs/" + made.text("id");
    ASSERT_TRUE(comes_to("SELECT state FROM platform.jobs WHERE kind = 'test.letter'", "unknown"));
    const auto say = [&](std::string_view role, json::object what) {
        return ask(Method::post, job + "/resolve", token('a', role), std::move(what));
    };
    EXPECT_EQ(say("viewer", {{"state", "succeeded"}, {"remark", "it came"}}).status, 403U);
    EXPECT_EQ(say("owner", {{"state", "unknown"}, {"remark", "it came"}}).status, 400U);
    EXPECT_EQ(say("owner", {{"state", "succeeded"}}).status, 400U);
    const auto said = say("owner", {{"state", "succeeded"}, {"remark", "it came"}});
    ASSERT_EQ(said.status, 200U) << said.body;
    EXPECT_EQ(said.text("state"), "succeeded");
    EXPECT_EQ(say("owner", {{"state", "failed"}, {"remark", "it did not"}}).status, 409U);
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.audit_log WHERE action = 'job.resolved'"), "1");
}

TEST_F(BackgroundTest, IsNotDoneForWhoMayNotAskForIt) {
    for (const auto* const kind : {"control.clean_up", "jobs.clean_up", "audit.checkpoint", "registry.rotations"}) {
        const auto answer = ask(Method::post, "/api/v2/jobs", token('a', "owner"), json::object{{"kind", kind}});
        EXPECT_EQ(answer.status, 403U) << kind << answer.body;
    }
    const auto unknown = ask(Method::post, "/api/v2/jobs", token('a', "owner"), json::object{{"kind", "nothing.such"}});
    EXPECT_EQ(unknown.status, 400U) << unknown.body;
    const auto viewer =
        ask(Method::post, "/api/v2/jobs", token('a', "viewer"), json::object{{"kind", "databases.test"}});
    EXPECT_EQ(viewer.status, 403U) << viewer.body;
    const auto owner = ask(Method::post, "/api/v2/jobs", token('a', "owner"), json::object{{"kind", "databases.test"}});
    ASSERT_EQ(owner.status, 202U) << owner.body;
    EXPECT_TRUE(comes_to("SELECT state FROM platform.jobs WHERE kind = 'databases.test'", "succeeded"));
}

}  // namespace
}  // namespace drydock::app
