#include "effects/memory.h"

namespace drydock::effects {

std::string Reader::Memory::key(const Name& name) const {
    const std::string& default_schema = path_.local.empty() ? path_.session : path_.local;
    return (name.schema.empty() ? default_schema : name.schema) + '\0' + name.name;
}

void Reader::Memory::rename_relation(const Name& from, const Name& to) {
    const bool was_here = relations_.erase(key(from)) > 0;
    relations_.erase(key(to));
    if (was_here) relations_.insert(key(to));

    std::erase_if(indexes_, [&](const auto& entry) { return key(entry.second) == key(from); });
    if (auto index = indexes_.extract(key(from))) {
        index.key() = key(to);
        indexes_.insert(std::move(index));
    }
}

const Name* Reader::Memory::table_of_index(const Name& name) const {
    const auto found = indexes_.find(key(name));
    return found == indexes_.end() ? nullptr : &found->second;
}

void Reader::Memory::add_foreign_key(const Name& table, std::string_view constraint, const Name& to) {
    if (!constraint.empty()) foreign_keys_[key(table) + '\0' + std::string{constraint}] = to;
}

Name Reader::Memory::referenced_by(const Name& table, std::string_view constraint) const {
    const auto found = foreign_keys_.find(key(table) + '\0' + std::string{constraint});
    return found == foreign_keys_.end() ? Name{} : found->second;
}

Reader::Memory::TypeKind Reader::Memory::type_kind(const Name& name) const {
    const Type* known = world ? world->find_type(name.schema, name.name) : nullptr;
    for (int depth = 0; known != nullptr && depth < 32; ++depth) {
        if (known->what != Type::What::domain) return TypeKind::plain;
        if (known->not_null || !known->checks.empty()) return TypeKind::checked_domain;
        const Name base = name_in(element_type(known->base));
        known = world->find_type(base.schema, base.name);
        if (known == nullptr) return TypeKind::plain;
    }
    const auto found = types_.find(key(name));
    return found == types_.end() ? TypeKind::unknown : found->second;
}

void Reader::Memory::add_function(const Name& name, bool is_volatile) {
    // Functions may share a name: one volatile overload makes the name volatile.
    bool& known = functions_[key(name)];
    known = known || is_volatile;
}

Volatility Reader::Memory::function_volatility(const Name& name) const {
    if (const Function* known = world ? world->find_function(name.schema, name.name) : nullptr) {
        if (known->any_volatile && known->any_not_volatile) return Volatility::unknown;
        return known->any_volatile ? Volatility::is_volatile : Volatility::stable;
    }
    if (const auto found = functions_.find(key(name)); found != functions_.end()) {
        return found->second ? Volatility::is_volatile : Volatility::stable;
    }
    const Volatility known = volatility(name.name);
    const bool server_own = name.schema.empty() || name.schema == "pg_catalog";
    return known == Volatility::stable && !server_own ? Volatility::unknown : known;
}

void Reader::Memory::set_default_schema(std::string_view schema, bool local) {
    path_.local = local ? schema : "";
    if (!local) path_.session = schema;
}

void Reader::Memory::begin_transaction() {
    at_begin_ = world;
    labels_.clear();
}

void Reader::Memory::end_transaction() {
    path_.local.clear();
    labels_.clear();
    at_begin_.reset();
}

// Without BEGIN the transaction is that of whoever runs the script.
void Reader::Memory::roll_back() {
    forget();
    labels_.clear();
    if (at_begin_) world = at_begin_;
}

void Reader::Memory::forget() {
    path_.local.clear();
    relations_.clear();
    indexes_.clear();
    foreign_keys_.clear();
    types_.clear();
    functions_.clear();
}

}  // namespace drydock::effects
