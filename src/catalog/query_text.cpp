#include "catalog/query_text.h"

#include <charconv>
#include <optional>

#include "base/text.h"

namespace drydock::catalog {
namespace {

std::optional<int> number(std::string_view digits) {
    int value = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

// The line for this server; nothing when it is for others.
std::optional<std::string_view> line_for(std::string_view line, int major) {
    constexpr std::string_view kOlder = "-- <";
    const auto text = trim(line);
    if (text.starts_with(kOlder)) {
        const auto colon = text.find(':');
        const auto before = number(text.substr(kOlder.size(), colon - kOlder.size()));
        if (colon != std::string_view::npos && before) {
            if (major >= *before) return std::nullopt;
            return text.substr(colon + 1);
        }
    }
    const auto mark = line.rfind("-- ");
    if (mark != std::string_view::npos && line.ends_with('+')) {
        const auto from = number(line.substr(mark + 3, line.size() - mark - 4));
        if (from) return major >= *from ? std::optional{line.substr(0, mark)} : std::nullopt;
    }
    return line;
}

}  // namespace

std::string query_text(std::string_view text, int major) {
    std::string result;
    result.reserve(text.size());
    for (const auto line : split(text, '\n')) {
        const auto kept = line_for(line, major);
        if (!kept) continue;
        result += *kept;
        result += '\n';
    }
    return result;
}

std::vector<std::string> array_elements(std::string_view array) {
    std::vector<std::string> result;
    if (array.size() <= 2) return result;
    array = array.substr(1, array.size() - 2);
    std::size_t i = 0;
    while (i <= array.size()) {
        std::string element;
        const bool quoted = i < array.size() && array[i] == '"';
        if (quoted) ++i;
        for (; i < array.size() && array[i] != (quoted ? '"' : ','); ++i) {
            if (array[i] == '\\' && i + 1 < array.size()) ++i;
            element += array[i];
        }
        if (quoted) ++i;
        ++i;  // the comma
        if (quoted || element != "NULL") result.push_back(std::move(element));
    }
    return result;
}

std::string to_list(const std::vector<std::string>& items) {
    std::string result;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& item = items[i];
        if (i > 0) result += '\n';
        for (const char c : item) {
            if (c == '\\') result += '\\';
            if (c == '\n')
                result += "\\n";
            else
                result += c;
        }
    }
    return result;
}

}  // namespace drydock::catalog
