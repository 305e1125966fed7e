#include "migrate/prepare.h"

#include <algorithm>

#include <fmt/format.h>

namespace drydock::migrate {
namespace {

// Bigger ones are known by their hashes alone.
constexpr std::size_t kKeptSql = std::size_t{16} << 20U;

std::optional<std::string> kept(std::string_view text) {
    if (text.size() > kKeptSql) return std::nullopt;
    return std::string{text};
}

// The tokens of the first `count` statements: what an interrupted run has done must not have been changed since.
std::string hash_of_first(const sql::Script& script, std::size_t count) {
    if (count == 0 || count > script.statements().size()) return {};
    return sql::semantic_hash(script.text().substr(0, script.statements()[count - 1].range.end));
}

// `ran` is the text that an interrupted run had, `today` where the one of now came from.
Result<> check_resumable(
    const Source& now,
    const std::optional<std::string>& ran,
    const Work& work,
    const RollbackText& today,
    const Options& options
) {
    if (!ran || work.position == 0 || *ran == now.original()) return {};
    // Filled in as today's is: only what somebody wrote counts as a change.
    const auto before = Source::stored(*ran, "history", today.placeholders, options.placeholders);
    if (before && hash_of_first(before->script(), work.position) == hash_of_first(now.script(), work.position))
        return {};
    Error error{
        .code = ErrorCode::conflict,
        .message = fmt::format(
            "{} was interrupted after statement {}, and its text was changed before that point since",
            work.record.id,
            work.position
        ),
        .hint = "put the statements that ran back as they were; what comes after them may be mended"
    };
    error.place.file = today.label;
    return error;
}

// Behind a pooling proxy each step may meet another session.
Result<> check_pooled(const Work& work, const Target& target, const Options& options) {
    if (!target.facts().pooled || work.road.atomic()) return {};
    const auto& statements = work.source.script().statements();
    const auto at = std::find_if(statements.begin(), statements.end(), [](const auto& s) {
        return s.shape == sql::Shape::session;
    });
    const bool by_options = !options.role.empty() || !options.search_path.empty();
    if (at == statements.end() && !by_options) return {};
    Error error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format(
            "{} can't run behind a pooling proxy: it goes step by step, and {} would not reach the next step",
            work.record.id,
            at == statements.end() ? "the role or search_path of the configuration" : at->command
        ),
        .hint = "connect to the server itself, or name schemas in the statements instead"
    };
    return std::move(error).at(work.source.place(at == statements.end() ? 0 : at->range.begin));
}

}  // namespace

Result<> check_verify(const Source& verify) {
    using sql::Shape;
    for (const auto& statement : verify.script().statements()) {
        if (statement.shape == Shape::ordinary || statement.shape == Shape::session) continue;
        Error error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("{} is no part of a verify file", statement.command),
            .hint = "it runs in the migration's own transaction: SELECT what must be true"
        };
        return std::move(error).at(verify.place(statement.range.begin));
    }
    return {};
}

Result<Work> prepare_up(const Context& context, std::size_t index, std::string_view run_id) {
    const auto& migration = context.project.at(index);
    const auto& header = migration.header;
    const auto& values = context.options.placeholders;
    DRYDOCK_TRY(auto source, Source::read(migration.path, header.placeholders, values));
    DRYDOCK_TRY(auto road, plan_road(source, header.no_transaction));
    Record record{
        .project = context.options.project,
        .id = migration.id,
        .hashes = hashes_of(source.original()),
        .sql = kept(source.original()),
        .statements = source.script().statements().size(),
        .run_id = std::string{run_id},
        .client = context.options.client,
    };
    for (const auto needed : context.project.dependencies(index))
        record.dependencies.push_back(context.project.at(needed).id);
    if (migration.rollback) {
        // Cut as well as read: a rollback that can't be read must not be found out when it is needed.
        DRYDOCK_TRY(const auto rollback, Source::read(*migration.rollback, header.placeholders, values));
        record.rollback_sql = kept(rollback.original());
        record.rollback_source = "file";
    } else if (const auto made = context.generated.find(migration.id); made != context.generated.end()) {
        record.rollback_sql = made->second.sql;
        record.rollback_source = "generated";
        record.rollback_grade = made->second.grade;
    }
    Work work{.record = std::move(record), .source = std::move(source), .verify = {}, .road = std::move(road)};
    if (migration.verify) {
        DRYDOCK_TRY(work.verify, Source::read(*migration.verify, header.placeholders, values));
        DRYDOCK_TRY_VOID(check_verify(*work.verify));
    }
    return work;
}

Result<> take_up(Work& work, const Context& context, Target& target, const History& history, const Limits& limits) {
    const auto* const row = history.find(work.record.id);
    work.record.known = row != nullptr;
    DRYDOCK_TRY_VOID(check_pooled(work, target, context.options));
    if (!row || row->status != Status::running) return {};
    DRYDOCK_TRY(const auto stored, read_stored_sql(target, context.options.project, work.record.id, limits));
    work.resume = true;
    work.position = static_cast<std::size_t>(stored.position);
    work.memo = stored.memo;
    DRYDOCK_TRY(const auto index, context.project.find(work.record.id));
    const auto& migration = context.project.at(index);
    const RollbackText today{.label = migration.path.string(), .placeholders = migration.header.placeholders};
    return check_resumable(work.source, stored.sql, work, today, context.options);
}

