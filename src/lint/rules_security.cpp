#include <fmt/format.h>

#include "base/text.h"
#include "lint/rules.h"

// Rights, row security, and what only a superuser may do.
namespace drydock::lint {
namespace {

using sql::view;

void definer(Context& context, PgQuery__Node* const* options, std::size_t count, const Name& name) {
    bool definer = false;
    bool path = false;
    for (const auto* node : sql::items(count, options)) {
        if (node->node_case != PG_QUERY__NODE__NODE_DEF_ELEM) continue;
        const auto& element = *node->def_elem;
        const auto key = view(element.defname);
        if (key == "security") definer = is_true(&element);
        if (key == "set" && element.arg != nullptr && element.arg->node_case == PG_QUERY__NODE__NODE_VARIABLE_SET_STMT)
            path = path || view(element.arg->variable_set_stmt->name) == "search_path";
    }
    if (path) context.withdraw("sec-definer-path", context.key(name), false);
    if (!definer || path) return;
    context.report(
        "sec-definer-path",
        fmt::format("{} runs with its owner's rights and the caller's search_path", text_of(name)),
        {.object = text_of(name),
         .key = context.key(name),
         .fix = {fmt::format("ALTER FUNCTION {} SET search_path = pg_catalog, pg_temp;", text_of(name))}}
    );
}

void grant(Context& context, const PgQuery__GrantStmt& statement) {
    if (statement.is_grant == 0) return;
    std::vector<std::string> privileges;
    for (const auto* node : sql::items(statement.n_privileges, statement.privileges)) {
        if (node->node_case == PG_QUERY__NODE__NODE_ACCESS_PRIV)
            privileges.push_back(to_lower(view(node->access_priv->priv_name)));
    }
    std::string object = "it";
    if (statement.n_objects > 0) object = text_of(name_of(*statement.objects[0]));
    bool to_all = false;
    for (const auto* node : sql::items(statement.n_grantees, statement.grantees)) {
        if (node->node_case == PG_QUERY__NODE__NODE_ROLE_SPEC)
            to_all = to_all || node->role_spec->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_PUBLIC;
    }
    if (to_all) {
        // What every role has by default anyway is no news.
        const bool usual = privileges.size() == 1 &&
                           (privileges[0] == "execute" || privileges[0] == "usage" || privileges[0] == "connect");
        context.report(
            "sec-grant-public",
            fmt::format(
                "every role, also one made later, gets {} on {}",
                privileges.empty() ? "ALL" : fmt::format("{}", fmt::join(privileges, ", ")),
                object
            ),
            {.at = context.find_keyword("PUBLIC"),
             .object = object,
             .severity = usual ? std::optional{Severity::notice} : std::nullopt}
        );
    }
    if (privileges.empty() && !to_all)
        context.report(
            "sec-grant-all",
            fmt::format("ALL on {} holds more than reading and writing", object),
            {.at = context.find_keyword("ALL"), .object = object}
        );
}

void row_security_on(Context& context, const Action& action) {
    const auto key = context.key(action.table);
    context.state().row_security.insert(key);
    context.withdraw("sec-policy-no-rls", key, false);
    const auto* known = context.relation(action.table);
    if ((known != nullptr && !known->policies.empty()) || context.state().policies.contains(key)) return;
    context.report(
        "sec-rls-no-policy",
        fmt::format("no policy lets anybody but the owner see a row of {}", text_of(action.table)),
        {.relation = action.table,
         .at = action.at,
         .key = key,
         .fix = {fmt::format("CREATE POLICY … ON {} USING (…);", text_of(action.table))}}
    );
}

void policy(Context& context, const PgQuery__CreatePolicyStmt& statement) {
    const auto table = name_of(statement.table);
    const auto key = context.key(table);
    context.state().policies.insert(key);
    context.withdraw("sec-rls-no-policy", key, false);
    if (context.state().row_security.contains(key)) return;
    const auto* known = context.relation(table);
    // Without a catalog, whether row security is on is known of new tables alone.
    const bool off = known != nullptr ? !known->row_security : context.is_new(table);
    if (!off) return;
    context.report(
        "sec-policy-no-rls",
        fmt::format("row security of {} is off: the policy has no effect", text_of(table)),
        {.relation = table,
         .key = key,
         .fix = {fmt::format("ALTER TABLE {} ENABLE ROW LEVEL SECURITY;", text_of(table))},
         .from_catalog = known != nullptr}
    );
}

void view_over_policies(Context& context, const PgQuery__ViewStmt& statement) {
    if (is_true(option(statement.options, statement.n_options, "security_invoker"))) return;
    for (const auto& relation : context.effect().relations) {
        const Name name{.schema = relation.schema, .name = relation.name};
        const auto* known = context.relation(name);
        if (!(known != nullptr && known->row_security) && !context.state().row_security.contains(context.key(name)))
            continue;
        context.report(
            "sec-view-invoker",
            fmt::format(
                "{} reads {} with its owner's rights, past the policies",
                text_of(name_of(statement.view)),
                text_of(name)
            ),
            {.relation = name,
             .object = text_of(name_of(statement.view)),
             .fix = {fmt::format("ALTER VIEW {} SET (security_invoker = true);", text_of(name_of(statement.view)))},
             .from_catalog = known != nullptr}
        );
        return;
    }
}

bool untrusted(const PgQuery__CreateFunctionStmt& statement) {
    const auto* language = option(statement.options, statement.n_options, "language");
    if (language == nullptr) return false;
    const auto name = to_lower(value_of(language->arg));
    return name == "c" || name == "internal" || name == "plperlu" || name == "plpython3u" || name == "pltclu";
}

void superuser(Context& context, std::string_view what) {
    context.report("sec-superuser", fmt::format("{} needs a superuser", what), {});
}

void superuser_rules(Context& context) {
    const auto& node = context.node();
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT:
            superuser(context, "ALTER SYSTEM");
            break;
        case PG_QUERY__NODE__NODE_CREATE_EVENT_TRIG_STMT:
            superuser(context, "an event trigger");
            break;
        case PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT:
            superuser(context, "CREATE SUBSCRIPTION (before version 16)");
            break;
        case PG_QUERY__NODE__NODE_CREATE_FDW_STMT:
            superuser(context, "CREATE FOREIGN DATA WRAPPER");
            break;
        case PG_QUERY__NODE__NODE_CREATE_TABLE_SPACE_STMT:
            superuser(context, "CREATE TABLESPACE");
            break;
        case PG_QUERY__NODE__NODE_COPY_STMT:
            if (!view(node.copy_stmt->filename).empty())
                superuser(
                    context,
                    node.copy_stmt->is_program != 0 ? "COPY with a program of the server"
                                                    : "COPY with a file of the server"
                );
            break;
        case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
            if (untrusted(*node.create_function_stmt)) superuser(context, "a function in an untrusted language");
            break;
        case PG_QUERY__NODE__NODE_CREATE_PUBLICATION_STMT:
            if (node.create_publication_stmt->for_all_tables != 0) superuser(context, "FOR ALL TABLES");
            break;
        case PG_QUERY__NODE__NODE_CREATE_ROLE_STMT:
            if (is_true(option(node.create_role_stmt->options, node.create_role_stmt->n_options, "superuser")))
                superuser(context, "making a superuser");
            break;
        case PG_QUERY__NODE__NODE_ALTER_ROLE_STMT:
            if (is_true(option(node.alter_role_stmt->options, node.alter_role_stmt->n_options, "superuser")))
                superuser(context, "making a superuser");
            break;
        case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
            if (view(node.variable_set_stmt->name) == "session_replication_role")
                superuser(context, "session_replication_role");
            break;
        default:
            break;
    }
}

}  // namespace

