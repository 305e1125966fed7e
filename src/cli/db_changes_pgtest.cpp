#include <thread>

#include "base/wait.h"
#include "cli/serving_pgtest.h"

// db migrations, migrate, rollback and validate: nobody at this shell knows the database's password.
namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kSecret = "s3cret-canary";

// A database that belongs to a login of its own.
class Shop {
public:
    Shop() {
        database_.run(fmt::format(
            "DO $$ BEGIN IF to_regrole('shop_owner') IS NULL THEN CREATE ROLE shop_owner LOGIN PASSWORD '{}'; END IF; "
            "END "
            "$$; ALTER DATABASE {} OWNER TO shop_owner",
            kSecret,
            database_.conninfo().get("dbname")
        ));
    }
    std::string url() const {
        return fmt::format(
            "postgresql://shop_owner:{}@127.0.0.1:{}/{}",
            kSecret,
            ::drydock::testing::server().tcp_conninfo().get("port"),
            database_.conninfo().get("dbname")
        );
    }
    std::string sql(std::string_view text) const { return database_.run(text); }
    pg::Connection connect() const { return database_.connect(); }
    void until(std::string_view text) const {
        const auto limits = Limits::within(std::chrono::seconds{120});
        while (sql(text) != "t") ASSERT_TRUE(pause(std::chrono::milliseconds{20}, limits)) << "never: " << text;
    }

private:
    ::drydock::testing::Database database_;
};

class DbChanges : public ServedTest {
protected:
    DbChanges() {
        static int count = 0;
        name_ = fmt::format("shop{}", ++count);
        folder.write("url", shop_.url() + "\n");
        EXPECT_EQ(drydock({"project", "create", name_}).exit_code, 0);
        const auto made = drydock({"db", "register", name_, "--project", name_, "--url-file", "url"});
        EXPECT_EQ(made.exit_code, 0) << made.out << made.err;
    }
    Answer db(std::vector<std::string> words) {
        words.insert(words.begin(), "db");
        words.insert(words.begin() + 2, name_);
        auto answer = drydock(words);
        EXPECT_THAT(answer.out + answer.err, Not(HasSubstr(std::string{kSecret})));
        return answer;
    }

    Shop shop_;
    std::string name_;
};

TEST_F(DbChanges, MigrationsAreSeenPlannedAppliedAndTakenBackThroughTheServer) {
    folder.write("migrations/001_orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n");
    folder.write("migrations/rollback-001.sql", "DROP TABLE orders;\n");
    EXPECT_THAT(db({"migrations"}).out, HasSubstr("has not migrated"));
    const auto plan = db({"migrate", "--plan"});
    EXPECT_EQ(plan.exit_code, 0) << plan.err;
    EXPECT_THAT(plan.out, AllOf(HasSubstr("1 migration to run"), HasSubstr("001_orders")));
    const auto done = db({"migrate"});
    EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
    EXPECT_THAT(done.out, HasSubstr("applied 1 migration"));
    EXPECT_THAT(db({"migrate"}).out, HasSubstr("nothing to do"));
    EXPECT_THAT(db({"migrations"}).out, AllOf(HasSubstr("001_orders"), HasSubstr("ada@example.org")));

    folder.write("migrations/002_bad.sql", "SELECT nowhere\nFROM orders;\n");
    const auto failed = db({"migrate", "--json"});
    EXPECT_EQ(failed.exit_code, 5) << "as `migrate up` ends: " << failed.out;
    EXPECT_EQ(failed.json_at("/error/place/file"), "002_bad.sql");
    EXPECT_EQ(failed.json_at("/error/place/line"), "1");
    folder.write("migrations/002_bad.sql", "CREATE INDEX orders_note_idx ON orders (note);\n");
    const auto refused = db({"migrate", "--fail-on", "notice"});
    EXPECT_EQ(refused.exit_code, 11) << "as `migrate lint` ends: " << refused.out << refused.err;
    EXPECT_THAT(refused.out, HasSubstr("idx-create"));

    const auto back = db({"rollback", "--yes"});
    EXPECT_EQ(back.exit_code, 0) << back.out << back.err;
    EXPECT_EQ(shop_.sql("SELECT to_regclass('orders') IS NULL"), "t");
}

TEST_F(DbChanges, AnArgumentThatIsNoFolderOrAProgramInItIsRefusedHere) {
    EXPECT_EQ(db({"migrate", "--dir", "nowhere"}).exit_code, 3);
    folder.write("migrations/001_a.sql", "SELECT 1;\n");
    folder.write("migrations/hooks/before-run.sh", "#!/bin/sh\n");
    const auto program = db({"migrate"});
    EXPECT_EQ(program.exit_code, 3);
    EXPECT_THAT(program.err, HasSubstr("runs no programs"));
}

