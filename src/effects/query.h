#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "effects/names.h"

struct ProtobufCMessage;
struct PgQuery__IndexStmt;

namespace drydock::effects {

struct Relation;

// What an expression or a query speaks of.
struct QueryNames {
    std::vector<Name> relations;    // without the names that WITH gives
    std::set<std::string> columns;  // last parts of column names, of whichever relation
    std::vector<Name> functions;
    bool star = false;   // "*" or a whole row
    bool parsed = true;  // false: nothing is known
};
// Only on a big stack.
QueryNames names_in(const ProtobufCMessage* tree);

// Of one text, an expression as the catalog shows it: "(n > 0)". Only on a big stack.
QueryNames names_in_expression(std::string_view expression);

// An index as its definition shows it. Only on a big stack.
struct IndexShape {
    struct Key {
        std::string column;  // empty: an expression
        std::string collation{};
        std::string operator_class{};
    };
    std::vector<Key> keys;
    std::set<std::string> columns;  // all that it needs, also in expressions, INCLUDE and WHERE
    bool expressions = false;
    bool partial = false;
    std::string method;
};
IndexShape shape_of(const PgQuery__IndexStmt& statement);
IndexShape shape_of(const Relation& index);
// Enough of a definition for shape_of.
std::string index_text(const PgQuery__IndexStmt& statement);
bool index_uses(const Relation& index, std::string_view column);

// Of many texts, each one statement; starts a big stack of its own.
void read_queries(
    std::span<const std::string_view> texts, const std::function<void(std::size_t, const QueryNames&)>& visit
);

}  // namespace drydock::effects
