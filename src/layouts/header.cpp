#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "layouts/folder.h"

namespace drydock::layouts {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";

// The keys we know. Others are the team's own (Author, Ticket …) and say nothing to drydock.
constexpr std::string_view kKeys[] = {
    "migration", "purpose", "dependencies", "rollback", "environment", "hold", "placeholders", "transaction"
};

struct Entry {
    std::string key;
    std::string word;  // as it was written
    std::vector<HeaderValue> lines;
};

bool is_key(std::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == ' ' || c == '_';
    });
}

// The leading comment lines without their dashes; blank lines inside the block are kept as empty ones.
std::vector<HeaderValue> comment_block(std::string_view text) {
    std::vector<HeaderValue> lines;
    if (text.starts_with(kBom)) text.remove_prefix(kBom.size());
    std::size_t number = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = trim(text.substr(0, end));
        ++number;
        if (!line.empty() && !line.starts_with("--")) break;
        if (!line.empty()) {
            line.remove_prefix(2);
            if (line.ends_with('\r')) line.remove_suffix(1);
        }
        lines.push_back({std::string{line}, number});
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

// "Key: value" starts an entry; a line that is indented by more than one space goes on with it.
std::vector<Entry> entries(std::string_view text) {
    std::vector<Entry> result;
    bool open = false;
    for (const auto& [line, number] : comment_block(text)) {
        const bool indented = line.starts_with("  ") || line.starts_with("\t") || line.starts_with(" \t");
        const auto colon = line.find(':');
        const auto word = trim(std::string_view{line}.substr(0, colon));
        const auto key = to_lower(word);
        const bool known = std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
        if (colon != std::string::npos && is_key(word) && (known || !indented)) {
            result.push_back(
                {key, std::string{word}, {{std::string{trim(std::string_view{line}.substr(colon + 1))}, number}}}
            );
            open = true;
        } else if (open && indented && !trim(line).empty()) {
            result.back().lines.push_back({std::string{trim(line)}, number});
        } else {
            open = false;
        }
    }
    return result;
}

std::string joined(const Entry& entry) {
    std::string text;
    for (const auto& line : entry.lines) {
        if (line.text.empty()) continue;
        if (!text.empty()) text += ' ';
        text += line.text;
    }
    return text;
}

// Names between commas or blanks, or one a line behind "- "; a note in brackets is for people.
std::vector<HeaderValue> listed(const Entry& entry) {
    std::vector<HeaderValue> result;
    for (const auto& line : entry.lines) {
        std::string without_notes;
        int depth = 0;
        for (const char c : line.text) {
            if (c == '(') ++depth;
            if (depth == 0) without_notes += c;
            if (c == ')' && depth > 0) --depth;
        }
        for (auto part : split(without_notes, ',')) {
            for (auto word : split(part, ' ')) {
                word = trim(word);
                if (word.empty() || word == "-" || iequals(word, "none")) continue;
                result.push_back({std::string{word}, line.line});
            }
        }
    }
    return result;
}

// A mistyped key would be a safety catch that is off: "Enviroment: staging" must not run everywhere.
std::optional<HeaderValue> problem_of(const Entry& entry) {
    const std::vector<std::string> keys{std::begin(kKeys), std::end(kKeys)};
    const auto line = entry.lines[0].line;
    const auto value = joined(entry);
    if (std::find(keys.begin(), keys.end(), entry.key) == keys.end()) {
        const auto near = entry.key.size() > 3 ? did_you_mean(entry.key, keys) : std::nullopt;
        if (!near) return std::nullopt;
        return HeaderValue{fmt::format("unknown header {}: did you mean {}?", entry.word, *near), line};
    }
    if (entry.key == "transaction" && !iequals(value, "none") && !iequals(value, "auto")) {
        return HeaderValue{fmt::format("Transaction is none or auto, not \"{}\"", value), line};
    }
    if (entry.key == "environment" && value.empty()) return HeaderValue{"Environment names none", line};
    return std::nullopt;
}

}  // namespace

Header parse_header(std::string_view text) {
    Header header;
    for (const auto& entry : entries(text)) {
        if (!header.problem) header.problem = problem_of(entry);
        if (entry.key == "migration") header.title = joined(entry);
        if (entry.key == "purpose") header.purpose = joined(entry);
        if (entry.key == "dependencies") header.dependencies = listed(entry);
        if (entry.key == "environment") {
            header.environments = listed(entry);
            std::erase_if(header.environments, [](const HeaderValue& v) { return iequals(v.text, "all"); });
        }
        if (entry.key == "placeholders") header.placeholders = listed(entry);
        if (entry.key == "transaction") header.no_transaction = iequals(joined(entry), "none");
        if (entry.key == "rollback") {
            // People also write a sentence here; only a file name is a promise that can be checked.
            const auto names = listed(entry);
            if (names.size() == 1 && names[0].text.ends_with(".sql")) header.rollback = names[0];
        }
        if (entry.key == "hold") header.hold = HeaderValue{joined(entry), entry.lines[0].line};
    }
    return header;
}

}  // namespace drydock::layouts
