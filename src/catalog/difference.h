#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/snapshot.h"

namespace drydock::catalog {

struct AspectChange {
    std::string_view name;
    const std::string* before = nullptr;  // nullptr: the default
    const std::string* after = nullptr;
};

struct Change {
    enum class Kind : std::uint8_t { added, removed, changed };
    Kind kind = Kind::changed;
    const Object* before = nullptr;
    const Object* after = nullptr;
    bool renamed = false;    // known by identity: another name, schema or parent for the same object
    bool recreated = false;  // known by identity: the same name, and another object; what it held is gone
    std::vector<AspectChange> aspects;
};

struct CompareOptions {
    // Both snapshots are of one database, so that objects are matched by who they are first, and by name then.
    bool by_identity = false;
    bool owners = true;
    bool privileges = true;
    bool comments = true;
    bool column_order = true;
    bool database = true;  // the database's own settings, locale and privileges
    std::vector<std::string> without_schemas{};
};

// Points into both snapshots, which must outlive it. In the order of objects.
struct Difference {
    std::vector<Change> changes;
    bool empty() const { return changes.empty(); }
};
Difference compare(const Snapshot& before, const Snapshot& after, const CompareOptions& options);

// "+ index app.orders_note", "- column app.orders.note", "~ column app.orders.total: type numeric → numeric(10,2)".
std::string describe(const Change& change);

// SQL that makes `from` into `to`, in the order in which it can run: statements without their semicolons.
// Of the same database (by_identity), renames are renames. What no statement can do is in `impossible`, in words.
struct Script {
    std::vector<std::string> statements;
    std::vector<std::string> impossible;
};
Script transition(const Snapshot& from, const Snapshot& to, const CompareOptions& options);

// The whole catalog as DDL that a person reads and psql runs.
std::string to_ddl(const Snapshot& snapshot);

}  // namespace drydock::catalog
