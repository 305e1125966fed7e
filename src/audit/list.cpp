#include "audit/list.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "audit/audit.h"
#include "audit/chain.h"
#include "audit/queries.h"
#include "audit/readers.h"

namespace drydock::audit {
namespace {

constexpr int kMost = 500;
constexpr int kExportPage = 1000;

// A statement with the conditions that a filter has and no others, so that the planner sees which index serves. Only
// these texts go into it; values are parameters.
class Statement {
public:
    Statement(std::string_view select, std::string chain) : text_(select) {
        add("l.organization_id = {}::uuid", chain);
    }

    void add(std::string_view condition, std::string value) {
        values_.push_back(std::move(value));
        text_ += values_.size() == 1 ? "\nWHERE " : "\n  AND ";
        text_ += fmt::format(fmt::runtime(condition), fmt::format("${}", values_.size()));
    }
    void add(const Filter& filter) {
        if (!filter.from.empty()) add("l.occurred_at >= {}::timestamptz", filter.from);
        if (!filter.before.empty()) add("l.occurred_at < {}::timestamptz", filter.before);
        if (filter.action.ends_with('.')) {
            add("starts_with(l.action, {})", filter.action);
        } else if (!filter.action.empty()) {
            add("l.action = {}", filter.action);
        }
        if (!filter.user_id.empty()) add("l.user_id = {}::uuid", filter.user_id);
        if (!filter.object_type.empty()) add("l.object_type = {}", filter.object_type);
        if (!filter.object_id.empty()) add("l.object_id = {}", filter.object_id);
        if (!filter.outcome.empty()) add("l.outcome = {}", filter.outcome);
    }
    void end(std::string_view order, int most) {
        text_ += fmt::format("\nORDER BY l.sequence {}\nLIMIT {}", order, most);
    }

    Result<pg::Rows> read(
        control::Store& store, const control::Actor& actor, std::string_view name, const Limits& limits
    ) const {
        const std::vector<pg::Param> params{values_.begin(), values_.end()};
        auto rows = store.read(actor, {.name = name, .text = text_}, params, limits);
        // data_exception: a time or an id that is none.
        if (!rows && rows.error().sqlstate.starts_with("22")) {
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = "a filter of the audit trail is not in the form it must have",
                .hint = "Times are as 2026-07-01T00:00:00Z, users are UUIDs.",
                .detail = rows.error().message,
                .sqlstate = rows.error().sqlstate
            };
        }
        return rows;
    }

private:
    std::string text_;
    std::vector<std::string> values_;
};

Line line_of(const pg::Rows& rows, int row) {
    const auto text = [&](int column) { return std::string{rows.text(row, column)}; };
    return {
        .sequence = rows.integer(row, 0),
        .occurred_at = text(1),
        .user_id = text(2),
        .user_name = text(3),
        .via = text(4),
        .request_id = text(5),
        .login = text(6),
        .address = text(7),
        .action = text(8),
        .object_type = text(9),
        .object_id = text(10),
        .object_name = text(11),
        .outcome = text(12),
        .details = text(13),
        .hash = text(14),
    };
}

Result<> check_cursor(std::string_view cursor) {
    std::int64_t sequence = 0;
    const auto* const end = cursor.data() + cursor.size();
    const auto read = std::from_chars(cursor.data(), end, sequence);
    if (read.ec == std::errc{} && read.ptr == end && sequence >= 1) return {};
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = "the cursor is not one that this server gave",
        .hint = "Leave it out to begin at the newest."
    };
}

}  // namespace

Result<Page> list(
    control::Store& store,
    const control::Actor& actor,
    const Filter& filter,
    std::string_view cursor,
    int most,
    const Limits& limits
) {
    DRYDOCK_TRY_VOID(read_head(store, actor, limits));
    most = std::clamp(most, 1, kMost);
    Statement statement{queries::list.text, chain_of(actor.organization_id)};
    if (!cursor.empty()) {
        DRYDOCK_TRY_VOID(check_cursor(cursor));
        statement.add("l.sequence < {}::bigint", std::string{cursor});
    }
    statement.add(filter);
    statement.end("DESC", most + 1);
    DRYDOCK_TRY(const auto rows, statement.read(store, actor, queries::list.name, limits));
    Page page;
    for (int row = 0; row < std::min(rows.size(), most); ++row) page.lines.push_back(line_of(rows, row));
    if (rows.size() > most) page.next = std::to_string(page.lines.back().sequence);
    return page;
}

Result<std::int64_t> export_rows(
    control::Store& store,
    const control::Actor& actor,
    const ExportOptions& options,
    const Writer& writer,
    const Limits& limits
) {
    DRYDOCK_TRY_VOID(read_head(store, actor, limits));
    DRYDOCK_TRY_VOID(store.run(actor, limits, [](control::Transaction& transaction) {
        return append(transaction, {.action = "audit.exported", .object_type = "audit_log"});
    }));
    // The export's own line is the last one: what comes while it runs is of the next.
    DRYDOCK_TRY(const auto head, read_head(store, actor, limits));
    const auto& select = options.personal_data ? queries::export_rows : queries::export_rows_without_personal_data;
    std::int64_t lines = 0;
    std::int64_t after = 0;
    while (true) {
        Statement statement{select.text, chain_of(actor.organization_id)};
        statement.add("l.sequence > {}::bigint", std::to_string(after));
        statement.add("l.sequence <= {}::bigint", std::to_string(head.sequence));
        statement.add(options.filter);
        statement.end("ASC", kExportPage);
        DRYDOCK_TRY(const auto rows, statement.read(store, actor, select.name, limits));
        std::string text;
        for (int row = 0; row < rows.size(); ++row) text.append(rows.text(row, 1)).append(1, '\n');
        if (!text.empty()) DRYDOCK_TRY_VOID(writer(text));
        lines += rows.size();
        if (rows.size() < kExportPage) return lines;
        after = rows.integer(rows.size() - 1, 0);
    }
}

Result<std::int64_t> export_checkpoints(
    control::Store& store, const control::Actor& actor, const Writer& writer, const Limits& limits
) {
    DRYDOCK_TRY_VOID(read_head(store, actor, limits));
    const auto page = std::to_string(kExportPage);
    std::int64_t after = 0;
    std::int64_t notes = 0;
    while (true) {
        const auto from = std::to_string(after);
        DRYDOCK_TRY(
            const auto rows,
            store.read(actor, queries::checkpoints, {chain_of(actor.organization_id), from, page}, limits)
        );
        for (int row = 0; row < rows.size(); ++row) DRYDOCK_TRY_VOID(writer(rows.text(row, 3)));
        notes += rows.size();
        if (rows.size() < kExportPage) return notes;
        after = rows.integer(rows.size() - 1, 0);
    }
}

}  // namespace drydock::audit
