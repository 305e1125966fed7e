#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "validate/check.h"

namespace drydock::validate {

struct Finding {
    std::string object;  // with the check's id it is what the finding is called: the same in the next run
    Severity severity = Severity::warning;
    std::string message;
    std::string evidence;  // a JSON object
    std::string fix;       // SQL; empty: nothing that SQL alone mends
};

// Why something was not looked at. Never an OK.
enum class Reason : std::uint8_t { budget, permission, locked, version, extension, stopped, error };
std::string_view name(Reason reason);

struct NotChecked {
    std::string object;  // empty: the whole check
    Reason reason = Reason::error;
    std::string detail;  // for a person: what was missing
};

enum class Status : std::uint8_t {
    ok,           // all of it was looked at, and nothing found
    sampled,      // nothing found, but of something only a sample was read
    findings,     // whatever else could not be checked
    not_checked,  // nothing found, and something was not looked at
};
std::string_view name(Status status);

struct CheckResult {
    std::string id;
    Group group = Group::schema;
    std::string title;
    std::string why;
    Severity severity = Severity::warning;  // of the check; a finding has its own
    Cost cost = Cost::c0;
    std::size_t objects = 0;              // that were probed; 0 for checks that ask once for all
    std::size_t sampled = 0;              // of them, those of which a sample was read
    std::size_t total = 0;                // findings, also those that are not kept
    std::vector<Finding> findings;        // the first of them
    std::vector<NotChecked> not_checked;  // the first of them
    std::size_t total_not_checked = 0;
    std::chrono::nanoseconds elapsed{0};

    Status status() const;
};

struct Counts {
    std::size_t ok = 0, sampled = 0, with_findings = 0, not_checked = 0;  // checks, by status
    std::size_t partly = 0;                                               // checks with findings and with gaps
    std::size_t critical = 0, warning = 0, info = 0;                      // findings; those not kept by their check
};

struct Report {
    std::chrono::system_clock::time_point started_at;
    std::chrono::nanoseconds elapsed{0};
    std::string database;
    std::string role;
    int server_version = 0;
    std::vector<Group> groups;
    bool full = false;                 // no samples
    bool stopped = false;              // by the person who started it
    std::vector<CheckResult> results;  // by group and id

    Counts counts() const;
    std::optional<Severity> worst() const;
};

// Those that found something, by group; in each, the gravest first.
std::vector<const CheckResult*> with_findings(const Report& report);

boost::json::value to_json(const Report& report);

std::string time_text(std::chrono::system_clock::time_point time);  // ISO 8601, in UTC

// The name of a finding: "fk-without-index:app.orders.orders_customer_fkey".
std::string finding_id(const CheckResult& result, const Finding& finding);

}  // namespace drydock::validate
