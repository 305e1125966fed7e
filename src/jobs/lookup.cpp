#include "jobs/lookup.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/encoding.h"
#include "jobs/move.h"
#include "jobs/queries.h"
#include "jobs/statement.h"

namespace drydock::jobs {
namespace {

struct Place {
    std::string_view time{};
    std::string_view id{};
};

// "<microseconds>.<id>"
Result<Place> read_cursor(std::string_view cursor) {
    if (cursor.empty()) return Place{};
    const auto dot = cursor.find('.');
    if (dot != std::string_view::npos) {
        const auto time = cursor.substr(0, dot);
        const auto id = cursor.substr(dot + 1);
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), value);
        if (error == std::errc{} && end == time.data() + time.size() && is_uuid(id)) return Place{time, id};
    }
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = "the cursor is not one that this server gave",
        .hint = "Leave it out to begin at the newest.",
    };
}

}  // namespace

Result<JobPage> list_jobs(
    control::Store& store, const control::Actor& actor, const JobFilter& filter, const Limits& limits
) {
    if (!filter.state.empty() && !job_state(filter.state)) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("there is no state \"{}\"", filter.state),
            .hint = "The states are queued, running, succeeded, failed, cancelled and unknown.",
        };
    }
    JobPage page;
    if (!filter.schedule_id.empty() && !is_uuid(filter.schedule_id)) return page;
    DRYDOCK_TRY(const auto place, read_cursor(filter.cursor));
    const int limit = std::clamp(filter.limit, 1, 200);
    const auto more = std::to_string(limit + 1);  // one more shows that there is another page
    DRYDOCK_TRY(
        const auto rows,
        store.read(
            actor,
            queries::list_jobs,
            {pg::Param{},
             optional(filter.state),
             optional(filter.kind),
             optional(filter.schedule_id),
             optional(place.time),
             optional(place.id),
             more},
            limits
        )
    );
    const int shown = std::min(rows.size(), limit);
    for (int row = 0; row < shown; ++row) page.jobs.push_back(job_of(rows, row));
    if (rows.size() > limit) page.next_cursor = fmt::format("{}.{}", rows.text(shown - 1, 27), page.jobs.back().id);
    return page;
}

Result<Job> get_job(control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits) {
    const Error missing{.code = ErrorCode::not_found, .message = "there is no such job"};
    if (!is_uuid(id)) return missing;
    DRYDOCK_TRY(
        const auto rows,
        store.read(
            actor,
            queries::list_jobs,
            {id, pg::Param{}, pg::Param{}, pg::Param{}, pg::Param{}, pg::Param{}, "1"},
            limits
        )
    );
    if (rows.size() == 0) return missing;
    return job_of(rows, 0);
}

Result<std::vector<Attempt>> list_attempts(
    control::Store& store, const control::Actor& actor, std::string_view job, const Limits& limits
) {
    std::vector<Attempt> attempts;
    if (!is_uuid(job)) return attempts;
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::list_attempts, {job}, limits));
    for (int row = 0; row < rows.size(); ++row) {
        const auto text = [&](int column) { return std::string{rows.text(row, column)}; };
        attempts.push_back({
            .fence = rows.integer(row, 0),
            .worker = text(1),
            .outcome = text(2),
            .error_code = text(3),
            .error_message = text(4),
            .started_at = text(5),
            .sent_at = text(6),
            .ended_at = text(7),
        });
    }
    return attempts;
}

Result<std::int64_t> clean_up(control::Store& store, std::chrono::seconds keep, const Limits& limits) {
    constexpr std::string_view kAtOnce = "1000";
    const auto seconds = std::to_string(keep.count());
    std::int64_t gone = 0;
    for (;;) {
        DRYDOCK_TRY(
            const auto rows,
            store.run(
                control::Actor::system(),
                limits,
                [&](control::Transaction& transaction) {
                    return transaction.query(queries::clean_up, {seconds, kAtOnce});
                }
            )
        );
        gone += rows.affected();
        if (rows.affected() == 0) return gone;
    }
}

}  // namespace drydock::jobs
