#include "redis/url.h"

#include <charconv>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "base/text.h"

namespace drydock::redis {
namespace {

Error bad(std::string_view what) {
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = "the address of Redis can't be read: " + std::string{what},
        .hint =
            "Write it as redis://user:password@host:6379/0 (rediss:// for TLS), special characters of user and "
            "password as %40."
    };
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc{} && end == text.data() + text.size();
}

Result<> read_credentials(std::string_view text, ConnectOptions& options) {
    const auto colon = text.find(':');
    const auto user = percent_decoded(text.substr(0, colon));
    const auto password = percent_decoded(colon == text.npos ? std::string_view{} : text.substr(colon + 1));
    if (!user || !password) return bad("'%' must be followed by two hexadecimal digits");
    options.user = *user;
    options.password = Secret{*password};
    return {};
}

Result<> read_place(std::string_view text, ConnectOptions& options) {
    auto host = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == text.npos) return bad("']' is missing");
        host = text.substr(1, end - 1);
        port = text.substr(end + 1);
    } else if (const auto colon = text.find(':'); colon != text.npos) {
        host = text.substr(0, colon);
        port = text.substr(colon);
    }
    if (host.empty()) return bad("there is no host in it");
    options.host = host;
    if (port.empty()) return {};
    if (port[0] != ':' || !read_number(port.substr(1), options.port) || options.port == 0)
        return bad("the port is no port");
    return {};
}

Result<> read_database(std::string_view text, ConnectOptions& options) {
    if (text.empty()) return {};
    if (!read_number(text, options.database) || options.database < 0) return bad("the database is no number");
    return {};
}

}  // namespace

Result<ConnectOptions> parse_url(std::string_view url) {
    ConnectOptions options;
    const auto scheme = url.substr(0, url.find("://"));
    if (scheme.size() == url.size()) return bad("it has no scheme");
    auto rest = url.substr(scheme.size() + 3);
    if (iequals(scheme, "unix")) {
        const auto question = rest.find("?db=");
        const auto path = percent_decoded(rest.substr(0, question));
        if (!path || !path->starts_with('/')) return bad("a Unix socket needs a whole path");
        options.host = *path;
        DRYDOCK_TRY_VOID(read_database(question == rest.npos ? std::string_view{} : rest.substr(question + 4), options)
        );
        return options;
    }
    const bool secure = iequals(scheme, "rediss");
    if (!secure && !iequals(scheme, "redis")) return bad("it must begin with redis://, rediss:// or unix://");
    // The last '@', so that one in a password that somebody forgot to encode is no host.
    if (const auto at = rest.rfind('@'); at != rest.npos) {
        DRYDOCK_TRY_VOID(read_credentials(rest.substr(0, at), options));
        rest.remove_prefix(at + 1);
    }
    const auto slash = rest.find('/');
    DRYDOCK_TRY_VOID(read_place(rest.substr(0, slash), options));
    DRYDOCK_TRY_VOID(read_database(slash == rest.npos ? std::string_view{} : rest.substr(slash + 1), options));
    if (secure) {
        DRYDOCK_TRY(options.tls, net::TlsContext::make({}));
    }
    return options;
}

}  // namespace drydock::redis
