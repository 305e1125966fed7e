#include "effects/builtins.h"

#include <algorithm>
#include <array>

namespace drydock::effects {

namespace {

using enum Certainty;

// Sorted, for binary search.
constexpr auto kVolatile = std::to_array<std::string_view>({
    "clock_timestamp",
    "currval",
    "gen_random_bytes",
    "gen_random_uuid",
    "gen_salt",
    "lastval",
    "nextval",
    "pg_advisory_lock",
    "pg_sleep",
    "random",
    "random_normal",
    "set_config",
    "setseed",
    "setval",
    "timeofday",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
});
constexpr auto kStable = std::to_array<std::string_view>({
    "abs",
    "age",
    "array_agg",
    "array_append",
    "array_fill",
    "array_length",
    "array_to_json",
    "array_to_string",
    "ascii",
    "btrim",
    "ceil",
    "char_length",
    "chr",
    "coalesce",
    "concat",
    "concat_ws",
    "current_database",
    "current_schema",
    "current_setting",
    "current_user",
    "date_part",
    "date_trunc",
    "decode",
    "digest",
    "encode",
    "extract",
    "floor",
    "format",
    "gin_extract_trgm",
    "greatest",
    "hashtext",
    "hstore",
    "inet_client_addr",
    "initcap",
    "int4range",
    "int8range",
    "json_build_array",
    "json_build_object",
    "json_object",
    "jsonb_build_array",
    "jsonb_build_object",
    "jsonb_object",
    "least",
    "left",
    "length",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_interval",
    "make_time",
    "make_timestamp",
    "make_timestamptz",
    "md5",
    "mod",
    "now",
    "nullif",
    "numrange",
    "octet_length",
    "overlay",
    "pg_backend_pid",
    "pg_current_xact_id",
    "point",
    "position",
    "power",
    "quote_ident",
    "quote_literal",
    "regexp_replace",
    "repeat",
    "replace",
    "reverse",
    "right",
    "round",
    "row_to_json",
    "rpad",
    "rtrim",
    "session_user",
    "sha256",
    "split_part",
    "sqrt",
    "statement_timestamp",
    "string_to_array",
    "strpos",
    "substr",
    "substring",
    "timezone",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_number",
    "to_timestamp",
    "to_tsvector",
    "transaction_timestamp",
    "translate",
    "trim",
    "trunc",
    "tsrange",
    "tstzrange",
    "txid_current",
    "upper",
    "uuid_nil",
    "version",
});
constexpr auto kPlainTypes = std::to_array<std::string_view>({
    "bit",
    "bool",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cidr",
    "circle",
    "citext",
    "cube",
    "date",
    "datemultirange",
    "daterange",
    "float4",
    "float8",
    "geography",
    "geometry",
    "halfvec",
    "hstore",
    "inet",
    "int2",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lquery",
    "lseg",
    "ltree",
    "ltxtquery",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "path",
    "pg_lsn",
    "pg_snapshot",
    "point",
    "polygon",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "seg",
    "sparsevec",
    "text",
    "tid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "uuid",
    "varbit",
    "varchar",
    "vector",
    "xid",
    "xid8",
    "xml",
});
static_assert(std::ranges::is_sorted(kVolatile) && std::ranges::is_sorted(kStable));
static_assert(std::ranges::is_sorted(kPlainTypes));

enum class Modifier : std::uint8_t { any, given, absent };
struct Target {
    std::string_view type;
    Modifier modifier;
    TypeChange change;
};

// What else shares the new type's storage, so that nothing but the catalog changes.
constexpr std::array kTargets = {
    Target{"text", Modifier::any, {maybe, "free from varchar and citext; from any other type a rewrite"}},
    Target{"citext", Modifier::any, {maybe, "free from text and varchar; from any other type a rewrite"}},
    Target{"varchar", Modifier::absent, {maybe, "free from text and varchar(n); from any other type a rewrite"}},
    Target{
        "varchar",
        Modifier::given,
        {maybe, "free from a shorter varchar(n); from a longer one, text or any other type a rewrite"}
    },
    Target{"numeric", Modifier::absent, {maybe, "free from numeric(p,s); from any other type a rewrite"}},
    Target{
        "numeric",
        Modifier::given,
        {maybe, "free from a numeric of the same scale and no greater precision; else a rewrite"}
    },
    Target{
        "timestamp",
        Modifier::any,
        {maybe,
         "free from a timestamp of no greater precision, and from timestamptz when the session's TimeZone is UTC; else "
         "a rewrite"}
    },
    Target{
        "timestamptz",
        Modifier::any,
        {maybe,
         "free from a timestamptz of no greater precision, and from timestamp when the session's TimeZone is UTC; else "
         "a rewrite"}
    },
    Target{"time", Modifier::any, {maybe, "free from a time of no greater precision; else a rewrite"}},
    Target{"timetz", Modifier::any, {maybe, "free from a timetz of no greater precision; else a rewrite"}},
    Target{
        "interval",
        Modifier::any,
        {maybe, "free from an interval of no greater precision and no more fields; else a rewrite"}
    },
    Target{"inet", Modifier::any, {maybe, "free from cidr; from any other type a rewrite"}},
    Target{"varbit", Modifier::any, {maybe, "free from bit and from a shorter varbit; else a rewrite"}},
    Target{
        "int4",
        Modifier::any,
        {maybe, "free from oid and from a domain over integer; from bigint, smallint and any other type a rewrite"}
    },
    Target{"oid", Modifier::any, {maybe, "free from integer and the reg… types; from any other type a rewrite"}},
};

}  // namespace

Volatility volatility(std::string_view function) {
    if (std::ranges::binary_search(kVolatile, function)) return Volatility::is_volatile;
    return std::ranges::binary_search(kStable, function) ? Volatility::stable : Volatility::unknown;
}

bool is_plain_type(std::string_view type) {
    return std::ranges::binary_search(kPlainTypes, type);
}

TypeChange change_to(std::string_view type, bool with_modifier, bool is_array) {
    if (!is_array) {
        for (const Target& target : kTargets) {
            const bool fits = target.modifier == Modifier::any || (target.modifier == Modifier::given) == with_modifier;
            if (target.type == type && fits) return target.change;
        }
    }
    if (is_array || is_plain_type(type)) {
        return {yes, "no other type is stored like this one (a domain over it excepted)"};
    }
    return {maybe, "free if both types are stored alike, as with a domain without a constraint; else a rewrite"};
}

}  // namespace drydock::effects
