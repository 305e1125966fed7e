#include <sys/stat.h>

#include <fstream>

#include "base/wait.h"
#include "cli/serving_pgtest.h"

// `serve` and `doctor` as whoever operates them sees them.
namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ServeCommand : public DatabaseTest {
protected:
    ServeCommand() {
        EXPECT_EQ(drydock({"key", "new", "master.key"}).exit_code, 0);
        environment.push_back("DRYDOCK_KEK_FILE=master.key");
        environment.push_back("XDG_CONFIG_HOME=" + (folder.path() / "config").string());
    }
};

TEST_F(ServeCommand, StopsWhenAskedAndSaysSo) {
    Serving serving;
    serving.process().send(SIGTERM);
    EXPECT_EQ(serving.process().wait(), 0);
    EXPECT_THAT(serving.log(), AllOf(HasSubstr("\"started\""), HasSubstr("\"stopped\"")));
}

TEST_F(ServeCommand, AServerThatIsGoneIsToldWithWhatToDo) {
    Serving serving;
    serving.process().send(SIGTERM);
    serving.process().wait();
    environment.push_back("DRYDOCK_URL=" + serving.url());
    const auto gone = drydock({"db", "list"});
    EXPECT_EQ(gone.exit_code, 8);
    EXPECT_THAT(gone.err, AllOf(HasSubstr(serving.url()), HasSubstr("drydock serve")));
    EXPECT_EQ(drydock({"db", "list", "--json"}).json_at("/error/code"), "unavailable");
    const auto schemeless = drydock({"db", "list", "--server", "127.0.0.1:8432"});
    EXPECT_EQ(schemeless.exit_code, 3);
    EXPECT_THAT(schemeless.err, HasSubstr("http://"));
}

TEST_F(ServeCommand, ASignalOpensTheLogAnew) {
    Serving serving;
    std::filesystem::rename(serving.folder() / "log", serving.folder() / "log.1");
    serving.process().send(SIGHUP);
    serving.process().send(SIGTERM);
    EXPECT_EQ(serving.process().wait(), 0);
    EXPECT_THAT(serving.log(), HasSubstr("\"stopped\""));
}

TEST_F(ServeCommand, ASignalTakesANewMasterKeyIn) {
    Serving serving;
    const auto file = (serving.folder() / "master.key").string();
    EXPECT_EQ(drydock({"key", "new", file, "--yes", "--json"}).json_at("/key"), "k2");
    serving.process().send(SIGHUP);
    const auto until = Limits::within(std::chrono::seconds{60});
    while (serving.sql("SELECT string_agg(id, ' ') FROM platform.master_keys") != "k2") {
        ASSERT_TRUE(pause(std::chrono::milliseconds{50}, until)) << serving.log();
    }
    EXPECT_EQ(serving.sql("SELECT master_key_id FROM platform.sealing_keys"), "k2");
    std::ofstream{file} << "no key\n";
    serving.process().send(SIGHUP);
    while (serving.log().find("the master keys stay the old ones") == std::string::npos) {
        ASSERT_TRUE(pause(std::chrono::milliseconds{50}, until)) << serving.log();
    }
    serving.process().send(SIGTERM);
    EXPECT_EQ(serving.process().wait(), 0);
}

TEST_F(ServeCommand, APortThatIsTakenOrNoneIsNamed) {
    Serving serving;
    const auto port = serving.url().substr(serving.url().rfind(':') + 1);
    const auto taken = drydock({"serve", "--port", port});
    EXPECT_EQ(taken.exit_code, 8) << taken.err;
    EXPECT_THAT(taken.err, AllOf(HasSubstr(port), HasSubstr("another port")));
    EXPECT_EQ(drydock({"serve", "--port", "70000"}).exit_code, 3);
    EXPECT_EQ(drydock({"serve", "--port", "many"}).exit_code, 3);
}

TEST_F(ServeCommand, WhatItCantBeginWithIsRefusedBeforeItListens) {
    ASSERT_EQ(::chmod((folder.path() / "master.key").c_str(), 0644), 0);
    const auto open = drydock({"serve", "--port", "0"});
    EXPECT_EQ(open.exit_code, 9) << open.err;
    EXPECT_THAT(open.err, AllOf(HasSubstr("master.key"), HasSubstr("chmod 600")));
    ASSERT_EQ(::chmod((folder.path() / "master.key").c_str(), 0600), 0);

    EXPECT_EQ(drydock({"serve", "--port", "0", "--address", "0.0.0.0"}).exit_code, 3) << "in clear for everybody";
    EXPECT_THAT(drydock({"serve", "--port", "0", "--address", "db.example"}).err, HasSubstr("no IP address"));
    folder.write("cert.pem", "no certificate\n");
    folder.write("key.pem", "no key\n");
    const auto tls = drydock({"serve", "--port", "0", "--tls-cert", "cert.pem", "--tls-key", "key.pem"});
    EXPECT_EQ(tls.exit_code, 3) << tls.err;
    EXPECT_THAT(tls.err, HasSubstr("cert.pem"));
    EXPECT_EQ(drydock({"serve", "--port", "0", "--tls-cert", "cert.pem"}).exit_code, 3);

    environment.push_back("DATABASE_URL=postgresql://nobody@127.0.0.1:1/none");
    const auto nowhere = drydock({"serve", "--port", "0"});
    EXPECT_EQ(nowhere.exit_code, 8) << nowhere.err;
    EXPECT_THAT(nowhere.err, HasSubstr("127.0.0.1"));
}

TEST_F(ServeCommand, WithoutAKeyAndADatabaseElsewhereItSaysHowToMakeOne) {
    environment.push_back("DRYDOCK_KEK_FILE=");
    const auto keyless = drydock({"serve", "--port", "0"});
    EXPECT_EQ(keyless.exit_code, 3) << keyless.err;
    EXPECT_THAT(keyless.err, HasSubstr("drydock key new"));
}

TEST_F(ServeCommand, AKeyFileIsMadeOnceAndAddedToByAsking) {
    EXPECT_EQ(drydock({"key", "new", "master.key"}).exit_code, 3) << "nobody can be asked";
    EXPECT_EQ(drydock({"key", "new", "master.key", "--yes", "--json"}).json_at("/key"), "k2");
    EXPECT_EQ(drydock({"key", "new", "nowhere/master.key"}).exit_code, 3);
}

TEST_F(ServeCommand, DoctorNamesWhatIsUnsafeAndItsMend) {
    const auto good = drydock({"doctor", "--json"});
    EXPECT_EQ(good.exit_code, 0) << good.out << good.err;
    ASSERT_EQ(::chmod((folder.path() / "master.key").c_str(), 0644), 0);
    const auto bad = drydock({"doctor"});
    EXPECT_EQ(bad.exit_code, 11);
    EXPECT_THAT(bad.out, AllOf(HasSubstr("unsafe"), HasSubstr("chmod 600")));
}

}  // namespace
}  // namespace drydock::cli
