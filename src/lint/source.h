#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "lint/finding.h"
#include "sql/script.h"

namespace drydock::lint {

// A text that may hold more than the server's SQL, cut into statements as far as it goes.
struct Source {
    std::string copy;       // with psql's commands blanked out; empty where the text could be read as it stands
    std::string_view text;  // what is read; the same bytes at the same places as the file's
    std::vector<sql::Statement> statements;
    struct Problem {
        sql::Range range;
        std::string message;
    };
    std::vector<Problem> problems;  // what was passed over
};
// Never fails: what can't be read is a problem. Fills in place, because `text` may point into `copy`.
void read_source(std::string_view text, Source& source);

// The places of bytes, asked for in any order: finds a line by halves.
class Lines {
public:
    Lines(std::string_view text, std::string_view file);
    Place place(std::size_t offset) const;

private:
    std::string_view text_;
    std::string_view file_;
    std::vector<std::size_t> begins_;
};

}  // namespace drydock::lint
