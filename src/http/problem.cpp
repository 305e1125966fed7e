#include "http/problem.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace drydock::http {
namespace {

struct StatusText {
    unsigned status;
    std::string_view reason;
    std::string_view code;  // where no ErrorCode says it
};
constexpr std::array<StatusText, 34> kStatus{{
    {100, "Continue", ""},
    {200, "OK", ""},
    {201, "Created", ""},
    {202, "Accepted", ""},
    {204, "No Content", ""},
    {302, "Found", ""},
    {303, "See Other", ""},
    {304, "Not Modified", ""},
    {307, "Temporary Redirect", ""},
    {400, "Bad Request", "invalid_argument"},
    {401, "Unauthorized", "unauthenticated"},
    {403, "Forbidden", "permission_denied"},
    {404, "Not Found", "not_found"},
    {405, "Method Not Allowed", "method_not_allowed"},
    {406, "Not Acceptable", "not_acceptable"},
    {408, "Request Timeout", "request_timeout"},
    {409, "Conflict", "conflict"},
    {412, "Precondition Failed", "changed_meanwhile"},
    {413, "Content Too Large", "body_too_large"},
    {414, "URI Too Long", "address_too_long"},
    {415, "Unsupported Media Type", "unsupported_media_type"},
    {417, "Expectation Failed", "expectation_failed"},
    {422, "Unprocessable Content", "failed"},
    {423, "Locked", "locked"},
    {428, "Precondition Required", "version_required"},
    {429, "Too Many Requests", "too_many_requests"},
    {431, "Request Header Fields Too Large", "header_too_large"},
    {499, "Client Closed Request", "cancelled"},
    {500, "Internal Server Error", "internal"},
    {501, "Not Implemented", "not_implemented"},
    {502, "Bad Gateway", "bad_gateway"},
    {503, "Service Unavailable", "unavailable"},
    {504, "Gateway Timeout", "deadline_exceeded"},
    {505, "HTTP Version Not Supported", "version_not_supported"},
}};

const StatusText* text_of(unsigned status) {
    const auto* const found = std::ranges::lower_bound(kStatus, status, {}, &StatusText::status);
    return found != kStatus.end() && found->status == status ? found : nullptr;
}

// "body_too_large" -> "Body too large".
std::string title_of(std::string_view code) {
    std::string title{code};
    std::ranges::replace(title, '_', ' ');
    if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 'a' + 'A');
    return title;
}

}  // namespace

std::string_view reason(unsigned status) {
    const auto* const text = text_of(status);
    return text ? text->reason : "Unknown";
}

Problem problem_of(const Error& error) {
    const auto& known = traits(error.code);
    Problem problem{
        .status = static_cast<unsigned>(known.http_status),
        .code = std::string{known.name},
        .detail = error.message,
        .hint = error.hint,
    };
    // What a database said and nobody has put into words names tables and constraints: it is for the log.
    const bool in_its_words = !error.sqlstate.empty() && error.hint.empty();
    if (in_its_words && error.code == ErrorCode::permission_denied) problem.detail = "Your role does not allow this.";
    if (in_its_words && error.code == ErrorCode::failed) {
        problem.status = static_cast<unsigned>(traits(ErrorCode::internal).http_status);
        problem.code = traits(ErrorCode::internal).name;
    }
    if (problem.code == traits(ErrorCode::internal).name) {
        problem.detail = "Something went wrong in the server. It has been logged under the request id.";
        problem.hint.clear();
    }
    if (known.retryable) problem.headers.add("Retry-After", error.code == ErrorCode::locked ? "5" : "2");
    if (error.code == ErrorCode::unauthenticated) problem.headers.add("WWW-Authenticate", "Bearer");
    return problem;
}

Problem problem_of_status(unsigned status, std::string detail, std::string hint) {
    const auto* const text = text_of(status);
    Problem problem{
        .status = status,
        .code = std::string{text && !text->code.empty() ? text->code : "failed"},
        .detail = std::move(detail),
        .hint = std::move(hint),
    };
    if (status == 503 || status == 429) problem.headers.add("Retry-After", "2");
    if (status == 401) problem.headers.add("WWW-Authenticate", "Bearer");
    return problem;
}

boost::json::object to_json(const Problem& problem, std::string_view request_id) {
    // The type is a name and no address to fetch: the meaning of each code stands in the documentation.
    boost::json::object json{
        {"type", fmt::format("urn:drydock:problem:{}", problem.code)},
        {"title", title_of(problem.code)},
        {"status", problem.status},
        {"code", problem.code},
        {"detail", problem.detail},
    };
    if (!problem.hint.empty()) json["hint"] = problem.hint;
    if (!request_id.empty()) json["request_id"] = request_id;
    if (!problem.errors.empty()) {
        boost::json::array errors;
        for (const auto& [pointer, message] : problem.errors)
            errors.push_back(boost::json::object{{"pointer", pointer}, {"message", message}});
        json["errors"] = std::move(errors);
    }
    return json;
}

Response to_response(const Problem& problem, std::string_view request_id) {
    Response response;
    response.status = problem.status;
    response.headers = problem.headers;
    response.headers.set("Content-Type", "application/problem+json");
    response.headers.set("Cache-Control", "no-store");
    response.body = boost::json::serialize(to_json(problem, request_id));
    return response;
}

}  // namespace drydock::http
