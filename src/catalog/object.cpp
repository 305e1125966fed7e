#include "catalog/object.h"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>

#include "catalog/aspects.h"

namespace drydock::catalog {
namespace {

// In the order of Kind.
constexpr std::array<std::string_view, 43> kKindNames{
    "database",
    "schema",
    "extension",
    "language",
    "access method",
    "default privileges",
    "type",
    "enum type",
    "domain",
    "composite type",
    "range type",
    "collation",
    "conversion",
    "function",
    "procedure",
    "aggregate",
    "operator",
    "operator family",
    "operator class",
    "cast",
    "transform",
    "text search parser",
    "text search template",
    "text search dictionary",
    "text search configuration",
    "foreign data wrapper",
    "foreign server",
    "user mapping",
    "sequence",
    "table",
    "foreign table",
    "view",
    "materialized view",
    "column",
    "constraint",
    "index",
    "statistics",
    "rule",
    "trigger",
    "policy",
    "event trigger",
    "publication",
    "subscription",
};
static_assert(static_cast<std::size_t>(Kind::subscription) + 1 == kKindNames.size());

// By name: there are few enough to be sorted by hand, and a test that says so.
constexpr AspectTraits kAspects[] = {
    {aspect::access_method},
    {aspect::acl, Form::set},
    {aspect::backs},
    {aspect::base_type},
    {aspect::cache},
    {aspect::check_expression},
    {aspect::clustered_on},
    {aspect::collate},
    {aspect::collation},
    {aspect::columns, Form::list},
    {aspect::command},
    {aspect::comment},
    {aspect::compression},
    {aspect::connection_limit},
    {aspect::constraint_type},
    {aspect::ctype},
    {aspect::cycle},
    {aspect::default_value},
    {aspect::definition},
    {aspect::detach_pending},
    {aspect::enabled},
    {aspect::encoding},
    {aspect::fdw_options, Form::set},
    {aspect::force_row_security},
    {aspect::generated},
    {aspect::has_missing, Form::untold},
    {aspect::identity},
    {aspect::increment},
    {aspect::constraint_index},
    {aspect::index_statistics, Form::list},
    {aspect::inherited},
    {aspect::inherits, Form::list},
    {aspect::invalid},
    {aspect::labels, Form::list},
    {aspect::locale},
    {aspect::locale_provider},
    {aspect::maximum},
    {aspect::member_of},
    {aspect::minimum},
    {aspect::not_enforced},
    {aspect::not_null},
    {aspect::not_populated},
    {aspect::not_ready},
    {aspect::not_valid},
    {aspect::objects},
    {aspect::of_identity},
    {aspect::of_type},
    {aspect::options, Form::set},
    {aspect::owned_by},
    {aspect::owner},
    {aspect::parent_constraint},
    {aspect::parent_trigger},
    {aspect::partition_bound},
    {aspect::partition_key},
    {aspect::partition_of},
    {aspect::persistence},
    {aspect::position},
    {aspect::references},
    {aspect::replica_identity},
    {aspect::restrictive},
    {aspect::roles, Form::set},
    {aspect::row_security},
    {aspect::schema},
    {aspect::security_labels, Form::set},
    {aspect::server},
    {aspect::settings, Form::set},
    {aspect::start},
    {aspect::statistics},
    {aspect::storage},
    {aspect::tablespace},
    {aspect::toast_options, Form::set},
    {aspect::triggers, Form::set},
    {aspect::type},
    {aspect::unique},
    {aspect::using_expression},
    {aspect::version},
    {aspect::volatility, Form::untold},
};
static_assert(std::ranges::is_sorted(kAspects, {}, &AspectTraits::name));

}  // namespace

std::span<const AspectTraits> all_aspects() {
    return kAspects;
}

const AspectTraits* aspect_named(std::string_view name) {
    const auto* const found = std::ranges::lower_bound(kAspects, name, {}, &AspectTraits::name);
    return found != std::end(kAspects) && found->name == name ? found : nullptr;
}

std::string_view name(Kind kind) {
    return kKindNames[static_cast<std::size_t>(kind)];
}

std::optional<Kind> kind_named(std::string_view name) {
    const auto* const found = std::ranges::find(kKindNames, name);
    if (found == kKindNames.end()) return std::nullopt;
    return static_cast<Kind>(found - kKindNames.begin());
}

const std::string* Object::find(std::string_view aspect) const {
    const auto found = std::ranges::lower_bound(aspects, aspect, {}, &Aspect::name);
    return found != aspects.end() && found->name == aspect ? &found->value : nullptr;
}

std::string_view Object::get(std::string_view aspect) const {
    const auto* const value = find(aspect);
    return value ? std::string_view{*value} : std::string_view{};
}

std::string label(const Object& object) {
    std::string text{name(object.kind)};
    if (object.name.empty()) return text;
    const auto dotted = [](const std::string& first) { return first.empty() ? std::string{} : first + '.'; };
    const auto schema = dotted(object.schema);
    // An index has a name of its own in the schema; the others have theirs only on what they stand on.
    if (object.kind == Kind::column || object.parent.empty() || object.kind == Kind::index) {
        const auto parent = object.kind == Kind::column ? dotted(object.parent) : std::string{};
        return fmt::format("{} {}{}{}", text, schema, parent, object.name);
    }
    return fmt::format("{} {} on {}{}", text, object.name, schema, object.parent);
}

std::strong_ordering compare_keys(const Object& a, const Object& b) {
    if (const auto order = a.kind <=> b.kind; order != 0) return order;
    if (const auto order = a.schema <=> b.schema; order != 0) return order;
    if (const auto order = a.parent <=> b.parent; order != 0) return order;
    return a.name <=> b.name;
}

std::vector<std::string> items(std::string_view list) {
    std::vector<std::string> result;
    if (list.empty()) return result;
    result.emplace_back();
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i] == '\n') {
            result.emplace_back();
        } else if (list[i] == '\\' && i + 1 < list.size()) {
            ++i;
            result.back() += list[i] == 'n' ? '\n' : list[i];
        } else {
            result.back() += list[i];
        }
    }
    return result;
}

bool is_compared(std::string_view aspect) {
    const auto* const known = aspect_named(aspect);
    return !known || known->form != Form::untold;
}

}  // namespace drydock::catalog
