#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/source.h"
#include "sql/tree.h"

namespace drydock::migrate {

// An object that an applied migration made.
struct MadeObject {
    sql::ObjectKind kind = sql::ObjectKind::other;
    std::string schema{};       // empty: where the search path led
    std::string path_schema{};  // that the file itself put first in it
    std::string table{};        // of a column, constraint, index, trigger, policy
    std::string name{};
    bool not_valid = false;  // a constraint that was added NOT VALID and not validated since
    std::string migration{};
    Place place{};
    std::size_t statement = 0;  // its number over all migrations

    std::string label() const;  // "index public.orders_total"
};

// A statement that may take objects away without naming them: DROP … CASCADE, DROP COLUMN, a DO block.
struct Sweep {
    std::string table{};  // only of this table; empty: of any
    std::string text{};   // only what this text names; empty: whatever it is called
    std::string where{};  // "021_clean:4 DROP SCHEMA … CASCADE"
    std::size_t statement = 0;
};

// What is there after migrations have run in their order, from their texts: what they made, less what later ones
// dropped, by its last name.
class Ledger {
public:
    void add(std::string_view migration, const Source& source);

    const std::vector<MadeObject>& objects() const { return objects_; }
    // What may have taken it away, as far as the texts tell; empty: nothing.
    std::string may_be_gone_by(const MadeObject& object) const;

private:
    struct Statement;
    void apply(const Statement& statement);
    void rename(const Statement& statement);
    void make(const Statement& statement, const sql::ObjectUse& use);
    void drop(const Statement& statement, const sql::ObjectUse& use);
    void sweep(const Statement& statement);

    std::vector<MadeObject> objects_;
    std::vector<Sweep> sweeps_;
    std::size_t statements_ = 0;
};

}  // namespace drydock::migrate
