#include "base/diff.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace drydock {
namespace {

constexpr std::ptrdiff_t kMostEdits = 2000;
constexpr std::size_t kContext = 3;

struct Edit {
    char kind = ' ';  // ' ', '-', '+'
    std::string_view line;
};

std::vector<std::string_view> lines_of(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.empty()) return {};
    return split(text, '\n');
}

using Lines = std::vector<std::string_view>;

// The furthest x on each diagonal k = x - y, one copy a number of edits, until the end is reached.
std::vector<std::vector<std::ptrdiff_t>> furthest(const Lines& a, const Lines& b) {
    const auto n = static_cast<std::ptrdiff_t>(a.size());
    const auto m = static_cast<std::ptrdiff_t>(b.size());
    const auto most = std::min(n + m, kMostEdits);
    std::vector<std::ptrdiff_t> v(static_cast<std::size_t>(2 * most + 3), 0);
    std::vector<std::vector<std::ptrdiff_t>> trace;
    const auto at = [&](std::ptrdiff_t k) -> std::ptrdiff_t& { return v[static_cast<std::size_t>(k + most + 1)]; };
    for (std::ptrdiff_t d = 0; d <= most; ++d) {
        trace.push_back(v);
        for (std::ptrdiff_t k = -d; k <= d; k += 2) {
            std::ptrdiff_t x = k == -d || (k != d && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
            while (x < n && x - k < m && a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(x - k)]) ++x;
            at(k) = x;
            if (x >= n && x - k >= m) return trace;
        }
    }
    return {};
}

std::vector<Edit> edits_of(const Lines& a, const Lines& b) {
    std::vector<Edit> edits;
    const auto trace = furthest(a, b);
    if (trace.empty()) {
        for (const auto line : a) edits.push_back({'-', line});
        for (const auto line : b) edits.push_back({'+', line});
        return edits;
    }
    auto x = static_cast<std::ptrdiff_t>(a.size());
    auto y = static_cast<std::ptrdiff_t>(b.size());
    const auto most = (static_cast<std::ptrdiff_t>(trace[0].size()) - 3) / 2;
    for (auto d = static_cast<std::ptrdiff_t>(trace.size()) - 1; d >= 0; --d) {
        const auto at = [&](std::ptrdiff_t k) {
            return trace[static_cast<std::size_t>(d)][static_cast<std::size_t>(k + most + 1)];
        };
        const auto k = x - y;
        const auto before_k = k == -d || (k != d && at(k - 1) < at(k + 1)) ? k + 1 : k - 1;
        const auto before_x = d == 0 ? 0 : at(before_k);
        const auto before_y = d == 0 ? 0 : before_x - before_k;
        while (x > before_x && y > before_y) {
            edits.push_back({' ', a[static_cast<std::size_t>(--x)]});
            --y;
        }
        if (d == 0) break;
        edits.push_back(
            x == before_x ? Edit{'+', b[static_cast<std::size_t>(before_y)]}
                          : Edit{'-', a[static_cast<std::size_t>(before_x)]}
        );
        x = before_x;
        y = before_y;
    }
    std::reverse(edits.begin(), edits.end());
    return edits;
}

}  // namespace

std::string unified_diff(
    std::string_view before, std::string_view after, std::string_view before_name, std::string_view after_name
) {
    const auto edits = edits_of(lines_of(before), lines_of(after));
    std::string result;
    std::size_t a = 1;
    std::size_t b = 1;
    for (std::size_t i = 0; i < edits.size();) {
        // The next hunk: from the context before a change to where two contexts' worth of equal lines follow.
        std::size_t change = i;
        while (change < edits.size() && edits[change].kind == ' ') ++change;
        if (change == edits.size()) break;
        const auto begin = std::max(i, change < kContext ? 0 : change - kContext);
        std::size_t end = change;
        for (std::size_t equal = 0; end < edits.size() && equal <= 2 * kContext; ++end)
            equal = edits[end].kind == ' ' ? equal + 1 : 0;
        std::size_t last = end;
        while (last > begin && edits[last - 1].kind == ' ') --last;
        last = std::min(last + kContext, edits.size());
        a += begin - i;
        b += begin - i;
        std::string body;
        std::size_t removed = 0;
        std::size_t added = 0;
        for (auto k = begin; k < last; ++k) {
            body += fmt::format("{}{}\n", edits[k].kind, edits[k].line);
            removed += edits[k].kind != '+' ? 1 : 0;
            added += edits[k].kind != '-' ? 1 : 0;
        }
        if (result.empty()) result = fmt::format("--- {}\n+++ {}\n", before_name, after_name);
        result += fmt::format("@@ -{},{} +{},{} @@\n{}", a, removed, b, added, body);
        a += removed;
        b += added;
        i = last;
    }
    return result;
}

}  // namespace drydock
