#include "app/server_pgtest.h"

namespace drydock::app {
namespace {

// What a server does without being asked.
class BackgroundTest : public ServerTest {
protected:
    BackgroundTest()
        : ServerTest([](ServeOptions& options) { options.health_interval = std::chrono::milliseconds{1'000}; }) {
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
