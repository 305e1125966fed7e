#pragma once

#include <array>
#include <string_view>

namespace drydock::effects {

// What differs between the versions of PostgreSQL, 13 to 18, and is met in statements: in one place, with its version.
namespace since {

struct Feature {
    int major;
    std::string_view what;
};
// Grammar that an older server refuses as a syntax error.
inline constexpr Feature kMerge{15, "MERGE"};
inline constexpr Feature kNullsNotDistinct{15, "NULLS NOT DISTINCT"};
inline constexpr Feature kSetAccessMethod{15, "SET ACCESS METHOD"};
inline constexpr Feature kSetCompression{14, "SET COMPRESSION"};
inline constexpr Feature kDetachConcurrently{14, "DETACH PARTITION … CONCURRENTLY and FINALIZE"};

}  // namespace since

// Other behaviour from a version on.
inline constexpr int kGeneratedColumnRefusesDrop = 15;  // before, it goes with the column that it is computed from
inline constexpr int kGeneratedColumnState = 15;        // 0A000 for its type change; 42601 before
inline constexpr int kNotValidKeyOfPartitioned = 18;    // refused before
inline constexpr int kUniqueLocksPartitions = 18;       // ACCESS EXCLUSIVE on each; SHARE before
inline constexpr int kGrantLocks = 18;                  // ACCESS SHARE; no lock before

}  // namespace drydock::effects
