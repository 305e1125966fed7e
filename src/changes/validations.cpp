#include "changes/validations.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "changes/queries.h"
#include "changes/reach.h"
#include "changes/requests.h"
#include "validate/runner.h"

namespace drydock::changes {
namespace {

namespace json = boost::json;

constexpr std::string_view kKind = "validations.run";
constexpr std::chrono::hours kLongest{2};
constexpr std::string_view kKept = "100";                   // of each database
constexpr std::size_t kMostReport = std::size_t{8} << 20U;  // bytes
constexpr std::string_view kNone = "there is no such validation";

Result<std::vector<validate::Assertion>> assertions_of(const std::vector<File>& files) {
    std::vector<validate::Assertion> assertions;
    for (const auto& file : files) {
        DRYDOCK_TRY(auto assertion, validate::parse_assertion(file.path, file.text));
        assertions.push_back(std::move(assertion));
    }
    return assertions;
}

Result<> check_names(const ValidationRequest& request) {
    for (const auto* const names : {&request.only, &request.skip}) {
        for (const auto& name : *names) {
            const bool own =
                std::ranges::any_of(request.files, [&](const File& file) { return file.path == name + ".sql"; });
            if (own || validate::find_check(name) != nullptr) continue;
            std::vector<std::string> known;
            for (const auto& check : validate::checks()) known.push_back(check.id);
            const auto near = did_you_mean(name, known);
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = fmt::format("there is no check \"{}\"", name),
                .hint = near ? fmt::format("Did you mean {}?", *near) : "docs/validation-checks.md lists them.",
            };
        }
    }
    return {};
}

Result<validate::Options> options_of(const json::object& args, const std::vector<File>& files) {
    validate::Options options;
    for (const auto& word : texts_of(args, "groups"))
        if (const auto group = validate::group_named(word)) options.groups.push_back(*group);
    // Who brings checks of their own wants them made, whatever groups of the others.
    if (!options.groups.empty() && !files.empty()) options.groups.push_back(validate::Group::assertions);
    options.only = texts_of(args, "only");
    options.skip = texts_of(args, "skip");
    DRYDOCK_TRY(options.assertions, assertions_of(files));
    if (const auto* const budget = args.if_contains("budget"); budget != nullptr && budget->is_int64())
        options.budget = std::chrono::seconds{budget->as_int64()};
    const auto* const full = args.if_contains("full");
    options.full = full != nullptr && full->is_bool() && full->as_bool();
    return options;
}

Result<std::string> store_report(
    control::Store& store, const jobs::JobContext& context, const std::string& database, const validate::Report& report
) {
    const auto counts = report.counts();
    const auto text = json::serialize(validate::to_json(report));
    if (text.size() > kMostReport) {
        return Error{
            .code = ErrorCode::conflict,
            .message =
                fmt::format("the report is longer than {}, which is the most that is kept", human_bytes(kMostReport)),
            .hint = "Ask for fewer groups, or for single checks.",
        };
    }
    const auto critical = std::to_string(counts.critical);
    const auto warning = std::to_string(counts.warning);
    const auto info = std::to_string(counts.info);
    const auto not_checked = std::to_string(counts.not_checked + counts.partly);
    const auto& job = context.job();
    const auto work = [&](control::Transaction& transaction) -> Result<std::string> {
        DRYDOCK_TRY_VOID(context.hold(transaction));
        DRYDOCK_TRY(
            const auto rows,
            transaction.one(
                queries::store_validation,
                {database,
                 job.id,
                 job.requested_by.empty() ? pg::Param{} : pg::Param{job.requested_by},
                 critical,
                 warning,
                 info,
                 not_checked,
                 text},
                "the database is not registered any more"
            )
        );
        std::string id{rows.text(0, 0)};
        DRYDOCK_TRY_VOID(transaction.query(queries::forget_validations, {database, kKept}));
        return id;
    };
    return store.run(context.actor(), context.limits(), work);
}

Result<std::string> check(registry::Registry& registry, jobs::JobContext& context) {
    DRYDOCK_TRY(const auto args, args_of(context));
    const auto database = text_of(args, "database_id");
    DRYDOCK_TRY(const auto files, stored_files(registry.store(), context.actor(), context.job().id, context.limits()));
    DRYDOCK_TRY(const auto options, options_of(args, files));
    DRYDOCK_TRY(auto reached, reach(registry, context.actor(), database, Purpose::check, context.limits()));
    reached.where.set("application_name", "drydock job " + context.job().id);
    DRYDOCK_TRY(const auto report, validate::run(reached.where, options, context.progress(), context.limits()));
    if (report.stopped) return Error{.code = ErrorCode::cancelled, .message = "the checks were stopped"};
    DRYDOCK_TRY(const auto id, store_report(registry.store(), context, database, report));
    const auto counts = report.counts();
    return json::serialize(json::object{
        {"validation_id", id},
        {"critical", counts.critical},
        {"warning", counts.warning},
        {"info", counts.info},
        {"not_checked", counts.not_checked + counts.partly},
    });
}

Validation validation_of(const pg::Rows& rows, int row) {
    return {
        .id = std::string{rows.text(row, 0)},
        .database_id = std::string{rows.text(row, 1)},
        .job_id = std::string{rows.text(row, 2)},
        .requested_by = std::string{rows.text(row, 3)},
        .critical = rows.integer(row, 4),
        .warning = rows.integer(row, 5),
        .info = rows.integer(row, 6),
        .not_checked = rows.integer(row, 7),
        .created_at = std::string{rows.text(row, 8)},
        .place = rows.integer(row, 9),
    };
}

}  // namespace

