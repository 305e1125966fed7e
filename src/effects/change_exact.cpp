#include <algorithm>

#include <fmt/format.h>
#include <pg_query/pg_query.pb-c.h>

#include "effects/names.h"
#include "effects/query.h"
#include "effects/tree.h"
#include "sql/parser.h"

// DROP, TRUNCATE, RENAME, REINDEX and their like where the catalog is known.
namespace drydock::effects {

namespace {

using What = ObjectChange::What;
using catalog::Kind;

RelationKind kind_dropped(int type) {
    switch (type) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
            return RelationKind::view;
        case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
            return RelationKind::materialized_view;
        case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
            return RelationKind::sequence;
        case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
            return RelationKind::foreign_table;
        case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
            return RelationKind::index;
        default:
            return RelationKind::table;
    }
}

Kind kind_of_function(int type) {
    if (type == PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE) return Kind::procedure;
    return type == PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE ? Kind::aggregate : Kind::function;
}

}  // namespace

// One object that can't be without what is dropped.
void TreeReader::drop_dependent(const catalog::Object& object, const std::string& of, bool cascade, bool of_type) {
    if (!cascade) {
        return exact_->refuse(
            "2BP01", fmt::format("{} depends on {}: CASCADE would drop that too", catalog::label(object), of)
        );
    }
    const World& world = *memory_.world;
    const bool stands_on = !object.parent.empty();
    const Relation* relation = world.find(object.schema, stands_on ? object.parent : object.name);
    if (relation == nullptr) return;
    const Id id = relation->id;
    const std::string why = fmt::format("loses {}, which depends on {}", catalog::label(object), of);
    switch (object.kind) {
        case Kind::column:
            exact_->touch(id, LockMode::access_exclusive, why);
            if (!of_type || relation->column(object.name) == nullptr) return;  // the default alone goes
            exact_->lose(fmt::format("column {}.{}.{}", object.schema, object.parent, object.name));
            exact_->drop_column(id, object.name, true);
            break;
        case Kind::index:
            if (const Relation* index = world.find(object.schema, object.name)) {
                exact_->touch(id, LockMode::access_exclusive, why);
                exact_->drop_relation(index->id, true, false);
            }
            return;
        case Kind::constraint:
            exact_->touch(id, LockMode::access_exclusive, why);
            return exact_->drop_constraint(id, object.name, true);
        case Kind::table:
        case Kind::view:
        case Kind::materialized_view:
        case Kind::sequence:
        case Kind::foreign_table:
        case Kind::composite_type:
            return exact_->drop_relation(id, true, false);
        default:
            if (stands_on) exact_->touch(id, LockMode::access_exclusive, why);
    }
    exact_->change(
        {.what = What::dropped,
         .kind = object.kind,
         .schema = object.schema,
         .parent = object.parent,
         .name = object.name,
         .by_cascade = true}
    );
}

void TreeReader::drop_with_dependents(
    Kind kind, const std::string& schema, const std::string& name, bool cascade, bool of_type
) {
    const std::string of = schema.empty() ? name : schema + "." + name;
    exact_->change({.what = What::dropped, .kind = kind, .schema = schema, .name = name});
    for (const catalog::Object* object : memory_.world->needing(kind, schema, {}, name)) {
        drop_dependent(*object, of, cascade, of_type);
    }
}

void TreeReader::drop_relation_exact(int kind, const Name& name, const PgQuery__DropStmt& statement) {
    const World& world = *memory_.world;
    const Relation* relation = world.find(name.schema, name.name);
    const bool cascade = statement.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    if (relation == nullptr) {
        if (statement.missing_ok != 0) {
            effect_.no_op = true;
            return;
        }
        effect_.exact = false;
        return drop_relation(kind, name, statement.concurrent != 0);
    }
    const Id id = relation->id;
    if (relation->kind != kind_dropped(kind)) {
        return exact_->refuse(
            "42809", fmt::format("{} is a {}", relation->text(), catalog::name(kind_of(relation->kind)))
        );
    }
    if (kind == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX) return drop_index_exact(id, statement.concurrent != 0);
    const bool has_data = relation->kind == RelationKind::table || relation->kind == RelationKind::materialized_view ||
                          relation->kind == RelationKind::sequence;
    if (has_data && !relation->created_here) {
        exact_->lose(fmt::format("{} {}", catalog::name(kind_of(relation->kind)), name.text()));
    }
    if (relation->kind == RelationKind::sequence) {
        for (const catalog::Object* object : world.needing(Kind::sequence, relation->schema, {}, relation->name)) {
            if (object->kind == Kind::column) drop_dependent(*object, name.text(), cascade, false);
        }
    }
    exact_->drop_relation(id, cascade, true);
}

