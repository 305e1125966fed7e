#include "http/message.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace drydock::http {
namespace {

constexpr std::array<std::string_view, 7> kMethods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

}  // namespace

std::string_view name(Method method) {
    return kMethods[static_cast<std::size_t>(method)];
}

std::optional<Method> method_named(std::string_view name) {
    const auto* const found = std::ranges::find(kMethods, name);
    if (found == kMethods.end()) return std::nullopt;
    return static_cast<Method>(found - kMethods.begin());
}

const std::string* Headers::find(std::string_view name) const {
    for (const auto& [key, value] : entries_)
        if (key.size() == name.size() && iequals(key, name)) return &value;
    return nullptr;
}

std::string_view Headers::get(std::string_view name) const {
    const auto* const found = find(name);
    return found ? std::string_view{*found} : std::string_view{};
}

std::size_t Headers::count(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::count_if(entries_, [&](const Entry& entry) {
        return iequals(entry.first, name);
    }));
}

void Headers::set(std::string name, std::string value) {
    std::erase_if(entries_, [&](const Entry& entry) { return iequals(entry.first, name); });
    add(std::move(name), std::move(value));
}

}  // namespace drydock::http
