#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/text.h"
#include "prove/project_pgtest.h"
#include "prove/trace.h"
#include "prove/tracer.h"

// The tracer against what is known of PostgreSQL 15: each statement of tests/effects/matrix.tsv as a migration.
namespace drydock::prove {
namespace {

using effects::LockMode;

const std::filesystem::path kData = std::filesystem::path{__FILE__}.parent_path() / "../../tests/effects";

struct KnownRow {
    std::string id;
    std::string statement;
    std::string precondition;
    bool transactional = true;
    std::map<std::string, LockMode> locks;
    std::set<std::string> rewritten;
    std::set<std::string> scanned;
    std::string error;
};

LockMode mode_of(std::string_view text) {
    const std::map<std::string_view, LockMode> modes{
        {"AS", LockMode::access_share},
        {"RS", LockMode::row_share},
        {"RE", LockMode::row_exclusive},
        {"SUE", LockMode::share_update_exclusive},
        {"S", LockMode::share},
        {"SRE", LockMode::share_row_exclusive},
        {"E", LockMode::exclusive},
        {"AE", LockMode::access_exclusive},
    };
    const auto found = modes.find(text);
    return found == modes.end() ? LockMode::none : found->second;
}

std::vector<KnownRow> known_rows() {
    const auto text = read_file(kData / "matrix.tsv").value();
    std::vector<KnownRow> rows;
    for (const auto line : split(text, '\n')) {
        const auto fields = split(line, '\t');
        if (fields.size() < 9 || fields[0] == "id") continue;
        KnownRow row{
            .id = std::string{fields[0]},
            .statement = std::string{fields[1]},
            .precondition = std::string{fields[2]},
            .transactional = fields[3] == "tx",
            .error = std::string{fields[8]},
        };
        for (const auto item : split(fields[4], ' ')) {
            const auto colon = item.rfind(':');
            if (colon == std::string_view::npos) continue;
            row.locks[std::string{item.substr(0, colon)}] = mode_of(item.substr(colon + 1));
        }
        for (const auto item : split(fields[5], ' ')) {
            if (!item.empty()) row.rewritten.emplace(item);
        }
        for (const auto item : split(fields[6], ' ')) {
            if (!item.empty()) row.scanned.emplace(item.substr(0, item.find('(')));
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

// A shadow with the fixture, once for all rows: each is traced in a copy.
class Matrix {
public:
    Matrix() : later_(database({})), first_(database({})) {
        // Few rows do: what is scanned or rewritten is so with one row as with a million.
        auto text = read_file(kData / "matrix_fixture.sql").value();
        for (const auto& [many, few] : {std::pair{"20000", "300"}, {"5000", "200"}, {"3000", "100"}}) {
            for (auto at = text.find(many); at != std::string::npos; at = text.find(many)) {
                text.replace(at, std::string_view{many}.size(), few);
            }
        }
        for (const auto* const fixture : {&later_, &first_}) testing::run_on(fixture->conninfo(), text);
        // The rows "a…" were measured before these were there.
        testing::run_on(
            first_.conninfo(),
            "SET search_path = app; DROP TABLE c2, p2, gen, cka, mc, empty_t; DROP INDEX big_lower_v50, big_part_v50, "
            "big_xx_idx; ALTER TABLE big DROP CONSTRAINT vn_ck"
        );
    }

    static shadow::Database database(const shadow::DatabaseOptions& options) {
        return shared_shadow().create_database(options, minute()).value();
    }

    MigrationTrace trace(const KnownRow& row) {
        const ProjectFolder files;
        std::string before = row.precondition;
        for (auto at = before.find(";;"); at != std::string::npos; at = before.find(";;")) before.replace(at, 2, ";\n");
        // With the fixture's search path, as the facts were measured.
        files.write("001_it.sql", row.statement + ";\n");
        const auto project = files.project();
        NoProgress progress;
        ReplayOptions options;
        options.engine.search_path = "app, public";
        auto replay = Replay::open(shared_shadow(), project, options, progress, minute()).value();
        auto copy = database({.copy_of = row.id.starts_with('a') ? first_.name() : later_.name()});
        EXPECT_TRUE(replay.start_from(std::move(copy), {}, minute()));
        if (!before.empty()) {
            const auto done = replay.connection().run_message("SET search_path = app, public; " + before, minute());
            EXPECT_TRUE(done) << row.id << ": " << before;
        }
        const auto snapshot = catalog::read_snapshot(replay.connection(), {.dependencies = true}, minute()).value();
        Replayed fitted;
        auto work = replay.prepare(0, fitted, minute());
        if (!work) return {.error = work.error()};
        Tracer tracer{replay.connection(), replay.database().conninfo(), options.engine};
        auto traced = tracer.run(*work, minute());
        if (!traced) {
            ADD_FAILURE() << row.id << ": " << traced.error().message;
            return {.error = traced.error()};
        }
        foretell(*work, snapshot, options.engine, *traced);
        return *std::move(traced);
    }

private:
    shadow::Database later_;
    shadow::Database first_;
};

// Rows that say nothing of one statement on one table: of several statements, of the whole database, or of its name.
bool left_out(const KnownRow& row) {
    return row.statement.find(";;") != std::string::npos || row.statement.find("{database}") != std::string::npos ||
           row.id == "a153" || row.id == "a245";
}

// The facts tell scans by the rows read, and of transactional statements alone.
bool scans_known(const KnownRow& row, const TracedRelation& relation) {
    return row.transactional && relation.name != "empty_t" && !row.statement.starts_with("merge") &&
           !row.statement.starts_with("refresh");
}

// What a query locks among indexes is the planner's to say.
bool counts(const TracedRelation& relation) {
    return relation.kind != "index" || relation.lock > LockMode::row_exclusive;
}

std::string differences(const KnownRow& row, const TracedStatement& seen) {
    std::string text;
    for (const auto& relation : seen.relations) {
        const auto known = row.locks.find(relation.name);
        const auto lock = known == row.locks.end() ? LockMode::none : known->second;
        // Outside of transactions the facts are of what could be seen, too.
        const bool seen_less = !row.transactional && (row.locks.empty() || relation.lock < lock);
        if (!seen_less && relation.lock != LockMode::none && counts(relation) && relation.lock != lock) {
            text += fmt::format(
                "\n  {} on {}, known is {}", effects::name(relation.lock), relation.name, effects::name(lock)
            );
        }
        if (relation.rewritten && relation.kind != "index" && !row.rewritten.contains(relation.name)) {
            text += fmt::format("\n  {} rewritten", relation.name);
        }
        if (relation.scans > 0 && scans_known(row, relation) && !row.scanned.contains(relation.name)) {
            text += fmt::format("\n  {} scanned", relation.name);
        }
    }
    const auto find = [&](const std::string& name) {
        return std::find_if(seen.relations.begin(), seen.relations.end(), [&](const auto& r) {
            return r.name == name;
        });
    };
    for (const auto& [name, mode] : row.locks) {
        const auto at = find(name);
        const bool brief = !row.transactional && at != seen.relations.end() && at->kind == "index";
        if (!brief && mode >= LockMode::share_update_exclusive && (at == seen.relations.end() || at->lock != mode)) {
            text += fmt::format("\n  {} on {} not seen", effects::name(mode), name);
        }
    }
    for (const auto& name : row.rewritten) {
        if (const auto at = find(name); at == seen.relations.end() || !at->rewritten) {
            text += fmt::format("\n  {} not rewritten", name);
        }
    }
    for (const auto& name : row.scanned) {
        if (const auto at = find(name); at == seen.relations.end() || at->scans == 0) {
            text += fmt::format("\n  {} not scanned", name);
        }
    }
    return text;
}

TEST(TraceMatrix, EveryKnownStatementIsSeenAsItIsKnown) {
    if (shared_shadow().server_version() / 10'000 != 15) GTEST_SKIP() << "the facts are of PostgreSQL 15";
    Matrix matrix;
    std::size_t compared = 0;
    std::string all;
    std::size_t number = 0;
    for (const auto& row : known_rows()) {
        // A third of them, for time, and all that run outside of transactions: those are seen in another way.
        if (left_out(row) || (row.transactional && ++number % 3 != 0)) continue;
        const auto traced = matrix.trace(row);
        if (!row.error.empty()) {
            if (!traced.error) all += fmt::format("\n{} {}: no error", row.id, row.statement);
            continue;
        }
        if (traced.error || traced.statements.size() != 1) {
            all += fmt::format(
                "\n{} {}: {}", row.id, row.statement, traced.error ? traced.error->message : "not one statement"
            );
            continue;
        }
        ++compared;
        auto wrong = differences(row, traced.statements[0]);
        for (const auto& line : traced.statements[0].disagreements) wrong += "\n  foretold: " + line;
        if (!wrong.empty()) all += fmt::format("\n{} {}{}", row.id, row.statement, wrong);
    }
    EXPECT_GT(compared, 90U);
    EXPECT_EQ(all, "");
}

}  // namespace
}  // namespace drydock::prove
