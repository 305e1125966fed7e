#include "sql/body.h"

#include <pg_query.h>

#include <algorithm>
#include <optional>

#include <boost/json.hpp>
#include <pg_query/pg_query.pb-c.h>

#include "base/text.h"
#include "sql/names.h"
#include "sql/parser.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#define DRYDOCK_SANITIZED
#endif
#endif

namespace drydock::sql {
namespace {

namespace json = boost::json;

#ifdef DRYDOCK_SANITIZED
using LeaksOfALibrary = __lsan::ScopedDisabler;
#else
struct LeaksOfALibrary {};
#endif

// libpg_query 15-4.0.0 does not free its copy of standard error when the body is not PL/pgSQL: a byte, as a rule.
PgQueryPlpgsqlParseResult parse_plpgsql(const std::string& statement) {
    [[maybe_unused]] const LeaksOfALibrary not_ours;
    return pg_query_parse_plpgsql(statement.c_str());
}

std::string_view view_of(const PgQuery__Node* node) {
    if (node == nullptr || node->node_case != PG_QUERY__NODE__NODE_STRING) return {};
    return node->string->sval;
}

std::string quoted_name(std::string_view name) {
    const bool simple = !name.empty() &&
                        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string_view::npos &&
                        (name.front() < '0' || name.front() > '9');
    if (simple) return std::string{name};
    std::string out{'"'};
    for (const char c : name) {
        if (c == '"') out += c;
        out += c;
    }
    return out + '"';
}

std::string quoted_literal(std::string_view text) {
    std::string out{'\''};
    for (const char c : text) {
        if (c == '\'') out += c;
        out += c;
    }
    return out + '\'';
}

std::optional<std::string> fold(const PgQuery__Node* node);

// format('… %I …', constants), with plain %s, %I and %L.
std::optional<std::string> fold_format(const PgQuery__FuncCall& call) {
    if (call.n_args == 0) return std::nullopt;
    const auto pattern = fold(call.args[0]);
    if (!pattern) return std::nullopt;
    std::string out;
    std::size_t next = 1;
    for (std::size_t i = 0; i < pattern->size(); ++i) {
        if ((*pattern)[i] != '%') {
            out += (*pattern)[i];
            continue;
        }
        const char kind = ++i < pattern->size() ? (*pattern)[i] : '\0';
        if (kind == '%') {
            out += kind;
            continue;
        }
        const auto value = next < call.n_args ? fold(call.args[next++]) : std::nullopt;
        if (!value || (kind != 's' && kind != 'I' && kind != 'L')) return std::nullopt;
        out += kind == 'I' ? quoted_name(*value) : kind == 'L' ? quoted_literal(*value) : *value;
    }
    return out;
}

std::optional<std::string> fold_call(const PgQuery__FuncCall& call) {
    const std::string_view name = call.n_funcname == 0 ? "" : view_of(call.funcname[call.n_funcname - 1]);
    if (name == "format") return fold_format(call);
    std::string joined;
    for (std::size_t i = 0; i < call.n_args; ++i) {
        const auto value = fold(call.args[i]);
        if (!value) return std::nullopt;
        joined += *value;
    }
    if (name == "concat") return joined;
    if (call.n_args != 1) return std::nullopt;
    if (name == "quote_ident") return quoted_name(joined);
    if (name == "quote_literal") return quoted_literal(joined);
    return std::nullopt;
}

// The text that an expression of constants gives.
std::optional<std::string> fold(const PgQuery__Node* node) {
    if (node == nullptr) return std::nullopt;
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_TYPE_CAST:
            return fold(node->type_cast->arg);
        case PG_QUERY__NODE__NODE_FUNC_CALL:
            return fold_call(*node->func_call);
        case PG_QUERY__NODE__NODE_A_CONST:
            if (node->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL) return node->a_const->sval->sval;
            if (node->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL)
                return std::to_string(node->a_const->ival->ival);
            return std::nullopt;
        case PG_QUERY__NODE__NODE_A_EXPR: {
            const PgQuery__AExpr& both = *node->a_expr;
            if (both.n_name != 1 || view_of(both.name[0]) != "||") return std::nullopt;
            auto left = fold(both.lexpr);
            const auto right = fold(both.rexpr);
            if (!left || !right) return std::nullopt;
            return *left + *right;
        }
        default:
            return std::nullopt;
    }
}

std::optional<std::string> fold(std::string_view expression) {
    const Parsed parsed = parse("SELECT " + std::string{expression});
    if (!parsed.tree || parsed.tree->n_stmts != 1) return std::nullopt;
    const PgQuery__Node* statement = parsed.tree->stmts[0]->stmt;
    if (statement->node_case != PG_QUERY__NODE__NODE_SELECT_STMT || statement->select_stmt->n_target_list != 1) {
        return std::nullopt;
    }
    const PgQuery__Node* target = statement->select_stmt->target_list[0];
    return target->node_case == PG_QUERY__NODE__NODE_RES_TARGET ? fold(target->res_target->val) : std::nullopt;
}

// Goes through the JSON that libpg_query writes of a PL/pgSQL function.
class BodyReader {
public:
    explicit BodyReader(Body& body) : body_(body) {}

