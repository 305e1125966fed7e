#include "migrate/runner.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "base/wait.h"
#include "migrate/listener.h"
#include "migrate/outside.h"
#include "migrate/queries.h"

namespace drydock::migrate {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstRetry{500};
constexpr milliseconds kSlowestRetry{8'000};
// Time for what must still be said when the person has pressed Ctrl-C: rolling back, a history row.
constexpr milliseconds kAftermath{10'000};

// A file over this goes in several messages of its one transaction: the server parses a message as a whole, and needs
// many times its size in memory for that.
constexpr std::size_t kMessageSize = std::size_t{4} << 20U;

// Back to what the session was when it was opened, whatever a file has set.
// A temporary table of one file would else hide a table of the same name from the next.
constexpr std::array<std::string_view, 6> kReset{
    "RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL", "DISCARD TEMP", "CLOSE ALL", "UNLISTEN *"
};

std::string reset_message() {
    return fmt::format("{}", fmt::join(kReset, "; "));
}

bool worth_retrying(const Error& error) {
    return error.sqlstate == "55P03" || error.sqlstate == "40P01" || error.sqlstate == "40001";
}

std::string milliseconds_text(milliseconds time) {
    return std::to_string(time.count());
}

// Cuts [first, last) where the text grows over the size of a message.
std::vector<std::pair<std::size_t, std::size_t>> portions(
    const sql::Script& script, std::size_t first, std::size_t last
) {
    std::vector<std::pair<std::size_t, std::size_t>> result;
    std::size_t begin = first;
    std::size_t size = 0;
    for (std::size_t i = first; i < last; ++i) {
        const auto& range = script.statements()[i].range;
        if (i > begin && size + (range.end - range.begin) > kMessageSize) {
            result.emplace_back(begin, i);
            begin = i;
            size = 0;
        }
        size += range.end - range.begin;
    }
    result.emplace_back(begin, last);
    return result;
}

// The file knows better then.
bool sets_lock_timeout(const sql::Script& script) {
    return script.text().find("lock_timeout") != std::string_view::npos;
}

// In a line of progress; the error itself is told once, at the end.
std::string_view failure_text(ErrorCode code) {
    if (code == ErrorCode::cancelled) return "stopped";
    if (code == ErrorCode::failed_partly) return "failed; a part of it stays";
    return code == ErrorCode::failed ? "failed, and was rolled back" : "failed";
}

bool lets_go_of_locks(const sql::Script& script) {
    const auto text = script.text();
    const auto has = [&](std::string_view word) {
        return std::search(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
                   return (static_cast<unsigned char>(a) | 0x20U) == static_cast<unsigned char>(b);
               }) != text.end();
    };
    // Letters alone: the underscore does not survive the folding.
    return has("unlock") || has("discard");
}

}  // namespace

Runner::Runner(
    Target& target,
    const pg::Conninfo& where,
    RunLock& lock,
    const Options& options,
    Progress& progress,
    std::string run_id
)
    : target_(target),
      lock_(lock),
      options_(options),
      progress_(progress),
      run_id_(std::move(run_id)),
      watcher_(where, target.facts().backend_pid, progress) {}

std::string Work::mask(std::string text) const {
    text = source.mask(std::move(text));
    return verify ? verify->mask(std::move(text)) : text;
}

Error Work::masked(Error error) const {
    for (auto* const text : {&error.message, &error.hint, &error.detail}) *text = mask(std::move(*text));
    return error;
}

Result<Outcome> Runner::run(const Work& work, const Limits& limits) {
    const auto begin = Limits::Clock::now();
    Outcome outcome{
        .id = work.record.id, .down = work.down, .resumed = work.resume, .statements = work.record.statements
    };
    progress_.report({
        .kind = ProgressEvent::Kind::started,
        .subject = work.record.id,
        .text = work.down     ? "rolling back"
                : work.resume ? "resuming"
                              : "applying",
        .total = static_cast<std::int64_t>(work.source.script().statements().size()),
    });
    DRYDOCK_TRY_VOID(hold_lock(limits));
    auto done = run_once(work, outcome, limits);
    lock_in_doubt_ = lock_in_doubt_ || lets_go_of_locks(work.source.script());
    outcome.duration = Limits::Clock::now() - begin;
    if (!done) {
        progress_.report({
            .kind = ProgressEvent::Kind::failed,
            .subject = work.record.id,
            .text = std::string{failure_text(done.error().code)},
            .elapsed = outcome.duration,
        });
        return std::move(done).error();
    }
    wrote_ = true;
    progress_.report({
        .kind = ProgressEvent::Kind::finished,
        .subject = work.record.id,
        .text = work.down ? "rolled back" : "applied",
        .done = static_cast<std::int64_t>(outcome.statements),
        .total = static_cast<std::int64_t>(outcome.statements),
        .elapsed = outcome.duration,
    });
    outcomes_.push_back(outcome);
    return outcome;
}

// Nothing runs without the lock, but what let go of it has run: so before the next thing, not after.
Result<> Runner::hold_lock(const Limits& limits) {
    if (!std::exchange(lock_in_doubt_, false)) return {};
    return lock_.hold_on(target_, limits);
}

Result<> Runner::run_once(const Work& work, Outcome& outcome, const Limits& limits) {
    if (limits.stop.stop_requested()) return Error{.code = ErrorCode::cancelled, .message = "stopped before it began"};
    // What ran before must not run again, also when the mended file would now be one transaction.
    if (!work.road.atomic() || work.resume) {
        auto done = run_steps(work, outcome, limits);
        if (!done) {
            record_failure(work, done.error());
            return done;
        }
        return target_.connection().run_message(reset_message(), limits);
    }
    for (;; ++outcome.tries) {
        outcome.rows = 0;
        auto done = run_atomic(work, outcome, limits);
        if (done) return done;
        auto error = std::move(done).error();
        leave_failed_transaction();
        if (!worth_retrying(error) || outcome.tries > options_.lock_retries) {
            record_failure(work, error);
            return error;
        }
        progress_.report({
            .kind = ProgressEvent::Kind::waiting,
            .subject = work.record.id,
            .text = fmt::format(
                "{}; rolled back, trying again ({} of {}){}",
                error.message,
                outcome.tries,
                options_.lock_retries,
                watcher_.blocker().empty() ? "" : "; blocked by " + watcher_.blocker()
            ),
        });
        DRYDOCK_TRY_VOID(pause(jittered(kFirstRetry, kSlowestRetry, outcome.tries - 1), limits));
    }
}

std::vector<std::string> Runner::settings() const {
    std::vector<std::string> result;
    if (!options_.role.empty()) result.push_back("ROLE " + pg::quote_identifier(options_.role));
    if (!options_.search_path.empty()) {
        result.push_back("search_path = " + options_.search_path);
    } else if (target_.facts().own_schema_first) {
        result.push_back("search_path = public");
    }
    if (options_.statement_timeout.count() > 0) {
        result.push_back("statement_timeout = " + milliseconds_text(options_.statement_timeout));
    }
    return result;
}

void Runner::open_transaction(Message& message, const Work& work, const Step& step) const {
    const auto& script = work.source.script();
    const bool own = step.begin && script.statements()[*step.begin].shape == sql::Shape::begin;
    message.add_own(own ? script.text_of(script.statements()[*step.begin]) : std::string_view{"BEGIN"});
    message.add_own("SET LOCAL lock_timeout = " + milliseconds_text(options_.lock_timeout));
    // One that goes step by step has them in its session, where its own SETs can take their place.
    if (work.road.atomic() || target_.facts().pooled) {
        for (const auto& setting : settings()) message.add_own("SET LOCAL " + setting);
    }
    if (!options_.durable_each && work.road.atomic()) message.add_own("SET LOCAL synchronous_commit = off");
}

void Runner::close_transaction(Message& message, std::string_view history, bool reset) const {
    // Only to the end of the transaction: a file that runs in several steps goes on as who it was.
    message.add_own("SET LOCAL SESSION AUTHORIZATION DEFAULT");
    message.add_own("SET LOCAL ROLE NONE");
    if (!lock_.fence().empty()) message.add_own(lock_.fence());
    if (!history.empty()) message.add_own(history);
    message.add_own("COMMIT");
    // Here and not before the next file: the server reads a whole message under the settings that hold when it comes.
    if (!reset) return;
    for (const auto statement : kReset) message.add_own(statement);
}

Result<> Runner::run_atomic(const Work& work, Outcome& outcome, const Limits& limits) {
    const Step nothing;
    const auto& step = work.road.steps.empty() ? nothing : work.road.steps[0];
    const auto history = work.down ? rolled_back_statement(work.record) : applied_statement(work.record);
    const auto parts = portions(work.source.script(), step.first, step.last);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        Message message{work.source};
        if (i == 0) open_transaction(message, work, step);
        message.add_script(parts[i].first, parts[i].second);
        if (i + 1 == parts.size() && !work.verify) close_transaction(message, history, true);
        DRYDOCK_TRY_VOID(send(work, message, outcome, limits));
    }
    if (!work.verify) return {};
    DRYDOCK_TRY_VOID(verify(work, limits));
    Message end{work.source};
    close_transaction(end, history, true);
    return send(work, end, outcome, limits);
}

