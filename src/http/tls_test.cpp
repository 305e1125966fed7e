#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "http/client_test.h"
#include "http/server.h"
#include "testing/surroundings.h"

namespace drydock::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

template <auto Free>
struct With {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};

// A certificate of its own making for this name.
void write_pair(const std::string& certificate_path, const std::string& key_path, const char* name) {
    const std::unique_ptr<EVP_PKEY, With<EVP_PKEY_free>> key{EVP_EC_gen("P-256")};
    const std::unique_ptr<X509, With<X509_free>> certificate{X509_new()};
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    auto* const subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    const std::unique_ptr<std::FILE, With<std::fclose>> to_certificate{std::fopen(certificate_path.c_str(), "w")};
    PEM_write_X509(to_certificate.get(), certificate.get());
    const std::unique_ptr<std::FILE, With<std::fclose>> to_key{std::fopen(key_path.c_str(), "w")};
    PEM_write_PrivateKey(to_key.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

class TlsClient {
public:
    TlsClient(std::uint16_t port, int newest, std::string_view protocols)
        : socket_(port), context_(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX_set_max_proto_version(context_.get(), newest);
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
        SSL_CTX_set_cipher_list(context_.get(), "ALL:@SECLEVEL=0");
        SSL_CTX_set_alpn_protos(
            context_.get(),
            reinterpret_cast<const unsigned char*>(protocols.data()),
            static_cast<unsigned>(protocols.size())
        );
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_fd(ssl_.get(), socket_.descriptor());
        connected = SSL_connect(ssl_.get()) == 1;
        ERR_clear_error();
    }
    std::string ask(std::string_view request) {
        SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size()));
        std::string out;
        std::array<char, 4096> chunk{};
        int n = 0;
        while ((n = SSL_read(ssl_.get(), chunk.data(), chunk.size())) > 0)
            out.append(chunk.data(), static_cast<std::size_t>(n));
        closed_properly = SSL_get_error(ssl_.get(), n) == SSL_ERROR_ZERO_RETURN;
        return out;
    }
    std::string protocol() const {
        const unsigned char* chosen = nullptr;
        unsigned length = 0;
        SSL_get0_alpn_selected(ssl_.get(), &chosen, &length);
        return {reinterpret_cast<const char*>(chosen), length};
    }
    std::string server_name() const {
        const std::unique_ptr<X509, With<X509_free>> certificate{SSL_get1_peer_certificate(ssl_.get())};
        std::array<char, 100> name{};
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(), name.size());
        return name.data();
    }
    bool connected = false;
    bool closed_properly = false;

private:
    RawClient socket_;
    std::unique_ptr<SSL_CTX, With<SSL_CTX_free>> context_;
    std::unique_ptr<SSL, With<SSL_free>> ssl_;
};

class Echo : public Handler {
public:
    Response handle(const Request& request) override {
        Response response;
        response.body = (request.peer.secure ? "secure " : "plain ") + request.target + std::string(100'000, 'x');
        return response;
    }
};

class TlsTest : public ::testing::Test {
protected:
    TlsTest() { write_pair(certificate, key, "first.example"); }
    Result<std::unique_ptr<Server>> start() {
        return Server::start({.listen = {{.tls = TlsFiles{certificate, key}}}, .workers = 1}, echo);
    }

    testing::TempFolder folder;
    const std::string certificate = (folder.path() / "chain.pem").string();
    const std::string key = (folder.path() / "key.pem").string();
    Echo echo;
};

constexpr std::string_view kHttp{"\x08http/1.1", 9};
constexpr std::string_view kBoth{"\x02h2\x08http/1.1", 12};
constexpr std::string_view kOnly2{"\x02h2", 3};
constexpr std::string_view kGet = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

TEST_F(TlsTest, speaks_tls_1_2_and_1_3) {
    auto server = start();
    ASSERT_TRUE(server) << server.error().message;
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient client{(*server)->port(), version, kBoth};
        ASSERT_TRUE(client.connected);
        EXPECT_EQ(client.protocol(), "http/1.1");
        const auto answer = client.ask(kGet);
        EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("secure /x")));
        EXPECT_GT(answer.size(), 100'000);
        EXPECT_TRUE(client.closed_properly);
    }
}

TEST_F(TlsTest, refuses_older_versions_and_other_protocols) {
    auto server = start();
    ASSERT_TRUE(server);
    EXPECT_FALSE((TlsClient{(*server)->port(), TLS1_1_VERSION, kHttp}.connected));
    EXPECT_FALSE((TlsClient{(*server)->port(), TLS1_3_VERSION, kOnly2}.connected));
    EXPECT_TRUE((TlsClient{(*server)->port(), TLS1_3_VERSION, kHttp}.connected));
}

TEST_F(TlsTest, gives_new_connections_the_certificate_that_was_read_again) {
    auto server = start();
    ASSERT_TRUE(server);
    TlsClient before{(*server)->port(), TLS1_3_VERSION, kHttp};
    write_pair(certificate, key, "second.example");
    ASSERT_TRUE((*server)->reload_tls());
    TlsClient after{(*server)->port(), TLS1_3_VERSION, kHttp};
    EXPECT_EQ(before.server_name(), "first.example");
    EXPECT_EQ(after.server_name(), "second.example");
    EXPECT_THAT(before.ask(kGet), StartsWith("HTTP/1.1 200"));
}

TEST_F(TlsTest, keeps_the_old_certificate_when_the_new_one_is_broken) {
    auto server = start();
    ASSERT_TRUE(server);
    std::filesystem::resize_file(certificate, 10);
    const auto reloaded = (*server)->reload_tls();
    ASSERT_FALSE(reloaded);
    EXPECT_THAT(reloaded.error().message, HasSubstr("chain.pem"));
    EXPECT_TRUE((TlsClient{(*server)->port(), TLS1_3_VERSION, kHttp}.connected));
}

TEST_F(TlsTest, does_not_start_with_a_key_of_another_certificate) {
    const auto other = (folder.path() / "other.pem").string();
    write_pair(other, key, "other.example");
    const auto server = start();
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(server.error().message, HasSubstr("key.pem"));
}

TEST_F(TlsTest, a_client_without_tls_gets_nothing) {
    auto server = start();
    ASSERT_TRUE(server);
    RawClient client{(*server)->port()};
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(client.read_to_end().find("HTTP/1.1"), std::string::npos);
}

}  // namespace
}  // namespace drydock::http
