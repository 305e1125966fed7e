#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/text.h"
#include "effects/effect.h"
#include "testing/postgres.h"

namespace drydock::effects {
namespace {

using Locks = std::map<std::string, std::string>;  // relation -> "AE"

// A line of tests/effects/locks.tsv: what a server was seen to do. Relations without a schema, in shop.
struct Case {
    std::string statement;
    std::string how;                  // inside, emptied, leaves, outside: said in the file
    Locks locks;                      // on relations that the statement names
    Locks unnamed;                    // on tables and views that it does not name
    std::set<std::string> rewritten;  // of those named
    std::set<std::string> scanned;
};

struct Measured {
    Locks locks;
    std::map<std::string, std::string> kinds;
    std::set<std::string> rewritten;
    std::set<std::string> scanned;
};

const std::filesystem::path kData = std::filesystem::path{__FILE__}.parent_path() / "../../tests/effects";

std::string short_name(LockMode mode) {
    static const std::map<LockMode, std::string> names = {
        {LockMode::none, "-"},
        {LockMode::access_share, "AS"},
        {LockMode::row_share, "RS"},
        {LockMode::row_exclusive, "RE"},
        {LockMode::share_update_exclusive, "SUE"},
        {LockMode::share, "S"},
        {LockMode::share_row_exclusive, "SRE"},
        {LockMode::exclusive, "E"},
        {LockMode::access_exclusive, "AE"}
    };
    return names.at(mode);
}

std::string of_server(std::string_view mode) {
    static const std::map<std::string_view, std::string> names = {
        {"AccessShareLock", "AS"},
        {"RowShareLock", "RS"},
        {"RowExclusiveLock", "RE"},
        {"ShareUpdateExclusiveLock", "SUE"},
        {"ShareLock", "S"},
        {"ShareRowExclusiveLock", "SRE"},
        {"ExclusiveLock", "E"},
        {"AccessExclusiveLock", "AE"}
    };
    return names.at(mode);
}

std::string text(const Locks& locks) {
    std::string out;
    for (const auto& [relation, mode] : locks) out += (out.empty() ? "" : " ") + relation + ":" + mode;
    return out;
}

std::string text(const std::set<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : " ") + name;
    return out;
}

std::set<std::string> words(std::string_view column) {
    std::set<std::string> out;
    for (const std::string_view word : split(column, ' ')) {
        if (!word.empty()) out.insert(std::string{word});
    }
    return out;
}

Locks locks_in(std::string_view column) {
    Locks out;
    for (const std::string& word : words(column)) {
        const auto colon = word.find(':');
        out[word.substr(0, colon)] = word.substr(colon + 1);
    }
    return out;
}

std::vector<Case> cases() {
    std::vector<Case> out;
    std::ifstream file{kData / "locks.tsv"};
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.front() == '#') continue;
        const auto columns = split(line, '\t');
        EXPECT_EQ(columns.size(), 6U) << line;
        if (columns.size() != 6) continue;
        out.push_back(
            {.statement = std::string{columns[0]},
             .how = std::string{columns[1]},
             .locks = locks_in(columns[2]),
             .unnamed = locks_in(columns[3]),
             .rewritten = words(columns[4]),
             .scanned = words(columns[5])}
        );
    }
    return out;
}

class Server {
public:
    Server() : connection_(database_.connect()) {
        const auto fixture = read_file(kData / "fixture.sql");
        EXPECT_TRUE(fixture.has_value());
        message(*fixture);
        message("set search_path = shop, public; set timezone = 'America/New_York'");
    }

    Measured measure(const Case& one) {
        message("begin");
        const pg::Rows before = rows(
            "select c.oid, c.relname, relkind, relfilenode, coalesce(seq_scan, 0) from pg_class c "
            "left join pg_stat_xact_user_tables s on s.relid = c.oid where relnamespace = 'shop'::regnamespace"
        );
        std::map<std::string, std::string, std::less<>> name_of;
        Measured out;
        for (int i = 0; i < before.size(); ++i) {
            name_of[std::string{before.text(i, 0)}] = before.text(i, 1);
            out.kinds[std::string{before.text(i, 1)}] = before.text(i, 2);
        }
        message(one.statement);
        read_locks(name_of, out);
        read_work(before, name_of, out);
        message("rollback");
        return out;
    }

private:
    Limits limits() const { return Limits::within(std::chrono::seconds{30}); }
    void message(std::string_view sql) {
        const auto done = connection_.run_message(sql, limits());
        EXPECT_TRUE(done.has_value()) << sql << ": " << (done ? "" : done.error().message);
    }
    pg::Rows rows(std::string_view sql) {
        auto result = connection_.query({.name = "measure", .text = sql}, limits());
        EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
        return result ? std::move(*result) : pg::Rows{};
    }

