#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include <pg_query/pg_query.pb-c.h>

#include "base/text.h"
#include "effects/names.h"
#include "effects/query.h"
#include "effects/tree.h"
#include "effects/type_change.h"

// ALTER COLUMN … TYPE where the catalog is known.
namespace drydock::effects {

namespace {

// Time zones that PostgreSQL finds to be UTC, at all times: sorted, in lower case.
constexpr auto kUtc = std::to_array<std::string_view>(
    {"etc/gmt",
     "etc/gmt+0",
     "etc/gmt-0",
     "etc/gmt0",
     "etc/greenwich",
     "etc/uct",
     "etc/universal",
     "etc/utc",
     "etc/zulu",
     "gmt",
     "gmt+0",
     "gmt-0",
     "gmt0",
     "greenwich",
     "uct",
     "universal",
     "utc",
     "zulu"}
);

struct Resolved {
    TypeText type;         // what a domain is made of, for a domain
    bool checked = false;  // a domain with a constraint
};

Resolved resolve(const World& world, TypeText type) {
    Resolved out{.type = std::move(type)};
    for (int depth = 0; depth < 32 && !out.type.array; ++depth) {
        const Type* known = world.find_type(out.type.schema, out.type.name);
        if (known == nullptr || known->what != Type::What::domain) break;
        out.checked = out.checked || known->not_null || !known->checks.empty();
        out.type = type_of(known->base);
    }
    return out;
}

std::string formatted(const TypeText& type) {
    std::string text = type.schema.empty() ? type.name : quoted(type.schema) + "." + quoted(type.name);
    if (!type.fields.empty()) text += " " + type.fields;
    if (!type.modifiers.empty()) {
        text += "(" + std::to_string(type.modifiers.front());
        for (std::size_t i = 1; i < type.modifiers.size(); ++i) text += "," + std::to_string(type.modifiers[i]);
        text += ")";
    }
    return type.array ? text + "[]" : text;
}

enum class Using : std::uint8_t { absent, the_column, computes };

Using read_using(const PgQuery__Node* expression, std::string_view column) {
    if (expression == nullptr) return Using::absent;
    while (expression->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) expression = expression->type_cast->arg;
    if (expression->node_case != PG_QUERY__NODE__NODE_COLUMN_REF) return Using::computes;
    const PgQuery__ColumnRef& reference = *expression->column_ref;
    const bool is_it = reference.n_fields > 0 && string_of(reference.fields[reference.n_fields - 1]) == column;
    return is_it ? Using::the_column : Using::computes;
}

// The types that USING casts through, the first last.
std::vector<TypeText> casts_in(const PgQuery__Node* expression) {
    std::vector<TypeText> types;
    while (expression != nullptr && expression->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) {
        if (expression->type_cast->type_name != nullptr) types.push_back(type_of(*expression->type_cast->type_name));
        expression = expression->type_cast->arg;
    }
    return types;
}

// SQLSTATE and the rows whose values do not fit.
struct Misfit {
    std::string_view sqlstate;
    std::string condition;
};
Misfit misfit(const World& world, std::string_view column, const TypeText& from, const TypeText& to) {
    const std::string name = quoted(column);
    const int limit = to.modifiers.empty() ? 0 : to.modifiers.front();
    if (to.name == "varchar" && limit > 0) {
        return {"22001", fmt::format("length(rtrim({}::text)) > {}", name, limit)};
    }
    if (to.name == "bpchar" && limit > 0) return {"22001", fmt::format("length(rtrim({}::text)) > {}", name, limit)};
    if (to.name == "bit") return {"22026", fmt::format("length({}) <> {}", name, std::max(limit, 1))};
    if (to.name == "varbit") return {"22001", fmt::format("length({}) > {}", name, limit)};
    static constexpr auto kNumbers =
        std::to_array<std::string_view>({"float4", "float8", "int2", "int4", "int8", "numeric"});
    const bool number = std::ranges::find(kNumbers, from.name) != kNumbers.end();
    if (std::ranges::find(kNumbers, to.name) != kNumbers.end() && !number) return {"22P02", {}};
    if (to.name == "int2") return {"22003", fmt::format("{} not between -32768 and 32767", name)};
    if (to.name == "int4") return {"22003", fmt::format("{} not between -2147483648 and 2147483647", name)};
    if (to.name == "int8")
        return {"22003", fmt::format("{} not between -9223372036854775808 and 9223372036854775807", name)};
    if (to.name == "numeric" && limit > 0) {
        const int scale = to.modifiers.size() > 1 ? to.modifiers[1] : 0;
        return {"22003", fmt::format("abs(round({}::numeric, {})) >= 10::numeric ^ {}", name, scale, limit - scale)};
    }
    if (world.major() >= 16 && (from.name == "text" || from.name == "varchar")) {
        return {"22P02", fmt::format("not pg_input_is_valid({}::text, '{}')", name, formatted(to))};
    }
    return {"22P02", {}};
}

}  // namespace

bool TreeReader::refuse_type_change(Id id, std::string_view column) {
    const Relation& table = memory_.world->at(id);
    for (const Id view : table.readers) {
        const Relation& reader = memory_.world->at(view);
        const auto reading = std::ranges::find(reader.reads, id, &Reading::relation);
        if (reading == reader.reads.end()) continue;
        if (!reading->all_columns && std::ranges::find(reading->columns, column) == reading->columns.end()) continue;
        exact_->refuse(
            "0A000",
            fmt::format("{} uses column {}: it has to be dropped before and made again after", reader.text(), column)
        );
        return true;
    }
    for (const Column& other : table.columns) {
        if (other.generated.empty() ||
            !names_in_expression(other.default_value).columns.contains(std::string{column})) {
            continue;
        }
        exact_->refuse(
            memory_.world->major() >= kGeneratedColumnState ? "0A000" : "42601",
            fmt::format("the generated column {} is computed from column {}", other.name, column)
        );
        return true;
    }
    for (const catalog::Object* object :
         memory_.world->needing(catalog::Kind::column, table.schema, table.name, column)) {
        const bool blocks = object->kind == catalog::Kind::policy || object->kind == catalog::Kind::trigger ||
                            object->kind == catalog::Kind::rule;
        if (!blocks) continue;
        exact_->refuse(
            "0A000",
            fmt::format(
                "the {} {} uses column {}",
                object->kind == catalog::Kind::policy    ? "policy"
                : object->kind == catalog::Kind::trigger ? "trigger"
                                                         : "rule",
                object->name,
                column
            )
        );
        return true;
    }
    return false;
}

void TreeReader::change_type_exact(Id id, std::string_view column, const PgQuery__ColumnDef& definition, bool only) {
    const World& world = *memory_.world;
    const Column* known = world.at(id).column(column);
    if (known == nullptr && world.at(id).open_ended) {
        return change_type({.schema = world.at(id).schema, .name = world.at(id).name}, column, definition);
    }
    if (known == nullptr) {
        return exact_->refuse("42703", fmt::format("{} has no column {}", world.at(id).text(), column));
    }
    if (known->inherited) {
        return exact_->refuse(
            "42P16",
            fmt::format("column {} of {} is inherited: it changes with that of the parent", column, world.at(id).text())
        );
    }
    const TypeText asked = type_of(*definition.type_name);
    const Resolved from = resolve(world, type_of(known->type));
    const Resolved to = resolve(world, asked);
    const Using given = read_using(definition.raw_default, column);

    Conversion change = conversion(from.type, to.type);
    if (given == Using::the_column) {
        TypeText at = from.type;
        for (auto cast = casts_in(definition.raw_default); !cast.empty(); cast.pop_back()) {
            const Resolved through = resolve(world, cast.back());
            const Conversion one = conversion(at, through.type);
            if (one.what == Conversion::What::rewrite || one.what == Conversion::What::refused) {
                change = {Conversion::What::rewrite, true, "USING casts each value"};
            }
            at = through.type;
        }
        if (change.what == Conversion::What::refused) change.what = Conversion::What::rewrite;
    }
    if (given == Using::computes) change = {Conversion::What::rewrite, true, "USING computes each value"};
    if (to.checked) change = {Conversion::What::rewrite, true, "the domain's constraint is tested on each value"};
    if (change.what == Conversion::What::refused) {
        return exact_->refuse(
            "42804",
            fmt::format("{} can't be cast to {} by itself: USING has to say how", known->type, formatted(asked))
        );
    }
    Certainty rewrites = change.what == Conversion::What::rewrite ? Certainty::yes : Certainty::no;
    if (change.what == Conversion::What::free_in_utc) {
        const std::string zone = to_lower(world.time_zone());
        rewrites = zone.empty()                             ? Certainty::maybe
                   : std::ranges::binary_search(kUtc, zone) ? Certainty::no
                                                            : Certainty::yes;
    }
    std::string collation;
    if (definition.coll_clause != nullptr) {
        collation = name_of(definition.coll_clause->collname, definition.coll_clause->n_collname).name;
    }
    const TypeChangeOf what{
        .column = std::string{column},
        .from = from.type,
        .to = to.type,
        .rewrites = rewrites,
        .why = fmt::format("{} → {}: {}", known->type, formatted(asked), change.why),
        .same_collation = name_in(known->collation).name == collation
    };
    std::vector<Id> targets{id};
    if (!only) {
        for (const Id child : world.descendants(id)) targets.push_back(child);
    }
    for (const Id target : targets) {
        if (refuse_type_change(target, column)) return;
    }
    for (const Id target : targets) change_type_of(target, what, target == id);
    if (change.may_fail) {
        const Misfit rows = given == Using::computes ? Misfit{"22P02", {}} : misfit(world, column, from.type, to.type);
        const std::string table = world.at(id).text();
        const bool probed = !rows.condition.empty() && !to.checked;
        exact_->may_fail(
            id,
            to.checked ? "23514" : rows.sqlstate,
            probed ? fmt::format("rows of {} in which {}", table, rows.condition)
                   : fmt::format("rows of {} whose {} has no {}", table, column, formatted(asked)),
            probed ? fmt::format("select 1 from {} where {} limit 1", table, rows.condition) : std::string{}
        );
    }
    for (const Id target : targets) {
        for (Column& one : memory_.world->edit(target).columns) {
            if (one.name != column) continue;
            one.type = formatted(asked);
            one.collation = collation;
        }
    }
}

void TreeReader::change_type_of(Id id, const TypeChangeOf& what, bool named) {
    const Relation table = memory_.world->at(id);
    exact_->touch(id, LockMode::access_exclusive, what.why, named);
    exact_->rewrite(id, what.rewrites, what.why);
    const auto uses = [&](const std::vector<std::string>& columns) {
        return std::ranges::find(columns, what.column) != columns.end();
    };
    for (const Id index : table.indexes) {
        const IndexShape shape = shape_of(memory_.world->at(index));
        if (!shape.columns.contains(what.column)) continue;
        const bool kept = !shape.partial && !shape.expressions && what.same_collation &&
                          same_operators(what.from, what.to) && !memory_.world->at(index).invalid;
        if (what.rewrites == Certainty::yes) continue;
        if (kept) {
            exact_->touch(index, LockMode::access_exclusive, "made again over its file");
        } else {
            exact_->rebuild(
                index,
                LockMode::access_exclusive,
                shape.expressions ? "an expression of the column: built anew"
                : shape.partial   ? "its WHERE: built anew"
                                  : "other operators or another collation: built anew"
            );
        }
    }
    for (const Constraint& constraint : table.constraints) {
        if (!uses(constraint.columns)) continue;
        if (constraint.type == Constraint::Type::check && !constraint.not_valid && !constraint.not_enforced) {
            exact_->verify(id, fmt::format("the CHECK {} is tested on every row again", constraint.name));
        }
        if (constraint.type == Constraint::Type::foreign_key) change_key_type(id, constraint, what);
    }
    for (const Incoming& key : std::vector<Incoming>{table.referenced_by}) {
        const Constraint* constraint = memory_.world->at(key.table).constraint(key.constraint);
        if (key.table != id && constraint != nullptr && uses(constraint->referenced)) {
            change_key_type(key.table, Constraint{*constraint}, what);
        }
    }
}

// A foreign key is made again, and checked again when another operator compares its columns.
void TreeReader::change_key_type(Id id, const Constraint& key, const TypeChangeOf& what) {
    if (key.references == kNoId) return;
    const std::string why = fmt::format("the foreign key {} is made again", key.name);
    exact_->touch(id, LockMode::access_exclusive, why);
    exact_->touch(key.references, LockMode::access_exclusive, why);
    if (key.not_valid || same_operators(what.from, what.to)) return;
    exact_->scan(id, Certainty::yes, fmt::format("the foreign key {} is checked again", key.name));
    exact_->check_key(id, key.references);
}

}  // namespace drydock::effects
