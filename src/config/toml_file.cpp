#include "config/toml_file.h"

#include <algorithm>
#include <tuple>

#include <toml++/toml.h>

#include "base/text.h"
#include "config/settings.h"

namespace drydock::config {
namespace {

bool is_texts(const toml::array& list) {
    return std::all_of(list.begin(), list.end(), [](const toml::node& item) { return item.is_string(); });
}

class Reader {
public:
    Reader(std::string_view text, std::string_view label) : lines_(split(text, '\n')), label_(label) {}

    // A line that holds a secret is not shown; its number is enough to find it.
    Place place(toml::source_position at) const {
        Place result{.file = label_, .line = at.line, .column = at.column};
        if (at.line >= 1 && at.line <= lines_.size()) {
            auto line = lines_[at.line - 1];
            if (line.ends_with('\r')) line.remove_suffix(1);
            const bool secret = masked(line) != line || to_lower(line).find("password") != std::string::npos;
            if (!secret) result.text = line;
        }
        return result;
    }

    void walk(const toml::table& table, const std::vector<std::string>& above, std::vector<TomlEntry>& entries) const {
        for (const auto& [key, node] : table) {
            TomlEntry entry{.path = above};
            entry.path.emplace_back(key.str());
            entry.key = place(key.source().begin);
            entry.value = place(node.source().begin);
            if (const auto* text = node.as_string()) {
                entry.kind = TomlEntry::Kind::text;
                entry.text = text->get();
            } else if (const auto* integer = node.as_integer()) {
                entry.kind = TomlEntry::Kind::integer;
                entry.text = std::to_string(integer->get());
            } else if (const auto* boolean = node.as_boolean()) {
                entry.kind = TomlEntry::Kind::boolean;
                entry.text = boolean->get() ? "true" : "false";
            } else if (node.is_table()) {
                entry.kind = TomlEntry::Kind::table;
            } else if (const auto* list = node.as_array(); list != nullptr && is_texts(*list)) {
                entry.kind = TomlEntry::Kind::list;
                for (const auto& item : *list) entry.text += (entry.text.empty() ? "" : ", ") + item.as_string()->get();
            }
            entries.push_back(entry);
            if (const auto* inner = node.as_table()) walk(*inner, entry.path, entries);
        }
    }

private:
    std::vector<std::string_view> lines_;
    std::string label_;
};

}  // namespace

Result<std::vector<TomlEntry>> read_toml(std::string_view text, std::string_view label) {
    const Reader reader{text, label};
    std::vector<TomlEntry> entries;
    try {
        reader.walk(toml::parse(text, label), {}, entries);
    } catch (const toml::parse_error& problem) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "this is not TOML: " + std::string{problem.description()},
            .place = reader.place(problem.source().begin)
        };
    }
    std::sort(entries.begin(), entries.end(), [](const TomlEntry& a, const TomlEntry& b) {
        return std::tie(a.key.line, a.key.column, a.path) < std::tie(b.key.line, b.key.column, b.path);
    });
    return entries;
}

}  // namespace drydock::config