    void read(const json::value& value, BodyStatement at) {
        if (const auto* list = value.if_array()) {
            for (const auto& item : *list) read(item, at);
        }
        const auto* object = value.if_object();
        if (object == nullptr) return;
        for (const auto& [key, inside] : *object) read(std::string_view{key}, inside, at);
    }

private:
    void read(std::string_view key, const json::value& inside, BodyStatement at) {
        const auto* object = inside.if_object();
        if (object == nullptr) {
            at.conditional = at.conditional || key == "then_body" || key == "else_body" || key == "elsif_list" ||
                             key == "case_when_list" || key == "else_stmts" || key == "exc_list";
            return read(inside, at);
        }
        if (key.starts_with("PLpgSQL_stmt_")) return statement(key.substr(13), *object, at);
        if (key == "PLpgSQL_expr") return expression(*object, at);
        read(inside, at);
    }

    void statement(std::string_view kind, const json::object& object, BodyStatement at) {
        if (const auto* line = object.if_contains("lineno"); line != nullptr && line->is_int64()) {
            at.line = static_cast<std::size_t>(line->as_int64());
        }
        if (kind == "commit" || kind == "rollback") body_.commits = true;
        const bool loop = kind == "loop" || kind == "while" || kind.starts_with("for") || kind == "dynfors";
        const bool runs =
            kind == "execsql" || kind == "perform" || kind == "fors" || kind == "return_query" || kind == "open";
        const bool dynamic = kind == "dynexecute" || kind == "dynfors";
        at.guarded = at.guarded || object.contains("exceptions");
        for (const auto& [key, inside] : object) {
            const std::string_view name = key;
            BodyStatement within = at;
            within.conditional = within.conditional || (loop && name == "body");
            const bool query = name == "query" || name == "sqlstmt" || (kind == "perform" && name == "expr");
            if ((dynamic && name == "query") || name == "dynquery") {
                execute(text_in(inside), at);
            } else if (runs && query) {
                add(text_in(inside), at);
            } else {
                read(name, inside, within);
            }
        }
    }

    static std::string text_in(const json::value& expression) {
        const auto* object = expression.if_object();
        const auto* inner = object == nullptr ? nullptr : object->if_contains("PLpgSQL_expr");
        const auto* query = inner == nullptr || !inner->is_object() ? nullptr : inner->as_object().if_contains("query");
        return query == nullptr || !query->is_string() ? std::string{} : std::string{query->as_string()};
    }

    // An expression reads tables when it holds a query.
    void expression(const json::object& object, BodyStatement at) {
        const auto* query = object.if_contains("query");
        if (query == nullptr || !query->is_string()) return;
        std::string text{query->as_string()};
        if (to_lower(text).find("select") == std::string::npos) return;
        if (const auto assigned = text.find(":="); assigned != std::string::npos) text.erase(0, assigned + 2);
        add("SELECT " + text, at);
    }

