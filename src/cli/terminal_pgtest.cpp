#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/program_pgtest.h"

// drydock at a terminal: questions, colours, Ctrl-C.
namespace drydock::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// drydock in a terminal of its own.
class InTerminal {
public:
    InTerminal(
        const std::filesystem::path& folder,
        const std::vector<std::string>& variables,
        const std::vector<std::string>& arguments
    ) {
        std::vector<std::string> words{DRYDOCK_BINARY};
        words.insert(words.end(), arguments.begin(), arguments.end());
        auto values = clean_environment();
        values.emplace_back("TERM=xterm");
        values.insert(values.end(), variables.begin(), variables.end());
        const auto argv = pointers(words);
        const auto environment = pointers(values);
        const auto directory = folder.string();
        winsize size{.ws_row = 24, .ws_col = 100};
        pid_ = ::forkpty(&master_, nullptr, nullptr, &size);
        if (pid_ == 0) {
            if (::chdir(directory.c_str()) == 0) ::execve(argv[0], argv.data(), environment.data());
            ::_exit(127);
        }
    }
    InTerminal(const InTerminal&) = delete;
    InTerminal& operator=(const InTerminal&) = delete;
    ~InTerminal() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(master_);
    }

    // Reads until the text has come; false when the program ends or a minute passes without it.
    bool wait_for(std::string_view text) {
        while (screen.find(text) == std::string::npos) {
            if (!read_more()) return false;
        }
        return true;
    }
    void type(std::string_view text) const {
        [[maybe_unused]] const auto written = ::write(master_, text.data(), text.size());
    }
    int exit_code() {
        while (read_more()) continue;
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }

    std::string screen;

private:
    static std::vector<char*> pointers(std::vector<std::string>& texts) {
        std::vector<char*> result;
        for (auto& text : texts) result.push_back(text.data());
        result.push_back(nullptr);
        return result;
    }

    bool read_more() {
        pollfd wait{master_, POLLIN, 0};
        if (::poll(&wait, 1, 60'000) <= 0) return false;
        std::array<char, 4096> buffer{};
        const auto n = ::read(master_, buffer.data(), buffer.size());
        if (n <= 0) return false;
        screen.append(buffer.data(), static_cast<std::size_t>(n));
        return true;
    }

    pid_t pid_ = -1;
    int master_ = -1;
};

class AtATerminal : public DatabaseTest {
protected:
    AtATerminal() {
        folder.write("migrations/001_orders.sql", "CREATE TABLE orders (id int);\n");
        folder.write("migrations/rollback-001.sql", "DROP TABLE orders;\n");
    }
    bool orders() { return sql("SELECT to_regclass('orders') IS NOT NULL") == "t"; }
};

TEST_F(AtATerminal, RollbackAsksAndDoesNothingWithoutAYes) {
    drydock({"migrate", "up"});
    for (const std::string_view answer : {"n\n", "\n", "\x04"}) {
        InTerminal asked{folder.path(), environment, {"migrate", "rollback", "1"}};
        ASSERT_TRUE(asked.wait_for("Roll back? [y/N] ")) << asked.screen;
        asked.type(answer);
        EXPECT_EQ(asked.exit_code(), 130);
        EXPECT_THAT(asked.screen, HasSubstr("nothing was done"));
        EXPECT_TRUE(orders());
    }
    InTerminal agreed{folder.path(), environment, {"migrate", "rollback", "1"}};
    ASSERT_TRUE(agreed.wait_for("[y/N] ")) << agreed.screen;
    agreed.type("y\n");
    EXPECT_EQ(agreed.exit_code(), 0) << agreed.screen;
    EXPECT_FALSE(orders());
}

TEST_F(AtATerminal, TheQuestionSaysThatDataWouldGo) {
    drydock({"migrate", "up"});
    sql("INSERT INTO orders VALUES (1)");
    InTerminal asked{folder.path(), environment, {"migrate", "down", "--accept-data-loss", "orders"}};
    ASSERT_TRUE(asked.wait_for("and lose that data? [y/N] ")) << asked.screen;
    EXPECT_THAT(asked.screen, HasSubstr("loses table orders (1 row)"));
}

TEST_F(AtATerminal, CtrlCAtAQuestionIsExitCode130) {
    drydock({"migrate", "up"});
    InTerminal asked{folder.path(), environment, {"migrate", "rollback", "1"}};
    ASSERT_TRUE(asked.wait_for("[y/N] ")) << asked.screen;
    asked.type("\x03");
    EXPECT_EQ(asked.exit_code(), 130) << asked.screen;
    EXPECT_TRUE(orders());
}

TEST_F(AtATerminal, CtrlCInAMigrationRollsItBack) {
    folder.write("migrations/002_long.sql", "CREATE TABLE later ();\nSELECT pg_sleep(600);\n");
    InTerminal run{folder.path(), environment, {"migrate", "up"}};
    const auto sleeps =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    const auto give_up = Limits::Clock::now() + std::chrono::minutes{1};
    while (sql(sleeps) != "1" && Limits::Clock::now() < give_up) continue;
    run.type("\x03");
    EXPECT_EQ(run.exit_code(), 130) << run.screen;
    EXPECT_THAT(run.screen, HasSubstr("applied 1 migration in "));
    EXPECT_EQ(sql("SELECT to_regclass('later') IS NULL"), "t");
    EXPECT_EQ(sql(sleeps), "0");
}

TEST_F(AtATerminal, ColoursAreLeftOutWhereNotWanted) {
    const std::string escape{"\x1b[1m"};
    InTerminal coloured{folder.path(), environment, {"migrate", "status"}};
    EXPECT_EQ(coloured.exit_code(), 0);
    EXPECT_THAT(coloured.screen, HasSubstr(escape));
    InTerminal option{folder.path(), environment, {"migrate", "status", "--no-color"}};
    EXPECT_EQ(option.exit_code(), 0);
    EXPECT_THAT(option.screen, Not(HasSubstr("\x1b[")));
    environment.emplace_back("NO_COLOR=1");
    InTerminal variable{folder.path(), environment, {"migrate", "status"}};
    EXPECT_EQ(variable.exit_code(), 0);
    EXPECT_THAT(variable.screen, Not(HasSubstr("\x1b[")));
}

}  // namespace
}  // namespace drydock::cli
