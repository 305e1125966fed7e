#include "base/process.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/random.h"
#include "base/text.h"

namespace drydock {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Command shell(std::string script) {
    return {.argv = {"/bin/sh", "-c", std::move(script)}};
}

// A file that the programs of a test write to, and its end.
class Scratch {
public:
    Scratch() : path_(std::filesystem::temp_directory_path() / ("drydock-test-" + random_hex(6))) {}
    ~Scratch() { std::filesystem::remove_all(path_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    const std::filesystem::path& path() const { return path_; }
    std::string text() const {
        auto text = read_file(path_);
        return text ? *text : std::string{};
    }

private:
    std::filesystem::path path_;
};

// Dead, or dead and not yet collected by whoever inherited it.
bool is_gone(pid_t pid) {
    if (::kill(pid, 0) != 0) return errno == ESRCH;
    const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat");
    if (!stat) return true;
    return stat->find(") Z ") != std::string::npos;
}

// Waits for what will happen any moment, and gives up in the end.
bool soon(const std::function<bool()>& happened) {
    const auto until = Limits::Clock::now() + seconds{20};
    while (!happened()) {
        if (Limits::Clock::now() > until) return false;
        std::this_thread::yield();
    }
    return true;
}

TEST(Process, GivesOutputOfBothStreamsAndTheExitCode) {
    const auto done = run(shell("echo out; echo err >&2; exit 7"), {});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->exit_code, 7);
    EXPECT_EQ(done->output, "out\nerr\n");
}

TEST(Process, ASignalIsAnExitCodeAbove128) {
    EXPECT_EQ(run(shell("kill -SEGV $$"), {})->exit_code, 128 + SIGSEGV);
}

TEST(Process, TakesEnvironmentAndDirectoryAndHasNoInput) {
    ::setenv("DRYDOCK_PROCESS_TEST", "ours", 1);
    auto command = shell("printf '%s|%s|' \"$DRYDOCK_PROCESS_TEST\" \"$OTHER\"; pwd; cat");
    command.environment = {"DRYDOCK_PROCESS_TEST=theirs", "OTHER=a=b"};
    command.directory = "/usr";
    EXPECT_EQ(run(command, {})->output, "theirs|a=b|/usr\n");
    ::unsetenv("DRYDOCK_PROCESS_TEST");
}

TEST(Process, KeepsTheEndOfALongOutput) {
    const auto done = run(shell("i=0; while [ $i -lt 5000 ]; do printf '%01000d' $i; i=$((i+1)); done; echo end"), {});
    ASSERT_TRUE(done);
    EXPECT_LE(done->output.size(), std::size_t{1} << 20U);
    EXPECT_TRUE(done->output.ends_with("4999end\n"));
}

TEST(Process, ThatDoesNotExistIsAnError) {
    const auto done = run({.argv = {"/nowhere/at/all"}}, {});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::not_found);
    EXPECT_NE(done.error().message.find("/nowhere/at/all"), std::string::npos);
    EXPECT_FALSE(run({.argv = {"drydock-no-such-program"}}, {}));
    EXPECT_FALSE(run({.argv = {"/bin/true"}, .directory = "/nowhere"}, {}));
}

TEST(Process, TheDeadlineEndsAllItStarted) {
    const Scratch pids;
    const auto begin = Limits::Clock::now();
    const auto done =
        run(shell("sleep 600 & echo $! > " + pids.path().string() + "; echo started; wait"),
            Limits::within(milliseconds{300}));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::deadline_exceeded);
    EXPECT_EQ(done.error().detail, "started\n");
    EXPECT_LT(Limits::Clock::now() - begin, seconds{60});
    EXPECT_TRUE(soon([child = std::stoi(pids.text())] { return is_gone(child); }));
}

TEST(Process, TheDeadlineEndsAlsoWhatIgnoresToBeAsked) {
    const Scratch pids;
    // The leader goes when it is asked, its child does not and no longer has our pipe.
    const auto done = run(
        shell(
            "(trap '' TERM; exec sleep 600 >/dev/null 2>&1) & echo $! > " + pids.path().string() + "; exec sleep 600"
        ),
        Limits::within(milliseconds{300})
    );
    ASSERT_FALSE(done);
    EXPECT_TRUE(soon([child = std::stoi(pids.text())] { return is_gone(child); }));
    // And one that ignores it itself.
    EXPECT_FALSE(run(shell("trap '' TERM; while :; do sleep 600; done"), Limits::within(milliseconds{100})));
}

