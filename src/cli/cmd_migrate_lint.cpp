#include <algorithm>
#include <memory>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/diff.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/lint_files.h"
#include "cli/lint_report.h"
#include "cli/lint_world.h"
#include "cli/session.h"
#include "migrate/report_json.h"

// migrate lint: what will hurt when the files run.
namespace drydock::cli {
namespace {

namespace json = boost::json;
using lint::Severity;

constexpr int kFound = 11;

struct LintArguments {
    std::vector<std::string> files;
    std::string format = "text";
    std::string fail_on{};  // empty: as the setting says
    std::string assume{};   // the same
    std::optional<std::size_t> version;
    std::vector<std::string> only;
    std::vector<std::string> disable;
    std::optional<std::string> explain;
    bool offline = false;
    bool shadow = false;
    bool fix = false;
    bool diff = false;
};

// What is said on the command line is stronger than the settings.
Result<lint::Options> options_of(const Session& session, const LintArguments& given) {
    DRYDOCK_TRY(auto options, lint_settings(session));
    for (const auto& rules : given.disable) {
        DRYDOCK_TRY_VOID(set_severities(options, rules, "--disable", Severity::off));
    }
    for (const auto& rules : given.only) {
        for (const auto part : split(rules, ',')) {
            DRYDOCK_TRY(auto id, known_rule(trim(part), "--rule"));
            options.only.push_back(std::move(id));
        }
    }
    const auto assume = given.assume.empty() ? session.settings().text("lint.assume") : given.assume;
    if (assume == "psql") options.runner = lint::Runner::psql;
    if (assume == "transaction") options.runner = lint::Runner::transaction;
    if (given.version) options.server_version = static_cast<int>(*given.version) * 10000;
    return options;
}

Result<int> explain(Session& session, std::string_view id) {
    if (id == "all") {
        json::array rules;
        std::string text;
        for (const auto& rule : lint::rules()) {
            text += fmt::format("{:<24} {:<8} {}\n", rule.id, lint::name(rule.severity), rule.title);
            rules.push_back(json::object{
                {"rule", json_text(rule.id)},
                {"severity", json_text(lint::name(rule.severity))},
                {"title", json_text(rule.title)}
            });
        }
        if (session.json())
            session.print_json(json::object{{"rules", std::move(rules)}});
        else
            session.print(text);
        return 0;
    }
    DRYDOCK_TRY(const auto known, known_rule(id, "--explain"));
    const auto& rule = *lint::find_rule(known);
    if (session.json()) {
        session.print_json(json::object{
            {"rule", json_text(rule.id)},
            {"severity", json_text(lint::name(rule.severity))},
            {"category", json_text(lint::name(rule.category))},
            {"title", json_text(rule.title)},
            {"why", json_text(rule.why)},
            {"safe", json_text(rule.safe)},
            {"found", json_text(rule.bad)},
            {"better", json_text(rule.good)},
        });
    } else {
        session.print(lint::explanation(rule));
    }
    return 0;
}

Result<> add_files(Session& session, const LintArguments& given, const LintTarget* target, LintFiles& files) {
    if (!given.files.empty()) {
        for (const auto& file : given.files) {
            DRYDOCK_TRY_VOID(file == "-" ? files.add_stdin() : files.add(file));
        }
        return {};
    }
    DRYDOCK_TRY(const auto project, session.project());
    for (const auto& migration : project.migrations()) {
        if (target != nullptr && target->applied.contains(migration.id)) continue;
        DRYDOCK_TRY_VOID(files.add(migration.path));
    }
    return {};
}

void mask(lint::Report& report, const LintFiles& files) {
    for (auto& finding : report.findings) {
        finding.message = files.masked(finding.input, std::move(finding.message));
        finding.place.text = files.masked(finding.input, std::move(finding.place.text));
        for (auto* const texts : {&finding.fix, &finding.objects}) {
            for (auto& text : *texts) text = files.masked(finding.input, std::move(text));
        }
    }
}

// Writes what can be made safer without changing what comes of it. Says what it did as a diff.
Result<std::string> write_fixes(
    const LintFiles& files, const lint::Report& report, const LintTarget* target, bool write
) {
    std::string diffs;
    for (std::size_t i = 0; i < files.inputs().size(); ++i) {
        const auto& input = files.inputs()[i];
        if (!files.may_be_written(i) || !input.reported) continue;
        if (target != nullptr && target->applied.contains(files.path(i).stem().string())) continue;
        const auto text = lint::fixed(input.text, report, i);
        if (text == input.text) continue;
        diffs += unified_diff(input.text, text, input.file, input.file);
        if (write) DRYDOCK_TRY_VOID(write_file(files.path(i), text));
    }
    return diffs;
}

int exit_code(const Session& session, const LintArguments& given, const lint::Report& report) {
    const auto fail_on = given.fail_on.empty() ? session.settings().text("lint.fail_on") : given.fail_on;
    if (fail_on == "never") return 0;
    return report.worst() >= lint::severity_named(fail_on).value_or(Severity::error) ? kFound : 0;
}

Result<int> lint_files(Session& session, const LintArguments& given) {
    if (given.explain) return explain(session, *given.explain);
    DRYDOCK_TRY(auto options, options_of(session, given));
    LintFiles files{session.engine_options().placeholders};
    std::optional<LintTarget> target;
    if (given.shadow) {
        DRYDOCK_TRY(target, replay_for_lint(session, given.files));
    } else if (session.settings().given("database_url") && !given.offline) {
        DRYDOCK_TRY(target, read_lint_target(session, given.files.empty()));
    }
    DRYDOCK_TRY_VOID(add_files(session, given, target ? &*target : nullptr, files));
    if (target) {
        if (!given.shadow) DRYDOCK_TRY_VOID(read_lint_sizes(session, files.inputs(), *target));
        options.world = &*target->known->world;
        options.snapshot = &target->known->snapshot;
        options.evidence = target->evidence;
        options.replicas = target->replicas;
    }
    DRYDOCK_TRY(auto report, lint::lint(files.inputs(), options));
    if (given.fix || given.diff) {
        DRYDOCK_TRY(
            const auto diffs, write_fixes(files, report, target ? &*target : nullptr, given.fix && !given.diff)
        );
        if (session.json()) {
            session.print_json(json::object{{"diff", json_text(diffs)}, {"written", given.fix && !given.diff}});
        } else {
            session.print(diffs);
            if (diffs.empty()) session.note("nothing that could be made safer without a person");
        }
        return 0;
    }
    mask(report, files);
    if (given.format == "sarif")
        session.print_json(lint_sarif(report));
    else if (session.json() || given.format == "json")
        session.print(lint_json(report));
    else if (given.format == "github")
        session.print(lint_github(report));
    else
        session.print(lint_text(report, session.out()));
    return exit_code(session, given, report);
}

}  // namespace

void declare_migrate_lint(Arguments& arguments) {
    const auto given = std::make_shared<LintArguments>();
    arguments
        .verb(
            "migrate",
            "lint",
            "What will hurt when the files run, and the safer SQL",
            [given](Session& s) { return lint_files(s, *given); }
        )
        .arguments("FILE", given->files, "SQL files, or - for standard input; none: those of the project")
        .choice("--format", given->format, {"text", "json", "sarif", "github"}, "How to say it")
        .choice(
            "--fail-on",
            given->fail_on,
            {"error", "warning", "notice", "never"},
            "The weakest finding that ends with 11 [as lint.fail_on]"
        )
        .choice("--assume", given->assume, {"drydock", "psql", "transaction"}, "Who runs the files [as lint.assume]")
        .count("--pg-version", given->version, "The server's version, such as 15, where there is none to ask")
        .each("--rule", given->only, "RULE", "These rules alone, also those that are off")
        .each("--disable", given->disable, "RULE", "Without these rules")
        .flag("--offline", given->offline, "From the files alone, also where a database is configured")
        .flag(
            "--shadow",
            given->shadow,
            "With the catalog that a throw-away server has after the migrations before the files"
        )
        .section_options("shadow.")
        .flag("--fix", given->fix, "Rewrite files where the same comes of it more safely, and show the difference")
        .flag("--diff", given->diff, "Show what --fix would do")
        .option("--explain", given->explain, "RULE", "What a rule is about; all: list them")
        .example("drydock migrate lint")
        .example("drydock migrate lint --offline --format github db/migrations/012_orders.sql")
        .example("drydock migrate lint --explain col-notnull");
}

}  // namespace drydock::cli
