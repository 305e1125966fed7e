#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/snapshot.h"

// How SQL names objects: inner parts of the module.
namespace drydock::catalog::ddl {

// Quoted only where PostgreSQL needs it, as its quote_ident does: this SQL is read by people.
std::string ident(std::string_view name);
std::string literal(std::string_view text);  // 'text', or E'text' when it holds a backslash

// "app.orders", "app.imm(integer)", of a database nothing.
std::string qualified(const Object& object);
// What a column, constraint, trigger … stands on: "app.orders".
std::string parent_of(const Object& object);
// The name of a routine without its argument types, and the types with their parentheses.
std::string_view routine_name(std::string_view name);
std::string_view routine_arguments(std::string_view name);

// "TABLE", "MATERIALIZED VIEW", "TYPE": the word of ALTER and DROP.
std::string_view keyword(Kind kind);
// The object as COMMENT ON and SECURITY LABEL ON name it: "CONSTRAINT n_pos ON app.big", "COLUMN app.big.id".
std::string target(const Snapshot& snapshot, const Object& object);
// The relation that a column or the like stands on, as ALTER names it: "TABLE app.orders", "VIEW app.vw".
std::string alter_parent(const Snapshot& snapshot, const Object& object);
const Object* parent(const Snapshot& snapshot, const Object& object);

bool is_relation(Kind kind);  // has columns: table, foreign table, view, materialized view, composite type

// The lines of a list value, and "name=value" of one line.
std::vector<std::string> lines(const std::string* value);
struct Setting {
    std::string name;
    std::string value;
};
std::vector<Setting> settings(const std::string* value);
std::string joined(const std::vector<std::string>& parts, std::string_view separator);

}  // namespace drydock::catalog::ddl
