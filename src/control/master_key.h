#pragma once

#include <string>

#include "base/result.h"

namespace drydock::control {

// Of the statement that notes what a master key has just sealed: what its foreign key says, for a person. Another
// server has retired the key meanwhile, and this one has not loaded the next.
inline Error master_key_retired(const Error& error) {
    return {
        .code = ErrorCode::unavailable,
        .message = "the master key of this server is no longer in use",
        .hint = "Try again in a moment; where that does not help, give this server the present master key.",
        .detail = error.detail,
        .sqlstate = error.sqlstate,
    };
}
inline bool is_master_key_retired(const Error& error) {
    return error.sqlstate == "23503" && error.message.find("_master_key_id_fkey") != std::string::npos;
}

}  // namespace drydock::control
