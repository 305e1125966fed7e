#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::catalog {

// Everything a database's catalog holds and a migration can change. Roles and tablespaces are the cluster's.
enum class Kind : std::uint8_t {
    database,  // one, without a name: settings, locale, privileges
    schema,
    extension,
    language,
    access_method,
    default_privilege,  // ALTER DEFAULT PRIVILEGES; name "role in schema on tables"
    type,               // base and shell types
    enumeration,
    domain,
    composite_type,
    range_type,
    collation,
    conversion,
    function,  // window functions too
    procedure,
    aggregate,
    op,               // an operator; name "===(integer,integer)"
    operator_family,  // name "numbers using btree"
    operator_class,   // name "numbers using btree"
    cast,             // name "app.comp as text"
    transform,        // name "for app.comp language plperl"
    text_search_parser,
    text_search_template,
    text_search_dictionary,
    text_search_configuration,
    foreign_data_wrapper,
    foreign_server,
    user_mapping,  // name "reader server far"; "public server far"
    sequence,
    table,  // partitioned tables and partitions too
    foreign_table,
    view,
    materialized_view,
    column,      // of a table, foreign table, view, materialized view or composite type
    constraint,  // of a table or domain
    index,
    statistics,
    rule,
    trigger,
    policy,
    event_trigger,
    publication,
    subscription,
};
std::string_view name(Kind kind);  // "table", "materialized view", "enum type", "default privileges", "operator"
std::optional<Kind> kind_named(std::string_view name);

// One property of an object in canonical text. What has PostgreSQL's default is left out, so two snapshots compare
// as sets of texts. docs/formats/catalog-snapshot.md lists the aspects of each kind.
struct Aspect {
    std::string_view name;  // one of the constants below: a literal, never freed
    std::string value;

    friend bool operator==(const Aspect&, const Aspect&) = default;
};

// Who an object is inside the database it was read from, whatever it is called: this tells a rename from a drop and
// a create, and a table that was emptied or rewritten from one that was not. Never compared, never written to JSON.
struct Identity {
    std::uint32_t catalog = 0;  // oid of pg_class, pg_type …
    std::uint32_t oid = 0;
    std::int32_t part = 0;      // attnum of a column
    std::uint32_t storage = 0;  // relfilenode of a table, index, materialized view or sequence

    friend bool operator==(const Identity& a, const Identity& b) {
        return a.catalog == b.catalog && a.oid == b.oid && a.part == b.part;
    }
};

struct Object {
    Kind kind = Kind::table;
    std::string schema{};  // empty: the kind has none
    std::string parent{};  // what a column, constraint, index, rule, trigger or policy stands on: its bare name
    std::string name{};    // bare, not quoted; of routines and operators with input types: "imm(integer)"
    std::vector<Aspect> aspects{};  // by name
    Identity identity{};

    // nullptr: it has none, which is PostgreSQL's default for it.
    const std::string* find(std::string_view aspect) const;
    std::string_view get(std::string_view aspect) const;  // empty when there is none
    bool is(std::string_view aspect) const { return get(aspect) == "true"; }
};

// "table app.orders", "column app.orders.note", "function app.imm(integer)".
std::string label(const Object& object);

// The order of snapshots: kind, schema, parent, name.
std::strong_ordering compare_keys(const Object& a, const Object& b);

// The items of a value that lists them one a line, as they were: in a list, \ is written as \\ and a newline as \n.
std::vector<std::string> items(std::string_view list);

// Whether two catalogs that differ in this aspect alone are different; a few say what undoing needs to know.
bool is_compared(std::string_view aspect);

// What stands in a snapshot for an option or connection string's password: snapshots are stored and shown.
inline constexpr std::string_view kHidden = "(hidden)";

