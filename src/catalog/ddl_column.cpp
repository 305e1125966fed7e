#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/ddl.h"
#include "catalog/ddl_text.h"

namespace drydock::catalog::ddl {
namespace {

bool in_composite(const Scene& scene, const Object& column) {
    const auto* const on = parent(scene.to, column);
    return on && on->kind == Kind::composite_type;
}

bool in_view(const Scene& scene, const Object& column) {
    const auto* const on = parent(scene.to, column);
    return on && (on->kind == Kind::view || on->kind == Kind::materialized_view);
}

std::string alter_table(const Scene& scene, const Object& column) {
    return "ALTER " + alter_parent(scene.to, column);
}

// Only of this table, for what PostgreSQL would also do to the tables below.
std::string alter_column(const Scene& scene, const Object& column) {
    const auto* const on = parent(scene.to, column);
    const bool only = on && on->kind == Kind::table;
    return fmt::format(
        "ALTER {} {}{} ALTER COLUMN {}",
        keyword(on ? on->kind : Kind::table),
        only ? "ONLY " : "",
        parent_of(column),
        ident(column.name)
    );
}

// The sequence behind an identity column.
const Object* identity_sequence(const Snapshot& snapshot, const Object& column) {
    const auto owner = fmt::format("{}.{}", parent_of(column), ident(column.name));
    for (const auto& object : snapshot.objects) {
        if (object.kind == Kind::sequence && object.is(aspect::of_identity) && object.get(aspect::owned_by) == owner)
            return &object;
    }
    return nullptr;
}

std::string identity_clause(const Scene& scene, const Object& column) {
    const auto* const sequence = identity_sequence(scene.to, column);
    auto options = sequence ? fmt::format("SEQUENCE NAME {}{}", qualified(*sequence), sequence_options(*sequence)) : "";
    return fmt::format(
        "GENERATED {} AS IDENTITY{}",
        column.get(aspect::identity) == "always" ? "ALWAYS" : "BY DEFAULT",
        options.empty() ? "" : fmt::format(" ({})", options)
    );
}

void create_column(const Scene& scene, const Object& column, Out& out) {
    if (in_view(scene, column)) return;
    if (in_composite(scene, column)) {
        const auto* const collation = column.find(aspect::collation);
        out.add(fmt::format(
            "{} ADD ATTRIBUTE {} {}{} CASCADE",
            alter_table(scene, column),
            ident(column.name),
            column.get(aspect::type),
            collation ? " COLLATE " + *collation : ""
        ));
        return;
    }
    out.add(fmt::format("{} ADD COLUMN {}", alter_table(scene, column), column_definition(scene, column, true)));
}

void drop_column(const Scene& scene, const Object& column, Out& out) {
    const auto* const on = parent(scene.from, column);
    if (on && (on->kind == Kind::view || on->kind == Kind::materialized_view)) return;
    const bool composite = on && on->kind == Kind::composite_type;
    out.add(fmt::format(
        "ALTER {} DROP {} {}{}",
        alter_parent(scene.from, column),
        composite ? "ATTRIBUTE" : "COLUMN",
        ident(column.name),
        composite ? " CASCADE" : ""
    ));
}

std::string_view base_of(std::string_view type) {
    return trim(type.substr(0, type.find('(')));
}

// Types that PostgreSQL converts by itself when a column changes from one to the other.
bool converts(std::string_view from, std::string_view to) {
    if (base_of(from) == base_of(to)) return true;
    constexpr std::array kTexts{"text", "character varying", "character"};
    constexpr std::array kNumbers{"smallint", "integer", "bigint", "numeric", "real", "double precision"};
    const auto both = [&](const auto& group) {
        return std::count(group.begin(), group.end(), base_of(from)) &&
               std::count(group.begin(), group.end(), base_of(to));
    };
    return both(kTexts) || both(kNumbers);
}

// The type a value is cast through, where the two have no cast of their own: every type has one from and to text.
std::string_view detour(std::string_view from, std::string_view to) {
    constexpr std::array kTimes{"date", "timestamp without time zone", "timestamp with time zone"};
    constexpr std::array kTexts{"text", "character varying", "character"};
    constexpr std::array kJson{"json", "jsonb"};
    constexpr std::array kFlags{"boolean", "integer"};
    const auto in = [](std::string_view type, const auto& group) {
        return std::count(group.begin(), group.end(), base_of(type)) > 0;
    };
    const auto both = [&](const auto& group) { return in(from, group) && in(to, group); };
    const bool arrays = from.ends_with("[]") && to.ends_with("[]");
    if (both(kTimes) || both(kJson) || both(kFlags) || arrays || in(from, kTexts) || in(to, kTexts)) return "";
    return "::text";
}

void change_type(const Alteration& change, const Object& from, const Object& to, Out& out) {
    const auto was = from.get(aspect::type);
    const auto type = to.get(aspect::type);
    const auto* const collation = to.find(aspect::collation);
    auto collate = collation ? " COLLATE " + *collation : std::string{};
    if (!collation && from.find(aspect::collation)) collate = " COLLATE pg_catalog.\"default\"";
    if (in_composite(change.scene, to)) {
        out.add(fmt::format(
            "{} ALTER ATTRIBUTE {} TYPE {}{} CASCADE", alter_table(change.scene, to), ident(to.name), type, collate
        ));
        return;
    }
    std::string use;
    if (!converts(was, type)) {
        use = fmt::format(" USING {}{}::{}", ident(to.name), detour(was, type), type);
    }
    out.add(
        fmt::format("{} ALTER COLUMN {} TYPE {}{}{}", alter_table(change.scene, to), ident(to.name), type, collate, use)
    );
}

// Type, collation, NOT NULL, default, generated and identity hang together: each step needs the one before.
void alter_shape(const Alteration& change, Out& out) {
    if (in_view(change.scene, change.to)) {
        // Only its default is a view's own; the rest follows from its text.
        if (!change.changes(aspect::default_value)) return;
        const auto* const value = change.to.find(aspect::default_value);
        const auto column = alter_column(change.scene, change.to);
        out.add(value ? fmt::format("{} SET DEFAULT {}", column, *value) : column + " DROP DEFAULT");
        return;
    }
    const auto& from = *change.from;
    const auto& to = change.to;
    const auto column = alter_column(change.scene, to);
    const bool is_generated = to.find(aspect::generated);
    const bool was_generated = from.find(aspect::generated);
    // A column that is computed can't be made of one that is not, nor (before 17) get another expression.
    if (is_generated && (!was_generated || change.changes(aspect::default_value) || change.changes(aspect::generated)))
        return rebuild(change, out);
    if (was_generated && !is_generated) out.add(column + " DROP EXPRESSION");
    const bool retyped = change.changes(aspect::type) || change.changes(aspect::collation);
    if (from.find(aspect::identity) && !to.find(aspect::identity)) out.early.push_back(column + " DROP IDENTITY");
    const auto* const value = to.find(aspect::default_value);
    const bool had = from.find(aspect::default_value) && !was_generated;
    const bool other_default = change.changes(aspect::default_value);
    const bool lift = had && !is_generated && (other_default ? !value || retyped : change.changes(aspect::type));
    if (lift) (value ? out.statements : out.early).push_back(column + " DROP DEFAULT");
    if (retyped) change_type(change, from, to, out);
    if (value && !is_generated && (lift || other_default)) out.add(fmt::format("{} SET DEFAULT {}", column, *value));
    // One with a name of its own is a constraint, which comes and goes by itself.
    const bool named = named_not_null(change.scene.from, from) || named_not_null(change.scene.to, to);
    if (change.changes(aspect::not_null) && !named) {
        // NOT NULL goes down to the tables below, which then have it already.
        const auto all = fmt::format("{} ALTER COLUMN {}", alter_table(change.scene, to), ident(to.name));
        out.add(fmt::format("{} {} NOT NULL", all, to.is(aspect::not_null) ? "SET" : "DROP"));
    }
    if (!change.changes(aspect::identity)) return;
    if (from.find(aspect::identity) && to.find(aspect::identity)) {
        out.add(
            fmt::format("{} SET GENERATED {}", column, to.get(aspect::identity) == "always" ? "ALWAYS" : "BY DEFAULT")
        );
    } else if (to.find(aspect::identity)) {
        out.add(fmt::format("{} ADD {}", column, identity_clause(change.scene, to)));
    }
}

std::string_view default_storage(std::string_view type) {
    const auto base = base_of(type);
    if (type.ends_with("[]")) return "EXTENDED";
    for (const std::string_view main : {"numeric", "inet", "cidr"}) {
        if (base == main) return "MAIN";
    }
    for (const std::string_view plain :
         {"smallint",
          "integer",
          "bigint",
          "boolean",
          "real",
          "double precision",
          "date",
          "uuid",
          "timestamp",
          "timestamp without time zone",
          "timestamp with time zone",
          "time",
          "interval",
          "oid",
          "money",
          "name"}) {
        if (base == plain) return "PLAIN";
    }
    return "EXTENDED";
}

void alter_storage(const Alteration& change, Out& out) {
    const auto column = alter_column(change.scene, change.to);
    std::string to{change.after ? *change.after : default_storage(change.to.get(aspect::type))};
    if (!change.after && change.scene.from.server_version >= 160000) to = "DEFAULT";
    out.add(fmt::format("{} SET STORAGE {}", column, to));
}

void alter_compression(const Alteration& change, Out& out) {
    out.add(fmt::format(
        "{} SET COMPRESSION {}", alter_column(change.scene, change.to), change.after ? *change.after : "default"
    ));
}

void alter_statistics(const Alteration& change, Out& out) {
    out.add(
        fmt::format("{} SET STATISTICS {}", alter_column(change.scene, change.to), change.after ? *change.after : "-1")
    );
}

void alter_column_options(const Alteration& change, Out& out) {
    alter_settings(alter_column(change.scene, change.to), "", change.before, change.after, out);
}

void alter_fdw_options(const Alteration& change, Out& out) {
    const auto options = fdw_options(change.before, change.after);
    if (!options.empty()) out.add(fmt::format("{} {}", alter_column(change.scene, change.to), options));
}

constexpr AspectRule kColumn[] = {
    {aspect::inherited, tell_inherited, true},
    {aspect::type, alter_shape, true},
    {aspect::collation, alter_shape, true},
    {aspect::not_null, alter_shape, true},
    {aspect::default_value, alter_shape, true},
    {aspect::generated, alter_shape, true},
    {aspect::identity, alter_shape, true},
    {aspect::storage, alter_storage},
    {aspect::compression, alter_compression},
    {aspect::statistics, alter_statistics},
    {aspect::options, alter_column_options},
    {aspect::fdw_options, alter_fdw_options, true},
};
constexpr KindRules kRules[] = {{Kind::column, create_column, drop_column, kColumn}};

// A default that depends on more than built-in things: on a function or a sequence.
bool uses_routine(const Snapshot& snapshot, const Object& column) {
    const auto index = static_cast<std::uint32_t>(&column - snapshot.objects.data());
    auto at = std::lower_bound(
        snapshot.dependencies.begin(), snapshot.dependencies.end(), std::pair<std::uint32_t, std::uint32_t>{index, 0U}
    );
    for (; at != snapshot.dependencies.end() && at->first == index; ++at) {
        const auto kind = snapshot.objects[at->second].kind;
        if (kind == Kind::function || kind == Kind::sequence || kind == Kind::op || kind == Kind::aggregate)
            return true;
    }
    return false;
}

}  // namespace

void tell_inherited(const Alteration& change, Out& out) {
    // All else follows from what the table inherits.
    if (!change.before || *change.before != "also local" || !change.after) return;
    out.impossible.push_back(fmt::format(
        "{} counts as the table's own, too: only CREATE TABLE makes one that is inherited alone", label(change.to)
    ));
}

const Object* named_not_null(const Snapshot& snapshot, const Object& column) {
    if (snapshot.server_version < 180000) return nullptr;
    const auto& objects = snapshot.objects;
    const Object first{.kind = Kind::constraint, .schema = column.schema, .parent = column.parent};
    auto at = std::lower_bound(objects.begin(), objects.end(), first, [](const Object& a, const Object& b) {
        return compare_keys(a, b) < 0;
    });
    for (; at != objects.end() && at->kind == Kind::constraint && at->schema == column.schema &&
           at->parent == column.parent;
         ++at) {
        if (at->get(aspect::constraint_type) == "not null" && items(at->get(aspect::columns)).front() == column.name)
            return &*at;
    }
    return nullptr;
}

std::span<const KindRules> column_rules() {
    return kRules;
}

bool default_comes_later(const Scene& scene, const Object& column) {
    const auto* const value = column.find(aspect::default_value);
    if (!value || column.find(aspect::generated)) return false;
    return value->find("nextval(") != std::string::npos || uses_routine(scene.to, column);
}

std::string column_definition(const Scene& scene, const Object& column, bool with_default) {
    auto text = fmt::format("{} {}", ident(column.name), column.get(aspect::type));
    const auto* const on = parent(scene.to, column);
    if (on && on->kind == Kind::foreign_table) text += fdw_options_clause(column.find(aspect::fdw_options));
    if (const auto* const collation = column.find(aspect::collation)) text += " COLLATE " + *collation;
    const auto* const value = column.find(aspect::default_value);
    if (const auto* const generated = column.find(aspect::generated)) {
        text += fmt::format(
            " GENERATED ALWAYS AS ({}){}", value ? *value : "NULL", *generated == "virtual" ? " VIRTUAL" : " STORED"
        );
    } else if (column.find(aspect::identity)) {
        text += " " + identity_clause(scene, column);
    } else if (value && with_default) {
        text += " DEFAULT " + *value;
    }
    if (!column.is(aspect::not_null)) return text;
    const auto* const named = named_not_null(scene.to, column);
    if (named && named->is(aspect::not_valid)) return text;
    if (named) text += fmt::format(" CONSTRAINT {}", ident(named->name));
    text += " NOT NULL";
    if (named && named->get(aspect::definition).ends_with(" NO INHERIT")) text += " NO INHERIT";
    return text;
}

}  // namespace drydock::catalog::ddl
