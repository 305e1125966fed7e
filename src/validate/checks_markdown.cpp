#include <iterator>

#include <fmt/format.h>

#include "validate/check.h"

namespace drydock::validate {
namespace {

constexpr std::string_view kIntroduction = R"(# Checks

This page is made from the headers of `src/validate/checks/*/*.sql`. [validation.md](validation.md) tells how they are run.

Cost: C0 reads the catalog, C1 statistics views, C2 an index or a sample, C3 a table once, C4 sorts or hashes a table.
A number in *italics* can be set: `--parameter CHECK.NAME=NUMBER`.
)";

std::string cell(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '|') result += '\\';
        result += c;
    }
    return result;
}

std::string parameters_of(const Check& check) {
    std::string text;
    for (const auto& parameter : check.parameters) {
        text += fmt::format(" *{}* = {}: {}.", parameter.name, parameter.value, cell(parameter.what));
    }
    return text;
}

}  // namespace

std::string checks_markdown() {
    std::string page{kIntroduction};
    auto out = std::back_inserter(page);
    for (const auto group : kGroups) {
        fmt::format_to(
            out,
            "\n## {}\n\n| check | severity | cost | what and why | what to do |\n|---|---|---|---|---|\n",
            name(group)
        );
        for (const auto& check : checks()) {
            if (check.group != group) continue;
            const auto needs = check.needs();
            fmt::format_to(
                out,
                "| `{}` | {} | {} | **{}**. {}{}{} | {} |\n",
                check.id,
                name(check.severity),
                name(check.cost),
                cell(check.title),
                cell(check.why),
                parameters_of(check),
                needs.empty() ? "" : fmt::format(" Needs {}.", needs),
                cell(check.fix)
            );
        }
    }
    return page;
}

}  // namespace drydock::validate