    void add(std::string text, BodyStatement at) {
        if (text.empty()) return;
        at.text = std::move(text);
        body_.statements.push_back(std::move(at));
    }

    void execute(std::string expression, BodyStatement at) {
        at.executed = true;
        if (auto text = fold(expression)) return add(std::move(*text), at);
        at.text = std::move(expression);
        body_.opaque.push_back(std::move(at));
    }

    Body& body_;
};

const char* string_option(PgQuery__Node* const* options, std::size_t count, std::string_view name) {
    for (std::size_t i = 0; i < count; ++i) {
        if (options[i]->node_case != PG_QUERY__NODE__NODE_DEF_ELEM) continue;
        const PgQuery__DefElem& option = *options[i]->def_elem;
        if (option.arg == nullptr || option.defname != name) continue;
        if (option.arg->node_case == PG_QUERY__NODE__NODE_STRING) return option.arg->string->sval;
        // AS of a function is a list.
        if (option.arg->node_case == PG_QUERY__NODE__NODE_LIST && option.arg->list->n_items == 1 &&
            option.arg->list->items[0]->node_case == PG_QUERY__NODE__NODE_STRING) {
            return option.arg->list->items[0]->string->sval;
        }
    }
    return nullptr;
}

std::string dollar_quoted(std::string_view text) {
    std::string tag = "$body$";
    while (text.find(tag) != std::string_view::npos) tag.insert(1, 1, 'x');
    return tag + std::string{text} + tag;
}

// The names of what the caller gives, which the body may use as variables.
std::string parameters(const PgQuery__CreateFunctionStmt& function) {
    std::string list;
    for (std::size_t i = 0; i < function.n_parameters; ++i) {
        if (function.parameters[i]->node_case != PG_QUERY__NODE__NODE_FUNCTION_PARAMETER) continue;
        const std::string_view name = function.parameters[i]->function_parameter->name;
        if (name.empty()) continue;
        if (!list.empty()) list += ", ";
        list += quoted_name(name) + " text";
    }
    return list;
}

bool is_trigger(const PgQuery__CreateFunctionStmt& function) {
    const PgQuery__TypeName* type = function.return_type;
    return type != nullptr && type->n_names > 0 && view_of(type->names[type->n_names - 1]) == "trigger";
}

}  // namespace

Body read_body(const PgQuery__Node& statement) {
    Body body;
    const char* language = nullptr;
    const char* source = nullptr;
    std::string whole;
    if (statement.node_case == PG_QUERY__NODE__NODE_DO_STMT) {
        language = string_option(statement.do_stmt->args, statement.do_stmt->n_args, "language");
        source = string_option(statement.do_stmt->args, statement.do_stmt->n_args, "as");
        if (source != nullptr) whole = "DO " + dollar_quoted(source);
        if (language == nullptr) language = "plpgsql";
    } else if (statement.node_case == PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT) {
        const PgQuery__CreateFunctionStmt& function = *statement.create_function_stmt;
        language = string_option(function.options, function.n_options, "language");
        source = string_option(function.options, function.n_options, "as");
        if (source != nullptr) {
            whole = "CREATE FUNCTION f(" + parameters(function) + ") RETURNS " +
                    (is_trigger(function) ? "trigger" : "void") + " LANGUAGE plpgsql AS " + dollar_quoted(source);
        }
    }
    if (source == nullptr || language == nullptr) {
        body.problem = "it has no body";
        return body;
    }
    if (std::string_view{language} != "plpgsql") {
        body.problem = std::string{"its language is "} + language;
        return body;
    }
    const PgQueryPlpgsqlParseResult result = parse_plpgsql(whole);
    if (result.error != nullptr) {
        body.problem = result.error->message;
    } else {
        boost::system::error_code error;
        const json::value functions = json::parse(result.plpgsql_funcs, error);
        body.read = !error;
        if (error) body.problem = "the parser's answer can't be read";
        if (!error) BodyReader(body).read(functions, {});
    }
    pg_query_free_plpgsql_parse_result(result);
    return body;
}

}  // namespace drydock::sql
