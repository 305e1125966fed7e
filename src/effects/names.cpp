#include "effects/names.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace drydock::effects {

namespace {

// The words that are no names without quotes, of all versions; sorted.
constexpr auto kReserved = std::to_array<std::string_view>({
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_object",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
});
static_assert(std::ranges::is_sorted(kReserved));

bool is_simple(std::string_view name) {
    const auto begins = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    if (name.empty() || !begins(name.front())) return false;
    return std::ranges::all_of(name, [&](char c) { return begins(c) || (c >= '0' && c <= '9') || c == '$'; });
}

// The name that begins at `at`, which moves behind it.
std::string take_name(std::string_view text, std::size_t& at) {
    std::string name;
    if (at < text.size() && text[at] == '"') {
        for (++at; at < text.size(); ++at) {
            if (text[at] == '"') {
                if (at + 1 >= text.size() || text[at + 1] != '"') break;
                ++at;
            }
            name += text[at];
        }
        ++at;
        return name;
    }
    while (at < text.size() && std::string_view{"., ()\""}.find(text[at]) == std::string_view::npos) name += text[at++];
    return name;
}

}  // namespace

std::string quoted(std::string_view name) {
    if (is_simple(name) && !std::ranges::binary_search(kReserved, name)) return std::string{name};
    std::string out{'"'};
    for (const char c : name) {
        if (c == '"') out += c;
        out += c;
    }
    return out + '"';
}

std::vector<std::string> parts_of(std::string_view dotted) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < dotted.size(); ++at) {
        parts.push_back(take_name(dotted, at));
        if (at < dotted.size() && dotted[at] != '.') break;
    }
    return parts;
}

Name name_in(std::string_view dotted) {
    std::vector<std::string> parts = parts_of(dotted);
    if (parts.empty()) return {};
    return {.schema = parts.size() > 1 ? parts[parts.size() - 2] : "", .name = parts.back()};
}

std::vector<std::string> names_between_parentheses(std::string_view text, std::size_t& end) {
    std::vector<std::string> names;
    end = text.find('(');
    if (end == std::string_view::npos) return names;
    for (++end; end < text.size() && text[end] != ')';) {
        if (text[end] == ' ' || text[end] == ',') {
            ++end;
            continue;
        }
        const std::size_t before = end;
        names.push_back(take_name(text, end));
        if (end == before) break;
    }
    return names;
}

void replace_word(std::string& text, std::string_view from, std::string_view to) {
    const auto part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '"'; };
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
        const bool begins = at == 0 || !part(text[at - 1]) || from.front() == '"';
        const bool ends = at + from.size() >= text.size() || !part(text[at + from.size()]) || from.back() == '"';
        if (begins && ends) text.replace(at, from.size(), to);
        at += begins && ends ? to.size() : from.size();
    }
}

std::string_view element_type(std::string_view type) {
    while (type.ends_with("[]")) type.remove_suffix(2);
    return type;
}

}  // namespace drydock::effects
