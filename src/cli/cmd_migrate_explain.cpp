#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/migrate_text.h"
#include "cli/plan_report.h"
#include "cli/session.h"
#include "layouts/folder.h"
#include "migrate/hashes.h"
#include "migrate/report_json.h"
#include "plan/script_view.h"

// migrate explain: all that one file's text tells, without a database.
namespace drydock::cli {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

struct Explained {
    layouts::Migration migration;
    bool of_a_project = false;  // its folder could be read, so that rollback and verify files are known
    migrate::Hashes hashes;
    plan::ScriptView view;
};

// A path, or the name of a migration in the project's folder.
Result<fs::path> find_file(const Session& session, const std::string& wanted) {
    std::error_code error;
    if (fs::is_regular_file(wanted, error)) return fs::path{wanted};
    if (wanted.find('/') != std::string::npos) return file_error("reading", wanted, ENOENT);
    DRYDOCK_TRY(const auto project, session.project());
    auto index = project.find(wanted);
    if (!index && wanted.ends_with(".sql")) return file_error("reading", wanted, ENOENT);
    if (!index) return std::move(index).error();
    return project.at(*index).path;
}

Result<Explained> explain_file(const Session& session, const std::string& wanted) {
    DRYDOCK_TRY(const auto path, find_file(session, wanted));
    layouts::Migration migration{.id = path.stem().string(), .path = path};
    DRYDOCK_TRY(const auto file, MappedFile::open(path));
    if (const auto folder = layouts::read_native(path.has_parent_path() ? path.parent_path() : fs::path{"."})) {
        for (const auto& other : folder->migrations) {
            if (other.path.filename() == path.filename()) migration = other;
        }
    }
    const bool known = !migration.number.empty();
    migration.header = layouts::parse_header(file.text());
    DRYDOCK_TRY(
        auto view,
        plan::view_script(path, migration.header, session.engine_options().placeholders, plan::Detail::objects)
    );
    return Explained{
        .migration = std::move(migration),
        .of_a_project = known,
        .hashes = migrate::hashes_of(file.text()),
        .view = std::move(view),
    };
}

std::string_view name(sql::Use use) {
    switch (use) {
        case sql::Use::creates:
            return "creates";
        case sql::Use::drops:
            return "drops";
        case sql::Use::alters:
            return "alters";
        case sql::Use::reads:
            return "reads";
        case sql::Use::writes:
            return "writes";
    }
    return {};
}

std::string_view name(sql::Shape shape) {
    switch (shape) {
        case sql::Shape::ordinary:
            return "ordinary";
        case sql::Shape::outside_only:
            return "outside_only";
        case sql::Shape::commits_inside:
            return "commits_inside";
        case sql::Shape::begin:
            return "begin";
        case sql::Shape::commit:
            return "commit";
        case sql::Shape::rollback:
            return "rollback";
        case sql::Shape::two_phase:
            return "two_phase";
        case sql::Shape::session:
            return "session";
        case sql::Shape::copy_in:
            return "copy_in";
    }
    return {};
}

std::string full_name(const sql::ObjectUse& object) {
    std::string text = object.schema.empty() ? "" : object.schema + ".";
    if (!object.table.empty()) text += object.table + ".";
    return text + object.name;
}

std::vector<std::string> texts(const std::vector<layouts::HeaderValue>& values) {
    std::vector<std::string> result;
    for (const auto& value : values) result.push_back(value.text);
    return result;
}

json::array statements_with_objects(const plan::ScriptView& view) {
    auto statements = plan::statements_json(view, nullptr);
    for (std::size_t i = 0; i < statements.size(); ++i) {
        const auto& statement = view.statements[i];
        auto& object = statements[i].as_object();
        object["shape"] = json_text(name(statement.shape));
        auto& objects = object["objects"].emplace_array();
        for (const auto& use : statement.analysis.objects) {
            objects.push_back(json::object{
                {"kind", json_text(sql::name(use.kind))},
                {"use", json_text(name(use.use))},
                {"name", json_text(view.source.mask(full_name(use)))},
            });
        }
        if (!statement.analysis.parsed) object["not_parsed"] = json_text(statement.analysis.problem);
    }
    return statements;
}

json::object explain_json(const Explained& explained) {
    const auto& [migration, known, hashes, view] = explained;
    const auto& header = migration.header;
    json::object head{
        {"migration", json_text(header.title)},
        {"purpose", json_text(header.purpose)},
        {"dependencies", json_texts(texts(header.dependencies))},
        {"environments", json_texts(texts(header.environments))},
        {"placeholders", json_texts(texts(header.placeholders))},
    };
    if (header.hold) head["hold"] = json_text(header.hold->text);
    json::object object{
        {"id", json_text(migration.id)},
        {"path", json_text(migration.path.string())},
        {"header", std::move(head)},
        {"hashes",
         {{"raw", json_text(hashes.raw)},
          {"canonical", json_text(hashes.canonical)},
          {"semantic", json_text(hashes.semantic)}}},
        {"transaction", view.road.atomic()},
        {"road", json_text(view.road_text)},
        {"steps", view.road.steps.size()},
        {"without_value", json_texts(view.without_value)},
        {"statements", statements_with_objects(view)},
    };
    if (migration.rollback) object["rollback"] = json_text(migration.rollback->string());
    if (migration.verify) object["verify"] = json_text(migration.verify->string());
    return object;
}

std::string objects_text(const plan::ScriptView& view) {
    std::string text;
    for (const auto use : {sql::Use::creates, sql::Use::alters, sql::Use::drops, sql::Use::writes, sql::Use::reads}) {
        std::vector<std::string> names;
        for (const auto& statement : view.statements) {
            for (const auto& object : statement.analysis.objects) {
                if (object.use != use) continue;
                auto one = fmt::format("{} {}", sql::name(object.kind), view.source.mask(full_name(object)));
                if (std::find(names.begin(), names.end(), one) == names.end()) names.push_back(std::move(one));
            }
        }
        if (!names.empty())
            text += fmt::format("  {:<13} {}\n", name(use), printable(fmt::format("{}", fmt::join(names, ", "))));
    }
    return text;
}

void line(std::string& text, std::string_view title, std::string_view value) {
    if (!value.empty()) text += fmt::format("  {:<13} {}\n", title, printable(value));
}

std::string explain_text(const Explained& explained, const Terminal& terminal) {
    const auto& [migration, known, hashes, view] = explained;
    const auto& header = migration.header;
    auto text = fmt::format("{}\n", painted(Tone::bold, printable(migration.path.string()), terminal));
    line(text, "migration", header.title);
    line(text, "purpose", header.purpose);
    line(text, "needs", fmt::format("{}", fmt::join(texts(header.dependencies), ", ")));
    line(text, "environments", fmt::format("{}", fmt::join(texts(header.environments), ", ")));
    if (header.hold) line(text, "held", header.hold->text.empty() ? "yes" : header.hold->text);
    if (known) line(text, "rollback", migration.rollback ? migration.rollback->filename().string() : "none");
    if (migration.verify) line(text, "verify", migration.verify->filename().string());
    for (const auto& placeholder : header.placeholders) {
        const bool missing = std::find(view.without_value.begin(), view.without_value.end(), placeholder.text) !=
                             view.without_value.end();
        line(text, "placeholder", fmt::format("${{{}}}{}", placeholder.text, missing ? " has no value" : ""));
    }
    line(text, "runs", view.road_text);
    line(text, "raw hash", hashes.raw);
    line(text, "canonical", hashes.canonical);
    line(text, "semantic", hashes.semantic);
    text += objects_text(view);
    text += fmt::format("\n{}\n", counted(view.statements.size(), "statement"));
    return text + statements_text(view, nullptr, std::numeric_limits<std::size_t>::max(), terminal);
}

Result<int> explain(Session& session, const std::string& wanted) {
    DRYDOCK_TRY(const auto explained, explain_file(session, wanted));
    if (session.json())
        session.print_json(explain_json(explained));
    else
        session.print(explain_text(explained, session.out()));
    return 0;
}

}  // namespace

void declare_migrate_explain(Arguments& arguments) {
    const auto file = std::make_shared<std::string>();
    arguments
        .verb(
            "migrate",
            "explain",
            "What one file does, from its text alone",
            [file](Session& s) { return explain(s, *file); }
        )
        .argument("FILE", *file, "A file, or the name of a migration")
        .example("drydock migrate explain migrations/014_index.sql")
        .example("drydock migrate explain 014 --json");
}

}  // namespace drydock::cli
