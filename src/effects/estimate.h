#pragma once

#include <functional>
#include <optional>
#include <string>

#include "effects/effect.h"

namespace drydock::effects {

// Bytes a second: careful, and hopeful.
struct Rate {
    double slow = 0;
    double fast = 0;
};

// The figures stand for a busy server with a network disk at the one end and an idle one with its data in memory at
// the other. They are bytes of the table or index as it is now; a rewrite includes its WAL.
struct Throughput {
    Rate read{100e6, 1500e6};
    Rate rewrite{25e6, 200e6};
    Rate build{20e6, 150e6};  // of an index, by its own size
    bool measured = false;    // `read` was measured on the server

    // From bytes that were read in so many seconds: a second reading may find more in memory, a busy hour less.
    static Throughput from_reading(double bytes, double seconds);
};

struct RelationSizes {
    std::int64_t heap = 0;   // with its TOAST table; of an index: the index
    std::int64_t total = 0;  // with indexes
};

struct Estimate {
    // Seconds of work under the locks, without the wait for them; nothing: not known.
    std::optional<double> least;
    std::optional<double> most;
    std::string why;    // "reads 4.1 GiB at 95 MiB to 1.4 GiB a second"
    bool work = false;  // more than the catalog changes
};

// nothing: the relation is not there yet, or its size is not known.
using SizeOf = std::function<std::optional<RelationSizes>(const RelationEffect&)>;

// How long a statement will take. `longest_transaction`: the age in seconds of the oldest transaction on the server,
// which CONCURRENTLY waits for.
Estimate estimate(
    const Effect& effect, const SizeOf& size_of, const Throughput& throughput, std::optional<double> longest_transaction
);

// "3–9 s", "under 10 ms", "2–14 min".
std::string range_text(double least, double most);

}  // namespace drydock::effects
