#include "lint/context.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "effects/builtins.h"
#include "sql/lexer.h"

namespace drydock::lint {

const effects::Relation* Context::relation(const Name& name) const {
    return world_ == nullptr ? nullptr : world_->find(name.schema, name.name);
}

const effects::Column* Context::column(const Name& table, std::string_view column) const {
    const auto* found = relation(table);
    return found == nullptr ? nullptr : found->column(column);
}

std::string Context::key(const Name& name) const {
    if (!name.schema.empty()) return name.schema + '.' + name.name;
    if (!state_.file.search_path.empty()) return state_.file.search_path + '.' + name.name;
    if (const auto* found = relation(name)) return found->schema + '.' + found->name;
    return (world_ == nullptr ? "public" : world_->creation_schema()) + '.' + name.name;
}

std::optional<effects::Sizes> Context::size(const Name& name) const {
    const auto* found = relation(name);
    if (found == nullptr) return std::nullopt;
    if (found->sizes) return found->sizes;
    if (found->children.empty()) return std::nullopt;
    effects::Sizes sum{.heap_bytes = 0, .rows = 0};
    for (const auto id : world_->descendants(found->id)) {
        const auto& part = world_->at(id);
        if (!part.has_rows()) continue;
        if (!part.sizes) return std::nullopt;
        sum.heap_bytes += part.sizes->heap_bytes;
        sum.rows = sum.rows < 0 || part.sizes->rows < 0 ? -1 : sum.rows + part.sizes->rows;
    }
    return sum;
}

bool Context::is_small(const Name& name) const {
    const auto known = size(name);
    return known && known->heap_bytes <= options().small_bytes;
}

int Context::version() const {
    if (options().server_version > 0) return options().server_version / 10000;
    return options().world == nullptr ? 0 : world_->major();
}

std::optional<bool> Context::is_volatile(const Name& function) const {
    const auto own = state_.own_functions.find(key(function));
    if (own != state_.own_functions.end()) return own->second;
    if (world_ != nullptr) {
        const auto* known = world_->find_function(function.schema, function.name);
        if (known != nullptr && known->any_volatile != known->any_not_volatile) return known->any_volatile;
    }
    if (!function.schema.empty() && function.schema != "pg_catalog" && function.schema != "public") return std::nullopt;
    switch (effects::volatility(function.name)) {
        case effects::Volatility::is_volatile:
            return true;
        case effects::Volatility::stable:
            return false;
        default:
            return std::nullopt;
    }
}

std::optional<bool> Context::is_checked_domain(const Name& type) const {
    if (state_.checked_domains.contains(key(type))) return true;
    if (state_.plain_domains.contains(key(type))) return false;
    if (world_ != nullptr) {
        const auto* known = world_->find_type(type.schema, type.name);
        if (known != nullptr) {
            return known->what == effects::Type::What::domain && (known->not_null || !known->checks.empty());
        }
    }
    return std::nullopt;
}

const effects::RelationEffect* Context::effect_on(const Name& name) const {
    const auto wanted = key(name);
    for (const auto& relation : effect().relations) {
        if (relation.name == name.name && key({.schema = relation.schema, .name = relation.name}) == wanted)
            return &relation;
    }
    return nullptr;
}

LockMode Context::lock_on(const Name& name) const {
    const auto* found = effect_on(name);
    return found == nullptr ? LockMode::none : found->lock;
}
bool Context::likely(Certainty certainty, const Name& name) const {
    return certainty == Certainty::yes || (certainty == Certainty::maybe && relation(name) == nullptr &&
                                           node().node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_STMT);
}

Certainty Context::rewrites(const Name& name) const {
    return strongest(effect(), name, [](const auto& relation) { return relation.rewrites; });
}
Certainty Context::scans(const Name& name) const {
    return strongest(effect(), name, [](const auto& relation) { return relation.scans; });
}

// Of a table, and of its partitions: they hold the rows.
Certainty Context::strongest(
    const effects::Effect& effect, const Name& name, Certainty (*of)(const effects::RelationEffect&)
) const {
    auto result = Certainty::no;
    const auto take = [&](Certainty one) {
        if (one == Certainty::yes || result == Certainty::no) result = one;
    };
    const auto wanted = key(name);
    const auto* table = relation(name);
    const auto below =
        table == nullptr || table->children.empty() ? std::vector<effects::Id>{} : world_->descendants(table->id);
    for (const auto& one : effect.relations) {
        if (one.kind == effects::RelationKind::index) continue;
        const Name here{.schema = one.schema, .name = one.name};
        if (one.name == name.name && key(here) == wanted) {
            take(of(one));
        } else if (!below.empty()) {
            const auto* part = relation(here);
            if (part != nullptr && std::find(below.begin(), below.end(), part->id) != below.end()) take(of(one));
        }
    }
    return result;
}

std::size_t Context::at(int location) const {
    return location > 0 && static_cast<std::size_t>(location) < now_.sql.size() ? static_cast<std::size_t>(location)
                                                                                : 0;
}

std::size_t Context::find_name(std::string_view name, std::size_t from) const {
    if (name.empty() || from >= now_.sql.size()) return npos;
    sql::Lexer lexer{now_.sql, from};
    for (auto token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
        const auto word = sql::text_of(now_.sql, token);
        if (token.kind == sql::TokenKind::identifier && iequals(word, name)) return token.range.begin;
        if (token.kind == sql::TokenKind::quoted_identifier && word.size() >= 2 &&
            word.substr(1, word.size() - 2) == name)
            return token.range.begin;
    }
    return npos;
}

std::size_t Context::find_keyword(std::string_view keyword, std::size_t from) const {
    if (from >= now_.sql.size()) return npos;
    sql::Lexer lexer{now_.sql, from};
    for (auto token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
        if (token.kind == sql::TokenKind::identifier && iequals(sql::text_of(now_.sql, token), keyword))
            return token.range.begin;
    }
    return npos;
}

std::size_t Context::clause_end(std::size_t from) const {
    if (from >= now_.sql.size()) return now_.sql.size();
    int depth = 0;
    auto end = from;
    sql::Lexer lexer{now_.sql, from};
    for (auto token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
        if (sql::is_blank(token.kind)) continue;
        if (token.kind == sql::TokenKind::punctuation) {
            const char symbol = now_.sql[token.range.begin];
            if (symbol == '(' || symbol == '[') ++depth;
            if ((symbol == ')' || symbol == ']') && --depth < 0) break;
            if ((symbol == ',' && depth == 0) || symbol == ';') break;
        }
        end = token.range.end;
    }
    return end;
}

std::string_view Context::clause(std::size_t from) const {
    return from >= now_.sql.size() ? std::string_view{} : now_.sql.substr(from, clause_end(from) - from);
}

sql::Range Context::in_file(std::size_t begin, std::size_t end) const {
    if (!now_.mapped) return {now_.begin, now_.begin + 1};
    return {now_.begin + begin, now_.begin + end};
}

Severity Context::severity_of(const Rule& rule) const {
    const auto& set = options();
    if (!set.only.empty()) {
        if (std::find(set.only.begin(), set.only.end(), rule.id) == set.only.end()) return Severity::off;
        const auto own = set.severities.find(rule.id);
        const auto severity = own == set.severities.end() ? rule.severity : own->second;
        return severity == Severity::off ? Severity::notice : severity;
    }
    const auto own = set.severities.find(rule.id);
    return own == set.severities.end() ? rule.severity : own->second;
}

namespace {

std::size_t word_end(std::string_view sql, std::size_t from) {
    sql::Lexer lexer{sql, from};
    auto token = lexer.next();
    while (sql::is_blank(token.kind)) token = lexer.next();
    return std::max(token.range.end, std::min(from + 1, sql.size()));
}

}  // namespace

Finding* Context::report(std::string_view id, std::string message, What what) {
    const auto* rule = find_rule(id);
    if (rule == nullptr) return nullptr;
    auto severity = severity_of(*rule);
    if (severity == Severity::off) return nullptr;
    const bool about_relation = !what.relation.name.empty();
    if (what.new_is_fine && about_relation && is_new(what.relation)) return nullptr;
    if (what.severity && !options().severities.contains(id)) severity = std::min(severity, *what.severity);
    if (what.scales && about_relation && is_small(what.relation)) {
        severity = std::min(severity, Severity::notice);
        const auto known = size(what.relation);
        message += fmt::format(
            "; now it is small ({})",
            human_bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(known->heap_bytes, 0)))
        );
    }
    const auto at = what.at == npos ? 0 : what.at;
    const auto end = what.end == npos ? word_end(now_.sql, at) : what.end;
    Finding finding{
        .rule = rule,
        .severity = severity,
        .input = input_,
        .range = in_file(at, end),
        .statement = now_.whole,
        .message = std::move(message),
        .lock = what.lock,
        .fix = std::move(what.fix),
        .evidence = Evidence::text,
    };
    if (about_relation) {
        const auto* known = relation(what.relation);
        finding.objects.push_back(known == nullptr ? text_of(what.relation) : known->text());
        if (finding.lock == LockMode::none) finding.lock = lock_on(what.relation);
        if (known != nullptr || what.from_catalog) finding.evidence = options().evidence;
    }
    if (what.from_catalog) finding.evidence = options().evidence;
    if (!what.object.empty()) finding.objects.assign(1, std::move(what.object));
    if (!what.key.empty()) state_.by_key.emplace(fmt::format("{} {}", id, what.key), state_.drafts.size());
    state_.drafts.push_back({
        .finding = std::move(finding),
        .key = std::move(what.key),
        .transaction = now_.stand->transaction,
    });
    return &state_.drafts.back().finding;
}

