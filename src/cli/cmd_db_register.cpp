#include <charconv>
#include <map>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/db_command.h"
#include "cli/registry_file.h"
#include "cli/remote.h"
#include "cli/session.h"
#include "migrate/report_json.h"

// db register, db change: databases from options, or from a file again and again.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct Given {
    std::optional<std::string> name;
    std::string which;
    std::optional<std::string> new_name;
    std::optional<std::string> project;
    std::optional<std::string> type;
    std::optional<std::string> host;
    std::optional<std::string> port;
    std::optional<std::string> database;
    std::optional<std::string> username;
    std::optional<std::string> status;
    std::optional<std::string> password_file;
    std::optional<std::string> url_file;
    std::optional<std::string> environment;
    std::optional<std::string> settings;
    std::optional<std::string> metadata;
    std::optional<std::string> file;
    bool no_tls = false;
    bool tls = false;
    bool forget = false;
    bool test = false;
    bool dry_run = false;
    bool create_projects = false;
};

Error wrong(std::string message, std::string hint) {
    return {.code = ErrorCode::invalid_argument, .message = std::move(message), .hint = std::move(hint)};
}

Result<int> port_of(const std::string& text) {
    int port = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failed == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65'535) return port;
    return wrong(fmt::format("--port {} is no port", text), "It is a number from 1 to 65535.");
}

Result<> put_secret(Session& session, const Given& given, json::object& body) {
    const int ways = (given.password_file ? 1 : 0) + (given.url_file ? 1 : 0) + (given.environment ? 1 : 0);
    if (ways > 1) {
        return wrong(
            "the secret is given in more than one way", "Choose one of --password-file, --url-file and --from-env."
        );
    }
    if (given.environment) body["environment"] = *given.environment;
    if (given.password_file) {
        DRYDOCK_TRY(const auto password, read_secret(session, given.password_file, "password"));
        body["password"] = password.reveal();
    }
    if (given.url_file) {
        DRYDOCK_TRY(const auto url, read_secret(session, given.url_file, "connection string"));
        body["connection_string"] = url.reveal();
    }
    return {};
}

// What of a database is said by options.
Result<json::object> body_of(Session& session, const Given& given) {
    json::object body;
    const std::initializer_list<std::pair<const char*, const std::optional<std::string>*>> texts{
        {"type", &given.type},
        {"host", &given.host},
        {"database", &given.database},
        {"username", &given.username},
        {"status", &given.status},
    };
    for (const auto& [key, text] : texts) {
        if (*text) body[key] = **text;
    }
    if (given.port) {
        DRYDOCK_TRY(const int port, port_of(*given.port));
        body["port"] = port;
    }
    if (given.tls && given.no_tls) return wrong("--tls and --no-tls are both given", "Choose one of them.");
    if (given.tls || given.no_tls) body["ssl_enabled"] = given.tls;
    if (given.settings) {
        DRYDOCK_TRY(auto object, json_object(*given.settings, "--settings"));
        body["config"] = std::move(object);
    }
    if (given.metadata) {
        DRYDOCK_TRY(auto object, json_object(*given.metadata, "--metadata"));
        body["metadata"] = std::move(object);
    }
    DRYDOCK_TRY_VOID(put_secret(session, given, body));
    return body;
}

Result<int> register_one(Session& session, const Given& given) {
    auto name = needed(given.name, "NAME");
    if (!name) return std::move(name).error().with_hint("`drydock db register NAME --project …`, or -f FILE.");
    DRYDOCK_TRY(const auto project, needed(given.project, "--project"));
    DRYDOCK_TRY(auto body, body_of(session, given));
    auto api = remote(session);
    DRYDOCK_TRY(const auto id, project_id(api, project, session.limits()));
    body["project_id"] = id;
    body["name"] = *name;
    if (given.dry_run) {
        DRYDOCK_TRY(const auto report, api.call("POST", "/databases/test", body, session.limits()));
        return print_test(session, *name, report.body.as_object());
    }
    if (given.test) body["test_first"] = true;
    DRYDOCK_TRY(const auto made, api.call("POST", "/databases", body, session.limits()));
    print_done(session, fmt::format("registered {} in {}", *name, project), made.body.as_object());
    return 0;
}

