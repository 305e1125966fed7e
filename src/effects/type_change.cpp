#include "effects/type_change.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <pg_query/pg_query.pb-c.h>

#include "effects/names.h"
#include "effects/tree.h"

namespace drydock::effects {

namespace {

struct Spelling {
    std::string_view formatted;
    std::string_view name;
};
// format_type's names for types whose inner name is another.
constexpr std::array kSpellings = {
    Spelling{"bigint", "int8"},
    Spelling{"bit varying", "varbit"},
    Spelling{"boolean", "bool"},
    Spelling{"character", "bpchar"},
    Spelling{"character varying", "varchar"},
    Spelling{"double precision", "float8"},
    Spelling{"integer", "int4"},
    Spelling{"real", "float4"},
    Spelling{"smallint", "int2"},
    Spelling{"time with time zone", "timetz"},
    Spelling{"time without time zone", "time"},
    Spelling{"timestamp with time zone", "timestamptz"},
    Spelling{"timestamp without time zone", "timestamp"},
};

// Pairs that are stored alike, beside a type and itself.
struct Alike {
    std::string_view from;
    std::string_view to;
};
constexpr std::array kAlike = {
    Alike{"text", "varchar"},      Alike{"varchar", "text"},      Alike{"text", "bpchar"},
    Alike{"varchar", "bpchar"},    Alike{"text", "citext"},       Alike{"varchar", "citext"},
    Alike{"citext", "text"},       Alike{"citext", "varchar"},    Alike{"citext", "bpchar"},
    Alike{"cidr", "inet"},         Alike{"bit", "varbit"},        Alike{"varbit", "bit"},
    Alike{"int4", "oid"},          Alike{"oid", "int4"},          Alike{"int4", "regclass"},
    Alike{"regclass", "int4"},     Alike{"oid", "regclass"},      Alike{"regclass", "oid"},
    Alike{"int4", "regtype"},      Alike{"regtype", "int4"},      Alike{"oid", "regtype"},
    Alike{"regtype", "oid"},       Alike{"int4", "regproc"},      Alike{"regproc", "int4"},
    Alike{"oid", "regproc"},       Alike{"regproc", "oid"},       Alike{"oid", "regrole"},
    Alike{"regrole", "oid"},       Alike{"int4", "regrole"},      Alike{"regrole", "int4"},
    Alike{"int4", "regnamespace"}, Alike{"regnamespace", "int4"}, Alike{"oid", "regnamespace"},
    Alike{"regnamespace", "oid"},  Alike{"xml", "text"},          Alike{"xml", "varchar"},
    Alike{"xml", "bpchar"},
};

constexpr auto kStrings = std::to_array<std::string_view>({"bpchar", "char", "citext", "name", "text", "varchar"});
constexpr auto kNumbers = std::to_array<std::string_view>({"float4", "float8", "int2", "int4", "int8", "numeric"});
// To these an assignment casts a text.
constexpr auto kFromStrings =
    std::to_array<std::string_view>({"bpchar", "char", "citext", "name", "regclass", "text", "varchar"});
constexpr auto kOwnKinds = std::to_array<std::string_view>(
    {"bool",
     "bytea",
     "date",
     "float4",
     "float8",
     "inet",
     "int2",
     "int4",
     "int8",
     "interval",
     "json",
     "jsonb",
     "money",
     "numeric",
     "time",
     "timestamp",
     "timestamptz",
     "timetz",
     "uuid"}
);

template <std::size_t n>
bool in(const std::array<std::string_view, n>& list, std::string_view name) {
    return std::ranges::find(list, name) != list.end();
}

int modifier(const TypeText& type, std::size_t i = 0) {
    return i < type.modifiers.size() ? type.modifiers[i] : -1;
}

// The smallest field of an interval, by PostgreSQL's bits: 0 for seconds, 5 for years.
int least_field(const TypeText& type) {
    static constexpr auto kFields =
        std::to_array<std::string_view>({"second", "minute", "hour", "day", "month", "year"});
    for (std::size_t i = 0; i < kFields.size(); ++i) {
        if (type.fields.ends_with(kFields[i])) return static_cast<int>(i);
    }
    return 0;
}

bool interval_fits(const TypeText& from, const TypeText& to) {
    if (to.fields.empty() && to.modifiers.empty()) return true;
    const int old_least = least_field(from);
    if (least_field(to) > old_least) return false;
    const int wanted = to.modifiers.empty() ? 6 : modifier(to);
    return old_least > 0 || wanted >= 6 || (!from.modifiers.empty() && wanted >= modifier(from));
}

// Values of the same type with other modifiers: does each stay as it is?
bool fits(const TypeText& from, const TypeText& to) {
    if (to.modifiers.empty() && to.fields.empty()) return true;
    if (from.modifiers == to.modifiers && from.fields == to.fields) return true;
    if (to.array) return false;
    const std::string_view name = to.name;
    if (name == "varchar" || name == "varbit") return modifier(from) > 0 && modifier(from) <= modifier(to);
    if (name == "numeric") {
        const int old_scale = std::max(modifier(from, 1), 0);
        const int new_scale = std::max(modifier(to, 1), 0);
        return !from.modifiers.empty() && old_scale == new_scale && modifier(from) <= modifier(to);
    }
    if (name == "interval") return interval_fits(from, to);
    if (name == "timestamp" || name == "timestamptz" || name == "time" || name == "timetz") {
        return modifier(to) >= 6 || (modifier(from) >= 0 && modifier(from) <= modifier(to));
    }
    return false;
}

// A cast that an assignment uses is missing for sure. Of pairs not known nothing is said.
bool lacks_cast(const TypeText& from, const TypeText& to) {
    if (from.array || to.array) return from.array != to.array && !in(kStrings, to.name) && !in(kStrings, from.name);
    if (in(kStrings, to.name)) return false;
    if (in(kStrings, from.name)) return in(kOwnKinds, to.name) && !in(kFromStrings, to.name);
    if (!in(kOwnKinds, from.name) || !in(kOwnKinds, to.name)) return false;
    const bool from_number = in(kNumbers, from.name);
    const bool to_number = in(kNumbers, to.name);
    if (from_number && to_number) return false;
    if (from.name == "bool" || to.name == "bool" || from.name == "uuid" || to.name == "uuid") return true;
    if (from_number || to_number) return from.name != "money" && to.name != "money";
    return false;
}

bool narrows(const TypeText& from, const TypeText& to) {
    static constexpr auto kWidth = std::to_array<std::string_view>({"int2", "int4", "int8", "numeric"});
    const auto of = [](std::string_view name) { return std::ranges::find(kWidth, name) - kWidth.begin(); };
    if (from.name != to.name) {
        if (in(kNumbers, from.name) && in(kNumbers, to.name)) {
            if (to.name == "float8") return false;
            if (to.name == "float4") return from.name == "float8" || from.name == "numeric";
            if (from.name == "float4" || from.name == "float8") return to.name != "numeric" || !to.modifiers.empty();
            return of(from.name) > of(to.name) || (to.name == "numeric" && !to.modifiers.empty());
        }
        if (in(kStrings, from.name)) return !to.modifiers.empty() || !in(kStrings, to.name);
        return (in(kStrings, to.name) && !to.modifiers.empty()) || (from.name == "json" && to.name == "jsonb") ||
               (from.name == "inet" && to.name == "cidr") || to.name == "bit" || from.array != to.array;
    }
    // Times and intervals are rounded; these are refused.
    return to.name == "varchar" || to.name == "bpchar" || to.name == "numeric" || to.name == "bit" ||
           to.name == "varbit";
}

std::string_view operators_of(std::string_view name) {
    if (name == "varchar") return "text";
    return name == "cidr" ? "inet" : name;
}

}  // namespace

TypeText type_of(std::string_view formatted) {
    TypeText type;
    while (formatted.ends_with("[]")) {
        type.array = true;
        formatted.remove_suffix(2);
    }
    std::string words{formatted};
    if (const auto open = words.find('('); open != std::string::npos && words.find(')') != std::string::npos) {
        const auto close = words.find(')');
        for (const char* at = words.data() + open + 1; at < words.data() + close; ++at) {
            int value = 0;
            const auto [end, error] = std::from_chars(at, words.data() + close, value);
            if (error == std::errc{}) type.modifiers.push_back(value);
            at = error == std::errc{} ? end : at;
        }
        words.erase(open, close - open + 1);
    }
    if (words.starts_with("interval")) {
        type.fields = words.size() > 9 ? words.substr(9) : "";
        while (type.fields.ends_with(' ')) type.fields.pop_back();
        type.name = "interval";
        return type;
    }
    const auto spelling = std::ranges::find(kSpellings, words, &Spelling::formatted);
    if (spelling != kSpellings.end()) {
        type.name = spelling->name;
        return type;
    }
    const Name name = name_in(words);
    type.name = name.name;
    type.schema = name.schema;
    return type;
}

TypeText type_of(const PgQuery__TypeName& given) {
    const Name name = name_of(given.names, given.n_names);
    TypeText type{.name = name.name, .schema = name.schema == "pg_catalog" ? "" : name.schema};
    type.array = given.n_array_bounds > 0;
    for (std::size_t i = 0; i < given.n_typmods; ++i) {
        const PgQuery__Node* node = given.typmods[i];
        if (node->node_case != PG_QUERY__NODE__NODE_A_CONST) continue;
        if (node->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL)
            type.modifiers.push_back(node->a_const->ival->ival);
    }
    if (type.name != "interval" || type.modifiers.empty()) return type;
    // The first is a mask of fields, by their numbers: month 1, year 2, day 3, hour 10, minute 11, second 12.
    static constexpr auto kFields = std::to_array<std::pair<int, std::string_view>>(
        {{2, "year"}, {1, "month"}, {3, "day"}, {10, "hour"}, {11, "minute"}, {12, "second"}}
    );
    const auto mask = static_cast<unsigned>(type.modifiers.front());
    type.modifiers.erase(type.modifiers.begin());
    if (mask == 0x7FFFU) return type;
    std::string_view first;
    std::string_view last;
    for (const auto& [bit, field] : kFields) {
        if ((mask & (1U << static_cast<unsigned>(bit))) == 0) continue;
        if (first.empty()) first = field;
        last = field;
    }
    type.fields = first == last ? std::string{first} : std::string{first} + " to " + std::string{last};
    return type;
}

Conversion conversion(const TypeText& from, const TypeText& to) {
    using enum Conversion::What;
    const bool same = from.name == to.name && from.array == to.array &&
                      (from.schema == to.schema || from.schema.empty() || to.schema.empty());
    if (same && fits(from, to)) return {free, false, "stored alike"};
    if (same) return {rewrite, narrows(from, to), "each value is fitted to the new length or precision"};
    const bool zones = (from.name == "timestamp" && to.name == "timestamptz") ||
                       (from.name == "timestamptz" && to.name == "timestamp");
    if (zones && !from.array && !to.array && to.modifiers.empty()) {
        return {free_in_utc, false, "stored alike as long as the session's TimeZone is UTC"};
    }
    const bool alike = !from.array && !to.array && std::ranges::any_of(kAlike, [&](const Alike& pair) {
        return pair.from == from.name && pair.to == to.name;
    });
    if (alike && to.modifiers.empty()) return {free, false, "stored alike"};
    if (lacks_cast(from, to))
        return {Conversion::What::refused, false, "there is no cast for it: USING has to say how"};
    return {rewrite, narrows(from, to), "the two types are stored differently"};
}

bool same_operators(const TypeText& from, const TypeText& to) {
    return from.array == to.array && operators_of(from.name) == operators_of(to.name);
}

}  // namespace drydock::effects
