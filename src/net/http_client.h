#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "net/dialler.h"
#include "net/stream.h"
#include "net/tls.h"

namespace drydock::net {

struct HttpHeader {
    std::string name;
    std::string value;
};

struct HttpRequest {
    std::string method = "GET";
    std::string url{};  // https://host[:port]/path?query, without a user
    std::vector<HttpHeader> headers{};
    std::string body{};
    bool plain_http = false;                // http:// is refused unless this is set
    std::size_t most_answer = 1024 * 1024;  // a longer body is an Error
    TlsOptions tls{};                       // for https; verified unless it says otherwise
    std::filesystem::path unix_socket{};    // dialled instead of the host; the policy must allow Unix sockets
};

struct HttpAnswer {
    int status = 0;
    std::vector<HttpHeader> headers{};  // names in lower case, in the order they came
    std::string body{};
    Timing timing{};

    // The first of that name (lower case); empty when there is none.
    std::string_view header(std::string_view name) const;
};

// One request, one answer: no redirect is followed, no proxy asked, no cookie kept, no compression accepted. Any
// status is an answer; an Error means that there was none. What an Error says holds the host of the URL and no more.
Result<HttpAnswer> fetch(const Dialler& dialler, const HttpRequest& request, const Limits& limits);

}  // namespace drydock::net
