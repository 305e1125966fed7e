#include "base/json.h"

#include <boost/json.hpp>

#include "base/text.h"

namespace drydock {

namespace json = boost::json;

json::string json_text(std::string_view text) {
    json::string result;
    while (const auto bad = first_invalid_utf8(text)) {
        result.append(text.substr(0, *bad));
        result.append("\xEF\xBF\xBD");
        text.remove_prefix(*bad + 1);
    }
    result.append(text);
    return result;
}

json::array json_texts(const std::vector<std::string>& texts) {
    json::array array;
    for (const auto& text : texts) array.emplace_back(json_text(text));
    return array;
}

json::object to_json(const Error& error) {
    const auto put = [](json::object& object, json::string_view key, std::string_view text) {
        if (!text.empty()) object[key] = json_text(text);
    };
    json::object body;
    put(body, "code", traits(error.code).name);
    body["message"] = json_text(error.message);
    put(body, "hint", error.hint);
    put(body, "detail", detail_for_people(error));
    put(body, "sqlstate", error.sqlstate);
    json::object place;
    put(place, "file", error.place.file);
    if (error.place.line > 0) place["line"] = error.place.line;
    if (error.place.column > 0) place["column"] = error.place.column;
    put(place, "text", error.place.text);
    if (!place.empty()) body["place"] = std::move(place);
    return body;
}

}  // namespace drydock
