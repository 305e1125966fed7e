#include "redis/client.h"

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "redis/pool.h"
#include "testing/redis_server.h"
#include "testing/socket_server.h"

namespace drydock::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Limits kLimits = Limits::within(std::chrono::minutes{10});
const net::Dialler kDialler{net::EgressPolicy::everything()};

ConnectOptions to(const testing::RedisServer& server) {
    return {.host = "127.0.0.1", .port = server.port()};
}

std::string text(const Result<Value>& value) {
    return value ? value->text : "error: " + value.error().message;
}

TEST(Redis, SpeaksResp3AndSeesValuesOfEveryKind) {
    const testing::RedisServer server;
    net::Timing timing;
    auto client = Client::connect(kDialler, to(server), kLimits, &timing);
    ASSERT_TRUE(client.has_value()) << client.error().message;
    EXPECT_EQ(client->protocol(), 3);
    EXPECT_TRUE(timing.tcp.has_value());
    EXPECT_TRUE(client->still_open());
    const std::string bytes("a\0\r\n\xff", 5);
    EXPECT_EQ(text(client->command({"SET", "k", bytes}, kLimits)), "OK");
    EXPECT_EQ(text(client->command({"GET", "k"}, kLimits)), bytes);
    EXPECT_TRUE(client->command({"GET", "none"}, kLimits)->is_null());
    EXPECT_EQ(client->command({"INCR", "n"}, kLimits)->integer, 1);
    ASSERT_TRUE(client->command({"HSET", "h", "a", "1", "b", "2"}, kLimits).has_value());
    const auto hash = client->command({"HGETALL", "h"}, kLimits);
    ASSERT_TRUE(hash.has_value());
    EXPECT_EQ(hash->kind, Value::Kind::map);
    EXPECT_EQ(hash->find("b")->text, "2");
    EXPECT_EQ(client->command({"CLIENT", "GETNAME"}, kLimits)->text, "drydock");
    // All kinds that the server can be asked for.
    const auto number = client->command({"DEBUG", "PROTOCOL", "double"}, kLimits);
    if (number) {
        EXPECT_DOUBLE_EQ(number->number, 3.141);
    }
    EXPECT_EQ(client->command({"INFO", "server"}, kLimits)->kind, Value::Kind::verbatim);
}

TEST(Redis, AnErrorOfTheServerLeavesTheConnectionUsable) {
    const testing::RedisServer server;
    auto client = Client::connect(kDialler, to(server), kLimits);
    ASSERT_TRUE(client.has_value());
    ASSERT_TRUE(client->command({"SET", "k", "text"}, kLimits).has_value());
    EXPECT_EQ(client->command({"LPUSH", "k", "x"}, kLimits).error().message, "the key holds another type of value");
    EXPECT_TRUE(client->usable());
    const auto unknown = client->command({"NOSUCH", "hush-hush"}, kLimits);
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().message.find("hush"), std::string::npos) << unknown.error().message;
    const auto answers = client->pipeline({{"SET", "a", "1"}, {"LPUSH", "a", "x"}, {"GET", "a"}}, kLimits);
    ASSERT_TRUE(answers.has_value());
    ASSERT_EQ(answers->size(), 3U);
    EXPECT_TRUE((*answers)[1].is_error());
    EXPECT_EQ((*answers)[2].text, "1");
    const auto secret = client->command({"ACL", "SETUSER", "x", "(hush-hush"}, kLimits);
    ASSERT_FALSE(secret.has_value());
    EXPECT_EQ(secret.error().message, "the server refused the command (ERR)");
}

TEST(Redis, SelectsADatabase) {
    const testing::RedisServer server;
    auto options = to(server);
    auto zero = Client::connect(kDialler, options, kLimits);
    options.database = 3;
    auto three = Client::connect(kDialler, options, kLimits);
    ASSERT_TRUE(zero && three);
    ASSERT_TRUE(three->command({"SET", "k", "v"}, kLimits).has_value());
    EXPECT_TRUE(zero->command({"GET", "k"}, kLimits)->is_null());
    options.database = 99;
    EXPECT_EQ(Client::connect(kDialler, options, kLimits).error().code, ErrorCode::not_found);
}

