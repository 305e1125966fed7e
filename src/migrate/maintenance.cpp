#include <array>

#include <fmt/format.h>

#include "base/diff.h"
#include "base/random.h"
#include "migrate/engine.h"
#include "migrate/prepare.h"
#include "migrate/queries.h"

namespace drydock::migrate {
namespace {

constexpr std::chrono::seconds kUnlock{5};

std::string joined(const std::vector<std::string>& texts) {
    std::string result;
    for (const auto& text : texts) result += (result.empty() ? "" : "\n") + text;
    return result;
}

pg::Param param(const std::optional<std::string>& text) {
    return text ? pg::Param{*text} : std::nullopt;
}

Result<> record_baseline(Target& target, const Record& r, std::string_view reason, const Limits& limits) {
    const auto dependencies = joined(r.dependencies);
    const auto statements = std::to_string(r.statements);
    const std::array<pg::Param, 13> params{
        r.project,
        r.id,
        r.hashes.raw,
        r.hashes.canonical,
        r.hashes.semantic,
        param(r.sql),
        param(r.rollback_sql),
        r.rollback_source,
        dependencies,
        statements,
        r.client,
        r.run_id,
        reason
    };
    DRYDOCK_TRY_VOID(target.connection().query(queries::record_baseline, params, limits));
    return {};
}

}  // namespace

Result<BaselineReport> baseline(
    const Context& context, const std::optional<std::string>& to, std::string_view reason, const Limits& limits
) {
    DRYDOCK_TRY(auto target, Target::open(context.where, context.options, limits));
    DRYDOCK_TRY_VOID(target.require_writable());
    NoProgress silent;
    DRYDOCK_TRY(auto lock, RunLock::acquire(target, context.where, context.options, silent, limits));
    DRYDOCK_TRY_VOID(target.ensure_history(limits));
    DRYDOCK_TRY(const auto history, History::read(target, context.options.project, limits));
    std::size_t end = context.project.size();
    if (to) {
        DRYDOCK_TRY(const auto index, context.project.find(*to));
        end = index + 1;
    }
    BaselineReport report;
    const auto run_id = random_uuid();
    auto& connection = target.connection();
    DRYDOCK_TRY_VOID(connection.run_message("BEGIN", limits));
    for (std::size_t i = 0; i < end; ++i) {
        const auto& id = context.project.at(i).id;
        const auto* const row = history.find(id);
        if (row && row->status == Status::applied) continue;
        if (row) {
            return Error{
                .code = ErrorCode::conflict,
                .message = fmt::format("{} has a history: it is {}", id, name(row->status)),
                .hint = "a baseline is for migrations that drydock never ran; run this one with `drydock migrate up`"
            };
        }
        DRYDOCK_TRY(const auto work, prepare_up(context, i, run_id));
        DRYDOCK_TRY_VOID(record_baseline(target, work.record, reason, limits));
        report.recorded.push_back(id);
    }
    DRYDOCK_TRY_VOID(connection.run_message("COMMIT", limits));
    lock.release(target, Limits::within(kUnlock));
    return report;
}

Result<> accept(const Context& context, std::string_view id, std::string_view reason, const Limits& limits) {
    DRYDOCK_TRY(const auto index, context.project.find(id));
    const auto& migration = context.project.at(index);
    DRYDOCK_TRY(auto target, Target::open(context.where, context.options, limits));
    DRYDOCK_TRY_VOID(target.require_writable());
    DRYDOCK_TRY_VOID(History::read(target, context.options.project, limits));
    DRYDOCK_TRY(const auto work, prepare_up(context, index, random_uuid()));
    const auto& r = work.record;
    const std::array<pg::Param, 8> params{
        r.project, r.id, r.hashes.raw, r.hashes.canonical, r.hashes.semantic, param(r.sql), r.client, reason
    };
    if (target.facts().history_exists) {
        DRYDOCK_TRY(const auto rows, target.connection().query(queries::accept_file, params, limits));
        if (rows.size() == 1) return {};
    }
    return Error{
        .code = ErrorCode::conflict,
        .message = fmt::format("{} is not applied: there is nothing to accept", migration.id),
        .hint = "a file that has not run may be changed freely"
    };
}

Result<std::string> difference(const Context& context, std::string_view id, const Limits& limits) {
    DRYDOCK_TRY(const auto index, context.project.find(id));
    const auto& migration = context.project.at(index);
    DRYDOCK_TRY(auto target, Target::open(context.where, context.options, limits));
    DRYDOCK_TRY_VOID(History::read(target, context.options.project, limits));
    DRYDOCK_TRY(const auto stored, read_stored_sql(target, context.options.project, migration.id, limits));
    DRYDOCK_TRY(const auto today, read_file(migration.path));
    if (!stored.sql) return std::string{};
    return unified_diff(*stored.sql, today, migration.id + " as it ran", migration.path.string());
}

Result<bool> release(const Context& context, std::string_view id, std::string_view reason, const Limits& limits) {
    DRYDOCK_TRY(const auto index, context.project.find(id));
    const auto& migration = context.project.at(index);
    if (!migration.header.hold) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("{} is not held", migration.id),
            .hint = "it runs with the next `drydock migrate up`"
        };
    }
    DRYDOCK_TRY(auto target, Target::open(context.where, context.options, limits));
    DRYDOCK_TRY_VOID(target.ensure_history(limits));
    DRYDOCK_TRY_VOID(History::read(target, context.options.project, limits));
    const std::array<pg::Param, 4> params{context.options.project, migration.id, reason, context.options.client};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::release_hold, params, limits));
    return rows.size() == 1;
}

Result<std::vector<Event>> events(const Context& context, const std::optional<std::string>& id, const Limits& limits) {
    DRYDOCK_TRY(auto target, Target::open(context.where, context.options, limits));
    DRYDOCK_TRY_VOID(History::read(target, context.options.project, limits));
    return read_events(
        target, context.options.project, id ? std::optional<std::string_view>{*id} : std::nullopt, limits
    );
}

}  // namespace drydock::migrate
