#include <algorithm>
#include <chrono>
#include <memory>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/shadow_options.h"
#include "cli/trace_command.h"
#include "pg/connection.h"

// migrate trace: what each statement locks, rewrites and drops, measured in a shadow.
namespace drydock::cli {
namespace {

constexpr std::chrono::seconds kTargetTime{5};
constexpr double kSampleBytes = 64.0 * 1024 * 1024;
constexpr std::int64_t kLeastBytes = 4 << 20U;  // below this there is nothing to measure, and nothing to wait for

struct TraceArguments {
    std::vector<std::string> names;
    bool no_cache = false;
};

std::vector<migrate::RelationName> names_of(const prove::TraceReport& report) {
    std::set<std::pair<std::string, std::string>> wanted;
    for (const auto& migration : report.migrations) {
        for (const auto& statement : migration.statements) {
            for (const auto& relation : statement.relations) wanted.emplace(relation.schema, relation.name);
        }
    }
    std::vector<migrate::RelationName> names;
    for (const auto& [schema, name] : wanted) names.push_back({schema, name});
    return names;
}

// Reads a piece of the biggest table: with a bound in bytes and in time, and nobody waits for it.
std::optional<Throughput> measure(pg::Connection& connection, const plan::Sizes& sizes, const Limits& limits) {
    const auto biggest = std::max_element(sizes.begin(), sizes.end(), [](const auto& a, const auto& b) {
        return a.second.bytes < b.second.bytes;
    });
    if (biggest == sizes.end() || biggest->second.bytes < kLeastBytes) return std::nullopt;
    const auto& [schema, name] = biggest->first;
    const auto bytes = static_cast<double>(biggest->second.bytes);
    const double percent = std::min(100.0, 100.0 * kSampleBytes / bytes);
    const auto text = fmt::format(
        "SELECT pg_catalog.count(*), pg_catalog.pg_relation_size({}::pg_catalog.regclass) FROM {}.{} TABLESAMPLE "
        "SYSTEM ({:.4f})",
        pg::quote_literal(pg::quote_identifier(schema) + "." + pg::quote_identifier(name)),
        pg::quote_identifier(schema),
        pg::quote_identifier(name),
        percent
    );
    if (!connection.run_message(
            "BEGIN READ ONLY; SET LOCAL statement_timeout = 2000; SET LOCAL lock_timeout = 200", limits
        )) {
        return std::nullopt;
    }
    const auto begun = std::chrono::steady_clock::now();
    const auto rows = connection.query({"cli.throughput", text}, limits);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    static_cast<void>(connection.run_message("ROLLBACK", limits));
    if (!rows || took.count() <= 0) return std::nullopt;
    const double read = static_cast<double>(rows->integer(0, 1)) * percent / 100;
    if (read < 1) return std::nullopt;
    return Throughput{
        .bytes_per_second = read / took.count(),
        .how = fmt::format(
            "{} of {}.{} were read in {}",
            human_bytes(static_cast<std::uint64_t>(read)),
            schema,
            name,
            human_duration(std::chrono::duration_cast<std::chrono::nanoseconds>(took))
        ),
    };
}

// On a connection of its own, for a few seconds at most. A target that can't be asked is told of, and no more.
void ask_target(Session& session, TracedPlan& plan) {
    if (session.settings().value("database_url").text.empty()) return;
    const auto soon = session.limits().at_most(kTargetTime);
    const auto where = session.target();
    auto connection = where ? pg::Connection::open(*where, soon) : Result<pg::Connection>{where.error()};
    if (!connection) {
        session.note("the target could not be asked for sizes: " + connection.error().message);
        return;
    }
    const auto names = names_of(plan.report);
    if (names.empty()) return;
    const auto found = migrate::relation_sizes(*connection, names, soon);
    if (!found) {
        session.note("the target could not be asked for sizes: " + found.error().message);
        return;
    }
    plan.sizes.emplace();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if ((*found)[i]) plan.sizes->emplace(std::pair{names[i].schema, names[i].name}, *(*found)[i]);
    }
    plan.throughput = measure(*connection, *plan.sizes, soon);
}

Result<int> trace(Session& session, const TraceArguments& arguments) {
    DRYDOCK_TRY(const auto project, session.project());
    DRYDOCK_TRY(auto sequence, prove::sequence_of(project, session.engine_options(), arguments.names));
    DRYDOCK_TRY(const auto traced, trace_in_shadow(session, project, std::move(sequence), !arguments.no_cache));
    const auto view = traced.view();
    if (session.json()) {
        session.print_json(trace_json(view));
    } else {
        for (const auto& note : traced.report.notes) session.note(note);
        session.print(trace_text(view, session.out()));
    }
    const auto& all = traced.report.migrations;
    const bool failed = std::any_of(all.begin(), all.end(), [](const auto& m) { return m.error.has_value(); });
    return failed ? traits(ErrorCode::failed).exit_code : 0;
}

}  // namespace

Result<TracedPlan> trace_in_shadow(
    Session& session, const migrate::Project& project, std::vector<prove::TraceOptions::Item> sequence, bool cache
) {
    prove::TraceOptions options{
        .replay = replay_options(session),
        .sequence = std::move(sequence),
        .cache = cache,
    };
    const auto& folder = session.settings().text("shadow.cache_dir");
    if (!folder.empty()) options.cache_folder = std::filesystem::absolute(folder);
    DRYDOCK_TRY(options.shadow, shadow_options(session));
    TracedPlan plan;
    DRYDOCK_TRY(plan.report, prove::trace(project, options, session.progress(), session.limits()));
    ask_target(session, plan);
    return plan;
}

void declare_migrate_trace(Arguments& arguments) {
    const auto given = std::make_shared<TraceArguments>();
    arguments
        .verb(
            "migrate",
            "trace",
            "Run migrations in a shadow and show what each statement locks",
            [given](Session& s) { return trace(s, *given); }
        )
        .arguments("MIGRATION", given->names, "Which to trace; without any, all")
        .flag("--no-cache", given->no_cache, "Use nothing of other runs")
        .section_options("shadow.")
        .engine_options()
        .example("drydock migrate trace 014_index")
        .example("drydock migrate trace 014 --database-url postgresql://reader@db/shop");
}

}  // namespace drydock::cli
