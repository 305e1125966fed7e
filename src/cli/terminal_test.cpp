#include "cli/terminal.h"

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <map>

#include <gtest/gtest.h>

#include "cli/table.h"

namespace drydock::cli {
namespace {

config::Lookup environment(std::map<std::string, std::string, std::less<>> variables) {
    return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
}

class PseudoTerminal {
public:
    explicit PseudoTerminal(unsigned short columns) {
        winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
        EXPECT_EQ(::openpty(&ours_, &theirs_, nullptr, nullptr, &size), 0);
    }
    ~PseudoTerminal() {
        ::close(ours_);
        ::close(theirs_);
    }
    PseudoTerminal(const PseudoTerminal&) = delete;
    PseudoTerminal& operator=(const PseudoTerminal&) = delete;
    int descriptor() const { return theirs_; }

private:
    int ours_ = -1;
    int theirs_ = -1;
};

TEST(TerminalTest, a_terminal_has_colours_a_live_line_and_its_width) {
    const PseudoTerminal pty{57};
    const auto terminal = Terminal::of(pty.descriptor(), environment({{"TERM", "xterm"}, {"COLUMNS", "99"}}));
    EXPECT_TRUE(terminal.interactive);
    EXPECT_TRUE(terminal.colours);
    EXPECT_EQ(terminal.width, 57U);
}

TEST(TerminalTest, a_terminal_that_does_not_know_its_width_is_told_by_columns_or_has_80) {
    const PseudoTerminal pty{0};
    EXPECT_EQ(Terminal::of(pty.descriptor(), environment({{"COLUMNS", "99"}})).width, 99U);
    EXPECT_EQ(Terminal::of(pty.descriptor(), environment({{"COLUMNS", "wide"}})).width, 80U);
}

TEST(TerminalTest, no_color_and_a_dumb_terminal_are_respected) {
    const PseudoTerminal pty{80};
    const auto without = Terminal::of(pty.descriptor(), environment({{"TERM", "xterm"}, {"NO_COLOR", "1"}}));
    EXPECT_FALSE(without.colours);
    EXPECT_TRUE(without.interactive);
    EXPECT_TRUE(Terminal::of(pty.descriptor(), environment({{"TERM", "xterm"}, {"NO_COLOR", ""}})).colours);
    const auto dumb = Terminal::of(pty.descriptor(), environment({{"TERM", "dumb"}}));
    EXPECT_FALSE(dumb.colours);
    EXPECT_FALSE(dumb.interactive);
    EXPECT_FALSE(Terminal::of(pty.descriptor(), environment({})).interactive);
}

TEST(TerminalTest, a_file_has_neither_colours_nor_a_width) {
    const int file = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    const auto terminal = Terminal::of(file, environment({{"TERM", "xterm"}}));
    ::close(file);
    EXPECT_FALSE(terminal.interactive);
    EXPECT_FALSE(terminal.colours);
    EXPECT_EQ(terminal.width, 0U);
}

TEST(TerminalTest, painting_happens_only_with_colours) {
    EXPECT_EQ(painted(Tone::ok, "x", {.colours = true}), "\x1b[32mx\x1b[0m");
    EXPECT_EQ(painted(Tone::ok, "x", {}), "x");
    EXPECT_EQ(painted(Tone::plain, "x", {.colours = true}), "x");
    EXPECT_EQ(painted(Tone::ok, "", {.colours = true}), "");
}

TEST(TerminalTest, text_from_outside_can_not_give_orders_to_the_terminal) {
    EXPECT_EQ(printable("a\x1b[2Jb\x07\x7f\r"), "a?[2Jb???");
    EXPECT_EQ(
        printable("a\xC2\x9B"
                  "2J \xC3\xA9\xC2\xA0"),
        "a?2J \xC3\xA9\xC2\xA0"
    );
    EXPECT_EQ(printable("a\n\tb"), "a  b");
    EXPECT_EQ(printable("a\n\tb\x1b", true), "a\n\tb?");
}

TEST(TerminalTest, widths_and_cuts_count_characters_and_not_bytes) {
    EXPECT_EQ(text_width("größe"), 5U);
    EXPECT_EQ(truncated("größe", 5), "größe");
    EXPECT_EQ(truncated("größe", 4), "grö…");
    EXPECT_EQ(truncated("größe", 1), "…");
    EXPECT_EQ(truncated("größe", 0), "");
}

Table example() {
    Table table{{{"name", Table::Align::left, true}, {"rows", Table::Align::right}, {"state"}}};
    table.add({"0001_größe_of_orders.sql", "7", {"applied", Tone::ok}});
    table.add({"0002.sql", "1,200", "pending"});
    return table;
}

TEST(TableTest, columns_are_as_wide_as_their_widest_cell_and_lines_end_without_blanks) {
    EXPECT_EQ(
        example().text({}),
        "name                       rows  state\n"
        "0001_größe_of_orders.sql      7  applied\n"
        "0002.sql                  1,200  pending\n"
    );
}

TEST(TableTest, a_narrow_terminal_shrinks_what_may_shrink_and_nothing_else) {
    EXPECT_EQ(
        example().text({.width = 30}),
        "name             rows  state\n"
        "0001_größe_of…      7  applied\n"
        "0002.sql        1,200  pending\n"
    );
    EXPECT_EQ(
        example().text({.width = 10}),
        "name       rows  state\n"
        "0001_gr…      7  applied\n"
        "0002.sql  1,200  pending\n"
    );
}

TEST(TableTest, colours_take_no_room) {
    const auto text = example().text({.colours = true, .width = 80});
    EXPECT_NE(text.find("0001_größe_of_orders.sql      7  \x1b[32mapplied\x1b[0m\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\x1b[1mname\x1b[0m                       \x1b[1mrows\x1b[0m  "), std::string::npos) << text;
}

TEST(TableTest, missing_cells_are_empty_and_cells_keep_to_their_line) {
    Table table{{{"a"}, {"b"}}};
    EXPECT_EQ(table.text({}), "");
    table.add({"x\ny"});
    EXPECT_EQ(table.text({}), "a    b\nx y\n");
}

}  // namespace
}  // namespace drydock::cli
