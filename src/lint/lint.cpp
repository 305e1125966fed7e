#include "lint/lint.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/snapshot.h"
#include "lint/allow.h"
#include "lint/parse_ahead.h"
#include "lint/rules.h"
#include "lint/source.h"
#include "sql/body.h"
#include "sql/lexer.h"
#include "sql/parser.h"
#include "sql/tree.h"

namespace drydock::lint {
namespace {

constexpr int kUsualVersion = 150000;

// drydock ends the transaction behind ALTER TYPE … ADD VALUE when a later statement of the file uses the value.
std::vector<bool> enum_cuts(const Source& source) {
    std::vector<bool> cuts;
    const auto& statements = source.statements;
    for (std::size_t i = 0; i < statements.size(); ++i) {
        if (statements[i].command != "ALTER TYPE") continue;
        const auto& range = statements[i].range;
        const auto target = sql::outside_target(source.text.substr(range.begin, range.end - range.begin));
        if (!target || target->verb != "add enum value") continue;
        std::string literal{"'"};
        for (const char c : target->value) literal += c == '\'' ? std::string{"''"} : std::string{c};
        if (source.text.find(literal + "'", range.end) == std::string_view::npos) continue;
        cuts.resize(statements.size());
        cuts[i] = true;
    }
    return cuts;
}

// What only reads and writes rows leaves the catalog as it is.
bool changes_the_catalog(const PgQuery__Node& node) {
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_INSERT_STMT:
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
        case PG_QUERY__NODE__NODE_DELETE_STMT:
        case PG_QUERY__NODE__NODE_MERGE_STMT:
        case PG_QUERY__NODE__NODE_COPY_STMT:
        case PG_QUERY__NODE__NODE_COMMENT_STMT:
        case PG_QUERY__NODE__NODE_GRANT_STMT:
        case PG_QUERY__NODE__NODE_LOCK_STMT:
        case PG_QUERY__NODE__NODE_VACUUM_STMT:
        case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
            return false;
        case PG_QUERY__NODE__NODE_SELECT_STMT:
            return node.select_stmt->into_clause != nullptr;
        default:
            return true;
    }
}

// One file on its way through the rules.
class FileRun {
public:
    FileRun(State& state, const Input& input, std::size_t index, const Source& source, std::size_t& last_transaction)
        : state_(state), index_(index), source_(source) {
        const auto& options = *state.options;
        stands_ =
            stand_of(source.statements, enum_cuts(source), options.runner, input.no_transaction, last_transaction);
        state_.file = {};
        state_.transaction = {};
        state_.here = input.file;
        state_.file.no_transaction = input.no_transaction;
        state_.file.lock_timeout = options.runner == Runner::drydock && options.sets_lock_timeout;
    }

    // Two readers of one world: `now` says what a statement does, and `behind` what the database was like before it.
    struct Readers {
        effects::Reader& now;
        effects::Reader& behind;
    };

    void run(const Readers& readers) {
        std::vector<std::string_view> texts;
        texts.reserve(source_.statements.size());
        for (const auto& statement : source_.statements) {
            texts.push_back(source_.text.substr(statement.range.begin, statement.range.end - statement.range.begin));
        }
        const auto problem = parse_ahead(texts, [&](std::size_t i, const sql::Parsed& parsed) {
            enter(i);
            if (parsed.tree == nullptr) {
                not_analysed(i, texts[i], parsed.problem);
                return;
            }
            for (std::size_t k = 0; k < parsed.tree->n_stmts; ++k) {
                const auto* node = parsed.tree->stmts[k]->stmt;
                if (node != nullptr) one(i, *node, texts[i], readers);
            }
        });
        if (!problem.empty()) passed_over({0, 1}, problem);
        for (const auto& trouble : source_.problems) passed_over(trouble.range, trouble.message);
    }

private:
    Context::Statement place_of(std::size_t i) const {
        const auto& statement = source_.statements[i];
        return {
            .begin = statement.range.begin,
            .whole = statement.range,
            .stand = &stands_[i],
            .line = statement.line,
            .shape = statement.shape,
        };
    }

    void enter(std::size_t i) {
        const auto& stand = stands_[i];
        if (stand.transaction != 0 && stand.transaction == state_.transaction.id) return;
        state_.transaction = {};
        state_.transaction.id = stand.transaction;
        state_.transaction.own = stand.own;
    }

    void one(std::size_t i, const PgQuery__Node& node, std::string_view text, const Readers& readers) {
        auto place = place_of(i);
        place.sql = text;
        if (node.node_case == PG_QUERY__NODE__NODE_DO_STMT) {
            block(place, node, readers);
        } else {
            apply(place, node, readers);
        }
    }

