#include "migrate/promises.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "sql/search_path.h"
#include "sql/statement.h"

namespace drydock::migrate {
namespace {

using sql::ObjectKind;
using sql::ObjectUse;
using sql::Use;

bool has_words(std::string_view statement, std::string_view first, std::string_view second = {}) {
    for (sql::Words words{statement}; !words.ended(); words.next()) {
        if (!words.at(first)) continue;
        if (second.empty()) return true;
        words.next();
        if (words.at(second)) return true;
    }
    return false;
}

bool is_temporary(std::string_view statement) {
    sql::Words words{statement};
    if (!words.take("CREATE")) return false;
    for (int i = 0; i < 3 && !words.ended(); ++i, words.next()) {
        if (words.at("TEMP") || words.at("TEMPORARY")) return true;
    }
    return false;
}

bool is_kept(ObjectKind kind) {
    switch (kind) {
        case ObjectKind::role:  // not the database's
        case ObjectKind::database:
        case ObjectKind::other:
            return false;
        default:
            return true;
    }
}

// A name without a schema may be that of one with it: which it is only the server of that day knew.
bool same_schema(std::string_view a, std::string_view b) {
    return a.empty() || b.empty() || a == b;
}

std::string_view schema_of(const MadeObject& object) {
    return object.schema.empty() ? std::string_view{object.path_schema} : std::string_view{object.schema};
}

}  // namespace

struct Ledger::Statement {
    std::string_view migration;
    std::string_view text;
    std::string_view path_schema;
    const sql::Statement& parts;
    const sql::Analysis& analysis;
    Place place;

    std::string_view schema(const ObjectUse& use) const { return use.schema.empty() ? path_schema : use.schema; }
    std::string where() const { return fmt::format("{}:{} {}", migration, place.line, parts.command); }
};

std::string MadeObject::label() const {
    auto text = std::string{sql::name(kind)} + " ";
    if (!schema_of(*this).empty()) text += fmt::format("{}.", schema_of(*this));
    if (!table.empty() && kind != ObjectKind::index) text += table + ".";
    return text + name;
}

void Ledger::add(std::string_view migration, const Source& source) {
    const auto& script = source.script();
    std::vector<std::string_view> texts;
    for (const auto& statement : script.statements()) texts.push_back(script.text_of(statement));
    const auto analyses = sql::analyse(texts);
    std::string path_schema;
    auto before = objects_;  // what a ROLLBACK of the file goes back to
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto& parts = script.statements()[i];
        ++statements_;
        if (parts.shape == sql::Shape::begin) before = objects_;
        if (parts.shape == sql::Shape::rollback) objects_ = before;
        if (auto schema = sql::search_path_of(texts[i])) path_schema = *std::move(schema);
        apply({migration, texts[i], path_schema, parts, analyses[i], source.place(parts.range.begin)});
    }
}

void Ledger::apply(const Statement& statement) {
    sweep(statement);
    const auto& command = statement.parts.command;
    const bool alters = command.starts_with("ALTER");
    if (alters && (has_words(statement.text, "RENAME") || has_words(statement.text, "SET", "SCHEMA"))) {
        return rename(statement);
    }
    if (is_temporary(statement.text)) return;
    for (const auto& use : statement.analysis.objects) {
        if (use.use == Use::drops) drop(statement, use);
        // ADD CONSTRAINT … USING INDEX gives the index the constraint's name.
        if (use.use == Use::alters && use.kind == ObjectKind::index && has_words(statement.text, "USING", "INDEX")) {
            drop(statement, use);
        }
        if (use.use == Use::creates) make(statement, use);
        if (use.use == Use::alters && use.kind == ObjectKind::constraint && has_words(statement.text, "VALIDATE")) {
            for (auto& object : objects_) {
                if (object.kind == use.kind && object.name == use.name && object.table == use.table) {
                    object.not_valid = false;
                }
            }
        }
    }
}

