#include "cli/graph.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "migrate/report_json.h"

namespace drydock::cli {
namespace {

namespace json = boost::json;

// In quotes, for the languages of graphs.
std::string dot_text(std::string_view text) {
    std::string result{'"'};
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

std::string label(const layouts::Migration& migration) {
    return migration.header.hold ? migration.id + " (held)" : migration.id;
}

// Mermaid takes most of a text as it is, but not quotes.
std::string mermaid_label(const layouts::Migration& migration) {
    std::string result{'"'};
    for (const char c : label(migration)) result += c == '"' ? std::string{"#quot;"} : std::string{c};
    return result + '"';
}

}  // namespace

std::string graph_text(const migrate::Project& project) {
    std::string text;
    for (std::size_t i = 0; i < project.size(); ++i) {
        text += label(project.at(i));
        const auto& needed = project.dependencies(i);
        for (std::size_t d = 0; d < needed.size(); ++d) text += (d == 0 ? "  needs " : ", ") + project.at(needed[d]).id;
        text += '\n';
    }
    return text;
}

std::string graph_mermaid(const migrate::Project& project) {
    std::string text{"flowchart TD\n"};
    for (std::size_t i = 0; i < project.size(); ++i) {
        text += fmt::format("    m{}[{}]\n", i, mermaid_label(project.at(i)));
    }
    for (std::size_t i = 0; i < project.size(); ++i) {
        for (const auto needed : project.dependencies(i)) text += fmt::format("    m{} --> m{}\n", needed, i);
    }
    return text;
}

std::string graph_dot(const migrate::Project& project) {
    std::string text{"digraph migrations {\n    rankdir=LR;\n    node [shape=box, fontname=\"sans-serif\"];\n"};
    for (std::size_t i = 0; i < project.size(); ++i) {
        const auto& migration = project.at(i);
        text += fmt::format(
            "    {} [label={}{}];\n",
            dot_text(migration.id),
            dot_text(label(migration)),
            migration.header.hold ? ", style=dashed" : ""
        );
    }
    for (std::size_t i = 0; i < project.size(); ++i) {
        for (const auto needed : project.dependencies(i)) {
            text += fmt::format("    {} -> {};\n", dot_text(project.at(needed).id), dot_text(project.at(i).id));
        }
    }
    return text + "}\n";
}

json::object graph_json(const migrate::Project& project) {
    json::array migrations;
    for (std::size_t i = 0; i < project.size(); ++i) {
        const auto& migration = project.at(i);
        json::array needs;
        for (const auto needed : project.dependencies(i)) needs.emplace_back(json_text(project.at(needed).id));
        json::object object{
            {"id", json_text(migration.id)}, {"number", json_text(migration.number)}, {"needs", std::move(needs)}
        };
        if (migration.header.hold) object["hold"] = json_text(migration.header.hold->text);
        migrations.push_back(std::move(object));
    }
    return {{"migrations", std::move(migrations)}};
}

}  // namespace drydock::cli
