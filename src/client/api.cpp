#include "client/api.h"

#include <iterator>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/random.h"
#include "net/dialler.h"
#include "net/http_client.h"

namespace drydock::client {
namespace {

namespace json = boost::json;

constexpr std::string_view kPrefix = "/api/v2";
constexpr int kUnauthorised = 401;
constexpr int kForbidden = 403;
constexpr std::size_t kMostAnswer = 64U << 20U;

std::string text_of(const json::object& object, std::string_view key) {
    const auto* const value = object.if_contains(key);
    const auto* const text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string{text->begin(), text->end()} : std::string{};
}

ErrorCode code_of(std::string_view name, int status) {
    if (const auto code = code_named(name)) return *code;
    if (status == 401) return ErrorCode::unauthenticated;
    if (status == 403) return ErrorCode::permission_denied;
    if (status == 404) return ErrorCode::not_found;
    if (status == 429 || status >= 502) return ErrorCode::unavailable;
    return status >= 500 ? ErrorCode::internal : ErrorCode::invalid_argument;
}

// In clear only on this machine.
bool may_be_spoken_to(std::string_view server) {
    if (!server.starts_with("http://")) return true;
    auto host = server.substr(7);
    host = host.substr(0, host.find('/'));
    if (const auto port = host.rfind(':');
        port != std::string_view::npos && host.find(']', port) == std::string_view::npos)
        host = host.substr(0, port);
    return host == "localhost" || host == "[::1]" ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

// "name: must not be empty" for each field that the server found wrong.
std::string field_errors(const json::object& problem) {
    std::string text;
    const auto* const errors = problem.if_contains("errors");
    if (errors == nullptr || !errors->is_array()) return text;
    for (const auto& item : errors->as_array()) {
        if (!item.is_object()) continue;
        auto pointer = text_of(item.as_object(), "pointer");
        if (pointer.starts_with('/')) pointer.erase(0, 1);
        if (!text.empty()) text += "; ";
        text += pointer.empty() ? text_of(item.as_object(), "message")
                                : fmt::format("{}: {}", pointer, text_of(item.as_object(), "message"));
    }
    return text;
}

Error error_of(int status, const std::string& body) {
    json::error_code failed;
    const auto value = json::parse(body, failed);
    if (failed || !value.is_object()) {
        return {
            .code = code_of({}, status),
            .message = fmt::format("the server answered {} and said nothing that drydock understands", status),
            .hint = "Is the address that of a drydock server, and is no proxy in between?",
        };
    }
    const auto& problem = value.as_object();
    Error error{
        .code = code_of(text_of(problem, "code"), status),
        .message = text_of(problem, "detail"),
        .hint = text_of(problem, "hint"),
    };
    if (error.message.empty()) error.message = text_of(problem, "title");
    if (const auto fields = field_errors(problem); !fields.empty()) {
        if (error.message.ends_with('.')) error.message.pop_back();
        error.message += ": " + fields;
    }
    if (status >= 500) {
        const auto id = text_of(problem, "request_id");
        if (error.hint.empty() && !id.empty()) error.hint = fmt::format("The server's log says more; look for {}.", id);
    }
    return error;
}

}  // namespace

std::optional<ErrorCode> code_named(std::string_view name) {
    for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        if (traits(static_cast<ErrorCode>(code)).name == name) return static_cast<ErrorCode>(code);
    }
    return std::nullopt;
}

std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= '0' && byte <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            out += c;
        else
            fmt::format_to(std::back_inserter(out), "%{:02X}", byte);
    }
    return out;
}

Api::Api(ApiOptions options) : options_(std::move(options)) {
    while (options_.server.ends_with('/')) options_.server.pop_back();
}

Result<> Api::load_login() {
    if (loaded_ || options_.as_nobody || !options_.token.empty()) return {};
    loaded_ = true;
    DRYDOCK_TRY(login_, options_.logins.find(options_.server));
    return {};
}

Result<Api::Raw> Api::send_once(
    std::string_view method,
    std::string_view path,
    const std::string& body,
    std::string_view if_match,
    const Limits& limits
) {
    if (!may_be_spoken_to(options_.server)) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format(
                "{} is another machine, and what is said to it would cross the network in clear", options_.server
            ),
            .hint = "Use its https address.",
        };
    }
    net::HttpRequest request{
        .method = std::string{method},
        .url = fmt::format("{}{}{}", options_.server, kPrefix, path),
        .body = body,
        .plain_http = true,
        .most_answer = kMostAnswer,
    };
    request.tls.ca_file = options_.ca_file;
    if (!body.empty()) request.headers.push_back({"Content-Type", "application/json"});
    if (!if_match.empty()) request.headers.push_back({"If-Match", std::string{if_match}});
    // A creation that is sent twice must not create twice: the client alone knows that it is the same one.
    if (method == "POST") request.headers.push_back({"Idempotency-Key", random_uuid()});
    const auto& token = !options_.token.empty() ? options_.token : login_ ? login_->access_token : Secret{};
    if (!token.empty()) request.headers.push_back({"Authorization", "Bearer " + token.reveal()});
    const auto& organization = !options_.organization.empty() || !login_ ? options_.organization : login_->organization;
    if (!organization.empty()) request.headers.push_back({"X-Drydock-Organization", organization});

    const net::Dialler dialler{net::EgressPolicy::everything()};
    auto answer = net::fetch(dialler, request, limits.at_most(options_.time_limit));
    if (!answer) {
        auto error = std::move(answer).error().in("talking to " + options_.server);
        if (error.code == ErrorCode::unavailable) {
            if (!error.hint.empty()) error.hint += ' ';
            if (options_.server.starts_with("https:")) error.hint += "Does it speak HTTPS? ";
            error.hint += "Is the server running (`drydock serve`)? --server or DRYDOCK_URL name another one.";
        } else if (options_.server.find("://") == std::string::npos) {
            error.hint = "Begin it with https:// or http://: --server, DRYDOCK_URL or server_url.";
        }
        return error;
    }
    const bool refused =
        answer->status == kUnauthorised &&
        (token.empty() || answer->header("www-authenticate").find("invalid_token") != std::string::npos);
    return Raw{answer->status, std::move(answer->body), std::string{answer->header("etag")}, refused};
}

