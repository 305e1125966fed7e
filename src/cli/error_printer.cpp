#include "cli/error_printer.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace drydock::cli {
namespace {

std::string indented(std::string_view text, std::string_view by) {
    std::string result;
    for (const auto line : split(text, '\n')) result += fmt::format("{}{}\n", by, line);
    return result;
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
    return boost::json::serialize(boost::json::object{{"error", to_json(error)}});
}

}  // namespace drydock::cli
