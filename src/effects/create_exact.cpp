#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pg_query/pg_query.pb-c.h>

#include "effects/names.h"
#include "effects/query.h"
#include "effects/tree.h"
#include "sql/parser.h"

// CREATE and REFRESH where the catalog is known.
namespace drydock::effects {

namespace {

using What = ObjectChange::What;

}  // namespace

// True: it is there already, and that has been said.
bool TreeReader::exists_exact(const Name& name, bool if_not_exists) {
    const Relation* there =
        memory_.world->find(name.schema.empty() ? memory_.world->creation_schema() : name.schema, name.name);
    if (there == nullptr) return false;
    if (if_not_exists) {
        effect_.no_op = true;
    } else {
        exact_->refuse("42P07", fmt::format("{} exists already", there->text()));
    }
    return true;
}

Id TreeReader::make(RelationKind kind, const Name& name) {
    Relation relation{
        .kind = kind, .schema = name.schema.empty() ? memory_.world->creation_schema() : name.schema, .name = name.name
    };
    const Id id = memory_.world->add(std::move(relation));
    exact_->changed(What::created, memory_.world->at(id));
    return id;
}

void TreeReader::make_table(const PgQuery__CreateStmt& statement) {
    const Name name = name_of(statement.relation);
    const bool temporary = std::string_view{statement.relation->relpersistence} == "t";
    const Id id = make(RelationKind::table, name);
    {
        Relation& table = memory_.world->edit(id);
        table.unlogged = std::string_view{statement.relation->relpersistence} == "u" || temporary;
        if (statement.partspec != nullptr) {
            table.partitioned = true;
            table.partition_key = partition_key_text(*statement.partspec);
        }
        table.open_ended = statement.of_typename != nullptr;
    }
    for (std::size_t i = 0; i < statement.n_inh_relations; ++i) {
        if (statement.inh_relations[i]->node_case != PG_QUERY__NODE__NODE_RANGE_VAR) continue;
        inherit_from(id, name_of(statement.inh_relations[i]->range_var), statement.partbound);
    }
    for (std::size_t i = 0; i < statement.n_table_elts; ++i) {
        const PgQuery__Node* element = statement.table_elts[i];
        if (element->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE) {
            const Name like = name_of(element->table_like_clause->relation);
            const Relation* from = memory_.world->find(like.schema, like.name);
            Relation& table = memory_.world->edit(id);
            if (from == nullptr) {
                table.open_ended = true;
                continue;
            }
            for (Column column : from->columns) {
                column.inherited = false;
                table.columns.push_back(std::move(column));
            }
        } else if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF) {
            make_column(id, *element->column_def);
        } else if (element->node_case == PG_QUERY__NODE__NODE_CONSTRAINT) {
            make_constraint(id, *element->constraint, {});
        }
    }
}

void TreeReader::inherit_from(Id id, const Name& name, const PgQuery__PartitionBoundSpec* bound) {
    const Relation* found = memory_.world->find(name.schema, name.name);
    if (found == nullptr) {
        memory_.world->edit(id).open_ended = true;
        return;
    }
    const Relation parent = *found;
    Relation& table = memory_.world->edit(id);
    table.parents.push_back(parent.id);
    for (Column column : parent.columns) {
        column.inherited = true;
        table.columns.push_back(std::move(column));
    }
    for (Constraint constraint : parent.constraints) {
        if (constraint.type != Constraint::Type::check) continue;
        constraint.inherited = true;
        table.constraints.push_back(std::move(constraint));
    }
    memory_.world->edit(parent.id).children.push_back(id);
    if (bound == nullptr) return;
    table.partition_bound = bound_text(*bound);
    table.is_default = bound->is_default != 0;
    const bool taken =
        std::ranges::any_of(parent.children, [&](Id child) { return memory_.world->at(child).is_default; });
    if (bound->is_default != 0 && taken) {
        return exact_->refuse("42P17", fmt::format("{} has a default partition already", parent.text()));
    }
    read_default_partition(parent, id);
    for (const Constraint& constraint : parent.constraints) {
        if (constraint.type != Constraint::Type::foreign_key || constraint.references == kNoId) continue;
        exact_->touch(
            constraint.references,
            LockMode::share_row_exclusive,
            fmt::format("the foreign key {} of the new partition puts triggers on it", constraint.name)
        );
        Constraint own = constraint;
        own.inherited = true;
        memory_.world->edit(constraint.references).referenced_by.push_back({id, own.name});
        memory_.world->edit(id).constraints.push_back(std::move(own));
    }
    for (const Id index : parent.indexes) {
        const Relation above = memory_.world->at(index);
        Relation own = above;
        own.name = memory_.world->free_name(
            memory_.world->at(id), above.backs.empty() ? "part" : "", above.backs.empty() ? "idx" : "key"
        );
        own.table = id;
        own.parents.assign(1, index);
        own.children.clear();
        exact_->touch(index, LockMode::share_update_exclusive, "gets the new partition's index");
        const Id made = memory_.world->add(std::move(own));
        exact_->changed(What::created, memory_.world->at(made));
    }
}

