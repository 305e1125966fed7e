#include "plan/world.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "migrate/sizes.h"
#include "migrate/target.h"

namespace drydock::plan {
namespace {

using effects::Certainty;
using effects::RelationEffect;

constexpr std::chrono::seconds kCatalogTime{5};
constexpr std::chrono::seconds kSizesTime{5};
constexpr std::chrono::seconds kSampleTime{2};
// Smaller tables are read in a moment at any rate, and tell little of it.
constexpr std::int64_t kWorthSampling = std::int64_t{256} << 20;
constexpr std::int64_t kSample = std::int64_t{48} << 20;

template <class Visit>
void each_relation(const PlanReport& report, Visit visit) {
    for (const auto& entry : report.run) {
        for (const auto& statement : entry.view.statements) {
            for (const auto& relation : statement.effect.relations) {
                if (!relation.created_here) visit(relation);
            }
        }
    }
}

std::optional<Sizes> read_sizes(const migrate::Context& context, const PlanReport& report, const Limits& limits) {
    std::set<std::pair<std::string, std::string>> wanted;
    each_relation(report, [&](const RelationEffect& relation) { wanted.emplace(relation.schema, relation.name); });
    Sizes sizes;
    if (wanted.empty()) return sizes;
    std::vector<migrate::RelationName> names;
    for (const auto& [schema, name] : wanted) names.push_back({schema, name});
    auto target = migrate::Target::open(context.where, context.options, limits);
    if (!target) return std::nullopt;
    const auto found = migrate::relation_sizes(target->connection(), names, limits);
    if (!found) return std::nullopt;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if ((*found)[i]) sizes.emplace(std::pair{names[i].schema, names[i].name}, *(*found)[i]);
    }
    return sizes;
}

// The biggest table that a statement is going to read as a whole.
std::optional<std::pair<migrate::RelationName, std::int64_t>> worth_sampling(const PlanReport& report) {
    std::optional<std::pair<migrate::RelationName, std::int64_t>> best;
    each_relation(report, [&](const RelationEffect& relation) {
        if (relation.scans != Certainty::yes || relation.kind != effects::RelationKind::table) return;
        const auto size = report.sizes->find({relation.schema, relation.name});
        if (size == report.sizes->end() || size->second.heap_bytes < kWorthSampling) return;
        if (best && best->second >= size->second.heap_bytes) return;
        best = {migrate::RelationName{relation.schema, relation.name}, size->second.heap_bytes};
    });
    return best;
}

effects::Throughput measure(const migrate::Context& context, const PlanReport& report, const Limits& limits) {
    const auto table = worth_sampling(report);
    if (!table) return {};
    const auto soon = limits.at_most(kSampleTime);
    auto target = migrate::Target::open(context.where, context.options, soon);
    if (!target) return {};
    const auto rate = migrate::reading_rate(target->connection(), table->first, table->second, kSample, soon);
    return rate ? effects::Throughput::from_reading(*rate, 1) : effects::Throughput{};
}

std::optional<double> oldest(const migrate::Context& context, const PlanReport& report, const Limits& limits) {
    const bool waits = std::any_of(report.run.begin(), report.run.end(), [](const auto& entry) {
        const auto& statements = entry.view.statements;
        return std::any_of(statements.begin(), statements.end(), [](const auto& one) { return one.effect.outside; });
    });
    if (!waits) return std::nullopt;
    auto target = migrate::Target::open(context.where, context.options, limits);
    if (!target) return std::nullopt;
    const auto age = migrate::oldest_transaction(target->connection(), limits);
    return age ? *age : std::nullopt;
}

std::vector<std::string> lines(std::string_view text) {
    std::vector<std::string> out;
    for (const auto line : split(text, '\n')) {
        if (!line.empty()) out.emplace_back(line);
    }
    return out;
}

}  // namespace

Result<std::unique_ptr<PlanWorld>> read_world(pg::Connection& connection, const Limits& limits) {
    DRYDOCK_TRY(
        const auto session,
        connection.query(
            {.name = "plan_session",
             .text = "SELECT current_setting('TimeZone'), array_to_string(current_schemas(false), E'\\n')"},
            limits
        )
    );
    DRYDOCK_TRY(auto snapshot, catalog::read_snapshot(connection, {.dependencies = true}, limits));
    auto out = std::make_unique<PlanWorld>();
    out->snapshot = std::move(snapshot);
    out->world.emplace(out->snapshot);
    if (session.size() > 0) {
        out->world->set_time_zone(std::string{session.text(0, 0)});
        out->world->set_search_path(lines(session.text(0, 1)));
    }
    return out;
}

std::unique_ptr<PlanWorld> read_plan_world(const migrate::Context& context, const Limits& limits) {
    const auto soon = limits.at_most(kCatalogTime);
    auto target = migrate::Target::open(context.where, context.options, soon);
    if (!target) return nullptr;
    auto world = read_world(target->connection(), soon);
    return world ? *std::move(world) : nullptr;
}

void add_sizes(const migrate::Context& context, PlanReport& report, const Limits& limits) {
    const auto soon = limits.at_most(kSizesTime);
    report.sizes = read_sizes(context, report, soon);
    if (!report.sizes) return;
    const auto throughput = measure(context, report, limits);
    const auto longest = oldest(context, report, soon);
    const auto size_of = [&](const RelationEffect& relation) -> std::optional<effects::RelationSizes> {
        const auto found = report.sizes->find({relation.schema, relation.name});
        if (found == report.sizes->end()) return std::nullopt;
        return effects::RelationSizes{.heap = found->second.heap_bytes, .total = found->second.bytes};
    };
    for (auto& entry : report.run) {
        for (auto& statement : entry.view.statements) {
            statement.estimate = effects::estimate(statement.effect, size_of, throughput, longest);
        }
    }
}

}  // namespace drydock::plan
