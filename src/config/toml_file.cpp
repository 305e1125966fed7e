#include "config/toml_file.h"

#include <algorithm>
#include <sstream>
#include <tuple>

#include <boost/json.hpp>
#include <fmt/format.h>
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

    boost::json::object document(const toml::table& table, const std::string& above, TomlDocument& all) const {
        boost::json::object object;
        for (const auto& [key, node] : table) {
            const auto pointer = fmt::format("{}/{}", above, escaped(key.str()));
            // A value by its key; what stands in a list by itself.
            object[key.str()] = value(node, pointer, all);
            all.places[pointer] = place(key.source().begin);
        }
        return object;
    }

private:
    static std::string escaped(std::string_view key) {
        std::string text;
        for (const char c : key) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string{c};
        return text;
    }

    boost::json::value value(const toml::node& node, const std::string& pointer, TomlDocument& all) const {
        all.places[pointer] = place(node.source().begin);
        if (const auto* const table = node.as_table()) return document(*table, pointer, all);
        if (const auto* const list = node.as_array()) {
            boost::json::array array;
            for (const auto& item : *list) {
                const auto inner = fmt::format("{}/{}", pointer, array.size());
                array.push_back(value(item, inner, all));
            }
            return array;
        }
        if (const auto* const text = node.as_string()) return boost::json::string{text->get()};
        if (const auto* const integer = node.as_integer()) return integer->get();
        if (const auto* const number = node.as_floating_point()) return number->get();
        if (const auto* const boolean = node.as_boolean()) return boolean->get();
        std::ostringstream moment;
        node.visit([&](const auto& known) {
            if constexpr (toml::is_date<decltype(known)> || toml::is_time<decltype(known)> ||
                          toml::is_date_time<decltype(known)>)
                moment << known.get();
        });
        return boost::json::string{moment.str()};
    }

    std::vector<std::string_view> lines_;
    std::string label_;
};

// The file's text, or where it is not TOML.
Result<toml::table> parsed(std::string_view text, std::string_view label, const Reader& reader) {
    try {
        return toml::parse(text, label);
    } catch (const toml::parse_error& problem) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "this is not TOML: " + std::string{problem.description()},
            .place = reader.place(problem.source().begin)
        };
    }
}

}  // namespace

Result<std::vector<TomlEntry>> read_toml(std::string_view text, std::string_view label) {
    const Reader reader{text, label};
    DRYDOCK_TRY(const auto table, parsed(text, label, reader));
    std::vector<TomlEntry> entries;
    reader.walk(table, {}, entries);
    std::sort(entries.begin(), entries.end(), [](const TomlEntry& a, const TomlEntry& b) {
        return std::tie(a.key.line, a.key.column, a.path) < std::tie(b.key.line, b.key.column, b.path);
    });
    return entries;
}

Result<TomlDocument> read_toml_document(std::string_view text, std::string_view label) {
    const Reader reader{text, label};
    DRYDOCK_TRY(const auto table, parsed(text, label, reader));
    TomlDocument document;
    document.root = reader.document(table, {}, document);
    return document;
}

}  // namespace drydock::config
