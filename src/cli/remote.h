#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "base/result.h"
#include "cli/session.h"
#include "cli/table.h"
#include "client/api.h"

// What the commands have in common that talk to a server.
namespace drydock::cli {

// The server that the settings name, as who is logged in or has a token. Where a call needs a fresh proof of who that
// is, it is asked for at the terminal, and the call made again.
client::Api remote(Session& session);
// The same with no log-in: what is sent along says who it is.
client::Api remote_as_nobody(Session& session);

// Texts of an answer, for a table: "" where there is nothing.
std::string shown(const boost::json::object& object, std::string_view key);
// A moment of an answer in a table: "2026-07-01 12:00:00", in UTC.
std::string shown_moment(const boost::json::object& object, std::string_view key);
// Its state, in the colour of what it means: healthy, failed, …
Table::Cell shown_state(const boost::json::object& object, std::string_view key);

// A path with what is given of its query.
using Query = std::initializer_list<std::pair<std::string_view, std::optional<std::string>>>;
std::string with_query(std::string path, const Query& query);

struct Listing {
    std::string path;  // below /api/v2, with its query
    std::vector<Table::Column> columns;
    std::function<std::vector<Table::Cell>(const boost::json::object&)> row;  // the cells of an item
    std::string when_empty;
    std::optional<std::size_t> most{};  // no more than so many
};
// A list of the server as a table, or as JSON: {"items": […]}. Gives how many there were.
Result<std::size_t> print_list(Session& session, const Listing& listing);

// One object: as JSON, or a line a field; what is empty is left out.
void print_object(Session& session, const boost::json::object& object);
// What was done: a line, or with --json the object.
void print_done(Session& session, std::string_view text, boost::json::object object);

// A secret from the file (its first line; "-": standard input), else asked for at the terminal without showing it; a
// new one twice.
Result<Secret> read_secret(Session& session, const std::optional<std::string>& file, std::string_view prompt);
Result<Secret> read_new_secret(Session& session, const std::optional<std::string>& file, std::string_view prompt);

// Asks; cancelled unless the answer is yes.
Result<> agree(Session& session, std::string_view question);

// What must be there; `option` names it: "--email".
Result<std::string> needed(const std::optional<std::string>& value, std::string_view option);
// A JSON object that was given as an option.
Result<boost::json::object> json_object(const std::string& text, std::string_view option);

// A kind of thing that people name on the command line.
struct Kind {
    std::string_view noun;           // "project"
    std::string_view list;           // the command that shows them: "drydock project list"
    std::string_view path;           // "/projects?limit=200"
    std::string_view id;             // the field that the API takes
    std::vector<std::string> names;  // further fields that people may say
};
// The one that is meant. not_found with "did you mean"; conflict where several have the name.
Result<boost::json::object> find_one(
    client::Api& api, const Kind& kind, const std::string& wanted, const Limits& limits
);

// A change of something with a version, or (DELETE) its end: as it is now, whatever it was before.
Result<client::Answer> change_present(
    client::Api& api,
    std::string_view method,
    const std::string& path,
    const boost::json::value& body,
    const Limits& limits
);

// Projects by slug or id.
const Kind& project_kind();
Result<std::string> project_id(client::Api& api, const std::string& wanted, const Limits& limits);

}  // namespace drydock::cli
