#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace drydock::lint {

// How much a finding weighs. `off`: the rule is asked for by name or not at all.
enum class Severity : std::uint8_t { off, notice, warning, error };
std::string_view name(Severity severity);
std::optional<Severity> severity_named(std::string_view name);

enum class Category : std::uint8_t {
    index,
    constraint,
    column,
    partition,
    table,
    transaction,
    context,
    data,
    compatibility,
    replication,
    integrity,
    security,
    design,
    probe,
    lint,
};
std::string_view name(Category category);

// One rule as users know it. `id` never changes its meaning: files and pipelines name it.
struct Rule {
    std::string_view id;
    Severity severity;  // unless the configuration says another
    Category category;
    std::string_view title;   // one line, no full stop
    std::string_view why;     // what it does to a database that is in use
    std::string_view safe;    // when it is no problem
    std::string_view bad{};   // SQL that it finds
    std::string_view good{};  // the same, safely; empty: there is no other way to write it
};

// The one table. Findings, pages, `--explain`, SARIF and completion are made from it.
std::span<const Rule> rules();
// nullptr when there is none by that id.
const Rule* find_rule(std::string_view id);
// "did you mean idx-create?", or where the list of rules stands.
std::string rule_hint(std::string_view id);

// docs/lint/<id>.md, and docs/lint.md with the list of all.
std::string rule_page(const Rule& rule);
std::string lint_page();
// The same for a terminal: `migrate lint --explain`.
std::string explanation(const Rule& rule);

}  // namespace drydock::lint
