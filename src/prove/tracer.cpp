#include "prove/tracer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "prove/outside_trace.h"
#include "prove/queries.h"

namespace drydock::prove {
namespace {

using effects::LockMode;
using migrate::Step;
using migrate::Work;
using Clock = Limits::Clock;

constexpr std::string_view kReset =
    "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DISCARD TEMP; CLOSE ALL; UNLISTEN *";

// Counts rows, and gives COPY its data.
class Handler final : public pg::MessageHandler {
public:
    explicit Handler(std::string_view data) : data_(data) {}

    void on_statement(std::size_t, const pg::Rows& result) override {
        const auto tag = result.command_tag();
        for (const std::string_view change : {"INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "SELECT "}) {
            if (tag.starts_with(change)) rows_ += tag.starts_with("SELECT") ? 0 : result.affected();
        }
    }
    std::string_view next_copy_data(std::size_t) override {
        constexpr std::size_t kPiece = std::size_t{64} << 10U;
        const auto piece = data_.substr(sent_, kPiece);
        sent_ += piece.size();
        return piece;
    }
    std::int64_t rows() const { return rows_; }

private:
    std::string_view data_;
    std::size_t sent_ = 0;
    std::int64_t rows_ = 0;
};

std::string_view copy_data(const sql::Script& script, const sql::Statement& statement) {
    return script.text().substr(statement.copy_data.begin, statement.copy_data.end - statement.copy_data.begin);
}

TracedStatement describe(const Work& work, std::size_t index) {
    const auto& statement = work.source.script().statements()[index];
    const auto place = work.source.place(statement.range.begin);
    return {
        .index = index,
        .line = place.line,
        .column = place.column,
        .command = statement.command,
        .shape = statement.shape
    };
}

std::string rewrite_reason(std::string_view bits) {
    const int number = std::atoi(std::string{bits}.c_str());
    std::vector<std::string_view> reasons;
    if ((number & 1) != 0) reasons.emplace_back("logged or unlogged");
    if ((number & 2) != 0) reasons.emplace_back("a value for every row");
    if ((number & 4) != 0) reasons.emplace_back("a column's type");
    if ((number & 8) != 0) reasons.emplace_back("access method");
    return fmt::format("{}", fmt::join(reasons, ", "));
}

}  // namespace

Result<MigrationTrace> Tracer::run(const Work& work, const Limits& limits) {
    trace_ = {.id = work.record.id, .file = work.source.label()};
    DRYDOCK_TRY_VOID(install(trace_, limits));
    DRYDOCK_TRY(first_, probe_relations(session_, limits));
    DRYDOCK_TRY(marks_, probe_marks(session_, limits));
    if (!work.road.atomic()) {
        DRYDOCK_TRY_VOID(session_.run_message("RESET ALL; " + settings(false), limits));
    }
    bool goes_on = true;
    for (const auto& step : work.road.steps) {
        if (!goes_on) break;
        if (limits.stop.stop_requested()) return Error{.code = ErrorCode::cancelled, .message = "stopped on request"};
        if (step.kind == Step::Kind::group) {
            DRYDOCK_TRY(goes_on, run_group(work, step, limits));
        } else {
            DRYDOCK_TRY(goes_on, run_outside(work, step.first, limits));
        }
    }
    DRYDOCK_TRY_VOID(session_.run_message(kReset, limits));
    DRYDOCK_TRY_VOID(remove(limits));
    return std::move(trace_);
}

Result<> Tracer::install(MigrationTrace& trace, const Limits& limits) {
    last_event_ = 0;
    const auto done = session_.run_message(fmt::format("BEGIN; {}; COMMIT", queries::trace_install.text), limits);
    events_ = done.has_value();
    if (events_) return {};
    if (!session_.usable()) return done.error();
    DRYDOCK_TRY_VOID(session_.run_message("ROLLBACK", limits));
    trace.notes.push_back(
        "what is dropped, and why a table is rewritten, is not seen: the shadow's role may not make event triggers"
    );
    return {};
}

Result<> Tracer::remove(const Limits& limits) {
    if (!events_) return {};
    return session_.run_message(queries::trace_remove.text, limits);
}

std::string Tracer::settings(bool local) const {
    const std::string_view set = local ? "SET LOCAL " : "SET ";
    std::string text;
    if (!options_.role.empty()) text += fmt::format("{}ROLE {}; ", set, pg::quote_identifier(options_.role));
    if (!options_.search_path.empty()) text += fmt::format("{}search_path = {}; ", set, options_.search_path);
    return text;
}

Result<bool> Tracer::own(const std::string& text, const Work& work, const Limits& limits) {
    auto done = session_.run_message(text, limits);
    if (done) return true;
    return failed(std::move(done).error(), work, work.source.script().statements().size(), limits);
}

Result<bool> Tracer::failed(Error error, const Work& work, std::size_t index, const Limits& limits) {
    if (error.code == ErrorCode::cancelled || !session_.usable()) return error;
    const auto& statements = work.source.script().statements();
    error = work.masked(std::move(error));
    if (index < statements.size()) error.place = work.source.place(statements[index].range.begin);
    trace_.error = std::move(error);
    if (session_.transaction_status() != pg::TransactionStatus::idle) {
        DRYDOCK_TRY_VOID(session_.run_message("ROLLBACK", limits));
    }
    return false;
}

Result<bool> Tracer::run_group(const Work& work, const Step& step, const Limits& limits) {
    const auto& script = work.source.script();
    const bool own_begin = step.begin && script.statements()[*step.begin].shape == sql::Shape::begin;
    const std::string begin{own_begin ? script.text_of(script.statements()[*step.begin]) : std::string_view{"BEGIN"}};
    DRYDOCK_TRY(bool goes_on, own(begin + "; " + (work.road.atomic() ? settings(true) : std::string{}), work, limits));
    held_.clear();
    for (auto i = step.first; goes_on && i < step.last; ++i) {
        DRYDOCK_TRY(goes_on, run_statement(work, i, limits));
    }
    if (!goes_on) return false;
    return own(step.rolls_back ? "ROLLBACK" : "COMMIT", work, limits);
}

Result<bool> Tracer::run_statement(const Work& work, std::size_t index, const Limits& limits) {
    const auto& script = work.source.script();
    const auto& statement = script.statements()[index];
    auto traced = describe(work, index);
    DRYDOCK_TRY(before_, probe_relations(session_, limits));
    DRYDOCK_TRY(const auto wal, probe_wal(session_, limits));
    Handler handler{copy_data(script, statement)};
    const auto begun = Clock::now();
    auto done = session_.run_message(script.text_of(statement), handler, limits);
    traced.duration = Clock::now() - begun;
    if (!done) return failed(std::move(done).error(), work, index, limits);
    DRYDOCK_TRY(const auto wal_after, probe_wal(session_, limits));
    traced.rows = handler.rows();
    traced.wal_bytes = wal_after - wal;
    DRYDOCK_TRY(const auto locks, probe_locks(session_, session_.backend_pid(), limits));
    DRYDOCK_TRY_VOID(look_after(traced, locks, true, limits));
    held_ = locks;
    trace_.statements.push_back(std::move(traced));
    return true;
}

Result<bool> Tracer::run_outside(const Work& work, std::size_t index, const Limits& limits) {
    const auto& script = work.source.script();
    const auto& statement = script.statements()[index];
    const auto text = script.text_of(statement);
    auto traced = describe(work, index);
    traced.in_transaction = false;
    DRYDOCK_TRY(before_, probe_relations(session_, limits));
    DRYDOCK_TRY(const auto hold, hold_point(session_, text, limits));
    DRYDOCK_TRY(const auto wal, probe_wal(session_, limits));
    const auto begun = Clock::now();
    std::chrono::nanoseconds took{0};
    DRYDOCK_TRY(
        auto seen,
        watch_outside(
            session_,
            where_,
            hold,
            [&]() -> Result<> {
                Handler handler{copy_data(script, statement)};
                auto done = session_.run_message(text, handler, limits);
                took = Clock::now() - begun;
                return done;
            },
            limits
        )
    );
    traced.duration = took;
    if (!seen.done) return failed(std::move(seen.done).error(), work, index, limits);
    DRYDOCK_TRY(const auto wal_after, probe_wal(session_, limits));
    traced.wal_bytes = wal_after - wal;
    held_.clear();
    traced.note = hold.tables.empty() ? "it was not held up: short locks may not have been seen"
                  : hold.before_it    ? "seen from a second session: the lock that it asked for first"
                                      : "seen from a second session while an older transaction held it up";
    DRYDOCK_TRY_VOID(look_after(traced, seen.locks, false, limits));
    trace_.statements.push_back(std::move(traced));
    return true;
}

TracedRelation& Tracer::relation(TracedStatement& statement, Oid oid) {
    const auto known = before_.find(oid);
    const auto& probed = known == before_.end() ? first_.at(oid) : known->second;
    for (auto& relation : statement.relations) {
        if (relation.schema == probed.schema && relation.name == probed.name) return relation;
    }
    return statement.relations.emplace_back(
        TracedRelation{.schema = probed.schema, .name = probed.name, .kind = kind_name(probed.kind)}
    );
}

Result<> Tracer::look_after(TracedStatement& statement, const Locks& locks, bool transactional, const Limits& limits) {
    DRYDOCK_TRY(const auto now, probe_relations(session_, limits));
    for (const auto& [oid, lock] : locks) {
        if (!ours(oid)) continue;
        const auto before = held_.find(oid);
        auto& seen = relation(statement, oid);
        seen.held = before == held_.end() ? LockMode::none : before->second.mode;
        if (lock.mode <= seen.held) continue;
        seen.lock = lock.mode;
        seen.requested = !lock.granted;
    }
    for (const auto& [oid, after] : now) {
        const auto found = before_.find(oid);
        if (!ours(oid) || found == before_.end()) continue;
        const auto& before = found->second;
        // The new files of a TRUNCATE are empty: building their indexes reads nothing.
        const bool emptied = statement.command.starts_with("TRUNCATE");
        auto scans = emptied ? 0 : after.scans_here - before.scans_here;
        if (!transactional) scans += after.scans_ever - before.scans_ever;
        const bool rewritten = after.storage != before.storage && before.storage != 0;
        if (scans <= 0 && !rewritten) continue;
        auto& seen = relation(statement, oid);
        seen.scans = std::max<std::int64_t>(0, scans);
        seen.rewritten = rewritten;
    }
    for (const auto& [oid, before] : before_) {
        // An index that was made anew under its name: a rebuild that changed the type of its column.
        if (!ours(oid) || now.contains(oid) || kind_name(before.kind) != "index") continue;
        const bool again = std::any_of(now.begin(), now.end(), [&](const auto& entry) {
            return entry.second.schema == before.schema && entry.second.name == before.name &&
                   entry.second.storage != before.storage;
        });
        if (again) relation(statement, oid).rewritten = true;
    }
    DRYDOCK_TRY(auto marks, probe_marks(session_, limits));
    std::set_difference(marks.begin(), marks.end(), marks_.begin(), marks_.end(), std::back_inserter(statement.leaves));
    marks_ = std::move(marks);
    return take_events(statement, limits);
}

Result<> Tracer::take_events(TracedStatement& statement, const Limits& limits) {
    if (!events_) return {};
    const auto last = std::to_string(last_event_);
    const std::array<pg::Param, 1> params{last};
    DRYDOCK_TRY(const auto rows, session_.query(queries::trace_events, params, limits));
    for (int i = 0; i < rows.size(); ++i) {
        last_event_ = rows.integer(i, 0);
        if (rows.text(i, 1) == "drop") {
            statement.dropped.emplace_back(rows.text(i, 3));
        } else if (const auto oid = rows.integer(i, 2); ours(oid)) {
            auto& seen = relation(statement, oid);
            seen.rewritten = true;
            seen.rewrite_reason = rewrite_reason(rows.text(i, 3));
        }
    }
    return {};
}

}  // namespace drydock::prove
