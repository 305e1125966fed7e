#include "config/check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::config {
namespace {

Error wrong(const Setting& setting, std::string_view text, std::string_view what, std::string hint) {
    const auto value = setting.secret ? std::string{"the value"} : fmt::format("\"{}\"", text);
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("{}: {} is not {}", setting.key, value, what),
        .hint = std::move(hint)
    };
}

Result<std::string> checked_flag(const Setting& setting, std::string_view text) {
    for (const std::string_view yes : {"true", "on", "yes", "1"}) {
        if (iequals(text, yes)) return std::string{"true"};
    }
    for (const std::string_view no : {"false", "off", "no", "0"}) {
        if (iequals(text, no)) return std::string{"false"};
    }
    return wrong(setting, text, "a flag", "write true or false");
}

Result<std::string> checked_choice(const Setting& setting, std::string_view text) {
    std::vector<std::string> choices;
    for (const auto choice : setting.choices) {
        if (choice.empty()) continue;
        if (iequals(choice, text)) return std::string{choice};
        choices.emplace_back(choice);
    }
    const auto near = did_you_mean(text, choices);
    auto hint = near ? fmt::format("did you mean \"{}\"?", *near) : std::string{};
    return wrong(setting, text, fmt::format("one of {}", fmt::join(choices, ", ")), std::move(hint));
}

Result<std::string> checked_count(const Setting& setting, std::string_view text) {
    std::int64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end || value < 0) {
        return wrong(setting, text, "a whole number of 0 or more", {});
    }
    return std::to_string(value);
}

Result<std::string> checked_duration(const Setting& setting, std::string_view text) {
    const bool number = !text.empty() && text.front() >= '0' && text.front() <= '9';
    if (number && parse_duration(text)) return std::string{text};
    return wrong(setting, text, "a duration", "write 500ms, 3s, 5min, 1h or 2d; a number alone is milliseconds");
}

Result<std::string> checked_size(const Setting& setting, std::string_view text) {
    if (parse_bytes(text)) return std::string{text};
    return wrong(setting, text, "a size", "write 512kB, 20MB, 1GB or 2TB; a number alone is bytes");
}

}  // namespace

Result<std::string> checked(const Setting& setting, std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return wrong(setting, "…", "a text without NUL bytes", {});
    if (setting.type == Type::text || setting.type == Type::path) return std::string{text};
    text = trim(text);
    if (setting.type == Type::list) return std::string{text};
    switch (setting.type) {
        case Type::flag:
            return checked_flag(setting, text);
        case Type::choice:
            return checked_choice(setting, text);
        case Type::count:
            return checked_count(setting, text);
        case Type::size:
            return checked_size(setting, text);
        default:
            return checked_duration(setting, text);
    }
}

bool is_section(std::string_view prefix) {
    const auto begin = std::string{prefix} + ".";
    return std::any_of(settings().begin(), settings().end(), [&](const Setting& s) {
        return s.key.starts_with(begin);
    });
}

std::string suggestion_for(std::string_view key) {
    const auto spelled = [](std::string_view full) {
        const auto dot = full.find('.');
        if (dot == std::string_view::npos) return std::string{full};
        return fmt::format("{} in [{}]", full.substr(dot + 1), full.substr(0, dot));
    };
    const auto last = key.substr(key.rfind('.') + 1);
    std::vector<std::string> full;
    for (const auto& setting : settings()) {
        if (!setting.in_file) continue;
        if (setting.key.substr(setting.key.rfind('.') + 1) == last) return spelled(setting.key);
        full.emplace_back(setting.key);
    }
    if (const auto near = did_you_mean(key, full)) return spelled(*near);
    // A right section with a word far off is better compared without the section, whose letters count as equal.
    std::vector<std::string> short_names;
    for (const auto& name : full) short_names.push_back(name.substr(name.rfind('.') + 1));
    const auto near = did_you_mean(last, short_names);
    if (!near) return {};
    const auto index = std::find(short_names.begin(), short_names.end(), *near) - short_names.begin();
    return spelled(full[static_cast<std::size_t>(index)]);
}

}  // namespace drydock::config
