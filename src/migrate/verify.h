#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "migrate/engine.h"

namespace drydock::migrate {

// `unknown`: it could not be looked at, or what is seen may well be meant; the reason says which.
enum class Truth : std::uint8_t { holds, unknown, broken };
std::string_view name(Truth truth);

// Something that should be so since a migration was applied.
struct Promise {
    std::string what;  // "index public.orders_total", "verify-014.sql"
    Truth truth = Truth::holds;
    std::string why;  // of what does not hold
    Place place;
};

struct Verified {
    std::string id;
    Truth truth = Truth::holds;     // the worst of its promises
    bool file = false;              // its verify file was run
    std::size_t objects = 0;        // looked for
    std::vector<Promise> promises;  // those that do not hold
};

struct VerifyReport {
    Facts facts;
    std::vector<Verified> migrations;  // in the order in which they were applied

    std::size_t count(Truth truth) const;
};

struct VerifyOptions {
    std::vector<std::string> only{};         // names as Project::find takes them; empty: all that are applied
    std::chrono::milliseconds time{30'000};  // that one verify file may take
};

// Looks whether what the applied migrations made is still so: their verify files, each in a READ ONLY transaction of
// its own, and the objects that their SQL creates and no later one took away: there, indexes valid, constraints
// validated. Changes nothing. Errors: no connection; a name that is not there or not applied.
Result<VerifyReport> verify(const Context& context, const VerifyOptions& options, const Limits& limits);

}  // namespace drydock::migrate
