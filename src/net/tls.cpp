#include "net/tls.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/files.h"
#include "base/poll.h"
#include "net/tls_session.h"

namespace drydock::net {
namespace {

template <auto free>
struct Free {
    template <class T>
    void operator()(T* pointer) const {
        free(pointer);
    }
};
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Free<SSL_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Store = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;

// What OpenSSL last complained of; empties its queue.
std::string reason() {
    std::string text;
    while (const auto code = ::ERR_get_error()) {
        if (const char* const said = ::ERR_reason_error_string(code)) text = said;
    }
    return text.empty() ? "no reason given" : text;
}

Error bad_option(std::string message) {
    return Error{.code = ErrorCode::invalid_argument, .message = std::move(message), .detail = reason()};
}

Bio memory(const std::string& pem) {
    return Bio{::BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<std::size_t>(pem.size(), INT_MAX)))};
}

// The system's authorities, read at the first use. A certificate that the system learns later is known after a restart.
X509_STORE* system_store() {
    static const Store store = [] {
        Store made{::X509_STORE_new()};
        ::X509_STORE_set_default_paths(made.get());
        return made;
    }();
    return store.get();
}

Result<> add_authorities(X509_STORE* store, const std::string& pem) {
    const auto bio = memory(pem);
    int count = 0;
    while (const Certificate certificate{::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        ::X509_STORE_add_cert(store, certificate.get());
        ++count;
    }
    ::ERR_clear_error();  // the end of the text counts as one
    if (count > 0) return {};
    return bad_option("the certificates of the trusted authorities hold no PEM certificate");
}

Result<> trust(SSL_CTX* context, const TlsOptions& options) {
    if (options.mode == TlsMode::unverified) {
        ::SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
        return {};
    }
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    std::string pem = options.ca_pem;
    if (pem.empty() && !options.ca_file.empty()) {
        DRYDOCK_TRY(pem, read_file(options.ca_file));
    }
    if (pem.empty()) {
        ::SSL_CTX_set1_cert_store(context, system_store());
        return {};
    }
    return add_authorities(::SSL_CTX_get_cert_store(context), pem);
}

// A key with a pass phrase is refused, and not asked for on the terminal.
int no_pass_phrase(char*, int, int, void*) {
    return -1;
}

Result<> identify(SSL_CTX* context, const TlsOptions& options) {
    if (options.certificate_pem.empty() && options.key_pem.empty()) return {};
    if (options.certificate_pem.empty() || options.key_pem.empty()) {
        return bad_option("a client certificate and its key must be given together");
    }
    const auto chain = memory(options.certificate_pem);
    const Certificate own{::PEM_read_bio_X509_AUX(chain.get(), nullptr, nullptr, nullptr)};
    if (!own || ::SSL_CTX_use_certificate(context, own.get()) != 1) {
        return bad_option("the client certificate is no PEM certificate");
    }
    while (X509* const next = ::PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
        if (::SSL_CTX_add0_chain_cert(context, next) != 1) ::X509_free(next);
    }
    ::ERR_clear_error();
    const auto text = memory(options.key_pem.reveal());
    const Key key{::PEM_read_bio_PrivateKey(text.get(), nullptr, no_pass_phrase, nullptr)};
    if (!key || ::SSL_CTX_use_PrivateKey(context, key.get()) != 1 || ::SSL_CTX_check_private_key(context) != 1) {
        return bad_option("the key does not belong to the client certificate, or is no PEM key without a pass phrase");
    }
    return {};
}

// OpenSSL's own socket BIO writes with write(2), which raises SIGPIPE in the whole program.
int socket_write(BIO* bio, const char* bytes, int size) {
    const auto fd = static_cast<int>(reinterpret_cast<std::intptr_t>(::BIO_get_data(bio)));
    ::BIO_clear_retry_flags(bio);
    const auto n = ::send(fd, bytes, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) ::BIO_set_retry_write(bio);
    return static_cast<int>(n);
}

int socket_read(BIO* bio, char* into, int size) {
    const auto fd = static_cast<int>(reinterpret_cast<std::intptr_t>(::BIO_get_data(bio)));
    ::BIO_clear_retry_flags(bio);
    const auto n = ::recv(fd, into, static_cast<std::size_t>(size), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) ::BIO_set_retry_read(bio);
    if (n == 0) ::BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return static_cast<int>(n);
}

long socket_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF) return ::BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return 0;
}

BIO_METHOD* socket_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* const made = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
        ::BIO_meth_set_write(made, socket_write);
        ::BIO_meth_set_read(made, socket_read);
        ::BIO_meth_set_ctrl(made, socket_control);
        return made;
    }();
    return method;
}

Error untrusted(const std::string& host, long verdict) {
    const bool name = verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;
    return Error{
        .code = ErrorCode::permission_denied,
        .message =
            fmt::format("the certificate of \"{}\" is not trusted: {}", host, ::X509_verify_cert_error_string(verdict)),
        .hint = name ? "Use the host name that the certificate was made for."
                     : "Give the certificate of the authority that signed it."
    };
}

