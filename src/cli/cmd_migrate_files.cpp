#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "cli/arguments.h"
#include "cli/catalogue.h"
#include "cli/commands.h"
#include "cli/graph.h"
#include "cli/new_migration.h"
#include "cli/session.h"
#include "layouts/folder.h"
#include "migrate/report_json.h"

// migrate new, docs, graph: the commands that need the files alone.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct NewArguments {
    std::string name;
    std::optional<std::string> purpose;
    std::vector<std::string> depends;
    bool no_rollback = false;
    bool rollback = false;
};

Result<migrate::Project> project_or_empty(const std::filesystem::path& dir) {
    std::error_code error;
    if (!std::filesystem::exists(dir, error) && !error) {
        return migrate::Project::build({.dir = dir, .layout = "native"});
    }
    DRYDOCK_TRY(auto folder, layouts::read_native(dir));
    return migrate::Project::build(std::move(folder));
}

Result<int> make_new(Session& session, const NewArguments& arguments) {
    DRYDOCK_TRY_VOID(check_name(arguments.name));
    const std::filesystem::path dir{session.settings().text("dir")};
    DRYDOCK_TRY(const auto project, project_or_empty(dir));
    NewMigration wanted{
        .number = next_number(project.migrations(), std::time(nullptr)),
        .name = arguments.name,
        .purpose = arguments.purpose.value_or(""),
        .rollback = !arguments.no_rollback,
    };
    for (const auto& dependency : arguments.depends) {
        DRYDOCK_TRY(const auto index, project.find(dependency));
        wanted.dependencies.push_back(project.at(index).id);
    }
    std::error_code error;
    std::filesystem::create_directories(dir, error);
    if (error) return file_error("making", dir, error.value());
    json::array made;
    for (const auto& file : new_files(wanted)) {
        const auto path = dir / file.name;
        DRYDOCK_TRY_VOID(write_file(path, file.text));
        made.emplace_back(json_text(path.string()));
        if (!session.json()) session.tell(printable(path.string()) + "\n");
    }
    if (session.json()) {
        session.print_json(json::object{
            {"id", json_text(fmt::format("{}_{}", wanted.number, wanted.name))}, {"files", std::move(made)}
        });
    }
    return 0;
}

Result<int> docs(Session& session, const std::optional<std::string>& output) {
    DRYDOCK_TRY(const auto project, session.project());
    const auto options = session.engine_options();
    DRYDOCK_TRY(const auto page, catalogue(project, options.project, options.placeholders));
    if (output && *output != "-") {
        DRYDOCK_TRY_VOID(write_file(*output, page));
        if (session.json())
            session.print_json(json::object{{"file", json_text(*output)}});
        else
            session.tell(fmt::format("{}\n", printable(*output)));
    } else if (session.json()) {
        session.print_json(json::object{{"markdown", json_text(page)}});
    } else {
        session.print(page);
    }
    return 0;
}

Result<int> graph(Session& session, const std::string& format) {
    DRYDOCK_TRY(const auto project, session.project());
    if (session.json() || format == "json")
        session.print_json(graph_json(project));
    else if (format == "mermaid")
        session.print(graph_mermaid(project));
    else if (format == "dot")
        session.print(graph_dot(project));
    else
        session.print(graph_text(project));
    return 0;
}

}  // namespace

void declare_migrate_files(Arguments& arguments) {
    const auto wanted = std::make_shared<NewArguments>();
    arguments
        .verb(
            "migrate", "new", "Make the next migration's files", [wanted](Session& s) { return make_new(s, *wanted); }
        )
        .argument("NAME", wanted->name, "add_order_notes: small letters, digits, underscores")
        .option("--purpose", wanted->purpose, "TEXT", "One sentence for its header")
        .list("--depends", wanted->depends, "MIGRATION", "What it needs")
        .flag("--rollback", wanted->rollback, "With a rollback file: the default")
        .flag("--no-rollback", wanted->no_rollback, "Without one")
        .example("drydock migrate new add_order_notes")
        .example("drydock migrate new add_order_notes --depends 003_orders --purpose 'Room for notes'");

    const auto output = std::make_shared<std::optional<std::string>>();
    arguments
        .verb(
            "migrate",
            "docs",
            "A Markdown catalogue of the migrations",
            [output](Session& s) { return docs(s, *output); }
        )
        .option("--output,-o", *output, "FILE", "Write it there and not to standard output")
        .example("drydock migrate docs --output docs/migrations.md");

    const auto format = std::make_shared<std::string>("text");
    arguments.verb("migrate", "graph", "What needs what", [format](Session& s) { return graph(s, *format); })
        .choice("--format", *format, {"text", "mermaid", "dot", "json"}, "How to draw it")
        .example("drydock migrate graph")
        .example("drydock migrate graph --format dot | dot -Tsvg > graph.svg");
}

}  // namespace drydock::cli