// What a file came to, in the order of its entries.
struct Outcome {
    std::vector<std::string> projects;
    json::array databases;
    std::map<std::string, std::size_t> counts;
};

json::object outcome_json(const Outcome& outcome) {
    json::array projects;
    for (const auto& project : outcome.projects) projects.push_back(json_text(project));
    return {{"projects_created", std::move(projects)}, {"databases", outcome.databases}};
}

void print_outcome(Session& session, const Outcome& outcome) {
    if (session.json()) return session.print_json(outcome_json(outcome));
    std::string text;
    for (const auto& project : outcome.projects) text += fmt::format("created the project {}\n", printable(project));
    for (const auto& item : outcome.databases) {
        const auto& one = item.as_object();
        text += fmt::format(
            "{:<10}  {}/{}\n", shown(one, "action"), printable(shown(one, "project")), printable(shown(one, "name"))
        );
    }
    const auto count = [&](const char* action) {
        const auto found = outcome.counts.find(action);
        return found == outcome.counts.end() ? std::size_t{0} : found->second;
    };
    if (outcome.projects.empty() && count("registered") + count("changed") == 0)
        text += fmt::format(
            "nothing to do: {} {} as the file says\n",
            count("unchanged"),
            count("unchanged") == 1 ? "database is" : "databases are"
        );
    else
        text += fmt::format(
            "{} registered, {} changed, {} unchanged\n", count("registered"), count("changed"), count("unchanged")
        );
    session.tell(text);
}

class FileRun {
public:
    FileRun(Session& session, const Given& given) : session_(session), given_(given), api_(remote(session)) {}

    // What was done before an error stays, and is told.
    Result<int> run(const std::vector<RegistryEntry>& entries) {
        const auto done = put_all(entries);
        if (done || !session_.json()) print_outcome(session_, outcome_);
        if (done) return 0;
        if (!session_.json()) return done.error();
        auto document = outcome_json(outcome_);
        document["error"] = to_json(done.error());
        session_.print_json(document);
        return traits(done.error().code).exit_code;
    }

private:
    Result<> put_all(const std::vector<RegistryEntry>& entries) {
        DRYDOCK_TRY_VOID(load_projects());
        // A project that is missing is told before anything is changed.
        for (const auto& entry : entries) DRYDOCK_TRY_VOID(find_project(entry));
        for (const auto& entry : entries) {
            auto done = put(entry);
            if (!done) return std::move(done).error().in(fmt::format("registering {}", entry.name())).at(entry.place);
        }
        return {};
    }

    Result<> load_projects() {
        return api_.each(
            std::string{project_kind().path},
            [&](const json::object& project) {
                for (const char* const key : {"id", "slug"}) projects_[shown(project, key)] = shown(project, "id");
                return true;
            },
            session_.limits()
        );
    }

    Result<> find_project(const RegistryEntry& entry) {
        if (projects_.contains(entry.project)) return {};
        if (!given_.create_projects) {
            return Error{
                .code = ErrorCode::not_found,
                .message = fmt::format("there is no project {} that you may see", entry.project),
                .hint = "`drydock project create` makes one, and --create-projects all that a file names.",
                .place = entry.place,
            };
        }
        auto made = api_.call(
            "POST", "/projects", json::object{{"slug", entry.project}, {"name", entry.project}}, session_.limits()
        );
        if (!made) return std::move(made).error().in("making the project").at(entry.place);
        projects_[entry.project] = shown(made->body.as_object(), "id");
        outcome_.projects.push_back(entry.project);
        return {};
    }

    Result<> put(const RegistryEntry& entry) {
        auto body = entry.body;
        body["project_id"] = projects_[entry.project];
        if (given_.test) body["test_first"] = true;
        DRYDOCK_TRY(const auto answer, api_.call("PUT", "/databases", body, session_.limits()));
        const auto& object = answer.body.as_object();
        const auto action = shown(object, "action");
        outcome_.databases.push_back(json::object{
            {"action", action},
            {"project", entry.project},
            {"name", entry.name()},
            {"id", shown(object.at("database").as_object(), "id")},
        });
        ++outcome_.counts[action];
        return {};
    }

    Session& session_;
    const Given& given_;
    client::Api api_;
    std::map<std::string, std::string> projects_;  // slug or id -> id
    Outcome outcome_;
};

