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

// A flight: the steps, and which of them send their statement ahead.
struct Flight {
    Connection::Impl& impl;
    std::span<const PipelineStep> steps;
    PipelineMode mode;
    std::vector<bool> prepares;
};

bool ends(const Flight& flight, std::size_t step) {
    return flight.mode == PipelineMode::separate || step + 1 == flight.steps.size();
}

Result<bool> send_step(Connection::Impl& impl, const PipelineStep& step) {
    if (!step.prepare) {
        DRYDOCK_TRY_VOID(impl.send(step.query, step.params, kDoing));
        return false;
    }
    auto [known, is_new] = impl.prepared.try_emplace(std::string{step.query.text});
    if (is_new) {
        known->second = fmt::format("drydock_{}", ++impl.prepared_before);
        DRYDOCK_TRY_VOID(impl.send_prepare(known->second, step.query, kDoing));
    }
    DRYDOCK_TRY_VOID(impl.send_prepared(known->second, step.query, step.params, kDoing));
    return is_new;
}

Result<> send_all(Flight& flight, Waiter& waiter) {
    for (std::size_t i = 0; i < flight.steps.size(); ++i) {
        DRYDOCK_TRY(const bool prepares, send_step(flight.impl, flight.steps[i]));
        flight.prepares.push_back(prepares);
        if (ends(flight, i) && !PQpipelineSync(flight.impl.conn)) return flight.impl.lost(kDoing);
    }
    return flight.impl.flush(waiter, kDoing);
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

struct Answer {
    Result<Rows> rows;
};

// The answer to a step: to its preparation, if that failed, else to the statement.
Result<Answer> read_step(const Flight& flight, std::size_t step, Waiter& waiter) {
    auto& impl = flight.impl;
    const auto& query = flight.steps[step].query;
    ResultPtr refused;
    if (flight.prepares[step]) {
        DRYDOCK_TRY(ResultPtr prepared, impl.last(waiter, kDoing));
        const auto status = PQresultStatus(prepared.get());
        if (status != PGRES_COMMAND_OK) refused = std::move(prepared);
    }
    DRYDOCK_TRY(ResultPtr result, impl.last(waiter, kDoing));
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) {
        // libpq can't leave a copy inside a pipeline: the connection is given up.
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "a COPY from or to the client can't be run in a pipeline",
            .statement = std::string{query.name}
        };
    }
    auto each = outcome(impl, refused ? std::move(refused) : std::move(result), query.name);
    if (!each && each.error().code == ErrorCode::unavailable) return std::move(each).error();
    constexpr std::string_view kNoSuchStatement = "26000";
    const bool forgotten = !each && (flight.prepares[step] || each.error().sqlstate == kNoSuchStatement);
    if (flight.steps[step].prepare && forgotten) impl.prepared.erase(std::string{query.text});
    return Answer{std::move(each)};
}

Result<> read_all(const Flight& flight, const StepReceiver& receiver, Waiter& waiter) {
    Result<> received;
    for (std::size_t i = 0; i < flight.steps.size(); ++i) {
        DRYDOCK_TRY(Answer answer, read_step(flight, i, waiter));
        if (received) received = receiver(i, std::move(answer.rows));
        if (ends(flight, i)) DRYDOCK_TRY_VOID(read_sync(flight.impl, waiter));
    }
    return received;
}

}  // namespace

Result<> run_pipeline(
    Connection& connection,
    std::span<const PipelineStep> steps,
    PipelineMode mode,
    const StepReceiver& receiver,
    const Limits& limits
) {
    auto& impl = SessionAccess::of(connection);
    if (steps.empty()) return {};
    DRYDOCK_TRY_VOID(check_steps(steps));
    DRYDOCK_TRY_VOID(impl.begin(kDoing, limits));
    if (!PQenterPipelineMode(impl.conn)) return impl.not_sent(kDoing);
    PlainWaiter waiter{limits};
    Flight flight{.impl = impl, .steps = steps, .mode = mode, .prepares = {}};
    auto result = send_all(flight, waiter);
    if (result) result = read_all(flight, receiver, waiter);
    // Refused while answers are still to come: then the connection is out of step.
    if (PQexitPipelineMode(impl.conn))
        impl.settle();
    else
        impl.usable = false;
    return result;
}

Result<std::vector<Result<Rows>>> run_pipeline(
    Connection& connection, std::span<const PipelineStep> steps, PipelineMode mode, const Limits& limits
) {
    std::vector<Result<Rows>> results;
    const auto keep = [&](std::size_t, Result<Rows> result) -> Result<> {
        results.push_back(std::move(result));
        return {};
    };
    DRYDOCK_TRY_VOID(run_pipeline(connection, steps, mode, keep, limits));
    return results;
}

}  // namespace drydock::pg
