#include "sql/splitter.h"

#include <pg_query.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <pg_query/pg_query.pb-c.h>

namespace drydock::sql {
namespace {

using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;

// Statements that each hold something a splitter can stumble over.
constexpr std::string_view kStatements[] = {
    // The first one not in the comparison of tokens: libpg_query's scanner gives U&'' no range and splits N''.
    R"(SELECT U&'d\0061t;', U&"d;", B'01', X'1F', N'n;')",
    "SELECT 1",
    "SELECT 'a;b', 'it''s; $$', \"q;\"\"q\"",
    R"(SELECT E'\'; \\', e'\047;''', 'c:\')",
    "SELECT $$a;'b$x$ /* $$, $x$ $$ ; $y$ $x$, $é1$;$é1$",
    "SELECT a$b$c, _$1, é$é FROM x$$ WHERE a = $1 AND b = $2",
    "SELECT a ->> 'x;' #>> '{;}' , b @> c, d <@ e, f ? g, - 1 +- 2, a @- 1, a <-> b, a !~~* b, a=-1, b<>-1, c||'x'",
    "SELECT 1.5e-3, .5, 1., 42, 1e10, a[1:2], b[:], (ARRAY[1,2])[1], x::text, f(a => 1, b := 2)",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); DELETE FROM b; SELECT 1)",
    "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN a = 1 THEN 2 END; SELECT 3; END",
    "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC INSERT INTO t VALUES (CASE 1 WHEN 2 THEN 3 ELSE CASE 4 WHEN 5 THEN 6 "
    "END END); END",
    "CREATE FUNCTION e() RETURNS void BEGIN ATOMIC END",
    "CREATE FUNCTION l() RETURNS int BEGIN ATOMIC SELECT 1 AS end, t.end, 2 AS case FROM t; END",
    "CREATE FUNCTION g() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN RETURN $$;$$; END; $f$",
    "CREATE FUNCTION h() RETURNS int LANGUAGE sql RETURN (SELECT 1)",
    "DO $$ BEGIN COMMIT; END $$",
    "BEGIN",
    "END",
    "COMMIT AND CHAIN",
    "CREATE TABLE t (id int DEFAULT 1, c text CHECK (c <> ';'), PRIMARY KEY (id))",
    "CREATE INDEX CONCURRENTLY i ON t USING gin (a gin_trgm_ops) WHERE b IS NOT NULL",
    "WITH a AS (SELECT 1), b AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM a, b",
    "UPDATE t SET a = 'x' || E'\\n;' WHERE b BETWEEN 1 AND 2",
    "COPY (SELECT ';') TO STDOUT WITH (FORMAT csv, DELIMITER ';')",
    "GRANT SELECT ON ALL TABLES IN SCHEMA s TO r",
    "COMMENT ON TABLE t IS 'a; -- b /* c'",
    "SELECT * FROM t WHERE a SIMILAR TO '%;' ESCAPE '!'",
    "CREATE TRIGGER g AFTER UPDATE ON t FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION f('a;')",
};
constexpr std::string_view kBlanks[] = {
    " ",
    "\n",
    "\t\r\n",
    " -- a; 'b\n",
    "--\r\n",
    "/*;*/",
    "/* '*/ ",
    "/* /* ; */ $$ */",
    "/**/--/*\n",
    " /*--*/",
    "\f",
    "--\\i x\n",
};

class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_); }
    std::string_view pick(const auto& list) { return list[below(std::size(list))]; }

private:
    std::mt19937 engine_;
};

// The statement with other white space between its tokens.
std::string respaced(std::string_view statement, Random& random) {
    std::string text;
    Lexer lexer(statement);
    for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
        if (token.kind != TokenKind::space) {
            text += text_of(statement, token);
            continue;
        }
        for (std::size_t i = 0; i <= random.below(3); ++i) text += random.pick(kBlanks);
    }
    return text;
}

std::string random_script(Random& random, std::size_t first = 0) {
    std::string text;
    const std::size_t count = random.below(12);
    for (std::size_t i = 0; i < count; ++i) {
        text += respaced(kStatements[first + random.below(std::size(kStatements) - first)], random);
        for (std::size_t k = random.below(3); k > 0; --k) text += random.pick(kBlanks);
        if (i + 1 < count || random.below(2) == 0) text += ";";
        for (std::size_t k = random.below(3); k > 0; --k) text += random.below(4) == 0 ? ";" : random.pick(kBlanks);
    }
    return text;
}

// From the first token to the last.
void add_trimmed(std::string_view text, std::size_t begin, std::size_t end, Ranges& ranges) {
    const std::string_view part = text.substr(begin, end - begin);
    Lexer lexer(part);
    std::size_t first = part.size();
    std::size_t last = 0;
    for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
        if (is_blank(token.kind)) continue;
        first = std::min(first, token.range.begin);
        last = token.range.end;
    }
    if (last > 0) ranges.emplace_back(begin + first, begin + last);
}

