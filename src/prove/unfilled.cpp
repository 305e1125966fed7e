#include "prove/unfilled.h"

#include <algorithm>

#include <fmt/format.h>

namespace drydock::prove {
namespace {

constexpr std::size_t kShortest = 3;

std::string doubled(std::string_view text, char quote) {
    std::string result;
    for (const char c : text) {
        if (c == quote) result += c;
        result += c;
    }
    return result;
}

}  // namespace

void Unfilled::add(const std::vector<layouts::HeaderValue>& placeholders, const migrate::PlaceholderValues& values) {
    if (!values) return;
    for (const auto& placeholder : placeholders) {
        auto value = values(placeholder.text);
        const auto known = [&](const Filled& one) { return one.name == placeholder.text; };
        if (!value || value->size() < kShortest || std::ranges::any_of(filled_, known)) continue;
        const auto longer = [&](const Filled& one) { return one.value.size() > value->size(); };
        const auto at = std::ranges::partition_point(filled_, longer);
        filled_.insert(at, {placeholder.text, *std::move(value)});
    }
}

std::string Unfilled::replaced(std::string_view text, std::vector<std::string>* used) const {
    std::string result;
    while (!text.empty()) {
        const auto found =
            std::ranges::find_if(filled_, [&](const Filled& one) { return text.starts_with(one.value); });
        if (found == filled_.end()) {
            result += text.front();
            text.remove_prefix(1);
            continue;
        }
        result += fmt::format("${{{}}}", found->name);
        text.remove_prefix(found->value.size());
        if (used && !std::ranges::count(*used, found->name)) used->push_back(found->name);
    }
    return result;
}

std::string Unfilled::sql(std::string text) const {
    if (filled_.empty()) return text;
    std::vector<std::string> used;
    auto result = replaced(text, &used);
    if (used.empty()) return text;
    return fmt::format("-- Placeholders: {}\n{}", fmt::join(used, ", "), result);
}

std::string Unfilled::trouble(std::string_view text) const {
    for (const auto& one : filled_) {
        const bool names_it = text.find(fmt::format("${{{}}}", one.name)) != std::string_view::npos;
        for (const char quote : {'\'', '"'}) {
            const bool has_quote = one.value.find(quote) != std::string::npos;
            if (names_it || (has_quote && text.find(doubled(one.value, quote)) != std::string_view::npos))
                return one.name;
        }
    }
    return {};
}

}  // namespace drydock::prove
