#include "lint/allow.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "sql/lexer.h"

namespace drydock::lint {
namespace {

constexpr std::string_view kMark = "drydock:allow";

bool is_id_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// "idx-create, con-fk because …" → the ids at the front. A word belongs to the list when a comma stands before it.
std::vector<std::string_view> ids_in(std::string_view text) {
    std::vector<std::string_view> ids;
    for (;;) {
        text = trim(text);
        std::size_t end = 0;
        while (end < text.size() && is_id_character(text[end])) ++end;
        if (end == 0) return ids;
        ids.push_back(text.substr(0, end));
        text = trim(text.substr(end));
        if (!text.starts_with(',')) return ids;
        text.remove_prefix(1);
    }
}

// The statement that a comment is about: the one whose first line it ends, else the next one.
const sql::Statement* statement_at(const Source& source, std::size_t comment) {
    const auto& statements = source.statements;
    const auto next = std::partition_point(statements.begin(), statements.end(), [&](const auto& s) {
        return s.range.begin < comment;
    });
    if (next != statements.begin()) {
        const auto& before = *(next - 1);
        const auto line_end = std::min(source.text.find('\n', before.range.begin), source.text.size());
        if (comment < line_end) return &before;
    }
    return next == statements.end() ? nullptr : &*next;
}

}  // namespace

Result<Allows> Allows::read(const Source& source, const Lines& lines) {
    Allows allows;
    const auto first = source.statements.empty() ? source.text.size() : source.statements.front().range.begin;
    // Looked for as text first: most files have none.
    for (auto at = source.text.find(kMark); at != std::string_view::npos; at = source.text.find(kMark, at + 1)) {
        const auto line_begin = source.text.rfind('\n', at) + 1;  // npos + 1 is 0
        const auto before = source.text.substr(line_begin, at - line_begin);
        const auto dashes = before.rfind("--");
        if (dashes == std::string_view::npos || !trim(before.substr(dashes + 2)).empty()) continue;
        const sql::Range comment{line_begin + dashes, std::min(source.text.find('\n', at), source.text.size())};
        auto rest = source.text.substr(at + kMark.size(), comment.end - at - kMark.size());
        const bool whole_file = rest.starts_with("-file");
        if (whole_file) rest.remove_prefix(5);
        if (!rest.empty() && rest[0] != ' ' && rest[0] != '\t' && rest[0] != ':') continue;
        if (rest.starts_with(':')) rest.remove_prefix(1);
        const auto ids = ids_in(rest);
        const auto complain = [&](std::string message, std::string hint) {
            Error error{.code = ErrorCode::invalid_argument, .message = std::move(message), .hint = std::move(hint)};
            return std::move(error).at(lines.place(comment.begin));
        };
        if (ids.empty()) {
            return complain("drydock:allow names no rule", "write it as: -- drydock:allow idx-create the reason why");
        }
        if (whole_file && comment.begin > first) {
            return complain(
                "drydock:allow-file stands behind a statement", "put it above the first one, or use drydock:allow"
            );
        }
        const auto* statement = whole_file ? nullptr : statement_at(source, comment.begin);
        for (const auto id : ids) {
            const auto* rule = find_rule(id);
            if (rule == nullptr) return complain(fmt::format("there is no rule \"{}\"", id), rule_hint(id));
            allows.entries_.push_back({
                .rule = rule,
                .comment = comment,
                .whole_file = whole_file,
                .statement = statement == nullptr ? source.text.size() : statement->range.begin,
            });
        }
    }
    return allows;
}

bool Allows::covers(const Rule& rule, sql::Range statement) {
    bool covered = false;
    for (auto& entry : entries_) {
        if (entry.rule != &rule || (!entry.whole_file && entry.statement != statement.begin)) continue;
        entry.used = true;
        covered = true;
    }
    return covered;
}

std::vector<Allows::Unused> Allows::unused() const {
    std::vector<Unused> result;
    for (const auto& entry : entries_) {
        if (!entry.used) result.push_back({entry.rule, entry.comment});
    }
    return result;
}

}  // namespace drydock::lint
