#pragma once

#include <cstddef>
#include <string_view>

#include <boost/json.hpp>

#include "base/result.h"

// For jwt*.cpp alone.
namespace drydock::crypto {

// A JSON object as a stranger sent it. Refuses what two readers could understand differently: the same name twice in
// an object, bytes that are no UTF-8, anything after its end; and nesting deeper than 8.
// `what` names it in the Error. Values are made in `storage`.
Result<boost::json::object> read_strictly(
    std::string_view text, std::string_view what, boost::json::storage_ptr storage = {}
);

}  // namespace drydock::crypto
