#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "registry/database.h"

namespace drydock::registry {

// All that decides where a row's secret is sent and for whom, as platform.secret_place() puts it (JSON).
Result<std::string> place_of(const Database& row);

// What is sealed for a row with a credential: its place, and which credential.
Result<Secret> credential_place(const Database& row);
// conflict unless `sealed` is what credential_place() says of that row.
Result<> check_credential_place(const Database& row, const Secret& sealed);

// What SQL has sealed, without the line before it that says for which row and place; conflict where that is not this
// one.
Result<Secret> without_place(const Database& row, const Secret& sealed);

// The row says another place than the one its secret was stored for.
Error other_place();

}  // namespace drydock::registry