    void apply(Context::Statement place, const PgQuery__Node& node, const Readers& readers) {
        const auto effect = readers.now.read(node);
        place.node = &node;
        place.effect = &effect;
        place.number = sequence_++;
        Context context{state_, readers.behind.world(), index_, place};
        apply_rules(context);
        if (changes_the_catalog(node)) readers.behind.read(node);
    }

    // A DO block is what its statements are.
    void block(const Context::Statement& place, const PgQuery__Node& node, const Readers& readers) {
        const auto body = sql::read_body(node);
        const effects::Effect nothing;
        auto self = place;
        self.node = &node;
        self.effect = &nothing;
        Context context{state_, readers.behind.world(), index_, self};
        if (place.stand->trouble != Stand::Trouble::none) transaction_rules(context);
        if (!body.read) {
            context.report("ctx-opaque", fmt::format("what the DO block runs is not read: {}", body.problem), {});
            return;
        }
        const auto begin = body_begin(place.sql);
        for (const auto& opaque : body.opaque) {
            const auto at = inside(place.sql, begin, opaque).first;
            context.report(
                "ctx-opaque",
                fmt::format("what EXECUTE runs is only known when the block does: {}", opaque.text),
                {.at = at}
            );
        }
        for (const auto& statement : body.statements) {
            const auto [at, exact] = inside(place.sql, begin, statement);
            auto inner = place;
            inner.sql = statement.text;
            inner.begin = place.begin + at;
            inner.mapped = exact;
            inner.nested = true;
            inner.outermost = false;
            inner.shape = sql::Shape::ordinary;
            inner.line = place.line + static_cast<std::size_t>(std::count(
                                          place.sql.begin(), place.sql.begin() + static_cast<std::ptrdiff_t>(at), '\n'
                                      ));
            const auto parsed = sql::parse(statement.text);
            if (parsed.tree == nullptr) continue;  // an expression of PL/pgSQL's own, or newer grammar
            for (std::size_t k = 0; k < parsed.tree->n_stmts; ++k) {
                if (parsed.tree->stmts[k]->stmt != nullptr) apply(inner, *parsed.tree->stmts[k]->stmt, readers);
            }
        }
    }

    // Where the text of a DO block begins: behind the quote.
    static std::size_t body_begin(std::string_view sql) {
        sql::Lexer lexer{sql};
        for (auto token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
            if (token.kind == sql::TokenKind::string) return token.range.begin + 1;
            if (token.kind == sql::TokenKind::dollar_string) return sql.find('$', token.range.begin + 1) + 1;
        }
        return 0;
    }

    // Where a statement of the body stands, and whether it stands there word for word.
    static std::pair<std::size_t, bool> inside(
        std::string_view sql, std::size_t begin, const sql::BodyStatement& statement
    ) {
        auto at = begin;
        for (std::size_t line = 1; line < statement.line; ++line) {
            const auto next = sql.find('\n', at);
            if (next == std::string_view::npos) break;
            at = next + 1;
        }
        const auto exact = sql.find(statement.text, at);
        // EXECUTE's text and what was put together stand on the line, in other words.
        if (exact != std::string_view::npos && !statement.text.empty()) return {exact, true};
        return {std::min(sql.find_first_not_of(" \t\r\n", at), sql.size() - 1), false};
    }

    void not_analysed(std::size_t i, std::string_view text, const std::string& problem) {
        auto place = place_of(i);
        const effects::Effect nothing;
        place.effect = &nothing;
        place.sql = text;
        Context context{state_, nullptr, index_, place};
        const auto not_enforced = context.find_keyword("ENFORCED");
        if (not_enforced != Context::npos && to_lower(text).find("not enforced") != std::string::npos)
            context.report("int-not-enforced", "neither old nor new rows are tested", {.at = not_enforced});
        context.report(
            "not-analysed", fmt::format("nothing is known of this {}: {}", source_.statements[i].command, problem), {}
        );
    }

    void passed_over(sql::Range range, const std::string& problem) {
        static const Stand nowhere;
        const effects::Effect nothing;
        Context context{
            state_,
            nullptr,
            index_,
            {.effect = &nothing,
             .sql = source_.text.substr(range.begin, range.end - range.begin),
             .begin = range.begin,
             .whole = range,
             .stand = &nowhere}
        };
        context.report(
            "not-analysed", fmt::format("passed over: {}", problem), {.at = 0, .end = range.end - range.begin}
        );
    }