TEST_F(DbChanges, ChecksEndAsTheLocalCommandDoes) {
    shop_.sql("SET ROLE shop_owner; CREATE TABLE loose (id bigint PRIMARY KEY); INSERT INTO loose VALUES (42)");
    folder.write("checks/no_loose_rows.sql", "-- Assert: nothing is loose\nSELECT id FROM loose\n");
    const auto found = db({"validate", "--group", "schema", "--dir", "checks"});
    EXPECT_EQ(found.exit_code, 11) << found.out << found.err;
    EXPECT_THAT(found.out, AllOf(HasSubstr("no_loose_rows"), HasSubstr("1 critical")));
    shop_.sql("DELETE FROM loose");
    const auto good = db({"validate", "--group", "schema", "--dir", "checks", "--json"});
    EXPECT_EQ(good.exit_code, 0) << good.out << good.err;
    EXPECT_EQ(good.json_at("/severities/critical"), "0");
}

class DbChangesOfAKilledServer : public ProgramTest {
protected:
    DbChangesOfAKilledServer() {
        environment.push_back("XDG_CONFIG_HOME=" + (folder.path() / "config").string());
        folder.write("pw", "correct horse battery staple\n");
        folder.write("url", shop_.url() + "\n");
    }
    void speak_to_it() { environment.push_back("DRYDOCK_URL=" + serving_.url()); }

    Shop shop_;
    Serving serving_;
};

// What a migration had done when its server went stays done or is gone, as history says; and the job isn't begun again.
TEST_F(DbChangesOfAKilledServer, HistoryStaysRightAndTheJobSaysThatItsEndIsNotKnown) {
    speak_to_it();
    folder.write("migrations/001_orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY);\n");
    folder.write("migrations/002_wait.sql", "CREATE TABLE two (id int);\nSELECT pg_advisory_lock(8);\n");
    const auto setup =
        drydock({"setup", "--token", serving_.setup_token(), "--email", kOwner, "--password-file", "pw"});
    ASSERT_EQ(setup.exit_code, 0) << setup.out << setup.err;
    const auto made = drydock({"db", "register", "shop", "--project", "default", "--url-file", "url"});
    ASSERT_EQ(made.exit_code, 0) << made.out << made.err;

    auto blocker = shop_.connect();
    ASSERT_TRUE(blocker.run_message("SELECT pg_advisory_lock(8)", Limits::within(std::chrono::seconds{60})));
    Answer migrated;
    std::jthread client{[&] { migrated = drydock({"db", "migrate", "shop"}); }};
    shop_.until("SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 8");
    serving_.process().kill();
    client.join();
    EXPECT_NE(migrated.exit_code, 0) << migrated.out;
    ASSERT_TRUE(blocker.run_message("SELECT pg_advisory_unlock_all()", Limits::within(std::chrono::seconds{60})));
    shop_.until("SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE 'drydock job %'");

    serving_.sql("UPDATE platform.jobs SET lease_until = now() - interval '1 s' WHERE kind = 'migrations.apply'");
    serving_.start();
    speak_to_it();
    ASSERT_EQ(drydock({"login", "--email", kOwner, "--password-file", "pw"}).exit_code, 0);
    const auto limits = Limits::within(std::chrono::seconds{120});
    while (serving_.sql("SELECT state FROM platform.jobs WHERE kind = 'migrations.apply'") != "unknown")
        ASSERT_TRUE(pause(std::chrono::milliseconds{20}, limits)) << "nobody noticed";
    EXPECT_THAT(drydock({"job", "list"}).out, HasSubstr("whether it was done is not known"));
    EXPECT_EQ(
        serving_.sql("SELECT count(*) FROM platform.job_attempts AS a JOIN platform.jobs AS j ON j.id = a.job_id "
                     "WHERE j.kind = 'migrations.apply'"),
        "1"
    ) << "it is not begun again by itself";
    EXPECT_THAT(drydock({"db", "migrations", "shop"}).out, HasSubstr("001_orders"));
    EXPECT_EQ(
        shop_.sql(
            "SELECT (to_regclass('two') IS NOT NULL) = EXISTS (SELECT FROM drydock.migration WHERE id = '002_wait' "
            "AND status = 'applied')"
        ),
        "t"
    );
    const auto again = drydock({"db", "migrate", "shop"});
    EXPECT_EQ(again.exit_code, 0) << again.out << again.err;
    EXPECT_EQ(shop_.sql("SELECT count(*) FROM drydock.migration WHERE status = 'applied'"), "2");
}

}  // namespace
}  // namespace drydock::cli
