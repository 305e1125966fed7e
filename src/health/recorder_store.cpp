#include <array>
#include <iterator>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "control/actor.h"
#include "control/events.h"
#include "health/queries.h"
#include "health/recorder.h"

// What the recorder says to the control plane.
namespace drydock::health {
namespace {

// A PostgreSQL array in text form, item by item.
class Array {
public:
    void add(std::string_view text) {
        next();
        text_ += '"';
        for (const char c : text) {
            if (c == '"' || c == '\\') text_ += '\\';
            text_ += c;
        }
        text_ += '"';
    }
    void add_or_null(std::string_view text) {
        if (text.empty()) {
            add_null();
        } else {
            add(text);
        }
    }
    template <class Number>
    void add_number(Number number) {
        next();
        fmt::format_to(std::back_inserter(text_), "{}", number);
    }
    void add_null() {
        next();
        text_ += "NULL";
    }
    pg::Param done() {
        text_ += '}';
        return text_;
    }

private:
    void next() {
        if (text_.size() > 1) text_ += ',';
    }
    std::string text_ = "{";
};

std::string payload(std::string_view before, std::string_view status, std::string_view error) {
    boost::json::object object{{"status", status}, {"before", before}};
    if (!error.empty()) object["error"] = error;
    return boost::json::serialize(object);
}

template <class Item>
std::vector<std::span<const Item>> batches(std::span<const Item> all, std::size_t size) {
    std::vector<std::span<const Item>> result;
    for (std::size_t at = 0; at < all.size(); at += size)
        result.push_back(all.subspan(at, std::min(size, all.size() - at)));
    return result;
}

}  // namespace

Result<> Recorder::store_rows(control::Transaction& transaction, std::span<const Row> rows) const {
    std::array<Array, 11> columns;
    auto& [ids, ago, status, changed, outcome, phase, sqlstate, checks, latency, connect, error] = columns;
    const auto time = options_.now();
    for (const auto& row : rows) {
        const auto& check = row.check;
        ids.add(check.database_id);
        ago.add_number(std::chrono::duration<double>(time - check.at).count());
        status.add(name_of(check.status));
        changed.add(check.changed ? "t" : "f");
        outcome.add(name_of(check.finding.outcome));
        phase.add_or_null(check.answered ? std::string_view{} : name_of(check.finding.phase));
        sqlstate.add_or_null(check.finding.sqlstate);
        checks.add_number(row.checks);
        if (check.answered) {
            latency.add_number(check.latency.count());
        } else {
            latency.add_null();
        }
        if (check.connected_now) {
            connect.add_number(check.connect.count());
        } else {
            connect.add_null();
        }
        error.add_or_null(check.answered ? std::string{} : explain(check.finding));
    }
    std::array<pg::Param, 11> params;
    for (std::size_t i = 0; i < params.size(); ++i) params[i] = columns[i].done();
    DRYDOCK_TRY_VOID(transaction.query(queries::store_checks, params));
    return {};
}

Result<std::uint64_t> Recorder::store_states(
    control::Transaction& transaction, std::span<const std::pair<std::string, State>> states
) const {
    Array ids;
    Array status;
    Array error;
    for (const auto& [id, state] : states) {
        ids.add(id);
        status.add(name_of(state.status));
        error.add_or_null(state.error);
    }
    DRYDOCK_TRY(const auto rows, transaction.query(queries::update_states, {ids.done(), status.done(), error.done()}));
    for (int row = 0; row < rows.size(); ++row) {
        DRYDOCK_TRY_VOID(control::publish(
            transaction,
            {.topic = "health",
             .kind = std::string{rows.text(row, 2)},
             .subject_id = std::string{rows.text(row, 0)},
             .payload = payload(rows.text(row, 1), rows.text(row, 2), rows.text(row, 3))}
        ));
    }
    return static_cast<std::uint64_t>(rows.size());
}

Result<> Recorder::store(const std::string& organization, const Work& work, const Limits& limits) {
    std::uint64_t changes = 0;
    const auto actor = control::Actor::system(organization);
    const auto stored = store_.run(actor, limits, [&](control::Transaction& transaction) -> Result<> {
        changes = 0;
        for (const auto rows : batches(std::span{work.rows}, options_.batch)) {
            DRYDOCK_TRY_VOID(store_rows(transaction, rows));
        }
        for (const auto states : batches(std::span{work.states}, options_.batch)) {
            DRYDOCK_TRY(const auto told, store_states(transaction, states));
            changes += told;
        }
        return {};
    });
    if (!stored) return stored.error();
    const std::lock_guard lock{mutex_};
    figures_.rows += work.rows.size();
    figures_.states += work.states.size();
    figures_.changes += changes;
    return {};
}

Result<> Recorder::tend(const Limits& limits) {
    const auto ahead = std::to_string(options_.days_ahead);
    const auto keep = std::to_string(options_.keep_days);
    return store_.run(control::Actor::system(), limits, [&](control::Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(transaction.query(queries::ensure_partitions, {ahead}));
        DRYDOCK_TRY_VOID(transaction.query(queries::drop_partitions, {keep}));
        return {};
    });
}

}  // namespace drydock::health
