#pragma once

#include "base/limits.h"
#include "base/result.h"
#include "pg/wait.h"

struct pg_conn;

namespace drydock::pg {

// libpq 15 sends its password in clear to any server that asks for it, in the middle of another exchange too, and has
// no setting against that. On a connection without TLS this stands between the two while they agree on who signs in:
// libpq's descriptor is one end of a socket pair, the server's messages are handed on one at a time, and one that asks
// for anything but SCRAM is not handed on. Once the server has let us in, libpq gets its socket back.
//
// `conn` has sent its startup message and waits for the answer. Afterwards it is driven on as usual.
Result<> sign_in_by_scram_only(pg_conn* conn, const Limits& limits, const Wake& wake);

}  // namespace drydock::pg
