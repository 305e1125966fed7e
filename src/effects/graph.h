#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "catalog/snapshot.h"
#include "effects/world.h"

namespace drydock::effects {

// Who can't be without whom, by the numbers of the snapshot's objects.
struct World::Graph {
    const catalog::Snapshot* snapshot = nullptr;
    std::unordered_map<std::string, std::uint32_t> numbers;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> needed_by;  // (what is needed, by whom), sorted

    static std::string key(
        catalog::Kind kind, std::string_view schema, std::string_view parent, std::string_view name
    ) {
        std::string key{static_cast<char>(kind)};
        for (const std::string_view part : {schema, parent, name}) {
            key += part;
            key += '\0';
        }
        return key;
    }

    void visit(std::uint32_t number, std::vector<bool>& seen, std::vector<const catalog::Object*>& out) const {
        auto at = std::lower_bound(needed_by.begin(), needed_by.end(), std::pair{number, std::uint32_t{0}});
        for (; at != needed_by.end() && at->first == number; ++at) {
            if (seen[at->second]) continue;
            seen[at->second] = true;
            out.push_back(&snapshot->objects[at->second]);
            visit(at->second, seen, out);
        }
    }
};

}  // namespace drydock::effects
