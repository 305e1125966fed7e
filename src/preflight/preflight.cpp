#include "preflight/preflight.h"

#include <algorithm>

#include "base/text.h"
#include "catalog/snapshot.h"
#include "migrate/run_lock.h"
#include "preflight/gates.h"
#include "preflight/queries.h"

namespace drydock::preflight {
namespace {

constexpr std::chrono::seconds kCatalogTime{20};

constexpr std::array kGates = {
    gate_target,
    gate_plan,
    gate_backup,
    gate_window,
    gate_extensions,
    gate_rights,
    gate_locks,
    gate_transactions,
    gate_big_tables,
    gate_disk,
    gate_replication,
    gate_connections,
    gate_data,
};

// What `up` would run: also where it refuses, for then the rest of the gates tells what else stands in its way.
Result<std::vector<std::size_t>> indexes_to_run(
    const migrate::Context& context, const migrate::History& history, const migrate::Selection& selection
) {
    auto plan = migrate::make_plan(context.project, history, context.options, selection, false);
    std::vector<std::size_t> indexes;
    if (!plan) {
        if (plan.error().code == ErrorCode::conflict) return indexes;  // --only of what can't run: gate_plan says it
        return std::move(plan).error();
    }
    for (const auto i : plan->run) indexes.push_back(*plan->items[i].index);
    return indexes;
}

// The catalog, and what the session of a run has set.
struct Catalog {
    catalog::Snapshot snapshot;
    std::string time_zone;
    std::vector<std::string> search_path;

    effects::World world() const {
        effects::World world{snapshot};
        world.set_time_zone(time_zone);
        world.set_search_path(search_path);
        return world;
    }
};

// On a connection of its own: where a table is held, reading the catalog may have to wait for it, and gives up.
Result<Catalog> read_catalog(
    const migrate::Context& context, const migrate::Facts& facts, Look& look, const Limits& limits
) {
    const auto soon = limits.at_most(kCatalogTime);
    DRYDOCK_TRY(const auto session, look.ask(queries::session, limits));
    Catalog read{.time_zone = std::string{session.text(0, 0)}};
    for (const auto schema : split(session.text(0, 1), '\n')) {
        if (!schema.empty()) read.search_path.emplace_back(schema);
    }
    DRYDOCK_TRY(auto connection, pg::Connection::open(context.where, soon));
    if (!facts.pooled) DRYDOCK_TRY_VOID(connection.run_message("SET lock_timeout = 500", soon));
    DRYDOCK_TRY(read.snapshot, catalog::read_snapshot(connection, {.dependencies = true}, soon));
    return read;
}

Verdict verdict_of(const std::vector<Gate>& gates, bool warnings_are_fatal) {
    Outcome worst = Outcome::pass;
    for (const auto& gate : gates) worst = std::max(worst, gate.outcome);
    if (worst == Outcome::block) return Verdict::no_go;
    if (worst < Outcome::unknown) return Verdict::go;
    return warnings_are_fatal ? Verdict::no_go : Verdict::go_with_warnings;
}

}  // namespace

std::string_view name(Outcome outcome) {
    constexpr std::array<std::string_view, 5> kNames{"pass", "off", "unknown", "warn", "block"};
    return kNames[static_cast<std::size_t>(outcome)];
}

std::string_view name(Verdict verdict) {
    constexpr std::array<std::string_view, 3> kNames{"go", "go with warnings", "no go"};
    return kNames[static_cast<std::size_t>(verdict)];
}

const Gate* Report::find(std::string_view id) const {
    const auto found = std::find_if(gates.begin(), gates.end(), [&](const Gate& g) { return g.id == id; });
    return found == gates.end() ? nullptr : &*found;
}

std::vector<std::string> Report::ids(Outcome outcome) const {
    std::vector<std::string> found;
    for (const auto& gate : gates) {
        if (gate.outcome == outcome) found.push_back(gate.id);
    }
    return found;
}

Result<Report> check(
    const migrate::Context& context, const migrate::Selection& selection, const Options& options, const Limits& limits
) {
    DRYDOCK_TRY(auto windows, parse_windows(options.window));
    DRYDOCK_TRY(auto target, migrate::Target::open(context.where, context.options, limits));
    DRYDOCK_TRY(const auto history, migrate::History::read(target, context.options.project, limits));
    DRYDOCK_TRY(const auto indexes, indexes_to_run(context, history, selection));
    Look look{target, context.options};
    // Reading the catalog of a very big database takes seconds: not where there is nothing to run on it.
    const auto catalog =
        indexes.empty() ? Result<Catalog>{Catalog{}} : read_catalog(context, target.facts(), look, limits);
    const auto world = catalog ? std::optional{catalog->world()} : std::nullopt;
    auto demand = read_demand(context, indexes, world ? &*world : nullptr);
    auto relations = read_relations(look, demand.relations, limits);
    Situation situation{
        .context = context,
        .selection = selection,
        .options = options,
        .facts = target.facts(),
        .history = history,
        .plan = migrate::make_plan(context.project, history, context.options, selection, true),
        .windows = std::move(windows),
        .demand = std::move(demand),
        .other_run = migrate::RunLock::holder(target, context.options, limits),
        .without_world = catalog ? std::string{} : catalog.error().message,
        .relations = std::move(relations),
        .look = look,
        .limits = limits,
    };
    if (situation.relations) {
        const auto sizes = read_sizes(look, *situation.relations, limits);
        situation.sizes_known = sizes.has_value();
        if (!sizes) situation.sizes_problem = sizes.error().message;
    }
    Report report{.facts = target.facts(), .project = context.options.project};
    for (const auto index : indexes) report.run.push_back(context.project.at(index).id);
    for (const auto gate : kGates) {
        report.gates.push_back(gate(situation));
        if (limits.stop.stop_requested()) {
            return Error{.code = ErrorCode::cancelled, .message = "stopped on request; nothing was done"};
        }
    }
    report.verdict = verdict_of(report.gates, options.warnings_are_fatal);
    return report;
}

}  // namespace drydock::preflight
