#include "cli/error_printer.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"

namespace drydock::cli {
namespace {

std::string indented(std::string_view text, std::string_view by) {
    std::string result;
    for (const auto line : split(text, '\n')) result += fmt::format("{}{}\n", by, line);
    return result;
}

// Files and servers may hold anything; JSON may not: each bad byte becomes U+FFFD.
std::string valid_utf8(std::string_view text) {
    std::string result;
    while (const auto bad = first_invalid_utf8(text)) {
        result += text.substr(0, *bad);
        result += "\xEF\xBF\xBD";
        text.remove_prefix(*bad + 1);
    }
    return result + std::string{text};
}

void put(boost::json::object& object, std::string_view key, std::string_view text) {
    if (!text.empty()) object[boost::json::string_view{key.data(), key.size()}] = valid_utf8(text);
}

// Of our own errors, and of a connection's, the detail is for the log: it may hold addresses. What the server said of a
// statement (DETAIL, CONTEXT) is for whoever sent it.
std::string_view detail_for_people(const Error& error) {
    const std::string_view state = error.sqlstate;
    const bool of_connection = state.starts_with("08") || state.starts_with("28") || state.starts_with("57");
    return state.empty() || of_connection ? std::string_view{} : std::string_view{error.detail};
}

}  // namespace

std::string error_text(const Error& error, const Terminal& terminal) {
    auto result = painted(Tone::error, "error:", terminal) + " " + printable(error.message, true) + "\n";
    if (const auto label = error.place.label(); !label.empty()) {
        result += painted(Tone::faint, "  at ", terminal) + printable(label) + "\n";
    }
    if (const auto excerpt = error.place.excerpt(); !excerpt.empty())
        result += indented(printable(excerpt, true), "  ");
    if (!error.hint.empty()) {
        result += painted(Tone::ok, "  hint: ", terminal) + printable(error.hint, true) + "\n";
    }
    if (const auto detail = detail_for_people(error); !detail.empty()) {
        result += painted(Tone::faint, "  detail: ", terminal) + printable(detail, true) + "\n";
    }
    if (!error.sqlstate.empty()) {
        result += painted(Tone::faint, "  sqlstate: ", terminal) + printable(error.sqlstate) + "\n";
    }
    return result;
}

std::string error_json(const Error& error) {
    boost::json::object body;
    put(body, "code", traits(error.code).name);
    body["message"] = valid_utf8(error.message);
    put(body, "hint", error.hint);
    put(body, "detail", detail_for_people(error));
    put(body, "sqlstate", error.sqlstate);
    boost::json::object place;
    put(place, "file", error.place.file);
    if (error.place.line > 0) place["line"] = error.place.line;
    if (error.place.column > 0) place["column"] = error.place.column;
    put(place, "text", error.place.text);
    if (!place.empty()) body["place"] = std::move(place);
    return boost::json::serialize(boost::json::object{{"error", std::move(body)}});
}

}  // namespace drydock::cli