void TreeReader::make_column(Id id, const PgQuery__ColumnDef& given) {
    memory_.world->edit(id).columns.push_back(column_from(given));
    for (std::size_t i = 0; i < given.n_constraints; ++i) {
        if (given.constraints[i]->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) continue;
        make_constraint(id, *given.constraints[i]->constraint, given.colname);
    }
}

// Of a table without rows: nothing is checked, and only the other end of a foreign key is locked.
void TreeReader::make_constraint(Id id, const PgQuery__Constraint& given, const std::string& column) {
    switch (given.contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
        case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
        case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION:
            break;
        default:
            return;
    }
    Constraint constraint = constraint_from(id, given, column);
    constraint.not_valid = false;
    if (constraint.type == Constraint::Type::unique || constraint.type == Constraint::Type::primary_key ||
        constraint.type == Constraint::Type::exclude) {
        const Relation& table = memory_.world->at(id);
        constraint.index = memory_.world->add(
            {.kind = RelationKind::index,
             .schema = table.schema,
             .name = constraint.name,
             .table = id,
             .definition = index_text(constraint.columns),
             .unique = true,
             .backs = constraint.name}
        );
        exact_->changed(What::created, memory_.world->at(constraint.index));
        for (Column& one : memory_.world->edit(id).columns) {
            const bool key = std::ranges::find(constraint.columns, one.name) != constraint.columns.end();
            if (key && constraint.type == Constraint::Type::primary_key) one.not_null = true;
        }
    }
    remember(id, std::move(constraint));
}

void TreeReader::make_query_table(RelationKind kind, const Name& name, const PgQuery__Node* query) {
    const Id id = make(kind, name);
    Relation& made = memory_.world->edit(id);
    made.open_ended = true;
    if (query == nullptr || kind == RelationKind::table) return;
    const QueryNames names = names_in(&query->base);
    for (const Name& read : names.relations) {
        const Relation* from = memory_.world->find(read.schema, read.name);
        if (from == nullptr || from->id == id) continue;
        Reading reading{.relation = from->id};
        for (const Column& column : from->columns) {
            if (names.star || names.columns.contains(column.name)) reading.columns.push_back(column.name);
        }
        memory_.world->edit(id).reads.push_back(std::move(reading));
        memory_.world->edit(from->id).readers.push_back(id);
    }
}

