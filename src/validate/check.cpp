#include "validate/check.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include <fmt/format.h>

#include "base/text.h"
#include "validate/check_files.h"

namespace drydock::validate {
namespace {

constexpr std::array<std::string_view, 3> kSeverities{"info", "warning", "critical"};
constexpr std::array<std::string_view, 5> kGroupNames{"schema", "data", "performance", "security", "assertions"};
constexpr std::array<std::string_view, 5> kCosts{"C0", "C1", "C2", "C3", "C4"};

template <class Enum, std::size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
}

struct Line {
    std::string key;
    std::string value;
    std::size_t number = 0;
};

Error bad(std::string_view file, std::size_t line, std::string message) {
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = std::move(message),
        .hint = "src/validate/check.h tells what a check's header has",
        .place = {.file = std::string{file}, .line = line}
    };
}

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_decimal(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    return error == std::errc{} && end == text.data() + text.size() && value >= 0;
}

// "15+", "14-16", "15".
bool read_versions(std::string_view text, Check& check) {
    if (text.ends_with('+')) {
        const auto first = number(text.substr(0, text.size() - 1));
        check.first_version = first.value_or(0);
        return first.has_value();
    }
    const auto dash = text.find('-');
    const auto first = number(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(text.substr(dash + 1));
    if (!first || !last || *first > *last) return false;
    check.first_version = *first;
    check.last_version = *last;
    return true;
}

bool read_requires(std::string_view text, Check& check) {
    for (const auto part : split(text, ',')) {
        const auto need = trim(part);
        if (need == "superuser")
            check.superuser = true;
        else if (need.starts_with("extension "))
            check.extensions.emplace_back(trim(need.substr(10)));
        else if (need.starts_with("role "))
            check.roles.emplace_back(trim(need.substr(5)));
        else
            return false;
    }
    return true;
}

// "seconds = 60, what it is"
bool read_parameter(std::string_view text, Check& check) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return false;
    const auto rest = text.substr(equals + 1);
    const auto comma = rest.find(',');
    if (comma == std::string_view::npos) return false;
    Parameter parameter{
        .name = std::string{trim(text.substr(0, equals))},
        .value = std::string{trim(rest.substr(0, comma))},
        .what = std::string{trim(rest.substr(comma + 1))}
    };
    if (parameter.name.empty() || parameter.what.empty() || !is_decimal(parameter.value)) return false;
    if (check.sql.find("{" + parameter.name + "}") == std::string::npos) return false;
    check.parameters.push_back(std::move(parameter));
    return true;
}

// Puts one line of the header into the check; false: the value doesn't fit. The Error: there is no such key.
Result<bool> apply(const Line& line, std::string_view file, Check& check) {
    const std::string_view value{line.value};
    if (line.key == "Check") {
        check.title = line.value;
    } else if (line.key == "Why") {
        check.why = line.value;
    } else if (line.key == "Fix") {
        check.fix = line.value;
    } else if (line.key == "Severity") {
        const auto severity = severity_named(value);
        check.severity = severity.value_or(Severity::warning);
        return severity.has_value();
    } else if (line.key == "Cost") {
        const auto cost = named<Cost>(kCosts, value);
        check.cost = cost.value_or(Cost::c0);
        return cost.has_value();
    } else if (line.key == "Mode") {
        check.mode = value == "probes" ? Mode::probes : Mode::findings;
        return value == "probes" || value == "findings";
    } else if (line.key == "Versions") {
        return read_versions(value, check);
    } else if (line.key == "Requires") {
        return read_requires(value, check);
    } else if (line.key == "Parameter") {
        return read_parameter(value, check);
    } else {
        return bad(file, line.number, fmt::format("a check's header knows no \"{}:\"", line.key));
    }
    return !value.empty();
}

