#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/db_command.h"
#include "cli/remote.h"
#include "cli/session.h"

// db: the registered databases. `register` and `change` are in a file of their own.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct Given {
    std::string name;
    std::optional<std::string> which;
    std::optional<std::string> project;
    std::optional<std::string> type;
    std::optional<std::string> status;
    std::optional<std::string> health;
    std::optional<std::string> search;
    std::optional<std::string> reason;
    bool kept = false;
};

std::string place_of(const json::object& database) {
    auto text = shown(database, "host");
    if (const auto port = shown(database, "port"); !port.empty()) text += ":" + port;
    if (const auto name = shown(database, "database"); !name.empty()) text += "/" + name;
    return text;
}

// Their names, by id, so that a table says "shop" and not a number. Whoever may not see projects sees the numbers.
Result<json::object> project_slugs(client::Api& api, const Limits& limits) {
    json::object slugs;
    auto seen = api.each(
        std::string{project_kind().path},
        [&](const json::object& project) {
            slugs[shown(project, "id")] = shown(project, "slug");
            return true;
        },
        limits
    );
    if (!seen && seen.error().code != ErrorCode::permission_denied) return std::move(seen).error();
    return slugs;
}

Result<int> list(Session& session, const Given& given) {
    auto api = remote(session);
    std::optional<std::string> project;
    if (given.project) {
        DRYDOCK_TRY(project, project_id(api, *given.project, session.limits()));
    }
    json::object slugs;
    if (!session.json()) {
        DRYDOCK_TRY(slugs, project_slugs(api, session.limits()));
    }
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = with_query(
             "/databases?limit=200",
             {{"project_id", project},
              {"type", given.type},
              {"status", given.status},
              {"health", given.health},
              {"q", given.search}}
         ),
         .columns =
             {{"project"}, {"name"}, {"type"}, {"where", Table::Align::left, true}, {"status"}, {"health"}, {"checked"}
             },
         .row = [&slugs](const json::object& database) -> std::vector<Table::Cell> {
             return {
                 slugs.empty() ? shown(database, "project_id") : shown(slugs, shown(database, "project_id")),
                 {shown(database, "name"), Tone::bold},
                 shown(database, "type"),
                 place_of(database),
                 shown_state(database, "status"),
                 shown_state(database, "health_check_status"),
                 shown_moment(database, "last_health_check_at")
             };
         },
         .when_empty = "no databases; `drydock db register` enters one"}
    ));
    return 0;
}

Result<int> show(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto database, find_database(api, given.name, session.limits()));
    print_object(session, database);
    return 0;
}

Result<int> test(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto database, find_database(api, given.name, session.limits()));
    DRYDOCK_TRY(
        const auto answer, api.call("POST", path_of_database(shown(database, "id")) + "/test", {}, session.limits())
    );
    return print_test(session, shown(database, "name"), answer.body.as_object());
}

Result<int> check_all(Session& session) {
    DRYDOCK_TRY(
        const auto count,
        print_list(
            session,
            {.path = "/health/unhealthy",
             .columns = {{"name"}, {"type"}, {"since"}, {"checked"}, {"error", Table::Align::left, true}},
             .row = [](const json::object& database) -> std::vector<Table::Cell> {
                 return {
                     {shown(database, "name"), Tone::bold},
                     shown(database, "type"),
                     shown_moment(database, "since"),
                     shown_moment(database, "last_check_at"),
                     {shown(database, "error"), Tone::error}
                 };
             },
             .when_empty = "no database is unhealthy"}
        )
    );
    return count > 0 ? kNotWell : 0;
}

Result<int> check(Session& session, const Given& given) {
    if (!given.which) return check_all(session);
    auto api = remote(session);
    DRYDOCK_TRY(const auto database, find_database(api, *given.which, session.limits()));
    DRYDOCK_TRY(const auto health, api.get(path_of_database(shown(database, "id")) + "/health", session.limits()));
    print_object(session, health.as_object());
    return shown(health.as_object(), "status") == "healthy" ? 0 : kNotWell;
}