TEST(Process, TheDeadlineHoldsForOneThatClosedItsOutput) {
    const auto begin = Limits::Clock::now();
    const auto done = run(shell("exec >/dev/null 2>&1; exec sleep 600"), Limits::within(milliseconds{300}));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::deadline_exceeded);
    EXPECT_LT(Limits::Clock::now() - begin, seconds{60});
}

TEST(Process, AStopRequestEndsIt) {
    // On the heap: g++ 12 takes one on the stack for uninitialised.
    const auto stop = std::make_unique<std::stop_source>();
    const Scratch mark;
    std::jthread presser{[&] {
        EXPECT_TRUE(soon([&] { return !mark.text().empty(); }));
        stop->request_stop();
    }};
    const auto done =
        run(shell("echo here > " + mark.path().string() + "; exec sleep 600"),
            Limits::within(seconds{300}, stop->get_token()));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::cancelled);
}

TEST(Process, DoesNotWaitForWhatWasLeftInTheBackground) {
    const Scratch pids;
    const auto done =
        run(shell("sleep 600 & echo $! > " + pids.path().string() + "; echo done"), Limits::within(seconds{60}));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->output, "done\n");
    const auto child = std::stoi(pids.text());
    EXPECT_FALSE(is_gone(child)) << "what a program leaves behind on purpose is its own affair";
    ::kill(child, SIGKILL);
}

TEST(Process, StartsWithTheSignalsOfAFreshProgram) {
    ::signal(SIGPIPE, SIG_IGN);
    const auto done = run(shell("kill -PIPE $$; echo survived"), {});
    ::signal(SIGPIPE, SIG_DFL);
    EXPECT_EQ(done->exit_code, 128 + SIGPIPE) << "a pipe in a hook ends as it does in a shell";
}

TEST(Files, AreReplacedWholeAndLeaveNothingBeside) {
    const Scratch folder;
    std::filesystem::create_directory(folder.path());
    const auto file = folder.path() / "a.txt";
    ASSERT_TRUE(write_file(file, "one", 0600));
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms{0600});
    const auto before = MappedFile::open(file);
    ASSERT_TRUE(write_file(file, "another"));
    EXPECT_EQ(before->text(), "one") << "who had it open still sees the old one";
    EXPECT_EQ(*read_file(file), "another");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder.path()}, {}), 1);
    ASSERT_TRUE(write_file(file, ""));
    EXPECT_EQ(MappedFile::open(file)->text(), "");
}

TEST(Files, ThatCantBeReadOrWrittenSayWhy) {
    const Scratch folder;
    std::filesystem::create_directory(folder.path());
    EXPECT_EQ(read_file(folder.path() / "none").error().code, ErrorCode::not_found);
    EXPECT_EQ(MappedFile::open(folder.path() / "none").error().code, ErrorCode::not_found);
    EXPECT_EQ(MappedFile::open(folder.path()).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(read_file(folder.path()).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(write_file(folder.path() / "none" / "a", "x").error().code, ErrorCode::not_found);
    const auto onto_folder = write_file(folder.path(), "x");
    EXPECT_EQ(onto_folder.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(onto_folder.error().message.find(folder.path().string()), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(folder.path().string() + ".tmp"));
}

TEST(Files, AWriteThatFailsHalfWayKeepsTheOldOne) {
    const Scratch folder;
    std::filesystem::create_directory(folder.path());
    ASSERT_TRUE(write_file(folder.path() / "a", "old"));
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{100, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto done = write_file(folder.path() / "a", std::string(1'000, 'x'));
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, SIG_DFL);
    EXPECT_FALSE(done);
    EXPECT_EQ(*read_file(folder.path() / "a"), "old");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder.path()}, {}), 1);
}

}  // namespace
}  // namespace drydock
