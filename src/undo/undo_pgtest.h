#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "catalog/difference.h"
#include "sql/script.h"
#include "testing/postgres.h"
#include "undo/rollback.h"

namespace drydock::undo {

inline Limits minute() {
    return Limits::within(std::chrono::minutes{1});
}

inline catalog::Snapshot snapshot_of(pg::Connection& connection) {
    auto snapshot = catalog::read_snapshot(connection, {.dependencies = true}, minute());
    EXPECT_TRUE(snapshot) << snapshot.error().message;
    return snapshot ? *std::move(snapshot) : catalog::Snapshot{};
}

inline std::string differences(const catalog::Snapshot& from, const catalog::Snapshot& to, bool column_order = true) {
    std::string text;
    const auto difference = catalog::compare(from, to, {.column_order = column_order});
    for (const auto& change : difference.changes) text += catalog::describe(change) + '\n';
    return text;
}

inline std::vector<std::string> cut(std::string_view sql) {
    std::vector<std::string> result;
    const auto script = sql::Script::read(sql, "");
    EXPECT_TRUE(script) << sql;
    if (!script) return result;
    for (const auto& statement : script->statements()) result.emplace_back(script->text_of(statement));
    return result;
}

inline void run(pg::Connection& connection, std::string_view sql) {
    const auto ran = connection.run_message(sql, minute());
    EXPECT_TRUE(ran) << sql << '\n' << ran.error().message << '\n' << ran.error().detail;
}

// A migration, its rollback, and what became of the catalog when both ran.
struct Undone {
    Generated generated;
    std::string left;         // what differs after the rollback
    std::string again;        // what differs after the migration ran once more
    std::string left_as_was;  // what looking for the rollback changed: nothing
};

inline Undone undo(const testing::Database& database, std::string_view forward) {
    auto connection = database.connect();
    Undone undone;
    const auto before = snapshot_of(connection);
    run(connection, forward);
    const auto after = snapshot_of(connection);
    auto generated = synthesise(
        connection, before, after, {.id = "007_change", .sha256 = "abc", .statements = cut(forward)}, minute()
    );
    EXPECT_TRUE(generated) << generated.error().message;
    if (!generated) return undone;
    undone.generated = *std::move(generated);
    undone.left_as_was = differences(after, snapshot_of(connection));
    run(connection, "BEGIN;" + undone.generated.sql + ";COMMIT");
    undone.left = differences(before, snapshot_of(connection));
    if (!undone.left.empty()) return undone;
    run(connection, forward);
    undone.again = differences(after, snapshot_of(connection));
    return undone;
}

}  // namespace drydock::undo
