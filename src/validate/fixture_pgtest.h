#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/text.h"

// A file of tests/validate/<group>: what one check must find, and what it must not.
//
//   -- fires:
//   --   app.orders            the objects, one a line; {database} is its name, {held} the pid of the first `hold`
//   CREATE TABLE …
//   -- silent:
//   CREATE TABLE …
//
// In each part, a line of its own may be:
//   -- then                    what follows is another message: for what runs in no transaction
//   -- then, failing           … that ends with an error
//   -- hold                    what follows runs on a second connection, which stays open (and in its transaction)
//   -- with: check.name=1      a parameter of the check
//   -- before the fix         what follows is done by the person who runs the fix
//   -- at the end            what follows runs at the end, in the database: what would keep it from being dropped
//   -- cleanup                 what follows runs at the end, one message: roles and settings are the server's
//   -- database: ENCODING …    how CREATE DATABASE makes it
//   -- reason: text            the fix can't be tried by this test, and why
// Otherwise the fixes of what was found are run, and then the check finds nothing any more; but for findings without a
// fix, or with one that has "..." for a person to fill in.
namespace drydock::validate {

struct FixtureStep {
    enum class Kind : std::uint8_t { run, run_failing, hold, before_fix, at_end, cleanup };
    Kind kind = Kind::run;
    std::string sql;
};

struct FixturePart {
    std::multiset<std::string> objects;
    std::vector<FixtureStep> steps;
    std::map<std::string, std::string> parameters;
    bool try_fix = true;
    std::string database;  // how it is made
};

struct Fixture {
    std::string check;
    std::string group;
    std::map<std::string, FixturePart> parts;  // "fires", "silent"
};

inline void read_fixture_line(std::string_view line, Fixture& fixture, FixturePart*& part) {
    using Kind = FixtureStep::Kind;
    const auto starts = [&](std::string_view what) { return line.starts_with(what); };
    if (line == "-- fires:" || line == "-- silent:") {
        part = &fixture.parts[std::string{line.substr(3, line.size() - 4)}];
        part->steps.push_back({});
        return;
    }
    if (part == nullptr) return;
    if (starts("--   ") && trim(part->steps.back().sql).empty())
        part->objects.emplace(trim(line.substr(2)));
    else if (line == "-- then")
        part->steps.push_back({Kind::run, {}});
    else if (line == "-- then, failing")
        part->steps.push_back({Kind::run_failing, {}});
    else if (line == "-- hold")
        part->steps.push_back({Kind::hold, {}});
    else if (line == "-- before the fix")
        part->steps.push_back({Kind::before_fix, {}});
    else if (line == "-- at the end")
        part->steps.push_back({Kind::at_end, {}});
    else if (line == "-- cleanup")
        part->steps.push_back({Kind::cleanup, {}});
    else if (starts("-- database: "))
        part->database = line.substr(13);
    else if (starts("-- reason:"))
        part->try_fix = false;
    else if (starts("-- with: "))
        part->parameters.emplace(line.substr(9, line.find('=') - 9), line.substr(line.find('=') + 1));
    else
        part->steps.back().sql += std::string{line} + "\n";
}

inline std::vector<Fixture> read_fixtures() {
    std::vector<Fixture> all;
    const auto folder = std::filesystem::path{__FILE__}.parent_path() / "../../tests/validate";
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
        if (entry.path().extension() != ".sql") continue;
        Fixture fixture{entry.path().stem().string(), entry.path().parent_path().filename().string(), {}};
        FixturePart* part = nullptr;
        const auto text = read_file(entry.path());
        if (!text) ADD_FAILURE() << entry.path() << " can't be read";
        if (!text) continue;
        for (const auto line : split(*text, '\n')) read_fixture_line(line, fixture, part);
        all.push_back(std::move(fixture));
    }
    std::sort(all.begin(), all.end(), [](const Fixture& a, const Fixture& b) { return a.check < b.check; });
    return all;
}

}  // namespace drydock::validate
