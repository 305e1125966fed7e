#pragma once

#include <string>
#include <string_view>

namespace drydock::preflight {

// effects gives "select 1 from … limit 1": is there a row? Here it is made to say which rows, and all of them: "select
// KEYS from …"; for duplicates the columns that they are duplicates of, and how often. `keys` are expressions. A query
// of another form is left as it is.
std::string all_rows_of(std::string_view probe, std::string_view keys);

}  // namespace drydock::preflight
