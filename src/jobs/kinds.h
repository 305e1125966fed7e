#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace drydock::jobs {

class JobContext;

// Does the work and gives a JSON value for people to see (empty: none). It keeps to the context's limits. An Error of
// a code that says "not now" (unavailable, deadline_exceeded, locked, failed, internal) is tried again.
using Handler = std::function<Result<std::string>(JobContext&)>;

// A kind of work that jobs are of.
struct Kind {
    std::string name;          // "backup.run"
    std::string permission{};  // asked of a person who enqueues one; empty: jobs:run is enough
    // Begun again only while nothing has been sent (JobContext::mark_sent); never tried again when it failed.
    bool at_most_once = false;
    std::chrono::milliseconds timeout{std::chrono::minutes{10}};
    int max_attempts = 5;
    int concurrency = 0;  // at a time in one server; 0: as many as there are threads
    Handler handler{};    // none: this program enqueues it, and another runs it
};

// The kinds that a program knows. Filled at the start, then only read.
class Kinds {
public:
    // A broken kind (no name, twice the same, no attempt) is the program's fault and stops its start.
    Result<> add(Kind kind);
    const Kind* find(std::string_view name) const;
    // invalid_argument, with the name that was perhaps meant.
    Result<const Kind*> get(std::string_view name) const;
    const std::map<std::string, Kind, std::less<>>& all() const { return kinds_; }

private:
    std::map<std::string, Kind, std::less<>> kinds_;
};

}  // namespace drydock::jobs
