#include <chrono>
#include <cstdint>

#include "api/drafts.h"
#include "api/jobs.h"
#include "api/json.h"
#include "api/pages.h"
#include "api/routes.h"
#include "changes/history.h"
#include "changes/runs.h"
#include "changes/validations.h"

// Migrations and checks of the registered databases.
namespace drydock::api {
namespace {

using namespace http;

const std::string kDatabase = "/api/v2/databases/{id:uuid}";
const std::string kMigrations = kDatabase + "/migrations";
const std::string kValidations = kDatabase + "/validations";
// Of a body: the texts, and what JSON adds to them.
constexpr std::size_t kBody = 3 * changes::kMostBytes;
constexpr std::chrono::milliseconds kLookTime{60'000};

Schema name_schema() {
    return text(plain).length(1, 300);
}

Schema project_schema() {
    return text(plain).length(1, 100).fallback("main").describe("The name of the migrations in the database's history."
    );
}

Schema files_schema(std::size_t least, const json::value& example) {
    return list(object(
                    "File",
                    "A file of a folder.",
                    {
                        {"path",
                         text(plain).length(1, 300).describe(
                             "Below the folder, with plain names: billing/012_orders.sql."
                         ),
                         Presence::required_input},
                        {"text", text(bulk).length(0, changes::kMostBytes), Presence::required_input},
                    }
                ))
        .items(least, changes::kMostFiles)
        .example(example);
}

Schema migration_files(std::size_t least) {
    const json::array example{
        json::object{{"path", "001_orders.sql"}, {"text", "CREATE TABLE orders (id bigint PRIMARY KEY);"}}
    };
    return files_schema(least, example)
        .describe("All files of the folder of migrations. No secrets: see docs/changes.md.");
}

Schema migration_schema() {
    return object(
        "Migration",
        "What a database's own history says of a migration.",
        {
            {"id", text(plain), Presence::output},
            {"version", text(plain), Presence::output},
            {"name", text(plain), Presence::output},
            {"state", text(plain).one_of({"applied", "rolled_back", "failed", "running"}), Presence::output},
            {"checksum", text(plain).describe("SHA-256 of its file."), Presence::output},
            {"applied_by", text(plain).describe("The role in the database."), Presence::output},
            {"client", text(personal).describe("Who had it run, and where."), Presence::output},
            {"started_at", text(plain).date_time().nullable(), Presence::output},
            {"duration_ms", integer().nullable(), Presence::output},
            {"statements", integer(), Presence::output},
            {"position",
             integer().nullable().describe("Of one that stopped on the way: the last statement done."),
             Presence::output},
            {"origin", text(plain), Presence::output},
            {"rollback", text(plain), Presence::output},
            {"error", text(bulk).nullable(), Presence::output},
        }
    );
}

json::object migration_json(const migrate::Row& row) {
    const auto digits = row.id.substr(0, row.id.find_first_not_of("0123456789"));
    const auto rest = row.id.substr(digits.size());
    return {
        {"id", row.id},
        {"version", digits},
        {"name", rest.starts_with('_') ? rest.substr(1) : rest},
        {"state", migrate::name(row.status)},
        {"checksum", row.hashes.raw},
        {"applied_by", row.applied_by},
        {"client", row.client},
        {"started_at", text_or_null(row.started_at)},
        {"duration_ms", row.duration_ms ? json::value(*row.duration_ms) : json::value{}},
        {"statements", row.statements},
        {"position", row.status == migrate::Status::running ? json::value(row.position) : json::value{}},
        {"origin", row.origin},
        {"rollback", row.rollback_source},
        {"error", text_or_null(row.error)},
    };
}

std::vector<changes::File> files_of(const Call& call) {
    std::vector<changes::File> files;
    const auto* const given = field(call, "files");
    if (given == nullptr || !given->is_array()) return files;
    for (const auto& item : given->as_array()) {
        const auto& file = item.as_object();
        files.push_back(
            {.path = std::string{file.at("path").as_string()}, .text = std::string{file.at("text").as_string()}}
        );
    }
    return files;
}

std::vector<std::string> texts(const Call& call, std::string_view name) {
    std::vector<std::string> found;
    const auto* const given = field(call, name);
    if (given == nullptr || !given->is_array()) return found;
    for (const auto& item : given->as_array()) found.emplace_back(item.as_string());
    return found;
}

std::vector<Field> run_fields() {
    return {
        {"files", migration_files(1), Presence::required_input},
        {"project", project_schema(), Presence::input},
        {"environment", text(plain).length(0, 100).fallback("").describe("Of Environment: headers."), Presence::input},
        {"to", name_schema().describe("Up to and with this one."), Presence::input},
    };
}

changes::RunRequest run_request(const Call& call) {
    return {
        .database_id = std::string{call.path_text("id")},
        .files = files_of(call),
        .project = text_field(call, "project"),
        .environment = text_field(call, "environment"),
        .to = optional_text(call, "to"),
        .fail_on = text_field(call, "fail_on"),
        .preflight = optional_boolean(call, "preflight").value_or(false),
    };
}

Result<Reply> list_migrations(const Services& services, Call& call) {
    DRYDOCK_TRY(const auto after, position(services.cursors, call));
    DRYDOCK_TRY(
        const auto rows,
        changes::list_history(
            services.registry,
            actor(call),
            call.path_text("id"),
            std::string{call.text("project").value_or("main")},
            after.empty() ? std::string_view{} : std::string_view{after[0].as_string()},
            call.limit() + 1,
            call.limits
        )
    );
    return page(services.cursors, call, rows, migration_json, [](const migrate::Row& row) {
        return json::array{row.id};
    });
}

Result<Reply> status(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto standing,
        changes::standing(
            services.registry,
            actor(call),
            call.path_text("id"),
            std::string{call.text("project").value_or("main")},
            call.limits
        )
    );
    json::array unfinished;
    for (const auto& id : standing.unfinished) unfinished.emplace_back(id);
    return Reply{json::object{
        {"has_history", standing.facts.history_exists},
        {"applied", static_cast<std::int64_t>(standing.applied)},
        {"last", standing.last ? json::value(migration_json(*standing.last)) : json::value{}},
        {"unfinished", std::move(unfinished)},
        {"running", standing.running},
        {"server_version", standing.facts.server_version},
    }};
}

Result<Reply> apply(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto id,
        changes::request_run(services.registry, services.queue, actor(call), run_request(call), call.limits)
    );
    return made_job(services, call, id);
}

Result<Reply> roll_back(const Services& services, Call& call) {
    const changes::RollbackRequest request{
        .database_id = std::string{call.path_text("id")},
        .files = files_of(call),
        .project = text_field(call, "project"),
        .to = optional_text(call, "to"),
        .ids = texts(call, "ids"),
        .cascade = optional_boolean(call, "cascade").value_or(false),
        .accepted = texts(call, "accept_data_loss"),
    };
    DRYDOCK_TRY(
        const auto id, changes::request_rollback(services.registry, services.queue, actor(call), request, call.limits)
    );
    return made_job(services, call, id);
}

std::vector<Route> looking(const Services& services) {
    const Drafts drafts{"migrations"};
    const auto read = Access::permission("migrations:read");
    auto listing = drafts.read(
        kMigrations,
        "list_migrations",
        "What the database's own history says, in the order of application; nothing where drydock never migrated it",
        read,
        many(migration_schema()),
        [&services](Call& call) { return list_migrations(services, call); }
    );
    // Each opens connections to somebody's database.
    listing.rate = RateClass::expensive;
    auto standing = drafts.read(
        kMigrations + "/status",
        "get_migrations_status",
        "How far it is, and whether a run is under way or has stopped in the middle",
        read,
        one(object(
            "MigrationsStatus",
            "As its history says.",
            {
                {"has_history", boolean(), Presence::output},
                {"applied", integer(), Presence::output},
                {"last", migration_schema().nullable(), Presence::output},
                {"unfinished", list(text(plain)).describe("Stopped on the way, or under way."), Presence::output},
                {"running", boolean().describe("Somebody holds the right to run migrations."), Presence::output},
                {"server_version", integer().describe("150004 is 15.4"), Presence::output},
            }
        )),
        [&services](Call& call) { return status(services, call); }
    );
    standing.rate = RateClass::expensive;
    for (auto* const route : {&listing, &standing}) {
        route->query = {{"project", project_schema()}};
        route->path_objects = {{"id", "database"}};
        route->asks_elsewhere = true;
    }
    auto planning = drafts.change(
        Method::post,
        kMigrations + "/plan",
        "plan_migrations",
        "What a run would do: what is pending, what each statement locks, and what lint finds; nothing is changed",
        Access::permission("migrations:run"),
        one(map(any(bulk)).describe("As `drydock migrate plan --json`: docs/json.md.")),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(auto report, changes::plan(services.registry, actor(call), run_request(call), call.limits));
            return Reply{std::move(report)};
        }
    );
    planning.request = object("MigrationsPlanRequest", "The files, and how far.", run_fields());
    planning.path_objects = {{"id", "database"}};
    planning.rate = RateClass::expensive;
    planning.body_limit = kBody;
    planning.time_limit = kLookTime;
    return {std::move(listing), std::move(standing), std::move(planning)};
}

