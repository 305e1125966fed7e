#include "app/metrics.h"

#include <gmock/gmock.h>

namespace drydock::app {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, CountsRequestsByRouteAndStatus) {
    Metrics metrics;
    const http::AccessRecord record{
        .method = "GET", .route = "/api/v2/databases/{id}", .status = 200, .duration = std::chrono::milliseconds{3}
    };
    metrics.count(record);
    metrics.count(record);
    metrics.count({.method = "GET", .status = 404});
    const auto text = metrics.text();
    EXPECT_THAT(
        text, HasSubstr(R"(drydock_http_requests_total{method="GET",route="/api/v2/databases/{id}",status="200"} 2)")
    );
    EXPECT_THAT(text, HasSubstr(R"(route="none",status="404"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(route="/api/v2/databases/{id}",le="0.005"} 2)"));
    EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes"));
}

TEST(Metrics, AsksItsSourcesAtEachLook) {
    Metrics metrics;
    double idle = 1;
    metrics.add_source([&](std::vector<Sample>& samples) {
        for (const auto* const state : {"idle", "leased"})
            samples.push_back({"drydock_pool_connections", "Connections", false, idle, {{"state", state}}});
    });
    EXPECT_THAT(metrics.text(), HasSubstr(R"(drydock_pool_connections{state="idle"} 1)"));
    idle = 4;
    const auto text = metrics.text();
    EXPECT_THAT(text, HasSubstr(R"(drydock_pool_connections{state="leased"} 4)"));
    EXPECT_EQ(text.find("# TYPE drydock_pool_connections"), text.rfind("# TYPE drydock_pool_connections"));
}

}  // namespace
}  // namespace drydock::app
