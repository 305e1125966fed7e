#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/terminal.h"

namespace drydock::cli {

// Rows under titles, in columns as wide as what stands in them. Where the terminal is narrower, the columns that may
// shrink do, the widest first; where that isn't enough, lines are longer than the terminal rather than unreadable.
class Table {
public:
    enum class Align : std::uint8_t { left, right };
    struct Column {
        std::string title;
        Align align = Align::left;
        bool may_shrink = false;
    };
    struct Cell {
        std::string text;
        Tone tone = Tone::plain;

        Cell(std::string shown, Tone meaning = Tone::plain) : text(std::move(shown)), tone(meaning) {}
        Cell(const char* shown, Tone meaning = Tone::plain) : text(shown), tone(meaning) {}
    };

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // As many cells as columns; missing ones are empty.
    void add(std::vector<Cell> row);
    bool empty() const { return rows_.empty(); }

    // With its titles and a line end after each row; nothing when there are no rows.
    std::string text(const Terminal& terminal) const;

private:
    std::vector<std::size_t> widths(const Terminal& terminal) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace drydock::cli
