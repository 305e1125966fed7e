#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/ddl.h"
#include "catalog/ddl_text.h"

// What stands on a relation: constraints, indexes, triggers, rules, policies, statistics.
namespace drydock::catalog::ddl {
namespace {

bool on_domain(const Snapshot& snapshot, const Object& object) {
    const auto* const on = parent(snapshot, object);
    return on && on->kind == Kind::domain;
}

// Each partition has its own index and constraint behind it; they are joined afterwards.
bool is_keyed(const Object& constraint) {
    return constraint.find(aspect::constraint_index) && constraint.get(aspect::constraint_type) != "foreign key";
}

// The column of a NOT NULL that has a name of its own, in the other snapshot, when it is not null there under the usual
// name: then only the name differs.
std::optional<std::string> usual_not_null(const Snapshot& other, const Object& constraint) {
    if (constraint.get(aspect::constraint_type) != "not null" || constraint.is(aspect::not_valid)) return std::nullopt;
    const auto name = items(constraint.get(aspect::columns)).front();
    const auto* const column = other.find(Kind::column, constraint.schema, constraint.parent, name);
    if (!column || !column->is(aspect::not_null) || named_not_null(other, *column)) return std::nullopt;
    return fmt::format("{}_{}_not_null", constraint.parent, name);
}

std::string rename_constraint(
    const Snapshot& snapshot, const Object& constraint, std::string_view was, std::string_view is
) {
    return fmt::format(
        "ALTER {} RENAME CONSTRAINT {} TO {}", alter_parent(snapshot, constraint), ident(was), ident(is)
    );
}

void create_constraint(const Scene& scene, const Object& constraint, Out& out) {
    if (const auto usual = usual_not_null(scene.from, constraint)) {
        out.add(rename_constraint(scene.to, constraint, *usual, constraint.name));
        return;
    }
    if (constraint.get(aspect::constraint_type) == "trigger") return;  // its trigger makes it
    out.add(fmt::format(
        "ALTER {} {}{} ADD CONSTRAINT {} {}{}",
        on_domain(scene.to, constraint) ? "DOMAIN" : "TABLE",
        is_keyed(constraint) && !on_domain(scene.to, constraint) ? "ONLY " : "",
        parent_of(constraint),
        ident(constraint.name),
        constraint.get(aspect::definition),
        constraint.is(aspect::not_valid) ? " NOT VALID" : ""
    ));
}

void drop_constraint(const Scene& scene, const Object& constraint, Out& out) {
    if (const auto usual = usual_not_null(scene.to, constraint)) {
        out.add(rename_constraint(scene.from, constraint, constraint.name, *usual));
        return;
    }
    if (constraint.get(aspect::constraint_type) == "trigger") return;
    out.add(fmt::format("ALTER {} DROP CONSTRAINT {}", alter_parent(scene.from, constraint), ident(constraint.name)));
}

constexpr std::string_view kDeferrals[] = {
    " NOT DEFERRABLE", " INITIALLY DEFERRED", " INITIALLY IMMEDIATE", " DEFERRABLE"
};

std::string_view without_deferral(std::string_view definition) {
    for (bool again = true; again;) {
        again = false;
        for (const auto suffix : kDeferrals) {
            if (!definition.ends_with(suffix)) continue;
            definition.remove_suffix(suffix.size());
            again = true;
        }
    }
    return definition;
}

// When a foreign key is checked can be changed in place, without a scan.
void alter_constraint(const Alteration& change, Out& out) {
    if (!change.from) return;
    const std::string_view was = change.from->get(aspect::definition);
    const std::string_view now = change.to.get(aspect::definition);
    const bool foreign = change.to.get(aspect::constraint_type) == "foreign key";
    if (!foreign || without_deferral(was) != without_deferral(now)) return rebuild(change, out);
    const auto deferral = now.substr(without_deferral(now).size());
    out.add(fmt::format(
        "ALTER TABLE {} ALTER CONSTRAINT {}{}",
        parent_of(change.to),
        ident(change.to.name),
        deferral.empty() ? " NOT DEFERRABLE" : deferral
    ));
}

void alter_valid(const Alteration& change, Out& out) {
    if (change.after) return rebuild(change, out);
    out.add(
        fmt::format("ALTER {} VALIDATE CONSTRAINT {}", alter_parent(change.scene.to, change.to), ident(change.to.name))
    );
}

void alter_enforced(const Alteration& change, Out& out) {
    if (!change.from) return;  // the definition says it
    if (change.to.get(aspect::constraint_type) != "foreign key") return rebuild(change, out);
    out.add(fmt::format(
        "ALTER TABLE {} ALTER CONSTRAINT {} {}ENFORCED",
        parent_of(change.to),
        ident(change.to.name),
        change.after ? "NOT " : ""
    ));
}

std::string_view enable_verb(std::string_view state) {
    if (state == "disabled") return "DISABLE";
    if (state == "replica") return "ENABLE REPLICA";
    if (state == "always") return "ENABLE ALWAYS";
    return "ENABLE";
}

// The inner triggers of a key have names made of OIDs, which differ from database to database: they are looked up
// where the statement runs, by the functions that they call.
std::string inner_trigger_block(
    const Object& constraint, const std::vector<std::string>& functions, std::string_view verb
) {
    std::vector<std::string> names;
    for (const auto& function : functions) names.push_back(literal(function));
    return fmt::format(
        "DO $drydock$ DECLARE found record; BEGIN FOR found IN\n"
        "  SELECT t.tgrelid::regclass AS relation, t.tgname AS name FROM pg_catalog.pg_trigger t\n"
        "  JOIN pg_catalog.pg_constraint c ON c.oid = t.tgconstraint JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid\n"
        "  WHERE c.conname = {} AND c.conrelid = {}::regclass AND p.proname IN ({})\n"
        "LOOP EXECUTE format('ALTER TABLE %s {} TRIGGER %I', found.relation, found.name); END LOOP; END $drydock$",
        literal(constraint.name),
        literal(parent_of(constraint)),
        joined(names, ", "),
        verb
    );
}

void alter_inner_triggers(const Alteration& change, Out& out) {
    std::map<std::string, std::string> states;  // by function
    const auto read = [&](const std::string& line, bool now) {
        const auto at = line.find(": ");
        states[line.substr(0, at)] = now && at != std::string::npos ? line.substr(at + 2) : "";
    };
    for (const auto& line : lines(change.before)) read(line, false);
    for (const auto& line : lines(change.after)) read(line, true);
    std::map<std::string_view, std::vector<std::string>> by_verb;
    for (const auto& [function, state] : states) by_verb[enable_verb(state)].push_back(function);
    for (const auto& [verb, functions] : by_verb) out.late.push_back(inner_trigger_block(change.to, functions, verb));
}

// An index is its text; that of a constraint comes with the constraint.
void create_index(const Scene&, const Object& index, Out& out) {
    if (index.find(aspect::backs)) return;
    out.add(std::string{index.get(aspect::definition)});
}

void drop_index(const Scene&, const Object& index, Out& out) {
    if (index.find(aspect::backs)) return;
    out.add(fmt::format("DROP INDEX {}.{}", ident(index.schema), ident(index.name)));
}

std::string alter_index(const Object& index) {
    return fmt::format("ALTER INDEX {}.{}", ident(index.schema), ident(index.name));
}

struct IndexText {
    std::string without_options;
    std::string options;  // as a list of settings
};

// A storage option is written after the columns and before the predicate: " WITH (fillfactor='60')".
IndexText split_options(std::string_view definition) {
    const auto at = definition.find(" WITH (");
    const auto end = at == std::string_view::npos ? at : definition.find(')', at);
    if (end == std::string_view::npos) return {std::string{definition}, {}};
    IndexText text;
    text.without_options = fmt::format("{}{}", definition.substr(0, at), definition.substr(end + 1));
    for (auto part : split(definition.substr(at + 7, end - at - 7), ',')) {
        for (const char c : trim(part)) {
            if (c != '\'') text.options += c;
        }
        text.options += '\n';
    }
    text.options.pop_back();
    return text;
}

void alter_index_definition(const Alteration& change, Out& out) {
    const auto now = split_options(change.to.get(aspect::definition));
    // CREATE INDEX says it all; an index that came with a constraint has no options yet.
    IndexText was{now.without_options, {}};
    if (change.from) was = split_options(change.from->get(aspect::definition));
    if (!change.from && !change.to.find(aspect::backs)) return;
    if (was.without_options != now.without_options) return rebuild(change, out);
    alter_settings(alter_index(change.to), "", &was.options, &now.options, out);
}

void join_partitioned_index(const Alteration& change, Out& out) {
    if (change.before) return rebuild(change, out);
    out.late.push_back(fmt::format(
        "ALTER INDEX {} ATTACH PARTITION {}.{}", *change.after, ident(change.to.schema), ident(change.to.name)
    ));
}

void alter_index_tablespace(const Alteration& change, Out& out) {
    out.add(
        fmt::format("{} SET TABLESPACE {}", alter_index(change.to), change.after ? ident(*change.after) : "pg_default")
    );
}

void alter_index_statistics(const Alteration& change, Out& out) {
    const auto after = settings(change.after);
    const auto has = [&](const std::string& name) {
        return std::any_of(after.begin(), after.end(), [&](const Setting& setting) { return setting.name == name; });
    };
    for (const auto& [name, value] : after)
        out.add(fmt::format("{} ALTER COLUMN {} SET STATISTICS {}", alter_index(change.to), name, value));
    for (const auto& [name, value] : settings(change.before)) {
        if (!has(name)) out.add(fmt::format("{} ALTER COLUMN {} SET STATISTICS -1", alter_index(change.to), name));
    }
}

// A partitioned index is invalid until each partition has its part: that follows from the parts.
void alter_index_validity(const Alteration& change, Out& out) {
    const bool partitioned = change.to.get(aspect::definition).find(" ON ONLY ") != std::string_view::npos;
    if (partitioned) {
        if (change.from && change.after) rebuild(change, out);
        return;
    }
    if (!change.after) {
        out.late.push_back(fmt::format("REINDEX INDEX {}.{}", ident(change.to.schema), ident(change.to.name)));
        return;
    }
    out.impossible.push_back(fmt::format(
        "{} is invalid there: no statement makes a valid index invalid, and this one is as good", label(change.to)
    ));
}

void create_trigger(const Scene&, const Object& trigger, Out& out) {
    if (trigger.find(aspect::parent_trigger)) return;  // a partition's, which comes with its table's
    out.add(std::string{trigger.get(aspect::definition)});
}

void drop_on_relation(const Scene&, const Object& object, Out& out) {
    if (object.find(aspect::parent_trigger)) return;
    out.add(fmt::format("DROP {} {} ON {}", keyword(object.kind), ident(object.name), parent_of(object)));
}

void alter_enabled(const Alteration& change, Out& out) {
    const auto verb = enable_verb(change.after ? *change.after : "");
    out.late.push_back(fmt::format(
        "ALTER TABLE {} {} {} {}", parent_of(change.to), verb, keyword(change.to.kind), ident(change.to.name)
    ));
}

void create_rule(const Scene&, const Object& rule, Out& out) {
    std::string text{rule.get(aspect::definition)};
    while (text.ends_with(';') || text.ends_with('\n')) text.pop_back();
    out.add(std::move(text));
}

std::string upper(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    return result;
}

std::string roles_of(const Object& policy) {
    const auto roles = lines(policy.find(aspect::roles));
    return roles.empty() ? "PUBLIC" : joined(roles, ", ");
}

void create_policy(const Scene&, const Object& policy, Out& out) {
    auto text = fmt::format("CREATE POLICY {} ON {}", ident(policy.name), parent_of(policy));
    if (policy.is(aspect::restrictive)) text += " AS RESTRICTIVE";
    if (const auto* const command = policy.find(aspect::command)) text += " FOR " + upper(*command);
    if (policy.find(aspect::roles)) text += " TO " + roles_of(policy);
    if (const auto* const use = policy.find(aspect::using_expression)) text += fmt::format(" USING ({})", *use);
    if (const auto* const check = policy.find(aspect::check_expression))
        text += fmt::format(" WITH CHECK ({})", *check);
    out.add(text);
}

// ALTER POLICY gives another expression, but takes none away.
void alter_policy(const Alteration& change, Out& out) {
    if (!change.from) return;
    const auto& to = change.to;
    const bool taken = (change.from->find(aspect::using_expression) && !to.find(aspect::using_expression)) ||
                       (change.from->find(aspect::check_expression) && !to.find(aspect::check_expression));
    if (taken) return rebuild(change, out);
    auto text = fmt::format("ALTER POLICY {} ON {}", ident(to.name), parent_of(to));
    if (change.changes(aspect::roles)) text += " TO " + roles_of(to);
    if (change.changes(aspect::using_expression)) text += fmt::format(" USING ({})", to.get(aspect::using_expression));
    if (change.changes(aspect::check_expression))
        text += fmt::format(" WITH CHECK ({})", to.get(aspect::check_expression));
    out.add(text);
}

void create_statistics(const Scene&, const Object& statistics, Out& out) {
    out.add(std::string{statistics.get(aspect::definition)});
}

void drop_statistics(const Scene&, const Object& statistics, Out& out) {
    out.add(fmt::format("DROP STATISTICS {}.{}", ident(statistics.schema), ident(statistics.name)));
}

void alter_statistics_target(const Alteration& change, Out& out) {
    out.add(fmt::format(
        "ALTER STATISTICS {}.{} SET STATISTICS {}",
        ident(change.to.schema),
        ident(change.to.name),
        change.after ? *change.after : "-1"
    ));
}

constexpr AspectRule kConstraint[] = {
    {aspect::inherited, tell_inherited, true},
    {aspect::definition, alter_constraint, true},
    {aspect::constraint_type, rebuild, true},
    {aspect::not_valid, alter_valid, true},
    {aspect::not_enforced, alter_enforced, true},
    {aspect::triggers, alter_inner_triggers},
};
constexpr AspectRule kIndex[] = {
    {aspect::definition, alter_index_definition},
    {aspect::tablespace, alter_index_tablespace},
    {aspect::index_statistics, alter_index_statistics},
    {aspect::invalid, alter_index_validity},
    {aspect::backs, rebuild, true},
    {aspect::partition_of, join_partitioned_index},
};
constexpr AspectRule kTrigger[] = {
    {aspect::definition, rebuild, true},
    {aspect::enabled, alter_enabled},
};
constexpr AspectRule kPolicy[] = {
    {aspect::command, rebuild, true},
    {aspect::restrictive, rebuild, true},
    {aspect::roles, alter_policy, true},
    {aspect::using_expression, alter_policy, true},
    {aspect::check_expression, alter_policy, true},
};
constexpr AspectRule kStatistics[] = {
    {aspect::definition, rebuild, true},
    {aspect::statistics, alter_statistics_target},
};
constexpr KindRules kRules[] = {
    {Kind::constraint, create_constraint, drop_constraint, kConstraint},
    {Kind::index, create_index, drop_index, kIndex},
    {Kind::trigger, create_trigger, drop_on_relation, kTrigger},
    {Kind::rule, create_rule, drop_on_relation, kTrigger},
    {Kind::policy, create_policy, drop_on_relation, kPolicy},
    {Kind::statistics, create_statistics, drop_statistics, kStatistics},
};

}  // namespace

std::span<const KindRules> part_rules() {
    return kRules;
}

}  // namespace drydock::catalog::ddl
