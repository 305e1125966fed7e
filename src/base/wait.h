#pragma once

#include <chrono>

#include "base/limits.h"
#include "base/result.h"

namespace drydock {

// Sleeps for the time, or until the limits end it: then an Error, cancelled or deadline_exceeded.
Result<> pause(std::chrono::milliseconds time, const Limits& limits);

// The n-th wait (from 0) of a series that grows by half from `first` to `most`, give or take a quarter, so that many
// who wait for one thing don't come back at once.
std::chrono::milliseconds jittered(std::chrono::milliseconds first, std::chrono::milliseconds most, int n);

}  // namespace drydock