// A new access token for an old log-in. False: there is none, or it is over.
Result<bool> Api::renew(const Limits& limits) {
    if (!login_ || login_->refresh_token.empty()) return false;
    DRYDOCK_TRY(const auto lock, options_.logins.lock());
    // Another command may have renewed it while we waited.
    DRYDOCK_TRY(auto kept, options_.logins.find(options_.server));
    if (kept && kept->access_token.reveal() != login_->access_token.reveal()) {
        login_ = std::move(kept);
        return true;
    }
    const auto body = json::serialize(json::object{{"refresh_token", login_->refresh_token.reveal()}});
    auto old = std::exchange(login_, std::nullopt);
    DRYDOCK_TRY(const auto answer, send_once("POST", "/sessions/refresh", body, {}, limits));
    if (answer.status >= 400) {
        login_ = std::move(old);
        return false;
    }
    json::error_code failed;
    const auto value = json::parse(answer.body, failed);
    if (failed || !value.is_object()) return false;
    old->access_token = Secret{text_of(value.as_object(), "access_token")};
    old->refresh_token = Secret{text_of(value.as_object(), "refresh_token")};
    login_ = std::move(old);
    DRYDOCK_TRY_VOID(options_.logins.keep(options_.server, *login_));
    return true;
}

// Whether the call may be made again, because whoever asks has just proven who they are.
Result<bool> Api::prove_again(const Raw& refused, const Limits& limits) {
    if (refused.status != kForbidden || !options_.prove) return false;
    json::error_code failed;
    const auto problem = json::parse(refused.body, failed);
    if (failed || !problem.is_object() || text_of(problem.as_object(), "code") != "step_up_required") return false;
    DRYDOCK_TRY(const auto proof, options_.prove());
    DRYDOCK_TRY(const auto answer, send_once("POST", "/me/step-up", json::serialize(proof), {}, limits));
    if (answer.status >= 400) return error_of(answer.status, answer.body);
    return true;
}

Result<Api::Raw> Api::send(
    std::string_view method,
    std::string_view path,
    const std::string& body,
    std::string_view if_match,
    const Limits& limits
) {
    DRYDOCK_TRY_VOID(load_login());
    DRYDOCK_TRY(auto answer, send_once(method, path, body, if_match, limits));
    if (answer.token_refused && options_.token.empty()) {
        DRYDOCK_TRY(const bool renewed, renew(limits));
        if (renewed) {
            DRYDOCK_TRY(answer, send_once(method, path, body, if_match, limits));
        }
    }
    DRYDOCK_TRY(const bool proven, prove_again(answer, limits));
    if (proven) return send_once(method, path, body, if_match, limits);
    return answer;
}

Result<Answer> Api::call(
    std::string_view method,
    std::string_view path,
    const json::value& body,
    const Limits& limits,
    std::string_view if_match
) {
    DRYDOCK_TRY(auto raw, send(method, path, body.is_null() ? std::string{} : json::serialize(body), if_match, limits));
    if (raw.status >= 400) {
        auto error = error_of(raw.status, raw.body);
        if (raw.token_refused && !options_.as_nobody) error.hint = "Log in with `drydock login`, or set DRYDOCK_TOKEN.";
        return error;
    }
    Answer answer{.status = raw.status, .etag = std::move(raw.etag)};
    if (raw.body.empty()) return answer;
    json::error_code failed;
    answer.body = json::parse(raw.body, failed);
    if (failed) {
        return Error{
            .code = ErrorCode::unavailable,
            .message = fmt::format("the answer of {} is not JSON", options_.server),
            .hint = "Is the address that of a drydock server, and is no proxy in between?",
        };
    }
    return answer;
}

Result<json::value> Api::get(std::string_view path, const Limits& limits) {
    DRYDOCK_TRY(auto answer, call("GET", path, {}, limits));
    return std::move(answer.body);
}

Result<> Api::each(
    const std::string& path, const std::function<bool(const json::object&)>& receive, const Limits& limits
) {
    const char joint = path.find('?') == std::string::npos ? '?' : '&';
    for (std::string cursor;;) {
        DRYDOCK_TRY(
            const auto page,
            get(cursor.empty() ? path : fmt::format("{}{}cursor={}", path, joint, encoded(cursor)), limits)
        );
        const auto* const object = page.if_object();
        const auto* const items = object != nullptr ? object->if_contains("items") : nullptr;
        if (items == nullptr || !items->is_array()) return {};
        for (const auto& item : items->as_array()) {
            if (item.is_object() && !receive(item.as_object())) return {};
        }
        cursor = text_of(*object, "next_cursor");
        if (cursor.empty()) return {};
    }
}

Result<std::string> Api::bytes(std::string_view path, const Limits& limits) {
    DRYDOCK_TRY(auto raw, send("GET", path, {}, {}, limits));
    if (raw.status >= 400) return error_of(raw.status, raw.body);
    return std::move(raw.body);
}

}  // namespace drydock::client
