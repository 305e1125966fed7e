#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "effects/effect.h"
#include "lint/rule.h"
#include "sql/script.h"

namespace drydock::lint {

// What a finding rests on: the files alone, or a catalog as well, and which one.
enum class Evidence : std::uint8_t { text, catalog, shadow, target };
std::string_view name(Evidence evidence);  // "static", "catalog", "shadow", "target"

// A piece of the file to be replaced.
struct Edit {
    sql::Range at;
    std::string text;
};

struct Finding {
    const Rule* rule = nullptr;
    Severity severity = Severity::notice;
    std::size_t input = 0;     // which of the files
    Place place;               // where it begins; with its line
    std::size_t end_line = 0;  // where it ends
    std::size_t end_column = 0;
    sql::Range range;                  // begin and end in bytes of the input's text
    sql::Range statement;              // the whole statement that it is about
    std::string message;               // what is wrong here, of which object
    std::vector<std::string> objects;  // "app.orders", quoted where SQL needs it
    effects::LockMode lock = effects::LockMode::none;
    std::vector<std::string> fix;  // statements, or remarks that begin with "--"
    Evidence evidence = Evidence::text;
    std::vector<Edit> edits;  // make the file do the same more safely; empty: only a person can
};

}  // namespace drydock::lint