std::vector<Route> running(const Services& services) {
    const Drafts drafts{"migrations"};
    const auto run = Access::permission("migrations:run");
    auto applying = drafts.change(
        Method::post,
        kMigrations,
        "apply_migrations",
        "Apply what is pending, as a job of the kind migrations.apply, at most once",
        run,
        one(job_schema(), 202),
        [&services](Call& call) { return apply(services, call); }
    );
    auto fields = run_fields();
    fields.push_back(
        {"fail_on",
         text(plain)
             .one_of({"error", "warning", "notice", "never"})
             .fallback("error")
             .describe("The weakest finding of lint that refuses the run."),
         Presence::input}
    );
    fields.push_back(
        {"preflight",
         boolean().fallback(false).describe("Begin only when the gates of preflight say go."),
         Presence::input}
    );
    applying.request = object("MigrationsRequest", "What is to be applied.", std::move(fields));
    auto rolling_back = drafts.change(
        Method::post,
        kMigrations + "/rollback",
        "roll_back_migrations",
        "Take migrations back, as a job of the kind migrations.rollback, at most once",
        run,
        one(job_schema(), 202),
        [&services](Call& call) { return roll_back(services, call); }
    );
    rolling_back.request = object(
        "RollbackRequest",
        "Which: those named, or all after one; neither: the last one applied.",
        {
            {"files", migration_files(0).describe("Those of the folder; none: as history keeps them."), Presence::input
            },
            {"project", project_schema(), Presence::input},
            {"ids", list(name_schema()).items(0, 200), Presence::input},
            {"to", name_schema().describe("The last one that stays."), Presence::input},
            {"cascade", boolean().fallback(false).describe("With all that depends on them."), Presence::input},
            {"accept_data_loss",
             list(name_schema())
                 .items(0, 200)
                 .describe("Objects whose data is given up, as a refusal names them; or all."),
             Presence::input},
        }
    );
    for (auto* const route : {&applying, &rolling_back}) {
        route->path_objects = {{"id", "database"}};
        route->creates = true;
        // A person has to be there, and prove it; a token is made for programs, by somebody who has proven it, with
        // just the rights that it is to have.
        route->needs_step_up = true;
        route->token_is_proof = true;
        route->rate = RateClass::expensive;
        route->body_limit = kBody;
    }
    return {std::move(applying), std::move(rolling_back)};
}

