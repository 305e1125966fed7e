#include "api/databases.h"

#include <chrono>

#include "api/drafts.h"
#include "api/json.h"
#include "api/pages.h"
#include "api/routes.h"
#include "registry/registry.h"

// The registry.
namespace drydock::api {
namespace {

using namespace http;

const std::string kList = "/api/v2/databases";
const std::string kOne = "/api/v2/databases/{id:uuid}";
constexpr std::chrono::milliseconds kTestTime{30'000};

Schema type_schema() {
    return text(plain).one_of({"postgresql", "mongodb", "redis"});
}
Schema status_schema() {
    return text(plain).one_of({"active", "inactive", "error", "maintenance"});
}

// How a secret comes in; it never goes out.
std::vector<Field> secret_fields() {
    return {
        {"connection_string",
         text(secret).length(1, 8'000).describe(
             "An address with everything, as postgresql://user:password@host:5432/db. Its parts that are no secret are "
             "shown."
         ),
         Presence::input},
        {"password", text(secret).length(1, 4'000).describe("What goes with the fields."), Presence::input},
        {"environment",
         text(plain).length(1, 128).describe("Variables of the server's environment that hold it: PG_INSTANCE_1_ (a "
                                             "prefix) or MONGO_INSTANCE_1_URI (one)."),
         Presence::input},
        {"credential_id", text(plain).uuid().id_of("credential"), Presence::input},
    };
}

std::vector<Field> place_fields() {
    return {
        {"host", text(plain).length(1, 255).nullable()},
        {"port", integer().range(1, 65'535).nullable()},
        {"database", text(plain).length(1, 255).nullable().describe("Its name on its server; for Redis, its number.")},
        {"username", text(plain).length(1, 255).nullable()},
        {"ssl_enabled", boolean()},
        {"config",
         map(any(plain))
             .describe("How to connect and look after it: time limits, pool sizes, further hosts, TLS. No secrets.")},
        {"metadata", map(any(plain)).describe("What you note about it. No secrets.")},
    };
}

void append(std::vector<Field>& fields, std::vector<Field> more) {
    for (auto& field : more) fields.push_back(std::move(field));
}

Schema registration_schema() {
    std::vector<Field> fields{
        {"project_id", text(plain).uuid().id_of("project"), Presence::required_input},
        {"name", text(plain).length(1, 200).describe("Unique in its project."), Presence::required_input},
        {"type", type_schema().describe("Left out: as the connection string says."), Presence::input},
        {"test_first", boolean().fallback(false).describe("Register it only when a test passes."), Presence::input},
    };
    append(fields, place_fields());
    append(fields, secret_fields());
    return object("DatabaseRegistration", "A database that is to be registered.", std::move(fields));
}

Schema change_schema(std::string name, bool whole) {
    std::vector<Field> fields{
        {"name", text(plain).length(1, 200), whole ? Presence::required_input : Presence::input},
        {"status", status_schema(), Presence::input},
        {"forget_secret", boolean().fallback(false).describe("From now on it has none."), Presence::input},
    };
    append(fields, place_fields());
    append(fields, secret_fields());
    return object(
        std::move(name),
        "What is to be another; what is left out stays. Who changes where a secret is sent (host, port, TLS …) gives "
        "it again.",
        std::move(fields)
    );
}

Schema test_schema() {
    return object(
        "ConnectionTest",
        "How far a connection came, step by step.",
        {
            {"success", boolean(), Presence::output},
            {"message", text(plain), Presence::output},
            {"latency",
             number().nullable().describe("Milliseconds of one question on a connection that stands."),
             Presence::output},
            {"version", text(plain).nullable(), Presence::output},
            {"steps",
             list(object(
                 "ConnectionTestStep",
                 "One of name, tcp, tls, sign_in, rights.",
                 {
                     {"name", text(plain), Presence::output},
                     {"outcome", text(plain).one_of({"passed", "failed", "skipped"}), Presence::output},
                     {"milliseconds", number(), Presence::output},
                     {"message", text(plain).nullable(), Presence::output},
                     {"hint", text(plain).nullable(), Presence::output},
                 }
             )),
             Presence::output},
            {"rights", any(plain).nullable().describe("What its login may do, as measured."), Presence::output},
        }
    );
}

json::object to_json(const targets::TestReport& report) {
    const auto milliseconds = [](std::chrono::nanoseconds time) {
        return std::chrono::duration<double, std::milli>{time}.count();
    };
    json::array steps;
    for (const auto& step : report.steps) {
        steps.push_back(json::object{
            {"name", step.name},
            {"outcome", targets::wire_name(step.outcome)},
            {"milliseconds", milliseconds(step.time)},
            {"message", text_or_null(step.message)},
            {"hint", text_or_null(step.hint)},
        });
    }
    return {
        {"success", report.success},
        {"message", report.message},
        {"latency", report.success ? json::value(milliseconds(report.latency)) : json::value{}},
        {"version", text_or_null(report.version)},
        {"steps", std::move(steps)},
        {"rights", report.rights ? document(targets::to_json(*report.rights)) : json::value{}},
    };
}

registry::Fields fields_of(const Call& call) {
    registry::Fields fields{
        .name = optional_text(call, "name"),
        .type = optional_text(call, "type"),
        .host = optional_text(call, "host"),
        .database = optional_text(call, "database"),
        .username = optional_text(call, "username"),
        .ssl_enabled = optional_boolean(call, "ssl_enabled"),
        .status = optional_text(call, "status"),
    };
    if (const auto port = optional_integer(call, "port")) fields.port = static_cast<int>(*port);
    if (const auto* const config = field(call, "config")) fields.config = json::serialize(*config);
    if (const auto* const metadata = field(call, "metadata")) fields.metadata = json::serialize(*metadata);
    return fields;
}

registry::NewSecret secret_of(const Call& call) {
    return {
        .connection_string = Secret{text_field(call, "connection_string")},
        .password = Secret{text_field(call, "password")},
        .environment = text_field(call, "environment"),
        .credential_id = text_field(call, "credential_id"),
    };
}

registry::RegisterRequest registration_of(const Call& call) {
    return {
        .project_id = text_field(call, "project_id"),
        .fields = fields_of(call),
        .secret = secret_of(call),
        .test_first = optional_boolean(call, "test_first").value_or(false),
    };
}

Reply reply(const registry::Database& database) {
    return versioned(database_json(database), database.updated_at);
}

void tell_of_change(const Services& services) {
    if (services.registry_changed) services.registry_changed();
}

Result<Reply> list_databases(const Services& services, Call& call) {
    const registry::Filter filter{
        .project_id = query_text(call, "project_id").value_or(""),
        .type = query_text(call, "type").value_or(""),
        .status = query_text(call, "status").value_or(""),
        .health = query_text(call, "health").value_or(""),
        .text = query_text(call, "q").value_or(""),
        .cursor = std::string{call.cursor()},
        .limit = static_cast<int>(call.limit()),
    };
    DRYDOCK_TRY(const auto found, services.registry.list(actor(call), filter, call.limits));
    json::array items;
    for (const auto& database : found.databases) items.push_back(database_json(database));
    return Reply::page(std::move(items), found.next_cursor);
}

Result<Reply> add(const Services& services, Call& call) {
    auto request = registration_of(call);
    if (services.before_registration) {
        request.before_insert = [&services, project = request.project_id](control::Transaction& transaction) {
            return services.before_registration(transaction, project);
        };
    }
    DRYDOCK_TRY(const auto added, services.registry.add(actor(call), request, call.limits));
    tell_of_change(services);
    auto answer = reply(added.database);
    answer.headers.add("Location", kList + "/" + added.database.id);
    return answer;
}

Result<Reply> put(const Services& services, Call& call) {
    auto request = registration_of(call);
    if (services.before_registration) {
        request.before_insert = [&services, project = request.project_id](control::Transaction& transaction) {
            return services.before_registration(transaction, project);
        };
    }
    DRYDOCK_TRY(const auto done, services.registry.put(actor(call), request, call.limits));
    if (done.action != registry::Action::unchanged) tell_of_change(services);
    const std::string_view action = done.action == registry::Action::registered ? "registered"
                                    : done.action == registry::Action::changed  ? "changed"
                                                                                : "unchanged";
    return Reply{json::object{{"action", action}, {"database", database_json(done.database)}}};
}

Result<Reply> change(const Services& services, Call& call) {
    const registry::ChangeRequest request{
        .id = std::string{call.path_text("id")},
        .fields = fields_of(call),
        .secret = secret_of(call),
        .forget_secret = optional_boolean(call, "forget_secret").value_or(false),
        .if_updated_at = call.if_match == "*" ? std::string{} : call.if_match,
    };
    auto outcome = services.registry.change(actor(call), request, call.limits);
    if (outcome) {
        tell_of_change(services);
        return reply(*outcome);
    }
    if (outcome.error().code != ErrorCode::conflict || request.if_updated_at.empty()) return std::move(outcome).error();
    // Of all conflicts only another version is told with 412, and with the version it has.
    DRYDOCK_TRY(const auto present, services.registry.find(actor(call), request.id, call.limits));
    if (present.updated_at == request.if_updated_at) return std::move(outcome).error();
    return changed_meanwhile(present.updated_at);
}

Result<Reply> remove(const Services& services, Call& call) {
    const std::string id{call.path_text("id")};
    if (call.if_match != "*") {
        DRYDOCK_TRY(const auto present, services.registry.find(actor(call), id, call.limits));
        if (present.updated_at != call.if_match) return changed_meanwhile(present.updated_at);
    }
    DRYDOCK_TRY_VOID(services.registry.remove(actor(call), id, call.limits));
    tell_of_change(services);
    return Reply{};
}

Result<Reply> reveal(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto shown,
        services.registry.reveal(actor(call), call.path_text("id"), text_field(call, "reason"), call.limits)
    );
    return Reply{json::object{{"connection_string", shown.reveal()}}};
}

Result<Reply> rights(const Services& services, Call& call) {
    DRYDOCK_TRY(const auto text, services.registry.rights(actor(call), call.path_text("id"), call.limits));
    return Reply{document(text)};
}

std::vector<Route> reading(const Services& services) {
    const Drafts drafts{"databases"};
    const auto read = Access::permission("databases:read");
    auto listing = drafts.read(
        kList,
        "list_databases",
        "The registered databases",
        read,
        many(database_schema()),
        [&services](Call& call) { return list_databases(services, call); }
    );
    listing.query = {
        {"project_id", text(plain).uuid().id_of("project")},
        {"type", type_schema()},
        {"status", status_schema()},
        {"health", text(plain).one_of({"healthy", "unhealthy", "unknown"})},
        {"q", text(plain).length(1, 200).describe("In name, host or database.")},
    };
    auto one_of_them = drafts.read(
        kOne,
        "get_database",
        "One of them",
        read,
        one(database_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(const auto found, services.registry.find(actor(call), call.path_text("id"), call.limits));
            return reply(found);
        }
    );
    one_of_them.versioned = true;
    auto measured = drafts.read(
        kOne + "/rights",
        "get_database_rights",
        "What its login may do, as measured at the last test",
        read,
        one(object(
            "DatabaseRights",
            "Measured on the server, not promised.",
            {
                {"user", text(plain), Presence::output},
                {"worst", text(plain).one_of({"info", "warning", "danger"}), Presence::output},
                {"rights", list(any(plain)), Presence::output},
                {"server_version", text(plain).nullable(), Presence::maybe_output},
                {"measured_at", text(plain).date_time(), Presence::maybe_output},
            }
        )),
        [&services](Call& call) { return rights(services, call); }
    );
    for (auto* const route : {&one_of_them, &measured}) route->path_objects = {{"id", "database"}};
    return {std::move(listing), std::move(one_of_them), std::move(measured)};
}

std::vector<Route> writing(const Services& services) {
    const Drafts drafts{"databases"};
    const auto write = Access::permission("databases:write");
    auto creation = drafts.change(
        Method::post,
        kList,
        "register_database",
        "Register a database",
        write,
        one(database_schema(), 201),
        [&services](Call& call) { return add(services, call); }
    );
    creation.request = registration_schema();
    creation.creates = true;
    creation.time_limit = kTestTime;
    auto bringing = drafts.change(
        Method::put,
        kList,
        "put_database",
        "Register it, or bring the one of that project and name up to date; the same facts change nothing",
        write,
        one(object(
            "PutDatabase",
            "What was done.",
            {
                {"action", text(plain).one_of({"registered", "changed", "unchanged"}), Presence::output},
                {"database", database_schema(), Presence::output},
            }
        )),
        [&services](Call& call) { return put(services, call); }
    );
    bringing.request = registration_schema();
    bringing.time_limit = kTestTime;
    auto patching = drafts.change(
        Method::patch,
        kOne,
        "change_database",
        "Change some of it",
        write,
        one(database_schema()),
        [&services](Call& call) { return change(services, call); }
    );
    patching.request = change_schema("DatabaseChange", false);
    auto putting = drafts.change(
        Method::put,
        kOne,
        "replace_database",
        "Change it",
        write,
        one(database_schema()),
        [&services](Call& call) { return change(services, call); }
    );
    putting.request = change_schema("DatabaseReplacement", true);
    auto removal = drafts.change(
        Method::remove,
        kOne,
        "remove_database",
        "Take it out of the registry; the database itself stays",
        Access::permission("databases:delete"),
        nothing(),
        [&services](Call& call) { return remove(services, call); }
    );
    for (auto* const route : {&patching, &putting, &removal}) {
        route->path_objects = {{"id", "database"}};
        route->versioned = true;
    }
    return {std::move(creation), std::move(bringing), std::move(patching), std::move(putting), std::move(removal)};
}

std::vector<Route> trying(const Services& services) {
    const Drafts drafts{"databases"};
    const auto may_test = Access::permission("databases:test");
    auto before = drafts.change(
        Method::post,
        kList + "/test",
        "test_connection",
        "Try a connection before it is registered; nothing is stored",
        may_test,
        one(test_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(const auto report, services.registry.test(actor(call), registration_of(call), call.limits));
            return Reply{to_json(report)};
        }
    );
    before.request = registration_schema();
    auto registered = drafts.change(
        Method::post,
        kOne + "/test",
        "test_database",
        "Try its connection; what its login may do is measured and kept",
        may_test,
        one(test_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(const auto report, services.registry.test(actor(call), call.path_text("id"), call.limits));
            return Reply{to_json(report)};
        }
    );
    auto shown = drafts.change(
        Method::post,
        kOne + "/reveal",
        "reveal_secret",
        "Its secret in clear; audited",
        Access::permission("credentials:reveal"),
        one(object(
            "RevealedSecret",
            "Keep it to yourself.",
            {
                {"connection_string", text(bulk), Presence::output},
            }
        )),
        [&services](Call& call) { return reveal(services, call); }
    );
    shown.request = object("RevealRequest", "Why.", {{"reason", text(plain).length(3, 500), Presence::required_input}});
    shown.needs_step_up = true;
    for (auto* const route : {&registered, &shown}) route->path_objects = {{"id", "database"}};
    for (auto* const route : {&before, &registered}) {
        route->rate = RateClass::expensive;
        route->time_limit = kTestTime;
    }
    return {std::move(before), std::move(registered), std::move(shown)};
}

}  // namespace

Schema database_schema() {
    return object(
        "Database",
        "A registered database. Its secret is never in an answer.",
        {
            {"id", text(plain).uuid().id_of("database"), Presence::output},
            {"project_id", text(plain).uuid().id_of("project"), Presence::output},
            {"name", text(plain), Presence::output},
            {"type", type_schema(), Presence::output},
            {"host", text(plain).nullable(), Presence::output},
            {"port", integer().range(1, 65'535).nullable(), Presence::output},
            {"database", text(plain).nullable(), Presence::output},
            {"username", text(plain).nullable(), Presence::output},
            {"connection_string",
             text(plain).nullable().describe("For people: its secret is shown as stars."),
             Presence::output},
            {"secret_state", text(plain).one_of({"none", "sealed", "encrypted", "credential"}), Presence::output},
            {"credential_id", text(plain).uuid().id_of("credential").nullable(), Presence::output},
            {"ssl_enabled", boolean(), Presence::output},
            {"config", map(any(plain)), Presence::output},
            {"metadata", map(any(plain)), Presence::output},
            {"status", status_schema(), Presence::output},
            {"health_check_status", text(plain).one_of({"healthy", "unhealthy", "unknown"}), Presence::output},
            {"last_health_check_at", text(plain).date_time().nullable(), Presence::output},
            {"health_check_error", text(plain).nullable(), Presence::output},
            {"created_at", text(plain).date_time(), Presence::output},
            {"updated_at", text(plain).date_time(), Presence::output},
        }
    );
}

json::object database_json(const registry::Database& database) {
    return {
        {"id", database.id},
        {"project_id", database.project_id},
        {"name", database.name},
        {"type", database.type},
        {"host", text_or_null(database.host)},
        {"port", database.port ? json::value(*database.port) : json::value{}},
        {"database", text_or_null(database.database)},
        {"username", text_or_null(database.username)},
        {"connection_string", text_or_null(database.connection_string)},
        {"secret_state", database.secret_state},
        {"credential_id", text_or_null(database.credential_id)},
        {"ssl_enabled", database.ssl_enabled},
        {"config", document(database.config)},
        {"metadata", document(database.metadata)},
        {"status", database.status},
        {"health_check_status", database.health_check_status},
        {"last_health_check_at", text_or_null(database.last_health_check_at)},
        {"health_check_error", text_or_null(database.health_check_error)},
        {"created_at", database.created_at},
        {"updated_at", database.updated_at},
    };
}

std::vector<Route> database_routes(const Services& services) {
    auto routes = reading(services);
    for (auto* const part : {writing, trying}) {
        for (auto& route : part(services)) routes.push_back(std::move(route));
    }
    return routes;
}

}  // namespace drydock::api
