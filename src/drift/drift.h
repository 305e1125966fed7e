#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "catalog/difference.h"
#include "catalog/snapshot.h"
#include "migrate/engine.h"
#include "prove/replay.h"
#include "shadow/shadow.h"

namespace drydock::drift {

// What the target should be.
enum class Source : std::uint8_t {
    history,   // the SQL that history keeps of what ran
    files,     // the same migrations, as their files are today
    snapshot,  // a stored snapshot
};
std::string_view name(Source source);

struct Options {
    Source source = Source::history;
    std::filesystem::path snapshot{};
    prove::ReplayOptions replay{};
    shadow::ShadowOptions shadow{};
    // `database` counts for stored snapshots alone: a shadow has settings and a locale of its own.
    catalog::CompareOptions compare{};
};

// A migration that could not be replayed, so that what it made is missing in what is expected.
struct Skipped {
    std::string id;
    Error error;
};

struct Report {
    Report() = default;
    Report(Report&&) noexcept = default;
    Report& operator=(Report&&) noexcept = default;
    Report(const Report&) = delete;
    Report& operator=(const Report&) = delete;
    ~Report() = default;

    Source source = Source::history;
    std::string file;            // of a stored snapshot
    std::size_t migrations = 0;  // replayed
    std::vector<Skipped> skipped;
    std::vector<std::string> notes;
    catalog::Snapshot expected;
    catalog::Snapshot found;
    catalog::CompareOptions compare;
    catalog::Difference difference;  // from expected to found; points into both

    bool drifted() const { return !difference.empty(); }
};

// Reads the target's catalog and compares it with what it should be. Replays in a shadow what has run, of all projects
// of the target, in the order in which it ran. Errors: drift finds no history; a migration whose SQL is kept nowhere.
Result<Report> find(const migrate::Context& context, const Options& options, Progress& progress, const Limits& limits);

// The difference as SQL: what makes the target what it should be, or (`reverse`) what would have made it what it is.
catalog::Script script(const Report& report, bool reverse);

// docs/json.md tells the fields.
boost::json::object to_json(const Report& report);
boost::json::object to_json(const catalog::Script& script);

}  // namespace drydock::drift
