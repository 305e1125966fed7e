#include "net/tls.h"

#include <array>
#include <future>
#include <string>

#include <gtest/gtest.h>

#include "base/files.h"
#include "testing/socket_server.h"

namespace drydock::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Limits kLimits = Limits::within(std::chrono::minutes{10});

// Says back what comes.
void echo(testing::Peer& peer) {
    for (auto bytes = peer.read(); !bytes.empty(); bytes = peer.read()) peer.write(bytes);
}

class TlsTest : public ::testing::Test {
protected:
    static testing::Certificates& certificates() {
        static testing::Certificates made;
        return made;
    }
    static testing::CertificateFiles good() {
        static const auto files = certificates().issue("good", "DNS:localhost,IP:127.0.0.1");
        return files;
    }
    static testing::CertificateFiles wrong_name() {
        static const auto files = certificates().issue("localhost", "DNS:other.test");
        return files;
    }
    TlsOptions trusting(TlsMode mode = TlsMode::verify_full) {
        return {.mode = mode, .ca_file = certificates().authority()};
    }
    Result<Opened> open(const testing::SocketServer& server, const TlsOptions& options, const std::string& host) {
        return open_stream(dialler, host, server.port(), options, kLimits, &timing);
    }

    const Dialler dialler{{.loopback = true}};
    Timing timing;
};

TEST_F(TlsTest, SpeaksToAServerWhoseCertificateIsForThisNameOrAddress) {
    const testing::SocketServer server{echo, good()};
    for (const char* host : {"localhost", "127.0.0.1"}) {
        auto opened = open(server, trusting(), host);
        ASSERT_TRUE(opened.has_value()) << opened.error().message;
        EXPECT_TRUE(opened->stream->encrypted());
        EXPECT_TRUE(opened->stream->still_open());
        EXPECT_TRUE(timing.tls.has_value());
        const std::string sent(300'000, 'x');
        std::string got;
        std::array<char, 20'000> buffer{};
        for (std::size_t at = 0; at < sent.size(); at += 10'000) {
            ASSERT_TRUE(opened->stream->write(sent.substr(at, 10'000), kLimits).has_value());
            while (got.size() < at + 10'000) {
                const auto n = opened->stream->read(buffer, kLimits);
                ASSERT_TRUE(n.has_value() && *n > 0);
                got.append(buffer.data(), *n);
            }
        }
        EXPECT_EQ(got, sent);
    }
}

TEST_F(TlsTest, RefusesACertificateForAnotherName) {
    const testing::SocketServer server{echo, wrong_name()};
    const auto opened = open(server, trusting(), "localhost");
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::permission_denied);
    EXPECT_EQ(opened.error().message, "the certificate of \"localhost\" is not trusted: hostname mismatch");
    EXPECT_EQ(opened.error().hint, "Use the host name that the certificate was made for.");
    EXPECT_TRUE(open(server, trusting(TlsMode::verify_ca), "localhost").has_value()) << "asked for less";
    auto other = trusting();
    other.server_name = "other.test";
    EXPECT_TRUE(open(server, other, "localhost").has_value());
}

TEST_F(TlsTest, RefusesAnAuthorityThatItDoesNotKnow) {
    const testing::SocketServer server{echo, good()};
    for (const auto mode : {TlsMode::verify_full, TlsMode::verify_ca}) {
        const auto opened = open(server, {.mode = mode}, "localhost");
        ASSERT_FALSE(opened.has_value());
        EXPECT_EQ(opened.error().code, ErrorCode::permission_denied);
        EXPECT_EQ(opened.error().hint, "Give the certificate of the authority that signed it.");
    }
    EXPECT_TRUE(open(server, {.mode = TlsMode::unverified}, "localhost").has_value());
}

TEST_F(TlsTest, TheDefaultIsToVerifyAll) {
    const testing::SocketServer server{echo, good()};
    EXPECT_EQ(open(server, {}, "localhost").error().code, ErrorCode::permission_denied);
}

TEST_F(TlsTest, AnEndWithoutAGoodbyeIsAnError) {
    const testing::SocketServer server{[](testing::Peer& peer) { peer.read(); }};  // speaks no TLS at all
    const auto opened = open(server, trusting(), "localhost");
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::unavailable);

    const testing::SocketServer liar{[](testing::Peer& peer) {
        peer.read();
        peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    }};
    EXPECT_EQ(open(liar, trusting(), "localhost").error().code, ErrorCode::unavailable);
}

TEST_F(TlsTest, AHandshakeThatHangsEndsWithItsLimits) {
    std::promise<void> close;
    const testing::SocketServer server{[&](testing::Peer&) { close.get_future().wait(); }};
    const auto late = open_stream(dialler, "localhost", server.port(), trusting(), Limits::within(milliseconds{30}));
    EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
    close.set_value();
}

TEST_F(TlsTest, ReadsOptionsBeforeItDials) {
    const auto make = [](const TlsOptions& options) { return TlsContext::make(options); };
    EXPECT_EQ(make({.ca_pem = "nonsense"}).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(make({.ca_file = "/nowhere.pem"}).error().code, ErrorCode::not_found);
    const auto files = certificates().issue("client");
    const auto certificate = read_file(files.certificate);
    const auto key = read_file(files.key);
    const auto other = read_file(good().key);
    ASSERT_TRUE(certificate && key && other);
    EXPECT_TRUE(make({.certificate_pem = *certificate, .key_pem = Secret{*key}}).has_value());
    const auto mixed = make({.certificate_pem = *certificate, .key_pem = Secret{*other}});
    ASSERT_FALSE(mixed.has_value());
    EXPECT_EQ(mixed.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(make({.certificate_pem = *certificate}).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace drydock::net