Error broken() {
    const int error_number = errno;
    const auto why = ::ERR_peek_error() != 0 ? reason() : std::string{std::strerror(error_number)};
    return Error{.code = ErrorCode::unavailable, .message = fmt::format("the connection broke: {}", why)};
}

// Why a handshake failed.
Error not_agreed(SSL* ssl, const std::string& host) {
    const auto verdict = ::SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK && ::SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE) {
        ::ERR_clear_error();
        return untrusted(host, verdict);
    }
    return Error{
        .code = ErrorCode::unavailable,
        .message = fmt::format("TLS could not be agreed on with \"{}\": {}", host, reason()),
        .hint = "Check that the server speaks TLS 1.2 or later on this port."
    };
}

class TlsStream final : public Stream {
public:
    TlsStream(Socket socket, Session ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {}

    Result<std::size_t> read(std::span<char> into, const Limits& limits) override {
        std::size_t n = 0;
        DRYDOCK_TRY(const int end, repeat(limits, [&] {
                        return ::SSL_read_ex(ssl_.get(), into.data(), into.size(), &n);
                    }));
        if (end == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
        if (end != SSL_ERROR_NONE) return broken();
        return n;
    }

    Result<> write(std::string_view bytes, const Limits& limits) override {
        while (!bytes.empty()) {
            std::size_t n = 0;
            DRYDOCK_TRY(const int end, repeat(limits, [&] {
                            return ::SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &n);
                        }));
            if (end != SSL_ERROR_NONE) return broken();
            bytes.remove_prefix(n);
        }
        return {};
    }

    bool still_open() const override {
        // A TLS 1.3 server may send tickets at any time, so bytes on the socket are no sign of an end.
        char byte = 0;
        const bool quiet = ::recv(socket_.fd(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
        if (quiet) return ::SSL_pending(ssl_.get()) == 0;
        ::ERR_clear_error();
        std::size_t n = 0;
        const int done = ::SSL_peek_ex(ssl_.get(), &byte, 1, &n);
        const bool open = done != 1 && ::SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ;
        ::ERR_clear_error();
        return open;
    }
    bool encrypted() const override { return true; }
    int fd() const override { return socket_.fd(); }

    Result<> handshake(const std::string& host, const Limits& limits) {
        DRYDOCK_TRY(const int end, repeat(limits, [&] { return ::SSL_connect(ssl_.get()); }));
        if (end == SSL_ERROR_NONE) return {};
        return not_agreed(ssl_.get(), host);
    }

private:
    // Until OpenSSL has what it waits for. Gives SSL_ERROR_*.
    template <class Call>
    Result<int> repeat(const Limits& limits, Call call) {
        const Wake wake{limits.stop};
        for (;;) {
            DRYDOCK_TRY_VOID(check_limits(limits));
            ::ERR_clear_error();
            errno = ECONNRESET;  // an end without a word sets nothing
            const int done = call();
            if (done == 1) return SSL_ERROR_NONE;
            const int end = ::SSL_get_error(ssl_.get(), done);
            if (end != SSL_ERROR_WANT_READ && end != SSL_ERROR_WANT_WRITE) return end;
            const short events = end == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
            DRYDOCK_TRY_VOID(wait_for(socket_.fd(), events, limits, wake));
        }
    }

    Socket socket_;
    Session ssl_;
};

Result<> name_server(SSL* ssl, const std::string& name, TlsMode mode) {
    const bool literal = Address::parse(name, 0).has_value();
    if (!literal && !name.starts_with('/')) {
        // SSL_set_tlsext_host_name, without its C cast.
        void* const sent = const_cast<char*>(name.c_str());
        ::SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, sent);
    }
    if (mode != TlsMode::verify_full) return {};
    ::SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const bool set = literal ? ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl), name.c_str()) == 1
                             : ::SSL_set1_host(ssl, name.c_str()) == 1;
    if (set && !name.empty()) return {};
    return bad_option("there is no host name to verify the certificate with");
}

Result<Session> new_session(int fd, SSL_CTX* context, TlsMode mode, const std::string& name) {
    Session ssl{::SSL_new(context)};
    BIO* const bio = ssl ? ::BIO_new(socket_method()) : nullptr;
    if (!bio) return Error{.code = ErrorCode::internal, .message = "TLS is not to be had", .detail = reason()};
    ::BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
    ::BIO_set_init(bio, 1);
    ::SSL_set_bio(ssl.get(), bio, bio);
    DRYDOCK_TRY_VOID(name_server(ssl.get(), name, mode));
    return ssl;
}

}  // namespace

struct TlsContext::Impl {
    Context context;
    TlsMode mode;
    std::string server_name;
};

Result<TlsContext> TlsContext::make(const TlsOptions& options) {
    Context context{::SSL_CTX_new(::TLS_client_method())};
    if (!context) return Error{.code = ErrorCode::internal, .message = "TLS is not to be had", .detail = reason()};
    ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    ::SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    DRYDOCK_TRY_VOID(trust(context.get(), options));
    DRYDOCK_TRY_VOID(identify(context.get(), options));
    TlsContext result;
    result.impl_ = std::make_shared<const Impl>(Impl{std::move(context), options.mode, options.server_name});
    return result;
}

