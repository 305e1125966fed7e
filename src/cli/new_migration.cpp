#include "cli/new_migration.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::cli {
namespace {

constexpr std::size_t kTimeDigits = 14;

std::string time_number(std::time_t now) {
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, kTimeDigits + 1> text{};
    const auto length = std::strftime(text.data(), text.size(), "%Y%m%d%H%M%S", &parts);
    return {text.data(), length};
}

bool looks_like_time(std::string_view number) {
    const auto year = number.substr(0, 2);
    return number.size() == kTimeDigits && (year == "19" || year == "20");
}

// One more, of any length: "009" -> "010", "999" -> "1000".
std::string one_more(std::string number) {
    for (auto at = number.size(); at > 0; --at) {
        if (number[at - 1] != '9') {
            ++number[at - 1];
            return number;
        }
        number[at - 1] = '0';
    }
    return "1" + number;
}

bool name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

std::string suggested(std::string_view name) {
    std::string result;
    for (const char c : to_lower(name)) {
        if (name_character(c) && c != '_')
            result += c;
        else if (!result.empty() && result.back() != '_')
            result += '_';
    }
    while (result.ends_with('_')) result.pop_back();
    if (result.ends_with("_sql")) result.resize(result.size() - 4);
    const auto letters = result.find_first_not_of("0123456789_");
    return letters == std::string::npos ? std::string{} : result.substr(letters);
}

std::string sentence(std::string_view name) {
    std::string text{name};
    std::replace(text.begin(), text.end(), '_', ' ');
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

}  // namespace

std::string next_number(const std::vector<layouts::Migration>& migrations, std::time_t now) {
    const auto highest = std::max_element(migrations.begin(), migrations.end(), [](const auto& a, const auto& b) {
        return layouts::compare_numbers(a.number, b.number) < 0;
    });
    if (highest == migrations.end()) return "001";
    if (looks_like_time(highest->number)) {
        auto number = time_number(now);
        if (layouts::compare_numbers(number, highest->number) > 0) return number;
    }
    return one_more(highest->number);
}

Result<> check_name(std::string_view name) {
    const bool fits = !name.empty() && name.front() >= 'a' && name.front() <= 'z' && !name.ends_with('_') &&
                      std::all_of(name.begin(), name.end(), name_character);
    if (fits) return {};
    const auto better = suggested(name);
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format(
            "\"{}\" is no name for a migration: small letters, digits and underscores, a letter first", name
        ),
        .hint = better.empty() ? "for example add_order_notes" : fmt::format("drydock migrate new {}", better)
    };
}

std::vector<NewFile> new_files(const NewMigration& wanted) {
    const auto id = fmt::format("{}_{}", wanted.number, wanted.name);
    const auto rollback = fmt::format("rollback-{}.sql", id);
    std::string needs;
    for (const auto& dependency : wanted.dependencies) needs += (needs.empty() ? "" : ", ") + dependency + ".sql";
    std::vector<NewFile> files;
    files.push_back(
        {fmt::format("{}.sql", id),
         fmt::format(
             "-- Migration: {}\n-- Purpose: {}\n-- Dependencies: {}\n-- Rollback: {}\n-- Environment: all\n\n",
             sentence(wanted.name),
             wanted.purpose,
             needs.empty() ? "none" : needs,
             wanted.rollback ? rollback : "none"
         )}
    );
    if (wanted.rollback) files.push_back({rollback, fmt::format("-- Takes {}.sql back.\n\n", id)});
    return files;
}

}  // namespace drydock::cli
