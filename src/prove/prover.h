#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "prove/report.h"
#include "prove/track.h"

namespace drydock::prove {

// Proves migrations on a track, one after another: afterwards the track is in the state after the migration, or
// without it when it could not be applied.
class Prover {
public:
    Prover(const Course& course, Track& track) : course_(course), track_(track) {}

    // Errors are those of the proof itself: stopped, the server gone.
    Result<Proof> prove(std::size_t position, const Limits& limits);
    // Only runs it. The proof has a verdict only if that went wrong.
    Result<std::optional<Proof>> pass(std::size_t position, const Limits& limits);

private:
    struct Trial;

    Proof begin(std::size_t position) const;
    Result<> prove_applied(Trial& trial, const Limits& limits);
    Result<> find_rollback(Trial& trial, const Limits& limits);
    Result<> check_rolled_back(Trial& trial, const Limits& limits);
    Result<> check_applied_again(Trial& trial, const Limits& limits);
    // Says in the proof what an Error of the migration means; returns the Error when it is none of the migration's.
    Result<> judge_failure(Proof& proof, Error error, std::string_view doing);
    Result<> not_applied(Proof& proof, Error error, const Limits& limits);
    Result<> recover(const std::vector<std::size_t>& positions, const Limits& limits);

    const Course& course_;
    Track& track_;
    std::vector<std::string> without_;  // ids that could not be applied
};

}  // namespace drydock::prove