void TreeReader::drop_index_exact(Id id, bool concurrently) {
    const World& world = *memory_.world;
    const Relation index = world.at(id);
    if (!index.backs.empty()) {
        return exact_->refuse("2BP01", fmt::format("the constraint {} needs it: drop that instead", index.backs));
    }
    if (!index.parents.empty()) {
        return exact_->refuse(
            "2BP01", fmt::format("{} needs it: drop that instead", world.at(index.parents.front()).text())
        );
    }
    if (concurrently && index.table != kNoId && world.at(index.table).partitioned) {
        return exact_->refuse("0A000", "an index of a partitioned table can't be dropped concurrently");
    }
    const LockMode lock = concurrently ? LockMode::share_update_exclusive : LockMode::access_exclusive;
    effect_.outside = effect_.outside || concurrently;
    const Fact& known = fact(concurrently ? Work::drop_index_concurrently_table : Work::drop_index_table);
    if (index.table != kNoId) exact_->touch(index.table, lock, filled(known.why, {}, {}, index.name), false);
    for (const Id part : index.children) {
        if (world.at(part).table != kNoId) exact_->touch(world.at(part).table, lock, "loses its part of the index");
    }
    exact_->touch(
        id,
        LockMode::access_exclusive,
        concurrently ? "dropped at the end, when nothing uses it any more" : "dropped",
        true
    );
    exact_->drop_relation(id, true, true);
}

void TreeReader::drop_exact(const PgQuery__DropStmt& statement) {
    const int kind = statement.remove_type;
    const bool cascade = statement.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    // What is named together may depend on each other.
    for (std::size_t i = 0; i < statement.n_objects; ++i) {
        const Name name = dropped_name(statement.objects[i]);
        if (const Relation* one = memory_.world->find(name.schema, name.name)) exact_->expect(one->id);
    }
    for (std::size_t i = 0; i < statement.n_objects; ++i) {
        const PgQuery__Node* object = statement.objects[i];
        const Name name = dropped_name(object);
        switch (kind) {
            case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
            case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
            case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
            case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
            case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
            case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
                drop_relation_exact(kind, name, statement);
                break;
            case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
            case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN:
                drop_type_exact(name, cascade, statement.missing_ok != 0);
                break;
            case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
                drop_schema_exact(std::string{string_of(object)}, cascade);
                break;
            case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION:
                drop_with_dependents(Kind::extension, {}, std::string{string_of(object)}, cascade, true);
                break;
            case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
            case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
            case PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE:
                drop_function_exact(kind_of_function(kind), name, cascade);
                break;
            case PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT:
                drop_statistics_exact(name);
                break;
            default:
                break;
        }
    }
}

void TreeReader::drop_statistics_exact(const Name& name) {
    for (const catalog::Object* statistics : memory_.world->named(Kind::statistics, name.schema, name.name)) {
        const sql::Parsed parsed = sql::parse(statistics->get(catalog::aspect::definition));
        if (parsed.tree == nullptr || parsed.tree->n_stmts == 0) continue;
        const PgQuery__Node* made = parsed.tree->stmts[0]->stmt;
        if (made->node_case != PG_QUERY__NODE__NODE_CREATE_STATS_STMT || made->create_stats_stmt->n_relations == 0)
            continue;
        if (made->create_stats_stmt->relations[0]->node_case != PG_QUERY__NODE__NODE_RANGE_VAR) continue;
        add(Work::create_statistics, made->create_stats_stmt->relations[0]->range_var);
        exact_->change(
            {.what = What::dropped, .kind = Kind::statistics, .schema = statistics->schema, .name = statistics->name}
        );
    }
}

void TreeReader::drop_type_exact(const Name& name, bool cascade, bool missing_ok) {
    const World& world = *memory_.world;
    const Type* type = world.find_type(name.schema, name.name);
    if (type == nullptr) {
        effect_.no_op = effect_.no_op || missing_ok;
        return;
    }
    const Type gone = *type;
    const std::string text = gone.schema + "." + gone.name;
    if (const Relation* composite = world.find(gone.schema, gone.name);
        composite != nullptr && composite->kind == RelationKind::composite_type) {
        exact_->drop_relation(composite->id, cascade, true);
    }
    for (const World::TypeUse& use : world.users_of_type(gone)) {
        const Relation& table = world.at(use.table);
        if (!cascade) {
            return exact_->refuse(
                "2BP01", fmt::format("column {} of {} is of that type: CASCADE would drop it", use.column, table.text())
            );
        }
        exact_->touch(
            use.table, LockMode::access_exclusive, fmt::format("loses column {} of type {}", use.column, text)
        );
        exact_->lose(fmt::format("column {}.{}.{}", table.schema, table.name, use.column));
        exact_->drop_column(use.table, use.column, true);
    }
    exact_->change({.what = What::dropped, .kind = Kind::type, .schema = gone.schema, .name = gone.name});
    memory_.world->drop_type(gone.schema, gone.name);
}

