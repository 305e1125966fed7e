#include "targets/rights.h"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

namespace drydock::targets {

std::string_view wire_name(Severity severity) {
    constexpr std::array<std::string_view, 3> kNames{"info", "warning", "danger"};
    return kNames[static_cast<std::size_t>(severity)];
}

Severity Rights::worst() const {
    auto worst = Severity::info;
    for (const auto& right : found) worst = std::max(worst, right.severity);
    return worst;
}

std::string to_json(const Rights& rights) {
    boost::json::array found;
    for (const auto& right : rights.found) {
        found.push_back(
            {{"name", right.name},
             {"severity", wire_name(right.severity)},
             {"message", right.message},
             {"detail", right.detail}}
        );
    }
    return boost::json::serialize(
        boost::json::object{{"user", rights.user}, {"worst", wire_name(rights.worst())}, {"rights", std::move(found)}}
    );
}

}  // namespace drydock::targets
