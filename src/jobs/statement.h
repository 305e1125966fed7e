#pragma once

#include <string_view>

#include "base/result.h"
#include "control/store.h"

namespace drydock::jobs {

// NULL for an empty text.
inline pg::Param optional(std::string_view text) {
    return text.empty() ? pg::Param{} : pg::Param{text};
}

// permission_denied unless the transaction's actor may do this in its organization; drydock itself may.
Result<> require(control::Transaction& transaction, std::string_view permission);
// invalid_argument where the arguments of a job are no JSON object, or look as if they held a secret.
Result<> check_args(control::Transaction& transaction, std::string_view args);

// Whether a text has the form of an id; what has not names nothing.

}  // namespace drydock::jobs
