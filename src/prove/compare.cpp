#include "prove/compare.h"

#include <algorithm>

#include <fmt/format.h>

#include "catalog/difference.h"

namespace drydock::prove {
namespace {

constexpr std::size_t kLines = 40;

}  // namespace

Deviation deviation(const catalog::Snapshot& expected, const catalog::Snapshot& found, std::string_view when) {
    Deviation result;
    const auto difference = catalog::compare(expected, found, {});
    for (const auto& change : difference.changes) {
        if (result.lines.size() == kLines) {
            result.lines.push_back(fmt::format("{}: and {} more", when, difference.changes.size() - kLines));
            break;
        }
        result.lines.push_back(fmt::format("{}: {}", when, catalog::describe(change)));
    }
    result.order_only = !result.none() && catalog::compare(expected, found, {.column_order = false}).empty();
    return result;
}

bool is_left(const std::vector<std::string>& left, const catalog::Snapshot& expected, const catalog::Snapshot& found) {
    const auto difference = catalog::compare(expected, found, {});
    return std::equal(
        left.begin(),
        left.end(),
        difference.changes.begin(),
        difference.changes.end(),
        [](const std::string& words, const catalog::Change& change) { return words == catalog::describe(change); }
    );
}

std::vector<std::string> without_order(const catalog::Snapshot& expected, const catalog::Snapshot& found) {
    std::vector<std::string> lines;
    const auto difference = catalog::compare(expected, found, {.column_order = false});
    for (const auto& change : difference.changes) lines.push_back(catalog::describe(change));
    return lines;
}

}  // namespace drydock::prove
