#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/result.h"

// What JSON of the API looks like, said once. From it: the check of requests, OpenAPI's schemas, and a check of
// answers.
//
//     const Schema database = object("Database", "A registered database.", {
//         {"id", text(plain).uuid().id_of("database"), output},
//         {"name", text(plain).length(1, 63).describe("Unique in its project."), required},
//         {"password", text(secret).length(1, 1024)},
//         {"port", integer().range(1, 65535).fallback(5432)},
//         {"tags", list(text(plain).length(1, 40)).items(0, 20)},
//     });
namespace drydock::http {

// What a text may hold, which decides where it may go. There is no text without one: text() asks for it.
enum class FieldClass : std::uint8_t {
    plain,     // names, states, settings: may be logged and audited
    personal,  // says who somebody is: e-mail, name, address
    bulk,      // other people's data or long text: never logged
    secret,    // goes in and never comes out
};
std::string_view name(FieldClass mark);

enum class Type : std::uint8_t { text, integer, number, boolean, object, list, map, any };
enum class Format : std::uint8_t { none, uuid, date_time, date, email, uri };

// When a field is there. `output` ones are the server's: a request that has one is refused.
enum class Presence : std::uint8_t { optional, required, output, maybe_output, input, required_input };

// A rule for texts that can be said as a regular expression; it is checked by code, in one pass over the text.
struct Pattern {
    std::string_view expression;  // for the document
    std::string_view says;        // "must be lower-case letters, digits and hyphens, and begin with a letter"
    bool (*matches)(std::string_view);
};
extern const Pattern kSlug;        // a-z0-9 and single hyphens, begins with a letter: names in addresses
extern const Pattern kIdentifier;  // a-z0-9_, begins with a letter: names of settings, metrics
extern const Pattern kHostName;    // a DNS name or an IP address

struct Field;

// A value: its modifiers give a changed copy.
class Schema {
public:
    Schema length(std::size_t least, std::size_t most) const;  // in characters
    Schema range(std::int64_t least, std::int64_t most) const;
    Schema items(std::size_t least, std::size_t most) const;  // of a list or a map
    Schema one_of(std::vector<std::string> choices) const;
    Schema matches(const Pattern& pattern) const;
    Schema uuid() const;
    Schema date_time() const;
    Schema date() const;
    Schema email() const;
    Schema uri() const;
    Schema nullable() const;
    Schema unique() const;  // no two equal items in a list
    // A uuid that names an object of this kind ("database"): who asks must have a right to that object.
    Schema id_of(std::string kind) const;
    Schema not_an_object() const;  // a uuid that names nothing anyone could have a right to
    Schema describe(std::string text) const;
    Schema example(const boost::json::value& value) const;
    Schema fallback(const boost::json::value& value) const;  // stands for an absent field
    // For PATCH: the same fields, none required, none filled in.
    Schema partial(std::string new_name) const;

    Type type = Type::any;
    FieldClass mark = FieldClass::plain;
    Format format = Format::none;
    bool is_nullable = false;
    bool is_unique = false;
    std::optional<std::int64_t> least{};  // of a number, a length, a count
    std::optional<std::int64_t> most{};
    std::vector<std::string> choices{};
    const Pattern* pattern = nullptr;
    std::string name{};  // of an object: its name in the document
    std::string description{};
    std::optional<std::string> object_kind{};
    std::shared_ptr<const boost::json::value> example_value{};
    std::shared_ptr<const boost::json::value> fallback_value{};
    std::vector<Field> fields;             // of an object
    std::shared_ptr<const Schema> item{};  // of a list or a map

    Schema();
    Schema(const Schema&);
    Schema(Schema&&) noexcept;
    Schema& operator=(const Schema&);
    Schema& operator=(Schema&&) noexcept;
    ~Schema();
};

struct Field {
    std::string name;
    Schema schema;
    Presence presence = Presence::optional;
};

Schema text(FieldClass mark);
Schema integer();
Schema number();
Schema boolean();
Schema object(std::string name, std::string description, std::vector<Field> fields);
Schema list(Schema item);
Schema map(Schema value);     // any names, values of one kind
Schema any(FieldClass mark);  // any JSON

// What is wrong with a part of a request, and where: an RFC 6901 pointer ("/tags/2"), or a parameter's name.
struct Violation {
    std::string pointer;
    std::string message;
};

enum class Direction : std::uint8_t { request, answer };
// All that is wrong, not only the first. Of a request: what is not declared, or is the server's to say, is refused. Of
// an answer: what is not declared, secrets, and required fields that are not there.
std::vector<Violation> violations(const Schema& schema, const boost::json::value& value, Direction direction);
void fill_in(const Schema& schema, boost::json::value& value);

struct JsonLimits {
    std::size_t depth = 32;
};
// Reads a request's JSON. Refused: invalid UTF-8, the same key twice, deeper than the limit, anything after the value,
// numbers that don't fit. The message names no byte of the text.
Result<boost::json::value> parse_json(std::string_view text, const JsonLimits& limits, std::vector<Violation>& wrong);

// The whole way of a body: read, checked, filled in. On an Error (invalid_argument) `wrong` says what is wrong.
Result<boost::json::value> read_body(const Schema& schema, std::string_view text, std::vector<Violation>& wrong);

// One value of a query or a path, as the schema's type: "5" is 5 of an integer; a list is comma-separated.
std::optional<boost::json::value> read_text(const Schema& schema, std::string_view text);

// JSON Schema 2020-12. Named objects are given as references and collected in `components`.
boost::json::object json_schema(const Schema& schema, boost::json::object& components);

// What is wrong with the description itself: a name twice, limits that exclude each other, a default that its own
// schema refuses, a secret in a place that only answers. `where` begins each message.
std::vector<std::string> check(const Schema& schema, std::string_view where);

// The places of a value whose text is an object's id, by the schema.
struct ObjectId {
    std::string kind;     // "database"
    std::string id;       // a uuid
    std::string pointer;  // where it stood: "/project_id", or a parameter's name
};
void collect_ids(const Schema& schema, const boost::json::value& value, std::vector<ObjectId>& ids);

bool is_slug(std::string_view text);

}  // namespace drydock::http
