#include "migrate/history.h"

#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "migrate/queries.h"

namespace drydock::migrate {
namespace {

constexpr std::array<std::string_view, 4> kStatusNames{"applied", "rolled_back", "failed", "running"};

Status status_of(std::string_view text) {
    for (std::size_t i = 0; i < kStatusNames.size(); ++i) {
        if (kStatusNames[i] == text) return static_cast<Status>(i);
    }
    return Status::failed;
}

Row row_of(const pg::Rows& rows, int i) {
    Row row{
        .id = std::string{rows.text(i, 0)},
        .status = status_of(rows.text(i, 1)),
        .down = rows.text(i, 2) == "down",
        .hashes = {std::string{rows.text(i, 3)}, std::string{rows.text(i, 4)}, std::string{rows.text(i, 5)}},
        .rollback_source = std::string{rows.text(i, 6)},
        .has_rollback = rows.boolean(i, 7),
        .statements = rows.integer(i, 9),
        .position = rows.integer(i, 10),
        .origin = std::string{rows.text(i, 11)},
        .applied_by = std::string{rows.text(i, 12)},
        .client = std::string{rows.text(i, 13)},
        .started_at = std::string{rows.text(i, 14)},
        .error = std::string{rows.text(i, 16)},
    };
    if (!rows.is_null(i, 15)) row.duration_ms = rows.integer(i, 15);
    if (!rows.text(i, 8).empty()) {
        for (const auto part : split(rows.text(i, 8), '\n')) row.dependencies.emplace_back(part);
    }
    return row;
}

Result<std::int64_t> read_format(Target& target, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::read_format, limits));
    const auto found = rows.size() == 0 ? kHistoryFormat : rows.integer(0, 0);
    if (found <= kHistoryFormat) return found;
    return Error{
        .code = ErrorCode::conflict,
        .message = fmt::format(
            "the history of database {} was written by a newer drydock (format {}; this one knows {})",
            target.facts().database,
            found,
            kHistoryFormat
        ),
        .hint = "use that version or a newer one; nothing was changed"
    };
}

}  // namespace

std::string_view name(Status status) {
    return kStatusNames[static_cast<std::size_t>(status)];
}

const Row* History::find(std::string_view id) const {
    const auto at = by_id_.find(id);
    return at == by_id_.end() ? nullptr : &rows[at->second];
}

Result<History> History::read(Target& target, std::string_view project, const Limits& limits) {
    History history;
    if (!target.facts().history_exists) return history;
    DRYDOCK_TRY(const auto format, read_format(target, limits));
    const std::array<pg::Param, 1> params{project};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::read_history, params, limits));
    history.rows.reserve(static_cast<std::size_t>(rows.size()));
    for (int i = 0; i < rows.size(); ++i) {
        history.rows.push_back(row_of(rows, i));
        history.by_id_.emplace(history.rows.back().id, history.rows.size() - 1);
    }
    if (format >= 2) DRYDOCK_TRY_VOID(history.read_grades(target, project, limits));
    DRYDOCK_TRY(const auto released, target.connection().query(queries::read_releases, params, limits));
    for (int i = 0; i < released.size(); ++i) history.released.emplace(released.text(i, 0));
    return history;
}

Result<> History::read_grades(Target& target, std::string_view project, const Limits& limits) {
    const std::array<pg::Param, 1> params{project};
    DRYDOCK_TRY(const auto grades, target.connection().query(queries::read_grades, params, limits));
    for (int i = 0; i < grades.size(); ++i) {
        const auto at = by_id_.find(grades.text(i, 0));
        if (at != by_id_.end()) rows[at->second].rollback_grade = grades.text(i, 1);
    }
    return {};
}

Result<StoredSql> read_stored_sql(Target& target, std::string_view project, std::string_view id, const Limits& limits) {
    const std::array<pg::Param, 2> params{project, id};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::read_row, params, limits));
    if (rows.size() == 0) {
        return Error{.code = ErrorCode::not_found, .message = fmt::format("history knows no migration {}", id)};
    }
    return StoredSql{
        .sql = rows.optional_text(0, 0),
        .rollback_sql = rows.optional_text(0, 1),
        .rollback_source = std::string{rows.text(0, 2)},
        .memo = std::string{rows.text(0, 3)},
        .position = rows.integer(0, 4),
        .down = rows.text(0, 5) == "down",
    };
}

Result<std::vector<Event>> read_events(
    Target& target, std::string_view project, std::optional<std::string_view> id, const Limits& limits
) {
    std::vector<Event> events;
    if (!target.facts().history_exists) return events;
    const std::array<pg::Param, 2> params{project, id};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::read_events, params, limits));
    for (int i = 0; i < rows.size(); ++i) {
        events.push_back({
            std::string{rows.text(i, 0)},
            std::string{rows.text(i, 1)},
            std::string{rows.text(i, 2)},
            std::string{rows.text(i, 3)},
            std::string{rows.text(i, 4)},
            std::string{rows.text(i, 5)},
        });
    }
    return events;
}

}  // namespace drydock::migrate
