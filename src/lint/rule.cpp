#include "lint/rule.h"

#include <array>
#include <iterator>

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::lint {
namespace {

constexpr std::array<std::string_view, 4> kSeverities{"off", "notice", "warning", "error"};
constexpr std::array<std::string_view, 15> kCategories{
    "Indexes",
    "Constraints",
    "Columns",
    "Partitions",
    "Tables",
    "Transactions",
    "Context",
    "Data loss",
    "Compatibility",
    "Replication",
    "Integrity",
    "Security",
    "Design",
    "Existing data",
    "Linting itself",
};

void sql_block(std::string& page, std::string_view title, std::string_view sql) {
    if (!sql.empty()) page += fmt::format("\n{}:\n\n```sql\n{}\n```\n", title, sql);
}

}  // namespace

std::string_view name(Severity severity) {
    return kSeverities[static_cast<std::size_t>(severity)];
}

std::optional<Severity> severity_named(std::string_view text) {
    for (std::size_t i = 0; i < kSeverities.size(); ++i) {
        if (kSeverities[i] == text) return static_cast<Severity>(i);
    }
    return std::nullopt;
}

std::string_view name(Category category) {
    return kCategories[static_cast<std::size_t>(category)];
}

std::string rule_page(const Rule& rule) {
    auto page = fmt::format(
        "# {}: {}\n\n{} · {}\n\n{}\n\n**Safe when:** {}\n",
        rule.id,
        rule.title,
        name(rule.category),
        name(rule.severity),
        rule.why,
        rule.safe
    );
    sql_block(page, "Found", rule.bad);
    sql_block(page, "Better", rule.good);
    page += fmt::format(
        "\nSilence it for one statement with `-- drydock:allow {0} why` above it, for a file with\n"
        "`-- drydock:allow-file {0} why` above its first statement, or for the project in `drydock.toml`:\n\n"
        "```toml\n[lint]\ndisable = \"{0}\"\n```\n\n"
        "This page is made from the table of rules in `src/lint/rule_table.cpp`. [All rules](../lint.md)\n",
        rule.id
    );
    return page;
}

std::string explanation(const Rule& rule) {
    auto text = fmt::format(
        "{} ({}): {}\n\n{}\n\nSafe when: {}\n", rule.id, name(rule.severity), rule.title, rule.why, rule.safe
    );
    const auto block = [&text](std::string_view title, std::string_view sql) {
        if (sql.empty()) return;
        text += fmt::format("\n{}:\n", title);
        for (const auto line : split(sql, '\n')) text += fmt::format("    {}\n", line);
    };
    block("Found", rule.bad);
    block("Better", rule.good);
    return text;
}

}  // namespace drydock::lint
