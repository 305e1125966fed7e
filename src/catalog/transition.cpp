#include <algorithm>

#include <fmt/format.h>

#include "catalog/ddl_text.h"
#include "catalog/order.h"
#include "catalog/renames.h"

namespace drydock::catalog {
namespace {

// A body of text is checked when a function is made, and may name what is made after it.
bool creates_routine(const std::vector<std::string>& statements) {
    return std::any_of(statements.begin(), statements.end(), [](const std::string& statement) {
        return statement.starts_with("CREATE OR REPLACE FUNCTION ") ||
               statement.starts_with("CREATE OR REPLACE PROCEDURE ");
    });
}

// What initdb and CREATE DATABASE put into every database, so that nobody has to create it.
Snapshot empty_database(const Snapshot& like) {
    Snapshot empty{.server_version = like.server_version, .objects = {}, .dependencies = {}};
    const bool owned_by_role = like.server_version >= 150000;
    for (const auto& object : like.objects) {
        Object usual = object;
        if (object.kind == Kind::database) {
            std::erase_if(usual.aspects, [](const Aspect& a) {
                return a.name == aspect::settings || a.name == aspect::acl || a.name == aspect::comment ||
                       a.name == aspect::connection_limit || a.name == aspect::security_labels;
            });
        } else if (object.kind == Kind::schema && object.name == "public") {
            const std::string owner = owned_by_role ? "pg_database_owner" : std::string{object.get(aspect::owner)};
            const auto everyone = owned_by_role ? "=U/" : "=UC/";
            usual.aspects = {
                {aspect::acl, fmt::format("{}{}\n{}=UC/{}", everyone, owner, owner, owner)},
                {aspect::comment, "standard public schema"},
                {aspect::owner, owner},
            };
        } else if (object.kind != Kind::extension || object.name != "plpgsql") {
            continue;
        }
        empty.objects.push_back(std::move(usual));
    }
    return empty;
}

std::string title(const Snapshot& snapshot) {
    return fmt::format(
        "-- {} objects of a PostgreSQL {} database.\n", snapshot.objects.size(), snapshot.server_version / 10000
    );
}

// A snapshot knows no passwords: a statement that needs one would set the word that stands for it.
void leave_out_hidden(Script& script) {
    std::erase_if(script.statements, [&](const std::string& statement) {
        if (statement.find(kHidden) == std::string::npos) return false;
        const auto end = std::min(statement.find(" OPTIONS"), statement.find(" CONNECTION"));
        script.impossible.push_back(
            fmt::format("a password that no catalog shows belongs to: {}", std::string_view{statement}.substr(0, end))
        );
        return true;
    });
}

}  // namespace

Script transition(const Snapshot& from, const Snapshot& to, const CompareOptions& options) {
    const auto matching = match(from, to, options);
    Script script;
    // Names first and nothing else: after that the texts of views, indexes and the like say the new ones by
    // themselves, and the next transition compares texts that are alike.
    if (options.by_identity) script.statements = ddl::renames(from, to, matching);
    if (!script.statements.empty()) return script;
    const ddl::Scene scene{from, to, options};
    auto plan = ddl::plan(scene, matching);
    script.impossible = std::move(plan.impossible);
    script.statements = ddl::ordered(scene, matching, std::move(plan));
    if (creates_routine(script.statements))
        script.statements.insert(script.statements.begin(), "SET LOCAL check_function_bodies = off");
    leave_out_hidden(script);
    return script;
}

std::string to_ddl(const Snapshot& snapshot) {
    const auto script = transition(empty_database(snapshot), snapshot, {});
    auto text = title(snapshot);
    for (const auto& words : script.impossible) text += fmt::format("-- Left out: {}\n", words);
    for (const auto& statement : script.statements) {
        const bool local = statement.starts_with("SET LOCAL check_function_bodies");
        text += fmt::format("\n{};\n", local ? "SET check_function_bodies = off" : statement);
    }
    return text;
}

}  // namespace drydock::catalog
