#include "cli/trace_report.h"

#include <algorithm>
#include <chrono>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/migrate_text.h"
#include "migrate/report_json.h"

namespace drydock::cli {
namespace {

namespace json = boost::json;
using effects::LockMode;
using prove::TracedRelation;
using prove::TracedStatement;

// Reading goes from all in memory to all from a disk that is busy; a rewrite writes the table, the log and every index.
constexpr double kReadBest = 0.7;
constexpr double kReadWorst = 4.0;
constexpr double kRewriteBest = 2.0;
constexpr double kRewriteWorst = 10.0;
constexpr double kOutsideWaits = 1.5;  // CONCURRENTLY reads twice, and waits for older transactions
constexpr std::size_t kDroppedShown = 12;

bool worth_a_line(const TracedRelation& relation) {
    return relation.lock != LockMode::none || relation.rewritten || relation.scans > 0;
}

const migrate::RelationSize* size_of(const TracedRelation& relation, const plan::Sizes* sizes) {
    if (sizes == nullptr) return nullptr;
    const auto found = sizes->find({relation.schema, relation.name});
    return found == sizes->end() ? nullptr : &found->second;
}

std::string name_of(const TracedRelation& relation) {
    return printable(fmt::format("{}.{}", relation.schema, relation.name));
}

std::string size_text(const TracedRelation& relation, const plan::Sizes* sizes) {
    const auto* const size = size_of(relation, sizes);
    if (size == nullptr) return {};
    return fmt::format(" ({} on the target)", human_bytes(static_cast<std::uint64_t>(size->bytes)));
}

std::string relation_line(
    const TracedRelation& relation, bool in_transaction, const TraceView& view, const Terminal& terminal
) {
    std::string text;
    if (relation.lock != LockMode::none) {
        text =
            fmt::format("{} on {}{}", effects::name(relation.lock), name_of(relation), size_text(relation, view.sizes));
        text = painted(relation.lock >= LockMode::share ? Tone::warn : Tone::plain, text, terminal);
        if (relation.lock >= LockMode::share_update_exclusive) {
            text += fmt::format(", blocks {}", effects::what_it_blocks(relation.lock));
        }
        text += relation.requested ? ", asked for" : in_transaction ? ", held to the end of the transaction" : "";
    } else {
        text = name_of(relation) + size_text(relation, view.sizes);
    }
    if (relation.rewritten) {
        text += fmt::format(
            "; {}{}",
            relation.kind == "index" ? "built anew" : "rewritten",
            relation.rewrite_reason.empty() ? "" : " (" + relation.rewrite_reason + ")"
        );
    }
    if (relation.scans > 0)
        text +=
            fmt::format("; read as a whole {}", relation.scans == 1 ? "once" : fmt::format("{} times", relation.scans));
    return text;
}

std::string seconds_text(double seconds) {
    return human_duration(std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1e9)});
}

std::vector<std::string> facts_of(const TracedStatement& statement, const TraceView& view, const Terminal& terminal) {
    std::vector<std::string> lines;
    for (const auto& relation : statement.relations) {
        if (worth_a_line(relation)) lines.push_back(relation_line(relation, statement.in_transaction, view, terminal));
    }
    for (std::size_t i = 0; i < std::min(statement.dropped.size(), kDroppedShown); ++i) {
        lines.push_back(painted(Tone::error, "drops " + printable(statement.dropped[i]), terminal));
    }
    if (statement.dropped.size() > kDroppedShown) {
        lines.push_back(fmt::format("drops {} more", statement.dropped.size() - kDroppedShown));
    }
    for (const auto& left : statement.leaves) lines.push_back(painted(Tone::warn, printable(left), terminal));
    if (const auto time = estimate(statement, view)) {
        lines.push_back(fmt::format(
            "on the target about {} to {}: {}",
            seconds_text(time->least_seconds),
            seconds_text(time->most_seconds),
            time->reason
        ));
    }
    if (!statement.note.empty()) lines.push_back(painted(Tone::faint, printable(statement.note), terminal));
    if (statement.disagreements.empty() && statement.predicted) lines.push_back("agrees with what was foretold");
    for (const auto& line : statement.disagreements) {
        lines.push_back(painted(Tone::error, "DISAGREES: " + printable(line), terminal));
    }
    return lines;
}

std::string statement_text(const TracedStatement& statement, const TraceView& view, const Terminal& terminal) {
    std::string figures = human_duration(statement.duration);
    if (statement.rows > 0) figures += fmt::format(", {} rows", human_count(statement.rows));
    if (statement.wal_bytes > 0) {
        figures += fmt::format(", {} of WAL", human_bytes(static_cast<std::uint64_t>(statement.wal_bytes)));
    }
    auto text = fmt::format(
        "  line {}: {}{} ({})\n",
        statement.line,
        printable(statement.command),
        statement.in_transaction ? "" : ", outside of transactions",
        figures
    );
    for (const auto& line : facts_of(statement, view, terminal)) text += fmt::format("      {}\n", line);
    return text;
}