void security_rules(Context& context) {
    const auto& node = context.node();
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT: {
            const auto& statement = *node.create_function_stmt;
            definer(context, statement.options, statement.n_options, name_of(statement.funcname, statement.n_funcname));
            break;
        }
        case PG_QUERY__NODE__NODE_ALTER_FUNCTION_STMT: {
            const auto& statement = *node.alter_function_stmt;
            if (statement.func != nullptr)
                definer(
                    context,
                    statement.actions,
                    statement.n_actions,
                    name_of(statement.func->objname, statement.func->n_objname)
                );
            break;
        }
        case PG_QUERY__NODE__NODE_GRANT_STMT:
            grant(context, *node.grant_stmt);
            break;
        case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT:
            policy(context, *node.create_policy_stmt);
            break;
        case PG_QUERY__NODE__NODE_VIEW_STMT:
            view_over_policies(context, *node.view_stmt);
            break;
        case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT: {
            const auto& statement = *node.create_extension_stmt;
            if (context.effect().no_op || option(statement.options, statement.n_options, "new_version") != nullptr)
                break;
            context.report(
                "sec-extension-version",
                fmt::format(
                    "which version of {} is made depends on the server", effects::quoted(view(statement.extname))
                ),
                {.object = effects::quoted(view(statement.extname))}
            );
            break;
        }
        default:
            break;
    }
    superuser_rules(context);
}

void security_action_rules(Context& context, const Action& action) {
    if (action.command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRowSecurity) row_security_on(context, action);
}

}  // namespace drydock::lint
