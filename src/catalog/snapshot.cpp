#include "catalog/snapshot.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"

namespace drydock::catalog {

const Object* Snapshot::find(Kind kind, std::string_view schema, std::string_view parent, std::string_view name) const {
    const auto key = [](const Object& object) {
        return std::tuple<Kind, std::string_view, std::string_view, std::string_view>{
            object.kind, object.schema, object.parent, object.name
        };
    };
    const auto wanted = std::tuple{kind, schema, parent, name};
    const auto found = std::ranges::lower_bound(objects, wanted, {}, key);
    return found != objects.end() && key(*found) == wanted ? &*found : nullptr;
}

const Object* Snapshot::find(const Identity& identity) const {
    const auto found = std::ranges::find(objects, identity, &Object::identity);
    return found != objects.end() ? &*found : nullptr;
}

std::string Snapshot::hash() const {
    Sha256 sum;
    // Each text with its length before it, so that no two catalogs give the same bytes.
    const auto add = [&](std::string_view text) {
        sum.update(fmt::format("{}:", text.size()));
        sum.update(text);
    };
    for (const auto& object : objects) {
        sum.update("\n");
        for (const std::string_view part : {name(object.kind), std::string_view{object.schema}}) add(part);
        add(object.parent);
        add(object.name);
        for (const auto& aspect : object.aspects) {
            if (!is_compared(aspect.name)) continue;
            add(aspect.name);
            add(aspect.value);
        }
    }
    return sum.hex();
}

}  // namespace drydock::catalog