void TreeReader::drop_schema_exact(const std::string& schema, bool cascade) {
    const World& world = *memory_.world;
    exact_->change({.what = What::dropped, .kind = Kind::schema, .name = schema});
    const std::vector<Id> inside = world.relations_in(schema);
    if (!inside.empty() && !cascade) {
        return exact_->refuse(
            "2BP01", fmt::format("{} holds {}: CASCADE would drop it", schema, world.at(inside.front()).text())
        );
    }
    for (const Id id : inside) {
        if (world.find(schema, world.at(id).name) != nullptr) exact_->drop_relation(id, true, false);
    }
    if (!inside.empty()) exact_->lose("schema " + schema);
    for (const catalog::Object* object : world.needing(Kind::schema, {}, {}, schema)) {
        if (object->schema != schema || object->kind != Kind::enumeration) continue;
        for (const World::TypeUse& use : world.users_of_type({.schema = schema, .name = object->name})) {
            exact_->touch(use.table, LockMode::access_exclusive, fmt::format("loses column {}", use.column));
        }
    }
}

void TreeReader::drop_function_exact(Kind kind, const Name& name, bool cascade) {
    // By its name alone; of those that share it the one with dependents counts, which is the careful answer.
    for (const catalog::Object* function : memory_.world->routines(kind, name.schema, name.name)) {
        exact_->change({.what = What::dropped, .kind = kind, .schema = function->schema, .name = function->name});
        for (const catalog::Object* object : memory_.world->needing(kind, function->schema, {}, function->name)) {
            drop_dependent(*object, name.text() + "()", cascade, false);
        }
    }
}

void TreeReader::truncate_exact(const PgQuery__TruncateStmt& statement) {
    const World& world = *memory_.world;
    const bool cascade = statement.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    std::vector<Id> named;
    for (std::size_t i = 0; i < statement.n_relations; ++i) {
        if (statement.relations[i]->node_case != PG_QUERY__NODE__NODE_RANGE_VAR) continue;
        const Name name = name_of(statement.relations[i]->range_var);
        const Relation* table = world.find(name.schema, name.name);
        if (table == nullptr) {
            add(Work::truncate, statement.relations[i]->range_var);
            continue;
        }
        named.push_back(table->id);
    }
    for (const Id id : named) {
        const Relation& table = world.at(id);
        if (!table.created_here) exact_->lose(fmt::format("all rows of {}.{}", table.schema, table.name));
        for (const Incoming& key : table.referenced_by) {
            const bool too = key.table == id || std::ranges::find(named, key.table) != named.end();
            if (!cascade && !too) {
                exact_->refuse(
                    "0A000",
                    fmt::format("the foreign key {} of {} leads to it", key.constraint, world.at(key.table).text())
                );
            }
        }
        exact_->truncate(id, cascade, true);
        if (statement.restart_seqs == 0) continue;
        for (const Id sequence : table.sequences) exact_->touch(sequence, LockMode::access_exclusive, "starts again");
    }
}

bool TreeReader::rename_exact(const PgQuery__RenameStmt& statement) {
    const Name name = name_of(statement.relation);
    const Relation* found = memory_.world->find(name.schema, name.name);
    if (found == nullptr) {
        if (statement.missing_ok != 0) effect_.no_op = true;
        return statement.missing_ok != 0;
    }
    const Id id = found->id;
    const Relation table = *found;
    const std::string from = statement.subname;
    const std::string to = statement.newname;
    switch (statement.rename_type) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
        case PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE:
            exact_->change(
                {.what = What::renamed,
                 .kind = Kind::column,
                 .schema = table.schema,
                 .parent = table.name,
                 .name = from,
                 .new_name = to}
            );
            if (table.kind == RelationKind::table && table.column(from) == nullptr && !table.open_ended) {
                exact_->refuse("42703", fmt::format("{} has no column {}", table.text(), from));
            }
            if (table.column(to) != nullptr)
                exact_->refuse("42701", fmt::format("{} has a column {} already", table.text(), to));
            for (const Id target : targets(id, false)) {
                exact_->touch(target, LockMode::access_exclusive, "only the catalog changes", target == id);
                rename_column(target, from, to);
            }
            return true;
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
            exact_->change(
                {.what = What::renamed,
                 .kind = Kind::constraint,
                 .schema = table.schema,
                 .parent = table.name,
                 .name = from,
                 .new_name = to}
            );
            rename_constraint(id, from, to);
            return true;
        case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER:
        case PG_QUERY__OBJECT_TYPE__OBJECT_RULE:
        case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY:
            return false;
        default:
            break;
    }
    if (memory_.world->find(table.schema, to) != nullptr) {
        exact_->refuse("42P07", fmt::format("{}.{} exists already", table.schema, to));
    }
    const bool index =
        table.kind == RelationKind::index && statement.rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX;
    exact_->touch(id, fact(index ? Work::rename_index : Work::rename).lock, "only the catalog changes", true);
    exact_->change(
        {.what = What::renamed, .kind = kind_of(table.kind), .schema = table.schema, .name = table.name, .new_name = to}
    );
    memory_.world->rename(id, table.schema, to);
    return true;
}

