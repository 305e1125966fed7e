#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/ddl.h"
#include "catalog/ddl_text.h"

namespace drydock::catalog::ddl {
namespace {

// Most kinds are known by their whole CREATE: another one is another object.
void create_by_definition(const Scene&, const Object& object, Out& out) {
    std::string_view rest = object.get(aspect::definition);
    while (!rest.empty()) {
        const auto end = rest.find(";\n");
        const bool function = object.kind == Kind::function || object.kind == Kind::procedure;
        if (end == std::string_view::npos || function) {  // whose body may hold anything
            out.add(std::string{rest});
            return;
        }
        out.add(std::string{rest.substr(0, end)});
        rest.remove_prefix(end + 2);
    }
}

void drop_by_target(const Scene& scene, const Object& object, Out& out) {
    out.add("DROP " + target(scene.from, object));
}

// All up to the language: name, arguments with their defaults, and what it returns.
std::string_view signature(std::string_view definition) {
    return definition.substr(0, definition.find("\n LANGUAGE "));
}

void alter_function(const Alteration& change, Out& out) {
    if (signature(change.from->get(aspect::definition)) != signature(change.to.get(aspect::definition)))
        return rebuild(change, out);
    create_by_definition(change.scene, change.to, out);
}

void create_schema(const Scene&, const Object& schema, Out& out) {
    out.add("CREATE SCHEMA " + ident(schema.name));
}

void create_extension(const Scene&, const Object& extension, Out& out) {
    out.add(fmt::format(
        "CREATE EXTENSION {} WITH SCHEMA {} VERSION {}",
        ident(extension.name),
        ident(extension.get(aspect::schema)),
        literal(extension.get(aspect::version))
    ));
}

void alter_extension_schema(const Alteration& change, Out& out) {
    out.add(fmt::format("ALTER EXTENSION {} SET SCHEMA {}", ident(change.to.name), ident(*change.after)));
}

void alter_extension_version(const Alteration& change, Out& out) {
    out.add(fmt::format("ALTER EXTENSION {} UPDATE TO {}", ident(change.to.name), literal(*change.after)));
}

void alter_event_trigger(const Alteration& change, Out& out) {
    std::string_view verb = "ENABLE";
    if (change.after && *change.after == "disabled") verb = "DISABLE";
    if (change.after && *change.after == "replica") verb = "ENABLE REPLICA";
    if (change.after && *change.after == "always") verb = "ENABLE ALWAYS";
    out.late.push_back(fmt::format("ALTER {} {}", target(change.scene.to, change.to), verb));
}

void alter_subscription(const Alteration& change, Out& out) {
    out.late.push_back(
        fmt::format("ALTER SUBSCRIPTION {} {}", ident(change.to.name), change.after ? "DISABLE" : "ENABLE")
    );
}

void alter_default_acl(const Alteration& change, Out& out) {
    for (auto& statement : default_acl_statements(change.to, change.before, change.after))
        out.late.push_back(std::move(statement));
}

void drop_default_acl(const Scene&, const Object& object, Out& out) {
    out.statements = default_acl_statements(object, object.find(aspect::acl), nullptr);
}

// Lists of names are stored with their quotes, and each must be a value of its own again.
std::string setting_value(std::string_view name, const std::string& value) {
    constexpr std::array kLists{
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories"
    };
    if (std::find(kLists.begin(), kLists.end(), to_lower(name)) == kLists.end()) return literal(value);
    std::vector<std::string> parts;
    std::string part;
    bool quoted = false;
    for (std::size_t i = 0; i <= value.size(); ++i) {
        if (i == value.size() || (!quoted && value[i] == ',')) {
            parts.push_back(literal(part));
            part.clear();
        } else if (value[i] == '"') {
            quoted = !quoted;
            if (quoted && i > 0 && value[i - 1] == '"') part += '"';
        } else if (quoted || value[i] != ' ') {
            part += value[i];
        }
    }
    return joined(parts, ", ");
}

struct DatabaseSetting {
    std::string role;  // quoted; empty for all
    std::string name;
    std::string value;

