#include "undo/rows.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/statement.h"
#include "sql/tree.h"

namespace drydock::undo {
namespace {

bool any_of(std::string_view command, const auto& list) {
    return std::find(list.begin(), list.end(), command) != list.end();
}

bool has_word(std::string_view statement, std::string_view upper_case) {
    for (sql::Words words{statement}; !words.ended(); words.next()) {
        if (words.at(upper_case)) return true;
    }
    return false;
}

bool contains(std::string_view text, std::string_view lower_case) {
    return to_lower(text).find(lower_case) != std::string::npos;
}

// ALTER … TYPE … USING something: values are computed, whatever the types are.
bool computes_values(std::string_view statement) {
    bool after_type = false;
    for (sql::Words words{statement}; !words.ended(); words.next()) {
        if (words.at("TYPE")) after_type = true;
        if (words.at("USING") && after_type) return true;
    }
    return false;
}

constexpr std::array<std::string_view, 5> kWrites{"INSERT", "UPDATE", "DELETE", "MERGE", "COPY"};
constexpr std::array<std::string_view, 7> kOpaque{"DO", "CALL", "SELECT", "WITH", "EXECUTE", "VALUES", "TABLE"};

// Of the cluster or of the world, and in no snapshot.
constexpr std::array<std::string_view, 21> kOutside{
    "CREATE ROLE",         "CREATE USER",     "CREATE GROUP",    "ALTER ROLE",
    "ALTER USER",          "ALTER GROUP",     "DROP ROLE",       "DROP USER",
    "DROP GROUP",          "CREATE DATABASE", "DROP DATABASE",   "CREATE TABLESPACE",
    "ALTER TABLESPACE",    "DROP TABLESPACE", "ALTER SYSTEM",    "NOTIFY",
    "REASSIGN OWNED",      "DROP OWNED",      "COMMIT PREPARED", "ROLLBACK PREPARED",
    "PREPARE TRANSACTION",
};

bool is_outside(std::string_view command, std::string_view statement) {
    // Roles' settings in one database are a part of the snapshot, and what is given up or handed over is, too.
    if (command == "ALTER ROLE" || command == "ALTER USER")
        return !(has_word(statement, "IN") && has_word(statement, "DATABASE"));
    if (command == "REASSIGN OWNED" || command == "DROP OWNED") return false;
    if (command == "COPY")
        return has_word(statement, "PROGRAM") || (has_word(statement, "TO") && !has_word(statement, "STDOUT"));
    return any_of(command, kOutside);
}

void note_writes(Told& told, const sql::Analysis& analysis, const std::string& command) {
    for (const auto& object : analysis.objects) {
        if (object.use != sql::Use::writes) continue;
        auto& list = command == "TRUNCATE" ? told.truncates : told.writes;
        list.push_back({object.schema, object.name, command});
    }
}

}  // namespace

Told what_is_told(const std::vector<std::string>& statements) {
    Told told;
    std::vector<std::string_view> texts(statements.begin(), statements.end());
    const auto analyses = sql::analyse(texts);
    for (std::size_t i = 0; i < statements.size(); ++i) {
        const auto& statement = statements[i];
        const auto [shape, command] = sql::kind_of(statement);
        if (is_outside(command, statement)) told.outside.push_back(command);
        const bool writes = any_of(command, kWrites) || command == "TRUNCATE" || command == "WITH";
        if (writes) note_writes(told, analyses[i], command);
        if (any_of(command, kOpaque) || (writes && !analyses[i].parsed)) told.opaque.push_back(command);
        if (any_of(command, kOpaque) && contains(statement, "truncate")) told.truncates_unknown = true;
        if (shape == sql::Shape::copy_in) told.copies_in = true;
        const bool rebuilds = command == "CLUSTER" || (command.starts_with("VACUUM") && has_word(statement, "FULL"));
        if (rebuilds) {
            if (analyses[i].objects.empty()) told.rebuilds.insert("");
            for (const auto& object : analyses[i].objects) told.rebuilds.insert(object.name);
        }
        if (command == "ALTER TABLE" && computes_values(statement)) {
            for (const auto& object : analyses[i].objects) {
                if (object.kind == sql::ObjectKind::table) told.computed.insert(object.name);
                if (!object.table.empty()) told.computed.insert(object.table);
            }
        }
    }
    return told;
}

namespace {

struct Shape {
    std::string_view base;
    int first = -1;  // what stands in brackets; -1: nothing
    int second = 0;
};

Shape shape_of(std::string_view type) {
    Shape shape{.base = trim(type.substr(0, type.find('(')))};
    const auto at = type.find('(');
    if (at == std::string_view::npos) return shape;
    int* into = &shape.first;
    *into = 0;
    for (const char c : type.substr(at + 1)) {
        if (c == ',') into = &shape.second;
        if (c >= '0' && c <= '9') *into = *into * 10 + (c - '0');
        if (c == ')') {
            // "timestamp(3) with time zone": what follows belongs to the name.
            break;
        }
    }
    return shape;
}

struct Widening {
    std::string_view from;
    std::string_view to;
};
// Without limits in brackets on the second. Each value of the first has one of the second that casts back to it.
constexpr Widening kWidenings[] = {
    {"smallint", "integer"},
    {"smallint", "bigint"},
    {"integer", "bigint"},
    {"smallint", "numeric"},
    {"integer", "numeric"},
    {"bigint", "numeric"},
    {"smallint", "double precision"},
    {"integer", "double precision"},
    {"smallint", "real"},
    {"real", "double precision"},
    {"character varying", "text"},
    {"text", "character varying"},
    {"cidr", "inet"},
    {"bit", "bit varying"},
    {"uuid", "text"},
    {"integer", "text"},
    {"bigint", "text"},
    {"smallint", "text"},
    {"boolean", "text"},
    {"date", "timestamp without time zone"},
};

// Of one base type: the limits of the second hold all that those of the first do.
bool holds(const Shape& before, const Shape& after) {
    if (after.first == -1) return true;
    if (before.first == -1) return false;
    if (before.base == "character" || before.base == "bit") return before.first == after.first;
    if (before.base == "numeric")
        return after.second == before.second && after.first - after.second >= before.first - before.second;
    return after.first >= before.first;
}

}  // namespace

bool keeps_values(std::string_view before, std::string_view after) {
    const auto was = shape_of(before);
    const auto is = shape_of(after);
    if (was.base == is.base) return holds(was, is);
    if (is.first != -1) {
        // varchar(20) of a text, or numeric(5) of an integer, may not hold it; of a varchar it is the same type.
        return false;
    }
    return std::any_of(std::begin(kWidenings), std::end(kWidenings), [&](const Widening& known) {
        return known.from == was.base && known.to == is.base;
    });
}

bool needs_no_rewrite(std::string_view before, std::string_view after) {
    const auto was = shape_of(before);
    const auto is = shape_of(after);
    if (!keeps_values(before, after)) return false;
    const bool text = (was.base == "character varying" && is.base == "text") ||
                      (was.base == "text" && is.base == "character varying") ||
                      (was.base == "cidr" && is.base == "inet");
    const bool wider = was.base == is.base && was.base != "character" && was.base != "bit";
    return text || wider;
}

}  // namespace drydock::undo
