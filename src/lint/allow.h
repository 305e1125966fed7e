#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lint/finding.h"
#include "lint/source.h"

namespace drydock::lint {

// What a file's comments take out:
//   -- drydock:allow RULE[, RULE] [reason]       on lines above a statement, or at the end of its first line
//   -- drydock:allow-file RULE[, RULE] [reason]  above the first statement
class Allows {
public:
    // Errors (invalid_argument, with the place): a rule that there is not.
    static Result<Allows> read(const Source& source, const Lines& lines);

    // Is a finding of this rule about this statement taken out? Remembers that the comment was of use.
    bool covers(const Rule& rule, sql::Range statement);

    struct Unused {
        const Rule* rule;
        sql::Range comment;
    };
    std::vector<Unused> unused() const;

private:
    struct Entry {
        const Rule* rule = nullptr;
        sql::Range comment;
        bool whole_file = false;
        std::size_t statement = 0;  // where the statement that it stands at begins
        bool used = false;
    };
    std::vector<Entry> entries_;
};

}  // namespace drydock::lint
