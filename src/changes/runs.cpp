#include "changes/runs.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/json.h"
#include "changes/reach.h"
#include "changes/requests.h"
#include "layouts/folder.h"
#include "lint/report_json.h"
#include "migrate/engine.h"
#include "migrate/report_json.h"
#include "migrate/run_lock.h"
#include "plan/report.h"
#include "preflight/preflight.h"

namespace drydock::changes {
namespace {

namespace json = boost::json;

constexpr std::string_view kApply = "migrations.apply";
constexpr std::string_view kRollback = "migrations.rollback";
constexpr std::string_view kPermission = "migrations:run";
constexpr std::chrono::hours kLongest{12};
constexpr int kAtATime = 2;
constexpr std::size_t kTold = 80;  // of a list: a line of the audit trail takes 64 KiB, an id up to 255 bytes
// For the session of a run to be gone whose end nobody heard of.
constexpr std::chrono::seconds kLookTime{20};

Result<migrate::Project> project_of(const Unpacked& files) {
    auto folder = layouts::read_native(files.dir());
    if (!folder) return files.shown(std::move(folder).error());
    auto project = migrate::Project::build(*std::move(folder));
    if (!project) return files.shown(std::move(project).error());
    return project;
}

// A name that none of the files has is wrong in the request; it is not that something of drydock is missing.
Result<> check_name(const migrate::Project& project, const std::optional<std::string>& name) {
    if (!name) return {};
    auto found = project.find(*name);
    if (found) return {};
    auto error = std::move(found).error();
    error.code = ErrorCode::invalid_argument;
    return error;
}

// What a project consists of, for the audit trail. Not ids as keys: one may be called as secrets are.
json::array checksums(const migrate::Project& project) {
    json::array items;
    for (const auto& migration : project.migrations()) {
        if (items.size() == kTold) break;
        items.push_back(json::object{{"id", migration.id}, {"sha256", migration.raw_hash}});
    }
    return items;
}

// What one run works with, in the order in which it is let go.
struct Work {
    json::object args{};
    std::string database{};
    Unpacked files{};
    migrate::Project project{};
    Reached reached{};
    migrate::Options options{};

