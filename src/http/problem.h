#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/error.h"
#include "http/message.h"
#include "http/schema.h"

namespace drydock::http {

// What a client is told of a failure: RFC 9457, with the fields of docs/api.md. Only texts that were written for the
// person who asked get in here.
struct Problem {
    unsigned status = 500;
    std::string code;    // "not_found": stable, for programs
    std::string detail;  // for the person: what is wrong
    std::string hint{};  // for the same person: what to do
    std::vector<Violation> errors{};
    Headers headers{};  // Retry-After, WWW-Authenticate, Allow …
};

// The code decides the status. An internal error says nothing of itself.
Problem problem_of(const Error& error);
// WWW-Authenticate of a request whose token is not valid, or no longer.
inline constexpr std::string_view kInvalidToken = R"(Bearer error="invalid_token")";

// What the protocol itself refuses: "method_not_allowed", "payload_too_large" … by the status.
Problem problem_of_status(unsigned status, std::string detail, std::string hint = {});

std::string_view reason(unsigned status);  // "Not Found"

boost::json::object to_json(const Problem& problem, std::string_view request_id);
Response to_response(const Problem& problem, std::string_view request_id);

}  // namespace drydock::http
