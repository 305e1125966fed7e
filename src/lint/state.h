#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "effects/names.h"
#include "lint/finding.h"
#include "lint/lint.h"
#include "lint/road.h"

namespace drydock::lint {

// A finding that a later statement may still take back: a view of the old name behind a RENAME, an index behind a
// foreign key.
struct Draft {
    Finding finding;
    std::string key;              // what takes it back; empty: nothing does
    std::size_t transaction = 0;  // that it was found in
    bool withdrawn = false;
};

// A lock that the transaction took on a relation that was there before it.
struct Held {
    std::string relation;
    effects::LockMode mode = effects::LockMode::none;
    std::size_t line = 0;  // of the statement that took it
    std::size_t statement = 0;
};

// What is remembered up to the end of a transaction.
struct TransactionState {
    std::size_t id = 0;  // 0: none is open
    bool own = false;
    std::vector<Held> held;
    std::optional<bool> local_lock_timeout;           // SET LOCAL
    std::map<std::string, std::size_t> not_valid;     // constraints added NOT VALID: table + name -> line
    std::vector<std::string> enum_values;             // added here, and for what type
    std::map<std::string, std::size_t> heavy_alters;  // table -> line of the last ALTER TABLE that read it
    bool told_hold = false;
    bool told_many = false;
};

// Of one file.
struct FileState {
    std::set<std::string> created;  // relations, types and functions that it made
    std::set<std::string> filled;   // those of them that it loaded rows into
    std::map<std::string, std::vector<std::vector<std::string>>> indexes;  // of new tables: columns of each index
    bool lock_timeout = true;
    bool statement_timeout = false;
    bool told_lock_timeout = false;
    bool told_statement_timeout = false;
    bool told_search_path = false;
    bool statement_timeout_off = false;  // the file said so
    bool no_transaction = false;
    std::string search_path;  // the first schema of it, when the file sets one
    std::size_t search_path_line = 0;
    std::map<std::string, std::size_t> concurrent;  // table -> line of a concurrent build
    std::size_t transactional = 0;                  // statements that could run in a transaction
    std::size_t outside = 0;                        // that could not
    std::size_t alone = 0;                          // changes that ran without one
};

// Of the whole run.
struct State {
    const Options* options = nullptr;
    std::vector<Draft> drafts;
    std::unordered_multimap<std::string, std::size_t> by_key;
    std::string here;  // what the file is called
    FileState file;
    TransactionState transaction;
    // In what order transactions took strong locks: (first, second) -> where the second was taken.
    std::map<std::pair<std::string, std::string>, std::string> lock_orders;
    std::set<std::string> row_security;         // tables whose row security these files turned on
    std::set<std::string> policies;             // tables that these files gave a policy
    std::set<std::string> validated;            // tables of which these files validated a constraint
    std::map<std::string, bool> own_functions;  // made by these files -> is it volatile
    std::set<std::string> checked_domains;      // made by these files, with a constraint
    std::set<std::string> plain_domains;
};

}  // namespace drydock::lint
