#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct PgQuery__TypeName;

namespace drydock::effects {

// A type as ALTER COLUMN … TYPE compares it: PostgreSQL's inner name ("varchar", "int4"), what is in parentheses, the
// fields of an interval ("day to second").
struct TypeText {
    std::string name;
    std::string schema{};  // of a type that is not PostgreSQL's own, where it is given
    std::vector<int> modifiers{};
    std::string fields{};
    bool array = false;

    friend bool operator==(const TypeText&, const TypeText&) = default;
};
TypeText type_of(std::string_view formatted);  // format_type's text
TypeText type_of(const PgQuery__TypeName& type);

// What becomes of values of the one type under ALTER COLUMN … TYPE the other. Neither is a domain.
struct Conversion {
    enum class What : std::uint8_t {
        free,         // stored alike: only the catalog changes
        free_in_utc,  // as long as the session's TimeZone is UTC, else a rewrite
        rewrite,
        refused,  // there is no cast that an assignment may use
    };
    What what = What::rewrite;
    bool may_fail = false;  // some values have no counterpart
    std::string_view why{};
};
Conversion conversion(const TypeText& from, const TypeText& to);

// Indexes on a column keep their files across a free change only within one operator family.
bool same_operators(const TypeText& from, const TypeText& to);

}  // namespace drydock::effects