Result<int> register_file(Session& session, const Given& given) {
    if (given.name || given.host || given.project || given.password_file || given.url_file || given.environment ||
        given.dry_run)
        return wrong("-f is given, and options of a single database too", "A file says all of them itself.");
    DRYDOCK_TRY(const auto text, read_file(*given.file));
    const PlaceholderValues values = [&session](std::string_view name) -> std::optional<std::string> {
        auto value = session.settings().placeholder(name);
        if (!value) return std::nullopt;
        return std::move(value->text);
    };
    DRYDOCK_TRY(const auto entries, read_registry_file(text, *given.file, values));
    return FileRun{session, given}.run(entries);
}

Result<int> enter(Session& session, const Given& given) {
    return given.file ? register_file(session, given) : register_one(session, given);
}

Result<int> change(Session& session, const Given& given) {
    DRYDOCK_TRY(auto body, body_of(session, given));
    if (given.new_name) body["name"] = *given.new_name;
    if (given.forget) body["forget_secret"] = true;
    if (body.empty()) return wrong("there is nothing to change", "`drydock db change --help` shows what can be.");
    auto api = remote(session);
    DRYDOCK_TRY(const auto database, find_database(api, given.which, session.limits()));
    DRYDOCK_TRY(
        const auto changed,
        change_present(api, "PATCH", path_of_database(shown(database, "id")), body, session.limits())
    );
    print_done(session, fmt::format("changed {}", shown(changed.body.as_object(), "name")), changed.body.as_object());
    return 0;
}

void add_place_options(Verb& verb, Given& given) {
    verb.option("--host", given.host, "HOST", "Where its server is")
        .option("--port", given.port, "N", "Its port; left out: the usual one")
        .option("--database", given.database, "NAME", "Its name there; for Redis, its number")
        .option("--username", given.username, "NAME", "Whom to sign in as")
        .option("--password-file", given.password_file, "FILE", "Its first line is the password; - is standard input")
        .option("--url-file", given.url_file, "FILE", "Its first line is an address with everything; - as above")
        .option("--from-env", given.environment, "NAME", "A variable of the server's environment: PG_INSTANCE_1_")
        .flag("--tls", given.tls, "Encrypted")
        .flag("--no-tls", given.no_tls, "In clear: on this machine only")
        .option("--settings", given.settings, "JSON", "How to connect: pool, further hosts, TLS; no secrets")
        .option("--metadata", given.metadata, "JSON", "What you note about it; no secrets");
}

}  // namespace

void declare_db_register(Arguments& arguments) {
    const auto given = std::make_shared<Given>();
    auto entering = arguments.verb("db", "register", "Enter one, or all of a file", [given](Session& s) {
        return enter(s, *given);
    });
    entering.optional_argument("NAME", given->name, "What people call it; once a project")
        .option("-f,--file", given->file, "FILE", "A TOML file of databases; again and again, it changes what differs")
        .flag("--create-projects", given->create_projects, "Make the projects that the file names and that are missing")
        .option("--project", given->project, "PROJECT", "Its project, by slug or id")
        .option("--type", given->type, "TYPE", "postgresql, mongodb or redis; left out: as the address says");
    add_place_options(entering, *given);
    entering.flag("--test", given->test, "Only when a test of its connection passes")
        .flag("--dry-run", given->dry_run, "Test its connection and enter nothing")
        .example("drydock db register orders --project shop --url-file orders.url --test")
        .example("drydock db register cache --project shop --type redis --from-env REDIS_INSTANCE_1_")
        .example("drydock db register -f registry.toml --create-projects");

    auto changing =
        arguments.verb("db", "change", "Change what is given", [given](Session& s) { return change(s, *given); });
    changing.argument("DATABASE", given->which, "Its name, PROJECT/NAME or id")
        .option("--name", given->new_name, "NAME", "Another name")
        .option("--type", given->type, "TYPE", "postgresql, mongodb or redis");
    add_place_options(changing, *given);
    changing.option("--status", given->status, "STATUS", "active, inactive, error or maintenance")
        .flag("--forget-secret", given->forget, "From now on it has none")
        .example("drydock db change orders --name orders-old --status inactive")
        .example("drydock db change orders --host db2.example.org --password-file pw");
}

}  // namespace drydock::cli
