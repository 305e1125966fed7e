#include <filesystem>

#include "app/server_pgtest.h"
#include "base/files.h"
#include "testing/surroundings.h"

namespace drydock::app {
namespace {

using ::testing::HasSubstr;

class StartTest : public ::testing::Test {
protected:
    Error refusal(const ServeOptions& options) {
        NoProgress progress;
        const auto server = Server::start(options, progress, Limits::within(kTime));
        return server ? Error{.message = "it started"} : server.error();
    }
    std::string tables() const {
        return database_.run(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema NOT IN "
            "('pg_catalog', 'information_schema')"
        );
    }

    testing::TempFolder folder_;
    testing::Database database_;
};

TEST_F(StartTest, ThatCanComeToNothingChangesNothing) {
    auto options = test_options(database_.conninfo());
    options.keys.text = {};
    EXPECT_THAT(refusal(options).message, HasSubstr("no master key"));
    options.keys.file = folder_.path() / "none";
    EXPECT_THAT(refusal(options).message, HasSubstr("none"));
    ASSERT_TRUE(write_file(folder_.path() / "open", std::string{kMasterKey} + "\n", 0644));
    std::filesystem::permissions(folder_.path() / "open", std::filesystem::perms{0644});
    options.keys.file = folder_.path() / "open";
    EXPECT_THAT(refusal(options).message, HasSubstr("open"));

    options = test_options(database_.conninfo());
    testing::Database of_another;
    const auto other = start_server(test_options(of_another.conninfo()));
    options.http.listen.front().port = port_of(*other);
    EXPECT_THAT(refusal(options).message, HasSubstr(std::to_string(port_of(*other))));
    EXPECT_EQ(tables(), "0");
}

TEST_F(StartTest, WithoutTheKeyInUseIsRefusedAndMakesNone) {
    start_server(test_options(database_.conninfo()));
    auto options = test_options(database_.conninfo());
    options.keys.text = Secret{"k2 3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"};
    EXPECT_THAT(refusal(options).message, HasSubstr("k1 is in use"));
    options.keys = {};
    options.own_key_file = folder_.path() / "master.key";
    EXPECT_THAT(refusal(options).message, HasSubstr("is gone"));
    EXPECT_FALSE(std::filesystem::exists(options.own_key_file));
}

}  // namespace
}  // namespace drydock::app
