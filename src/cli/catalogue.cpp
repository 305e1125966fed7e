#include "cli/catalogue.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cli/graph.h"
#include "cli/migrate_text.h"
#include "plan/script_view.h"

namespace drydock::cli {
namespace {

// Text of a header is the author's; only what would end a table's cell or begin markup by accident is kept out.
std::string plain(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '|' || c == '<' || c == '*' || c == '`') result += '\\';
        result += c == '\n' ? ' ' : c;
    }
    return result;
}

std::string code(std::string_view text) {
    return fmt::format("`{}`", text);
}

// A link to a heading, as GitHub and GitLab name it.
std::string link(std::string_view id) {
    std::string anchor;
    for (const char c : id) {
        if ((c >= 'A' && c <= 'Z')) anchor += static_cast<char>(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') anchor += c;
    }
    return fmt::format("[{}](#{})", id, anchor);
}

std::string links(const migrate::Project& project, const std::vector<std::size_t>& indexes) {
    std::string text;
    for (const auto i : indexes) text += (text.empty() ? "" : ", ") + link(project.at(i).id);
    return text;
}

// "CREATE TABLE ×3, INSERT", in the order of first appearance.
std::string commands(const plan::ScriptView& view) {
    std::vector<std::pair<std::string, std::size_t>> counts;
    for (const auto& statement : view.statements) {
        const auto known =
            std::find_if(counts.begin(), counts.end(), [&](const auto& c) { return c.first == statement.command; });
        if (known == counts.end())
            counts.emplace_back(statement.command, 1);
        else
            ++known->second;
    }
    std::string text;
    for (const auto& [command, count] : counts) {
        text += text.empty() ? "" : ", ";
        text += command;
        if (count > 1) text += fmt::format(" ×{}", count);
    }
    return text;
}

// "table platform.orders" of what a script creates, drops or changes.
std::string objects(const plan::ScriptView& view, sql::Use use) {
    constexpr std::array kKinds = {
        sql::ObjectKind::schema,
        sql::ObjectKind::extension,
        sql::ObjectKind::type,
        sql::ObjectKind::table,
        sql::ObjectKind::view,
        sql::ObjectKind::function,
        sql::ObjectKind::procedure,
        sql::ObjectKind::sequence,
        sql::ObjectKind::role,
        sql::ObjectKind::database,
        sql::ObjectKind::materialized_view,
    };
    std::vector<std::string> seen;
    for (const auto& statement : view.statements) {
        for (const auto& object : statement.analysis.objects) {
            if (object.use != use || std::find(kKinds.begin(), kKinds.end(), object.kind) == kKinds.end()) continue;
            const auto name = view.source.mask(
                object.schema.empty() ? object.name : fmt::format("{}.{}", object.schema, object.name)
            );
            auto text = fmt::format("{} {}", sql::name(object.kind), code(name));
            if (std::find(seen.begin(), seen.end(), text) == seen.end()) seen.push_back(std::move(text));
        }
    }
    return fmt::format("{}", fmt::join(seen, ", "));
}

std::string rollback_of(const layouts::Migration& migration) {
    if (migration.rollback) return code(migration.rollback->filename().string());
    return "none";
}

std::string environments(const layouts::Migration& migration) {
    std::string text;
    for (const auto& environment : migration.header.environments) text += (text.empty() ? "" : ", ") + environment.text;
    return text.empty() ? "all" : text;
}

void line(std::string& page, std::string_view title, std::string_view text) {
    if (!text.empty()) page += fmt::format("- **{}:** {}\n", title, text);
}

Result<> add_migration(
    std::string& page,
    const migrate::Project& project,
    std::size_t index,
    const std::vector<std::size_t>& needed_by,
    const migrate::PlaceholderValues& values
) {
    const auto& migration = project.at(index);
    const auto& header = migration.header;
    DRYDOCK_TRY(const auto view, plan::view_script(migration.path, header, values, plan::Detail::objects));
    page += fmt::format("\n### {}\n\n", migration.id);
    if (!header.title.empty()) page += fmt::format("{}.\n\n", plain(header.title));
    if (!header.purpose.empty()) page += fmt::format("{}\n\n", plain(header.purpose));
    line(page, "Depends on", links(project, project.dependencies(index)));
    line(page, "Needed by", links(project, needed_by));
    line(page, "Environments", environments(migration));
    if (header.hold) line(page, "Held", plain(header.hold->text));
    line(page, "Rollback", rollback_of(migration));
    if (migration.verify) line(page, "Verified by", code(migration.verify->filename().string()));
    line(page, "Runs", view.road_text);
    line(page, fmt::format("{}", counted(view.statements.size(), "statement")), commands(view));
    line(page, "Creates", objects(view, sql::Use::creates));
    line(page, "Changes", objects(view, sql::Use::alters));
    line(page, "Drops", objects(view, sql::Use::drops));
    std::string asks;
    for (const auto& name : header.placeholders) asks += (asks.empty() ? "" : ", ") + code("${" + name.text + "}");
    line(page, "Placeholders", asks);
    return {};
}

}  // namespace

Result<std::string> catalogue(
    const migrate::Project& project, std::string_view name, const migrate::PlaceholderValues& values
) {
    if (project.size() == 0) return fmt::format("# Migrations of {}\n\nThere are none yet.\n", name);
    std::vector<std::vector<std::size_t>> needed_by(project.size());
    for (std::size_t i = 0; i < project.size(); ++i) {
        for (const auto needed : project.dependencies(i)) needed_by[needed].push_back(i);
    }
    auto page = fmt::format(
        "# Migrations of {}\n\nMade from the files by `drydock migrate docs`; in the order in which they run.\n\n"
        "| migration | what it does | rollback |\n|---|---|---|\n",
        name
    );
    for (const auto& migration : project.migrations()) {
        const auto& header = migration.header;
        page += fmt::format(
            "| {} | {}{} | {} |\n",
            link(migration.id),
            plain(header.title.empty() ? header.purpose : header.title),
            header.hold ? " (held)" : "",
            rollback_of(migration)
        );
    }
    page += fmt::format("\n```mermaid\n{}```\n", graph_mermaid(project));
    for (std::size_t i = 0; i < project.size(); ++i) {
        DRYDOCK_TRY_VOID(add_migration(page, project, i, needed_by[i], values));
    }
    return page;
}

}  // namespace drydock::cli
