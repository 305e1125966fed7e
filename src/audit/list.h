#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "control/store.h"

namespace drydock::audit {

// Which lines of the trail; what is empty does not restrict.
struct Filter {
    std::string from{};    // times as PostgreSQL reads them, "2026-07-01T00:00:00Z"
    std::string before{};  // not with it
    std::string action{};  // "database.changed", or all of a kind: "database."
    std::string user_id{};
    std::string object_type{};
    std::string object_id{};
    std::string outcome{};
};

struct Line {
    std::int64_t sequence = 0;
    std::string occurred_at{};
    std::string user_id{};
    std::string user_name{};  // as it is now; empty for who is gone
    std::string via{};
    std::string request_id{};
    std::string login{};
    std::string address{};
    std::string action{};
    std::string object_type{};
    std::string object_id{};
    std::string object_name{};
    std::string outcome{};
    std::string details{};  // JSON
    std::string hash{};
};

struct Page {
    std::vector<Line> lines{};
    std::string next{};  // the cursor of the next page; empty: this was the last
};

// The newest first, behind a cursor that an earlier page gave ("" for the first page). At most 500 a page. Needs
// audit:read in the actor's organization; the chain of none is drydock's own.
Result<Page> list(
    control::Store& store,
    const control::Actor& actor,
    const Filter& filter,
    std::string_view cursor,
    int most,
    const Limits& limits
);

struct ExportOptions {
    Filter filter{};
    // Without it, login, address and object names are left out; the hashes stay, so the export can be verified.
    bool personal_data = true;
};

// One JSON object a line, the oldest first, as docs/formats/audit.md has it. That there was an export is written to the
// trail first, and so is in it. Memory does not grow with the trail. Returns how many lines there were.
using Writer = std::function<Result<>(std::string_view text)>;
Result<std::int64_t> export_rows(
    control::Store& store,
    const control::Actor& actor,
    const ExportOptions& options,
    const Writer& writer,
    const Limits& limits
);

// The stored notes of the actor's chain, one after another, as a FileSink has them.
Result<std::int64_t> export_checkpoints(
    control::Store& store, const control::Actor& actor, const Writer& writer, const Limits& limits
);

}  // namespace drydock::audit
