#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "catalog/snapshot.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/drift_report.h"
#include "cli/session.h"
#include "cli/shadow_options.h"
#include "drift/drift.h"
#include "migrate/target.h"

// migrate drift, diff, snapshot: what a database is, and what it should be.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct DriftArguments {
    std::optional<std::string> snapshot;
    bool files = false;
    std::vector<std::string> ignore;
    std::vector<std::string> ignore_schemas;
    bool reverse = false;
    bool exit_code = false;
};

struct SnapshotArguments {
    std::optional<std::string> output;
    std::string format = "json";
};

Result<catalog::CompareOptions> compare_options(const DriftArguments& arguments) {
    catalog::CompareOptions options{.without_schemas = arguments.ignore_schemas};
    const std::pair<std::string_view, bool*> switches[] = {
        {"owners", &options.owners},
        {"privileges", &options.privileges},
        {"comments", &options.comments},
        {"column-order", &options.column_order},
        {"database", &options.database},
    };
    for (const auto& list : arguments.ignore) {
        for (const auto part : split(list, ',')) {
            const auto word = trim(part);
            const auto* const found = std::ranges::find(switches, word, &std::pair<std::string_view, bool*>::first);
            if (found == std::end(switches)) {
                return Error{
                    .code = ErrorCode::invalid_argument,
                    .message = fmt::format("--ignore {}: nothing is called so", word),
                    .hint = "owners, privileges, comments, column-order or database"
                };
            }
            *found->second = false;
        }
    }
    return options;
}

Result<drift::Report> find_drift(Session& session, const DriftArguments& arguments) {
    drift::Options options{.source = arguments.files ? drift::Source::files : drift::Source::history};
    DRYDOCK_TRY(options.compare, compare_options(arguments));
    DRYDOCK_TRY(const auto where, session.target());
    if (arguments.snapshot) {
        if (arguments.files) {
            return Error{.code = ErrorCode::invalid_argument, .message = "--files and --snapshot exclude each other"};
        }
        options.source = drift::Source::snapshot;
        options.snapshot = *arguments.snapshot;
        DRYDOCK_TRY(const auto nothing, migrate::Project::build({}));
        return drift::find({where, nothing, session.engine_options()}, options, session.progress(), session.limits());
    }
    DRYDOCK_TRY(const auto project, session.project());
    options.replay = replay_options(session);
    DRYDOCK_TRY(options.shadow, shadow_options(session));
    return drift::find({where, project, session.engine_options()}, options, session.progress(), session.limits());
}

Result<int> show_drift(Session& session, const DriftArguments& arguments) {
    DRYDOCK_TRY(const auto report, find_drift(session, arguments));
    if (session.json()) {
        session.print_json(drift::to_json(report));
    } else {
        for (const auto& note : report.notes) session.note(note);
        session.print(drift_text(report, session.out()));
    }
    return report.drifted() ? traits(ErrorCode::drift).exit_code : 0;
}

Result<int> show_diff(Session& session, const DriftArguments& arguments) {
    DRYDOCK_TRY(const auto report, find_drift(session, arguments));
    const auto script = drift::script(report, arguments.reverse);
    if (session.json()) {
        session.print_json(drift::to_json(script));
    } else {
        for (const auto& note : report.notes) session.note(note);
        for (const auto& [id, error] : report.skipped)
            session.warn(fmt::format("{} could not be replayed: {}", id, error.message));
        session.print(script_text(script));
        if (!report.drifted()) session.tell("-- nothing differs\n");
    }
    return arguments.exit_code && report.drifted() ? traits(ErrorCode::drift).exit_code : 0;
}

Result<int> show_snapshot(Session& session, const SnapshotArguments& arguments) {
    DRYDOCK_TRY(const auto where, session.target());
    DRYDOCK_TRY(auto target, migrate::Target::open(where, session.engine_options(), session.limits()));
    DRYDOCK_TRY(
        const auto snapshot, catalog::read_snapshot(target.connection(), {.dependencies = true}, session.limits())
    );
    const bool as_json = arguments.format == "json";
    if (!arguments.output || *arguments.output == "-") {
        if (session.json())
            session.print_json(catalog::to_json(snapshot));
        else if (as_json)
            session.print(catalog::to_json_text(snapshot));
        else
            session.print(catalog::to_ddl(snapshot));
        return 0;
    }
    const auto text = as_json ? catalog::to_json_text(snapshot) : catalog::to_ddl(snapshot);
    DRYDOCK_TRY_VOID(write_file(*arguments.output, text));
    if (session.json()) {
        session.print_json(
            json::object{{"file", *arguments.output}, {"hash", snapshot.hash()}, {"objects", snapshot.objects.size()}}
        );
    } else {
        session.tell(fmt::format("wrote {} objects to {}\n", snapshot.objects.size(), *arguments.output));
    }
    return 0;
}

Verb& comparison(Verb& verb, DriftArguments& given) {
    return verb.option("--snapshot", given.snapshot, "FILE", "Compare with a stored snapshot instead of history")
        .flag("--files", given.files, "Replay the files as they are today instead of the SQL that history keeps")
        .list("--ignore", given.ignore, "WHAT", "owners, privileges, comments, column-order, database")
        .list("--ignore-schema", given.ignore_schemas, "SCHEMA", "What stands in it does not count")
        .section_options("shadow.")
        .engine_options();
}

}  // namespace

void declare_migrate_drift(Arguments& arguments) {
    const auto drift = std::make_shared<DriftArguments>();
    auto drift_verb = arguments.verb(
        "migrate",
        "drift",
        "Compare a database with what its history should have made",
        [drift](Session& s) { return show_drift(s, *drift); }
    );
    comparison(drift_verb, *drift)
        .example("drydock migrate drift")
        .example("drydock migrate drift --ignore owners,privileges --json")
        .example("drydock migrate drift --snapshot schema.json");

    const auto diff = std::make_shared<DriftArguments>();
    auto diff_verb =
        arguments.verb("migrate", "diff", "Print the SQL that makes a database what it should be", [diff](Session& s) {
            return show_diff(s, *diff);
        });
    comparison(diff_verb, *diff)
        .flag("--reverse", diff->reverse, "The SQL that would have made it what it is: a migration to adopt the drift")
        .flag("--exit-code", diff->exit_code, "End with 7 when anything differs")
        .example("drydock migrate diff > mend.sql")
        .example("drydock migrate diff --reverse > migrations/015_adopt.sql");

    const auto snapshot = std::make_shared<SnapshotArguments>();
    arguments
        .verb(
            "migrate",
            "snapshot",
            "Write down what a database's catalog holds",
            [snapshot](Session& s) { return show_snapshot(s, *snapshot); }
        )
        .option("--output", snapshot->output, "FILE", "Where to; standard output without it")
        .choice("--format", snapshot->format, {"json", "ddl"}, "What to write")
        .example("drydock migrate snapshot --output schema.json")
        .example("drydock migrate snapshot --format ddl | less");
}

}  // namespace drydock::cli
