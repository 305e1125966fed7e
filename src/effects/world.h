#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/object.h"
#include "effects/effect.h"
#include "effects/store.h"

namespace drydock::catalog {
struct Snapshot;
}  // namespace drydock::catalog

namespace drydock::effects {

struct Column {
    std::string name;
    std::string type;  // as format_type says it, "numeric(10,2)", "app.mood"; empty: not known
    bool not_null = false;
    bool inherited = false;       // comes from a parent
    std::string default_value{};  // also the expression of a generated column
    std::string generated{};      // "stored" or "virtual"
    std::string identity{};       // "always" or "by default"
    std::string collation{};      // when it is not the type's
};

struct Constraint {
    enum class Type : std::uint8_t { check, foreign_key, primary_key, unique, exclude, trigger, not_null };
    std::string name;
    Type type = Type::check;
    std::vector<std::string> columns{};
    std::string definition{};  // as pg_get_constraintdef says it, without NOT VALID
    bool not_valid = false;
    bool not_enforced = false;
    bool inherited = false;
    Id index = kNoId;                       // of primary key, unique, exclude
    Id references = kNoId;                  // of a foreign key
    std::vector<std::string> referenced{};  // its columns there
};

// A foreign key as the table that it leads to sees it.
struct Incoming {
    Id table = kNoId;
    std::string constraint;
};

struct Sizes {
    std::int64_t heap_bytes = 0;  // of an index or sequence: its own
    std::int64_t rows = -1;       // an estimate; -1: not known
};

// What a view or materialized view reads.
struct Reading {
    Id relation = kNoId;
    std::vector<std::string> columns{};
    bool all_columns = false;  // not known which
};

// A relation with all that decides what a statement does to it. Of an index, `columns` are empty.
struct Relation {
    Id id = kNoId;
    RelationKind kind = RelationKind::table;
    std::string schema;
    std::string name;
    bool created_here = false;  // by the script that is read
    bool partitioned = false;
    bool unlogged = false;
    bool row_security = false;
    bool is_default = false;  // partition
    bool detach_pending = false;
    bool open_ended = false;        // made here by a query: not all of its columns are known
    std::string partition_key{};    // "RANGE (ts)"
    std::string partition_bound{};  // of a partition
    std::string access_method{};    // when it is not heap
    std::string tablespace{};       // when it is not the database's
    std::vector<Id> parents{};      // of a partition one; in order
    std::vector<Id> children{};     // partitions or inheriting tables
    std::vector<Column> columns{};
    std::vector<Constraint> constraints{};
    std::vector<Incoming> referenced_by{};
    std::vector<Id> indexes{};
    std::vector<Id> sequences{};  // owned by its columns, with identity
    std::vector<Id> readers{};    // views and materialized views over it
    std::vector<std::string> triggers{};
    std::vector<std::string> rules{};
    std::vector<std::string> policies{};
    std::optional<Sizes> sizes{};

    // of an index
    Id table = kNoId;
    std::string definition{};  // of a view too: its query
    bool unique = false;
    bool invalid = false;
    std::string backs{};  // constraint

    std::vector<Reading> reads{};  // of a view or materialized view
    bool populated = true;         // of a materialized view
    Id owner = kNoId;              // of a sequence: the table, and
    std::string owner_column{};
    bool of_identity = false;

    const Column* column(std::string_view name) const;
    const Constraint* constraint(std::string_view name) const;
    const Constraint* primary_key() const;
    bool is_partition() const { return !partition_bound.empty(); }
    // Its rows are in files of its own.
    bool has_rows() const {
        return (kind == RelationKind::table && !partitioned) || kind == RelationKind::materialized_view;
    }
    std::string text() const;  // schema.name, quoted where SQL needs it
};

struct Type {
    enum class What : std::uint8_t { enumeration, domain, composite, other };
    What what = What::other;
    std::string schema;
    std::string name;
    std::string base{};     // of a domain: format_type
    bool not_null = false;  // of a domain
    bool created_here = false;
    std::vector<Constraint> checks{};  // of a domain
    std::vector<std::string> labels{};
};

struct Function {
    std::string schema;
    std::string name;
    bool any_volatile = false;      // one of those that share the name
    bool any_not_volatile = false;  // another is not: which one is called can't be told from the name
};

// What the catalog of a database says, for predicting what statements do there. A value: copies are cheap, and a
// Reader changes its own as the script goes on.
class World {
public:
    // `snapshot` must outlive it and its copies.
    explicit World(const catalog::Snapshot& snapshot);