void TreeReader::rename_column(Id id, const std::string& from, const std::string& to) {
    Relation& table = memory_.world->edit(id);
    for (Column& column : table.columns) {
        if (column.name == from) column.name = to;
    }
    for (Constraint& constraint : table.constraints) {
        std::ranges::replace(constraint.columns, from, to);
        if (constraint.type == Constraint::Type::check) replace_word(constraint.definition, quoted(from), quoted(to));
    }
    for (const Id index : std::vector<Id>{table.indexes}) {
        replace_word(memory_.world->edit(index).definition, quoted(from), quoted(to));
    }
}

void TreeReader::rename_constraint(Id id, const std::string& from, const std::string& to) {
    for (const Id target : targets(id, false)) {
        bool has_it = target == id;
        for (Constraint& one : memory_.world->edit(target).constraints) {
            if (one.name != from) continue;
            has_it = true;
            one.name = to;
            if (one.index == kNoId) continue;
            exact_->touch(one.index, LockMode::share_update_exclusive, "gets the constraint's new name");
            memory_.world->rename(one.index, memory_.world->at(one.index).schema, to);
        }
        if (has_it) exact_->touch(target, LockMode::access_exclusive, "only the catalog changes", target == id);
    }
}

bool TreeReader::set_schema_exact(const Name& name, std::string_view schema) {
    const Relation* found = memory_.world->find(name.schema, name.name);
    if (found == nullptr) return false;
    const Relation table = *found;
    exact_->touch(table.id, LockMode::access_exclusive, "only the catalog changes", true);
    for (const Id sequence : table.sequences) {
        exact_->touch(sequence, LockMode::access_exclusive, "goes with its table");
    }
    exact_->change(
        {.what = What::renamed,
         .kind = kind_of(table.kind),
         .schema = table.schema,
         .name = table.name,
         .new_name = std::string{schema} + "." + table.name}
    );
    memory_.world->rename(table.id, schema, table.name);
    return true;
}

void TreeReader::reindex_table_exact(Id id, bool concurrently) {
    const World& world = *memory_.world;
    const LockMode lock = concurrently ? LockMode::share_update_exclusive : LockMode::share;
    const LockMode of_index = concurrently ? LockMode::share_update_exclusive : LockMode::access_exclusive;
    const Fact& known = fact(concurrently ? Work::reindex_table_concurrently : Work::reindex_table);
    for (const Id target : targets(id, !world.at(id).partitioned)) {
        exact_->touch(target, lock, known.why, target == id);
        for (const Id index : world.at(target).indexes) exact_->rebuild(index, of_index, "built anew");
    }
}

bool TreeReader::reindex_exact(const PgQuery__ReindexStmt& statement, bool concurrently) {
    const World& world = *memory_.world;
    effect_.outside = effect_.outside || concurrently;
    if (statement.kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_SCHEMA) {
        for (const Id id : world.relations_in(statement.name)) {
            if (world.at(id).has_rows() && !world.at(id).indexes.empty()) reindex_table_exact(id, concurrently);
        }
        return true;
    }
    const Name name = name_of(statement.relation);
    const Relation* found = world.find(name.schema, name.name);
    if (found == nullptr) return false;
    const Id id = found->id;
    if (statement.kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_TABLE) {
        reindex_table_exact(id, concurrently);
        return true;
    }
    if (statement.kind != PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_INDEX) return false;
    const LockMode lock = concurrently ? LockMode::share_update_exclusive : LockMode::share;
    for (const Id index : targets(id, false)) {
        if (world.at(index).table != kNoId) {
            exact_->touch(
                world.at(index).table,
                lock,
                concurrently ? "read while reads and writes go on"
                             : "queries wait as well, for the planner opens every index"
            );
        }
        exact_->rebuild(index, concurrently ? lock : LockMode::access_exclusive, "built anew");
        exact_->touch(index, LockMode::none, {}, index == id);
    }
    return true;
}

}  // namespace drydock::effects
