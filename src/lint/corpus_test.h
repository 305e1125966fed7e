#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/text.h"
#include "lint/lint.h"

// The labelled cases of tests/lint, for the test without a database and the one with it.
namespace drydock::lint {

struct Case {
    std::string file;
    std::size_t line = 0;
    std::string title;
    std::string rule;  // of a hazard; empty: safe
    bool catalog = false;
    bool on = false;
    Runner runner = Runner::drydock;
    int version = 0;
    std::string before;
    std::string sql;

    std::string label() const { return fmt::format("{}:{} {}", file, line, title); }
};

inline std::filesystem::path cases_folder() {
    return std::filesystem::path{__FILE__}.parent_path() / "../../tests/lint";
}

inline Case read_label(std::string_view line) {
    Case result;
    const auto colon = line.find(": ");
    result.title = colon == std::string_view::npos ? "" : line.substr(colon + 2);
    std::vector<std::string_view> words;
    for (const auto word : split(line.substr(4, colon - 4), ' ')) {
        if (!trim(word).empty()) words.push_back(trim(word));
    }
    std::size_t next = 1;
    if (words[0] == "hazard") result.rule = words[next++];
    for (; next < words.size(); ++next) {
        const auto word = words[next];
        if (word == "catalog")
            result.catalog = true;
        else if (word == "on")
            result.on = true;
        else if (word == "psql")
            result.runner = Runner::psql;
        else if (word == "transaction")
            result.runner = Runner::transaction;
        else if (word.starts_with("pg="))
            result.version = std::stoi(std::string{word.substr(3)}) * 10000;
        else
            ADD_FAILURE() << "what is \"" << word << "\" in: " << line;
    }
    if (!result.rule.empty()) {
        EXPECT_NE(find_rule(result.rule), nullptr) << line;
    }
    return result;
}

inline std::vector<Case> read_cases() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{cases_folder()}) {
        if (entry.path().extension() == ".sql" && entry.path().stem() != "fixture") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<Case> cases;
    for (const auto& path : files) {
        const auto text = read_file(path);
        if (!text) ADD_FAILURE() << text.error().message;
        std::size_t number = 0;
        for (const auto line : split(*text, '\n')) {
            ++number;
            if (line.starts_with("--- ")) {
                cases.push_back(read_label(line));
                cases.back().file = path.filename().string();
                cases.back().line = number;
            } else if (cases.empty()) {
                ADD_FAILURE() << path << " begins without a case";
            } else if (line.starts_with("--@ ")) {
                cases.back().before += std::string{line.substr(4)} + "\n";
            } else {
                cases.back().sql += std::string{line} + "\n";
            }
        }
    }
    return cases;
}

inline std::string findings_text(const Report& report) {
    std::string text;
    for (const auto& finding : report.findings) {
        text += fmt::format(
            "    {}:{} {} {}: {}\n",
            finding.place.line,
            finding.place.column,
            name(finding.severity),
            finding.rule->id,
            finding.message
        );
    }
    return text.empty() ? "    (nothing)\n" : text;
}

inline Report lint_case(const Case& one, Options options) {
    options.runner = one.runner;
    if (one.version > 0) options.server_version = one.version;
    if (one.on) options.severities[one.rule] = Severity::notice;
    std::vector<Input> inputs;
    if (!one.before.empty()) inputs.push_back({.file = "before.sql", .text = one.before, .reported = false});
    inputs.push_back({.file = one.file, .text = one.sql});
    auto report = lint(inputs, options);
    EXPECT_TRUE(report) << one.label() << ": " << (report ? "" : report.error().message);
    return report ? *std::move(report) : Report{};
}

inline bool is_right(const Case& one, const Report& report) {
    if (one.rule.empty()) return report.worst() < Severity::warning;
    return std::any_of(report.findings.begin(), report.findings.end(), [&](const Finding& f) {
        return f.rule->id == one.rule;
    });
}

// The share of the cases that come out right, and those that don't, to be read.
struct Score {
    std::size_t hazards = 0;
    std::size_t named = 0;
    std::size_t safe = 0;
    std::size_t flagged = 0;
    std::string wrong;

    void add(const Case& one, const Report& report) {
        const bool right = is_right(one, report);
        (one.rule.empty() ? safe : hazards) += 1;
        if (!one.rule.empty() && right) ++named;
        if (one.rule.empty() && !right) ++flagged;
        if (!right)
            wrong += fmt::format(
                "{}\n{}", one.label() + (one.rule.empty() ? " (safe)" : " should be " + one.rule), findings_text(report)
            );
    }
    double named_share() const { return hazards == 0 ? 1 : static_cast<double>(named) / static_cast<double>(hazards); }
    double flagged_share() const { return safe == 0 ? 0 : static_cast<double>(flagged) / static_cast<double>(safe); }
};

}  // namespace drydock::lint
