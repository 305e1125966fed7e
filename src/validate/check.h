#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace drydock::validate {

enum class Severity : std::uint8_t { info, warning, critical };
std::string_view name(Severity severity);
std::optional<Severity> severity_named(std::string_view name);

// `assertions` are the user's own; no check of ours is in it.
enum class Group : std::uint8_t { schema, data, performance, security, assertions };
std::string_view name(Group group);
std::optional<Group> group_named(std::string_view name);
inline constexpr std::array kGroups{Group::schema, Group::data, Group::performance, Group::security};

// What a check asks of the server: the catalog; statistics views; an index or a sample; a table read once; a table
// sorted or hashed. The dear ones run last, so that a budget that ends leaves out as few as can be.
enum class Cost : std::uint8_t { c0, c1, c2, c3, c4 };
std::string_view name(Cost cost);

enum class Mode : std::uint8_t {
    findings,  // the query gives findings
    probes,    // the query gives queries, one for each object, whose rows are violations
};

// A number that the query's {name} stands for.
struct Parameter {
    std::string name;
    std::string value;
    std::string what;
};

// One file of src/validate/checks. Its header:
//
//   -- Check: title, of one line
//   -- Severity: critical | warning | info     (a column `severity` of the query is stronger)
//   -- Cost: C0 … C4
//   -- Mode: findings | probes                 (left out: findings)
//   -- Versions: 15+ | 14-16                   (left out: all)
//   -- Requires: extension NAME, role NAME, superuser
//   -- Parameter: name = number, what it is    (as often as needed)
//   -- Why: what goes wrong otherwise          (lines that go on begin with "--" and two spaces or more)
//   -- Fix: what to do about it
//
// The query is ASCII, may use the CTEs of sql/prelude.sql, and ends without a semicolon. In both modes `object` (unique
// within the check: the finding's id) and `message` are needed, `severity` and `fix` (SQL, with ... for what a person
// has to put in) are optional; other columns are evidence by their names, NULLs left out. A probe adds `probe`, a query
// whose rows are violations, and may add `bytes`, what it reads; in `message`, {rows} becomes "3 rows", and in `probe`,
// {sample} becomes TABLESAMPLE … where that is too much.
struct Check {
    std::string id;
    Group group = Group::schema;
    std::string title;
    Severity severity = Severity::warning;
    Cost cost = Cost::c0;
    Mode mode = Mode::findings;
    int first_version = 0;  // majors, both included
    int last_version = 1000;
    std::vector<std::string> extensions;
    std::vector<std::string> roles;
    bool superuser = false;
    std::vector<Parameter> parameters;
    std::string why;
    std::string fix;
    std::string sql;

    std::string versions() const;  // "15+", "14-16"; empty: all
    std::string needs() const;     // "extension pgstattuple, role pg_monitor"
};

// Errors (invalid_argument, with the line): an unknown or missing key, a value that doesn't fit.
Result<Check> parse_check(Group group, std::string_view file, std::string_view text);

// All of them, by group and name. One that can't be parsed is a defect that ends the program; a test finds it first.
std::span<const Check> checks();
const Check* find_check(std::string_view id);

// docs/validation-checks.md.
std::string checks_markdown();

}  // namespace drydock::validate
