#include "app/server_pgtest.h"

namespace drydock::app {
namespace {

using ::testing::HasSubstr;

class EgressTest : public ServerTest {
protected:
    EgressTest() : ServerTest([](ServeOptions& options) { options.loopback_targets = false; }) { build_world(); }
};

TEST_F(EgressTest, ReachesNothingOnItsOwnMachineUntilTheOperatorAllowsIt) {
    const auto main = sql(fmt::format("SELECT id FROM platform.databases WHERE project_id = '{}'", project_of('a')));
    const auto refused = ask(Method::post, "/api/v2/databases/" + main + "/test", token('a', "member"));
    EXPECT_EQ(refused.status, 200U) << refused.body;
    EXPECT_FALSE(refused.at("success").as_bool());
    EXPECT_THAT(refused.body, HasSubstr("egress.loopback"));
    for (const auto* const host : {"localhost", "127.9.9.9", "::1"}) {
        const json::object request{
            {"project_id", project_of('a')}, {"name", "x"}, {"type", "redis"}, {"host", host}, {"port", 6379}
        };
        const auto answer = ask(Method::post, "/api/v2/databases/test", token('a', "member"), request);
        EXPECT_THAT(answer.body, HasSubstr("egress.loopback")) << host;
    }
}

}  // namespace
}  // namespace drydock::app
