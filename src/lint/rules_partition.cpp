#include <fmt/format.h>

#include "lint/rules.h"

// Partitions: attached, made, detached, and what a change of the parent does to them.
namespace drydock::lint {
namespace {

const effects::Relation* default_partition(const Context& context, const Name& parent) {
    const auto* found = context.relation(parent);
    if (found == nullptr) return nullptr;
    for (const auto id : found->children) {
        const auto& child = context.world()->at(id);
        if (child.is_default) return &child;
    }
    return nullptr;
}

// "FOR VALUES FROM … TO …", "DEFAULT". The tree has the place behind FOR VALUES.
std::string bounds_of(const Context& context, const PgQuery__PartitionBoundSpec& bound) {
    if (bound.is_default != 0) return "DEFAULT";
    return fmt::format("FOR VALUES {}", context.clause(context.at(bound.location)));
}

// The effect says whether the default partition is read: a CHECK on it may exclude the new bounds.
void default_rules(Context& context, const Name& parent, std::size_t at) {
    const auto* other = default_partition(context, parent);
    if (other == nullptr) return;
    const Name name{.schema = other->schema, .name = other->name};
    if (context.scans(name) == Certainty::no || context.is_new(name)) return;
    context.report(
        "part-default",
        fmt::format("the default partition {} is read as a whole under ACCESS EXCLUSIVE", other->text()),
        {.relation = name,
         .at = at,
         .lock = LockMode::access_exclusive,
         .scales = true,
         .fix =
             {fmt::format("ALTER TABLE {} ADD CONSTRAINT … CHECK (not the new bounds) NOT VALID;", other->text()),
              fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT …;", other->text())},
         .from_catalog = true}
    );
}

void attach(Context& context, const Action& action, const PgQuery__PartitionCmd& command) {
    const auto part = name_of(command.name);
    const bool is_index = action.statement.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX;
    if (is_index) return;
    default_rules(context, action.table, action.at);
    if (context.is_new(part) && !context.file().filled.contains(context.key(part))) return;
    // Without a catalog nobody knows what CHECK stands on it, so `maybe` is worth a look and no more.
    const auto scans = context.scans(part);
    const bool known = context.relation(part) != nullptr;
    if (known ? scans == Certainty::no : context.state().validated.contains(context.key(part))) return;
    const auto bounds = command.bound == nullptr ? std::string{"FOR VALUES …"} : bounds_of(context, *command.bound);
    context.report(
        "part-attach",
        fmt::format(
            "{} is read as a whole under ACCESS EXCLUSIVE{}",
            text_of(part),
            known ? "" : ", unless a validated CHECK on it implies the bounds"
        ),
        {.relation = part,
         .at = action.at,
         .lock = LockMode::access_exclusive,
         .scales = true,
         .fix =
             {fmt::format("ALTER TABLE {} ADD CONSTRAINT … CHECK (the bounds: {}) NOT VALID;", text_of(part), bounds),
              fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT …;", text_of(part))},
         .severity = known ? std::nullopt : std::optional{Severity::warning}}
    );
}

}  // namespace

void partition_rules(Context& context, const Action& action) {
    const auto* def = action.command.def;
    const auto* part =
        def != nullptr && def->node_case == PG_QUERY__NODE__NODE_PARTITION_CMD ? def->partition_cmd : nullptr;
    if (action.command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition && part != nullptr) {
        attach(context, action, *part);
        return;
    }
    if (action.command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition && part != nullptr) {
        if (part->concurrent != 0 || context.is_new(action.table)) return;
        const auto* has_default = default_partition(context, action.table);
        const bool can = has_default == nullptr && (context.version() == 0 || context.version() >= 14);
        auto* finding = context.report(
            "part-detach",
            fmt::format(
                "{} is closed to reads and writes until every running query on it has ended", text_of(action.table)
            ),
            {.relation = action.table,
             .at = action.at,
             .lock = LockMode::access_exclusive,
             .fix = can ? std::vector{std::string{context.sql()} + " CONCURRENTLY;"} : std::vector<std::string>{}}
        );
        const bool sure = context.relation(action.table) != nullptr && context.version() >= 14;
        if (can && sure && !context.stand().own && context.options().runner != Runner::transaction)
            context.edit(finding, context.sql().size(), context.sql().size(), " CONCURRENTLY");
        return;
    }
    const auto* table = context.relation(action.table);
    if (table == nullptr || table->children.empty() || context.is_new(action.table)) return;
    switch (action.command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
            context.report(
                "part-recursion",
                fmt::format(
                    "ACCESS EXCLUSIVE on {} and on all {} below it at once",
                    text_of(action.table),
                    context.world()->descendants(table->id).size()
                ),
                {.relation = action.table, .at = action.at, .lock = LockMode::access_exclusive, .from_catalog = true}
            );
            break;
        default:
            break;
    }
}

void new_partition_rules(Context& context, const PgQuery__CreateStmt& statement) {
    if (statement.partbound == nullptr || statement.n_inh_relations == 0) return;
    const auto parent = name_of(*statement.inh_relations[0]);
    if (context.is_new(parent)) return;
    const auto part = name_of(statement.relation);
    const auto bounds = bounds_of(context, *statement.partbound);
    context.report(
        "part-create",
        fmt::format("{} is closed to reads and writes until every running query on it has ended", text_of(parent)),
        {.relation = parent,
         .lock = LockMode::access_exclusive,
         .fix =
             {fmt::format("CREATE TABLE {} (LIKE {} INCLUDING ALL);", text_of(part), text_of(parent)),
              fmt::format("ALTER TABLE {} ATTACH PARTITION {} {};", text_of(parent), text_of(part), bounds)}}
    );
    default_rules(context, parent, 0);
}

}  // namespace drydock::lint
