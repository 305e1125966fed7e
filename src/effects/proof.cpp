#include "effects/proof.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

#include <pg_query/pg_query.pb-c.h>

#include "effects/names.h"
#include "effects/tree.h"
#include "sql/parser.h"

namespace drydock::effects {

namespace {

using Node = PgQuery__Node;

// Calls `visit` with the expression of each CHECK that the rows are known to fulfil, until it says true.
bool any_check(const Relation& table, const std::function<bool(const Node&)>& visit) {
    for (const Constraint& constraint : table.constraints) {
        if (constraint.type != Constraint::Type::check || constraint.not_valid || constraint.not_enforced) continue;
        const sql::Parsed parsed = sql::parse("alter table t add " + constraint.definition);
        if (parsed.tree == nullptr || parsed.tree->n_stmts == 0) continue;
        const Node* statement = parsed.tree->stmts[0]->stmt;
        if (statement->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_STMT) continue;
        if (statement->alter_table_stmt->n_cmds == 0) continue;
        const Node* definition = statement->alter_table_stmt->cmds[0]->alter_table_cmd->def;
        if (definition == nullptr || definition->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) continue;
        const Node* expression = definition->constraint->raw_expr;
        if (expression != nullptr && visit(*expression)) return true;
    }
    return false;
}

std::string column_in(const Node* node) {
    if (node == nullptr || node->node_case != PG_QUERY__NODE__NODE_COLUMN_REF || node->column_ref->n_fields == 0)
        return {};
    return std::string{string_of(node->column_ref->fields[node->column_ref->n_fields - 1])};
}

bool holds(const Node& node, const std::function<bool(const Node&)>& atom) {
    if (node.node_case != PG_QUERY__NODE__NODE_BOOL_EXPR) return atom(node);
    const PgQuery__BoolExpr& boolean = *node.bool_expr;
    const auto proves = [&](const Node* part) { return holds(*part, atom); };
    if (boolean.boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR) {
        return std::any_of(boolean.args, boolean.args + boolean.n_args, proves);
    }
    if (boolean.boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR) {
        return std::all_of(boolean.args, boolean.args + boolean.n_args, proves);
    }
    return atom(node);
}

bool is_not_null_test(const Node& node, std::string_view column) {
    // NOT (c IS NULL) is turned into c IS NOT NULL before anything is proved.
    const Node* test = &node;
    bool negated = false;
    if (node.node_case == PG_QUERY__NODE__NODE_BOOL_EXPR && node.bool_expr->n_args == 1) {
        if (node.bool_expr->boolop != PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) return false;
        test = node.bool_expr->args[0];
        negated = true;
    }
    if (test->node_case != PG_QUERY__NODE__NODE_NULL_TEST) return false;
    const auto wanted = negated ? PG_QUERY__NULL_TEST_TYPE__IS_NULL : PG_QUERY__NULL_TEST_TYPE__IS_NOT_NULL;
    return test->null_test->nulltesttype == wanted && column_in(test->null_test->arg) == column;
}

// The text of a constant, whatever it is cast to.
std::optional<std::string> constant_in(const Node* node) {
    while (node != nullptr && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) node = node->type_cast->arg;
    if (node == nullptr) return std::nullopt;
    if (node->node_case == PG_QUERY__NODE__NODE_A_EXPR && node->a_expr->lexpr == nullptr && node->a_expr->n_name == 1 &&
        string_of(node->a_expr->name[0]) == "-") {
        auto value = constant_in(node->a_expr->rexpr);
        if (value) value->insert(0, "-");
        return value;
    }
    if (node->node_case != PG_QUERY__NODE__NODE_A_CONST || node->a_const->isnull != 0) return std::nullopt;
    const PgQuery__AConst& value = *node->a_const;
    if (value.val_case == PG_QUERY__A__CONST__VAL_IVAL) return std::to_string(value.ival->ival);
    if (value.val_case == PG_QUERY__A__CONST__VAL_SVAL) return std::string{value.sval->sval};
    if (value.val_case == PG_QUERY__A__CONST__VAL_FVAL) return std::string{value.fval->fval};
    return std::nullopt;
}

// a ≤ b of two constants of one type: whole numbers, and dates and times as ISO writes them; else only equality.
std::optional<bool> not_after(std::string_view a, std::string_view b) {
    if (a == b) return true;
    long long x = 0;
    long long y = 0;
    const auto number = [](std::string_view text, long long& value) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc{} && end == text.data() + text.size();
    };
    if (number(a, x) && number(b, y)) return x <= y;
    const auto iso = [](std::string_view text) {
        return text.size() >= 10 && text[4] == '-' && text[7] == '-' &&
               text.find_first_not_of("0123456789-: .") == std::string_view::npos;
    };
    if (iso(a) && iso(b) && (a.substr(0, 10) != b.substr(0, 10) || a.size() == b.size())) return a <= b;
    return std::nullopt;
}

// column ≥ from, or column < to, by one comparison of a CHECK.
bool compares(const Node& node, std::string_view column, std::string_view bound, bool lower) {
    if (node.node_case != PG_QUERY__NODE__NODE_A_EXPR || node.a_expr->n_name != 1) return false;
    std::string_view op = string_of(node.a_expr->name[0]);
    const Node* left = node.a_expr->lexpr;
    const Node* right = node.a_expr->rexpr;
    if (node.a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN) {
        if (column_in(left) != column || right->node_case != PG_QUERY__NODE__NODE_LIST || right->list->n_items != 2) {
            return false;
        }
        const auto value = constant_in(right->list->items[lower ? 0 : 1]);
        return value && lower && not_after(bound, *value).value_or(false);
    }
    if (node.a_expr->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP) return false;
    if (column_in(left) != column) {
        if (column_in(right) != column) return false;
        std::swap(left, right);
        op = op == "<" ? ">" : op == "<=" ? ">=" : op == ">" ? "<" : op == ">=" ? "<=" : op;
    }
    const auto value = constant_in(right);
    if (!value) return false;
    if (lower) return (op == ">=" || op == ">" || op == "=") && not_after(bound, *value).value_or(false);
    if (op == "<") return not_after(*value, bound).value_or(false);
    if (op != "<=" && op != "=") return false;
    return *value != bound && not_after(*value, bound).value_or(false);
}

std::string unquoted(std::string_view literal) {
    while (!literal.empty() && literal.front() == ' ') literal.remove_prefix(1);
    while (!literal.empty() && literal.back() == ' ') literal.remove_suffix(1);
    if (literal.size() >= 2 && literal.front() == '\'' && literal.back() == '\'') {
        return std::string{literal.substr(1, literal.size() - 2)};
    }
    return std::string{literal};
}

// What stands between the parentheses behind a word; empty when it is not there or has a comma.
std::string single_bound(std::string_view bound, std::string_view word) {
    const auto at = bound.find(word);
    if (at == std::string_view::npos) return {};
    const auto open = bound.find('(', at);
    const auto close = bound.find(')', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    const std::string_view inside = bound.substr(open + 1, close - open - 1);
    return inside.find(',') != std::string_view::npos ? std::string{} : std::string{inside};
}

}  // namespace

bool proves_not_null(const Relation& table, std::string_view column) {
    const Column* known = table.column(column);
    if (known != nullptr && known->not_null) return true;
    return any_check(table, [&](const Node& expression) {
        return holds(expression, [&](const Node& atom) { return is_not_null_test(atom, column); });
    });
}

Certainty proves_bound(const Relation& table, std::string_view key, std::string_view bound) {
    const bool has_checks = std::ranges::any_of(table.constraints, [](const Constraint& constraint) {
        return constraint.type == Constraint::Type::check && !constraint.not_valid && !constraint.not_enforced;
    });
    if (!has_checks) return Certainty::no;
    std::size_t end = 0;
    const std::vector<std::string> columns = names_between_parentheses(key, end);
    if (!key.starts_with("RANGE") || columns.size() != 1 || key.substr(end) != ")") return Certainty::maybe;
    const std::string& column = columns.front();
    const std::string from = single_bound(bound, "FROM");
    const std::string to = single_bound(bound, "TO");
    if (from.empty() || to.empty()) return Certainty::maybe;
    if (!proves_not_null(table, column)) return Certainty::no;
    const auto proved = [&](const std::string& limit, bool lower) {
        if (limit == "MINVALUE" || limit == "MAXVALUE") return true;
        return any_check(table, [&](const Node& expression) {
            return holds(expression, [&](const Node& atom) { return compares(atom, column, unquoted(limit), lower); });
        });
    };
    if (proved(from, true) && proved(to, false)) return Certainty::yes;
    const bool speaks_of_it = any_check(table, [&](const Node& expression) {
        bool found = false;
        walk(&expression.base, [&](const ProtobufCMessage* message) {
            found = found || (message->descriptor == &pg_query__column_ref__descriptor && [&] {
                        const auto& ref = *reinterpret_cast<const PgQuery__ColumnRef*>(message);
                        return ref.n_fields > 0 && string_of(ref.fields[ref.n_fields - 1]) == column;
                    }());
            return true;
        });
        return found;
    });
    return speaks_of_it ? Certainty::maybe : Certainty::no;
}

}  // namespace drydock::effects