Schema validation_schema(bool whole) {
    std::vector<Field> fields{
        {"id", text(plain).uuid().id_of("validation"), Presence::output},
        {"database_id", text(plain).uuid().id_of("database"), Presence::output},
        {"job_id", text(plain).uuid().not_an_object().nullable(), Presence::output},
        {"requested_by", text(plain).uuid().not_an_object().nullable(), Presence::output},
        {"critical", integer(), Presence::output},
        {"warning", integer(), Presence::output},
        {"info", integer(), Presence::output},
        {"not_checked", integer().describe("Checks that could not be made, or only in part."), Presence::output},
        {"created_at", text(plain).date_time(), Presence::output},
    };
    if (whole) {
        fields.push_back({"report", any(bulk).describe("As `drydock validate --json`: docs/json.md."), Presence::output}
        );
    }
    return object(whole ? "ValidationReport" : "Validation", "What a run of checks has found.", std::move(fields));
}

json::object validation_json(const changes::Validation& validation) {
    return {
        {"id", validation.id},
        {"database_id", validation.database_id},
        {"job_id", text_or_null(validation.job_id)},
        {"requested_by", text_or_null(validation.requested_by)},
        {"critical", validation.critical},
        {"warning", validation.warning},
        {"info", validation.info},
        {"not_checked", validation.not_checked},
        {"created_at", validation.created_at},
    };
}

