#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/snapshot.h"
#include "undo/rollback.h"

namespace drydock::undo {

// What the statements of a migration do besides changing the catalog, as far as their texts tell.
struct Told {
    struct Write {
        std::string schema;  // empty: the search path's
        std::string name;
        std::string command;  // "UPDATE"
    };
    std::vector<Write> writes;
    std::vector<Write> truncates;
    std::vector<std::string> outside;               // what is no part of the database: "CREATE ROLE"
    std::vector<std::string> opaque;                // commands that may write anywhere: "DO", "CALL", "SELECT"
    bool truncates_unknown = false;                 // an opaque one says TRUNCATE
    bool copies_in = false;                         // COPY … FROM STDIN: its data is no part of the statement
    std::set<std::string, std::less<>> rebuilds{};  // bare names that VACUUM FULL or CLUSTER make anew; "" is all
    std::set<std::string, std::less<>> computed{};  // bare names of tables with ALTER … TYPE … USING
};
Told what_is_told(const std::vector<std::string>& statements);

// Whether every value of the first type is one of the second, and comes back the same.
bool keeps_values(std::string_view before, std::string_view after);
// Whether such a change leaves the table's file alone, so that a new file means something else was done to it.
bool needs_no_rewrite(std::string_view before, std::string_view after);

}  // namespace drydock::undo