// Names of aspects. Flags are "true" or left out.
namespace aspect {
// of many kinds
inline constexpr std::string_view owner = "owner";  // bare
// The extension that an object belongs to, bare. Members are left out of snapshots except where somebody changed the
// privileges that the extension gave; then `acl` and this are all that is told of them. "pg_catalog" for languages
// that come with the server.
inline constexpr std::string_view member_of = "member_of";
// aclitem texts ("reader=r*w/owner", "=r/owner" for PUBLIC), sorted, one a line; left out when equal to acldefault(),
// and empty when nobody has any.
inline constexpr std::string_view acl = "acl";
inline constexpr std::string_view comment = "comment";
inline constexpr std::string_view security_labels = "security_labels";  // "provider: label", one a line
// The object's own CREATE, or the part of it that PostgreSQL deparses, with every name qualified:
//   function, procedure: pg_get_functiondef          aggregate: the whole CREATE AGGREGATE
//   view, materialized_view: pg_get_viewdef, without the last semicolon
//   index: pg_get_indexdef (without CONCURRENTLY, so also of an invalid one)
//   constraint: pg_get_constraintdef, without NOT VALID (see not_valid)
//   trigger: pg_get_triggerdef                       rule: pg_get_ruledef, without its semicolon
//   statistics: pg_get_statisticsobjdef
//   language, access_method, type, range_type, collation, conversion, op, operator_family, operator_class, cast,
//   transform, text_search_*, foreign_data_wrapper, foreign_server, user_mapping, event_trigger, publication,
//   subscription: the whole CREATE and what has to follow it, statements separated by ";\n", none at the end.
inline constexpr std::string_view definition = "definition";
inline constexpr std::string_view options = "options";  // "name=value" sorted, one a line: reloptions, FDW options
inline constexpr std::string_view tablespace = "tablespace";
inline constexpr std::string_view persistence = "persistence";  // "unlogged"
inline constexpr std::string_view enabled = "enabled";  // trigger, rule, event trigger: "disabled", "replica", "always"
inline constexpr std::string_view schema = "schema";    // bare. extension: where its objects are; default privilege
inline constexpr std::string_view version = "version";  // extension
inline constexpr std::string_view objects = "objects";  // default privilege: "tables", "large objects"; owner: whose
// database
inline constexpr std::string_view encoding = "encoding";
inline constexpr std::string_view collate = "collate";
inline constexpr std::string_view ctype = "ctype";
inline constexpr std::string_view locale_provider = "locale_provider";
inline constexpr std::string_view locale = "locale";  // ICU and built-in providers
inline constexpr std::string_view connection_limit = "connection_limit";
inline constexpr std::string_view settings = "settings";  // "name=value" or "role: name=value", one a line
// table, foreign_table, materialized_view, view
inline constexpr std::string_view toast_options = "toast_options";
inline constexpr std::string_view access_method = "access_method";        // when it is not heap
inline constexpr std::string_view replica_identity = "replica_identity";  // "nothing", "full", "index NAME"
inline constexpr std::string_view row_security = "row_security";
inline constexpr std::string_view force_row_security = "force_row_security";
inline constexpr std::string_view partition_key = "partition_key";  // "RANGE (ts)"
inline constexpr std::string_view partition_of = "partition_of";  // quoted qualified name of the parent; of indexes too
inline constexpr std::string_view partition_bound = "partition_bound";  // "FOR VALUES FROM … TO …", "DEFAULT"
inline constexpr std::string_view detach_pending = "detach_pending";
inline constexpr std::string_view inherits = "inherits";  // quoted qualified names in order, one a line
inline constexpr std::string_view of_type = "of_type";
inline constexpr std::string_view clustered_on = "clustered_on";    // bare index name
inline constexpr std::string_view not_populated = "not_populated";  // materialized view
inline constexpr std::string_view server = "server";                // foreign table
// column
inline constexpr std::string_view position = "position";  // from 1, among those that are there
inline constexpr std::string_view type = "type";          // format_type: "numeric(10,2)", "app.mood"
inline constexpr std::string_view not_null = "not_null";
inline constexpr std::string_view default_value = "default";
inline constexpr std::string_view generated = "generated";  // "stored" or "virtual"; its expression is in default
inline constexpr std::string_view identity = "identity";    // "always" or "by default"
inline constexpr std::string_view collation = "collation";  // quoted qualified, when it is not the type's
inline constexpr std::string_view storage = "storage";      // when it is not the type's: "external" …
inline constexpr std::string_view compression = "compression";
inline constexpr std::string_view statistics = "statistics";    // target; of statistics objects too
inline constexpr std::string_view fdw_options = "fdw_options";  // of a foreign table's column; options has n_distinct
inline constexpr std::string_view inherited = "inherited";      // of a column or constraint: "only", "also local"
inline constexpr std::string_view has_missing = "has_missing";  // (not compared) kept default of old rows
// constraint
inline constexpr std::string_view constraint_type = "constraint_type";  // "check", "foreign key", "primary key",
                                                                        // "unique", "exclude", "not null" (only one
                                                                        // that says more than the column's not_null)
inline constexpr std::string_view not_valid = "not_valid";
inline constexpr std::string_view not_enforced = "not_enforced";
inline constexpr std::string_view triggers = "triggers";       // its inner ones that are not simply enabled
inline constexpr std::string_view constraint_index = "index";  // of primary key, unique, exclude: bare name
inline constexpr std::string_view references = "references";   // foreign key: quoted qualified table
inline constexpr std::string_view columns = "columns";         // bare names in order, one a line
inline constexpr std::string_view parent_constraint = "parent_constraint";  // that it came with, of the parent table
inline constexpr std::string_view parent_trigger = "parent_trigger";        // the same of a trigger
// index
inline constexpr std::string_view invalid = "invalid";
inline constexpr std::string_view not_ready = "not_ready";
inline constexpr std::string_view unique = "unique";
inline constexpr std::string_view backs = "backs";                        // bare name of the constraint that owns it
inline constexpr std::string_view index_statistics = "index_statistics";  // "1=300", one a line
// sequence; also of an identity column's
inline constexpr std::string_view start = "start";
inline constexpr std::string_view increment = "increment";
inline constexpr std::string_view minimum = "minimum";
inline constexpr std::string_view maximum = "maximum";
inline constexpr std::string_view cache = "cache";
inline constexpr std::string_view cycle = "cycle";
inline constexpr std::string_view owned_by = "owned_by";        // quoted "schema.table.column"
inline constexpr std::string_view of_identity = "of_identity";  // made and dropped with its column
// policy
inline constexpr std::string_view command = "command";  // "select" …, left out for all
inline constexpr std::string_view restrictive = "restrictive";
inline constexpr std::string_view roles = "roles";  // quoted, sorted, one a line; left out for PUBLIC
inline constexpr std::string_view using_expression = "using";
inline constexpr std::string_view check_expression = "check";
// enumeration, domain, function
inline constexpr std::string_view labels = "labels";  // in order, one a line, newlines in a label as \n, \ as \\ .
inline constexpr std::string_view base_type = "base_type";
inline constexpr std::string_view volatility = "volatility";  // of functions, not compared: definition has it
}  // namespace aspect

}  // namespace drydock::catalog
