#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pg_query/pg_query.pb-c.h>

#include "effects/names.h"
#include "effects/proof.h"
#include "effects/query.h"
#include "effects/tree.h"
#include "sql/parser.h"

// Constraints where the catalog is known.
namespace drydock::effects {

namespace {

using What = ObjectChange::What;

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + quoted(name);
    return text;
}

std::string each(const std::vector<std::string>& names, std::string_view test, std::string_view joined) {
    std::string text;
    for (const std::string& name : names) {
        if (!text.empty()) text += joined;
        text += quoted(name);
        text += test;
    }
    return text;
}

std::vector<std::string> strings(PgQuery__Node* const* nodes, std::size_t count) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i) out.emplace_back(string_of(nodes[i]));
    return out;
}

}  // namespace

std::string index_text(const std::vector<std::string>& columns) {
    return fmt::format("CREATE UNIQUE INDEX i ON t ({})", listed(columns));
}

Constraint TreeReader::constraint_from(Id id, const PgQuery__Constraint& given, const std::string& column) const {
    const World& world = *memory_.world;
    using Sort = Constraint::Type;
    Constraint out{.name = given.conname, .not_valid = given.skip_validation != 0};
    out.columns = given.contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN ? strings(given.fk_attrs, given.n_fk_attrs)
                                                                         : strings(given.keys, given.n_keys);
    if (out.columns.empty() && !column.empty()) out.columns.push_back(column);
    std::string_view suffix;
    switch (given.contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN: {
            out.type = Sort::foreign_key;
            suffix = "fkey";
            const Name to = name_of(given.pktable);
            const Relation* partner = world.find(to.schema, to.name);
            if (partner == nullptr) break;
            out.references = partner->id;
            out.referenced = strings(given.pk_attrs, given.n_pk_attrs);
            if (const Constraint* key = partner->primary_key(); out.referenced.empty() && key != nullptr) {
                out.referenced = key->columns;
            }
            break;
        }
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
            out.type = Sort::unique;
            suffix = "key";
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
            out.type = Sort::primary_key;
            suffix = "pkey";
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION:
            out.type = Sort::exclude;
            suffix = "excl";
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
            out.type = Sort::not_null;
            suffix = "not_null";
            break;
        default:
            out.type = Sort::check;
            suffix = "check";
            if (given.raw_expr != nullptr) {
                const QueryNames names = names_in(&given.raw_expr->base);
                out.columns.assign(names.columns.begin(), names.columns.end());
                out.definition = "CHECK (" + sql::text_of(*given.raw_expr) + ")";
            }
    }
    if (out.name.empty()) {
        const bool with_columns = out.type != Sort::primary_key && (out.type != Sort::check || out.columns.size() == 1);
        const std::string parts = with_columns ? fmt::format("{}", fmt::join(out.columns, "_")) : std::string{};
        out.name = memory_.world->free_name(world.at(id), parts, suffix);
    }
    return out;
}

bool TreeReader::add_constraint_exact(Id id, const PgQuery__Constraint& given, const std::string& column, bool only) {
    using Sort = Constraint::Type;
    if (given.nulls_not_distinct != 0) needs(since::kNullsNotDistinct);
    Constraint constraint = constraint_from(id, given, column);
    const Relation& table = memory_.world->at(id);
    if (table.constraint(constraint.name) != nullptr) {
        exact_->refuse("42710", fmt::format("{} has a constraint {} already", table.text(), constraint.name));
        return true;
    }
    if (*given.indexname != '\0') {
        take_over_index(id, std::move(constraint), given);
        return true;
    }
    switch (constraint.type) {
        case Sort::check:
            add_check_exact(id, std::move(constraint), given, only);
            return true;
        case Sort::foreign_key:
            if (constraint.references == kNoId) return false;
            add_key_exact(id, std::move(constraint));
            return true;
        case Sort::not_null:
            add_not_null_exact(id, std::move(constraint), only);
            return true;
        case Sort::unique:
        case Sort::primary_key:
        case Sort::exclude:
            add_index_exact(id, std::move(constraint), given);
            return true;
        default:
            return false;
    }
}

void TreeReader::remember(Id id, Constraint constraint) {
    const Relation& table = memory_.world->at(id);
    exact_->change(
        {.what = What::created,
         .kind = catalog::Kind::constraint,
         .schema = table.schema,
         .parent = table.name,
         .name = constraint.name}
    );
    if (constraint.references != kNoId) {
        memory_.world->edit(constraint.references).referenced_by.push_back({id, constraint.name});
    }
    memory_.world->edit(id).constraints.push_back(std::move(constraint));
}

// Of columns that the same statement adds, so that nothing can be asked before it has run.
bool TreeReader::speaks_of_new(const std::vector<std::string>& columns) const {
    return std::ranges::any_of(columns, [&](const std::string& column) {
        return std::ranges::find(new_columns_, column) != new_columns_.end();
    });
}