    int server_version() const { return server_version_; }  // 150004
    int major() const { return server_version_ / 10000; }
    void set_server_version(int version) { server_version_ = version; }
    // What the session that will run the statements has set. Not known: empty.
    void set_time_zone(std::string zone) { time_zone_ = std::move(zone); }
    const std::string& time_zone() const { return time_zone_; }
    void set_search_path(std::vector<std::string> schemas) { path_ = std::move(schemas); }
    const std::vector<std::string>& search_path() const { return path_; }
    void set_sizes(std::string_view schema, std::string_view name, Sizes sizes);

    // With an empty schema: as the search path finds it.
    const Relation* find(std::string_view schema, std::string_view name) const;
    const Relation& at(Id id) const { return relations_.at(id); }
    // All of its partitions, or inheriting tables, however deep; not itself.
    std::vector<Id> descendants(Id id) const;
    // The topmost tables that it is a part of; itself when none.
    std::vector<Id> ancestors(Id id) const;
    const Type* find_type(std::string_view schema, std::string_view name) const;
    const Function* find_function(std::string_view schema, std::string_view name) const;
    // The tables with columns of that type, or of a domain over it, or of an array of it.
    struct TypeUse {
        Id table;
        std::string column;
    };
    std::vector<TypeUse> users_of_type(const Type& type) const;
    // The functions, procedures or aggregates of that name.
    std::vector<const catalog::Object*> routines(catalog::Kind kind, std::string_view schema, std::string_view name)
        const;
    std::vector<const catalog::Object*> named(catalog::Kind kind, std::string_view schema, std::string_view name) const;
    bool has(catalog::Kind kind, std::string_view schema, std::string_view parent, std::string_view name) const;
    // No relation has that name, and none of an extension can have it.
    bool surely_missing(std::string_view schema, std::string_view name) const;
    std::vector<Id> all_tables() const;  // and materialized views
    std::vector<Id> relations_in(std::string_view schema) const;
    // Objects that can't be without this one, however indirectly; from the snapshot, if it has dependencies.
    std::vector<const catalog::Object*> dependents(
        catalog::Kind kind, std::string_view schema, std::string_view parent, std::string_view name
    ) const;

    // Those that need it directly.
    std::vector<const catalog::Object*> needing(
        catalog::Kind kind, std::string_view schema, std::string_view parent, std::string_view name
    ) const;
    // As PostgreSQL names a constraint or index that has been given no name: t_a_key.
    std::string free_name(const Relation& table, std::string_view columns, std::string_view suffix) const;

    // Changes, as the script makes them.
    Relation& edit(Id id) { return relations_.edit(id); }
    Id add(Relation relation);
    void drop(Id id);
    void rename(Id id, std::string_view schema, std::string_view name);
    Type& add_type(Type type);
    Type* edit_type(std::string_view schema, std::string_view name);
    void drop_type(std::string_view schema, std::string_view name);
    void add_function(std::string_view schema, std::string_view name, bool is_volatile);
    // Where an object without a schema is made.
    std::string creation_schema() const { return path_.empty() ? "public" : path_.front(); }

private:
    struct Graph;

    // world_fill.cpp
    void fill(const catalog::Snapshot& snapshot);
    void fill_part(const catalog::Object& object);
    void connect(const catalog::Snapshot& snapshot);
    void connect_by_queries();
    void add_reading(Id view, Id relation, std::string_view column);

    int server_version_ = 0;
    std::string time_zone_;
    std::vector<std::string> path_{"public"};
    Store<Relation> relations_;
    Store<Type> types_;
    Store<Function> functions_;
    std::shared_ptr<const Graph> graph_;
};

}  // namespace drydock::effects