Result<> Runner::run_steps(const Work& work, Outcome& outcome, const Limits& limits) {
    if (!target_.facts().pooled) {
        for (const auto& setting : settings()) {
            DRYDOCK_TRY_VOID(target_.connection().run_message("SET " + setting, limits));
        }
    }
    if (!work.resume) DRYDOCK_TRY_VOID(own_transaction(started_statement(work.record, work.down), limits));
    if (work.resume) DRYDOCK_TRY_VOID(own_transaction(resumed_statement(work.record, work.down), limits));
    wrote_ = true;
    if (work.resume) DRYDOCK_TRY_VOID(replay_session(work, work.position, limits));
    const bool may_let_go = lets_go_of_locks(work.source.script());
    bool finished = false;
    for (std::size_t i = 0; i < work.road.steps.size(); ++i) {
        auto step = work.road.steps[i];
        // Everything up to the last statement of a step is recorded with it, its COMMIT too.
        if (work.resume && step.last <= work.position && step.last > 0) continue;
        if (work.resume && step.first < work.position) {
            // Mended into a wider transaction than the one that ran: only the rest of it is still to do.
            step.first = work.position;
            step.begin.reset();
        }
        if (limits.stop.stop_requested()) return Error{.code = ErrorCode::cancelled, .message = "stopped on request"};
        DRYDOCK_TRY_VOID(hold_lock(limits));
        const bool last = i + 1 == work.road.steps.size();
        const bool next_in_line = i == 0 || work.road.steps[i - 1].last <= work.position;
        std::string memo = next_in_line ? work.memo : std::string{};
        for (int tries = 1;; ++tries) {
            auto done = step.kind == Step::Kind::group ? run_group(work, step, last, outcome, limits)
                                                       : run_outside(work, step, last, memo, outcome, limits);
            if (done) break;
            auto error = std::move(done).error();
            leave_failed_transaction();
            if (!worth_retrying(error) || tries > options_.lock_retries) {
                const bool something_stays = i > 0 || step.kind == Step::Kind::outside;
                if (error.code == ErrorCode::failed && something_stays) error.code = ErrorCode::failed_partly;
                return error;
            }
            progress_.report({
                .kind = ProgressEvent::Kind::waiting,
                .subject = work.record.id,
                .text = fmt::format("{}; trying again ({} of {})", error.message, tries, options_.lock_retries),
            });
            DRYDOCK_TRY_VOID(pause(jittered(kFirstRetry, kSlowestRetry, tries - 1), limits));
        }
        lock_in_doubt_ = may_let_go;
        finished = last && !step.rolls_back;
    }
    if (work.verify) {
        auto done = verify(work, limits);
        if (!done) {
            auto error = std::move(done).error();
            if (error.code == ErrorCode::failed) error.code = ErrorCode::failed_partly;
            return error;
        }
    }
    if (work.verify || !finished) {
        return own_transaction(finished_statement(work.record, work.down), limits);
    }
    return {};
}