void TreeReader::add_check_exact(Id id, Constraint constraint, const PgQuery__Constraint& given, bool only) {
    const bool own = given.is_no_inherit != 0;
    if (only && !own && !memory_.world->at(id).children.empty()) {
        exact_->refuse("42P16", "the constraint must be added to child tables too");
    }
    const Fact& known = fact(constraint.not_valid ? Work::add_check_not_valid : Work::add_check);
    for (const Id target : targets(id, only || own)) {
        exact_->touch(target, known.lock, known.why, target == id);
        if (!constraint.not_valid) exact_->verify(target, known.why);
    }
    if (!constraint.not_valid) {
        const std::string table = memory_.world->at(id).text();
        const std::string expression = given.raw_expr == nullptr ? "" : sql::text_of(*given.raw_expr);
        exact_->may_fail(
            id,
            "23514",
            fmt::format("rows of {} for which ({}) is false", table, expression),
            expression.empty() || speaks_of_new(constraint.columns)
                ? ""
                : fmt::format("select 1 from {} where not ({}) limit 1", table, expression)
        );
    }
    for (const Id target : targets(id, only || own)) {
        Constraint one = constraint;
        one.inherited = target != id;
        remember(target, std::move(one));
    }
}

// ADD CONSTRAINT … NOT NULL, 18 and later.
void TreeReader::add_not_null_exact(Id id, Constraint constraint, bool only) {
    if (!constraint.not_valid && !constraint.columns.empty())
        return set_not_null_exact(id, constraint.columns.front(), only);
    for (const Id target : targets(id, only)) {
        exact_->touch(target, LockMode::access_exclusive, fact(Work::add_check_not_valid).why, target == id);
    }
    remember(id, std::move(constraint));
}

void TreeReader::add_key_exact(Id id, Constraint key, bool checked) {
    checked = checked && !key.not_valid;
    const World& world = *memory_.world;
    if (key.not_valid && world.at(id).partitioned && world.major() < kNotValidKeyOfPartitioned) {
        return exact_->refuse(
            "42809",
            fmt::format(
                "{} is partitioned: before PostgreSQL 18 its foreign keys can't be NOT VALID", world.at(id).text()
            )
        );
    }
    const Fact& known = fact(!checked ? Work::add_foreign_key_not_valid : Work::add_foreign_key);
    const Relation& partner = world.at(key.references);
    if (!partner.open_ended && !exact_->is_unique(partner, key.referenced)) {
        return exact_->refuse("42830", fmt::format("{} has no unique constraint on the columns", partner.text()));
    }
    const auto fill = [&](std::string_view text) { return filled(text, world.at(id).text(), partner.text(), {}); };
    for (const Id target : targets(id, !world.at(id).partitioned)) {
        exact_->touch(target, known.lock, fill(known.why), target == id);
        if (checked) exact_->scan(target, Certainty::yes, fill(known.why));
    }
    exact_->touch(key.references, known.partner_lock, fill(known.partner_why), true);
    for (const Id part : exact_->below(key.references, Descent::partitions)) {
        exact_->touch(part, known.partner_lock, fill(known.partner_why));
    }
    if (checked) {
        for (const Id target : targets(id, !world.at(id).partitioned)) exact_->check_key(target, key.references);
        const std::string table = world.at(id).text();
        std::string matches;
        for (std::size_t i = 0; i < key.columns.size() && i < key.referenced.size(); ++i) {
            if (i > 0) matches += " and ";
            matches += fmt::format("p.{} = f.{}", quoted(key.referenced[i]), quoted(key.columns[i]));
        }
        std::vector<std::string> own;
        for (const std::string& column : key.columns) own.push_back("f." + quoted(column) + " is not null");
        exact_->may_fail(
            id,
            "23503",
            fmt::format("rows of {} whose ({}) is not in {}", table, listed(key.columns), partner.text()),
            fmt::format(
                "select 1 from {} f where {} and not exists (select from {} p where {}) limit 1",
                table,
                fmt::join(own, " and "),
                partner.text(),
                matches
            )
        );
    }
    for (const Id target : targets(id, !world.at(id).partitioned)) {
        Constraint one = key;
        one.inherited = target != id;
        remember(target, std::move(one));
    }
}

