#include "cli/printer.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace drydock::cli {
namespace {

using namespace std::chrono_literals;
using Kind = ProgressEvent::Kind;
using testing::HasSubstr;
using testing::Not;

class PrinterTest : public testing::Test {
protected:
    TerminalProgress::Options options(bool terminal, bool quiet = false) {
        return {
            .terminal = {.interactive = terminal, .colours = false, .width = terminal ? 40U : 0U},
            .quiet = quiet,
            .write = [this](std::string_view text) { written_ += text; },
            .now = [this] { return now_; },
            .ticks = false,
        };
    }
    static void tell_everything(Progress& progress) {
        progress.report({.kind = Kind::started, .subject = "0001.sql", .text = "starts"});
        progress.report({.kind = Kind::step, .subject = "0001.sql", .text = "CREATE TABLE", .done = 1, .total = 2});
        progress.report({.kind = Kind::waiting, .subject = "0001.sql", .text = "for a lock"});
        progress.report({.kind = Kind::waiting, .subject = "0001.sql", .text = "for a lock"});
        progress.report({.kind = Kind::notice, .text = "the table exists"});
        progress.report({.kind = Kind::warning, .subject = "0002.sql", .text = "late"});
        progress.report({.kind = Kind::finished, .subject = "0001.sql", .text = "applied", .elapsed = 12ms});
        progress.report({.kind = Kind::failed, .subject = "0002.sql", .text = "syntax error"});
    }

    std::string written_;
    TerminalProgress::Clock::time_point now_{};
};

TEST_F(PrinterTest, without_a_terminal_only_lines_that_stay_are_written) {
    TerminalProgress progress{options(false)};
    tell_everything(progress);
    EXPECT_EQ(
        written_,
        "waiting  0001.sql  for a lock\n"
        "note     the table exists\n"
        "warning  0002.sql  late\n"
        "ok       0001.sql  applied  12 ms\n"
        "failed   0002.sql  syntax error\n"
    );
}

TEST_F(PrinterTest, quiet_leaves_warnings_and_failures) {
    {
        TerminalProgress progress{options(true, true)};
        tell_everything(progress);
    }
    EXPECT_EQ(written_, "warning  0002.sql  late\nfailed   0002.sql  syntax error\n");
}

TEST_F(PrinterTest, a_terminal_has_a_last_line_that_gives_way_to_lines_that_stay) {
    {
        TerminalProgress progress{options(true)};
        progress.report({.kind = Kind::step, .subject = "a", .text = "COPY", .done = 1200, .total = 5000});
        progress.report({.kind = Kind::warning, .subject = "b", .text = "late"});
        progress.report({.kind = Kind::finished, .subject = "a", .elapsed = 2s});
    }
    EXPECT_EQ(
        written_,
        "\ra  COPY  1,200/5,000\x1b[K"
        "\r\x1b[Kwarning  b  late\n"
        "\ra  COPY  1,200/5,000\x1b[K"
        "\r\x1b[Kok       a  2.0 s\n"
    );
}

TEST_F(PrinterTest, the_last_line_is_drawn_at_most_ten_times_a_second) {
    TerminalProgress progress{options(true)};
    for (int i = 1; i <= 1000; ++i) {
        now_ += 1ms;
        progress.report({.kind = Kind::step, .subject = "s", .done = i, .total = 1000});
    }
    const auto draws = split(written_, '\r').size() - 1;
    EXPECT_EQ(draws, 10U);
}

TEST_F(PrinterTest, the_last_line_is_cut_before_the_edge_and_goes_when_the_work_does) {
    {
        TerminalProgress progress{options(true)};
        progress.report({.kind = Kind::step, .subject = "s", .text = std::string(100, 'x'), .elapsed = 3s});
    }
    EXPECT_EQ(written_, "\rs  " + std::string(35, 'x') + "…\x1b[K\r\x1b[K");
}

TEST_F(PrinterTest, clear_takes_the_last_line_away_once) {
    TerminalProgress progress{options(true)};
    progress.report({.kind = Kind::step, .subject = "s"});
    progress.clear();
    progress.clear();
    EXPECT_EQ(written_, "\rs\x1b[K\r\x1b[K");
}

TEST_F(PrinterTest, a_wait_is_told_again_only_after_something_else_happened) {
    TerminalProgress progress{options(false)};
    const ProgressEvent wait{.kind = Kind::waiting, .text = "for another run"};
    progress.report(wait);
    progress.report(wait);
    progress.report({.kind = Kind::step, .subject = "s"});
    progress.report(wait);
    EXPECT_EQ(written_, "waiting  for another run\nwaiting  for another run\n");
}

TEST_F(PrinterTest, texts_of_others_can_not_give_orders_to_the_terminal) {
    TerminalProgress progress{options(true)};
    progress.report({.kind = Kind::notice, .subject = "a\x1b[2J", .text = "b\nc"});
    EXPECT_EQ(written_, "note     a?[2J  b c\n");
}

TEST(PrinterThreadsTest, the_elapsed_time_goes_on_while_nothing_is_reported) {
    std::mutex mutex;
    std::condition_variable drawn;
    std::string written;
    std::atomic<int> seconds{0};
    TerminalProgress progress{
        {.terminal = {.interactive = true},
         .write =
             [&](std::string_view text) {
                 const std::lock_guard lock{mutex};
                 written += text;
                 drawn.notify_all();
             },
         .now = [&] { return TerminalProgress::Clock::time_point{std::chrono::seconds{++seconds}}; }}
    };
    progress.report({.kind = Kind::started, .subject = "s"});
    std::unique_lock lock{mutex};
    EXPECT_TRUE(drawn.wait_for(lock, 10s, [&] { return split(written, '\r').size() > 3; })) << written;
    EXPECT_THAT(written, HasSubstr(" s\x1b[K"));
}

TEST(PrinterThreadsTest, many_threads_report_whole_lines) {
    std::string written;
    {
        TerminalProgress progress{{.terminal = {.interactive = true}, .write = [&](std::string_view t) {
                                       written += t;
                                   }}};
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&progress] {
                for (int i = 0; i < 100; ++i) {
                    progress.report({.kind = Kind::step, .subject = "step"});
                    progress.report({.kind = Kind::warning, .subject = "line"});
                }
            });
        }
    }
    std::size_t whole = 0;
    for (const auto line : split(written, '\n')) whole += line.ends_with("warning  line") ? 1U : 0U;
    EXPECT_EQ(whole, 400U);
    EXPECT_THAT(written, Not(testing::EndsWith("step\x1b[K")));
}

}  // namespace
}  // namespace drydock::cli
