#include "cli/remote_job.h"

#include <fmt/format.h>

#include "base/wait.h"
#include "cli/remote.h"

namespace drydock::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kFirstLook{100};
constexpr std::chrono::milliseconds kLastLook{2'000};

std::int64_t number(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    return value != nullptr && value->is_int64() ? value->as_int64() : 0;
}

void show_progress(Session& session, const json::object& job) {
    const auto* const progress = job.if_contains("progress");
    if (progress == nullptr || !progress->is_object()) return;
    const auto& told = progress->as_object();
    session.progress().report(
        {.subject = shown(told, "subject"),
         .text = shown(told, "text"),
         .done = number(told, "done"),
         .total = number(told, "total")}
    );
}

}  // namespace

Result<json::object> finished(Session& session, client::Api& api, json::object job) {
    for (int look = 0;; ++look) {
        const auto state = shown(job, "state");
        if (state != "queued" && state != "running") return job;
        const auto id = shown(job, "id");
        auto waited = pause(jittered(kFirstLook, kLastLook, look), session.limits());
        if (!waited) {
            return std::move(waited).error().with_hint(
                fmt::format("The job goes on; `drydock job cancel {}` stops it.", id)
            );
        }
        DRYDOCK_TRY(const auto now, api.get("/jobs/" + id, session.limits()));
        job = now.as_object();
        show_progress(session, job);
    }
}

Error error_of(const json::object& job) {
    const auto* const told = job.if_contains("error");
    const auto state = shown(job, "state");
    Error error{
        .code = state == "cancelled" ? ErrorCode::cancelled : ErrorCode::failed,
        .message = fmt::format("the job {} is {}", shown(job, "id"), state),
    };
    if (told == nullptr || !told->is_object()) return error;
    error.message = shown(told->as_object(), "message");
    const auto code = client::code_named(shown(told->as_object(), "code"));
    if (code && state == "failed") error.code = *code;
    if (state == "unknown") error.code = ErrorCode::failed_partly;
    return error;
}

}  // namespace drydock::cli
