#include "validate/expected.h"

#include <algorithm>
#include <array>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace drydock::validate {
namespace {

namespace json = boost::json;
using catalog::Change;
using catalog::Kind;
namespace aspect = catalog::aspect;

// A change of what rows there may be, of who sees them, or of whether anybody looks.
constexpr std::array kCritical{
    aspect::triggers,
    aspect::enabled,
    aspect::row_security,
    aspect::force_row_security,
    aspect::type,
    aspect::not_null,
    aspect::generated,
    aspect::using_expression,
    aspect::check_expression,
    aspect::roles,
    aspect::restrictive,
    aspect::command,
    aspect::not_enforced,
    aspect::partition_bound,
    aspect::partition_key,
    aspect::persistence,
    aspect::labels,
    aspect::unique,
    aspect::invalid,
};
constexpr std::array kInfo{
    aspect::comment,
    aspect::position,
    aspect::statistics,
    aspect::options,
    aspect::toast_options,
    aspect::storage,
    aspect::compression,
    aspect::tablespace,
    aspect::clustered_on,
    aspect::cache,
    aspect::index_statistics,
    aspect::start,
    aspect::security_labels,
};

bool contains(std::span<const std::string_view> list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

Severity severity_of_missing(const catalog::Object& object) {
    switch (object.kind) {
        case Kind::schema:
        case Kind::table:
        case Kind::view:
        case Kind::materialized_view:
        case Kind::foreign_table:
        case Kind::column:
        case Kind::constraint:
        case Kind::trigger:
        case Kind::policy:
        case Kind::function:
        case Kind::procedure:
        case Kind::aggregate:
        case Kind::sequence:
        case Kind::enumeration:
        case Kind::domain:
        case Kind::composite_type:
        case Kind::extension:
        case Kind::event_trigger:
            return Severity::critical;
        case Kind::index:
            return object.is(aspect::unique) ? Severity::critical : Severity::warning;
        case Kind::statistics:
            return Severity::info;
        default:
            return Severity::warning;
    }
}

Severity severity_of_extra(const catalog::Object& object) {
    // More rights, or a guard that nobody knows of; an index or statistics more only cost.
    return object.kind == Kind::index || object.kind == Kind::statistics ? Severity::info : Severity::warning;
}

json::string text(std::string_view value) {
    return json::string{value.data(), value.size()};
}

std::string evidence_of(const Change& change) {
    json::object object;
    for (const auto& difference : change.aspects) {
        json::object sides;
        if (difference.before != nullptr) sides["expected"] = text(*difference.before);
        if (difference.after != nullptr) sides["actual"] = text(*difference.after);
        object[json::string_view{difference.name.data(), difference.name.size()}] = std::move(sides);
    }
    return json::serialize(object);
}

std::string message_of(const Change& change, const std::string& label) {
    switch (change.kind) {
        case Change::Kind::removed:
            return fmt::format("{} is missing", label);
        case Change::Kind::added:
            return fmt::format("{} is not expected", label);
        case Change::Kind::changed:
            break;
    }
    std::string names;
    for (const auto& difference : change.aspects) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", difference.name);
    }
    std::replace(names.begin(), names.end(), '_', ' ');
    return fmt::format("{} differs from what is expected: {}", label, names);
}

void add(CheckResult& result, Finding finding, std::size_t keep) {
    ++result.total;
    if (result.findings.size() < keep) result.findings.push_back(std::move(finding));
}

}  // namespace

Severity severity_of(const Change& change) {
    if (change.kind == Change::Kind::removed) return severity_of_missing(*change.before);
    if (change.kind == Change::Kind::added) return severity_of_extra(*change.after);
    auto severity = Severity::info;
    for (const auto& difference : change.aspects) {
        auto one = contains(kCritical, difference.name) ? Severity::critical
                   : contains(kInfo, difference.name)   ? Severity::info
                                                        : Severity::warning;
        // A constraint that says something else guards something else.
        const auto kind = change.after->kind;
        if (difference.name == aspect::definition && (kind == Kind::constraint || kind == Kind::trigger)) {
            one = Severity::critical;
        }
        severity = std::max(severity, one);
    }
    return severity;
}

void compare_with(
    const catalog::Snapshot& expected, const catalog::Snapshot& actual, std::size_t keep, CheckResult& result
) {
    const catalog::CompareOptions options;
    const auto difference = catalog::compare(expected, actual, options);
    std::vector<const Change*> changes;
    for (const auto& change : difference.changes) changes.push_back(&change);
    // So that what is kept is the gravest.
    std::stable_sort(changes.begin(), changes.end(), [](const Change* a, const Change* b) {
        return severity_of(*a) > severity_of(*b);
    });
    for (const auto* const change : changes) {
        const auto label = catalog::label(change->before != nullptr ? *change->before : *change->after);
        add(result,
            {.object = label,
             .severity = severity_of(*change),
             .message = message_of(*change, label),
             .evidence = evidence_of(*change)},
            keep);
    }
    if (changes.empty()) return;
    const auto script = catalog::transition(actual, expected, options);
    std::string sql;
    for (const auto& statement : script.statements) sql += fmt::format("{}{}", sql.empty() ? "" : ";\n", statement);
    json::array impossible;
    for (const auto& what : script.impossible) impossible.emplace_back(text(what));
    json::object evidence{{"statements", script.statements.size()}};
    if (!impossible.empty()) evidence["no_statement_can"] = std::move(impossible);
    // It goes first, whatever is kept: the way back is one script, in the order in which it can run.
    ++result.total;
    result.findings.insert(
        result.findings.begin(),
        {.object = "all of it",
         .severity = Severity::info,
         .message =
             fmt::format("what makes the {} as expected, in this order", changes.size() == 1 ? "object" : "objects"),
         .evidence = json::serialize(evidence),
         .fix = std::move(sql)}
    );
}

}  // namespace drydock::validate
