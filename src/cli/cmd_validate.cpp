#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "catalog/snapshot.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/validate_text.h"
#include "migrate/report_json.h"
#include "validate/report_files.h"
#include "validate/runner.h"

// validate: how far a database is from what it should be.
namespace drydock::cli {
namespace {

namespace json = boost::json;

constexpr int kFound = 11;

struct ValidateArguments {
    std::vector<std::string> groups;
    std::vector<std::string> only;
    std::vector<std::string> skip;
    std::vector<std::string> parameters;
    std::optional<std::string> snapshot;
    bool full = false;
    bool list = false;
    bool all = false;
    bool complete = false;
};

// "a,b" and "a", "b" alike.
std::vector<std::string> words(const std::vector<std::string>& given) {
    std::vector<std::string> result;
    for (const auto& text : given) {
        for (const auto word : split(text, ',')) {
            if (!trim(word).empty()) result.emplace_back(trim(word));
        }
    }
    return result;
}

Result<std::vector<validate::Group>> groups_of(const std::vector<std::string>& given) {
    std::vector<std::string> known;
    for (const auto group : validate::kGroups) known.emplace_back(name(group));
    std::vector<validate::Group> groups;
    for (const auto& word : given) {
        const auto group = validate::group_named(word);
        if (group && *group != validate::Group::assertions) {
            groups.push_back(*group);
            continue;
        }
        const auto near = did_you_mean(word, known);
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("there is no group of checks \"{}\"", word),
            .hint = near ? fmt::format("did you mean {}?", *near) : fmt::format("there are {}", fmt::join(known, ", "))
        };
    }
    return groups;
}

Result<validate::Options> options_of(Session& session, const ValidateArguments& arguments) {
    const auto& settings = session.settings();
    validate::Options options;
    DRYDOCK_TRY(options.groups, groups_of(arguments.groups));
    options.only = words(arguments.only);
    options.skip = words(arguments.skip);
    for (const auto& text : arguments.parameters) {
        const auto equals = text.find('=');
        if (equals == std::string::npos) {
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = fmt::format("--parameter {}: it is CHECK.NAME=NUMBER", text),
                .hint = "docs/validation-checks.md lists them"
            };
        }
        options.parameters[text.substr(0, equals)] = text.substr(equals + 1);
    }
    DRYDOCK_TRY(
        options.assertions,
        validate::read_assertions(settings.text("validate.assertions"), settings.given("validate.assertions"))
    );
    options.budget = settings.duration("validate.budget");
    options.check_limit = settings.duration("validate.check_limit");
    options.connect_timeout = settings.duration("connect_timeout");
    options.full = arguments.full;
    return options;
}

int exit_code(const validate::Report& report, const std::string& fail_on, bool complete) {
    if (report.stopped) return traits(ErrorCode::cancelled).exit_code;
    const auto counts = report.counts();
    if (complete && counts.not_checked + counts.partly > 0) return kFound;
    const auto least = validate::severity_named(fail_on);
    const auto worst = report.worst();
    return least && worst && *worst >= *least ? kFound : 0;
}

json::object list_json() {
    json::array checks;
    for (const auto& check : validate::checks()) {
        json::object object{
            {"check", json_text(check.id)},
            {"group", json_text(name(check.group))},
            {"title", json_text(check.title)},
            {"severity", json_text(name(check.severity))},
            {"cost", json_text(name(check.cost))},
            {"why", json_text(check.why)},
            {"what_to_do", json_text(check.fix)},
        };
        if (const auto needs = check.needs(); !needs.empty()) object["needs"] = json_text(needs);
        checks.push_back(std::move(object));
    }
    return {{"checks", std::move(checks)}};
}

Result<int> list(Session& session) {
    if (session.json())
        session.print_json(list_json());
    else
        session.print(checks_text(session.out()));
    return 0;
}

Result<int> validate_database(Session& session, const ValidateArguments& arguments) {
    if (arguments.list) return list(session);
    DRYDOCK_TRY(auto options, options_of(session, arguments));
    catalog::Snapshot expected;
    if (arguments.snapshot) {
        DRYDOCK_TRY(const auto text, read_file(*arguments.snapshot));
        auto read = catalog::from_json(text);
        if (!read) return std::move(read).error().in(*arguments.snapshot);
        expected = *std::move(read);
        options.expected = &expected;
    }
    DRYDOCK_TRY(auto where, session.target());
    where.set("application_name", "drydock validate");
    DRYDOCK_TRY(const auto report, validate::run(where, options, session.progress(), session.limits()));
    const auto& settings = session.settings();
    if (const auto& folder = settings.text("validate.report"); !folder.empty()) {
        DRYDOCK_TRY(const auto files, validate::write_report(report, folder));
        session.note(fmt::format("written: {}, {}", files.json.string(), files.html.string()));
    }
    if (session.json())
        session.print_json(validate::to_json(report));
    else
        session.print(validation_text(report, arguments.all, session.out()));
    return exit_code(report, settings.text("validate.fail_on"), arguments.complete);
}

}  // namespace

void declare_validate(Arguments& arguments) {
    const auto asked = std::make_shared<ValidateArguments>();
    arguments
        .verb(
            "",
            "validate",
            "How far a database is from what it should be: schema, data, performance, security",
            [asked](Session& s) { return validate_database(s, *asked); }
        )
        .arguments("GROUP", asked->groups, "schema, data, performance, security; none: all of them")
        .list("--only", asked->only, "CHECK,…", "These checks alone")
        .list("--skip", asked->skip, "CHECK,…", "All but these")
        .list("--parameter", asked->parameters, "CHECK.NAME=N", "A number that a check goes by")
        .option("--snapshot", asked->snapshot, "FILE", "What the catalog should be, as `migrate snapshot` wrote it")
        .flag("--full", asked->full, "Read big tables whole, not a sample of them")
        .flag("--complete", asked->complete, "End with 11 also when something could not be checked")
        .flag("--all", asked->all, "List all findings that are kept, not the first few of each check")
        .flag("--list", asked->list, "List the checks and run none")
        .section_options("validate.")
        .example("drydock validate")
        .example("drydock validate schema security --fail-on warning")
        .example("drydock validate data --full --budget 30min --report reports")
        .example("drydock validate --only fk-orphans,sequence-behind --json");
}

}  // namespace drydock::cli
