#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/dialler.h"
#include "net/stream.h"

namespace drydock::net {

enum class TlsMode : std::uint8_t {
    off,
    unverified,   // encrypted, but anybody may be at the other end
    verify_ca,    // a certificate that a trusted authority signed, whatever name it is for
    verify_full,  // and for the host that was asked for
};

struct TlsOptions {
    TlsMode mode = TlsMode::verify_full;
    std::string ca_pem{};  // trusted authorities; empty: those of the file, and without one the system's
    std::filesystem::path ca_file{};
    std::string certificate_pem{};  // the client's own, with its chain
    Secret key_pem{};
    std::string server_name{};  // the name to ask for and to verify, where it is not the host that is dialled
};

// What the options name, read and checked once. Share it: reading the system's authorities takes milliseconds.
class TlsContext {
public:
    static Result<TlsContext> make(const TlsOptions& options);

    struct Impl;

private:
    friend Result<std::unique_ptr<Stream>> start_tls(Socket, const TlsContext&, const std::string&, const Limits&);
    friend class TlsSession;
    std::shared_ptr<const Impl> impl_;
};

// The handshake as a client, at least TLS 1.2. `host` is sent (SNI) and verified, unless the options name another.
Result<std::unique_ptr<Stream>> start_tls(
    Socket socket, const TlsContext& context, const std::string& host, const Limits& limits
);

struct Opened {
    std::unique_ptr<Stream> stream;
    Address address;
};

// Dials, and encrypts when there is a context.
Result<Opened> open_stream(
    const Dialler& dialler,
    const std::string& host,
    std::uint16_t port,
    const TlsContext* tls,
    const Limits& limits,
    Timing* timing = nullptr
);

// The same for options that are used once.
Result<Opened> open_stream(
    const Dialler& dialler,
    const std::string& host,
    std::uint16_t port,
    const TlsOptions& tls,
    const Limits& limits,
    Timing* timing = nullptr
);

}  // namespace drydock::net