Result<int> rights(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto database, find_database(api, given.name, session.limits()));
    DRYDOCK_TRY(const auto measured, api.get(path_of_database(shown(database, "id")) + "/rights", session.limits()));
    const auto& object = measured.as_object();
    if (session.json()) {
        session.print_json(object);
        return 0;
    }
    Table table{{{"severity"}, {"right"}, {"why it matters", Table::Align::left, true}}};
    const auto* const list = object.if_contains("rights");
    if (list != nullptr && list->is_array()) {
        for (const auto& item : list->as_array()) {
            if (!item.is_object()) continue;
            const auto& right = item.as_object();
            table.add({shown_state(right, "severity"), {shown(right, "name"), Tone::bold}, shown(right, "message")});
        }
    }
    session.print(fmt::format(
        "{} signs in as {}, measured {} UTC\n", given.name, shown(object, "user"), shown_moment(object, "measured_at")
    ));
    session.print(table.empty() ? "nothing that goes beyond its own data\n" : table.text(session.out()));
    return 0;
}

Result<int> facts(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto database, find_database(api, given.name, session.limits()));
    const auto path = path_of_database(shown(database, "id")) + "/facts";
    DRYDOCK_TRY(const auto answer, api.call(given.kept ? "GET" : "POST", path, {}, session.limits()));
    const auto& object = answer.body.as_object();
    const auto error = shown(object, "error");
    if (session.json()) {
        session.print_json(object);
        return error.empty() ? 0 : kNotWell;
    }
    Table table{{{"fact"}, {"value", Table::Align::left, true}}};
    table.add({"taken", shown_moment(object, "taken_at")});
    table.add({"server_version", {shown(object, "server_version"), Tone::bold}});
    table.add({"size_bytes", {shown(object, "size_bytes"), Tone::bold}});
    const auto* const more = object.if_contains("facts");
    if (more != nullptr && more->is_object()) {
        for (const auto& [name, value] : more->as_object()) {
            if (name != "server_version" && name != "size_bytes")
                table.add({std::string{name}, shown(more->as_object(), name)});
        }
    }
    session.print(table.text(session.out()));
    if (error.empty()) return 0;
    session.tell(fmt::format("{} did not answer: {}\n", printable(given.name), printable(error)));
    return kNotWell;
}

Result<int> pool(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto database, find_database(api, given.name, session.limits()));
    DRYDOCK_TRY(const auto state, api.get(path_of_database(shown(database, "id")) + "/pool", session.limits()));
    print_object(session, state.as_object());
    return 0;
}

Result<int> reveal(Session& session, const Given& given) {
    auto api = remote(session);
    auto reason = needed(given.reason, "--reason");
    if (!reason) return std::move(reason).error().with_hint("It stands in the audit trail, with your name.");
    DRYDOCK_TRY(const auto database, find_database(api, given.name, session.limits()));
    DRYDOCK_TRY(
        const auto answer,
        api.call(
            "POST",
            path_of_database(shown(database, "id")) + "/reveal",
            json::object{{"reason", *reason}},
            session.limits()
        )
    );
    if (session.json())
        session.print_json(answer.body);
    else
        session.print(shown(answer.body.as_object(), "connection_string") + "\n");
    return 0;
}

Result<int> rotate(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto database, find_database(api, given.name, session.limits()));
    DRYDOCK_TRY_VOID(agree(
        session,
        fmt::format(
            "Give the login {} of {} a new random password? Programs of yours that use it must learn it.",
            shown(database, "username"),
            shown(database, "name")
        )
    ));
    DRYDOCK_TRY(
        const auto answer, api.call("POST", path_of_database(shown(database, "id")) + "/rotate", {}, session.limits())
    );
    const auto& rotation = answer.body.as_object();
    print_done(
        session,
        fmt::format("{}: the password of {} is {}", given.name, shown(rotation, "username"), shown(rotation, "state")),
        rotation
    );
    return shown(rotation, "state") == "failed" ? traits(ErrorCode::failed).exit_code : 0;
}

Result<int> remove(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto database, find_database(api, given.name, session.limits()));
    const auto id = shown(database, "id");
    const auto name = shown(database, "name");
    DRYDOCK_TRY_VOID(
        agree(session, fmt::format("Take {} out of the registry? The database itself stays as it is.", name))
    );
    DRYDOCK_TRY_VOID(change_present(api, "DELETE", path_of_database(id), {}, session.limits()));
    print_done(session, fmt::format("{} is not registered any more", name), {{"removed", id}, {"name", name}});
    return 0;
}

}  // namespace

