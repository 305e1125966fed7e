#include "net/http_client.h"

#include <future>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/socket_server.h"
#include "testing/surroundings.h"

namespace drydock::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Limits kLimits = Limits::within(std::chrono::minutes{10});

// Answers every request with one text and keeps what was asked.
struct Canned {
    std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Seen: yes\r\n\r\nok";
    std::string asked{};

    testing::SocketServer::Serve serve() {
        return [this](testing::Peer& peer) {
            auto text = peer.read_until("\r\n\r\n");
            if (text.find("the body") == std::string::npos && text.starts_with("POST"))
                text += peer.read_until("the body");
            asked = text;
            peer.write(answer);
        };
    }
};

std::string url(const testing::SocketServer& server, const std::string& path, const char* scheme = "http") {
    return fmt::format("{}://localhost:{}{}", scheme, server.port(), path);
}

const Dialler kHere{{.loopback = true}};

TEST(Http, SendsARequestAndReadsTheAnswer) {
    Canned canned;
    const testing::SocketServer server{canned.serve()};
    const auto answer = fetch(
        kHere,
        {.method = "POST",
         .url = url(server, "/hook?a=1"),
         .headers = {{"X-Signature", "abc"}, {"Content-Type", "application/json"}},
         .body = "the body",
         .plain_http = true},
        kLimits
    );
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "ok");
    EXPECT_EQ(answer->header("x-seen"), "yes");
    EXPECT_EQ(answer->header("x-none"), "");
    EXPECT_TRUE(answer->timing.name && answer->timing.tcp);
    EXPECT_TRUE(canned.asked.starts_with("POST /hook?a=1 HTTP/1.1\r\n")) << canned.asked;
    EXPECT_NE(canned.asked.find("X-Signature: abc\r\n"), std::string::npos);
    EXPECT_NE(canned.asked.find("Content-Type: application/json\r\n"), std::string::npos);
    EXPECT_EQ(canned.asked.find("Expect"), std::string::npos);
    EXPECT_TRUE(canned.asked.ends_with("the body"));
}

TEST(Http, ASecretOfTheQueryStaysOutOfEveryError) {
    const auto port = testing::free_port();
    const auto answer =
        fetch(kHere, {.url = fmt::format("http://localhost:{}/p?token=hush", port), .plain_http = true}, kLimits);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
    EXPECT_EQ(answer.error().message, "asking \"localhost\": the host does not answer on this port");
    EXPECT_EQ(answer.error().detail.find("hush"), std::string::npos);
}

TEST(Http, FollowsNoRedirect) {
    Canned inner;
    const testing::SocketServer target{inner.serve()};
    Canned canned{.answer = "HTTP/1.1 302 Found\r\nLocation: " + url(target, "/") + "\r\nContent-Length: 0\r\n\r\n"};
    const testing::SocketServer server{canned.serve()};
    const auto answer = fetch(kHere, {.url = url(server, "/"), .plain_http = true}, kLimits);
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(target.accepted(), 0);
}

TEST(Http, AsksNoProxyOfTheEnvironment) {
    Canned canned;
    const testing::SocketServer server{canned.serve()};
    const testing::SocketServer proxy{canned.serve()};
    const testing::WithEnvironment set{"http_proxy", url(proxy, "").c_str()};
    const testing::WithEnvironment all{"ALL_PROXY", url(proxy, "").c_str()};
    EXPECT_TRUE(fetch(kHere, {.url = url(server, "/"), .plain_http = true}, kLimits).has_value());
    EXPECT_EQ(proxy.accepted(), 0);
    EXPECT_EQ(server.accepted(), 1);
}

TEST(Http, JudgesTheAddressThatIsDialledHoweverItIsSpelt) {
    Canned canned;
    const testing::SocketServer server{canned.serve()};
    const Dialler outside{{.loopback = false}};
    for (const char* host :
         {"localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "0"
         }) {
        const auto answer =
            fetch(outside, {.url = fmt::format("http://{}:{}/", host, server.port()), .plain_http = true}, kLimits);
        ASSERT_FALSE(answer.has_value()) << host;
        EXPECT_EQ(answer.error().code, ErrorCode::permission_denied) << host << ": " << answer.error().message;
    }
    EXPECT_EQ(server.accepted(), 0);
    EXPECT_TRUE(
        fetch(kHere, {.url = fmt::format("http://127.1:{}/", server.port()), .plain_http = true}, kLimits).has_value()
    ) << "it is the policy that stops the others";
    for (const char* metadata : {"http://169.254.169.254/latest", "http://[fd00:ec2::254]/", "http://2852039166/"}) {
        const auto answer = fetch(kHere, {.url = metadata, .plain_http = true}, kLimits);
        ASSERT_FALSE(answer.has_value());
        EXPECT_EQ(answer.error().code, ErrorCode::permission_denied) << metadata;
    }
}

