#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace drydock::sql {

// Bytes [begin, end) of a script's text.
struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
};

// How a statement stands to transactions. It decides on which road a migration runs.
enum class Shape : std::uint8_t {
    ordinary,      // runs in a transaction block or outside
    outside_only,  // the server refuses it in a transaction block: CREATE INDEX CONCURRENTLY, VACUUM, CREATE DATABASE …
    commits_inside,  // a DO block or a CALL that holds COMMIT or ROLLBACK of its own
    begin,           // BEGIN, START TRANSACTION
    commit,          // COMMIT, END
    rollback,        // ROLLBACK, ABORT (not … TO SAVEPOINT: that is ordinary)
    two_phase,       // PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED
    session,         // changes the session, not the database: SET, RESET, LISTEN, PREPARE, LOAD, DISCARD …
    copy_in,         // COPY … FROM STDIN; its data follows in the script
};

struct Statement {
    Range range;             // from its first token to its last, without the semicolon and without COPY data
    Range copy_data;         // of copy_in: the lines up to, not with, the "\." line
    std::size_t line = 0;    // of its first token, from 1
    std::size_t column = 0;  // in characters, from 1
    Shape shape = Shape::ordinary;
    std::string command;  // "CREATE INDEX CONCURRENTLY", "ALTER TABLE", "INSERT": the leading keywords, upper case
};

// A text of SQL cut into statements exactly where PostgreSQL cuts it: dollar tags, nested comments, E'' and U&''
// strings, BEGIN ATOMIC bodies, COPY data. Holds a view: the text must outlive it.
class Script {
public:
    // Errors (invalid_argument, with the place): an unterminated string, comment, quoted name, dollar quote, BEGIN
    // ATOMIC body or COPY data; a psql meta-command (named); a NUL byte. `file` is what the place is called.
    static Result<Script> read(std::string_view text, std::string_view file);

    std::string_view text() const { return text_; }
    const std::vector<Statement>& statements() const { return statements_; }
    std::string_view text_of(const Statement& statement) const {
        return text_.substr(statement.range.begin, statement.range.end - statement.range.begin);
    }
    // The place of a byte of the text, with its line.
    Place place(std::size_t offset) const;

private:
    std::string_view text_;
    std::string file_;
    std::vector<Statement> statements_;
};

// SHA-256 over the tokens alone: the same for two texts that differ only in comments and white space. Unquoted words
// count in lower case; empty statements, the last semicolon and \restrict lines count for nothing; COPY data counts as
// it stands, and so does all behind the first thing that Script::read would refuse.
std::string semantic_hash(std::string_view text);

// Of any text: line, column (in characters) and the line itself, for the byte at `offset`.
Place place_in(std::string_view text, std::string_view file, std::size_t offset);

}  // namespace drydock::sql