bool TreeReader::create_index_exact(const PgQuery__IndexStmt& statement) {
    const Name name = name_of(statement.relation);
    const World& world = *memory_.world;
    const Relation* found = world.find(name.schema, name.name);
    if (found == nullptr) return false;
    const Id id = found->id;
    const Relation table = *found;
    const bool concurrently = statement.concurrent != 0;
    const bool only = statement.relation->inh == 0 || !table.partitioned;
    const Fact& known = fact(concurrently ? Work::create_index_concurrently : Work::create_index);
    effect_.outside = effect_.outside || concurrently;
    if (table.kind == RelationKind::view) {
        exact_->refuse("42809", fmt::format("{} is a view", table.text()));
        return true;
    }
    if (concurrently && table.partitioned) {
        exact_->refuse(
            "0A000", fmt::format("{} is partitioned: CONCURRENTLY has to be used on each partition", table.text())
        );
        return true;
    }
    const std::string_view asked = statement.idxname;
    if (!asked.empty() && world.find(table.schema, asked) != nullptr) {
        exact_->touch(id, known.lock, "the lock comes before the look for the name", true);
        if (statement.if_not_exists != 0) {
            effect_.no_op = true;
        } else {
            exact_->refuse("42P07", fmt::format("{}.{} exists already", table.schema, asked));
        }
        return true;
    }
    if (statement.nulls_not_distinct != 0) needs(since::kNullsNotDistinct);
    const IndexShape shape = shape_of(statement);
    Id above = kNoId;
    for (const Id target : targets(id, only)) {
        exact_->touch(target, known.lock, known.why, target == id);
        exact_->scan(target, Certainty::yes, known.why);
        if (concurrently) exact_->scan(target, Certainty::yes, known.why);
        std::string columns;
        for (const IndexShape::Key& key : shape.keys) {
            columns += (columns.empty() ? "" : "_") + (key.column.empty() ? std::string{"expr"} : key.column);
        }
        Relation index{
            .kind = RelationKind::index,
            .schema = table.schema,
            .name =
                target == id && !asked.empty() ? std::string{asked} : world.free_name(world.at(target), columns, "idx"),
            .table = target,
            .definition = index_text(statement),
            .unique = statement.unique != 0
        };
        if (above != kNoId) index.parents.push_back(above);
        const Id made = memory_.world->add(std::move(index));
        if (target == id) above = made;
        exact_->changed(What::created, world.at(made));
    }
    if (statement.unique == 0 || shape.expressions) return true;
    std::vector<std::string> columns;
    for (const IndexShape::Key& key : shape.keys) columns.push_back(quoted(key.column));
    std::string where = statement.where_clause == nullptr ? "" : sql::text_of(*statement.where_clause);
    if (statement.nulls_not_distinct == 0) {
        for (const std::string& column : columns) where += (where.empty() ? "" : " and ") + column + " is not null";
    }
    exact_->may_fail(
        id,
        "23505",
        fmt::format("rows of {} with the same ({})", table.text(), fmt::join(columns, ", ")),
        fmt::format(
            "select 1 from {}{} group by {} having count(*) > 1 limit 1",
            table.text(),
            where.empty() ? "" : " where " + where,
            fmt::join(columns, ", ")
        )
    );
    return true;
}

bool TreeReader::refresh_exact(const PgQuery__RefreshMatViewStmt& statement) {
    const World& world = *memory_.world;
    const Name name = name_of(statement.relation);
    const Relation* found = world.find(name.schema, name.name);
    if (found == nullptr) return false;
    const Relation view = *found;
    const bool concurrently = statement.concurrent != 0;
    const Fact& known = fact(concurrently ? Work::refresh_concurrently : Work::refresh);
    exact_->touch(view.id, known.lock, known.why, true);
    if (concurrently) {
        const bool unique = std::ranges::any_of(view.indexes, [&](Id index) {
            const IndexShape shape = shape_of(world.at(index));
            return world.at(index).unique && !shape.partial && !shape.expressions && !world.at(index).invalid;
        });
        if (!unique) exact_->refuse("55000", fmt::format("{} has no unique index on plain columns", view.text()));
        if (!view.populated)
            exact_->refuse(
                "55000", fmt::format("{} holds nothing yet: the first REFRESH is without CONCURRENTLY", view.text())
            );
        exact_->scan(view.id, Certainty::yes, known.why);
        exact_->indexes(view.id, LockMode::row_exclusive, "changed row by row");
    } else {
        exact_->new_file(view.id);
    }
    if (statement.skip_data == 0) {
        for (const Reading& reading : view.reads) {
            exact_->plan(
                reading.relation, LockMode::access_share, Certainty::maybe, "read by the query, as far as its plan goes"
            );
        }
    }
    memory_.world->edit(view.id).populated = statement.skip_data == 0;
    return true;
}

void TreeReader::check_domain(const Name& name, std::string_view sqlstate, const std::string& condition) {
    const Type* type = memory_.world->find_type(name.schema, name.name);
    if (type == nullptr) {
        effect_.exact = false;
        return add({.work = Work::domain_constraint, .subject = name.text()});
    }
    const std::string why = fmt::format("every row is read to test the new constraint of domain {}", name.text());
    for (const World::TypeUse& use : memory_.world->users_of_type(*type)) {
        const Relation& table = memory_.world->at(use.table);
        if (!table.has_rows()) continue;
        const std::string text = table.text();
        exact_->touch(use.table, LockMode::share, why);
        exact_->scan(use.table, Certainty::yes, why);
        std::string test = condition;
        replace_word(test, "value", quoted(use.column));
        exact_->may_fail(
            use.table,
            sqlstate,
            fmt::format("rows of {} in which {}", text, test.empty() ? "the constraint does not hold" : test),
            test.empty() ? "" : fmt::format("select 1 from {} where {} limit 1", text, test)
        );
    }
}

}  // namespace drydock::effects