TEST(Redis, SignsInWithAPasswordOrAUser) {
    const testing::RedisServer server{{.password = "s@e:c/ret?", .users = {"reader on >pass/@? ~app:* +@read"}}};
    auto options = to(server);
    const auto refused = [&] { return Client::connect(kDialler, options, kLimits).error(); };
    EXPECT_EQ(refused().code, ErrorCode::unauthenticated);
    EXPECT_EQ(refused().message, "the server asks for a password");
    options.password = Secret{"wrong-hush"};
    EXPECT_EQ(refused().code, ErrorCode::unauthenticated);
    EXPECT_EQ(refused().message, "the server refused the user or the password");
    EXPECT_EQ((refused().message + refused().detail + refused().hint).find("hush"), std::string::npos);
    options.user = "reader";
    options.password = Secret{"pass/@?"};
    auto reader = Client::connect(kDialler, options, kLimits);
    ASSERT_TRUE(reader.has_value()) << reader.error().message;
    EXPECT_TRUE(reader->command({"GET", "app:1"}, kLimits).has_value());
    EXPECT_EQ(reader->command({"SET", "app:1", "x"}, kLimits).error().code, ErrorCode::permission_denied);
    EXPECT_EQ(reader->command({"GET", "other"}, kLimits).error().code, ErrorCode::permission_denied);
}

TEST(Redis, APasswordWhereTheServerHasNone) {
    const testing::RedisServer server;
    auto options = to(server);
    options.password = Secret{"needless"};
    options.user = "nobody";
    EXPECT_EQ(Client::connect(kDialler, options, kLimits).error().code, ErrorCode::unauthenticated);
}

TEST(Redis, SpeaksOverTlsWithAClientCertificate) {
    testing::Certificates certificates;
    const testing::RedisServer server{
        {.tls = certificates.issue("redis", "DNS:localhost"), .tls_authority = certificates.authority()}
    };
    const auto own = certificates.issue("drydock");
    net::TlsOptions tls{
        .ca_file = certificates.authority(),
        .certificate_pem = read_file(own.certificate).value_or(""),
        .key_pem = Secret{read_file(own.key).value_or("")}
    };
    ConnectOptions options{.host = "localhost", .port = server.port(), .tls = net::TlsContext::make(tls).value()};
    net::Timing timing;
    auto client = Client::connect(kDialler, options, kLimits, &timing);
    ASSERT_TRUE(client.has_value()) << client.error().message;
    EXPECT_TRUE(timing.tls.has_value());
    EXPECT_TRUE(client->still_open());
    const std::string big(std::size_t{5} * 1024 * 1024, 'x');
    EXPECT_EQ(text(client->command({"SET", "k", big}, kLimits)), "OK");
    EXPECT_EQ(text(client->command({"GET", "k"}, kLimits)), big);
    EXPECT_TRUE(client->still_open());

    options.tls = net::TlsContext::make({.ca_file = certificates.authority()}).value();
    EXPECT_EQ(Client::connect(kDialler, options, kLimits).error().code, ErrorCode::unavailable)
        << "the server wants a certificate";
    options.tls = net::TlsContext::make({}).value();
    EXPECT_EQ(Client::connect(kDialler, options, kLimits).error().code, ErrorCode::permission_denied)
        << "and so do we, of somebody we know";
    options.tls.reset();
    EXPECT_FALSE(Client::connect(kDialler, options, kLimits).has_value()) << "no fallback to plain text";
}

TEST(Redis, SpeaksOverAUnixSocket) {
    const testing::RedisServer server;
    auto client = Client::connect(kDialler, {.host = server.socket()}, kLimits);
    ASSERT_TRUE(client.has_value()) << client.error().message;
    EXPECT_EQ(text(client->command({"PING"}, kLimits)), "PONG");
}

