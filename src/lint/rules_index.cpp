#include <fmt/format.h>

#include "base/text.h"
#include "lint/rules.h"

// Indexes: made, dropped and rebuilt.
namespace drydock::lint {
namespace {

using sql::view;

std::string columns_of(const PgQuery__IndexStmt& statement) {
    std::string text;
    for (const auto* node : sql::items(statement.n_index_params, statement.index_params)) {
        if (node->node_case != PG_QUERY__NODE__NODE_INDEX_ELEM) continue;
        const auto name = view(node->index_elem->name);
        text += text.empty() ? "" : ", ";
        text += name.empty() ? std::string{"(…)"} : effects::quoted(name);
    }
    return text;
}

// The statement's own text with a word put in.
std::string with_word(const Context& context, std::size_t behind, std::string_view word) {
    std::string text{context.sql()};
    text.insert(behind, fmt::format(" {}", word));
    if (!text.ends_with(';')) text += ';';
    return text;
}

void partitioned(
    Context& context, const PgQuery__IndexStmt& statement, const Name& table, const effects::Relation& on
) {
    const auto columns = columns_of(statement);
    auto name = std::string{view(statement.idxname)};
    if (name.empty()) name = on.name + "_idx";
    std::vector<std::string> fix{
        fmt::format("CREATE INDEX {} ON ONLY {} ({});", effects::quoted(name), text_of(table), columns)
    };
    for (const auto id : on.children) {
        if (fix.size() > 6) break;
        const auto& leaf = context.world()->at(id);
        const auto own = effects::quoted(leaf.name + "_" + name);
        fix.push_back(fmt::format("CREATE INDEX CONCURRENTLY {} ON {} ({});", own, leaf.text(), columns));
        fix.push_back(fmt::format("ALTER INDEX {} ATTACH PARTITION {};", effects::quoted(name), own));
    }
    if (statement.concurrent != 0) {
        context.report(
            "idx-cic-partitioned",
            fmt::format("the server refuses CREATE INDEX CONCURRENTLY on {}: it is partitioned", text_of(table)),
            {.relation = table, .fix = std::move(fix), .from_catalog = true}
        );
        return;
    }
    context.report(
        "idx-create",
        fmt::format(
            "writes to {} and to all of its {} partitions wait while the index is built on each",
            text_of(table),
            on.children.size()
        ),
        {.relation = table,
         .lock = LockMode::share,
         .new_is_fine = true,
         .scales = true,
         .fix = std::move(fix),
         .from_catalog = true}
    );
}

}  // namespace

void concurrent_work_rules(Context& context, const Name& table) {
    const auto key = context.key(table);
    const auto [before, fresh] = context.file().concurrent.emplace(key, context.now().line);
    if (fresh) return;
    context.report(
        "idx-cic-pair",
        fmt::format(
            "{} has concurrent work in line {} already: the two never run at once, and each waits for all older "
            "transactions",
            text_of(table),
            before->second
        ),
        {.relation = table, .lock = LockMode::share_update_exclusive}
    );
    before->second = context.now().line;
}

void create_index_rules(Context& context, const PgQuery__IndexStmt& statement) {
    const auto table = name_of(statement.relation);
    const auto* on = context.relation(table);
    const bool only = statement.relation != nullptr && statement.relation->inh == 0;
    if (on != nullptr && on->partitioned && !only && !context.is_new(table)) {
        partitioned(context, statement, table, *on);
        return;
    }
    if (statement.concurrent != 0) {
        if (context.stand().trouble == Stand::Trouble::none) concurrent_work_rules(context, table);
        if (statement.if_not_exists != 0 && !view(statement.idxname).empty()) {
            const Name index{.schema = table.schema, .name = std::string{view(statement.idxname)}};
            std::string text{context.sql()};
            const auto words = context.find_keyword("IF");
            const auto end = words == Context::npos ? words : context.find_keyword("EXISTS", words);
            if (end != Context::npos) text.erase(words, end + 7 - words);
            context.report(
                "idx-cic-retry",
                fmt::format(
                    "when an earlier build of {} failed, its invalid index is taken for a good one", text_of(index)
                ),
                {.relation = table,
                 .at = words == Context::npos ? 0 : words,
                 .object = text_of(index),
                 .fix = {fmt::format("DROP INDEX CONCURRENTLY IF EXISTS {};", text_of(index)), text + ";"}}
            );
        }
        return;
    }
    if (only) return;  // nothing is built
    if (context.is_new(table)) return;
    const auto index = context.find_keyword("INDEX");
    auto* finding = context.report(
        "idx-create",
        fmt::format(
            "{}{} wait while the index is built",
            statement.if_not_exists != 0 && context.effect().no_op ? "the index is there already, and still writes to "
                                                                   : "writes to ",
            text_of(table)
        ),
        {.relation = table,
         .lock = LockMode::share,
         .new_is_fine = true,
         .scales = true,
         .fix = index == Context::npos ? std::vector<std::string>{}
                                       : std::vector{with_word(context, index + 5, "CONCURRENTLY")}}
    );
    if (index != Context::npos && !context.stand().own && view(statement.idxname) != "" &&
        statement.if_not_exists == 0 && context.options().runner != Runner::transaction)
        context.edit(finding, index + 5, index + 5, " CONCURRENTLY");
}

void drop_index_rules(Context& context, const PgQuery__DropStmt& statement) {
    for (const auto* object : sql::items(statement.n_objects, statement.objects)) {
        const auto name = name_of(*object);
        if (context.is_new(name)) continue;
        const auto* index = context.relation(name);
        const auto* table =
            index == nullptr || index->table == effects::kNoId ? nullptr : &context.world()->at(index->table);
        if (statement.concurrent != 0) {
            if (table != nullptr && table->partitioned) {
                context.report(
                    "idx-cic-partitioned",
                    fmt::format(
                        "the server refuses DROP INDEX CONCURRENTLY of {}: it is an index of a partitioned table",
                        text_of(name)
                    ),
                    {.relation = name, .fix = {fmt::format("DROP INDEX {};", text_of(name))}, .from_catalog = true}
                );
            }
            continue;
        }
        if (table != nullptr && context.is_new({.schema = table->schema, .name = table->name})) continue;
        const auto word = context.find_keyword("INDEX");
        const bool simple = statement.n_objects == 1 && statement.behavior != PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE &&
                            (table == nullptr || !table->partitioned) && (index == nullptr || index->backs.empty());
        const Name about = table == nullptr ? name : Name{.schema = table->schema, .name = table->name};
        auto* finding = context.report(
            "idx-drop",
            fmt::format(
                "{}, and its table{} with it, {} closed to everybody until every running query has ended",
                text_of(name),
                table == nullptr ? "" : " " + table->text(),
                "are"
            ),
            {.relation = about,
             .lock = LockMode::access_exclusive,
             .scales = true,
             .object = text_of(name),
             .fix = simple ? std::vector{with_word(context, word + 5, "CONCURRENTLY")} : std::vector<std::string>{}}
        );
        if (simple && word != Context::npos && !context.stand().own && context.options().runner != Runner::transaction)
            context.edit(finding, word + 5, word + 5, " CONCURRENTLY");
    }
}

void reindex_rules(Context& context, const PgQuery__ReindexStmt& statement) {
    const auto* concurrently = option(statement.params, statement.n_params, "concurrently");
    const auto name = name_of(statement.relation);
    if (is_true(concurrently)) {
        if (statement.kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_TABLE) concurrent_work_rules(context, name);
        return;
    }
    if (name.name.empty()) {
        context.report(
            "idx-reindex",
            fmt::format(
                "every index of {} is rebuilt, each table closed meanwhile",
                view(statement.name).empty() ? "the database" : view(statement.name)
            ),
            {.lock = LockMode::share, .fix = {"-- one REINDEX TABLE CONCURRENTLY for each table"}}
        );
        return;
    }
    const bool whole = statement.kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_TABLE;
    const auto word = context.find_keyword(whole ? "TABLE" : "INDEX");
    auto* finding = context.report(
        "idx-reindex",
        fmt::format(
            "writes{} wait while {} rebuilt",
            " and most reads",
            whole ? "the indexes of " + text_of(name) + " are" : text_of(name) + " is"
        ),
        {.relation = name,
         .lock = LockMode::share,
         .new_is_fine = true,
         .scales = true,
         .fix = word == Context::npos ? std::vector<std::string>{}
                                      : std::vector{with_word(context, word + 5, "CONCURRENTLY")}}
    );
    if (word != Context::npos && !context.stand().own && context.options().runner != Runner::transaction)
        context.edit(finding, word + 5, word + 5, " CONCURRENTLY");
}

}  // namespace drydock::lint
