#pragma once

#include <set>
#include <string>
#include <vector>

#include "validate/reader.h"
#include "validate/report.h"
#include "validate/runner.h"

namespace drydock::validate {

// What a run knows of its target from the start.
struct Target {
    std::string database;
    std::string role;
    int server_version = 0;
    bool superuser = false;
    std::set<std::string, std::less<>> extensions;
    std::set<std::string, std::less<>> roles;  // predefined ones, that the role has the rights of
};
Result<Target> read_target(Reader& reader, const Limits& limits);

// Why a check can't be asked on this target at all; nothing when it can.
std::optional<NotChecked> missing(const Check& check, const Target& target);

// A check's query as it is sent, with the prelude and the parameters' values in it. $1: relations to leave out.
std::string query_text(const Check& check, const Options& options);

// Looks at one thing after the other over one connection, which it opens again when it was lost.
class Examiner {
public:
    Examiner(const pg::Conninfo& where, const Options& options, Limits::Clock::time_point end);

    Result<> connect(const Limits& limits);
    Reader& reader() { return *reader_; }
    // What is found, and what could not be looked at, goes into the result.
    void examine(const Check& check, CheckResult& result, const Limits& limits);
    void examine(const Assertion& assertion, CheckResult& result, const Limits& limits);
    void examine(const catalog::Snapshot& expected, CheckResult& result, const Limits& limits);

private:
    std::optional<pg::Rows> ask(const Check& check, std::size_t keep, CheckResult& result, const Limits& limits);
    void probe(const Check& check, std::string_view row, int probes_left, CheckResult& result, const Limits& limits);
    void give_up(const Error& error, std::string_view object, CheckResult& result, const Limits& limits) const;
    // The time that is left for the check under way; 0 for no end, nothing when it is over.
    std::optional<std::chrono::milliseconds> left() const;

    const pg::Conninfo& where_;
    const Options& options_;
    Limits::Clock::time_point end_;        // of the budget
    Limits::Clock::time_point check_end_;  // of the check under way
    std::optional<Reader> reader_;
};

}  // namespace drydock::validate
