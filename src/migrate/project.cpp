#include "migrate/project.h"

#include <algorithm>
#include <numeric>
#include <queue>

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::migrate {
namespace {

using layouts::Migration;

std::string_view without_sql(std::string_view name) {
    name = name.substr(name.rfind('/') + 1);
    return name.ends_with(".sql") ? name.substr(0, name.size() - 4) : name;
}

bool all_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Error at_line(const Migration& migration, std::size_t line, std::string message, std::string hint) {
    Error error{.code = ErrorCode::invalid_argument, .message = std::move(message), .hint = std::move(hint)};
    error.place = {.file = migration.path.string(), .line = line};
    return error;
}

using Graph = std::vector<std::vector<std::size_t>>;

// Kahn's algorithm; of those that are free, the lowest number and then the lowest name runs first, which the
// indexes already say. What is left over stands on or behind a circle.
std::vector<std::size_t> running_order(const Graph& needs) {
    std::vector<std::size_t> waits_for(needs.size());
    Graph needed_by(needs.size());
    for (std::size_t i = 0; i < needs.size(); ++i) {
        waits_for[i] = needs[i].size();
        for (const auto dependency : needs[i]) needed_by[dependency].push_back(i);
    }
    std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> free;
    for (std::size_t i = 0; i < needs.size(); ++i) {
        if (waits_for[i] == 0) free.push(i);
    }
    std::vector<std::size_t> order;
    while (!free.empty()) {
        const auto next = free.top();
        free.pop();
        order.push_back(next);
        for (const auto later : needed_by[next]) {
            if (--waits_for[later] == 0) free.push(later);
        }
    }
    return order;
}

// One circle among those that never came free: follow any unmet dependency until a migration repeats.
std::vector<std::size_t> find_circle(const Graph& needs, const std::vector<std::size_t>& order) {
    std::vector<bool> done(needs.size());
    for (const auto i : order) done[i] = true;
    auto at = static_cast<std::size_t>(std::find(done.begin(), done.end(), false) - done.begin());
    std::vector<std::size_t> path;
    for (;;) {
        const auto seen = std::find(path.begin(), path.end(), at);
        if (seen != path.end()) return {seen, path.end()};
        path.push_back(at);
        at = *std::find_if(needs[at].begin(), needs[at].end(), [&](std::size_t i) { return !done[i]; });
    }
}

Error circle_error(const std::vector<Migration>& migrations, const std::vector<std::size_t>& circle) {
    std::string path;
    for (const auto i : circle) path += migrations[i].id + " -> ";
    path += migrations[circle[0]].id;
    const auto& first = migrations[circle[0]];
    const auto& next = migrations[circle.size() > 1 ? circle[1] : circle[0]];
    std::size_t line = 0;
    for (const auto& value : first.header.dependencies) {
        if (without_sql(value.text) == next.id || value.text == next.number) line = value.line;
    }
    return at_line(
        first,
        line,
        fmt::format("the dependencies go round in a circle: {}", path),
        "take one of them out of its Dependencies line"
    );
}

}  // namespace

Result<Project> Project::build(layouts::Folder folder) {
    Project project;
    project.folder_ = std::move(folder);
    auto& migrations = project.folder_.migrations;
    const auto index_ids = [&] {
        project.by_id_.resize(migrations.size());
        std::iota(project.by_id_.begin(), project.by_id_.end(), std::size_t{0});
        std::sort(project.by_id_.begin(), project.by_id_.end(), [&](std::size_t a, std::size_t b) {
            return migrations[a].id < migrations[b].id;
        });
    };
    index_ids();

    Graph needs(migrations.size());
    for (std::size_t i = 0; i < migrations.size(); ++i) {
        for (const auto& named : migrations[i].header.dependencies) {
            auto found = project.find(named.text);
            if (!found) {
                auto error = std::move(found).error();
                error.message = fmt::format("{} depends on {}: {}", migrations[i].id, named.text, error.message);
                error.place = {.file = migrations[i].path.string(), .line = named.line};
                error.code = ErrorCode::invalid_argument;
                if (!error.hint.starts_with("did you mean") && !error.hint.starts_with("name one"))
                    error.hint = "add the file, or take the name out of the line";
                return error;
            }
            if (std::find(needs[i].begin(), needs[i].end(), *found) == needs[i].end()) needs[i].push_back(*found);
        }
    }
    const auto order = running_order(needs);
    if (order.size() != needs.size()) return circle_error(migrations, find_circle(needs, order));

    std::vector<std::size_t> place(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    std::vector<Migration> sorted;
    sorted.reserve(order.size());
    for (const auto i : order) {
        sorted.push_back(std::move(migrations[i]));
        auto& needed = project.dependencies_.emplace_back();
        for (const auto dependency : needs[i]) needed.push_back(place[dependency]);
        std::sort(needed.begin(), needed.end());
    }
    migrations = std::move(sorted);
    index_ids();
    return project;
}

std::optional<std::size_t> Project::find_id(std::string_view id) const {
    const auto at = std::lower_bound(by_id_.begin(), by_id_.end(), id, [&](std::size_t i, std::string_view wanted) {
        return folder_.migrations[i].id < wanted;
    });
    if (at == by_id_.end() || folder_.migrations[*at].id != id) return std::nullopt;
    return *at;
}

Result<std::size_t> Project::find(std::string_view name) const {
    const auto id = without_sql(name);
    if (const auto index = find_id(id)) return *index;
    if (all_digits(id)) {
        std::vector<std::size_t> fitting;
        for (std::size_t i = 0; i < size(); ++i) {
            if (layouts::compare_numbers(at(i).number, id) == 0) fitting.push_back(i);
        }
        if (fitting.size() == 1) return fitting[0];
        if (fitting.size() > 1) {
            std::string names;
            for (const auto i : fitting) names += (names.empty() ? "" : ", ") + at(i).id;
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = fmt::format("{} migrations have the number {}", fitting.size(), id),
                .hint = fmt::format("name one of them in full: {}", names)
            };
        }
    }
    std::vector<std::string> names;
    for (const auto& migration : migrations()) names.push_back(migration.id);
    const auto near = did_you_mean(id, names);
    return Error{
        .code = ErrorCode::not_found,
        .message = fmt::format("there is no migration {}", id),
        .hint = near ? fmt::format("did you mean {}?", *near) : "`drydock migrate status` lists them"
    };
}

}  // namespace drydock::migrate
