#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::effects {

// PostgreSQL's table-level locks, weakest first; `none` is no lock at all. A stronger one compares greater.
enum class LockMode : std::uint8_t {
    none,
    access_share,
    row_share,
    row_exclusive,
    share_update_exclusive,
    share,
    share_row_exclusive,
    exclusive,
    access_exclusive
};
std::string_view name(LockMode mode);            // "ACCESS EXCLUSIVE"; "no lock" for none
std::string_view what_it_blocks(LockMode mode);  // "reads and writes", "writes", … ; "nothing" for none

// `maybe`: it depends on the catalog or on the data, and `why` says on what.
enum class Certainty : std::uint8_t { no, yes, maybe };
std::string_view name(Certainty certainty);  // "no", "yes", "maybe"

// What a statement does to one relation: the strongest lock it takes, and the work it does under that lock.
struct RelationEffect {
    std::string schema;  // empty where the statement names none
    std::string name;
    LockMode lock = LockMode::none;
    Certainty rewrites = Certainty::no;  // a new copy of the whole relation (or, of an index, a new index)
    Certainty scans = Certainty::no;     // reads all of it; a rewrite is a scan too
    bool created_here = false;           // made earlier in the same script, so nobody waits for it
    std::string why;
};

struct Effect {
    bool analysed = false;  // false: not understood, so nothing is known; `note` says why
    std::vector<RelationEffect> relations;
    bool loses_data = false;
    std::string loses;  // "table orders", "column orders.note"; several are joined by ", "
    std::string note;   // what else is to be known: relations that the statement does not name, and the like
};

// Reads a script's statements in their order and says what each does on PostgreSQL 13 to 18, from the text alone.
// It remembers what the script has created so far: relations, and domains and functions that later defaults use.
// Not for use by two threads at once.
class Reader {
public:
    Reader();
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    ~Reader();

    // One statement, with or without its semicolon.
    Effect read(std::string_view statement);

    struct Memory;

private:
    std::unique_ptr<Memory> memory_;
};

}  // namespace drydock::effects