void Context::withdraw(std::string_view rule, const std::string& key, bool same_transaction) {
    if (state_.by_key.empty()) return;
    const auto [first, last] = state_.by_key.equal_range(fmt::format("{} {}", rule, key));
    for (auto i = first; i != last; ++i) {
        auto& draft = state_.drafts[i->second];
        if (!same_transaction || (draft.transaction == now_.stand->transaction && draft.transaction != 0))
            draft.withdrawn = true;
    }
}

void Context::edit(Finding* finding, std::size_t begin, std::size_t end, std::string text) const {
    if (finding == nullptr || !now_.mapped || now_.nested || begin == npos) return;
    finding->edits.push_back({in_file(begin, end), std::move(text)});
}

// --- reading the tree ---------------------------------------------------------------------------------------------

Name name_of(const PgQuery__RangeVar* relation) {
    if (relation == nullptr) return {};
    return {.schema = std::string{sql::view(relation->schemaname)}, .name = std::string{sql::view(relation->relname)}};
}

Name name_of(PgQuery__Node* const* parts, std::size_t count) {
    const auto name = sql::qualified({parts, count});
    return {.schema = std::string{name.schema}, .name = std::string{name.name}};
}

Name name_of(const PgQuery__Node& node) {
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_LIST:
            return name_of(node.list->items, node.list->n_items);
        case PG_QUERY__NODE__NODE_TYPE_NAME:
            return name_of(node.type_name->names, node.type_name->n_names);
        case PG_QUERY__NODE__NODE_RANGE_VAR:
            return name_of(node.range_var);
        case PG_QUERY__NODE__NODE_STRING:
            return {.name = std::string{sql::view(node.string->sval)}};
        case PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS:
            return name_of(node.object_with_args->objname, node.object_with_args->n_objname);
        default:
            return {};
    }
}

