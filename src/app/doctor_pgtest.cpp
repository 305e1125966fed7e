#include "app/doctor.h"

#include <filesystem>

#include <gmock/gmock.h>

#include "app/control_plane.h"
#include "base/files.h"
#include "base/random.h"
#include "testing/postgres.h"

namespace drydock::app {
namespace {

using ::testing::HasSubstr;

// A server that is set up as it should be, and one thing after another that is not.
class DoctorTest : public ::testing::Test {
protected:
    DoctorTest() : folder_(std::filesystem::temp_directory_path() / ("drydock-doctor-" + random_hex(8))) {
        std::filesystem::create_directory(folder_);
        EXPECT_TRUE(crypto::create_key_file(folder_ / "keys"));
        options_.plane.where = database_.conninfo();
        options_.keys.file = folder_ / "keys";
        options_.http.listen = {http::ListenOptions{}};
        options_.audit_sink = folder_ / "sink";
    }
    ~DoctorTest() override { std::filesystem::remove_all(folder_); }

    // Of one check: its verdict and what it says.
    std::string said_of(std::string_view check) {
        for (const auto& finding : examine(options_, Limits::within(std::chrono::seconds{60}))) {
            if (finding.check != check) continue;
            if (finding.verdict == Verdict::weak || finding.verdict == Verdict::unsafe) {
                EXPECT_NE(finding.mend, "") << finding.message;
            }
            return std::string{name(finding.verdict)} + ": " + finding.message;
        }
        return "(nothing)";
    }

    std::filesystem::path folder_;
    testing::Database database_;
    ServeOptions options_;
};

TEST_F(DoctorTest, FindsNothingUnsafeInAServerThatWasSetUpWell) {
    NoProgress progress;
    ASSERT_TRUE(ControlPlane::open(options_.plane, progress, Limits::within(std::chrono::seconds{120})));
    for (const auto& finding : examine(options_, Limits::within(std::chrono::seconds{60})))
        EXPECT_NE(finding.verdict, Verdict::unsafe) << finding.check << ": " << finding.message;
    EXPECT_THAT(said_of("control-plane-role"), HasSubstr("connects as a superuser"));
    EXPECT_THAT(said_of("sealing-key"), HasSubstr("weak"));
}

TEST_F(DoctorTest, SaysWhenPasswordsCrossTheNetworkInClear) {
    EXPECT_THAT(said_of("transport"), HasSubstr("good"));
    options_.http.listen.front().address = "0.0.0.0";
    EXPECT_THAT(said_of("transport"), HasSubstr("unsafe: passwords and tokens cross the network in clear"));
    options_.http.listen.front().tls = http::TlsFiles{};
    EXPECT_THAT(said_of("transport"), HasSubstr("good"));
}

TEST_F(DoctorTest, SaysWhereTheMasterKeyIsBadlyKept) {
    EXPECT_THAT(said_of("master-key"), HasSubstr("good"));
    std::filesystem::permissions(folder_ / "keys", std::filesystem::perms{0644});
    EXPECT_THAT(said_of("master-key"), HasSubstr("unsafe: others may read"));
    options_.keys = {};
    EXPECT_THAT(said_of("master-key"), HasSubstr("unsafe: there is no master key"));
    options_.keys.text = Secret{"a key"};
    EXPECT_THAT(said_of("master-key"), HasSubstr("weak: the master key is in the environment"));
    options_.keys = {};
    options_.own_key_file = folder_ / "keys";
    EXPECT_THAT(said_of("master-key-place"), HasSubstr("beside the data"));
}

TEST_F(DoctorTest, SaysThatEverybodyIsTrustedAsAProxy) {
    options_.http.trusted_proxies = {http::Network::parse("0.0.0.0/0").value()};
    EXPECT_THAT(said_of("trusted-proxies"), HasSubstr("unsafe"));
    options_.http.trusted_proxies = {http::Network::parse("10.0.0.0/8").value()};
    EXPECT_EQ(said_of("trusted-proxies"), "(nothing)");
}

TEST_F(DoctorTest, SeesWhatTheControlPlanesServerLogsAndWhoPassesItsPolicies) {
    database_.run("ALTER DATABASE \"" + database_.conninfo().get("dbname") + "\" SET log_min_duration_statement = 0");
    EXPECT_THAT(said_of("control-plane-log"), HasSubstr("log_min_duration_statement = 0"));
    EXPECT_THAT(said_of("control-plane-schema"), HasSubstr("unknown"));
    NoProgress progress;
    ASSERT_TRUE(ControlPlane::open(options_.plane, progress, Limits::within(std::chrono::seconds{120})));
    database_.run("UPDATE platform.settings SET value = 'pgcrypto' WHERE name = 'reveal_mode'");
    EXPECT_THAT(said_of("reveal-mode"), HasSubstr("unsafe"));
}

TEST_F(DoctorTest, SaysThatItCouldNotLook) {
    options_.plane.where->set("dbname", "nowhere");
    EXPECT_THAT(said_of("control-plane"), HasSubstr("unknown"));
}

}  // namespace
}  // namespace drydock::app
