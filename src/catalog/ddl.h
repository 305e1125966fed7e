#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/difference.h"

// What SQL makes, drops and changes each kind of object: one table of kinds, each with the rules of its aspects.
namespace drydock::catalog::ddl {

struct Scene {
    const Snapshot& from;
    const Snapshot& to;
    const CompareOptions& options;
};

// What one object needs.
struct Out {
    std::vector<std::string> early;       // before anything is dropped: what ties it to others goes
    std::vector<std::string> statements;  // in dependency order
    std::vector<std::string> late;        // when all objects are there
    std::vector<std::string> impossible;
    bool rebuild = false;   // no ALTER does it: drop it and create it again
    bool replaced = false;  // its new text is in place, though what it is for others may have changed

    void add(std::string statement) { statements.push_back(std::move(statement)); }
};

// An aspect that differs. `from` is nullptr for an object that was just created: then `before` is the default.
struct Alteration {
    const Scene& scene;
    const Object* from;
    const Object& to;
    const std::string* before;
    const std::string* after;

    // Whether another aspect differs too.
    bool changes(std::string_view aspect) const;
};
using Alter = void (*)(const Alteration&, Out&);
void rebuild(const Alteration&, Out& out);

struct AspectRule {
    std::string_view aspect;
    Alter alter;             // rules with the same one run once for an object
    bool in_create = false;  // CREATE has it
};

struct KindRules {
    Kind kind;
    // nullptr: it comes with another object. Only for what is made anew; the rules of aspects follow.
    void (*create)(const Scene&, const Object& to, Out&);
    void (*drop)(const Scene&, const Object& from, Out&);
    std::span<const AspectRule> aspects;
};
const KindRules& rules_of(Kind kind);

// Of one kind each group, for rules.cpp.
std::span<const KindRules> relation_rules();  // tables, views, sequences …
std::span<const KindRules> column_rules();
std::span<const KindRules> part_rules();  // constraints, indexes, triggers, policies …
std::span<const KindRules> type_rules();
std::span<const KindRules> other_rules();

// The rules of all kinds.
void alter_owner(const Alteration& change, Out& out);
void alter_acl(const Alteration& change, Out& out);
void alter_comment(const Alteration& change, Out& out);
void alter_security_labels(const Alteration& change, Out& out);
// Of columns and constraints.
void tell_inherited(const Alteration& change, Out& out);

// GRANT and REVOKE from one list of aclitems to another. `what` is "TABLE app.orders"; `columns` is " (a)" for a
// column's; nullptr is the default of the kind for `owner`.
struct AclTarget {
    Kind kind;
    std::string what;
    std::string columns{};
    std::string owner{};
    int version = 0;
};
std::vector<std::string> acl_statements(const AclTarget& target, const std::string* before, const std::string* after);
// The same inside ALTER DEFAULT PRIVILEGES.
std::vector<std::string> default_acl_statements(
    const Object& object, const std::string* before, const std::string* after
);

// A statement about the database it runs in, whose name stands between these two.
std::string in_this_database(std::string_view before, std::string_view after);

// "SET (a='1')" and "RESET (b)" after `alter`: reloptions and attribute options, with a prefix as "toast.".
void alter_settings(
    std::string_view alter, std::string_view prefix, const std::string* before, const std::string* after, Out& out
);
// "OPTIONS (ADD a '1', SET b '2', DROP c)" of foreign things; empty when nothing differs.
std::string fdw_options(const std::string* before, const std::string* after);
std::string fdw_options_clause(const std::string* options);  // " OPTIONS (a '1')" of a CREATE

// A column as CREATE TABLE and ADD COLUMN have it. With a default unless it is to be set later.
std::string column_definition(const Scene& scene, const Object& column, bool with_default);
// From PostgreSQL 18 on, where NOT NULL has a name that is not the usual one: its constraint. nullptr: it has none.
const Object* named_not_null(const Snapshot& snapshot, const Object& column);
// The columns of a relation by position.
std::vector<const Object*> columns_of(const Snapshot& snapshot, const Object& relation);
// Options of a sequence that are not the default, with a blank before each.
std::string sequence_options(const Object& sequence);
// Whether a default can't be a part of CREATE TABLE: it uses what is made later.
bool default_comes_later(const Scene& scene, const Object& column);
// How PostgreSQL can make the new text of a view over the old one: same columns first.
bool replaces_view(const Scene& scene, const Object& from, const Object& to);

}  // namespace drydock::catalog::ddl