json::object relation_json(const TracedRelation& relation, const plan::Sizes* sizes) {
    json::object object{
        {"schema", json_text(relation.schema)}, {"name", json_text(relation.name)}, {"kind", relation.kind}
    };
    if (relation.lock != LockMode::none) {
        object["lock"] = json_text(effects::name(relation.lock));
        object["blocks"] = json_text(effects::what_it_blocks(relation.lock));
    }
    if (relation.held != LockMode::none) object["held_before"] = json_text(effects::name(relation.held));
    if (relation.requested) object["requested"] = true;
    object["rewritten"] = relation.rewritten;
    if (!relation.rewrite_reason.empty()) object["rewrite_reason"] = relation.rewrite_reason;
    object["scans"] = relation.scans;
    if (const auto* const size = size_of(relation, sizes)) object["target_bytes"] = size->bytes;
    return object;
}

json::object statement_json(const TracedStatement& statement, const TraceView& view) {
    json::array relations;
    for (const auto& relation : statement.relations) {
        if (worth_a_line(relation)) relations.push_back(relation_json(relation, view.sizes));
    }
    json::object object{
        {"line", statement.line},
        {"column", statement.column},
        {"command", json_text(statement.command)},
        {"in_transaction", statement.in_transaction},
        {"relations", std::move(relations)},
        {"dropped", json_texts(statement.dropped)},
        {"leaves", json_texts(statement.leaves)},
        {"rows", statement.rows},
        {"wal_bytes", statement.wal_bytes},
        {"duration_ms", static_cast<double>(statement.duration.count()) / 1e6},
        {"foretold", statement.predicted},
        {"agrees", statement.predicted && statement.disagreements.empty()},
        {"disagreements", json_texts(statement.disagreements)},
    };
    if (!statement.note.empty()) object["note"] = json_text(statement.note);
    if (const auto time = estimate(statement, view)) {
        object["estimate"] = json::object{
            {"least_seconds", time->least_seconds},
            {"most_seconds", time->most_seconds},
            {"reason", json_text(time->reason)}
        };
    }
    return object;
}

}  // namespace

std::optional<Estimate> estimate(const TracedStatement& statement, const TraceView& view) {
    if (!view.throughput || view.throughput->bytes_per_second <= 0) return std::nullopt;
    double read = 0;
    double written = 0;
    for (const auto& relation : statement.relations) {
        const auto* const size = size_of(relation, view.sizes);
        if (size == nullptr || relation.kind == "index") continue;
        const auto bytes = static_cast<double>(size->bytes);
        if (relation.rewritten) written += bytes;
        if (!relation.rewritten && relation.scans > 0) read += bytes * static_cast<double>(relation.scans);
    }
    if (read + written <= 0) return std::nullopt;
    const double speed = view.throughput->bytes_per_second;
    const double waits = statement.in_transaction ? 1.0 : kOutsideWaits;
    return Estimate{
        .least_seconds = (read * kReadBest + written * kRewriteBest) / speed,
        .most_seconds = (read * kReadWorst + written * kRewriteWorst) * waits / speed,
        .reason = fmt::format(
            "{}{}{} on a target where {}{}",
            read > 0 ? human_bytes(static_cast<std::uint64_t>(read)) + " to read" : "",
            read > 0 && written > 0 ? " and " : "",
            written > 0 ? human_bytes(static_cast<std::uint64_t>(written)) + " to write anew" : "",
            view.throughput->how,
            statement.in_transaction ? "" : "; and as long as the oldest transaction there lasts"
        ),
    };
}

std::string trace_text(const TraceView& view, const Terminal& terminal) {
    std::string text;
    std::size_t statements = 0;
    std::size_t agree = 0;
    std::size_t disagree = 0;
    for (const auto& migration : view.report.migrations) {
        text += painted(Tone::bold, printable(migration.id), terminal) + "\n";
        for (const auto& statement : migration.statements) {
            text += statement_text(statement, view, terminal);
            ++statements;
            agree += statement.predicted && statement.disagreements.empty() ? 1U : 0U;
            disagree += statement.disagreements.empty() ? 0U : 1U;
        }
        for (const auto& note : migration.notes) text += fmt::format("  {}\n", printable(note));
        if (migration.error) {
            text +=
                painted(Tone::error, fmt::format("  failed: {}", printable(migration.error->message)), terminal) + "\n";
            if (!migration.error->place.file.empty())
                text += fmt::format("    in {}\n", printable(migration.error->place.label()));
        }
    }
    text += fmt::format(
        "{} traced on PostgreSQL {} in {}: {} as foretold, {} otherwise, {} not foretold\n",
        counted(statements, "statement"),
        server_version(view.report.server_version),
        human_duration(view.report.total),
        agree,
        disagree,
        statements - agree - disagree
    );
    return text;
}

json::object trace_json(const TraceView& view) {
    json::array migrations;
    for (const auto& migration : view.report.migrations) {
        json::array statements;
        for (const auto& statement : migration.statements) statements.push_back(statement_json(statement, view));
        json::object object{
            {"migration", json_text(migration.id)},
            {"file", json_text(migration.file)},
            {"statements", std::move(statements)},
            {"notes", json_texts(migration.notes)}
        };
        if (migration.error) object["error"] = to_json(*migration.error);
        migrations.push_back(std::move(object));
    }
    json::object object{
        {"server_version", view.report.server_version},
        {"migrations", std::move(migrations)},
        {"notes", json_texts(view.report.notes)},
        {"total_ms", static_cast<double>(view.report.total.count()) / 1e6},
    };
    if (view.throughput) {
        object["target_bytes_per_second"] = view.throughput->bytes_per_second;
        object["target_measured"] = json_text(view.throughput->how);
    }
    return object;
}

}  // namespace drydock::cli
