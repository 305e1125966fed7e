#include "cli/table.h"

#include <algorithm>

namespace drydock::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 8;

}  // namespace

void Table::add(std::vector<Cell> row) {
    row.resize(columns_.size(), Cell{""});
    for (auto& cell : row) cell.text = printable(cell.text);
    rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths(const Terminal& terminal) const {
    std::vector<std::size_t> result;
    std::size_t total = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        auto width = text_width(columns_[i].title);
        for (const auto& row : rows_) width = std::max(width, text_width(row[i].text));
        result.push_back(width);
        total += width + (i == 0 ? 0 : kGap);
    }
    while (terminal.width > 0 && total > terminal.width) {
        std::size_t widest = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (!columns_[i].may_shrink || result[i] <= kNarrowest) continue;
            if (widest == columns_.size() || result[i] > result[widest]) widest = i;
        }
        if (widest == columns_.size()) break;
        --result[widest];
        --total;
    }
    return result;
}

std::string Table::text(const Terminal& terminal) const {
    if (rows_.empty()) return {};
    const auto wide = widths(terminal);
    std::string result;
    const auto line = [&](auto&& cell_at) {
        std::string row;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const Cell& cell = cell_at(i);
            const auto shown = truncated(cell.text, wide[i]);
            const std::string blanks(wide[i] - std::min(wide[i], text_width(shown)), ' ');
            const auto body = painted(cell.tone, shown, terminal);
            if (i > 0) row.append(kGap, ' ');
            row += columns_[i].align == Align::right ? blanks + body : body + blanks;
        }
        row.erase(row.find_last_not_of(' ') + 1);
        result += row + "\n";
    };
    std::vector<Cell> titles;
    for (const auto& column : columns_) titles.emplace_back(column.title, Tone::bold);
    line([&](std::size_t i) -> const Cell& { return titles[i]; });
    for (const auto& row : rows_) line([&](std::size_t i) -> const Cell& { return row[i]; });
    return result;
}

}  // namespace drydock::cli
