#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

namespace drydock {

// What went wrong, in terms a caller can act on. One table (error.cpp) gives each code its wire name,
// HTTP status, exit code and whether trying again can help.
enum class ErrorCode : std::uint8_t {
    invalid_argument,
    not_found,
    conflict,
    permission_denied,
    unauthenticated,
    unavailable,
    deadline_exceeded,
    cancelled,
    locked,         // somebody else holds what this work needs for itself
    failed,         // the work failed and left nothing behind
    failed_partly,  // the work failed and a part of it stays; a next run goes on from there
    drift,          // the database is not what the history says
    internal,
};

struct ErrorTraits {
    std::string_view name;
    int http_status;
    int exit_code;
    bool retryable;
};
const ErrorTraits& traits(ErrorCode code);

// Where in the user's own files an error stands. `line` and `column` count from 1; 0 is "not known".
struct Place {
    std::string file{};
    std::size_t line = 0;
    std::size_t column = 0;  // in characters, not bytes
    std::string text{};      // the line itself, without its end

    // "003_orders.sql:12:8", as far as it is known.
    std::string label() const;
    // The line and a caret below its column; empty when the text is not known.
    std::string excerpt() const;
};

// One flat type: there is no hierarchy to catch, only properties to ask for.
struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string message{};  // for the person who asked: what is wrong; no secret, no address
    std::string hint{};     // for the same person: what to do
    Place place{};
    std::string detail{};      // for the log only
    std::string sqlstate{};    // five characters, or empty
    std::size_t position = 0;  // where in the statement sent, in characters from 1; 0 is "not known"
    std::string statement{};   // name of the query, or the statement's own text
    std::source_location where = std::source_location::current();

    Error&& in(std::string_view context) &&;        // "applying 0007_orders.sql: <message>"
    Error&& with_hint(std::string_view advice) &&;  // keeps a hint that is already there
    Error&& at(Place spot) &&;
};

// Of our own errors, and of a connection's, the detail is for the log: it may hold addresses. What the server said of a
// statement (DETAIL, CONTEXT) is for whoever sent it.
std::string_view detail_for_people(const Error& error);

}  // namespace drydock