    migrate::Context context() const { return {.where = reached.where, .project = project, .options = options}; }
};

Result<Work> prepare(registry::Registry& registry, const jobs::JobContext& context) {
    Work work;
    DRYDOCK_TRY(work.args, args_of(context));
    work.database = text_of(work.args, "database_id");
    DRYDOCK_TRY(const auto files, stored_files(registry.store(), context.actor(), context.job().id, context.limits()));
    DRYDOCK_TRY(work.files, Unpacked::make(files));
    DRYDOCK_TRY(work.project, project_of(work.files));
    DRYDOCK_TRY(work.reached, reach(registry, context.actor(), work.database, Purpose::change, context.limits()));
    work.reached.where.set("application_name", "drydock job " + context.job().id);
    const auto who = requester_of(registry.store(), context);
    work.options = engine_options(
        text_of(work.args, "project"),
        text_of(work.args, "environment"),
        who.empty() ? std::string{"drydock"} : fmt::format("{} by drydock", who)
    );
    return work;
}

lint::Options lint_options(const migrate::Options& options) {
    lint::Options lint;
    lint.sets_lock_timeout = options.lock_timeout.count() > 0;
    return lint;
}

// The end of a run that did not even begin, with what there is to say of it.
Error refused(jobs::JobContext& context, const Work& work, const Error& error, json::object more = {}) {
    // A server that ends gives the job back: nothing of it has been sent.
    if (context.limits().stop.stop_requested()) return work.files.shown(error);
    more["done"] = json::array{};
    more["not_run"] = json::array{};
    more["warnings"] = json::array{};
    const auto shown = work.files.shown(error);
    more["error"] = to_json(shown);
    context.account(work.files.shown(json::serialize(more)), true);
    return shown;
}

Result<> gate_of_lint(const Work& work, const plan::PlanReport& report, jobs::JobContext& context) {
    const auto least = lint::severity_named(text_of(work.args, "fail_on"));
    if (!least || *least == lint::Severity::off) return {};
    if (report.not_linted) {
        auto error = *report.not_linted;
        error.code = ErrorCode::conflict;
        error.message = fmt::format("lint could not look at it: {}; nothing was run", error.message);
        return refused(context, work, error);
    }
    if (report.lint.worst() < *least) return {};
    json::array findings;
    for (const auto& finding : report.lint.findings)
        if (finding.severity >= *least) findings.push_back(lint::to_json(finding));
    const Error error{
        .code = ErrorCode::conflict,
        .message = fmt::format(
            "lint found {} of the severity {} or above; nothing was run", findings.size(), lint::name(*least)
        ),
        .hint = "Write the safer SQL, allow the finding in its file, or ask with another fail_on.",
    };
    return refused(context, work, error, {{"findings", std::move(findings)}});
}

Result<> gate_of_preflight(const Work& work, const migrate::Selection& selection, jobs::JobContext& context) {
    const auto* const asked = work.args.if_contains("preflight");
    if (asked == nullptr || !asked->is_bool() || !asked->as_bool()) return {};
    const auto checked = preflight::check(work.context(), selection, {}, context.limits());
    if (!checked) return refused(context, work, checked.error());
    const auto& report = *checked;
    if (report.verdict != preflight::Verdict::no_go) return {};
    json::array gates;
    std::string reasons;
    for (const auto& gate : report.gates) {
        if (gate.outcome != preflight::Outcome::block) continue;
        gates.push_back(json::object{{"id", gate.id}, {"why", json_text(gate.why)}, {"hint", json_text(gate.hint)}});
        reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", gate.id, gate.why);
    }
    const Error error{.code = ErrorCode::conflict, .message = fmt::format("no go: {}; nothing was run", reasons)};
    return refused(context, work, error, {{"gates", std::move(gates)}});
}

bool leaves_it_open(ErrorCode code) {
    return code == ErrorCode::unavailable || code == ErrorCode::deadline_exceeded || code == ErrorCode::cancelled ||
           code == ErrorCode::internal;
}

// After a run whose end nobody heard of: whoever holds the right to run knows that its session is gone, and then
// history says what was done. False: it can't be known yet.
bool look(const migrate::Context& context, bool down, migrate::RunReport& report) {
    const auto limits = Limits::within(kLookTime);
    auto options = context.options;
    options.run_lock_wait = kLookTime;
    auto target = migrate::Target::open(context.where, options, limits);
    if (!target) return false;
    NoProgress progress;
    auto lock = migrate::RunLock::acquire(*target, context.where, options, progress, limits);
    if (!lock) return false;
    const auto history = migrate::History::read(*target, options.project, limits);
    lock->release(*target, limits);
    if (!history) return false;
    const auto done = [&](const std::string& id) {
        const auto* const row = history->find(id);
        return row != nullptr && row->status == (down ? migrate::Status::rolled_back : migrate::Status::applied);
    };
    std::vector<std::string> left;
    for (auto& id : report.not_run) {
        if (done(id))
            report.done.push_back({.id = id, .down = down});
        else
            left.push_back(id);
    }
    report.not_run = std::move(left);
    return true;
}

json::object told_of(const Work& work, const migrate::RunReport& report) {
    json::array done;
    for (const auto& outcome : report.done) {
        if (done.size() == kTold) break;
        json::object one{{"id", outcome.id}};
        if (const auto index = work.project.find_id(outcome.id)) one["sha256"] = work.project.at(*index).raw_hash;
        done.push_back(std::move(one));
    }
    auto not_run = report.not_run;
    not_run.resize(std::min(not_run.size(), kTold));
    json::object told{
        {"done", std::move(done)},
        {"done_count", report.done.size()},
        {"not_run", json_texts(not_run)},
        {"not_run_count", report.not_run.size()},
        {"run_id", report.run_id},
    };
    if (report.error) told["error"] = traits(report.error->code).name;
    return told;
}

// How the run ended, for people, for the queue and for the audit trail.
Result<std::string> end_of(
    registry::Registry& registry, const Work& work, jobs::JobContext& context, Result<migrate::RunReport> ran, bool down
) {
    const auto action = down ? "migrations.rolled_back" : "migrations.applied";
    if (!ran) {  // it did not begin
        const auto error = refused(context, work, ran.error());
        note_end(registry.store(), context, action, work.database, {{"error", traits(error.code).name}}, false);
        return error;
    }
    auto& report = *ran;
    bool certain = true;
    if (report.error && leaves_it_open(report.error->code)) certain = look(work.context(), down, report);
    if (report.error) report.error = work.files.shown(*report.error);
    auto result = work.files.shown(json::serialize(migrate::to_json(report)));
    note_end(registry.store(), context, action, work.database, told_of(work, report), !report.error);
    if (!report.error) return result;
    context.account(std::move(result), certain);
    auto error = *report.error;
    error.message += fmt::format("; {} of {} done", report.done.size(), report.done.size() + report.not_run.size());
    return error;
}

Result<std::string> apply(registry::Registry& registry, jobs::JobContext& context) {
    DRYDOCK_TRY(const auto work, prepare(registry, context));
    migrate::Selection selection;
    if (auto to = text_of(work.args, "to"); !to.empty()) selection.to = std::move(to);
    const auto in_view = plan::make_report(work.context(), selection, lint_options(work.options), context.limits());
    if (!in_view) return refused(context, work, in_view.error());
    if (in_view->refusal) return refused(context, work, *in_view->refusal);
    DRYDOCK_TRY_VOID(gate_of_lint(work, *in_view, context));
    if (in_view->run.empty())
        return json::serialize(migrate::to_json(migrate::RunReport{.warnings = in_view->warnings}));
    DRYDOCK_TRY_VOID(gate_of_preflight(work, selection, context));
    DRYDOCK_TRY_VOID(context.mark_sent());
    const auto engine = work.context();
    return end_of(registry, work, context, migrate::up(engine, selection, context.progress(), context.limits()), false);
}

migrate::RollbackSelection selection_of(const json::object& args) {
    migrate::RollbackSelection selection{.ids = texts_of(args, "ids")};
    if (auto to = text_of(args, "to"); !to.empty()) selection.to = std::move(to);
    if (selection.ids.empty() && !selection.to) selection.last = 1;
    const auto* const cascade = args.if_contains("cascade");
    selection.cascade = cascade != nullptr && cascade->is_bool() && cascade->as_bool();
    return selection;
}

Result<std::string> roll_back(registry::Registry& registry, jobs::JobContext& context) {
    DRYDOCK_TRY(const auto work, prepare(registry, context));
    const auto engine = work.context();
    const auto selection = selection_of(work.args);
    const auto in_view = migrate::plan_rollback(engine, selection, context.limits());
    if (!in_view) return refused(context, work, in_view.error());
    if (in_view->items.empty()) return json::serialize(migrate::to_json(migrate::RunReport{}));
    const auto accepted = migrate::accept_losses(*in_view, texts_of(work.args, "accepted"));
    if (!accepted) return refused(context, work, accepted.error(), migrate::to_json(*in_view));
    // What was looked at, and not what the words of the selection may mean by now.
    migrate::RollbackSelection chosen{.cascade = selection.cascade};
    for (const auto& item : in_view->items) chosen.ids.push_back(item.id);
    DRYDOCK_TRY_VOID(context.mark_sent());
    return end_of(
        registry, work, context, migrate::roll_back(engine, chosen, context.progress(), context.limits()), true
    );
}

}  // namespace

Result<json::object> plan(
    registry::Registry& registry, const control::Actor& actor, const RunRequest& request, const Limits& limits
) {
    DRYDOCK_TRY(const auto files, Unpacked::make(request.files));
    DRYDOCK_TRY(const auto project, project_of(files));
    DRYDOCK_TRY_VOID(check_name(project, request.to));
    DRYDOCK_TRY(const auto reached, reach(registry, actor, request.database_id, Purpose::look, limits));
    const auto options = engine_options(request.project, request.environment, {});
    const auto report = plan::make_report(
        {.where = reached.where, .project = project, .options = options},
        {.to = request.to},
        lint_options(options),
        limits
    );
    if (!report) return files.shown(of_target(report.error()));
    return json::parse(files.shown(json::serialize(plan::plan_json(*report, false)))).as_object();
}

Result<std::string> request_run(
    registry::Registry& registry,
    const jobs::Queue& queue,
    const control::Actor& actor,
    const RunRequest& request,
    const Limits& limits
) {
    DRYDOCK_TRY(const auto files, Unpacked::make(request.files));
    DRYDOCK_TRY(const auto project, project_of(files));
    DRYDOCK_TRY_VOID(check_name(project, request.to));
    json::object args{
        {"project", request.project},
        {"environment", request.environment},
        {"fail_on", request.fail_on},
        {"preflight", request.preflight},
    };
    if (request.to) args["to"] = *request.to;
    const JobRequest job{
        .kind = kApply,
        .action = "migrations.requested",
        .database_id = request.database_id,
        .args = args,
        .files = request.files,
        .told =
            {{"checksums", checksums(project)},
             {"migrations", project.size()},
             {"fail_on", request.fail_on},
             {"preflight", request.preflight}},
    };
    return make_job(registry, queue, actor, job, limits);
}

Result<std::string> request_rollback(
    registry::Registry& registry,
    const jobs::Queue& queue,
    const control::Actor& actor,
    const RollbackRequest& request,
    const Limits& limits
) {
    if (request.to && !request.ids.empty()) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "both migrations and the last one that stays were given",
            .hint = "Name the ones to roll back in \"ids\", or with \"to\" the last one that stays.",
        };
    }
    DRYDOCK_TRY(const auto files, Unpacked::make(request.files));
    DRYDOCK_TRY_VOID(project_of(files));
    json::object args{
        {"project", request.project},
        {"ids", json_texts(request.ids)},
        {"cascade", request.cascade},
        {"accepted", json_texts(request.accepted)},
    };
    if (request.to) args["to"] = *request.to;
    auto told = args;
    return make_job(
        registry,
        queue,
        actor,
        {.kind = kRollback,
         .action = "migrations.rollback_requested",
         .database_id = request.database_id,
         .args = std::move(args),
         .files = request.files,
         .told = std::move(told)},
        limits
    );
}

Result<> add_run_kinds(jobs::Kinds& kinds, registry::Registry& registry) {
    DRYDOCK_TRY_VOID(kinds.add({
        .name = std::string{kApply},
        .permission = std::string{kPermission},
        .at_most_once = true,
        .timeout = kLongest,
        .max_attempts = 1,
        .concurrency = kAtATime,
        .handler = [&registry](jobs::JobContext& context) { return apply(registry, context); },
    }));
    return kinds.add({
        .name = std::string{kRollback},
        .permission = std::string{kPermission},
        .at_most_once = true,
        .timeout = kLongest,
        .max_attempts = 1,
        .concurrency = kAtATime,
        .handler = [&registry](jobs::JobContext& context) { return roll_back(registry, context); },
    });
}

}  // namespace drydock::changes