Result<> Runner::run_group(const Work& work, const Step& step, bool last, Outcome& outcome, const Limits& limits) {
    const bool finishes = last && !work.verify && !step.rolls_back;
    const auto history =
        finishes ? finished_statement(work.record, work.down) : position_statement(work.record, step.last, {});
    const auto parts = portions(work.source.script(), step.first, step.last);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        Message message{work.source};
        if (i == 0) open_transaction(message, work, step);
        message.add_script(parts[i].first, parts[i].second);
        if (i + 1 == parts.size()) {
            if (step.rolls_back) {
                message.add_own("ROLLBACK");
            } else {
                close_transaction(message, history, false);
            }
        }
        DRYDOCK_TRY_VOID(send(work, message, outcome, limits));
    }
    return step.rolls_back ? own_transaction(history, limits) : Result<>{};
}

Result<> Runner::run_outside(
    const Work& work, const Step& step, bool last, std::string& memo, Outcome& outcome, const Limits& limits
) {
    const auto& script = work.source.script();
    const auto statement = script.text_of(script.statements()[step.first]);
    // Without the values of placeholders: they may be secret, and another one may have been what was wrong.
    const Gap gap{statement, sql::semantic_hash(work.source.mask(std::string{statement}))};
    DRYDOCK_TRY(const auto verdict, gap.examine(target_, memo, limits));
    if (verdict == Gap::Verdict::run) {
        DRYDOCK_TRY(memo, gap.memo(target_, limits));
        DRYDOCK_TRY_VOID(own_transaction(position_statement(work.record, step.first, memo), limits));
        Message message{work.source};
        message.add_script(step.first, step.last);
        // What runs CONCURRENTLY waits for others without making anybody wait; the rest waits as a migration may.
        const bool patient = script.statements()[step.first].command.find("CONCURRENTLY") != std::string::npos;
        const auto bound = patient ? std::string{"0"} : milliseconds_text(options_.lock_timeout);
        if (!sets_lock_timeout(script) && !target_.facts().pooled) {
            DRYDOCK_TRY_VOID(target_.connection().run_message("SET lock_timeout = " + bound, limits));
        }
        DRYDOCK_TRY_VOID(send(work, message, outcome, limits));
        DRYDOCK_TRY_VOID(gap.confirm(target_, limits));
    }
    const bool finishes = last && !work.verify;
    return own_transaction(
        {finishes ? finished_statement(work.record, work.down) : position_statement(work.record, step.last, {})}, limits
    );
}