Result<Reply> validate(const Services& services, Call& call) {
    const changes::ValidationRequest request{
        .database_id = std::string{call.path_text("id")},
        .groups = texts(call, "groups"),
        .only = texts(call, "only"),
        .skip = texts(call, "skip"),
        .files = files_of(call),
        .budget_seconds = optional_integer(call, "budget_seconds").value_or(60),
        .full = optional_boolean(call, "full").value_or(false),
    };
    DRYDOCK_TRY(
        const auto id, changes::request_validation(services.registry, services.queue, actor(call), request, call.limits)
    );
    return made_job(services, call, id);
}

Result<Reply> list_validations(const Services& services, Call& call) {
    DRYDOCK_TRY(const auto after, position(services.cursors, call));
    DRYDOCK_TRY(
        const auto found,
        changes::list_validations(
            services.registry,
            actor(call),
            call.path_text("id"),
            after.empty() ? 0 : after[0].as_int64(),
            after.empty() ? std::string_view{} : std::string_view{after[1].as_string()},
            call.limit() + 1,
            call.limits
        )
    );
    return page(services.cursors, call, found, validation_json, [](const changes::Validation& validation) {
        return json::array{validation.place, validation.id};
    });
}

std::vector<Route> validating(const Services& services) {
    const Drafts drafts{"validations"};
    const auto read = Access::permission("validations:read");
    auto checking = drafts.change(
        Method::post,
        kValidations,
        "validate_database",
        "Have it checked, as a job of the kind validations.run; nothing is changed",
        Access::permission("validations:run"),
        one(job_schema(), 202),
        [&services](Call& call) { return validate(services, call); }
    );
    const auto group = text(plain).one_of({"schema", "data", "performance", "security"});
    const json::array example{json::object{
        {"path", "every_order_has_lines.sql"},
        {"text", "-- Assert: every order has lines\nSELECT id FROM orders WHERE lines = 0"}
    }};
    checking.request = object(
        "ValidationRequest",
        "Which checks, and how long.",
        {
            {"groups", list(group).items(0, 4), Presence::input},
            {"only", list(name_schema()).items(0, 200).describe("Ids of checks."), Presence::input},
            {"skip", list(name_schema()).items(0, 200), Presence::input},
            {"files",
             files_schema(0, example)
                 .describe("Checks of your own, a query each; they take the permission migrations:run."),
             Presence::input},
            {"budget_seconds", integer().range(1, 3'600).fallback(60), Presence::input},
            {"full", boolean().fallback(false).describe("Read big tables whole, not a sample."), Presence::input},
        }
    );
    checking.path_objects = {{"id", "database"}};
    checking.creates = true;
    checking.rate = RateClass::expensive;
    checking.body_limit = kBody;
    auto listing = drafts.read(
        kValidations,
        "list_validations",
        "What the runs have found, the newest first",
        read,
        many(validation_schema(false)),
        [&services](Call& call) { return list_validations(services, call); }
    );
    listing.path_objects = {{"id", "database"}};
    auto reading = drafts.read(
        "/api/v2/validations/{id:uuid}",
        "get_validation",
        "One of them, with its report",
        read,
        one(validation_schema(true)),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto found,
                changes::get_validation(services.store, actor(call), call.path_text("id"), call.limits)
            );
            auto object = validation_json(found);
            object["report"] = document(found.report);
            return Reply{std::move(object)};
        }
    );
    reading.path_objects = {{"id", "validation"}};
    return {std::move(checking), std::move(listing), std::move(reading)};
}

}  // namespace

std::vector<Route> change_routes(const Services& services) {
    auto routes = looking(services);
    for (auto* const part : {running, validating}) {
        for (auto& route : part(services)) routes.push_back(std::move(route));
    }
    return routes;
}

}  // namespace drydock::api
