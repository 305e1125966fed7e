#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/tls.h"

namespace drydock::net {

// TLS a step at a time, for who waits for many sockets at once. The socket is non-blocking and its owner's; this must
// go before it. Whenever a call gives nothing it waits for the socket: to write if wants_write(), and to read.
class TlsSession {
public:
    // `host` as for start_tls.
    static Result<TlsSession> start(int fd, const TlsContext& context, const std::string& host);

    // True once it is agreed on.
    Result<bool> handshake();
    // At least one byte; 0 at an end in good order; nothing for now.
    Result<std::optional<std::size_t>> read(std::span<char> into);
    // As many as go now; nothing for now.
    Result<std::optional<std::size_t>> write(std::string_view bytes);
    bool wants_write() const { return wants_write_; }
    // The hash of the other end's certificate that binds a sign-in to this channel: tls-server-end-point, RFC 5929
    // section 4.1. Empty where there is none.
    std::string end_point() const;

private:
    struct Free {
        void operator()(void* ssl) const;
    };
    explicit TlsSession(void* ssl, std::string host) : ssl_(ssl), host_(std::move(host)) {}
    // What OpenSSL's call came to: SSL_ERROR_NONE, _ZERO_RETURN, _WANT_READ (for both directions), or it is over.
    int judge(int done);

    std::unique_ptr<void, Free> ssl_;
    std::string host_;
    bool wants_write_ = false;
};

}  // namespace drydock::net