Result<json::object> find_database(client::Api& api, const std::string& wanted, const Limits& limits) {
    static const std::vector<std::string> kNames{"name"};
    constexpr std::string_view kCommand = "drydock db list";
    if (const auto slash = wanted.find('/'); slash != wanted.npos) {
        DRYDOCK_TRY(const auto project, project_id(api, wanted.substr(0, slash), limits));
        const auto path = with_query("/databases?limit=200", {{"project_id", project}});
        const Kind kind{.noun = "database", .list = kCommand, .path = path, .id = "id", .names = kNames};
        return find_one(api, kind, wanted.substr(slash + 1), limits);
    }
    const Kind kind{.noun = "database", .list = kCommand, .path = "/databases?limit=200", .id = "id", .names = kNames};
    auto found = find_one(api, kind, wanted, limits);
    if (!found && found.error().code == ErrorCode::conflict)
        found.error().hint = "Say of which project, as shop/orders. " + found.error().hint;
    return found;
}

int print_test(Session& session, const std::string& name, const json::object& report) {
    const bool success = shown(report, "success") == "true";
    if (session.json()) {
        session.print_json(report);
        return success ? 0 : kNotWell;
    }
    Table table{{{"step"}, {"outcome"}, {"ms", Table::Align::right}, {"", Table::Align::left, true}}};
    std::string hints;
    for (const auto& item : report.at("steps").as_array()) {
        const auto& step = item.as_object();
        const auto* const time = step.if_contains("milliseconds");
        table.add(
            {shown(step, "name"),
             shown_state(step, "outcome"),
             time != nullptr ? fmt::format("{:.1f}", time->to_number<double>()) : std::string{},
             shown(step, "message")}
        );
        if (const auto hint = shown(step, "hint"); !hint.empty()) hints += printable(hint) + "\n";
    }
    session.print(table.text(session.out()));
    session.print(hints);
    session.tell(fmt::format("{}: {}\n", printable(name), printable(shown(report, "message"))));
    return success ? 0 : kNotWell;
}

void declare_db(Arguments& arguments) {
    arguments.noun("db", "The databases that the server knows");
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* name, const char* what, auto run) {
        return arguments.verb("db", name, what, [given, run](Session& s) { return run(s, *given); });
    };
    verb("list", "Those of the organization", list)
        .option("--project", given->project, "PROJECT", "Of this project only")
        .option("--type", given->type, "TYPE", "postgresql, mongodb or redis")
        .option("--status", given->status, "STATUS", "active, inactive, error or maintenance")
        .option("--health", given->health, "HEALTH", "healthy, unhealthy or unknown")
        .option("--search", given->search, "TEXT", "In name, host or database")
        .example("drydock db list")
        .example("drydock db list --health unhealthy");
    verb("show", "All that is known of one, but its secret", show)
        .argument("NAME", given->name, "Its name, PROJECT/NAME or id")
        .example("drydock db show shop/orders");
    declare_db_register(arguments);
    declare_db_changes(arguments);
    verb("test", "Try its connection, step by step, and measure what its login may do", test)
        .argument("NAME", given->name, "Its name, PROJECT/NAME or id")
        .example("drydock db test orders");
    verb("check", "How it is, by the server's own checks; without a name: those that are unhealthy", check)
        .optional_argument("NAME", given->which, "Its name, PROJECT/NAME or id")
        .example("drydock db check orders")
        .example("drydock db check");
    verb("rights", "What its login may do on its server, as last measured", rights)
        .argument("NAME", given->name, "Its name, PROJECT/NAME or id")
        .example("drydock db rights orders");
    verb("facts", "Ask it for its version, size and settings, and keep what it tells", facts)
        .argument("NAME", given->name, "Its name, PROJECT/NAME or id")
        .flag("--kept", given->kept, "Do not ask: show what it told last")
        .example("drydock db facts orders")
        .example("drydock db facts shop/orders --kept --json");
    verb("pool", "The connections that the server keeps to it, and what it counted", pool)
        .argument("NAME", given->name, "Its name, PROJECT/NAME or id")
        .example("drydock db pool orders");
    verb("reveal", "Its connection string in clear; the audit trail keeps who asked, and why", reveal)
        .argument("NAME", given->name, "Its name, PROJECT/NAME or id")
        .option("--reason", given->reason, "TEXT", "Why")
        .example("drydock db reveal orders --reason 'moving it to db2'");
    verb("rotate", "Give its login a new random password, there and here", rotate)
        .argument("NAME", given->name, "Its name, PROJECT/NAME or id")
        .example("drydock db rotate orders --yes");
    verb("remove", "Take it out of the registry; the database itself stays", remove)
        .argument("NAME", given->name, "Its name, PROJECT/NAME or id")
        .example("drydock db remove orders");
}

}  // namespace drydock::cli
