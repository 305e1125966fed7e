// Targets that are not there, do not answer, or may not be written to.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>

#include "migrate/sandbox_pgtest.h"
#include "testing/surroundings.h"

namespace drydock::migrate {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// A port of this machine that takes connections and never says a word, or (closed) nobody listens on.
class Port {
public:
    explicit Port(bool open) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        void* const generic = &address;
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(socket_, static_cast<sockaddr*>(generic), size), 0);
        if (open) {
            EXPECT_EQ(::listen(socket_, 8), 0);
        }
        EXPECT_EQ(::getsockname(socket_, static_cast<sockaddr*>(generic), &size), 0);
        number_ = ntohs(address.sin_port);
    }
    ~Port() { ::close(socket_); }
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    std::string number() const { return std::to_string(number_); }

private:
    int socket_;
    int number_ = 0;
};

class Targets : public ::testing::Test {
protected:
    Targets() { box.write("001_a.sql", "CREATE TABLE a ();"); }
    Result<RunReport> up_on(const pg::Conninfo& where) {
        DRYDOCK_TRY(const auto project, box.project());
        return migrate::up({where, project, box.options}, {}, box.heard, Limits::within(minutes{1}));
    }
    Sandbox box;
};

TEST_F(Targets, ThatRefuseAreUnavailable) {
    const Port closed{false};
    auto where = testing::server().tcp_conninfo();
    where.set("port", closed.number());
    const auto error = failed(up_on(where));
    EXPECT_EQ(error.code, ErrorCode::unavailable);
    EXPECT_EQ(traits(error.code).exit_code, 8);
    EXPECT_NE(error.message.find("Connection refused"), std::string::npos) << error.message;
    EXPECT_FALSE(error.hint.empty());
}

TEST_F(Targets, ThatSayNothingAreGivenUpInTime) {
    const Port silent{true};
    auto where = testing::server().tcp_conninfo();
    where.set("port", silent.number());
    box.options.connect_timeout = milliseconds{300};
    const auto begin = Limits::Clock::now();
    const auto error = failed(up_on(where));
    EXPECT_LT(Limits::Clock::now() - begin, seconds{20});
    EXPECT_EQ(traits(error.code).exit_code, 8);
    EXPECT_NE(error.message.find(silent.number()), std::string::npos) << error.message;
}

TEST_F(Targets, ThatDoNotKnowUsSaySo) {
    auto where = testing::server().tcp_conninfo();
    where.set("password", "wrong");
    auto error = failed(up_on(where));
    EXPECT_EQ(error.code, ErrorCode::unauthenticated);
    EXPECT_EQ(traits(error.code).exit_code, 8);
    EXPECT_EQ(error.message.find("wrong"), std::string::npos) << error.message;

    where = box.database.conninfo();
    where.set("dbname", "not_there");
    error = failed(up_on(where));
    EXPECT_EQ(error.code, ErrorCode::not_found);
    EXPECT_NE(error.message.find("not_there"), std::string::npos) << error.message;
}

TEST_F(Targets, SetToReadOnlyAreRefusedUnlessThereIsNothingToDo) {
    succeeded(box.up());
    const auto database = box.run("SELECT current_database()");
    box.run(fmt::format("ALTER DATABASE {} SET default_transaction_read_only = on", database));
    EXPECT_TRUE(succeeded(box.up()).done.empty());
    EXPECT_EQ(box.states(), "001_a=applied");
    box.write("002_b.sql", "CREATE TABLE b ();");
    const auto error = failed(box.up());
    EXPECT_EQ(error.code, ErrorCode::permission_denied);
    EXPECT_EQ(traits(error.code).exit_code, 9);
    EXPECT_NE(error.message.find("read-only"), std::string::npos) << error.message;
    EXPECT_NE(error.hint.find("default_transaction_read_only"), std::string::npos) << error.hint;
}

TEST_F(Targets, ThatAreStandbysAreRefusedWithTheWayOut) {
    auto server = pg_server::Throwaway::start({.durable = true}, Limits::within(minutes{1}));
    ASSERT_TRUE(server) << server.error().message;
    succeeded(up_on(server->conninfo()));
    server->kill();
    // A standby that follows nobody is a standby.
    ASSERT_TRUE(write_file(server->folder() / "pgdata" / "standby.signal", "", 0644));
    const auto restarted = server->restart(Limits::within(minutes{1}));
    ASSERT_TRUE(restarted) << restarted.error().message << restarted.error().detail;
    EXPECT_TRUE(succeeded(up_on(server->conninfo())).done.empty()) << "nothing to do is no reason to write";
    box.write("002_b.sql", "CREATE TABLE b ();");
    const auto error = failed(up_on(server->conninfo()));
    EXPECT_EQ(error.code, ErrorCode::permission_denied);
    EXPECT_NE(error.message.find("standby"), std::string::npos) << error.message;
    EXPECT_NE(error.hint.find("target_session_attrs=read-write"), std::string::npos) << error.hint;
}

