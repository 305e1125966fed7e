#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pg_query/pg_query.pb-c.h>

#include "effects/effect.h"
#include "effects/names.h"
#include "effects/world.h"
#include "lint/state.h"
#include "sql/names.h"

// Included by the files that hold rules: they read libpg_query's tree.
namespace drydock::lint {

using effects::Certainty;
using effects::LockMode;
using effects::Name;

// What a rule may know: one statement, what it does, what stood before it, and what the database holds.
class Context {
public:
    struct Statement {
        const PgQuery__Node* node = nullptr;
        const effects::Effect* effect = nullptr;
        std::string_view sql;   // what was parsed
        std::size_t begin = 0;  // where it begins in the file's text
        bool mapped = true;     // a byte of `sql` is one of the file's text; else all of it stands at `begin`
        sql::Range whole;       // the statement of the file that it is, or is a part of
        const Stand* stand = nullptr;
        std::size_t line = 0;
        std::size_t number = 0;  // in its file
        bool nested = false;     // inside a DO block
        bool outermost = true;   // the statement that the stand is about
        sql::Shape shape = sql::Shape::ordinary;
    };

    Context(State& state, const effects::World* world, std::size_t input, Statement statement)
        : state_(state), world_(world), input_(input), now_(statement) {}

    const PgQuery__Node& node() const { return *now_.node; }
    const effects::Effect& effect() const { return *now_.effect; }
    const Statement& now() const { return now_; }
    const Stand& stand() const { return *now_.stand; }
    std::string_view sql() const { return now_.sql; }
    State& state() { return state_; }
    FileState& file() { return state_.file; }
    TransactionState& transaction() { return state_.transaction; }
    const Options& options() const { return *state_.options; }
    bool in_transaction() const { return now_.stand->transaction != 0; }

    // --- the catalog as it stood before the statement; nothing where none is known
    const effects::World* world() const { return world_; }
    const effects::Relation* relation(const Name& name) const;
    const effects::Column* column(const Name& table, std::string_view column) const;
    // "app.orders" with the schema that the search path gives: the same for the same relation.
    std::string key(const Name& name) const;
    bool is_new(const Name& name) const { return state_.file.created.contains(key(name)); }
    // Known to hold next to nothing: scans and rewrites of it take a moment.
    bool is_small(const Name& name) const;
    std::optional<effects::Sizes> size(const Name& name) const;
    int version() const;  // 15; 0: not known
    // The functions and domains that these files made, and those of the catalog.
    std::optional<bool> is_volatile(const Name& function) const;
    std::optional<bool> is_checked_domain(const Name& type) const;

    // --- the effect
    // Yes; or perhaps, where nothing is known of the table.
    bool likely(Certainty certainty, const Name& name) const;
    const effects::RelationEffect* effect_on(const Name& name) const;
    LockMode lock_on(const Name& name) const;
    Certainty rewrites(const Name& name) const;  // it, or a partition of it
    Certainty scans(const Name& name) const;
    Certainty strongest(
        const effects::Effect& effect, const Name& name, Certainty (*of)(const effects::RelationEffect&)
    ) const;

    // --- places and pieces of the statement's text
    // From a location of the tree, which may be missing (-1): then the statement's begin.
    std::size_t at(int location) const;
    // Behind `from`: where an unquoted or quoted name stands. Npos when it does not.
    std::size_t find_name(std::string_view name, std::size_t from = 0) const;
    std::size_t find_keyword(std::string_view keyword, std::size_t from = 0) const;
    // The piece from `from` to the comma or the end that closes it: one action of an ALTER TABLE, one column.
    std::string_view clause(std::size_t from) const;
    std::size_t clause_end(std::size_t from) const;
    // Bytes of the file for bytes of `sql()`.
    sql::Range in_file(std::size_t begin, std::size_t end) const;

    // --- findings
    struct What {
        Name relation{};         // what it is about: named in `objects`, its lock is that of the effect
        std::size_t at = npos;   // where in sql(); npos: the statement's begin
        std::size_t end = npos;  // npos: the end of the word there
        LockMode lock = LockMode::none;
        bool new_is_fine = false;  // N: nothing is said when the relation was made in the same file
        bool scales = false;       // Z: a notice when it is small
        std::string object{};      // in place of the relation
        std::string key{};         // what withdraws it
        std::vector<std::string> fix{};
        std::optional<Severity> severity{};
        bool from_catalog = false;  // the catalog was needed to know it
    };
    static constexpr std::size_t npos = std::string_view::npos;
    // Adds it, unless the rule is off or What says that it is no problem. nullptr then.
    Finding* report(std::string_view rule, std::string message, What what);
    // Takes back the findings of a rule that wait for this key; with `same_transaction` only those of this one.
    void withdraw(std::string_view rule, const std::string& key, bool same_transaction);
    // An edit of the file, where the statement's bytes are the file's.
    void edit(Finding* finding, std::size_t begin, std::size_t end, std::string text) const;
    Severity severity_of(const Rule& rule) const;

private:
    State& state_;
    const effects::World* world_;
    std::size_t input_;
    Statement now_;
};

Name name_of(const PgQuery__RangeVar* relation);
// schema.name of a list of strings.
Name name_of(PgQuery__Node* const* parts, std::size_t count);
Name name_of(const PgQuery__Node& list_or_type_name);
std::string text_of(const Name& name);                      // quoted where SQL needs it
std::string joined(const std::vector<std::string>& names);  // "a, b", each quoted where SQL needs it
std::vector<std::string> strings(PgQuery__Node* const* nodes, std::size_t count);
// A type as the tree has it: "int4", "numeric(10,2)", "app.mood", "text[]".
std::string type_text(const PgQuery__TypeName* type);
std::string_view bare_type(const PgQuery__TypeName* type);  // "int4"; of pg_catalog or without a schema, else empty
const PgQuery__DefElem* option(PgQuery__Node* const* options, std::size_t count, std::string_view name);
bool is_true(const PgQuery__DefElem* element);    // false for nullptr
std::string value_of(const PgQuery__Node* node);  // a string, a number or a word, as text

}  // namespace drydock::lint
