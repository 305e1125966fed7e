#include "sql/statement.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/text.h"

namespace drydock::sql {

bool is_keyword(std::string_view text, const Token& token, std::string_view upper_case) {
    return token.kind == TokenKind::identifier && iequals(text_of(text, token), upper_case);
}

Words::Words(std::string_view text) : text_(text), lexer_(text) {
    next();
}

void Words::next() {
    do {
        lexer_.next();
    } while (is_blank(current().kind));
}

bool Words::at_symbol(char symbol) const {
    return current().kind == TokenKind::punctuation && word() == std::string_view(&symbol, 1);
}

bool Words::take(std::string_view keyword) {
    if (!at(keyword)) return false;
    next();
    return true;
}

bool Words::take_symbol(char symbol) {
    if (!at_symbol(symbol)) return false;
    next();
    return true;
}

bool Words::take_name() {
    const auto named = [this] {
        return current().kind == TokenKind::identifier || current().kind == TokenKind::quoted_identifier;
    };
    if (!named()) return false;
    for (next(); take_symbol('.');) {
        if (named()) next();
    }
    return true;
}

void Words::skip_parentheses() {
    std::size_t depth = 0;
    do {
        if (at_symbol('(')) ++depth;
        if (at_symbol(')')) --depth;
        next();
    } while (depth > 0 && !ended());
}

namespace {

template <std::size_t N>
using List = std::array<std::string_view, N>;

constexpr List<5> kKindVerbs{"ALTER", "CREATE", "DROP", "IMPORT", "REFRESH"};
constexpr List<10> kModifiers{
    "OR", "REPLACE", "GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "RECURSIVE", "TRUSTED", "PROCEDURAL"
};
// Words that do not end the name of a kind of object: MATERIALIZED VIEW, TEXT SEARCH PARSER.
constexpr List<10> kUnfinished{
    "UNIQUE", "MATERIALIZED", "FOREIGN", "EVENT", "CONSTRAINT", "TEXT", "SEARCH", "ACCESS", "DEFAULT", "LARGE"
};
using Pair = std::pair<std::string_view, std::string_view>;
// Words that do end it, unless the second follows.
constexpr std::array<Pair, 6> kLonger{
    {{"OPERATOR", "CLASS"},
     {"OPERATOR", "FAMILY"},
     {"USER", "MAPPING"},
     {"INDEX", "CONCURRENTLY"},
     {"VIEW", "CONCURRENTLY"},
     {"DATA", "WRAPPER"}}
};
constexpr std::array<Pair, 9> kTwoWords{
    {{"COMMENT", "ON"},
     {"COMMIT", "PREPARED"},
     {"REASSIGN", "OWNED"},
     {"ROLLBACK", "PREPARED"},
     {"SECURITY", "LABEL"},
     {"SET", "CONSTRAINTS"},
     {"SET", "LOCAL"},
     {"SET", "TRANSACTION"},
     {"START", "TRANSACTION"}}
};
constexpr List<6> kMainVerbs{"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES"};

template <std::size_t N>
bool has(const List<N>& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

std::string upper(std::string_view word) {
    std::string result(word);
    for (char& c : result) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return result;
}

// WITH … SELECT and (SELECT …) are named after what they do.
std::string take_verb(Words& words) {
    while (words.take_symbol('(')) {
    }
    if (words.current().kind != TokenKind::identifier) return {};
    std::string verb = upper(words.word());
    words.next();
    if (verb != "WITH") return verb;
    while (!words.ended()) {
        if (words.at_symbol('(')) {
            words.skip_parentheses();
            continue;
        }
        std::string word = words.current().kind == TokenKind::identifier ? upper(words.word()) : std::string();
        words.next();
        if (has(kMainVerbs, word)) return word;
    }
    return verb;
}

bool take_second(Words& words, std::string& command, const auto& pairs, std::string_view first) {
    for (const auto& [word, second] : pairs) {
        if (word == first && words.take(second)) {
            command.append(" ").append(second);
            return true;
        }
    }
    return false;
}

// The kind of object behind CREATE, ALTER, DROP.
void take_kind(Words& words, std::string& command) {
    while (words.current().kind == TokenKind::identifier) {
        const std::string word = upper(words.word());
        words.next();
        if (has(kModifiers, word) && command.find(' ') == std::string::npos) continue;
        command.append(" ").append(word);
        if (take_second(words, command, kLonger, word)) return;
        const bool wrapper = word == "FOREIGN" && words.at("DATA");
        if (!wrapper && !has(kUnfinished, word)) return;
    }
}

std::string take_command(Words& words) {
    std::string command = take_verb(words);
    if (has(kKindVerbs, command)) {
        take_kind(words, command);
        return command;
    }
    const std::string verb = command;
    take_second(words, command, kTwoWords, verb);
    return command;
}

// name, name = value … in parentheses: what an option is set to, in lower case; "true" when it only stands there.
std::string option(Words words, std::string_view name) {
    std::string value;
    if (!words.take_symbol('(')) return value;
    while (!words.ended() && !words.at_symbol(')')) {
        const bool wanted = words.at(name);
        words.next();
        if (words.word() == "=") words.next();
        std::string given = "true";
        if (!words.at_symbol(',') && !words.at_symbol(')') && !words.ended()) {
            const bool quoted = words.current().kind == TokenKind::string;
            given = to_lower(quoted ? string_value(words.word()) : std::string(words.word()));
            words.next();
        }
        if (wanted) value = given;
        while (!words.ended() && !words.at_symbol(',') && !words.at_symbol(')')) words.next();
        words.take_symbol(',');
    }
    return value;
}

bool is_off(std::string_view value) {
    return value == "false" || value == "off" || value == "0";
}

bool is_on(std::string_view value) {
    return !value.empty() && !is_off(value);
}

Shape only_outside(bool condition) {
    return condition ? Shape::outside_only : Shape::ordinary;
}

// Goes on to the last "WITH (" of the statement, where its options stand.
Words at_options(Words words) {
    while (!words.ended()) {
        if (words.take("WITH") && words.at_symbol('(')) break;
        if (!words.at("WITH")) words.next();
    }
    return words;
}

Shape reindex(Words& words, std::string& command) {
    bool outside = is_on(option(words, "CONCURRENTLY"));
    if (words.at_symbol('(')) words.skip_parentheses();
    const std::string kind = upper(words.word());
    words.next();
    outside = outside || kind == "SCHEMA" || kind == "DATABASE" || kind == "SYSTEM";
    command.append(" ").append(kind);
    if (words.at("CONCURRENTLY")) outside = true;
    if (outside && (kind == "INDEX" || kind == "TABLE")) command.append(" CONCURRENTLY");
    return only_outside(outside);
}

// Of one table it is ordinary; of all tables it commits after each.
Shape cluster(Words& words) {
    if (words.at_symbol('(')) words.skip_parentheses();
    words.take("VERBOSE");
    return only_outside(words.ended());
}

Shape alter_table(Words& words) {
    if (words.take("IF")) words.take("EXISTS");
    words.take("ONLY");
    words.take_name();
    if (words.word() == "*") words.next();
    if (!words.take("DETACH")) return Shape::ordinary;
    words.take("PARTITION");
    words.take_name();
    return only_outside(words.at("CONCURRENTLY"));
}

Shape alter_database(Words& words) {
    words.take_name();
    return only_outside(words.take("SET") && words.at("TABLESPACE"));
}

Shape create_subscription(const Words& words) {
    const Words options = at_options(words);
    return only_outside(!is_off(option(options, "CONNECT")) && !is_off(option(options, "CREATE_SLOT")));
}

Shape alter_subscription(Words& words) {
    words.take_name();
    if (words.at("REFRESH")) return Shape::outside_only;
    if (words.take("SET") && words.at_symbol('(')) {
        return only_outside(!option(words, "FAILOVER").empty() || !option(words, "TWO_PHASE").empty());
    }
    if (words.take("ADD") || words.take("DROP") || words.at("PUBLICATION")) {
        return only_outside(words.at("PUBLICATION") && !is_off(option(at_options(words), "REFRESH")));
    }
    return Shape::ordinary;
}

Shape rollback(Words& words, std::string& command) {
    if (!words.take("WORK")) words.take("TRANSACTION");
    if (!words.at("TO")) return Shape::rollback;
    command = "ROLLBACK TO";
    return Shape::ordinary;
}

Shape prepare(Words& words, std::string& command) {
    if (!words.take("TRANSACTION") || words.current().kind != TokenKind::string) return Shape::session;
    command = "PREPARE TRANSACTION";
    return Shape::two_phase;
}

// SELECT set_config(…, false) and nothing else, as pg_dump writes it.
Shape select(Words& words) {
    do {
        if (words.take("PG_CATALOG")) words.take_symbol('.');
        if (!words.take("SET_CONFIG") || !words.at_symbol('(')) return Shape::ordinary;
        bool for_session = false;
        for (std::size_t depth = 0; !words.ended(); words.next()) {
            if (words.at_symbol('(')) ++depth;
            if (words.at_symbol(')') && --depth == 0) break;
            for_session = words.at("FALSE");
        }
        words.next();
        if (!for_session) return Shape::ordinary;
        if (words.take("AS")) words.take_name();
    } while (words.take_symbol(','));
    return words.ended() ? Shape::session : Shape::ordinary;
}

Shape copy(Words& words) {
    while (!words.ended()) {
        if (words.at_symbol('(')) {
            words.skip_parentheses();
            continue;
        }
        // The server takes FROM STDOUT for a slip of the pen.
        if (words.take("FROM")) return words.at("STDIN") || words.at("STDOUT") ? Shape::copy_in : Shape::ordinary;
        words.next();
    }
    return Shape::ordinary;
}

// COMMIT and ROLLBACK count only where PL/pgSQL begins a statement: an identifier or ON COMMIT DROP is none.
bool ends_transactions(std::string_view body) {
    Words words(body);
    for (bool starts = true; !words.ended();) {
        const bool ends = starts && (words.at("COMMIT") || words.at("ROLLBACK"));
        starts = words.at_symbol(';') || words.at("BEGIN") || words.at("THEN") || words.at("ELSE") ||
                 words.at("LOOP") || words.word() == ">>";
        words.next();
        if (ends && (words.at_symbol(';') || words.at("AND"))) return true;
    }
    return false;
}

Shape do_block(Words& words) {
    std::string body;
    std::string language = "plpgsql";
    for (; !words.ended(); words.next()) {
        const TokenKind kind = words.current().kind;
        if (words.take("LANGUAGE")) {
            language = to_lower(words.word());
        } else if (kind == TokenKind::string || kind == TokenKind::string_part || kind == TokenKind::dollar_string) {
            body += string_value(words.word());
        }
    }
    bool commits = false;
    if (language.find("plpgsql") != std::string::npos) {
        commits = ends_transactions(body);
    } else {
        constexpr List<4> kCalls{"plpy.commit", "plpy.rollback", "spi_commit", "spi_rollback"};
        commits = std::any_of(kCalls.begin(), kCalls.end(), [&body](std::string_view call) {
            return body.find(call) != std::string::npos;
        });
    }
    return commits ? Shape::commits_inside : Shape::ordinary;
}

// What the command alone decides.
constexpr std::array<std::pair<std::string_view, Shape>, 24> kShapes{{
    {"BEGIN", Shape::begin},
    {"START TRANSACTION", Shape::begin},
    {"COMMIT", Shape::commit},
    {"END", Shape::commit},
    {"ABORT", Shape::rollback},
    {"COMMIT PREPARED", Shape::two_phase},
    {"ROLLBACK PREPARED", Shape::two_phase},
    {"SET", Shape::session},
    {"RESET", Shape::session},
    {"LISTEN", Shape::session},
    {"UNLISTEN", Shape::session},
    {"DEALLOCATE", Shape::session},
    {"LOAD", Shape::session},
    {"DISCARD", Shape::session},
    {"CREATE INDEX CONCURRENTLY", Shape::outside_only},
    {"CREATE UNIQUE INDEX CONCURRENTLY", Shape::outside_only},
    {"DROP INDEX CONCURRENTLY", Shape::outside_only},
    {"CREATE DATABASE", Shape::outside_only},
    {"DROP DATABASE", Shape::outside_only},
    {"CREATE TABLESPACE", Shape::outside_only},
    {"DROP TABLESPACE", Shape::outside_only},
    {"DROP SUBSCRIPTION", Shape::outside_only},
    {"ALTER SYSTEM", Shape::outside_only},
    {"VACUUM", Shape::outside_only},
}};

}  // namespace

Kind kind_of(std::string_view statement) {
    Words words(statement);
    Kind kind;
    std::string& command = kind.command;
    command = take_command(words);
    const auto* known =
        std::find_if(kShapes.begin(), kShapes.end(), [&command](const auto& entry) { return entry.first == command; });
    if (known != kShapes.end()) kind.shape = known->second;
    if (command == "ROLLBACK") kind.shape = rollback(words, command);
    if (command == "PREPARE") kind.shape = prepare(words, command);
    if (command == "SELECT") kind.shape = select(words);
    if (command == "COPY") kind.shape = copy(words);
    if (command == "DO") kind.shape = do_block(words);
    if (command == "REINDEX") kind.shape = reindex(words, command);
    if (command == "CLUSTER") kind.shape = cluster(words);
    if (command == "ALTER TABLE") kind.shape = alter_table(words);
    if (command == "ALTER DATABASE") kind.shape = alter_database(words);
    if (command == "CREATE SUBSCRIPTION") kind.shape = create_subscription(words);
    if (command == "ALTER SUBSCRIPTION") kind.shape = alter_subscription(words);
    return kind;
}

}  // namespace drydock::sql