// UNIQUE, PRIMARY KEY and EXCLUDE, each with an index of its own.
void TreeReader::add_index_exact(Id id, Constraint constraint, const PgQuery__Constraint& given) {
    using Sort = Constraint::Type;
    const bool primary = constraint.type == Sort::primary_key;
    const Work work = primary                            ? Work::add_primary_key
                      : constraint.type == Sort::exclude ? Work::add_exclusion
                                                         : Work::add_unique;
    const Fact& known = fact(work);
    const Relation root = memory_.world->at(id);
    if (primary && root.primary_key() != nullptr) {
        return exact_->refuse("42P16", fmt::format("{} has a primary key already", root.text()));
    }
    std::size_t end = 0;
    for (const std::string& part : names_between_parentheses(root.partition_key, end)) {
        if (std::ranges::find(constraint.columns, part) != constraint.columns.end()) continue;
        return exact_->refuse(
            "0A000", fmt::format("a unique constraint of {} has to include the partition key {}", root.text(), part)
        );
    }
    const LockMode of_part = memory_.world->major() >= kUniqueLocksPartitions ? known.lock : LockMode::share;
    bool nullable = false;
    for (const Id target : targets(id, !root.partitioned)) {
        const Relation& table = memory_.world->at(target);
        // A partition gets its part of the index as by CREATE INDEX.
        exact_->touch(target, target == id ? known.lock : of_part, known.why, target == id);
        exact_->scan(target, Certainty::yes, known.why);
        if (constraint.type == Sort::exclude) exact_->scan(target, Certainty::yes, known.why);
        for (const std::string& column : constraint.columns) {
            if (!primary || proves_not_null(table, column)) continue;
            nullable = true;
            exact_->touch(target, known.lock, {});
            exact_->verify(target, "nulls are looked for");
        }
    }
    const std::string table = root.text();
    const std::string columns = listed(constraint.columns);
    if (nullable) {
        const std::string nulls = each(constraint.columns, " is null", " or ");
        exact_->may_fail(
            id,
            "23502",
            fmt::format("rows of {} in which {}", table, nulls),
            fmt::format("select 1 from {} where {} limit 1", table, nulls)
        );
    }
    if (constraint.type == Sort::exclude) {
        exact_->may_fail(id, "23P01", fmt::format("rows of {} that exclude each other", table), {});
    } else if (given.nulls_not_distinct != 0) {
        exact_->may_fail(
            id,
            "23505",
            fmt::format("rows of {} with the same ({})", table, columns),
            fmt::format("select 1 from {} group by {} having count(*) > 1 limit 1", table, columns)
        );
    } else {
        exact_->may_fail(
            id,
            "23505",
            fmt::format("rows of {} with the same ({})", table, columns),
            fmt::format(
                "select 1 from {} where {} group by {} having count(*) > 1 limit 1",
                table,
                each(constraint.columns, " is not null", " and "),
                columns
            )
        );
    }
    for (const Id target : targets(id, !root.partitioned)) {
        Constraint one = constraint;
        one.inherited = target != id;
        if (target != id)
            one.name = memory_.world->free_name(
                memory_.world->at(target),
                primary ? "" : fmt::format("{}", fmt::join(one.columns, "_")),
                primary ? "pkey" : "key"
            );
        one.index = memory_.world->add(
            {.kind = RelationKind::index,
             .schema = root.schema,
             .name = one.name,
             .table = target,
             .definition = index_text(constraint.columns),
             .unique = true,
             .backs = one.name}
        );
        exact_->changed(What::created, memory_.world->at(one.index));
        if (primary) {
            for (Column& column : memory_.world->edit(target).columns) {
                if (std::ranges::find(one.columns, column.name) != one.columns.end()) column.not_null = true;
            }
        }
        remember(target, std::move(one));
    }
}

void TreeReader::take_over_index(Id id, Constraint constraint, const PgQuery__Constraint& given) {
    const World& world = *memory_.world;
    const bool primary = constraint.type == Constraint::Type::primary_key;
    const Fact& known = fact(primary ? Work::primary_key_using_index : Work::unique_using_index);
    const Relation table = world.at(id);
    exact_->touch(id, known.lock, "takes over a finished index: only the catalog changes", true);
    const Relation* index = world.find(table.schema, given.indexname);
    if (table.partitioned) return exact_->refuse("0A000", "USING INDEX is not for partitioned tables");
    if (index == nullptr || index->table != id) {
        return exact_->refuse("42704", fmt::format("{} has no index {}", table.text(), given.indexname));
    }
    const IndexShape shape = shape_of(*index);
    if (!index->unique || shape.partial || shape.expressions) {
        return exact_->refuse("42809", fmt::format("{} is not a unique index of plain columns", index->text()));
    }
    if (index->invalid) return exact_->refuse("55000", fmt::format("{} is invalid", index->text()));
    const bool renamed = *given.conname != '\0' && constraint.name != index->name;
    if (*given.conname == '\0') constraint.name = index->name;
    exact_->touch(
        index->id,
        renamed ? LockMode::share_update_exclusive : LockMode::access_share,
        renamed ? "gets the constraint's name" : "becomes the constraint's",
        true
    );
    constraint.columns.clear();
    for (const IndexShape::Key& key : shape.keys) constraint.columns.push_back(key.column);
    bool nullable = false;
    for (const std::string& column : constraint.columns) {
        if (!primary || proves_not_null(table, column)) continue;
        nullable = true;
        exact_->verify(id, fmt::format("{} is nullable: every row is read for nulls", column));
    }
    if (nullable) {
        const std::string nulls = each(constraint.columns, " is null", " or ");
        exact_->may_fail(
            id,
            "23502",
            fmt::format("rows of {} in which {}", table.text(), nulls),
            fmt::format("select 1 from {} where {} limit 1", table.text(), nulls)
        );
    }
    const Id taken = index->id;
    if (renamed) memory_.world->rename(taken, table.schema, constraint.name);
    memory_.world->edit(taken).backs = constraint.name;
    constraint.index = taken;
    remember(id, std::move(constraint));
}

