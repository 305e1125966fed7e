#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

struct PgQuery__DoStmt;
struct PgQuery__Node;

namespace drydock::sql {

// A statement inside a PL/pgSQL body.
struct BodyStatement {
    std::string text;
    std::size_t line = 0;      // of the body, from 1
    bool executed = false;     // by EXECUTE of a constant text
    bool conditional = false;  // inside IF, CASE, a loop or an exception handler: it may run never, or often
    bool guarded = false;      // inside a block that catches exceptions
};

struct Body {
    bool read = false;  // false: another language, or an error: `problem` says it
    std::string problem{};
    std::vector<BodyStatement> statements{};  // in the order in which they stand
    // EXECUTE of a text that is only known when the block runs: its expression, with its line.
    std::vector<BodyStatement> opaque{};
    bool commits = false;  // COMMIT or ROLLBACK of its own
};

// What a DO block runs, and what the body of CREATE FUNCTION or PROCEDURE … LANGUAGE plpgsql does. Any other statement
// is not read. Functions that the body calls are not followed. Only on a big stack (sql/parser.h).
Body read_body(const PgQuery__Node& statement);

}  // namespace drydock::sql