Ranges server_split(const std::string& text) {
    Ranges ranges;
    const PgQuerySplitResult result = pg_query_split_with_parser(text.c_str());
    EXPECT_EQ(result.error, nullptr) << (result.error == nullptr ? "" : result.error->message) << "\n" << text;
    for (int i = 0; i < result.n_stmts; ++i) {
        const auto begin = static_cast<std::size_t>(result.stmts[i]->stmt_location);
        const auto length = static_cast<std::size_t>(result.stmts[i]->stmt_len);
        add_trimmed(text, begin, length == 0 ? text.size() : begin + length, ranges);
    }
    pg_query_free_split_result(result);
    return ranges;
}

Ranges our_split(std::string_view text) {
    Ranges ranges;
    Splitter splitter(text);
    for (auto step = splitter.next(); step != Splitter::Step::end; step = splitter.next()) {
        EXPECT_NE(step, Splitter::Step::trouble) << splitter.trouble().message << "\n" << text;
        if (step == Splitter::Step::trouble) break;
        if (step == Splitter::Step::statement) ranges.emplace_back(splitter.range().begin, splitter.range().end);
    }
    return ranges;
}

Ranges server_tokens(const std::string& text) {
    Ranges ranges;
    const PgQueryScanResult result = pg_query_scan(text.c_str());
    EXPECT_EQ(result.error, nullptr) << (result.error == nullptr ? "" : result.error->message) << "\n" << text;
    auto* scan = pg_query__scan_result__unpack(
        nullptr, result.pbuf.len, reinterpret_cast<const std::uint8_t*>(result.pbuf.data)
    );
    for (std::size_t i = 0; scan != nullptr && i < scan->n_tokens; ++i) {
        const auto* token = scan->tokens[i];
        if (token->token == PG_QUERY__TOKEN__SQL_COMMENT || token->token == PG_QUERY__TOKEN__C_COMMENT) continue;
        ranges.emplace_back(static_cast<std::size_t>(token->start), static_cast<std::size_t>(token->end));
    }
    pg_query__scan_result__free_unpacked(scan, nullptr);
    pg_query_free_scan_result(result);
    return ranges;
}

Ranges our_tokens(std::string_view text) {
    Ranges ranges;
    Lexer lexer(text);
    for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
        if (token.kind == TokenKind::string_part) {
            ranges.back().second = token.range.end;
        } else if (!is_blank(token.kind)) {
            ranges.emplace_back(token.range.begin, token.range.end);
        }
    }
    return ranges;
}

// Where two lists of ranges part, in words; empty when they are the same.
std::string difference(std::string_view text, const Ranges& ours, const Ranges& servers) {
    const auto [our, server] = std::mismatch(ours.begin(), ours.end(), servers.begin(), servers.end());
    const auto show = [text](auto range, auto end) {
        return range == end ? "the end" : std::string(text.substr(range->first, range->second - range->first));
    };
    if (our == ours.end() && server == servers.end()) return {};
    return "ours: " + show(our, ours.end()) + "\nserver: " + show(server, servers.end()) + "\nin: " + std::string(text);
}

bool has_meta_command(std::string_view text) {
    Lexer lexer(text);
    Token token = lexer.next();
    while (token.kind != TokenKind::end && token.kind != TokenKind::meta_command) token = lexer.next();
    return token.kind == TokenKind::meta_command;
}

TEST(Splitter, cuts_random_scripts_as_the_servers_grammar_does) {
    Random random(20'240'501);
    for (int i = 0; i < 2'000 && !testing::Test::HasFailure(); ++i) {
        const std::string text = random_script(random);
        EXPECT_EQ(difference(text, our_split(text), server_split(text)), "");
    }
}

TEST(Lexer, finds_the_servers_tokens_in_random_scripts) {
    Random random(15);
    for (int i = 0; i < 1'000 && !testing::Test::HasFailure(); ++i) {
        const std::string text = random_script(random, 1);
        EXPECT_EQ(difference(text, our_tokens(text), server_tokens(text)), "");
    }
}

TEST(Lexer, finds_the_servers_tokens_in_any_mixture_of_characters) {
    constexpr std::string_view kPieces[] = {
        "+",   "-",   "*",     "/",      "<",    ">", "=",       "~",     "!",          "@",  "#",   "%",
        "^",   "&",   "|",     "`",      "?",    ".", "..",      ":",     "::",         ":=", "=>",  "(",
        ")",   "[",   "]",     ",",      ";",    " ", "\n",      "a",     "e",          "é",  "$1 ", "1",
        "1.5", "'x'", "\"y\"", "E'\\''", "b'1'", "v", "/* d */", "$$;$$", "$a$ $$ $a$",
    };
    Random random(7);
    for (int i = 0; i < 20'000 && !testing::Test::HasFailure(); ++i) {
        std::string text;
        for (std::size_t k = random.below(10); k > 0; --k) text += random.pick(kPieces);
        const PgQueryScanResult result = pg_query_scan(text.c_str());
        // A backslash in the open is psql's, with the rest of its line; to the scanner it is one character.
        const bool valid = result.error == nullptr && !has_meta_command(text);
        pg_query_free_scan_result(result);
        if (valid) {
            EXPECT_EQ(difference(text, our_tokens(text), server_tokens(text)), "");
        }
    }
}

}  // namespace
}  // namespace drydock::sql
