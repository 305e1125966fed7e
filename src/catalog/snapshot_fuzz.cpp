#include "catalog/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <boost/json.hpp>

// Whatever a snapshot file holds: it is read or refused, and what was read is written and read back as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace drydock::catalog;
    const auto snapshot = from_json({reinterpret_cast<const char*>(data), size});
    if (!snapshot) return 0;
    const auto again = from_json(boost::json::serialize(to_json(*snapshot)));
    if (!again || again->hash() != snapshot->hash()) std::abort();
    if (again->objects.size() != snapshot->objects.size()) std::abort();
    for (const auto& object : again->objects) {
        static_cast<void>(label(object));
        if (!again->find(object.kind, object.schema, object.parent, object.name)) std::abort();
    }
    return 0;
}