TEST(Redis, ADeadlineEndsTheConnectionForGood) {
    const testing::RedisServer server;
    auto client = Client::connect(kDialler, to(server), kLimits);
    ASSERT_TRUE(client.has_value());
    const auto late = client->command({"BLPOP", "empty", "0"}, Limits::within(milliseconds{20}));
    ASSERT_FALSE(late.has_value());
    EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
    EXPECT_FALSE(client->usable());
    EXPECT_EQ(client->command({"PING"}, kLimits).error().code, ErrorCode::unavailable);

    auto other = Client::connect(kDialler, to(server), kLimits);
    ASSERT_TRUE(other.has_value());
    std::stop_source stop;
    auto waiting = std::async(std::launch::async, [&] {
        return other->command({"BLPOP", "empty", "0"}, Limits::within(seconds{60}, stop.get_token()));
    });
    stop.request_stop();
    EXPECT_EQ(waiting.get().error().code, ErrorCode::cancelled);
}

TEST(Redis, HandsOutWhatTheServerSaysByItself) {
    const testing::RedisServer server;
    auto client = Client::connect(kDialler, to(server), kLimits);
    auto other = Client::connect(kDialler, to(server), kLimits);
    ASSERT_TRUE(client && other);
    std::vector<std::string> pushed;
    client->on_push([&](const Value& value) { pushed.push_back(value.items.at(0).text); });
    ASSERT_TRUE(client->command({"CLIENT", "TRACKING", "ON"}, kLimits).has_value());
    ASSERT_TRUE(client->command({"GET", "k"}, kLimits).has_value());
    ASSERT_TRUE(other->command({"SET", "k", "changed"}, kLimits).has_value());
    EXPECT_EQ(text(client->command({"GET", "k"}, kLimits)), "changed") << "a push is no answer";
    EXPECT_EQ(pushed, std::vector<std::string>{"invalidate"});
}

TEST(Redis, RefusesCommandsAfterWhichNothingIsAnAnswer) {
    const testing::RedisServer server;
    auto client = Client::connect(kDialler, to(server), kLimits);
    ASSERT_TRUE(client.has_value());
    for (const Argv& argv : std::vector<Argv>{
             {"SUBSCRIBE", "c"}, {"monitor"}, {"Client", "Reply", "OFF"}, {"HELLO", "2"}, {"RESET"}, {"QUIT"}, {}, {""}
         }) {
        EXPECT_EQ(client->command(argv, kLimits).error().code, ErrorCode::invalid_argument);
    }
    EXPECT_EQ(text(client->command({"PING"}, kLimits)), "PONG");
}

// A server from before HELLO and users.
void old_server(testing::Peer& peer) {
    bool signed_in = false;
    for (auto bytes = peer.read(); !bytes.empty(); bytes = peer.read()) {
        if (bytes.find("HELLO") != std::string::npos) {
            peer.write(
                "-ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `default`, `old-pass`, \r\n"
            );
        } else if (bytes.find("AUTH") != std::string::npos) {
            signed_in = bytes == "*2\r\n$4\r\nAUTH\r\n$8\r\nold-pass\r\n";
            peer.write(signed_in ? "+OK\r\n" : "-ERR invalid password\r\n");
        } else {
            peer.write(signed_in ? "+OK\r\n" : "-NOAUTH Authentication required.\r\n");
        }
    }
}

TEST(Redis, FallsBackToResp2) {
    const testing::SocketServer server{old_server};
    ConnectOptions options{.host = "127.0.0.1", .port = server.port(), .password = Secret{"old-pass"}};
    auto client = Client::connect(kDialler, options, kLimits);
    ASSERT_TRUE(client.has_value()) << client.error().message;
    EXPECT_EQ(client->protocol(), 2);
    EXPECT_EQ(text(client->command({"GET", "k"}, kLimits)), "OK");
    options.password = Secret{"wrong"};
    EXPECT_EQ(Client::connect(kDialler, options, kLimits).error().code, ErrorCode::unauthenticated);
    options.password = Secret{};
    EXPECT_EQ(Client::connect(kDialler, options, kLimits).error().code, ErrorCode::unauthenticated);
}

