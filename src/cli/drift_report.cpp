#include "cli/drift_report.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/migrate_text.h"

namespace drydock::cli {
namespace {

// "… what the 12 applied migrations make".
std::string expectation(const drift::Report& report) {
    if (report.source == drift::Source::snapshot) return printable(report.file);
    const bool one = report.migrations == 1;
    return fmt::format(
        "what the {}{} applied migration{} make{}",
        report.source == drift::Source::files ? "files of the " : "",
        report.migrations,
        one ? "" : "s",
        one && report.source != drift::Source::files ? "s" : ""
    );
}

Tone tone_of(const catalog::Change& change) {
    switch (change.kind) {
        case catalog::Change::Kind::added:
            return Tone::ok;
        case catalog::Change::Kind::removed:
            return Tone::error;
        case catalog::Change::Kind::changed:
            break;
    }
    return Tone::warn;
}

}  // namespace

std::string drift_text(const drift::Report& report, const Terminal& terminal) {
    std::string text;
    for (const auto& [id, error] : report.skipped) {
        text += fmt::format(
            "{} {} could not be replayed, so what it makes shows up as a difference: {}\n",
            painted(Tone::warn, "skipped", terminal),
            printable(id),
            printable(error.message)
        );
    }
    if (!report.drifted()) return text + fmt::format("no drift: the catalog is {}\n", expectation(report));
    const auto count = report.difference.changes.size();
    text += fmt::format(
        "{} {} from {} (+ is only here, - is missing here):\n",
        human_count(static_cast<std::int64_t>(count)),
        count == 1 ? "difference" : "differences",
        expectation(report)
    );
    for (const auto& change : report.difference.changes)
        text += "  " + painted(tone_of(change), printable(catalog::describe(change)), terminal) + "\n";
    text += "`drydock migrate diff` prints the SQL that takes this back; with --reverse, the SQL that makes it\n";
    return text;
}

std::string script_text(const catalog::Script& script) {
    std::string text;
    for (const auto& words : script.impossible) {
        for (const auto line : split("no statement can do this: " + words, '\n'))
            text += fmt::format("-- {}\n", printable(line));
    }
    for (const auto& statement : script.statements) text += statement + ";\n";
    return text;
}

}  // namespace drydock::cli
