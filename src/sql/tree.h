#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace drydock::sql {

enum class ObjectKind : std::uint8_t {
    table,
    index,
    view,
    materialized_view,
    sequence,
    type,
    function,
    procedure,
    schema,
    extension,
    trigger,
    policy,
    constraint,
    column,
    role,
    database,
    other
};
std::string_view name(ObjectKind kind);

enum class Use : std::uint8_t { creates, drops, alters, reads, writes };

// An object that a statement names. Names are as the parser folds them; schema is empty where it was not given.
// For a column, constraint, trigger or policy, `table` is the table it stands on (name), schema that of the table; for
// an index that is created, too. What is only read is a `table` whatever relation it is: the grammar can't know.
struct ObjectUse {
    ObjectKind kind = ObjectKind::other;
    Use use = Use::reads;
    std::string schema;
    std::string table;
    std::string name;
};

// What PostgreSQL's own grammar says of one statement.
struct Analysis {
    bool parsed = false;             // false: not analysed (newer grammar, too long, an error): never a refusal
    std::string problem;             // why not
    std::vector<ObjectUse> objects;  // in order of appearance, without repeats
    bool if_exists = false;          // IF EXISTS / IF NOT EXISTS / OR REPLACE was given
};

// One statement (without a semicolon is fine). Runs the parser on a thread with a big stack; statements over 256 KiB
// are not analysed.
Analysis analyse(std::string_view statement);
// Many at once, on one such thread.
std::vector<Analysis> analyse(const std::vector<std::string_view>& statements);

// What CREATE [UNIQUE] INDEX CONCURRENTLY, REINDEX … CONCURRENTLY, ALTER TABLE … DETACH … CONCURRENTLY and the other
// statements that run outside transactions are about, so that an interrupted one can be looked up in the catalog.
struct OutsideTarget {
    std::string verb;  // "create index", "drop index", "reindex index", "reindex table", "detach", "create database",
                       // "drop database", "create tablespace", "drop tablespace", "create subscription",
                       // "drop subscription", "vacuum", "alter system", "add enum value", "other"
    std::string schema;
    std::string name;          // the index, database, tablespace, subscription, partition or enum type; empty when the
                               // index has no name of its own
    std::string table_schema;  // of the indexed or parent table
    std::string table;
    std::string value;  // of "add enum value": the new label
    bool if_exists = false;
};
std::optional<OutsideTarget> outside_target(std::string_view statement);

}  // namespace drydock::sql
