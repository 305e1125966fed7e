#include "app/server_pgtest.h"

// What goes with a project.
namespace drydock::app {
namespace {

class ShreddingTest : public ServerTest {
protected:
    ShreddingTest() { build_world(); }
    Answer send(Method method, const std::string& path, std::optional<json::value> body = {}) {
        return ask({
            .method = method,
            .target = path,
            .token = token('a', "admin"),
            .body = std::move(body),
            .headers = {{"If-Match", "*"}},
        });
    }
};

TEST_F(ShreddingTest, AProjectThatOnceHadSecretsGoesWithItsKeys) {
    const auto project = send(Method::post, "/api/v2/projects", json::object{{"slug", "later"}, {"name", "Later"}});
    ASSERT_EQ(project.status, 201U) << project.body;
    const auto id = project.text("id");
    const auto credential = send(
        Method::post,
        "/api/v2/credentials",
        json::object{{"project_id", id}, {"name", "c"}, {"kind", "password"}, {"secret", "CANARY0"}}
    );
    ASSERT_EQ(credential.status, 201U) << credential.body;
    const auto database = send(
        Method::post,
        "/api/v2/databases",
        json::object{{"project_id", id}, {"name", "d"}, {"connection_string", "postgresql://u:p@db.example/d"}}
    );
    ASSERT_EQ(database.status, 201U) << database.body;
    const auto keys = fmt::format("SELECT count(*) FROM platform.data_keys WHERE project_id = '{}'", id);
    const auto destroyed = "SELECT count(*) FROM platform.audit_log WHERE action = 'data_key.destroyed'";
    EXPECT_EQ(sql(keys), "2");

    EXPECT_EQ(send(Method::remove, "/api/v2/projects/" + id).status, 409U) << "not while they seal anything";
    EXPECT_EQ(sql(keys), "2");
    EXPECT_EQ(sql(destroyed), "0");
    EXPECT_EQ(send(Method::remove, "/api/v2/databases/" + database.text("id")).status, 204U);
    EXPECT_EQ(send(Method::remove, "/api/v2/credentials/" + credential.text("id")).status, 204U);
    const auto gone = send(Method::remove, "/api/v2/projects/" + id);
    EXPECT_EQ(gone.status, 204U) << gone.body;
    EXPECT_EQ(sql(keys), "0");
    EXPECT_EQ(sql(destroyed), "2");
    EXPECT_EQ(send(Method::get, "/api/v2/projects/" + id).status, 404U);
}

TEST_F(ShreddingTest, FiguresAreForThisMachineAndNotForWhomAProxyAsks) {
    EXPECT_EQ(get("/metrics").status, 200U);
    for (const auto* const sign : {"X-Forwarded-For", "Forwarded", "Via", "x-real-ip", "X-Forwarded-Proto"}) {
        const auto answer = ask({.target = "/metrics", .headers = {{sign, "192.0.2.7"}}});
        EXPECT_EQ(answer.status, 404U) << sign;
    }
}

}  // namespace
}  // namespace drydock::app