Result<std::unique_ptr<Stream>> start_tls(
    Socket socket, const TlsContext& context, const std::string& host, const Limits& limits
) {
    const auto& name = context.impl_->server_name.empty() ? host : context.impl_->server_name;
    DRYDOCK_TRY(auto ssl, new_session(socket.fd(), context.impl_->context.get(), context.impl_->mode, name));
    auto stream = std::make_unique<TlsStream>(std::move(socket), std::move(ssl));
    DRYDOCK_TRY_VOID(stream->handshake(name, limits));
    return std::unique_ptr<Stream>{std::move(stream)};
}

void TlsSession::Free::operator()(void* ssl) const {
    ::SSL_free(static_cast<SSL*>(ssl));
}

Result<TlsSession> TlsSession::start(int fd, const TlsContext& context, const std::string& host) {
    const auto& name = context.impl_->server_name.empty() ? host : context.impl_->server_name;
    DRYDOCK_TRY(auto ssl, new_session(fd, context.impl_->context.get(), context.impl_->mode, name));
    return TlsSession{ssl.release(), name};
}

int TlsSession::judge(int done) {
    wants_write_ = false;
    if (done == 1) return SSL_ERROR_NONE;
    const int end = ::SSL_get_error(static_cast<SSL*>(ssl_.get()), done);
    wants_write_ = end == SSL_ERROR_WANT_WRITE;
    return wants_write_ ? SSL_ERROR_WANT_READ : end;
}

Result<bool> TlsSession::handshake() {
    auto* const ssl = static_cast<SSL*>(ssl_.get());
    ::ERR_clear_error();
    const int end = judge(::SSL_connect(ssl));
    if (end == SSL_ERROR_NONE) return true;
    if (end == SSL_ERROR_WANT_READ) return false;
    return not_agreed(ssl, host_);
}

Result<std::optional<std::size_t>> TlsSession::read(std::span<char> into) {
    std::size_t n = 0;
    ::ERR_clear_error();
    errno = ECONNRESET;  // an end without a word sets nothing
    const int end = judge(::SSL_read_ex(static_cast<SSL*>(ssl_.get()), into.data(), into.size(), &n));
    if (end == SSL_ERROR_WANT_READ) return std::optional<std::size_t>{};
    if (end == SSL_ERROR_NONE) return std::optional{n};
    if (end == SSL_ERROR_ZERO_RETURN) return std::optional{std::size_t{0}};
    return broken();
}

Result<std::optional<std::size_t>> TlsSession::write(std::string_view bytes) {
    std::size_t n = 0;
    ::ERR_clear_error();
    errno = ECONNRESET;
    const int end = judge(::SSL_write_ex(static_cast<SSL*>(ssl_.get()), bytes.data(), bytes.size(), &n));
    if (end == SSL_ERROR_WANT_READ) return std::optional<std::size_t>{};
    if (end == SSL_ERROR_NONE) return std::optional{n};
    return broken();
}

Result<Opened> open_stream(
    const Dialler& dialler,
    const std::string& host,
    std::uint16_t port,
    const TlsContext* tls,
    const Limits& limits,
    Timing* timing
) {
    DRYDOCK_TRY(auto dialled, dialler.dial(host, port, limits, timing));
    if (!tls) return Opened{plain_stream(std::move(dialled.socket)), dialled.address};
    const auto begun = Limits::Clock::now();
    DRYDOCK_TRY(auto stream, start_tls(std::move(dialled.socket), *tls, host, limits));
    if (timing) timing->tls = Limits::Clock::now() - begun;
    return Opened{std::move(stream), dialled.address};
}

Result<Opened> open_stream(
    const Dialler& dialler,
    const std::string& host,
    std::uint16_t port,
    const TlsOptions& tls,
    const Limits& limits,
    Timing* timing
) {
    if (tls.mode == TlsMode::off) {
        return open_stream(dialler, host, port, static_cast<const TlsContext*>(nullptr), limits, timing);
    }
    DRYDOCK_TRY(const auto context, TlsContext::make(tls));
    return open_stream(dialler, host, port, &context, limits, timing);
}

std::string TlsSession::end_point() const {
    X509* const certificate = ::SSL_get1_peer_certificate(static_cast<SSL*>(ssl_.get()));
    if (certificate == nullptr) return {};
    int digest = NID_undef;
    const bool known = ::OBJ_find_sigid_algs(::X509_get_signature_nid(certificate), &digest, nullptr) == 1;
    // What is too weak by itself is replaced, as the RFC says.
    if (digest == NID_md5 || digest == NID_sha1) digest = NID_sha256;
    const EVP_MD* const method = known ? ::EVP_get_digestbynid(digest) : nullptr;
    std::string hash(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    const bool done = method != nullptr &&
                      ::X509_digest(certificate, method, reinterpret_cast<unsigned char*>(hash.data()), &size) == 1;
    ::X509_free(certificate);
    hash.resize(done ? size : 0);
    return hash;
}

}  // namespace drydock::net
