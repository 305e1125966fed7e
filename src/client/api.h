#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "client/logins.h"

namespace drydock::client {

struct ApiOptions {
    std::string server;               // "https://drydock.example.org", without a path
    Secret token{};                   // of `drydock token create`; empty: the kept log-in
    std::string organization{};       // slug or id; empty: that of the token, or of the log-in
    bool as_nobody = false;           // no token is sent, whoever is logged in
    std::filesystem::path ca_file{};  // trusted beside the system's, for a server with a certificate of one's own
    Logins logins{Logins::default_file()};
    std::chrono::seconds time_limit{60};  // of one request
    // Asked when a call needs a fresh proof of who we are: gives the body of `POST /me/step-up`. None: such a call
    // fails.
    std::function<Result<boost::json::object>()> prove{};
};

// An answer with what a program needs of its head.
struct Answer {
    int status = 0;
    boost::json::value body{};  // null where there is none
    std::string etag{};         // in quotes, as If-Match takes it
};

// A server's REST API. Not for several threads.
class Api {
public:
    explicit Api(ApiOptions options);

    // `path` begins below /api/v2: "/databases?limit=5". An answer of 400 and above is an Error made from its problem:
    // the code by the wire name, message, hint, and what is wrong with each field.
    Result<Answer> call(
        std::string_view method,
        std::string_view path,
        const boost::json::value& body,
        const Limits& limits,
        std::string_view if_match = {}
    );
    Result<boost::json::value> get(std::string_view path, const Limits& limits);
    // Every item of a list, page by page, until `receive` has had enough: false.
    Result<> each(
        const std::string& path, const std::function<bool(const boost::json::object&)>& receive, const Limits& limits
    );
    // The answer's bytes as they are, for what is no JSON.
    Result<std::string> bytes(std::string_view path, const Limits& limits);

    const ApiOptions& options() const { return options_; }
    Logins& logins() { return options_.logins; }

private:
    struct Raw {
        int status = 0;
        std::string body;
        std::string etag;
        bool token_refused = false;  // or none was sent where one is needed
    };
    Result<Raw> send(
        std::string_view method,
        std::string_view path,
        const std::string& body,
        std::string_view if_match,
        const Limits& limits
    );
    Result<Raw> send_once(
        std::string_view method,
        std::string_view path,
        const std::string& body,
        std::string_view if_match,
        const Limits& limits
    );
    Result<bool> prove_again(const Raw& refused, const Limits& limits);
    Result<bool> renew(const Limits& limits);
    Result<> load_login();

    ApiOptions options_;
    std::optional<Login> login_;
    bool loaded_ = false;
};

// By its wire name; nothing for one that this program doesn't know.
std::optional<ErrorCode> code_named(std::string_view name);

// A part of a path or a query as it must be sent: RFC 3986, all but the unreserved characters.
std::string encoded(std::string_view text);

}  // namespace drydock::client
