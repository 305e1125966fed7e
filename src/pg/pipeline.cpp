#include "pg/pipeline.h"

#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "pg/session.h"

namespace drydock::pg {
namespace {

constexpr std::string_view kDoing = "running a pipeline";

Result<> check_steps(std::span<const PipelineStep> steps) {
    constexpr std::size_t kMostParams = 65535;
    for (const auto& step : steps) {
        const auto refuse = [&](Error error) { return std::move(error).in(step.query.name); };
        if (auto ok = check_text(step.query.text, "the statement"); !ok) return refuse(std::move(ok).error());
        for (const auto& param : step.params) {
            if (auto ok = check_text(param.value_or(""), "a parameter"); !ok) return refuse(std::move(ok).error());
        }
        if (step.params.size() > kMostParams) {
            return refuse(
                {.code = ErrorCode::invalid_argument,
                 .message = fmt::format("{} parameters: PostgreSQL takes {}", step.params.size(), kMostParams)}
            );
        }
    }
    return {};
}

Result<> send_all(Connection::Impl& impl, std::span<const PipelineStep> steps, PipelineMode mode, Waiter& waiter) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        DRYDOCK_TRY_VOID(impl.send(steps[i].query, steps[i].params, kDoing));
        const bool ends = mode == PipelineMode::separate || i + 1 == steps.size();
        if (ends && !PQpipelineSync(impl.conn)) return impl.lost(kDoing);
    }
    return impl.flush(waiter, kDoing);
}

Result<Rows> outcome(const Connection::Impl& impl, ResultPtr result, std::string_view name) {
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_ABORTED) {
        return Error{
            .code = ErrorCode::cancelled,
            .message = "not run, because an earlier statement of the same transaction failed",
            .statement = std::string{name}
        };
    }
    if (!result || is_error(result.get())) return impl.error_of(result.get(), kDoing, name);
    return Rows{result.release()};
}

Result<> read_sync(Connection::Impl& impl, Waiter& waiter) {
    DRYDOCK_TRY(const ResultPtr sync, impl.next(waiter, kDoing));
    if (PQresultStatus(sync.get()) == PGRES_PIPELINE_SYNC) return {};
    return sync && is_error(sync.get()) ? impl.error_of(sync.get(), kDoing, {}) : impl.lost(kDoing);
}

Result<std::vector<Result<Rows>>> read_all(
    Connection::Impl& impl, std::span<const PipelineStep> steps, PipelineMode mode, Waiter& waiter
) {
    std::vector<Result<Rows>> results;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto name = steps[i].query.name;
        DRYDOCK_TRY(ResultPtr result, impl.last(waiter, kDoing));
        const auto status = PQresultStatus(result.get());
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) {
            // libpq can't leave a copy inside a pipeline: the connection is given up.
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = "a COPY from or to the client can't be run in a pipeline",
                .statement = std::string{name}
            };
        }
        auto each = outcome(impl, std::move(result), name);
        if (!each && each.error().code == ErrorCode::unavailable) return std::move(each).error();
        results.push_back(std::move(each));
        if (mode == PipelineMode::separate || i + 1 == steps.size()) DRYDOCK_TRY_VOID(read_sync(impl, waiter));
    }
    return results;
}

}  // namespace

Result<std::vector<Result<Rows>>> run_pipeline(
    Connection& connection, std::span<const PipelineStep> steps, PipelineMode mode, const Limits& limits
) {
    auto& impl = SessionAccess::of(connection);
    if (steps.empty()) return std::vector<Result<Rows>>{};
    DRYDOCK_TRY_VOID(check_steps(steps));
    DRYDOCK_TRY_VOID(impl.begin(kDoing, limits));
    if (!PQenterPipelineMode(impl.conn)) return impl.not_sent(kDoing);
    PlainWaiter waiter{limits};
    auto sent = send_all(impl, steps, mode, waiter);
    auto results = sent ? read_all(impl, steps, mode, waiter) : std::move(sent).error();
    // Refused while answers are still to come: then the connection is out of step.
    if (PQexitPipelineMode(impl.conn))
        impl.settle();
    else
        impl.usable = false;
    return results;
}

}  // namespace drydock::pg