void Ledger::make(const Statement& statement, const ObjectUse& use) {
    if (!is_kept(use.kind) || use.name.empty() || use.schema == "pg_temp") return;
    // Where the table was there before, IF NOT EXISTS did not add what stands in its parentheses.
    if (use.kind == ObjectKind::constraint && statement.analysis.if_exists &&
        statement.parts.command == "CREATE TABLE") {
        return;
    }
    MadeObject object{
        .kind = use.kind,
        .schema = use.schema,
        .path_schema = use.schema.empty() ? std::string{statement.path_schema} : std::string{},
        .table = use.table,
        .name = use.name,
        .not_valid = use.kind == ObjectKind::constraint && has_words(statement.text, "NOT", "VALID"),
        .migration = std::string{statement.migration},
        .place = statement.place,
        .statement = statements_,
    };
    const auto same = [&](const MadeObject& other) {
        return other.kind == object.kind && other.name == object.name && other.table == object.table &&
               schema_of(other) == schema_of(object);
    };
    // CREATE OR REPLACE and IF NOT EXISTS: the one that made it first is who answers for it.
    if (std::none_of(objects_.begin(), objects_.end(), same)) objects_.push_back(std::move(object));
}

void Ledger::drop(const Statement& statement, const ObjectUse& use) {
    const auto schema = statement.schema(use);
    const bool relation =
        use.kind == ObjectKind::table || use.kind == ObjectKind::view || use.kind == ObjectKind::materialized_view;
    const auto gone = [&](const MadeObject& object) {
        if (use.kind == ObjectKind::schema) {
            return schema_of(object) == use.name || (object.kind == ObjectKind::schema && object.name == use.name);
        }
        if (!same_schema(schema_of(object), schema)) return false;
        if (relation && object.table == use.name) return true;
        if (object.name != use.name) return false;
        // A constraint's index goes with it and has its name.
        if (use.kind == ObjectKind::constraint && object.kind == ObjectKind::index) return object.table == use.table;
        const bool part = use.kind != ObjectKind::index && use.kind != ObjectKind::table;
        return object.kind == use.kind && (!part || object.table == use.table);
    };
    std::erase_if(objects_, gone);
}

// The analysis names the old one as altered and the new one as created, of the same kind.
void Ledger::rename(const Statement& statement) {
    const auto& uses = statement.analysis.objects;
    const auto to = std::find_if(uses.begin(), uses.end(), [](const auto& u) { return u.use == Use::creates; });
    if (to == uses.end()) return;
    const auto from = std::find_if(uses.begin(), uses.end(), [&](const auto& u) {
        return u.use == Use::alters && u.kind == to->kind;
    });
    if (from == uses.end()) return;
    const auto schema = statement.schema(*from);
    for (auto& object : objects_) {
        if (from->kind == ObjectKind::schema) {
            if (object.schema == from->name) object.schema = to->name;
            if (object.path_schema == from->name) object.path_schema = to->name;
            if (object.kind == ObjectKind::schema && object.name == from->name) object.name = to->name;
            continue;
        }
        if (!same_schema(schema_of(object), schema)) continue;
        const bool itself = object.kind == from->kind && object.name == from->name &&
                            (from->table.empty() || object.table == from->table);
        const bool part = from->table.empty() && object.table == from->name;
        if (!itself && !part) continue;
        if (itself) object.name = to->name;
        if (part) object.table = to->name;
        if (!to->schema.empty() && to->schema != from->schema) object.schema = to->schema;
    }
}

void Ledger::sweep(const Statement& statement) {
    const auto& command = statement.parts.command;
    const bool drops = command.starts_with("DROP") || command.starts_with("ALTER");
    if (drops && has_words(statement.text, "CASCADE")) {
        sweeps_.push_back({.where = statement.where() + " … CASCADE", .statement = statements_});
        return;
    }
    for (const auto& use : statement.analysis.objects) {
        if (use.use != Use::drops || use.kind != ObjectKind::column) continue;
        sweeps_.push_back({.table = use.table, .where = statement.where(), .statement = statements_});
    }
    const bool runs_code = command == "DO" || command == "CALL" || command.starts_with("SELECT") ||
                           command.starts_with("ROLLBACK") || !statement.analysis.parsed;
    if (runs_code) {
        sweeps_.push_back({.text = to_lower(statement.text), .where = statement.where(), .statement = statements_});
    }
}

std::string Ledger::may_be_gone_by(const MadeObject& object) const {
    std::string any;
    for (const auto& sweep : sweeps_) {
        if (sweep.statement <= object.statement) continue;
        const bool whatever = sweep.table.empty() && sweep.text.empty();
        if (whatever && any.empty()) any = sweep.where;
        if (whatever || (!sweep.table.empty() && sweep.table != object.table)) continue;
        if (!sweep.text.empty() && sweep.text.find(to_lower(object.name)) == std::string::npos) continue;
        return sweep.where;  // one that is about it says more than one that may be about anything
    }
    return any;
}

}  // namespace drydock::migrate
