#include <array>
#include <string_view>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "http/connection.h"

namespace drydock::http {
namespace {

std::string last_openssl_error() {
    std::array<char, 256> text{};
    ::ERR_error_string_n(::ERR_get_error(), text.data(), text.size());
    ::ERR_clear_error();
    return text.data();
}

// Of what a client offers, HTTP/1.1; a client that offers only others is told so by the handshake.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in, unsigned in_length, void*) {
    constexpr std::string_view kOurs = "http/1.1";
    for (unsigned at = 0; at < in_length && at + 1 + in[at] <= in_length; at += 1U + in[at]) {
        const std::string_view offered{reinterpret_cast<const char*>(in + at + 1), in[at]};
        if (offered != kOurs) continue;
        *out = in + at + 1;
        *out_length = in[at];
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

Error wrong(std::string_view what, std::string_view file, std::string_view hint) {
    return {
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("{} \"{}\"", what, file),
        .hint = std::string{hint},
        .detail = last_openssl_error(),
    };
}

}  // namespace

Result<TlsContext> load_tls(const TlsFiles& files) {
    namespace ssl = boost::asio::ssl;
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    auto* const native = context->native_handle();
    ::SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    ::SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
    ::SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    ::SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20");
    ::SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
    // Nobody sits at a server's terminal to type a pass phrase.
    ::SSL_CTX_set_default_passwd_cb(native, [](char*, int, int, void*) { return 0; });
    if (::SSL_CTX_use_certificate_chain_file(native, files.certificate_chain.c_str()) != 1)
        return wrong(
            "can't read the certificate chain",
            files.certificate_chain,
            "It must be PEM, the server's own certificate first, and readable for this user."
        );
    if (::SSL_CTX_use_PrivateKey_file(native, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
        return wrong(
            "can't use the private key",
            files.key,
            "It must be PEM, without a pass phrase, readable for this user, and belong to the certificate."
        );
    if (::SSL_CTX_check_private_key(native) != 1)
        return wrong(
            "the certificate does not belong to the private key", files.key, "Give the pair that was issued together."
        );
    return context;
}

}  // namespace drydock::http