namespace {

// Of its migration, and what the rollback's own header asks for: a generated one may need those of earlier migrations.
std::vector<layouts::HeaderValue> placeholders_of(std::string_view rollback, std::vector<layouts::HeaderValue> all) {
    for (auto& own : layouts::parse_header(rollback).placeholders) {
        const auto same = [&](const layouts::HeaderValue& known) { return known.text == own.text; };
        if (std::ranges::none_of(all, same)) all.push_back(std::move(own));
    }
    return all;
}

Result<RollbackText> generate(
    const Context& context, Target& target, const History& history, const Row& row, const Limits& limits
) {
    const auto stored = [&](const std::string& id) -> Result<RollbackOrigin::Applied> {
        DRYDOCK_TRY(auto found, read_stored_sql(target, context.options.project, id, limits));
        if (found.sql) return RollbackOrigin::Applied{id, *std::move(found.sql)};
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("no rollback of {} can be generated: history keeps no SQL of {}", row.id, id),
            .hint = fmt::format("write rollback-{}.sql beside the migration", row.id)
        };
    };
    RollbackOrigin origin;
    for (const auto& other : history.rows) {
        if (other.id == row.id) break;
        if (other.status != Status::applied) continue;
        DRYDOCK_TRY(auto applied, stored(other.id));
        origin.earlier.push_back(std::move(applied));
    }
    DRYDOCK_TRY(origin.migration, stored(row.id));
    DRYDOCK_TRY(auto made, context.generate(origin, limits));
    auto placeholders = placeholders_of(made.sql, {});
    return RollbackText{
        .text = std::move(made.sql),
        .label = fmt::format("the generated rollback of {}", row.id),
        .source = "generated",
        .grade = std::move(made.grade),
        .notes = std::move(made.notes),
        .placeholders = std::move(placeholders),
    };
}

}  // namespace

Result<RollbackText> find_rollback(
    const Context& context, Target& target, const History& history, const Row& row, const Limits& limits
) {
    const auto index = context.project.find_id(row.id);
    if (index && context.project.at(*index).rollback) {
        const auto& path = *context.project.at(*index).rollback;
        DRYDOCK_TRY(auto text, read_file(path));
        auto placeholders = placeholders_of(text, context.project.at(*index).header.placeholders);
        return RollbackText{
            .text = std::move(text),
            .label = path.string(),
            .source = "file",
            .placeholders = std::move(placeholders),
        };
    }
    DRYDOCK_TRY(auto stored, read_stored_sql(target, context.options.project, row.id, limits));
    if (stored.rollback_sql) {
        // As it was when it ran; of a file too big to keep there is only today's.
        auto placeholders = placeholders_of(
            *stored.rollback_sql,
            stored.sql ? layouts::parse_header(*stored.sql).placeholders
            : index    ? context.project.at(*index).header.placeholders
                       : std::vector<layouts::HeaderValue>{}
        );
        return RollbackText{
            .text = *std::move(stored.rollback_sql),
            .label = fmt::format("the rollback of {} in history", row.id),
            .source = stored.rollback_source,
            .grade = row.rollback_grade,
            .placeholders = std::move(placeholders),
        };
    }
    if (context.generate) return generate(context, target, history, row, limits);
    return Error{
        .code = ErrorCode::not_found,
        .message = fmt::format("no rollback of {} is known: it has no rollback file, and history keeps none", row.id),
        .hint = fmt::format("write rollback-{}.sql beside the migration", row.id)
    };
}

namespace {

// A generated one that somebody has agreed to is not made again.
Result<RollbackText> agreed_rollback(
    const Context& context,
    Target& target,
    const History& history,
    const Row& row,
    const RollbackSelection& selection,
    const Limits& limits
) {
    const auto made = selection.generated.find(row.id);
    if (made == selection.generated.end()) return find_rollback(context, target, history, row, limits);
    return RollbackText{
        .text = made->second.sql,
        .label = fmt::format("the generated rollback of {}", row.id),
        .source = "generated",
        .grade = made->second.grade,
        .placeholders = placeholders_of(made->second.sql, {}),
    };
}

}  // namespace

Result<Work> prepare_down(
    const Context& context,
    Target& target,
    const History& history,
    const Row& row,
    const RollbackSelection& selection,
    std::string_view run_id,
    const Limits& limits
) {
    DRYDOCK_TRY(auto found, agreed_rollback(context, target, history, row, selection, limits));
    Record record{
        .project = context.options.project,
        .id = row.id,
        .hashes = row.hashes,
        .rollback_sql = kept(found.text),
        .rollback_source = found.source,
        .rollback_grade = found.grade,
        .run_id = std::string{run_id},
        .client = context.options.client,
        .known = true,
    };
    DRYDOCK_TRY(
        auto source,
        Source::stored(std::move(found.text), found.label, found.placeholders, context.options.placeholders)
    );
    if (source.script().statements().empty() && row.statements > 0) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("{} has no statements: it would take back nothing of {}", found.label, row.id),
            .hint = "write into it what undoes the migration; one that means to do nothing says SELECT;"
        };
    }
    DRYDOCK_TRY(auto road, plan_road(source, layouts::parse_header(source.original()).no_transaction));
    record.statements = source.script().statements().size();
    Work work{
        .record = std::move(record), .source = std::move(source), .verify = {}, .road = std::move(road), .down = true
    };
    if (row.status == Status::running && row.down) {
        DRYDOCK_TRY(const auto stored, read_stored_sql(target, context.options.project, row.id, limits));
        work.resume = true;
        work.position = static_cast<std::size_t>(stored.position);
        work.memo = stored.memo;
        DRYDOCK_TRY_VOID(check_resumable(work.source, stored.rollback_sql, work, found, context.options));
    }
    DRYDOCK_TRY_VOID(check_pooled(work, target, context.options));
    return work;
}

}  // namespace drydock::migrate
