#include "cli/migrate_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "undo/rollback.h"

namespace drydock::cli {
namespace {

using migrate::State;

Tone tone_of(State state) {
    switch (state) {
        case State::applied:
            return Tone::ok;
        case State::changed:
        case State::interrupted:
        case State::missing:
            return Tone::error;
        case State::late:
        case State::held:
        case State::blocked:
            return Tone::warn;
        case State::pending:
            return Tone::bold;
        case State::skipped:
            return Tone::faint;
    }
    return Tone::plain;
}

std::string list(const std::vector<std::string>& names, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i == 0 ? "" : ", ") + printable(names[i]);
    if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
    return text;
}

constexpr std::size_t kNamesShown = 8;

}  // namespace

std::string counted(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", human_count(static_cast<std::int64_t>(count)), what, count == 1 ? "" : "s");
}

std::string server_version(int number) {
    return fmt::format("{}.{}", number / 10000, number % 10000);
}

std::string target_text(const migrate::Facts& facts) {
    return fmt::format("{} (PostgreSQL {})", printable(facts.database), server_version(facts.server_version));
}

std::string state_text(State state, const Terminal& terminal) {
    return painted(tone_of(state), migrate::name(state), terminal);
}

std::string remedy(const migrate::Item& item) {
    const auto id = printable(item.id);
    if (item.state == State::held) return fmt::format("drydock migrate release {} --reason …", id);
    if (item.state == State::changed) return fmt::format("drydock migrate repair --accept {} --reason …", id);
    return {};
}

std::string waiting_text(const migrate::Item& item, const Terminal& terminal) {
    auto text = fmt::format("  {}  {}", state_text(item.state, terminal), printable(item.id));
    if (!item.why.empty()) text += ": " + printable(item.why);
    text += '\n';
    if (const auto command = remedy(item); !command.empty()) {
        text += painted(Tone::faint, fmt::format("      {}", command), terminal) + "\n";
    }
    return text;
}

std::string run_text(const migrate::RunReport& report, const Terminal& terminal) {
    if (report.done.empty() && report.not_run.empty()) return report.error ? "" : "nothing to do\n";
    std::chrono::nanoseconds time{0};
    std::vector<std::string> names;
    for (const auto& outcome : report.done) {
        time += outcome.duration;
        names.push_back(outcome.id);
    }
    std::string text;
    if (!names.empty()) {
        const auto what = report.done[0].down ? "rolled back" : "applied";
        const auto tone = report.error ? Tone::plain : Tone::ok;
        const auto summary = fmt::format("{} {} in {}", what, counted(names.size(), "migration"), human_duration(time));
        text = fmt::format("{}: {}\n", painted(tone, summary, terminal), list(names, kNamesShown));
    }
    // One whose own hook failed afterwards is in both lists.
    std::vector<std::string> left;
    for (const auto& id : report.not_run) {
        if (std::find(names.begin(), names.end(), id) == names.end()) left.push_back(id);
    }
    if (!left.empty()) text += fmt::format("still to run: {}\n", list(left, kNamesShown));
    return text;
}

namespace {

std::string graded(std::string_view grade) {
    const auto known = undo::grade_named(grade);
    return known ? fmt::format(", {}", undo::words(*known)) : "";
}

}  // namespace

std::string rollback_text(const migrate::RollbackPlan& plan, const Terminal& terminal) {
    if (plan.items.empty()) return "nothing to roll back\n";
    auto text = fmt::format("{} to roll back:\n", counted(plan.items.size(), "migration"));
    for (const auto& item : plan.items) {
        text += fmt::format(
            "  {}  with {}{}{}\n",
            painted(Tone::bold, printable(item.id), terminal),
            printable(item.label),
            graded(item.grade),
            item.dependent_of.empty() ? "" : fmt::format(", since it {}", printable(item.dependent_of))
        );
        for (const auto& loss : item.losses) {
            text += painted(Tone::error, fmt::format("      loses {}", printable(loss.words)), terminal) + "\n";
        }
        for (const auto& note : item.notes) {
            text += fmt::format("      {}\n", printable(note));
        }
    }
    return text;
}

}  // namespace drydock::cli