std::string text_of(const Name& name) {
    const auto bare = effects::quoted(name.name);
    return name.schema.empty() ? bare : effects::quoted(name.schema) + "." + bare;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + effects::quoted(name);
    return text;
}

std::vector<std::string> strings(PgQuery__Node* const* nodes, std::size_t count) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < count; ++i) {
        if (nodes[i]->node_case == PG_QUERY__NODE__NODE_STRING) result.emplace_back(sql::view(nodes[i]->string->sval));
    }
    return result;
}

std::string_view bare_type(const PgQuery__TypeName* type) {
    if (type == nullptr || type->n_names == 0) return {};
    const auto name = sql::qualified({type->names, type->n_names});
    return name.schema.empty() || name.schema == "pg_catalog" ? name.name : std::string_view{};
}

std::string type_text(const PgQuery__TypeName* type) {
    if (type == nullptr || type->n_names == 0) return {};
    const auto name = sql::qualified({type->names, type->n_names});
    std::string text{name.name};
    if (!name.schema.empty() && name.schema != "pg_catalog") text = std::string{name.schema} + "." + text;
    std::string modifiers;
    // The first modifier of an interval says which fields it has.
    const std::size_t first = name.name == "interval" ? 1 : 0;
    for (std::size_t i = first; i < type->n_typmods; ++i) {
        modifiers += (modifiers.empty() ? "" : ",") + value_of(type->typmods[i]);
    }
    if (!modifiers.empty()) text += "(" + modifiers + ")";
    if (type->n_array_bounds > 0) text += "[]";
    return text;
}

const PgQuery__DefElem* option(PgQuery__Node* const* options, std::size_t count, std::string_view name) {
    for (std::size_t i = 0; i < count; ++i) {
        if (options[i]->node_case == PG_QUERY__NODE__NODE_DEF_ELEM && sql::view(options[i]->def_elem->defname) == name)
            return options[i]->def_elem;
    }
    return nullptr;
}

bool is_true(const PgQuery__DefElem* element) {
    if (element == nullptr) return false;
    if (element->arg == nullptr) return true;
    const auto value = to_lower(value_of(element->arg));
    return value == "true" || value == "on" || value == "1" || value == "yes";
}

std::string value_of(const PgQuery__Node* node) {
    if (node == nullptr) return {};
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_STRING:
            return std::string{sql::view(node->string->sval)};
        case PG_QUERY__NODE__NODE_INTEGER:
            return std::to_string(node->integer->ival);
        case PG_QUERY__NODE__NODE_FLOAT:
            return std::string{sql::view(node->float_->fval)};
        case PG_QUERY__NODE__NODE_BOOLEAN:
            return node->boolean->boolval != 0 ? "true" : "false";
        case PG_QUERY__NODE__NODE_TYPE_CAST:
            return value_of(node->type_cast->arg);
        case PG_QUERY__NODE__NODE_TYPE_NAME:
            return std::string{name_of(*node).name};
        case PG_QUERY__NODE__NODE_A_CONST:
            switch (node->a_const->val_case) {
                case PG_QUERY__A__CONST__VAL_IVAL:
                    return std::to_string(node->a_const->ival->ival);
                case PG_QUERY__A__CONST__VAL_SVAL:
                    return std::string{sql::view(node->a_const->sval->sval)};
                case PG_QUERY__A__CONST__VAL_FVAL:
                    return std::string{sql::view(node->a_const->fval->fval)};
                case PG_QUERY__A__CONST__VAL_BOOLVAL:
                    return node->a_const->boolval->boolval != 0 ? "true" : "false";
                default:
                    return {};
            }
        default:
            return {};
    }
}

}  // namespace drydock::lint