// A role of its own, gone with its rights at the end.
class Rights : public Targets {
protected:
    void SetUp() override {
        succeeded(box.up());
        box.write("002_b.sql", "CREATE TABLE b ();");
        box.run("DROP ROLE IF EXISTS deployer; CREATE ROLE deployer LOGIN; GRANT CREATE ON SCHEMA public TO deployer;");
        where = box.database.conninfo();
        where.set("user", "deployer");
    }
    void TearDown() override { box.run("DROP OWNED BY deployer; DROP ROLE deployer;"); }
    pg::Conninfo where;
};

TEST_F(Rights, OnTheHistorySchemaAreAskedForByName) {
    auto error = failed(up_on(where));
    EXPECT_EQ(error.code, ErrorCode::permission_denied);
    EXPECT_NE(error.hint.find("GRANT USAGE ON SCHEMA drydock TO"), std::string::npos) << error.hint;
    box.run("GRANT USAGE ON SCHEMA drydock TO deployer");
    error = failed(up_on(where));
    EXPECT_EQ(error.code, ErrorCode::permission_denied);
    EXPECT_NE(error.hint.find("GRANT"), std::string::npos) << error.hint;
}

TEST_F(Rights, OnOneTableOfTheHistoryEndTheMigrationWithNothingOfItLeft) {
    box.run(
        "GRANT USAGE ON SCHEMA drydock TO deployer; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA drydock TO "
        "deployer; GRANT USAGE ON ALL SEQUENCES IN SCHEMA drydock TO deployer; REVOKE INSERT ON "
        "drydock.migration_event FROM deployer;"
    );
    const auto error = failed(up_on(where));
    EXPECT_EQ(error.code, ErrorCode::permission_denied);
    EXPECT_NE(error.message.find("migration_event"), std::string::npos) << error.message;
    EXPECT_NE(error.hint.find("GRANT"), std::string::npos) << error.hint;
    EXPECT_FALSE(box.exists("b"));
    EXPECT_EQ(box.states(), "001_a=applied 002_b=pending");
    box.run("GRANT INSERT ON drydock.migration_event TO deployer");
    succeeded(up_on(where));
    EXPECT_EQ(box.run("SELECT applied_by FROM drydock.migration WHERE id = '002_b'"), "deployer");
}

TEST_F(Rights, OnAnObjectOfTheMigrationNameItsLine) {
    box.run(
        "GRANT USAGE ON SCHEMA drydock TO deployer; GRANT ALL ON ALL TABLES IN SCHEMA drydock TO deployer; GRANT "
        "USAGE ON ALL SEQUENCES IN SCHEMA drydock TO deployer;"
    );
    box.write("002_b.sql", "CREATE TABLE b ();\nALTER TABLE a ADD COLUMN n int;\n");
    const auto error = failed(up_on(where));
    EXPECT_EQ(error.code, ErrorCode::permission_denied);
    EXPECT_EQ(error.place.line, 2U);
    EXPECT_FALSE(box.exists("b"));
}

// A file system of a few megabytes, as a tablespace.
TEST_F(Targets, WithAFullDiskLeaveNothingAndGoOnOnceThereIsRoom) {
    const testing::TempFolder folder;
    const auto disk = folder.path() / "disk";
    std::filesystem::create_directory(disk);
    if (::mount("none", disk.c_str(), "tmpfs", 0, "size=4m,mode=0777") != 0) {
        GTEST_SKIP() << "no right to mount a small file system";
    }
    struct Unmount {
        std::filesystem::path path;
        ~Unmount() { ::umount2(path.c_str(), MNT_DETACH); }
    } const unmount{disk};
    const auto home = disk / "space";
    std::filesystem::create_directory(home);
    // The server has its own user, and a tablespace must belong to it.
    struct stat info{};
    ASSERT_EQ(::stat(testing::server().folder().c_str(), &info), 0);
    ASSERT_EQ(::chown(home.c_str(), info.st_uid, info.st_gid), 0);
    std::filesystem::permissions(home, std::filesystem::perms{0700});
    box.run(fmt::format("CREATE TABLESPACE small LOCATION '{}'", home.string()));
    succeeded(box.up());
    box.write(
        "002_b.sql",
        "SET default_tablespace = small;\nCREATE TABLE b (t text);\nINSERT INTO b SELECT repeat(md5(n::text), 60) FROM "
        "generate_series(1, 20000) n;\n"
    );
    const auto error = failed(box.up());
    EXPECT_EQ(error.sqlstate, "53100") << error.message;
    EXPECT_EQ(error.code, ErrorCode::failed);
    EXPECT_EQ(error.place.line, 3U);
    EXPECT_FALSE(box.exists("b"));
    EXPECT_EQ(box.states(), "001_a=applied 002_b=pending");
    EXPECT_EQ(::mount("none", disk.c_str(), "tmpfs", MS_REMOUNT, "size=200m,mode=0777"), 0);
    succeeded(box.up());
    box.run("DROP TABLE b");
    box.run("DROP TABLESPACE small");
}

}  // namespace
}  // namespace drydock::migrate