TEST(Redis, TellsAServerThatIsNone) {
    const testing::SocketServer server{[](testing::Peer& peer) {
        peer.read();
        peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    }};
    const auto client = Client::connect(kDialler, {.host = "127.0.0.1", .port = server.port()}, kLimits);
    ASSERT_FALSE(client.has_value());
    EXPECT_EQ(client.error().code, ErrorCode::unavailable);
    EXPECT_EQ(client.error().message, "the server does not speak Redis' protocol: an unknown kind of answer");
}

TEST(Redis, KeepsToTheEgressPolicy) {
    const testing::RedisServer server;
    const net::Dialler outside{{.loopback = false}};
    EXPECT_EQ(Client::connect(outside, to(server), kLimits).error().code, ErrorCode::permission_denied);
}

Pool::Connect connector(const testing::RedisServer& server) {
    return [options = to(server)](const Limits& limits) { return Client::connect(kDialler, options, limits); };
}

TEST(RedisPool, LendsNoMoreThanItMayAndUsesThemAgain) {
    const testing::RedisServer server;
    Pool pool{connector(server), {.max = 3}};
    std::atomic<int> done = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 12; ++i) {
            threads.emplace_back([&] {
                for (int k = 0; k < 20; ++k) {
                    auto lease = pool.acquire(kLimits);
                    if (lease && (*lease)->command({"INCR", "n"}, kLimits)) ++done;
                }
            });
        }
    }
    EXPECT_EQ(done, 240);
    EXPECT_LE(pool.figures().opened, 3U);
    auto lease = pool.acquire(kLimits);
    ASSERT_TRUE(lease.has_value());
    EXPECT_EQ((*lease)->command({"GET", "n"}, kLimits)->text, "240");
}

TEST(RedisPool, WaitsWithinItsLimitsAndDropsWhatBroke) {
    testing::RedisServer server;
    Pool pool{connector(server), {.max = 1}};
    {
        auto only = pool.acquire(kLimits);
        ASSERT_TRUE(only.has_value());
        const auto second = pool.acquire(Limits::within(milliseconds{10}));
        EXPECT_EQ(second.error().code, ErrorCode::deadline_exceeded);
        EXPECT_EQ(pool.figures().timed_out, 1U);
    }
    server.kill();
    EXPECT_EQ(pool.acquire(kLimits).error().code, ErrorCode::unavailable);
    server.start();
    auto again = pool.acquire(kLimits);
    ASSERT_TRUE(again.has_value()) << "the one that lay idle through the crash was not lent out";
    EXPECT_EQ(text((*again)->command({"PING"}, kLimits)), "PONG");
    EXPECT_EQ(pool.figures().opened, 2U);
}

TEST(RedisPool, ClosesWhatIsIdleTooLong) {
    const testing::RedisServer server;
    auto now = Limits::Clock::now();
    PoolOptions options{.max = 2, .idle_limit = seconds{10}};
    options.now = [&] { return now; };
    Pool pool{connector(server), options};
    EXPECT_TRUE(pool.acquire(kLimits).has_value());
    now += seconds{11};
    EXPECT_TRUE(pool.acquire(kLimits).has_value());
    EXPECT_EQ(pool.figures().opened, 2U);
    EXPECT_EQ(pool.figures().expired, 1U);
    EXPECT_EQ(pool.figures().acquired, 2U);
    pool.tend();
    EXPECT_EQ(pool.figures().idle, 1U);
    now += seconds{11};
    pool.tend();
    EXPECT_EQ(pool.figures().idle, 0U) << "without anybody asking for one";
    EXPECT_EQ(pool.figures().leased, 0U);
    EXPECT_EQ(pool.figures().expired, 2U);
    EXPECT_EQ(pool.figures().broken, 0U);
}

}  // namespace
}  // namespace drydock::redis