    State& state_;
    std::size_t index_;
    const Source& source_;
    std::vector<Stand> stands_;
    std::size_t sequence_ = 0;  // of statements, those of DO blocks as well
};

struct Opened {
    Source source;
    std::unique_ptr<Lines> lines;
    std::optional<Allows> allows;
};

void unused_allows(const Allows& allows, std::size_t input, const Options& options, std::vector<Finding>& findings) {
    const auto* rule = find_rule("lint-unused-allow");
    const auto own = options.severities.find(rule->id);
    const auto severity = own == options.severities.end() ? rule->severity : own->second;
    // With --rule, most rules did not get the chance to find anything.
    if (severity == Severity::off || !options.only.empty()) return;
    for (const auto& unused : allows.unused()) {
        findings.push_back({
            .rule = rule,
            .severity = severity,
            .input = input,
            .range = unused.comment,
            .statement = unused.comment,
            .message = fmt::format("there is no {} to allow here", unused.rule->id),
            .edits = {{unused.comment, ""}},
        });
    }
}

bool is_before(const Finding& a, const Finding& b) {
    const auto key = [](const Finding& f) {
        return std::tuple(f.input, f.range.begin, -static_cast<int>(f.severity), f.rule->id);
    };
    return key(a) < key(b);
}

bool is_same(const Finding& a, const Finding& b) {
    return a.input == b.input && a.range.begin == b.range.begin && a.rule == b.rule && a.message == b.message;
}

}  // namespace

std::string_view name(Evidence evidence) {
    switch (evidence) {
        case Evidence::text:
            return "static";
        case Evidence::catalog:
            return "catalog";
        case Evidence::shadow:
            return "shadow";
        case Evidence::target:
            return "target";
    }
    return {};
}

std::size_t Report::count(Severity severity) const {
    return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), [severity](const Finding& f) {
        return f.severity == severity;
    }));
}

Severity Report::worst() const {
    auto worst = Severity::off;
    for (const auto& finding : findings) worst = std::max(worst, finding.severity);
    return worst;
}

Result<Report> lint(const std::vector<Input>& inputs, const Options& options) {
    State state;
    state.options = &options;
    Report report;
    std::vector<Opened> files(inputs.size());
    // Without a database the files themselves say what they make: what they don't make is not known.
    const catalog::Snapshot nothing;
    effects::World empty{nothing};
    empty.set_server_version(options.server_version > 0 ? options.server_version : kUsualVersion);
    const auto* world = options.world == nullptr ? &empty : options.world;
    effects::Reader now{world};
    effects::Reader behind{world};
    std::size_t last_transaction = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        auto& file = files[i];
        read_source(inputs[i].text, file.source);
        file.lines = std::make_unique<Lines>(inputs[i].text, inputs[i].file);
        DRYDOCK_TRY(file.allows, Allows::read(file.source, *file.lines));
        if (inputs[i].reported) {
            ++report.files;
            report.statements += file.source.statements.size();
        }
        if (state.file.search_path_line != 0) {
            now.read("RESET search_path");
            behind.read("RESET search_path");
        }
        now.end_script();
        behind.end_script();
        FileRun run{state, inputs[i], i, file.source, last_transaction};
        run.run({now, behind});
    }
    report.findings.reserve(state.drafts.size());
    for (auto& draft : state.drafts) {
        auto& finding = draft.finding;
        if (draft.withdrawn || !inputs[finding.input].reported) continue;
        if (files[finding.input].allows->covers(*finding.rule, finding.statement)) {
            ++report.silenced;
            continue;
        }
        report.findings.push_back(std::move(finding));
    }
    state = {};  // there may be many: their places are looked up in the room that this leaves
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].reported) unused_allows(*files[i].allows, i, options, report.findings);
    }
    std::sort(report.findings.begin(), report.findings.end(), is_before);
    report.findings.erase(std::unique(report.findings.begin(), report.findings.end(), is_same), report.findings.end());
    for (auto& finding : report.findings) {
        const auto& input = inputs[finding.input];
        const auto place = [&](std::size_t offset) {
            return input.place ? input.place(offset) : files[finding.input].lines->place(offset);
        };
        finding.place = place(finding.range.begin);
        const auto end = place(finding.range.end);
        finding.end_line = end.line;
        finding.end_column = end.column;
    }
    return report;
}

std::string fixed(std::string_view text, const Report& report, std::size_t input) {
    std::vector<const Edit*> edits;
    for (const auto& finding : report.findings) {
        if (finding.input != input) continue;
        for (const auto& edit : finding.edits) edits.push_back(&edit);
    }
    std::stable_sort(edits.begin(), edits.end(), [](const Edit* a, const Edit* b) {
        return a->at.begin < b->at.begin;
    });
    std::string result;
    std::size_t at = 0;
    for (const auto* edit : edits) {
        if (edit->at.begin < at || edit->at.end > text.size()) continue;
        result += text.substr(at, edit->at.begin - at);
        result += edit->text;
        at = edit->at.end;
    }
    return result + std::string{text.substr(at)};
}

}  // namespace drydock::lint