// Takes the comment lines at the start off the text.
Result<std::vector<Line>> read_header(std::string_view file, std::string_view& text) {
    std::vector<Line> lines;
    for (std::size_t number_of_line = 1; text.starts_with("--"); ++number_of_line) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(2, end - 2);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with("  ") && !lines.empty()) {
            lines.back().value += fmt::format(" {}", trim(line));
            continue;
        }
        const auto colon = line.find(':');
        if (!line.starts_with(' ') || colon == std::string_view::npos) {
            return bad(
                file, number_of_line, "a line of a check's header is \"-- Key: value\" or goes on with \"--   \""
            );
        }
        lines.push_back(
            {std::string{trim(line.substr(0, colon))}, std::string{trim(line.substr(colon + 1))}, number_of_line}
        );
    }
    return lines;
}

bool is_id(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

std::vector<Check> parse_all() {
    std::vector<Check> all;
    const auto add = [&](Group group, std::span<const EmbeddedFile> files) {
        for (const auto& file : files) {
            auto check = parse_check(group, file.name, file.text);
            if (!check) {
                fmt::print(stderr, "{}: {}\n", check.error().place.label(), check.error().message);
                std::abort();
            }
            all.push_back(*std::move(check));
        }
    };
    add(Group::schema, schema_checks());
    add(Group::data, data_checks());
    add(Group::performance, performance_checks());
    add(Group::security, security_checks());
    return all;
}

}  // namespace

std::string_view name(Severity severity) {
    return kSeverities[static_cast<std::size_t>(severity)];
}

std::optional<Severity> severity_named(std::string_view name) {
    return named<Severity>(kSeverities, name);
}

std::string_view name(Group group) {
    return kGroupNames[static_cast<std::size_t>(group)];
}

std::optional<Group> group_named(std::string_view name) {
    return named<Group>(kGroupNames, name);
}

std::string_view name(Cost cost) {
    return kCosts[static_cast<std::size_t>(cost)];
}

std::string Check::versions() const {
    if (first_version == 0) return {};
    return last_version == 1000 ? fmt::format("{}+", first_version) : fmt::format("{}-{}", first_version, last_version);
}

std::string Check::needs() const {
    std::string text;
    const auto add = [&](std::string_view kind, std::string_view what) {
        text += fmt::format("{}{}{}", text.empty() ? "" : ", ", kind, what);
    };
    for (const auto& extension : extensions) add("extension ", extension);
    for (const auto& role : roles) add("role ", role);
    if (superuser) add("superuser", "");
    if (const auto range = versions(); !range.empty()) add("PostgreSQL ", range);
    return text;
}

Result<Check> parse_check(Group group, std::string_view file, std::string_view text) {
    DRYDOCK_TRY(const auto lines, read_header(file, text));
    Check check{.id = std::string{file.substr(0, file.rfind('.'))}, .group = group, .sql = std::string{trim(text)}};
    if (!is_id(check.id)) return bad(file, 0, "a check's name is of small letters, digits and hyphens");
    if (check.sql.empty()) return bad(file, 0, "a check without a query");
    if (check.sql.ends_with(';')) return bad(file, 0, "a check's query ends without a semicolon");
    // A database of another encoding could not read it.
    if (std::any_of(check.sql.begin(), check.sql.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7E; })) {
        return bad(file, 0, "a check's query is ASCII");
    }
    std::vector<std::string> seen;
    for (const auto& line : lines) {
        if (line.key != "Parameter" && std::find(seen.begin(), seen.end(), line.key) != seen.end()) {
            return bad(file, line.number, fmt::format("\"{}:\" is said twice", line.key));
        }
        DRYDOCK_TRY(const bool fits, apply(line, file, check));
        if (!fits) return bad(file, line.number, fmt::format("\"{}\" does not fit \"{}:\"", line.value, line.key));
        seen.push_back(line.key);
    }
    for (const std::string_view needed : {"Check", "Severity", "Cost", "Why", "Fix"}) {
        if (std::find(seen.begin(), seen.end(), needed) != seen.end()) continue;
        return bad(file, 0, fmt::format("a check's header needs \"{}:\"", needed));
    }
    return check;
}

std::span<const Check> checks() {
    static const std::vector<Check> all = parse_all();
    return all;
}

const Check* find_check(std::string_view id) {
    const auto all = checks();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Check& check) { return check.id == id; });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace drydock::validate
