#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "catalog/ddl.h"
#include "catalog/ddl_text.h"

namespace drydock::catalog::ddl {
namespace {

int position(const Object& column) {
    int value = 0;
    for (const char c : column.get(aspect::position)) value = value * 10 + (c - '0');
    return value;
}

std::string alter(const Alteration& change) {
    return fmt::format("ALTER {} {}", keyword(change.to.kind), qualified(change.to));
}

std::string setting_list(const std::vector<Setting>& all, std::string_view prefix) {
    std::vector<std::string> parts;
    for (const auto& [name, value] : all) parts.push_back(fmt::format("{}{}={}", prefix, name, literal(value)));
    return joined(parts, ", ");
}

// " WITH (…)" of a CREATE; views and materialized views have it there, tables too.
std::string with_clause(const Object& object) {
    auto list = setting_list(settings(object.find(aspect::options)), "");
    const auto toast = setting_list(settings(object.find(aspect::toast_options)), "toast.");
    if (!list.empty() && !toast.empty()) list += ", ";
    list += toast;
    return list.empty() ? "" : fmt::format(" WITH ({})", list);
}

std::string_view unlogged(const Object& object) {
    return object.get(aspect::persistence) == "unlogged" ? "UNLOGGED " : "";
}

std::string tail(const Object& object) {
    std::string text;
    if (const auto* const method = object.find(aspect::access_method)) text += " USING " + ident(*method);
    text += with_clause(object);
    if (const auto* const space = object.find(aspect::tablespace)) text += " TABLESPACE " + ident(*space);
    return text;
}

// A partition is made by itself and attached later: so its columns keep their order and its indexes their names.
// What it inherits otherwise, CREATE brings.
std::string column_list(const Scene& scene, const Object& table) {
    const bool inherits = table.find(aspect::inherits);
    std::string list;
    for (const auto* const column : columns_of(scene.to, table)) {
        if (inherits && column->get(aspect::inherited) == "only") continue;
        list += fmt::format(
            "{}\n    {}",
            list.empty() ? "" : ",",
            column_definition(scene, *column, !default_comes_later(scene, *column))
        );
    }
    return list.empty() ? "()" : fmt::format("({}\n)", list);
}

// Columns of a typed table come with the type; only what is special to the table is said, afterwards.
void create_table(const Scene& scene, const Object& table, Out& out) {
    std::string text = fmt::format("CREATE {}TABLE {}", unlogged(table), qualified(table));
    if (const auto* const type = table.find(aspect::of_type)) {
        text += " OF " + *type;
    } else {
        text += " " + column_list(scene, table);
    }
    if (table.find(aspect::inherits))
        text += fmt::format(" INHERITS ({})", joined(lines(table.find(aspect::inherits)), ", "));
    if (const auto* const key = table.find(aspect::partition_key)) text += " PARTITION BY " + *key;
    out.add(text + tail(table));
    if (!table.find(aspect::of_type)) return;
    for (const auto* const column : columns_of(scene.to, table)) {
        const auto name = ident(column->name);
        if (column->is(aspect::not_null))
            out.add(fmt::format("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL", qualified(table), name));
        const auto* const value = column->find(aspect::default_value);
        if (value && !default_comes_later(scene, *column))
            out.add(fmt::format("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}", qualified(table), name, *value));
    }
}

void create_foreign_table(const Scene& scene, const Object& table, Out& out) {
    auto text = fmt::format("CREATE FOREIGN TABLE {} {}", qualified(table), column_list(scene, table));
    if (table.find(aspect::inherits))
        text += fmt::format(" INHERITS ({})", joined(lines(table.find(aspect::inherits)), ", "));
    out.add(fmt::format(
        "{} SERVER {}{}", text, ident(table.get(aspect::server)), fdw_options_clause(table.find(aspect::options))
    ));
}

void create_view(const Scene&, const Object& view, Out& out) {
    const auto text = view.get(aspect::definition);
    out.add(fmt::format("CREATE VIEW {}{} AS\n{}", qualified(view), with_clause(view), text));
}

void create_materialized_view(const Scene&, const Object& view, Out& out) {
    out.add(fmt::format(
        "CREATE MATERIALIZED VIEW {}{} AS\n{}\n  WITH {}DATA",
        qualified(view),
        tail(view),
        view.get(aspect::definition),
        view.is(aspect::not_populated) ? "NO " : ""
    ));
}

void create_sequence(const Scene&, const Object& sequence, Out& out) {
    if (sequence.is(aspect::of_identity)) return;  // its column makes it
    out.add(fmt::format("CREATE {}SEQUENCE {}{}", unlogged(sequence), qualified(sequence), sequence_options(sequence)));
}

void drop_relation(const Scene&, const Object& object, Out& out) {
    if (object.kind == Kind::sequence && object.is(aspect::of_identity)) return;
    out.add(fmt::format("DROP {} {}", keyword(object.kind), qualified(object)));
}

void alter_persistence(const Alteration& change, Out& out) {
    const bool is_unlogged = change.after && *change.after == "unlogged";
    out.add(fmt::format("{} SET {}", alter(change), is_unlogged ? "UNLOGGED" : "LOGGED"));
}

void alter_options(const Alteration& change, Out& out) {
    alter_settings(alter(change), "", change.before, change.after, out);
}

void alter_toast_options(const Alteration& change, Out& out) {
    alter_settings(alter(change), "toast.", change.before, change.after, out);
}

void alter_tablespace(const Alteration& change, Out& out) {
    out.add(fmt::format("{} SET TABLESPACE {}", alter(change), change.after ? ident(*change.after) : "pg_default"));
}

void alter_access_method(const Alteration& change, Out& out) {
    if (change.scene.from.server_version < 150000) return rebuild(change, out);
    out.add(fmt::format("{} SET ACCESS METHOD {}", alter(change), change.after ? ident(*change.after) : "heap"));
}

// Late: the index it names may be made in the same script.
void alter_replica_identity(const Alteration& change, Out& out) {
    std::string to = "DEFAULT";
    if (change.after && *change.after == "nothing") to = "NOTHING";
    if (change.after && *change.after == "full") to = "FULL";
    if (change.after && change.after->starts_with("index ")) to = "USING INDEX " + ident(change.after->substr(6));
    out.late.push_back(fmt::format("{} REPLICA IDENTITY {}", alter(change), to));
}

void alter_row_security(const Alteration& change, Out& out) {
    out.add(fmt::format("{} {} ROW LEVEL SECURITY", alter(change), change.after ? "ENABLE" : "DISABLE"));
}

void alter_force_row_security(const Alteration& change, Out& out) {
    out.add(fmt::format("{} {}FORCE ROW LEVEL SECURITY", alter(change), change.after ? "" : "NO "));
}

void alter_cluster(const Alteration& change, Out& out) {
    out.late.push_back(
        change.after ? fmt::format("{} CLUSTER ON {}", alter(change), ident(*change.after))
                     : fmt::format("{} SET WITHOUT CLUSTER", alter(change))
    );
}

// Detached before anything goes, attached when all is there.
void alter_partition(const Alteration& change, Out& out) {
    const auto name = qualified(change.to);
    if (change.from) {
        if (const auto* const old = change.from->find(aspect::partition_of))
            out.early.push_back(fmt::format("ALTER TABLE {} DETACH PARTITION {}", *old, name));
    }
    if (const auto* const now = change.to.find(aspect::partition_of)) {
        out.late.push_back(
            fmt::format("ALTER TABLE {} ATTACH PARTITION {} {}", *now, name, change.to.get(aspect::partition_bound))
        );
    }
}

void alter_inherits(const Alteration& change, Out& out) {
    if (!change.from) return;
    const auto before = lines(change.before);
    const auto after = lines(change.after);
    // Their order counts: from the first that differs on, all are taken off and put on again.
    const auto same = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
    for (auto old = same.first; old != before.end(); ++old)
        out.early.push_back(fmt::format("{} NO INHERIT {}", alter(change), *old));
    for (auto now = same.second; now != after.end(); ++now) out.add(fmt::format("{} INHERIT {}", alter(change), *now));
}

void alter_of_type(const Alteration& change, Out& out) {
    if (!change.from) return;
    if (change.before) out.early.push_back(fmt::format("{} NOT OF", alter(change)));
    if (change.after) out.add(fmt::format("{} OF {}", alter(change), *change.after));
}

void alter_detach_pending(const Alteration& change, Out& out) {
    out.impossible.push_back(
        change.before ? fmt::format("{} is being detached: no statement takes that back", label(change.to))
                      : fmt::format("{} can't be left half detached", label(change.to))
    );
}

void alter_view(const Alteration& change, Out& out) {
    if (!replaces_view(change.scene, *change.from, change.to)) return rebuild(change, out);
    out.add(fmt::format(
        "CREATE OR REPLACE VIEW {}{} AS\n{}",
        qualified(change.to),
        with_clause(change.to),
        change.to.get(aspect::definition)
    ));
    out.replaced = true;
}

void alter_populated(const Alteration& change, Out& out) {
    if (!change.from) return;
    out.late.push_back(
        fmt::format("REFRESH MATERIALIZED VIEW {}{}", qualified(change.to), change.after ? " WITH NO DATA" : "")
    );
}

void alter_foreign_options(const Alteration& change, Out& out) {
    const auto options = fdw_options(change.before, change.after);
    if (!options.empty()) out.add(fmt::format("{} {}", alter(change), options));
}

void alter_sequence(const Alteration& change, Out& out) {
    const auto& to = change.to;
    std::string text;
    const auto option = [&](std::string_view name, std::string_view word, std::string_view otherwise) {
        if (!change.changes(name)) return;
        const auto* const value = to.find(name);
        text += value ? fmt::format(" {} {}", word, *value) : fmt::format(" {}", otherwise);
    };
    const bool down = to.get(aspect::increment).starts_with('-');
    option(aspect::type, "AS", "AS bigint");
    option(aspect::increment, "INCREMENT BY", "INCREMENT BY 1");
    // The bounds of another type go with it unless they are said.
    if (change.changes(aspect::type) || change.changes(aspect::increment) || change.changes(aspect::minimum))
        text += to.find(aspect::minimum) ? fmt::format(" MINVALUE {}", to.get(aspect::minimum)) : " NO MINVALUE";
    if (change.changes(aspect::type) || change.changes(aspect::increment) || change.changes(aspect::maximum))
        text += to.find(aspect::maximum) ? fmt::format(" MAXVALUE {}", to.get(aspect::maximum)) : " NO MAXVALUE";
    const auto lowest = to.find(aspect::minimum) ? std::string{to.get(aspect::minimum)} : "1";
    const auto highest = to.find(aspect::maximum) ? std::string{to.get(aspect::maximum)} : "-1";
    option(aspect::start, "START WITH", fmt::format("START WITH {}", down ? highest : lowest));
    option(aspect::cache, "CACHE", "CACHE 1");
    if (change.changes(aspect::cycle)) text += to.is(aspect::cycle) ? " CYCLE" : " NO CYCLE";
    if (!text.empty()) out.add(fmt::format("{}{}", alter(change), text));
}

void alter_owned_by(const Alteration& change, Out& out) {
    if (change.to.is(aspect::of_identity)) return;
    if (change.from && change.before) out.early.push_back(alter(change) + " OWNED BY NONE");
    if (change.after) out.late.push_back(fmt::format("{} OWNED BY {}", alter(change), *change.after));
}

constexpr AspectRule kTable[] = {
    {aspect::persistence, alter_persistence, true},
    {aspect::options, alter_options, true},
    {aspect::toast_options, alter_toast_options, true},
    {aspect::tablespace, alter_tablespace, true},
    {aspect::access_method, alter_access_method, true},
    {aspect::replica_identity, alter_replica_identity},
    {aspect::row_security, alter_row_security},
    {aspect::force_row_security, alter_force_row_security},
    {aspect::clustered_on, alter_cluster},
    {aspect::partition_key, rebuild, true},
    {aspect::partition_of, alter_partition},
    {aspect::partition_bound, alter_partition},
    {aspect::inherits, alter_inherits, true},
    {aspect::of_type, alter_of_type, true},
    {aspect::detach_pending, alter_detach_pending},
};
constexpr AspectRule kForeignTable[] = {
    {aspect::options, alter_foreign_options, true},
    {aspect::server, rebuild, true},
    {aspect::inherits, alter_inherits, true},
    {aspect::partition_of, alter_partition},
    {aspect::partition_bound, alter_partition},
};
constexpr AspectRule kView[] = {
    {aspect::definition, alter_view, true},
    {aspect::options, alter_options, true},
};
constexpr AspectRule kMaterializedView[] = {
    {aspect::definition, rebuild, true},
    {aspect::options, alter_options, true},
    {aspect::toast_options, alter_toast_options, true},
    {aspect::tablespace, alter_tablespace, true},
    {aspect::access_method, alter_access_method, true},
    {aspect::clustered_on, alter_cluster},
    {aspect::not_populated, alter_populated, true},
};
constexpr AspectRule kSequence[] = {
    {aspect::type, alter_sequence, true},
    {aspect::start, alter_sequence, true},
    {aspect::increment, alter_sequence, true},
    {aspect::minimum, alter_sequence, true},
    {aspect::maximum, alter_sequence, true},
    {aspect::cache, alter_sequence, true},
    {aspect::cycle, alter_sequence, true},
    {aspect::persistence, alter_persistence, true},
    {aspect::owned_by, alter_owned_by},
};
constexpr KindRules kRules[] = {
    {Kind::table, create_table, drop_relation, kTable},
    {Kind::foreign_table, create_foreign_table, drop_relation, kForeignTable},
    {Kind::view, create_view, drop_relation, kView},
    {Kind::materialized_view, create_materialized_view, drop_relation, kMaterializedView},
    {Kind::sequence, create_sequence, drop_relation, kSequence},
};

}  // namespace

std::span<const KindRules> relation_rules() {
    return kRules;
}

std::vector<const Object*> columns_of(const Snapshot& snapshot, const Object& relation) {
    // Columns stand together, ordered by schema and parent.
    const auto& objects = snapshot.objects;
    const Object first{.kind = Kind::column, .schema = relation.schema, .parent = relation.name};
    auto at = std::lower_bound(objects.begin(), objects.end(), first, [](const Object& a, const Object& b) {
        return compare_keys(a, b) < 0;
    });
    std::vector<const Object*> columns;
    for (; at != objects.end() && at->kind == Kind::column && at->schema == relation.schema &&
           at->parent == relation.name;
         ++at)
        columns.push_back(&*at);
    std::sort(columns.begin(), columns.end(), [](const Object* a, const Object* b) {
        return position(*a) < position(*b);
    });
    return columns;
}

std::string sequence_options(const Object& sequence) {
    std::string text;
    const auto option = [&](std::string_view name, std::string_view word) {
        if (const auto* const value = sequence.find(name)) text += fmt::format(" {} {}", word, *value);
    };
    if (!sequence.is(aspect::of_identity)) option(aspect::type, "AS");
    option(aspect::increment, "INCREMENT BY");
    option(aspect::minimum, "MINVALUE");
    option(aspect::maximum, "MAXVALUE");
    option(aspect::start, "START WITH");
    option(aspect::cache, "CACHE");
    if (sequence.is(aspect::cycle)) text += " CYCLE";
    return text;
}

bool replaces_view(const Scene& scene, const Object& from, const Object& to) {
    const auto old = columns_of(scene.from, from);
    const auto now = columns_of(scene.to, to);
    if (old.size() > now.size()) return false;
    return std::equal(old.begin(), old.end(), now.begin(), [](const Object* a, const Object* b) {
        return a->name == b->name && a->get(aspect::type) == b->get(aspect::type) &&
               a->get(aspect::collation) == b->get(aspect::collation);
    });
}

void alter_settings(
    std::string_view alter, std::string_view prefix, const std::string* before, const std::string* after, Out& out
) {
    std::map<std::string, std::string> old;
    for (auto& [name, value] : settings(before)) old.emplace(name, value);
    std::vector<Setting> set;
    for (auto& setting : settings(after)) {
        const auto was = old.find(setting.name);
        if (was == old.end() || was->second != setting.value) set.push_back(setting);
        if (was != old.end()) old.erase(was);
    }
    std::vector<std::string> reset;
    for (const auto& [name, value] : old) reset.push_back(fmt::format("{}{}", prefix, name));
    if (!set.empty()) out.add(fmt::format("{} SET ({})", alter, setting_list(set, prefix)));
    if (!reset.empty()) out.add(fmt::format("{} RESET ({})", alter, joined(reset, ", ")));
}

std::string fdw_options(const std::string* before, const std::string* after) {
    std::map<std::string, std::string> old;
    for (auto& [name, value] : settings(before)) old.emplace(name, value);
    std::vector<std::string> parts;
    for (const auto& [name, value] : settings(after)) {
        const auto was = old.find(name);
        if (was == old.end()) {
            parts.push_back(fmt::format("ADD {} {}", ident(name), literal(value)));
        } else {
            if (was->second != value) parts.push_back(fmt::format("SET {} {}", ident(name), literal(value)));
            old.erase(was);
        }
    }
    for (const auto& [name, value] : old) parts.push_back("DROP " + ident(name));
    return parts.empty() ? "" : fmt::format("OPTIONS ({})", joined(parts, ", "));
}

std::string fdw_options_clause(const std::string* options) {
    std::vector<std::string> parts;
    for (const auto& [name, value] : settings(options))
        parts.push_back(fmt::format("{} {}", ident(name), literal(value)));
    return parts.empty() ? "" : fmt::format(" OPTIONS ({})", joined(parts, ", "));
}

}  // namespace drydock::catalog::ddl
