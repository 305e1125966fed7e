#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/match.h"

namespace drydock::catalog {
namespace {

using Parent = std::pair<std::string_view, std::string_view>;

int position(const Object& column) {
    int value = 0;
    for (const char c : column.get(aspect::position)) value = value * 10 + (c - '0');
    return value;
}

// Columns whose place among those that both have is another one. That all move up when one before them goes is no
// change of theirs.
std::vector<bool> moved_columns(const Snapshot& before, const Snapshot& after, const Matching& matching) {
    struct Column {
        std::size_t index;
        int before;
        int after;
    };
    std::map<Parent, std::vector<Column>> tables;
    for (std::size_t i = 0; i < after.objects.size(); ++i) {
        const auto& object = after.objects[i];
        if (object.kind != Kind::column || !matching.from_of[i]) continue;
        const auto& old = before.objects[*matching.from_of[i]];
        tables[{object.schema, object.parent}].push_back({i, position(old), position(object)});
    }
    std::vector<bool> moved(after.objects.size());
    for (auto& [name, columns] : tables) {
        auto old = columns;
        std::sort(columns.begin(), columns.end(), [](const auto& a, const auto& b) { return a.after < b.after; });
        std::sort(old.begin(), old.end(), [](const auto& a, const auto& b) { return a.before < b.before; });
        for (std::size_t i = 0; i < columns.size(); ++i) moved[columns[i].index] = columns[i].index != old[i].index;
    }
    return moved;
}

// Another name by itself, not only by that of the schema or parent it is in.
bool renamed(const Object& before, const Object& after) {
    return compare_keys(before, after) != 0;
}

std::string shown(const std::string* value) {
    constexpr std::size_t kShown = 60;
    if (!value) return "none";
    auto text = value->substr(0, kShown);
    std::replace(text.begin(), text.end(), '\n', ' ');
    return value->size() > kShown ? text + "…" : text;
}

}  // namespace

Difference compare(const Snapshot& before, const Snapshot& after, const CompareOptions& options) {
    const auto matching = match(before, after, options);
    const auto moved =
        options.column_order ? moved_columns(before, after, matching) : std::vector<bool>(after.objects.size());
    Difference difference;
    for (std::size_t i = 0; i < before.objects.size(); ++i) {
        if (!matching.to_of[i] && !matching.left_out_from[i])
            difference.changes.push_back({.kind = Change::Kind::removed, .before = &before.objects[i]});
    }
    for (std::size_t i = 0; i < after.objects.size(); ++i) {
        if (matching.left_out_to[i]) continue;
        const auto& object = after.objects[i];
        if (!matching.from_of[i]) {
            difference.changes.push_back({.kind = Change::Kind::added, .after = &object});
            continue;
        }
        const auto& old = before.objects[*matching.from_of[i]];
        Change change{
            .before = &old,
            .after = &object,
            .renamed = renamed(old, object),
            .recreated = matching.recreated[i],
            .aspects = changed_aspects(old, object, options),
        };
        if (moved[i])
            change.aspects.push_back({aspect::position, old.find(aspect::position), object.find(aspect::position)});
        if (change.renamed || change.recreated || !change.aspects.empty())
            difference.changes.push_back(std::move(change));
    }
    std::ranges::sort(difference.changes, [](const Change& a, const Change& b) {
        const auto order = compare_keys(a.after ? *a.after : *a.before, b.after ? *b.after : *b.before);
        return order != 0 ? order < 0 : a.kind > b.kind;  // removed before what has its name now
    });
    return difference;
}

std::string describe(const Change& change) {
    if (change.kind == Change::Kind::added) return "+ " + label(*change.after);
    if (change.kind == Change::Kind::removed) return "- " + label(*change.before);
    auto text = "~ " + label(*change.after);
    std::vector<std::string> parts;
    if (change.renamed) parts.push_back(fmt::format("was {}", label(*change.before)));
    if (change.recreated) parts.emplace_back("dropped and made again");
    for (const auto& aspect : change.aspects) {
        parts.push_back(fmt::format("{} {} → {}", aspect.name, shown(aspect.before), shown(aspect.after)));
    }
    return fmt::format("{}: {}", text, fmt::join(parts, ", "));
}

}  // namespace drydock::catalog
