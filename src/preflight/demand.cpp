#include "preflight/demand.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "sql/search_path.h"
#include "sql/statement.h"

namespace drydock::preflight {
namespace {

using effects::LockMode;
using sql::ObjectKind;
using sql::Use;

bool has_word(std::string_view statement, std::string_view keyword) {
    for (sql::Words words{statement}; !words.ended(); words.next()) {
        if (words.at(keyword)) return true;
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

bool changes_role(std::string_view statement) {
    sql::Words words{statement};
    if (!words.take("SET")) return false;
    if (words.at("SESSION")) {
        words.next();
        return words.at("AUTHORIZATION") || words.at("ROLE");
    }
    words.take("LOCAL");
    return words.at("ROLE");
}

// CREATE INDEX, REINDEX, and constraints that come with an index of their own.
bool makes_index(std::string_view command, std::string_view statement) {
    if (command.starts_with("REINDEX") || command.starts_with("CREATE INDEX") ||
        command.starts_with("CREATE UNIQUE INDEX")) {
        return true;
    }
    if (!command.starts_with("ALTER TABLE")) return false;
    bool constraint = false;
    for (sql::Words words{statement}; !words.ended(); words.next()) {
        if (words.at("UNIQUE") || words.at("PRIMARY") || words.at("EXCLUDE")) constraint = true;
        if (words.at("USING")) {
            words.next();
            if (words.at("INDEX")) return false;  // it takes one that is there
        }
    }
    return constraint;
}

// The text of a name or literal token, folded and unquoted as the server does.
std::string plain(std::string_view word) {
    if (word.size() < 2 || (word.front() != '"' && word.front() != '\'')) return to_lower(word);
    std::string text;
    for (std::size_t i = 1; i + 1 < word.size(); ++i) {
        text += word[i];
        if (word[i] == word.front() && word[i + 1] == word.front()) ++i;
    }
    return text;
}

std::optional<ExtensionWanted> extension_in(std::string_view statement, const Where& where) {
    sql::Words words{statement};
    const bool alter = words.at("ALTER");
    if (!alter && !words.at("CREATE")) return std::nullopt;
    words.next();
    if (!words.take("EXTENSION")) return std::nullopt;
    ExtensionWanted wanted{.where = where, .update = alter};
    if (words.take("IF")) {
        words.take("NOT");
        words.take("EXISTS");
        wanted.if_not_exists = true;
    }
    wanted.name = plain(words.word());
    words.next();
    if (alter && !words.take("UPDATE")) return std::nullopt;  // SET SCHEMA, ADD …
    for (; !words.ended(); words.next()) {
        if (words.at("CASCADE")) wanted.cascade = true;
        if (!words.at("VERSION") && !words.at("TO")) continue;
        words.next();
        wanted.version = plain(words.word());
    }
    return wanted;
}

std::optional<RightWanted::Kind> owner_right(ObjectKind kind) {
    switch (kind) {
        case ObjectKind::table:
        case ObjectKind::view:
        case ObjectKind::materialized_view:
        case ObjectKind::sequence:
        case ObjectKind::index:
            return RightWanted::Kind::own_relation;
        case ObjectKind::type:
            return RightWanted::Kind::own_type;
        case ObjectKind::function:
        case ObjectKind::procedure:
            return RightWanted::Kind::own_routine;
        default:
            return std::nullopt;
    }
}

bool lives_in_schema(ObjectKind kind) {
    return owner_right(kind).has_value();
}

// Rows are read by these; what a view or a function reads is looked at when it is used.
bool reads_rows(std::string_view command, std::string_view statement) {
    for (const std::string_view verb : {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "COPY"}) {
        if (command.starts_with(verb)) return true;
    }
    return (command == "CREATE TABLE" || command == "CREATE MATERIALIZED VIEW") && has_word(statement, "SELECT");
}

std::optional<RightWanted::Kind> write_right(std::string_view command) {
    using Kind = RightWanted::Kind;
    if (command.starts_with("INSERT") || command.starts_with("COPY")) return Kind::insert_rows;
    if (command.starts_with("UPDATE")) return Kind::update_rows;
    if (command.starts_with("DELETE")) return Kind::delete_rows;
    if (command.starts_with("TRUNCATE")) return Kind::truncate;
    if (command.starts_with("REFRESH")) return Kind::own_relation;
    return std::nullopt;
}

class DemandReader {
public:
    DemandReader(const migrate::Context& context, const effects::World* world)
        : context_(context), reader_(world), with_world_(world != nullptr) {}

    void file(const layouts::Migration& migration) {
        const auto& values = context_.options.placeholders;
        auto source = migrate::Source::read(migration.path, migration.header.placeholders, values);
        if (!source) {
            const auto& error = source.error();
            demand_.unread.push_back(fmt::format(
                "{}: {}{}",
                migration.id,
                error.message,
                error.place.file.empty() ? "" : fmt::format(" ({})", error.place.label())
            ));
            return;
        }
        source_ = &*source;
        // One reader for all files: what an earlier one makes is nobody's to wait for. Each begins with its own
        // settings.
        reader_.end_script();
        path_schema_.clear();
        own_role_ = true;
        const auto& script = source->script();
        std::vector<std::string_view> texts;
        for (const auto& statement : script.statements()) texts.push_back(script.text_of(statement));
        const auto analyses = sql::analyse(texts);
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const auto& statement = script.statements()[i];
            where_ = {migration.id, source->place(statement.range.begin).line, statement.command};
            if (auto schema = sql::search_path_of(texts[i])) path_schema_ = *std::move(schema);
            if (changes_role(texts[i])) {
                own_role_ = false;
                demand_.other_roles.push_back(where_);
            }
            effect(reader_.read(texts[i]), texts[i]);
            if (auto extension = extension_in(texts[i], where_)) demand_.extensions.push_back(*std::move(extension));
            if (own_role_) rights(analyses[i], texts[i]);
        }
    }

    Demand take() { return std::move(demand_); }

private:
    std::string masked(std::string text) const { return source_->mask(std::move(text)); }

    Name name_of(std::string_view schema, std::string_view name) const {
        return {std::string{schema}, std::string{name}, schema.empty() ? path_schema_ : std::string{}};
    }

    void effect(const effects::Effect& effect, std::string_view text) {
        if (!effect.analysed) demand_.not_analysed.push_back(where_);
        if (!effect.error.empty()) demand_.refused.push_back({where_, masked(effect.error)});
        if (effect.outside || has_word(text, "CONCURRENTLY")) demand_.concurrent.push_back(where_);
        if (with_world_) probes(effect);
        const bool index = makes_index(where_.command, text);
        for (const auto& relation : effect.relations) {
            if (relation.created_here || relation.lock == LockMode::none) continue;
            const auto name = name_of(relation.schema, relation.name);
            auto found = std::find_if(demand_.relations.begin(), demand_.relations.end(), [&](const Wanted& w) {
                return w.name == name;
            });
            if (found == demand_.relations.end()) found = demand_.relations.insert(found, {.name = name});
            found->with_family |= !effect.exact;
            found->touches.push_back({
                .where = where_,
                .lock = relation.lock,
                .rewrites = relation.rewrites,
                .scans = relation.scans,
                .builds_index = index && relation.scans == effects::Certainty::yes,
                .why = masked(relation.why),
            });
        }
    }

    void probes(const effects::Effect& effect) {
        for (const auto& failure : effect.may_fail) {
            if (failure.probe.empty()) continue;
            demand_.probes.push_back({
                .where = where_,
                .condition = masked(failure.condition),
                .relation = failure.relation,
                .path_schema = path_schema_,
                .sql = failure.probe,
            });
        }
    }

    void want(RightWanted::Kind kind, Name name) {
        const bool known = std::any_of(demand_.rights.begin(), demand_.rights.end(), [&](const RightWanted& r) {
            return r.kind == kind && r.name == name;
        });
        if (!known) demand_.rights.push_back({.kind = kind, .name = std::move(name), .where = where_});
    }

    void rights(const sql::Analysis& analysis, std::string_view text) {
        const auto& command = where_.command;
        if (is_temporary(text)) return;
        const bool granting = command.starts_with("GRANT") || command.starts_with("REVOKE");
        for (const auto& object : analysis.objects) {
            if (object.schema == "pg_temp") continue;
            const auto name = name_of(object.schema, object.name);
            switch (object.use) {
                case Use::creates:
                    if (object.kind == ObjectKind::schema) want(RightWanted::Kind::create_schema, name);
                    if (lives_in_schema(object.kind)) want(RightWanted::Kind::create_in_schema, name);
                    break;
                case Use::alters:
                case Use::drops:
                    if (granting) break;
                    if (const auto right = owner_right(object.kind)) want(*right, name);
                    break;
                case Use::writes:
                    if (const auto right = write_right(command)) want(*right, name);
                    break;
                case Use::reads:
                    if (object.kind == ObjectKind::table && reads_rows(command, text))
                        want(RightWanted::Kind::read_rows, name);
                    break;
            }
        }
    }

    const migrate::Context& context_;
    effects::Reader reader_;
    bool with_world_ = false;
    const migrate::Source* source_ = nullptr;
    std::string path_schema_;
    bool own_role_ = true;
    Where where_;
    Demand demand_;
};

}  // namespace

std::string Where::text() const {
    return fmt::format("{}:{} {}", migration, line, command);
}

LockMode Wanted::strongest() const {
    LockMode mode = LockMode::none;
    for (const auto& touch : touches) mode = std::max(mode, touch.lock);
    return mode;
}

Demand read_demand(
    const migrate::Context& context, const std::vector<std::size_t>& indexes, const effects::World* world
) {
    DemandReader reader{context, world};
    for (const auto index : indexes) reader.file(context.project.at(index));
    return reader.take();
}

}  // namespace drydock::preflight
