#include "app/serve_options.h"

#include <array>
#include <filesystem>
#include <map>
#include <vector>

#include <gmock/gmock.h>

namespace drydock::app {
namespace {

using ::testing::HasSubstr;

class ServeOptionsTest : public ::testing::Test {
protected:
    Result<ServeOptions> read() {
        config::LoadOptions load;
        load.working_directory = std::filesystem::temp_directory_path();
        load.environment = [this](std::string_view name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional{found->second};
        };
        const auto settings = config::Settings::load(load);
        if (!settings) return settings.error();
        ControlPlaneOptions plane;
        plane.embedded.data_dir = "/data";
        return serve_options(*settings, std::move(plane), "1.2.3");
    }
    std::string refusal() {
        const auto options = read();
        return options ? "(taken)" : options.error().message;
    }

    std::map<std::string, std::string, std::less<>> variables;
};

TEST_F(ServeOptionsTest, NeedNothingToBeSet) {
    const auto options = read();
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->http.listen.front().address, "127.0.0.1");
    EXPECT_EQ(options->http.listen.front().port, 8432);
    EXPECT_EQ(options->own_key_file, "/data/master.key");
    EXPECT_TRUE(options->production);
    EXPECT_GE(options->http.workers, 2U);
}

TEST_F(ServeOptionsTest, GiveThePoolsOfDatabasesWhatTheVariablesSay) {
    variables["DATABASE_CONNECTION_POOL_SIZE"] = "12";
    variables["DATABASE_CONNECTION_TIMEOUT"] = "3s";
    variables["DATABASE_IDLE_TIMEOUT"] = "40s";
    variables["DATABASE_MAX_LIFETIME"] = "20min";
    const auto pool = read()->target_pool;
    EXPECT_EQ(pool.max, 12U);
    EXPECT_EQ(pool.connect_timeout, std::chrono::seconds{3});
    EXPECT_EQ(pool.idle, std::chrono::seconds{40});
    EXPECT_EQ(pool.lifetime, std::chrono::minutes{20});
    variables["DRYDOCK_TARGETS_POOL_SIZE"] = "2";
    const auto apart = read();
    EXPECT_EQ(apart->target_pool.max, 2U);
    EXPECT_EQ(apart->plane.connections, 12U);
}

TEST_F(ServeOptionsTest, RefuseToSendPasswordsInClearInProduction) {
    variables["DRYDOCK_SERVE_ADDRESS"] = "0.0.0.0";
    EXPECT_THAT(refusal(), HasSubstr("in clear"));
    EXPECT_THAT(refusal(), HasSubstr("environment DRYDOCK_SERVE_ADDRESS"));
    variables["DRYDOCK_TRUSTED_PROXIES"] = "10.0.0.0/8";
    EXPECT_EQ(refusal(), "(taken)");
    variables.erase("DRYDOCK_TRUSTED_PROXIES");
    variables["DRYDOCK_PROFILE"] = "development";
    EXPECT_EQ(refusal(), "(taken)");
}

TEST_F(ServeOptionsTest, SayWhichOfTwoThingsIsMissing) {
    variables["DRYDOCK_TLS_CERT"] = "/etc/cert.pem";
    EXPECT_THAT(refusal(), HasSubstr("serve.tls_key"));
    variables.clear();
    variables["DRYDOCK_OIDC_ISSUER"] = "https://id.example.org";
    EXPECT_THAT(refusal(), HasSubstr("auth.oidc_client_id"));
    variables["DRYDOCK_OIDC_CLIENT_ID"] = "drydock";
    EXPECT_THAT(refusal(), HasSubstr("serve.public_url")) << "the Host of a request decides nothing";
    variables["DRYDOCK_PUBLIC_URL"] = "https://drydock.example.org/";
    EXPECT_EQ(read()->public_url, "https://drydock.example.org");
}

TEST_F(ServeOptionsTest, RefuseWhatCantBe) {
    for (const auto& [name, value, why] : std::vector<std::array<std::string, 3>>{
             {"DRYDOCK_SERVE_PORT", "70000", "65535"},
             {"DRYDOCK_TRUSTED_PROXIES", "10.0.0.0/8, everybody", "everybody"},
             {"JWT_SECRET", "too short", "32"},
             {"DRYDOCK_KEK_CMD", "vault read 'open", "without its end"},
         }) {
        variables.clear();
        variables[name] = value;
        EXPECT_THAT(refusal(), HasSubstr(why)) << name;
        EXPECT_THAT(refusal(), ::testing::Not(HasSubstr("too short"))) << "a secret's own text is not repeated";
    }
    variables.clear();
    variables["DRYDOCK_OIDC_ISSUER"] = "http://id.example.org";
    variables["DRYDOCK_OIDC_CLIENT_ID"] = "drydock";
    variables["DRYDOCK_PUBLIC_URL"] = "https://drydock.example.org";
    EXPECT_THAT(refusal(), HasSubstr("not an https address"));
}

TEST_F(ServeOptionsTest, TakeWhatTheFoundingSystemsCallIt) {
    variables = {
        {"DATABASE_CONNECTION_POOL_SIZE", "21"},
        {"DATABASE_IDLE_TIMEOUT", "30000"},
        {"JWT_ACCESS_EXPIRES", "15min"},
        {"JWT_REFRESH_EXPIRES_DAYS", "3"},
        {"READINESS_CHECK_TIMEOUT", "2s"},
        {"REDIS_URL", "redis://localhost"},
    };
    const auto options = read();
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->plane.connections, 21U);
    EXPECT_EQ(options->plane.idle_limit, std::chrono::seconds{30});
    EXPECT_EQ(options->access_time, std::chrono::minutes{15});
    EXPECT_EQ(options->refresh_days, std::chrono::days{3});
    EXPECT_EQ(options->ready_time, std::chrono::seconds{2});
    EXPECT_EQ(options->redis_url.reveal(), "redis://localhost");
}

}  // namespace
}  // namespace drydock::app