Result<std::string> request_validation(
    registry::Registry& registry,
    const jobs::Queue& queue,
    const control::Actor& actor,
    const ValidationRequest& request,
    const Limits& limits
) {
    DRYDOCK_TRY_VOID(check_files(request.files));
    DRYDOCK_TRY_VOID(assertions_of(request.files));
    DRYDOCK_TRY_VOID(check_names(request));
    const json::object args{
        {"groups", json_texts(request.groups)},
        {"only", json_texts(request.only)},
        {"skip", json_texts(request.skip)},
        {"budget", request.budget_seconds},
        {"full", request.full},
    };
    const JobRequest job{
        .kind = kKind,
        .action = "validations.requested",
        .database_id = request.database_id,
        .args = args,
        .files = request.files,
        .told = args,
        // Whoever may have a query of their own run there, as that login, may have a migration run.
        .also_needs = request.files.empty() ? std::string_view{} : "migrations:run",
    };
    return make_job(registry, queue, actor, job, limits);
}

Result<std::vector<Validation>> list_validations(
    registry::Registry& registry,
    const control::Actor& actor,
    std::string_view database,
    std::int64_t place,
    std::string_view id,
    std::size_t most,
    const Limits& limits
) {
    DRYDOCK_TRY_VOID(registry.find(actor, database, limits));
    const auto place_text = std::to_string(place);
    const auto most_text = std::to_string(most);
    DRYDOCK_TRY(
        const auto rows,
        registry.store().read(
            actor,
            queries::list_validations,
            {database,
             id.empty() ? pg::Param{} : pg::Param{place_text},
             id.empty() ? pg::Param{} : pg::Param{id},
             most_text},
            limits
        )
    );
    std::vector<Validation> found;
    for (int row = 0; row < rows.size(); ++row) found.push_back(validation_of(rows, row));
    return found;
}

Result<Validation> get_validation(
    control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits
) {
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::get_validation, {id}, limits));
    if (rows.size() == 0) return Error{.code = ErrorCode::not_found, .message = std::string{kNone}};
    auto found = validation_of(rows, 0);
    found.report = rows.text(0, 10);
    return found;
}

Result<> add_validation_kind(jobs::Kinds& kinds, registry::Registry& registry) {
    return kinds.add({
        .name = std::string{kKind},
        .permission = "validations:run",
        .timeout = kLongest,
        .max_attempts = 2,
        .concurrency = 2,
        .handler = [&registry](jobs::JobContext& context) { return check(registry, context); },
    });
}

}  // namespace drydock::changes