    void read_locks(const std::map<std::string, std::string, std::less<>>& name_of, Measured& out) {
        // Strongest last: the modes' conflict sets grow in this order.
        const pg::Rows held = rows(
            "select relation, mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation' and granted "
            "order by array_position(array['AccessShareLock', 'RowShareLock', 'RowExclusiveLock', "
            "'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', "
            "'AccessExclusiveLock'], mode)"
        );
        for (int i = 0; i < held.size(); ++i) {
            const auto found = name_of.find(held.text(i, 0));
            if (found != name_of.end()) out.locks[found->second] = of_server(held.text(i, 1));
        }
    }

    void read_work(
        const pg::Rows& before, const std::map<std::string, std::string, std::less<>>& name_of, Measured& out
    ) {
        const pg::Rows after = rows(
            "select c.oid, relfilenode, coalesce(seq_scan, 0) from pg_class c "
            "left join pg_stat_xact_user_tables s on s.relid = c.oid"
        );
        std::map<std::string, int, std::less<>> row_of;
        for (int i = 0; i < after.size(); ++i) row_of[std::string{after.text(i, 0)}] = i;
        for (int i = 0; i < before.size(); ++i) {
            const auto found = row_of.find(before.text(i, 0));
            if (found == row_of.end()) continue;
            const std::string& name = name_of.find(before.text(i, 0))->second;
            // ALTER SEQUENCE gives its one row a new file.
            const bool is_sequence = before.text(i, 2) == "S";
            if (!is_sequence && before.text(i, 3) != after.text(found->second, 1)) out.rewritten.insert(name);
            if (after.integer(found->second, 2) > before.integer(i, 4)) out.scanned.insert(name);
        }
    }

    testing::Database database_;
    pg::Connection connection_;
};

// Indexes and sequences count only where the statement names them: no prediction lists those of a table.
Locks of_interest(const Measured& measured, const Locks& named) {
    Locks out;
    for (const auto& [relation, mode] : measured.locks) {
        const std::string& kind = measured.kinds.at(relation);
        if ((kind != "i" && kind != "I" && kind != "S") || named.contains(relation)) out[relation] = mode;
    }
    return out;
}

std::set<std::string> only_named(const std::set<std::string>& relations, const Locks& named) {
    std::set<std::string> out;
    for (const std::string& relation : relations) {
        if (named.contains(relation)) out.insert(relation);
    }
    return out;
}

void expect_as_said(Certainty predicted, bool happens, std::string_view what) {
    if (predicted == Certainty::maybe) return;
    EXPECT_EQ(predicted == Certainty::yes, happens) << what;
}

// The note names the lock that a relation outside of the text gets, or says it is that of the one it stands by.
bool tells_of(const std::string& note, const std::string& mode) {
    for (int i = 0; i <= static_cast<int>(LockMode::access_exclusive); ++i) {
        const auto lock = static_cast<LockMode>(i);
        if (short_name(lock) == mode && note.find(name(lock)) != std::string::npos) return true;
    }
    return note.find("in the same way") != std::string::npos || note.find("the same lock") != std::string::npos;
}

TEST(Effects, AServerDoesWhatTheDataFileSays) {
    Server server;
    for (const Case& one : cases()) {
        if (one.how == "outside") continue;
        SCOPED_TRACE(one.statement);
        const Measured measured = server.measure(one);
        Locks all = one.locks;
        all.insert(one.unnamed.begin(), one.unnamed.end());
        EXPECT_EQ(text(of_interest(measured, one.locks)), text(all));
        if (one.how != "inside") continue;
        EXPECT_EQ(text(only_named(measured.rewritten, one.locks)), text(one.rewritten));
        EXPECT_EQ(text(only_named(measured.scanned, one.locks)), text(one.scanned));
    }
}

TEST(Effects, PredictionsAreWhatAServerDoes) {
    const std::vector<Case> all = cases();
    EXPECT_GT(all.size(), 200U);
    for (const Case& one : all) {
        SCOPED_TRACE(one.statement);
        Reader reader;
        const Effect effect = reader.read(one.statement);
        EXPECT_TRUE(effect.analysed) << effect.note;
        Locks predicted;
        for (const RelationEffect& relation : effect.relations) {
            predicted[relation.name] = short_name(relation.lock);
            expect_as_said(relation.rewrites, one.rewritten.contains(relation.name), "rewrites " + relation.name);
            expect_as_said(relation.scans, one.scanned.contains(relation.name), "scans " + relation.name);
            EXPECT_NE(relation.why, "");
        }
        EXPECT_EQ(text(predicted), text(one.locks));
        for (const auto& [relation, mode] : one.unnamed) {
            const bool said = tells_of(effect.note, mode);
            EXPECT_TRUE(said) << "no word of " << mode << " on " << relation << " in: " << effect.note;
        }
    }
}

}  // namespace
}  // namespace drydock::effects