Result<> Runner::replay_session(const Work& work, std::size_t until, const Limits& limits) {
    const auto& script = work.source.script();
    for (std::size_t i = 0; i < std::min(until, script.statements().size()); ++i) {
        const auto& statement = script.statements()[i];
        if (statement.shape != sql::Shape::session) continue;
        auto done = target_.connection().run_message(script.text_of(statement), limits);
        if (!done) return work.masked(std::move(done).error()).at(work.source.place(statement.range.begin));
    }
    return {};
}

Result<> Runner::verify(const Work& work, const Limits& limits) {
    const auto& source = *work.verify;
    VerifyListener listener;
    const NoticeReceiver notices{target_.connection(), source.label(), source, progress_};
    auto done = target_.connection().run_message(source.script().text(), listener, limits);
    const auto& statements = source.script().statements();
    const auto place_of = [&](std::size_t index) {
        return index < statements.size() ? source.place(statements[index].range.begin) : source.place(0);
    };
    if (!done) {
        auto error = work.masked(std::move(done).error());
        return std::move(error).in("verifying").at(place_of(target_.connection().failed_index()));
    }
    if (!listener.untrue()) return {};
    Error error{
        .code = ErrorCode::failed,
        .message = fmt::format("verifying: {}", work.mask(listener.reason())),
        .hint =
            "the migration did not do what its verify file expects, or the file returns something that is no "
            "condition: compare it, as in SELECT count(*) = 0"
    };
    return std::move(error).at(place_of(*listener.untrue()));
}

Result<> Runner::own_transaction(const std::string& statement, const Limits& limits) {
    std::string text = "BEGIN;\nSET LOCAL SESSION AUTHORIZATION DEFAULT;\nSET LOCAL ROLE NONE;\n";
    if (!lock_.fence().empty()) text += lock_.fence() + ";\n";
    auto done = target_.connection().run_message(text + statement + ";\nCOMMIT", limits);
    if (done) return {};
    leave_failed_transaction();
    auto error = std::move(done).error();
    if (error.sqlstate == "42501") error.hint = history_rights();
    return std::move(error).in("writing history");
}

std::string Runner::history_rights() const {
    return fmt::format(
        "history can't be written: GRANT USAGE ON SCHEMA drydock TO {0}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL "
        "TABLES IN SCHEMA drydock TO {0}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA drydock TO {0};",
        pg::quote_identifier(target_.facts().role)
    );
}