    bool same_place(const DatabaseSetting& other) const { return role == other.role && name == other.name; }
};

// "work_mem=9MB", and for one role "reader: work_mem=9MB".
DatabaseSetting read_setting(const std::string& line) {
    const auto equals = line.find('=');
    const auto colon = line.rfind(": ", equals);
    DatabaseSetting setting;
    if (colon != std::string::npos) setting.role = line.substr(0, colon);
    const auto begin = colon == std::string::npos ? 0 : colon + 2;
    setting.name = line.substr(begin, equals - begin);
    if (equals != std::string::npos) setting.value = line.substr(equals + 1);
    return setting;
}

void alter_database_settings(const Alteration& change, Out& out) {
    const auto emit = [&](const DatabaseSetting& setting, std::string_view what) {
        if (setting.role.empty()) {
            out.add(in_this_database("ALTER DATABASE ", fmt::format(" {}", what)));
        } else {
            out.add(in_this_database(fmt::format("ALTER ROLE {} IN DATABASE ", setting.role), fmt::format(" {}", what))
            );
        }
    };
    std::vector<DatabaseSetting> after;
    for (const auto& line : lines(change.after)) after.push_back(read_setting(line));
    std::vector<DatabaseSetting> before;
    for (const auto& line : lines(change.before)) before.push_back(read_setting(line));
    for (const auto& was : before) {
        const auto now = std::find_if(after.begin(), after.end(), [&](const auto& s) { return s.same_place(was); });
        if (now == after.end()) emit(was, fmt::format("RESET {}", was.name));
    }
    for (const auto& now : after) {
        const auto was = std::find_if(before.begin(), before.end(), [&](const auto& s) { return s.same_place(now); });
        if (was != before.end() && was->value == now.value) continue;
        emit(now, fmt::format("SET {} TO {}", now.name, setting_value(now.name, now.value)));
    }
}

void alter_connection_limit(const Alteration& change, Out& out) {
    out.add(in_this_database("ALTER DATABASE ", " CONNECTION LIMIT " + (change.after ? *change.after : "-1")));
}

void refuse_database(const Alteration& change, Out& out) {
    const std::string usual = "the default";
    out.impossible.push_back(fmt::format(
        "the database has {} and can't get {}: encoding, locale and tablespace are chosen when a database is made",
        change.before ? *change.before : usual,
        change.after ? *change.after : usual
    ));
}

constexpr AspectRule kDefinition[] = {{aspect::definition, rebuild, true}};
constexpr AspectRule kFunction[] = {{aspect::definition, alter_function, true}};
constexpr AspectRule kExtension[] = {
    {aspect::schema, alter_extension_schema, true},
    {aspect::version, alter_extension_version, true},
};
constexpr AspectRule kEventTrigger[] = {
    {aspect::definition, rebuild, true},
    {aspect::enabled, alter_event_trigger},
};
constexpr AspectRule kSubscription[] = {
    {aspect::definition, rebuild, true},
    {aspect::enabled, alter_subscription},
};
constexpr AspectRule kDefaultPrivilege[] = {{aspect::acl, alter_default_acl}};
constexpr AspectRule kDatabase[] = {
    {aspect::settings, alter_database_settings},
    {aspect::connection_limit, alter_connection_limit},
    {aspect::encoding, refuse_database},
    {aspect::collate, refuse_database},
    {aspect::ctype, refuse_database},
    {aspect::locale_provider, refuse_database},
    {aspect::locale, refuse_database},
    {aspect::tablespace, refuse_database},
};
constexpr KindRules kRules[] = {
    {Kind::database, nullptr, nullptr, kDatabase},
    {Kind::schema, create_schema, drop_by_target, {}},
    {Kind::extension, create_extension, drop_by_target, kExtension},
    {Kind::language, create_by_definition, drop_by_target, kDefinition},
    {Kind::access_method, create_by_definition, drop_by_target, kDefinition},
    {Kind::default_privilege, nullptr, drop_default_acl, kDefaultPrivilege},
    {Kind::type, create_by_definition, drop_by_target, kDefinition},
    {Kind::range_type, create_by_definition, drop_by_target, kDefinition},
    {Kind::collation, create_by_definition, drop_by_target, kDefinition},
    {Kind::conversion, create_by_definition, drop_by_target, kDefinition},
    {Kind::function, create_by_definition, drop_by_target, kFunction},
    {Kind::procedure, create_by_definition, drop_by_target, kFunction},
    {Kind::aggregate, create_by_definition, drop_by_target, kDefinition},
    {Kind::op, create_by_definition, drop_by_target, kDefinition},
    {Kind::operator_family, create_by_definition, drop_by_target, kDefinition},
    {Kind::operator_class, create_by_definition, drop_by_target, kDefinition},
    {Kind::cast, create_by_definition, drop_by_target, kDefinition},
    {Kind::transform, create_by_definition, drop_by_target, kDefinition},
    {Kind::text_search_parser, create_by_definition, drop_by_target, kDefinition},
    {Kind::text_search_template, create_by_definition, drop_by_target, kDefinition},
    {Kind::text_search_dictionary, create_by_definition, drop_by_target, kDefinition},
    {Kind::text_search_configuration, create_by_definition, drop_by_target, kDefinition},
    {Kind::foreign_data_wrapper, create_by_definition, drop_by_target, kDefinition},
    {Kind::foreign_server, create_by_definition, drop_by_target, kDefinition},
    {Kind::user_mapping, create_by_definition, drop_by_target, kDefinition},
    {Kind::event_trigger, create_by_definition, drop_by_target, kEventTrigger},
    {Kind::publication, create_by_definition, drop_by_target, kDefinition},
    {Kind::subscription, create_by_definition, drop_by_target, kSubscription},
};

}  // namespace

std::span<const KindRules> other_rules() {
    return kRules;
}

}  // namespace drydock::catalog::ddl
