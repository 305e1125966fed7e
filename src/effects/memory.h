#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "effects/builtins.h"
#include "effects/effect.h"
#include "effects/names.h"
#include "effects/world.h"

namespace drydock::effects {

// What a script has made so far. A name without a schema is looked up in the one that the script put first in
// search_path, or in "public". Saying "not made here" of something that was is harmless; the reverse is not: so what
// IF NOT EXISTS may have found already there is not remembered, and a rollback forgets everything.
struct Reader::Memory {
    enum class TypeKind : std::uint8_t { unknown, plain, checked_domain };

    bool has_relation(const Name& name) const { return relations_.contains(key(name)); }
    void add_relation(const Name& name) { relations_.insert(key(name)); }
    void drop_relation(const Name& name) {
        relations_.erase(key(name));
        indexes_.erase(key(name));
    }
    void rename_relation(const Name& from, const Name& to);

    void add_index(const Name& name, const Name& table) { indexes_[key(name)] = table; }
    const Name* table_of_index(const Name& name) const;

    void add_foreign_key(const Name& table, std::string_view constraint, const Name& to);
    Name referenced_by(const Name& table, std::string_view constraint) const;  // empty when not known

    void add_type(const Name& name, TypeKind kind) { types_[key(name)] = kind; }
    TypeKind type_kind(const Name& name) const;
    void add_function(const Name& name, bool is_volatile);
    Volatility function_volatility(const Name& name) const;

    // A label that ALTER TYPE … ADD VALUE gave an enum since the last commit: not to be used before the next.
    void add_label(std::string label) { labels_.insert(std::move(label)); }
    const std::set<std::string, std::less<>>& labels() const { return labels_; }

    // The first schema of search_path, for the session or (SET LOCAL) up to the transaction's end.
    struct Path {
        std::string session = "public";
        std::string local{};
    };
    const Path& path() const { return path_; }
    void set_path(Path path) { path_ = std::move(path); }
    void set_default_schema(std::string_view schema, bool local);
    void begin_transaction();
    void end_transaction();
    void roll_back();
    void forget();

    // What the database holds as the script goes on; empty when only the text is known.
    std::optional<World> world;

private:
    std::string key(const Name& name) const;

    Path path_;
    std::set<std::string> relations_;
    std::map<std::string, Name> indexes_;
    std::map<std::string, Name> foreign_keys_;
    std::map<std::string, TypeKind> types_;
    std::map<std::string, bool> functions_;
    std::set<std::string, std::less<>> labels_;
    std::optional<World> at_begin_;
};

}  // namespace drydock::effects
