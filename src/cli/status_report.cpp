#include "cli/status_report.h"

#include <algorithm>
#include <array>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/migrate_text.h"
#include "cli/table.h"
#include "migrate/report_json.h"

namespace drydock::cli {
namespace {

namespace json = boost::json;
using migrate::Plan;
using migrate::State;

constexpr std::size_t kItemsShown = 25;
constexpr std::array kStates = {
    State::applied,
    State::changed,
    State::pending,
    State::late,
    State::held,
    State::blocked,
    State::skipped,
    State::interrupted,
    State::missing,
};

const migrate::Row* last_applied(const migrate::History& history) {
    const migrate::Row* last = nullptr;
    for (const auto& row : history.rows) {
        if (row.status == migrate::Status::applied && (last == nullptr || row.started_at >= last->started_at))
            last = &row;
    }
    return last;
}

bool ordinary(const migrate::Item& item) {
    return item.state == State::applied || item.state == State::skipped;
}

std::string counts_text(const Plan& plan, const Terminal& terminal) {
    std::string text;
    for (const auto state : kStates) {
        const auto count = plan.count(state);
        if (count == 0 && state != State::applied && state != State::pending) continue;
        text += fmt::format(
            "{}{} {}",
            text.empty() ? "" : ", ",
            human_count(static_cast<std::int64_t>(count)),
            state_text(state, terminal)
        );
    }
    return text;
}

std::string next_text(const Plan& plan, std::string_view command) {
    for (const auto& item : plan.items) {
        const auto needs_a_person = item.state == State::changed || item.state == State::missing;
        if (needs_a_person) return "next: drydock migrate repair\n";
    }
    if (!plan.run.empty()) return fmt::format("next: {}\n", command);
    return {};
}

}  // namespace

json::object status_json(const migrate::Context& context, const migrate::Standing& standing, const StatusWords& words) {
    json::object counts;
    for (const auto state : kStates) counts[json_text(name(state))] = standing.plan.count(state);
    json::array items;
    for (const auto& item : standing.plan.items) items.push_back(to_json(item));
    json::object object{
        {"project", json_text(context.options.project)},
        {"folder", json_text(words.place)},
        {"target", to_json(standing.facts)},
        {"counts", std::move(counts)},
        {"to_run", standing.plan.run.size()},
        {"migrations", std::move(items)},
        {"warnings", json_texts(standing.plan.warnings)},
    };
    if (const auto* const last = last_applied(standing.history)) object["last_applied"] = to_json(*last);
    return object;
}

std::string status_text(
    const migrate::Context& context,
    const migrate::Standing& standing,
    const StatusWords& words,
    bool all,
    const Terminal& terminal
) {
    const auto& plan = standing.plan;
    auto text = fmt::format(
        "{}, project {}, folder {}\n{}\n",
        target_text(standing.facts),
        printable(context.options.project),
        printable(words.place),
        counts_text(plan, terminal)
    );
    if (context.project.size() == 0) text += "no migrations there; the first one: drydock migrate new NAME\n";
    Table table{{{"state"}, {"migration"}, {"why", Table::Align::left, true}}};
    std::size_t shown = 0;
    std::size_t left_out = 0;
    for (const auto& item : plan.items) {
        if (!all && ordinary(item)) continue;
        if (!all && shown == kItemsShown) {
            ++left_out;
            continue;
        }
        ++shown;
        const auto tone = item.state == State::applied   ? Tone::ok
                          : item.state == State::pending ? Tone::bold
                                                         : Tone::warn;
        table.add({{std::string{name(item.state)}, tone}, item.id, item.why});
    }
    if (!table.empty()) text += "\n" + table.text(terminal);
    if (left_out > 0) text += fmt::format("… and {} more: --all lists them\n", left_out);
    if (const auto* const last = last_applied(standing.history)) {
        text += fmt::format(
            "\nlast applied: {} at {} by {}\n", printable(last->id), last->started_at, printable(last->client)
        );
    }
    return text + next_text(plan, words.next);
}

}  // namespace drydock::cli
