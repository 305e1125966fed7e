#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "registry/database.h"
#include "targets/address.h"
#include "targets/fleet.h"

namespace drydock::registry {

// What the columns of a row say, put over what its secret says: where the secret is sent stands in the columns, which
// everybody sees and a trigger watches. `secret`: an address; of another form: the password alone.
Result<targets::Address> address_of(const Database& row, const Secret& secret);

// What is sealed for an address: the text as it was given where that says the same, so that `reveal` shows what people
// know; else, where columns have won over it, the whole address anew. So a sealed text always says where it may be
// sent.
Secret text_for(const targets::Address& address, const Secret& given);
// conflict when the columns say another place or login than the secret was sealed for: somebody has changed them past
// the trigger.
Result<> check_place(const targets::Address& address, const Secret& sealed);

// What config.pool asks for: {"tier": "small" | "standard" | "large", "min", "max", "idle_seconds", "lifetime_seconds",
// "connect_timeout_seconds"}; the rest is `standard`'s.
Result<targets::PoolLimits> pool_of(std::string_view config, const targets::PoolLimits& standard);

// The columns for an address: host, port, database, user, TLS; further hosts, TLS and options go into `config`.
Result<> put_address(Database& row, const targets::Address& address);

// The fields that are given, over what the row says. `checked`: names, and config and metadata as JSON objects.
Result<> put_fields(Database& row, const Fields& fields);

}  // namespace drydock::registry