void TreeReader::validate_exact(Id id, std::string_view name, bool only) {
    const World& world = *memory_.world;
    const Fact& known = fact(Work::validate_constraint);
    const Constraint* found = world.at(id).constraint(name);
    exact_->touch(id, known.lock, "every row is tested while reads and writes go on", true);
    if (found == nullptr) {
        return exact_->refuse("42704", fmt::format("{} has no constraint {}", world.at(id).text(), name));
    }
    if (!found->not_valid) {
        effect_.no_op = true;
        return;
    }
    const Constraint constraint = *found;
    const bool key = constraint.type == Constraint::Type::foreign_key;
    for (const Id target : targets(id, only || (key && !world.at(id).partitioned))) {
        exact_->touch(target, known.lock, known.why, target == id);
        exact_->verify(target, known.why);
        for (Constraint& one : memory_.world->edit(target).constraints) {
            if (one.name == name) one.not_valid = false;
        }
    }
    const std::string table = world.at(id).text();
    if (key && constraint.references != kNoId) {
        exact_->touch(
            constraint.references, LockMode::row_share, fmt::format("the foreign key {} is checked against it", name)
        );
        for (const Id target : targets(id, !world.at(id).partitioned)) exact_->check_key(target, constraint.references);
        std::string matches;
        for (std::size_t i = 0; i < constraint.columns.size() && i < constraint.referenced.size(); ++i) {
            matches += fmt::format(
                "{}p.{} = f.{}", i > 0 ? " and " : "", quoted(constraint.referenced[i]), quoted(constraint.columns[i])
            );
        }
        std::vector<std::string> own;
        for (const std::string& column : constraint.columns) own.push_back("f." + quoted(column) + " is not null");
        exact_->may_fail(
            id,
            "23503",
            fmt::format(
                "rows of {} whose ({}) is not in {}",
                table,
                listed(constraint.columns),
                world.at(constraint.references).text()
            ),
            fmt::format(
                "select 1 from {} f where {} and not exists (select from {} p where {}) limit 1",
                table,
                fmt::join(own, " and "),
                world.at(constraint.references).text(),
                matches
            )
        );
        return;
    }
    std::string_view expression = constraint.definition;
    if (expression.starts_with("CHECK ")) expression.remove_prefix(6);
    exact_->may_fail(
        id,
        "23514",
        fmt::format("rows of {} for which {} is false", table, expression),
        fmt::format("select 1 from {} where not {} limit 1", table, expression)
    );
}

void TreeReader::drop_constraint_exact(Id id, const PgQuery__AlterTableCmd& command, bool only) {
    const World& world = *memory_.world;
    const std::string name = command.name;
    const bool cascade = command.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    const Constraint* found = world.at(id).constraint(name);
    exact_->touch(id, LockMode::access_exclusive, fact(Work::drop_constraint).why, true);
    if (found == nullptr) {
        if (command.missing_ok != 0) {
            effect_.no_op = true;
        } else {
            exact_->refuse("42704", fmt::format("{} has no constraint {}", world.at(id).text(), name));
        }
        return;
    }
    if (found->inherited) {
        return exact_->refuse(
            "42P16", fmt::format("{} is inherited: it can only be dropped with that of the parent", name)
        );
    }
    const Constraint constraint = *found;
    for (const Id target : targets(id, only)) {
        if (target != id) {
            const bool has_it = std::ranges::any_of(world.at(target).constraints, [&](const Constraint& one) {
                return one.inherited && one.type == constraint.type && one.columns == constraint.columns;
            });
            if (!has_it) continue;
            exact_->touch(target, LockMode::access_exclusive, "inherits the constraint");
        }
        const Relation table = world.at(target);
        for (const Constraint& one : table.constraints) {
            const bool is_it = target == id
                                   ? one.name == name
                                   : one.inherited && one.type == constraint.type && one.columns == constraint.columns;
            if (is_it) exact_->drop_constraint(target, one.name, cascade);
        }
    }
}

}  // namespace drydock::effects
