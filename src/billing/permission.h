#pragma once

#include <string_view>

#include "base/result.h"
#include "control/store.h"

namespace drydock::billing {

// `permission_denied` where the actor may not do resource:action. The policies refuse it as well, but an UPDATE that
// they hide all rows from only does nothing.
Result<> require(control::Transaction& transaction, std::string_view permission, std::string_view what);

// Held until the transaction ends: whatever changes an organization's plan or invoices, one at a time.
Result<> lock_organization(control::Transaction& transaction);

}  // namespace drydock::billing
