#pragma once

#include "control/store.h"

namespace drydock::control {

// Makes two organizations in a transaction that is rolled back, and tries to reach the one from the other: the proof
// that row-level security binds this server on this database. permission_denied: it does not; then nobody must be
// served.
Result<> prove_isolation(Store& store, const Limits& limits);

}  // namespace drydock::control
