#include "identity/principal_text.h"

#include <array>
#include <utility>
#include <vector>

#include <boost/json.hpp>

namespace drydock::identity {
namespace {

namespace json = boost::json;

constexpr std::array kTexts{
    std::pair{"user", &Principal::user_id},
    std::pair{"organization", &Principal::organization_id},
    std::pair{"role", &Principal::role},
    std::pair{"email", &Principal::email},
    std::pair{"name", &Principal::display_name},
    std::pair{"session", &Principal::session_id},
    std::pair{"token", &Principal::token_id},
};
constexpr std::array kLists{
    std::pair{"permissions", &Principal::permissions},
    std::pair{"methods", &Principal::methods},
};

bool read_list(const json::value* value, std::vector<std::string>& into) {
    if (value == nullptr || !value->is_array()) return false;
    for (const auto& item : value->get_array()) {
        if (!item.is_string()) return false;
        into.emplace_back(item.get_string());
    }
    return true;
}

}  // namespace

std::string to_text(const Principal& principal) {
    json::object object{{"by_token", principal.via == Via::api_token}, {"stepped_up", principal.stepped_up}};
    for (const auto& [name, field] : kTexts) object[name] = principal.*field;
    for (const auto& [name, field] : kLists) object[name] = json::value_from(principal.*field);
    return json::serialize(object);
}

std::optional<Principal> principal_of(std::string_view text) {
    json::error_code error;
    const auto document = json::parse(text, error);
    if (error || !document.is_object()) return std::nullopt;
    const auto& object = document.get_object();
    const auto* const by_token = object.if_contains("by_token");
    const auto* const stepped_up = object.if_contains("stepped_up");
    if (by_token == nullptr || !by_token->is_bool() || stepped_up == nullptr || !stepped_up->is_bool())
        return std::nullopt;
    Principal principal{
        .via = by_token->get_bool() ? Via::api_token : Via::session, .stepped_up = stepped_up->get_bool()
    };
    for (const auto& [name, field] : kTexts) {
        const auto* const value = object.if_contains(name);
        if (value == nullptr || !value->is_string()) return std::nullopt;
        principal.*field = std::string{value->get_string()};
    }
    for (const auto& [name, field] : kLists) {
        if (!read_list(object.if_contains(name), principal.*field)) return std::nullopt;
    }
    return principal;
}

}  // namespace drydock::identity
