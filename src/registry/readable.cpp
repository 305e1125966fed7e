#include "registry/readable.h"

#include <algorithm>

#include "base/text.h"

namespace drydock::registry {
namespace {

constexpr std::size_t kMostText = 2'000;
constexpr std::size_t kMostItems = 200;

}  // namespace

std::string readable(std::string_view text) {
    std::string clean{text.substr(0, kMostText)};
    for (auto at = first_invalid_utf8(clean); at; at = first_invalid_utf8(clean)) clean[*at] = '?';
    std::ranges::replace(clean, '\0', '?');
    return clean;
}

targets::Facts readable(targets::Facts facts) {
    if (facts.size() > kMostItems) facts.resize(kMostItems);
    for (auto& [name, value] : facts) {
        name = readable(name);
        value = readable(value);
    }
    return facts;
}

targets::Rights readable(targets::Rights rights) {
    rights.user = readable(rights.user);
    if (rights.found.size() > kMostItems) rights.found.resize(kMostItems);
    for (auto& right : rights.found) {
        for (auto* const text : {&right.name, &right.message, &right.detail}) *text = readable(*text);
    }
    return rights;
}

targets::TestReport readable(targets::TestReport report) {
    for (auto* const text : {&report.message, &report.version}) *text = readable(*text);
    for (auto& step : report.steps) {
        for (auto* const text : {&step.message, &step.hint}) *text = readable(*text);
    }
    if (report.rights) report.rights = readable(*std::move(report.rights));
    return report;
}

}  // namespace drydock::registry