Result<> Runner::send(const Work& work, const Message& message, Outcome& outcome, const Limits& limits) {
    Listener listener{work, message, outcome, progress_};
    const NoticeReceiver notices{target_.connection(), work.record.id, work.source, progress_};
    watcher_.begin(work.record.id);
    auto done = target_.connection().run_message(message.text(), listener, limits);
    watcher_.end();
    if (done) return {};
    auto error = std::move(done).error();
    const auto& statements = work.source.script().statements();
    const auto failed = message.script_statement(target_.connection().failed_index());
    const auto offset = error.position > 0 ? message.script_offset(error.position) : std::nullopt;
    if (offset) error.message = work.source.mask(std::move(error.message), *offset);
    error = work.masked(std::move(error));
    if (offset) {
        error.place = work.source.place(*offset);
    } else if (failed && *failed < statements.size()) {
        error.place = work.source.place(statements[*failed].range.begin);
    } else if (message.behind_script(target_.connection().failed_index())) {
        error.place.file = work.source.label();
        if (error.sqlstate.starts_with("23")) {
            error.hint = "it was checked at the end of the transaction: look for a DEFERRABLE constraint";
        }
        if (error.sqlstate == "42501") error.hint = history_rights();
    }
    if (error.sqlstate == "55P03") {
        const auto blocker = watcher_.blocker();
        if (!blocker.empty()) error.hint = "blocked by " + blocker;
    }
    if (error.sqlstate == "2D000") {
        error.hint = "a CALL or DO that ends transactions can't run in one: add the header line `-- Transaction: none`";
    }
    if (error.code == ErrorCode::unavailable) {
        error.hint = "the next run finds out what was committed, and goes on from there";
    }
    return std::move(error).in(work.record.id);
}

void Runner::leave_failed_transaction() {
    auto& connection = target_.connection();
    if (!connection.usable() || connection.transaction_status() == pg::TransactionStatus::idle) return;
    static_cast<void>(connection.run_message("ROLLBACK", Limits::within(kAftermath)));
}

void Runner::record_failure(const Work& work, const Error& error) {
    auto& connection = target_.connection();
    if (!connection.usable()) return;
    const auto& r = work.record;
    const auto statements = std::to_string(r.statements);
    const auto text =
        work.mask(error.place.file.empty() ? error.message : fmt::format("{}: {}", error.place.label(), error.message));
    const std::array<pg::Param, 10> params{
        r.project,
        r.id,
        r.hashes.raw,
        r.hashes.canonical,
        r.hashes.semantic,
        statements,
        r.client,
        r.run_id,
        text,
        work.down ? "down" : "up"
    };
    static_cast<void>(connection.run_message(reset_message(), Limits::within(kAftermath)));
    // Best effort: the error itself is what the person must see, and the next run does not need this row.
    if (connection.query(queries::record_failure, params, Limits::within(kAftermath))) wrote_ = true;
}

Result<> Runner::run_hook(const Source& source, std::string_view name, const Limits& limits) {
    DRYDOCK_TRY_VOID(hold_lock(limits));
    Message message{source};
    message.add_own("BEGIN");
    message.add_own("SET LOCAL lock_timeout = " + milliseconds_text(options_.lock_timeout));
    message.add_script(0, source.script().statements().size());
    message.add_own("COMMIT");
    for (const auto statement : kReset) message.add_own(statement);
    HookListener listener{message};
    const NoticeReceiver notices{target_.connection(), std::string{name}, source, progress_};
    watcher_.begin(std::string{name});
    auto done = target_.connection().run_message(message.text(), listener, limits);
    watcher_.end();
    lock_in_doubt_ = lets_go_of_locks(source.script());
    if (done) return {};
    auto error = std::move(done).error();
    const auto failed = message.script_statement(target_.connection().failed_index());
    const auto offset = error.position > 0 ? message.script_offset(error.position) : std::nullopt;
    if (offset) error.place = source.place(*offset);
    if (!offset && failed) error.place = source.place(source.script().statements()[*failed].range.begin);
    error.message = source.mask(std::move(error.message));
    leave_failed_transaction();
    return error;
}

Result<> Runner::finish() {
    if (!wrote_ || !target_.connection().usable()) return {};
    boost::json::object impacts;
    for (const auto& outcome : outcomes_) {
        boost::json::object impact{{"rows", outcome.rows}, {"tries", outcome.tries}};
        impacts[outcome.id] = std::move(impact);
    }
    const auto text = boost::json::serialize(impacts);
    const std::array<pg::Param, 3> params{options_.project, run_id_, text};
    // Even after Ctrl-C: without this commit the last migrations could be lost with the server.
    auto& connection = target_.connection();
    DRYDOCK_TRY_VOID(connection.run_message(reset_message(), Limits::within(kAftermath)));
    const auto limits = Limits::within(std::chrono::minutes{2});
    DRYDOCK_TRY_VOID(connection.run_message("BEGIN", limits));
    DRYDOCK_TRY_VOID(connection.query(queries::commit_synchronously, limits));
    DRYDOCK_TRY_VOID(connection.query(queries::finish_run, params, limits));
    DRYDOCK_TRY_VOID(connection.run_message("COMMIT", limits));
    wrote_ = false;
    return {};
}

}  // namespace drydock::migrate