TEST(Http, ALongAnswerIsBrokenOff) {
    const std::string endless(std::size_t{4} * 1024 * 1024, 'x');
    Canned canned{.answer = "HTTP/1.1 200 OK\r\n\r\n" + endless};
    const testing::SocketServer server{canned.serve()};
    const auto body = fetch(kHere, {.url = url(server, "/"), .plain_http = true, .most_answer = 1000}, kLimits);
    ASSERT_FALSE(body.has_value());
    EXPECT_EQ(body.error().message, "asking \"localhost\": the answer is longer than allowed");
    Canned wordy{.answer = "HTTP/1.1 200 OK\r\n"};
    for (int i = 0; i < 2000; ++i) wordy.answer += fmt::format("X-{}: {}\r\n", i, std::string(100, 'y'));
    wordy.answer += "\r\n";
    const testing::SocketServer other{wordy.serve()};
    const auto headers = fetch(kHere, {.url = url(other, "/"), .plain_http = true}, kLimits);
    ASSERT_FALSE(headers.has_value());
    EXPECT_EQ(headers.error().message, "asking \"localhost\": the answer is longer than allowed");
    Canned exact{.answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345"};
    const testing::SocketServer small{exact.serve()};
    EXPECT_TRUE(fetch(kHere, {.url = url(small, "/"), .plain_http = true, .most_answer = 5}, kLimits).has_value());
}

TEST(Http, VerifiesTheServerOfHttps) {
    testing::Certificates certificates;
    Canned canned;
    const testing::SocketServer good{canned.serve(), certificates.issue("good", "DNS:localhost")};
    const testing::SocketServer rogue{canned.serve(), certificates.issue("rogue", "DNS:other.test")};
    const TlsOptions trusting{.ca_file = certificates.authority()};
    const auto answer = fetch(kHere, {.url = url(good, "/", "https"), .tls = trusting}, kLimits);
    ASSERT_TRUE(answer.has_value()) << answer.error().message << answer.error().detail;
    EXPECT_TRUE(answer->timing.tls.has_value());
    for (const auto* server : {&good, &rogue}) {
        const auto unknown = fetch(kHere, {.url = url(*server, "/", "https")}, kLimits);
        ASSERT_FALSE(unknown.has_value());
        EXPECT_EQ(unknown.error().message, "asking \"localhost\": the certificate of the server is not trusted");
    }
    const auto wrong = fetch(kHere, {.url = url(rogue, "/", "https"), .tls = trusting}, kLimits);
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(wrong.error().code, ErrorCode::permission_denied);
}

TEST(Http, RefusesWhatIsNoPlainHttpsRequest) {
    const auto code = [](const HttpRequest& request) { return fetch(kHere, request, kLimits).error().code; };
    for (const char* bad :
         {"http://localhost/",
          "ftp://localhost/",
          "file:///etc/passwd",
          "gopher://localhost/",
          "",
          "https://",
          "https://user:pw@localhost/",
          "https://user@localhost/",
          "nonsense",
          "https://localhost:99999/"}) {
        EXPECT_EQ(code({.url = bad}), ErrorCode::invalid_argument) << bad;
    }
    EXPECT_EQ(code({.url = "https://localhost/", .headers = {{"X", "a\r\nHost: b"}}}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.url = "https://localhost/", .headers = {{"X: y\r\nZ", "a"}}}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.method = "GET / HTTP/1.1\r\n", .url = "https://localhost/"}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.url = "https://localhost/", .tls = {.mode = TlsMode::off}}), ErrorCode::invalid_argument);
}

TEST(Http, EndsWithItsLimits) {
    std::promise<void> close;
    const auto closed = close.get_future().share();
    const testing::SocketServer server{[closed](testing::Peer&) { closed.wait(); }};
    const HttpRequest request{.url = url(server, "/"), .plain_http = true};
    const auto late = fetch(kHere, request, Limits::within(milliseconds{50}));
    ASSERT_FALSE(late.has_value());
    EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
    EXPECT_EQ(late.error().message, "asking \"localhost\": there was no answer in time");
    std::stop_source stop;
    auto waiting = std::async(std::launch::async, [&] {
        return fetch(kHere, request, Limits::within(seconds{60}, stop.get_token()));
    });
    stop.request_stop();
    EXPECT_EQ(waiting.get().error().code, ErrorCode::cancelled);
    close.set_value();
}

TEST(Http, SpeaksOverAUnixSocketWhereThePolicyLetsIt) {
    const testing::TempFolder folder;
    const auto path = folder.path() / "http.sock";
    Canned canned;
    const testing::SocketServer server{canned.serve(), testing::SocketServer::OnUnix{path.string()}};
    const HttpRequest request{.url = "http://localhost/x", .plain_http = true, .unix_socket = path};
    const auto answer = fetch(Dialler{{.unix_sockets = true}}, request, kLimits);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->body, "ok");
    EXPECT_EQ(fetch(Dialler{{}}, request, kLimits).error().code, ErrorCode::permission_denied);
}

}  // namespace
}  // namespace drydock::net
