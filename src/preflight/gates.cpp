#include "preflight/gates.h"

#include <algorithm>
#include <array>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "preflight/queries.h"

namespace drydock::preflight {
namespace {

constexpr std::size_t kLinesShown = 10;

}  // namespace

std::string Situation::role() const {
    return context.options.role.empty() ? facts.role : context.options.role;
}

Gate off(std::string_view id, std::string_view setting) {
    return {.id = std::string{id}, .outcome = Outcome::off, .why = fmt::format("not looked at: {} is off", setting)};
}

Gate unknown(std::string_view id, const Error& error) {
    Gate gate{
        .id = std::string{id},
        .outcome = Outcome::unknown,
        .why = fmt::format("could not be looked at: {}", error.message),
        .hint = error.hint
    };
    if (gate.hint.empty() && error.code == ErrorCode::permission_denied) {
        gate.hint = "let the role see it, as with GRANT pg_monitor TO …";
    }
    return gate;
}

Outcome outcome_of(Policy policy) {
    return policy == Policy::block ? Outcome::block : Outcome::warn;
}

std::string counted(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", human_count(static_cast<std::int64_t>(count)), what, count == 1 ? "" : "s");
}

std::string size_text(std::int64_t bytes) {
    return human_bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0)));
}

std::string age_text(std::int64_t seconds) {
    return human_duration(std::chrono::seconds{std::max<std::int64_t>(seconds, 0)});
}

void raise(Gate& gate, Outcome outcome) {
    gate.outcome = std::max(gate.outcome, outcome);
}

void Evidence::add(std::string line) {
    if (gate_.evidence.size() < kLinesShown)
        gate_.evidence.push_back(std::move(line));
    else
        ++left_out_;
}

Evidence::~Evidence() {
    if (left_out_ > 0) gate_.evidence.push_back(fmt::format("… and {} more", left_out_));
}

Result<std::map<std::size_t, std::vector<Relation>>> read_relations(
    Look& look, const std::vector<Wanted>& wanted, const Limits& limits
) {
    std::map<std::size_t, std::vector<Relation>> relations;
    if (wanted.empty()) return relations;
    boost::json::array list;
    for (const auto& [name, touches, with_family] : wanted) {
        list.push_back(
            boost::json::object{{"schema", name.schema}, {"name", name.name}, {"path_schema", name.path_schema}}
        );
    }
    const auto text = boost::json::serialize(list);
    const std::array<pg::Param, 1> params{text};
    DRYDOCK_TRY(const auto rows, look.ask(queries::relations, params, limits));
    for (int i = 0; i < rows.size(); ++i) {
        const auto found = rows.text(i, 4);
        Relation relation{
            .oid = rows.integer(i, 1),
            .name = std::string{rows.text(i, 2)},
            .kind = rows.text(i, 3).empty() ? '?' : rows.text(i, 3).front(),
            .found = found == "named"   ? Relation::Found::named
                     : found == "child" ? Relation::Found::child
                                        : Relation::Found::table_of_index,
            .location = std::string{rows.text(i, 5)},
        };
        const auto place = static_cast<std::size_t>(rows.integer(i, 0));
        if (relation.found != Relation::Found::named && !wanted[place].with_family) continue;
        auto& of_place = relations[place];
        if (relation.found == Relation::Found::named)
            of_place.insert(of_place.begin(), std::move(relation));
        else
            of_place.push_back(std::move(relation));
    }
    return relations;
}

Result<> read_sizes(Look& look, std::map<std::size_t, std::vector<Relation>>& relations, const Limits& limits) {
    std::string oids = "{";
    for (const auto& [place, members] : relations) {
        for (const auto& member : members) oids += fmt::format("{}{}", oids.size() == 1 ? "" : ",", member.oid);
    }
    if (oids.size() == 1) return {};
    oids += "}";
    const std::array<pg::Param, 1> params{oids};
    DRYDOCK_TRY(const auto rows, look.ask(queries::sizes, params, limits));
    std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> sizes;
    for (int i = 0; i < rows.size(); ++i) sizes[rows.integer(i, 0)] = {rows.integer(i, 1), rows.integer(i, 2)};
    for (auto& [place, members] : relations) {
        for (auto& member : members) std::tie(member.own_bytes, member.total_bytes) = sizes[member.oid];
    }
    return {};
}

}  // namespace drydock::preflight
