#include "mongo/client.h"

#include <algorithm>
#include <cstring>
#include <future>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "testing/mongo_server.h"
#include "testing/socket_server.h"

namespace drydock::mongo {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Limits kLimits = Limits::within(std::chrono::minutes{20});
const net::Dialler kDialler{net::EgressPolicy::everything()};

class MongoTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (const auto why = testing::MongoServer::missing()) GTEST_SKIP() << *why;
    }
};

ConnectOptions to(std::uint16_t port) {
    return {.hosts = {{"127.0.0.1", port}}, .connect_timeout = milliseconds{30'000}};
}

bool contains(const std::vector<std::string>& list, const std::string& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
}

TEST_F(MongoTest, RunsCommandsAndTellsNamesAndVersion) {
    const testing::MongoServer server;
    net::Timing timing;
    auto client = Client::connect(kDialler, to(server.port()), kLimits, &timing);
    ASSERT_TRUE(client.has_value()) << client.error().message << client.error().detail;
    EXPECT_TRUE(timing.name && timing.tcp);
    const auto version = client->server_version(kLimits);
    ASSERT_TRUE(version.has_value());
    EXPECT_EQ(std::count(version->begin(), version->end(), '.'), 2) << *version;
    const auto inserted = client->command(
        "shop", R"({"insert": "orders", "documents": [{"_id": {"$oid": "507f1f77bcf86cd799439011"}, "n": 7}]})", kLimits
    );
    ASSERT_TRUE(inserted.has_value()) << inserted.error().message;
    const auto found = client->command("shop", R"({"find": "orders", "filter": {"n": 7}})", kLimits);
    ASSERT_TRUE(found.has_value());
    const auto batch = json::parse(*found).at("cursor").at("firstBatch").as_array();
    ASSERT_EQ(batch.size(), 1U);
    EXPECT_EQ(batch.at(0).at("_id").at("$oid").as_string(), "507f1f77bcf86cd799439011");
    const auto databases = client->databases(kLimits);
    ASSERT_TRUE(databases.has_value());
    EXPECT_TRUE(contains(*databases, "shop"));
    const auto collections = client->collections("shop", kLimits);
    ASSERT_TRUE(collections.has_value());
    EXPECT_EQ(*collections, std::vector<std::string>{"orders"});
    const auto hello = client->command("admin", R"({"hello": 1})", kLimits);
    ASSERT_TRUE(hello.has_value());
    EXPECT_TRUE(json::parse(*hello).at("isWritablePrimary").as_bool());
}

TEST_F(MongoTest, AnErrorOfTheServerIsAnErrorAndTheClientGoesOn) {
    const testing::MongoServer server;
    auto client = Client::connect(kDialler, to(server.port()), kLimits);
    ASSERT_TRUE(client.has_value());
    const auto refused = client->command("shop", R"({"noSuchCommand": 1})", kLimits);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::failed);
    EXPECT_NE(refused.error().message.find("noSuchCommand"), std::string::npos) << refused.error().message;
    const auto secret = client->command("shop", R"({"createUser": "u", "pwd": {"hush": 1}, "roles": []})", kLimits);
    ASSERT_FALSE(secret.has_value());
    EXPECT_EQ(secret.error().message.find("hush"), std::string::npos) << secret.error().message;
    for (const char* text : {"", "nonsense", "{", "[]", "{}", "7", R"({"a": })"}) {
        EXPECT_EQ(client->command("shop", text, kLimits).error().code, ErrorCode::invalid_argument) << text;
    }
    EXPECT_EQ(client->command("", R"({"ping": 1})", kLimits).error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(client->ping(kLimits).has_value());
}

TEST_F(MongoTest, SignsInWithWhateverCharactersAndChangesAPassword) {
    // No '=' and no ',': FerretDB does not read them as SCRAM writes them.
    const std::string user = "o'brien@x/?#[]%41&w";
    const std::string first = "p@ss/w?rd:%2F#&authSource=x";
    const testing::MongoServer server{{.user = user, .password = first}};
    auto options = to(server.port());
    options.user = user;
    options.password = Secret{first};
    auto client = Client::connect(kDialler, options, kLimits);
    ASSERT_TRUE(client.has_value()) << client.error().message << client.error().detail;
    const std::string second = "n3w/@?:\"'{}$";
    const auto changed = client->set_password("admin", user, Secret{second}, kLimits);
    ASSERT_TRUE(changed.has_value()) << changed.error().message;
    const auto old = Client::connect(kDialler, options, kLimits);
    ASSERT_FALSE(old.has_value());
    EXPECT_EQ(old.error().code, ErrorCode::unauthenticated);
    EXPECT_EQ(old.error().message, "the server refused the user or the password");
    EXPECT_EQ((old.error().message + old.error().detail).find(first), std::string::npos);
    options.password = Secret{second};
    EXPECT_TRUE(Client::connect(kDialler, options, kLimits).has_value());
    EXPECT_FALSE(client->set_password("admin", "nobody", Secret{"x"}, kLimits).has_value());
    EXPECT_EQ(client->set_password("admin", user, Secret{}, kLimits).error().code, ErrorCode::invalid_argument);
}

TEST_F(MongoTest, WithoutAPasswordWhereOneIsNeeded) {
    const testing::MongoServer server{{.user = "root", .password = "pw"}};
    auto client = Client::connect(kDialler, to(server.port()), kLimits);
    ASSERT_TRUE(client.has_value()) << "a ping is for everybody";
    const auto list = client->databases(kLimits);
    ASSERT_FALSE(list.has_value());
    EXPECT_TRUE(list.error().code == ErrorCode::unauthenticated || list.error().code == ErrorCode::permission_denied)
        << list.error().message;
}

TEST_F(MongoTest, SpeaksOverTlsAndVerifies) {
    testing::Certificates certificates;
    const testing::MongoServer server{
        {.tls = certificates.issue("mongo", "DNS:localhost"), .tls_authority = certificates.authority()}
    };
    const auto own = certificates.issue("drydock");
    net::TlsOptions tls{
        .ca_file = certificates.authority(),
        .certificate_pem = read_file(own.certificate).value_or(""),
        .key_pem = Secret{read_file(own.key).value_or("")}
    };
    ConnectOptions options{.hosts = {{"localhost", server.port()}}, .tls = net::TlsContext::make(tls).value()};
    net::Timing timing;
    auto client = Client::connect(kDialler, options, kLimits, &timing);
    ASSERT_TRUE(client.has_value()) << client.error().message << client.error().detail;
    EXPECT_TRUE(timing.tls.has_value());
    // An answer of many TLS records.
    std::string documents;
    for (int i = 0; i < 40; ++i) {
        documents += fmt::format(R"({}{{"_id": {}, "text": "{}"}})", i > 0 ? "," : "", i, std::string(20'000, 'x'));
    }
    ASSERT_TRUE(client->command("big", R"({"insert": "c", "documents": [)" + documents + "]}", kLimits).has_value());
    const auto found = client->command("big", R"({"find": "c"})", kLimits);
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_GT(found->size(), 800'000U);

    options.hosts = {{"127.0.0.1", server.port()}};
    const auto wrong_name = Client::connect(kDialler, options, kLimits);
    ASSERT_FALSE(wrong_name.has_value());
    EXPECT_EQ(wrong_name.error().code, ErrorCode::permission_denied);
    EXPECT_EQ(wrong_name.error().message, "the certificate of \"127.0.0.1\" is not trusted: IP address mismatch");
}

TEST_F(MongoTest, ADeadServerIsUnavailableAndItsAddressStaysOut) {
    auto server = std::make_unique<testing::MongoServer>();
    auto client = Client::connect(kDialler, to(server->port()), kLimits);
    ASSERT_TRUE(client.has_value());
    server->kill();
    const auto dead = client->ping(kLimits);
    ASSERT_FALSE(dead.has_value());
    EXPECT_EQ(dead.error().code, ErrorCode::unavailable);
    EXPECT_EQ(dead.error().message.find("127.0.0.1"), std::string::npos) << dead.error().message;
}

TEST_F(MongoTest, KeepsToTheEgressPolicy) {
    const testing::MongoServer server;
    const net::Dialler outside{{.loopback = false}};
    const auto refused = Client::connect(outside, to(server.port()), kLimits);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
    const auto metadata = Client::connect(kDialler, {.hosts = {{"169.254.169.254", 27017}}}, kLimits);
    EXPECT_EQ(metadata.error().code, ErrorCode::permission_denied);
}

TEST(Mongo, RefusesWhatIsNoHost) {
    for (const char* name :
         {"", "a/b", "a?x=1", "user@host", "a,b", "a b", "/tmp/mongo.sock", "%2Ftmp", "a\r\n", "host#x", "h&x=1"}) {
        const auto client = Client::connect(kDialler, {.hosts = {{name, 27017}}}, kLimits);
        ASSERT_FALSE(client.has_value());
        EXPECT_EQ(client.error().code, ErrorCode::invalid_argument) << name;
    }
    EXPECT_EQ(Client::connect(kDialler, {}, kLimits).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(
        Client::connect(kDialler, {.hosts = {{"localhost", 1}}, .user = "\xff"}, kLimits).error().code,
        ErrorCode::invalid_argument
    );
}

TEST(Mongo, EndsWithItsLimitsWhereverItStands) {
    std::promise<void> close;
    const auto closed = close.get_future().share();
    const testing::SocketServer silent{[closed](testing::Peer&) { closed.wait(); }};
    const testing::HangingPort dead;
    for (const auto port : {silent.port(), dead.port()}) {
        const auto late = Client::connect(kDialler, to(port), Limits::within(milliseconds{50}));
        ASSERT_FALSE(late.has_value());
        EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded) << late.error().message;
        std::stop_source stop;
        auto waiting = std::async(std::launch::async, [&] {
            return Client::connect(kDialler, to(port), Limits::within(seconds{60}, stop.get_token()));
        });
        stop.request_stop();
        EXPECT_EQ(waiting.get().error().code, ErrorCode::cancelled);
    }
    close.set_value();
}

// Answers OP_MSG (and the first OP_QUERY) with one document: a server as the test wants it.
class FakeMongo {
public:
    // `answer`: a document in BSON for a command that holds these bytes.
    static void put_int(std::string& into, std::int32_t value) {
        std::array<char, 4> bytes{};
        std::memcpy(bytes.data(), &value, bytes.size());
        into.append(bytes.data(), bytes.size());
    }
    static std::int32_t get_int(const std::string& from, std::size_t at) {
        std::int32_t value = 0;
        std::memcpy(&value, from.data() + at, sizeof value);
        return value;
    }
    static std::string document(const std::string& elements) {
        std::string text;
        put_int(text, static_cast<std::int32_t>(elements.size() + 5));
        return text + elements + '\0';
    }
    static std::string number(const std::string& name, std::int32_t value) {
        std::string text = "\x10" + name + '\0';
        put_int(text, value);
        return text;
    }
    static std::string truth(const std::string& name, bool value) {
        return "\x08" + name + '\0' + (value ? '\1' : '\0');
    }
    static std::string words(const std::string& name, const std::string& value) {
        std::string text = "\x02" + name + '\0';
        put_int(text, static_cast<std::int32_t>(value.size() + 1));
        return text + value + '\0';
    }

    static std::string hello() {
        return truth("isWritablePrimary", true) + truth("ismaster", true) + number("maxWireVersion", 17) +
               number("minWireVersion", 0) + number("maxBsonObjectSize", 16777216) +
               number("maxMessageSizeBytes", 48000000) + number("maxWriteBatchSize", 1000);
    }

    using Respond = std::function<std::string(const std::string& message)>;
    static testing::SocketServer::Serve serve(Respond respond) {
        return [respond = std::move(respond)](testing::Peer& peer) {
            std::string bytes;
            for (auto more = peer.read(); !more.empty(); more = peer.read()) {
                bytes += more;
                while (bytes.size() >= 16 && bytes.size() >= static_cast<std::size_t>(get_int(bytes, 0))) {
                    const auto size = static_cast<std::size_t>(get_int(bytes, 0));
                    peer.write(reply(bytes.substr(0, size), respond));
                    bytes.erase(0, size);
                }
            }
        };
    }

private:
    static std::string reply(const std::string& message, const Respond& respond) {
        constexpr std::int32_t kOpQuery = 2004;
        const bool query = get_int(message, 12) == kOpQuery;
        const auto body = document(respond(message));
        std::string rest;
        if (query) {
            rest = std::string(16, '\0');  // flags, cursor, starting from
            put_int(rest, 1);
            rest += body;
        } else {
            rest = std::string(5, '\0') + body;  // flags, section of one document
        }
        std::string text;
        put_int(text, static_cast<std::int32_t>(rest.size() + 16));
        put_int(text, 1);
        put_int(text, get_int(message, 4));
        put_int(text, query ? 1 : 2013);
        return text + rest;
    }
};

TEST(Mongo, TellsARefusalByItsCode) {
    struct Case {
        int code;
        ErrorCode expected;
    };
    for (const auto& one :
         {Case{13, ErrorCode::permission_denied},
          Case{18, ErrorCode::unauthenticated},
          Case{10107, ErrorCode::unavailable},
          Case{50, ErrorCode::deadline_exceeded},
          Case{2, ErrorCode::failed}}) {
        const testing::SocketServer server{FakeMongo::serve([&](const std::string& message) {
            if (message.find("ismaster") != std::string::npos || message.find("isMaster") != std::string::npos ||
                message.find("hello") != std::string::npos) {
                return FakeMongo::hello() + FakeMongo::number("ok", 1);
            }
            if (message.find("ping") != std::string::npos) return FakeMongo::number("ok", 1);
            return FakeMongo::number("ok", 0) + FakeMongo::number("code", one.code) +
                   FakeMongo::words("errmsg", "said the server");
        })};
        auto client = Client::connect(kDialler, to(server.port()), kLimits);
        ASSERT_TRUE(client.has_value()) << client.error().message << client.error().detail;
        const auto refused = client->command("admin", R"({"serverStatus": 1})", kLimits);
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().code, one.expected) << one.code << ": " << refused.error().message;
    }
}

TEST(Mongo, AMemberThatAServerNamesIsJudgedTooBeforeItIsDialled) {
    // The seed says it is a secondary and that the primary is at a metadata address.
    std::string own;
    const testing::SocketServer server{FakeMongo::serve([&](const std::string&) {
        const std::string list =
            FakeMongo::document(FakeMongo::words("0", own) + FakeMongo::words("1", "169.254.169.254:27017"));
        std::string hosts = "\x04hosts";
        hosts += '\0';
        return FakeMongo::words("setName", "rs0") + FakeMongo::words("me", own) + hosts + list +
               FakeMongo::truth("isWritablePrimary", false) + FakeMongo::truth("secondary", true) +
               FakeMongo::number("maxWireVersion", 17) + FakeMongo::number("minWireVersion", 0) +
               FakeMongo::number("ok", 1);
    })};
    own = fmt::format("127.0.0.1:{}", server.port());
    auto options = to(server.port());
    options.replica_set = "rs0";
    const auto client = Client::connect(kDialler, options, kLimits);
    ASSERT_FALSE(client.has_value());
    EXPECT_EQ(client.error().code, ErrorCode::permission_denied) << client.error().message;
    EXPECT_EQ(client.error().message, "connecting to a cloud provider's metadata service is not allowed here");
}

TEST(Mongo, ADeadMemberDoesNotHideTheOthers) {
    const testing::HangingPort dead;
    std::string own;
    const testing::SocketServer server{FakeMongo::serve([&](const std::string&) {
        const auto list = FakeMongo::document(FakeMongo::words("0", own));
        return FakeMongo::words("setName", "rs0") + FakeMongo::words("me", own) + "\x04hosts" + '\0' + list +
               FakeMongo::hello() + FakeMongo::number("ok", 1);
    })};
    own = fmt::format("127.0.0.1:{}", server.port());
    ConnectOptions options{.replica_set = "rs0", .connect_timeout = milliseconds{300}};
    for (const bool first : {true, false}) {
        options.hosts = {{"127.0.0.1", first ? dead.port() : server.port()}};
        options.hosts.push_back({"127.0.0.1", first ? server.port() : dead.port()});
        const auto client = Client::connect(kDialler, options, kLimits);
        EXPECT_TRUE(client.has_value()) << client.error().message << client.error().detail;
    }
}

TEST(Mongo, ADeadMemberIsNotTheReasonForWhatAnotherOneRefuses) {
    std::string own;
    const testing::SocketServer server{FakeMongo::serve([&](const std::string& message) {
        if (message.find("serverStatus") != std::string::npos) {
            return FakeMongo::number("ok", 0) + FakeMongo::number("code", 13) + FakeMongo::words("errmsg", "no");
        }
        if (message.find("saslStart") != std::string::npos && message.find("saslSupportedMechs") == std::string::npos) {
            return FakeMongo::number("ok", 0) + FakeMongo::number("code", 18) + FakeMongo::words("errmsg", "no");
        }
        const auto list = FakeMongo::document(FakeMongo::words("0", own));
        return FakeMongo::words("setName", "rs0") + FakeMongo::words("me", own) + "\x04hosts" + '\0' + list +
               FakeMongo::hello() + FakeMongo::number("ok", 1);
    })};
    own = fmt::format("127.0.0.1:{}", server.port());
    ConnectOptions options{.hosts = {{"127.0.0.1", testing::free_port()}, {"127.0.0.1", server.port()}}};
    options.replica_set = "rs0";
    auto client = Client::connect(kDialler, options, kLimits);
    ASSERT_TRUE(client.has_value()) << client.error().message;
    const auto refused = client->command("admin", R"({"serverStatus": 1})", kLimits);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::permission_denied) << refused.error().message;
    options.user = "somebody";
    options.password = Secret{"wrong"};
    const auto stranger = Client::connect(kDialler, options, kLimits);
    ASSERT_FALSE(stranger.has_value());
    EXPECT_EQ(stranger.error().code, ErrorCode::unauthenticated) << stranger.error().message;
}

TEST(Mongo, TheRightNameOfAReplicaSetMatters) {
    const testing::SocketServer server{FakeMongo::serve([](const std::string&) {
        return FakeMongo::hello() + FakeMongo::number("ok", 1);
    })};
    auto options = to(server.port());
    options.replica_set = "other";
    const auto client = Client::connect(kDialler, options, kLimits);
    ASSERT_FALSE(client.has_value());
    EXPECT_EQ(client.error().message, "no server of the deployment can take this");
}

TEST(Mongo, ADeadlineClosesTheConnectionAndTheNextCommandDialsAnew) {
    std::atomic<bool> silent = true;
    std::promise<void> close;
    const auto closed = close.get_future().share();
    const testing::SocketServer server{FakeMongo::serve([&, closed](const std::string& message) {
        if (message.find("serverStatus") != std::string::npos && silent.exchange(false)) closed.wait();
        return FakeMongo::hello() + FakeMongo::number("ok", 1);
    })};
    auto client = Client::connect(kDialler, to(server.port()), kLimits);
    ASSERT_TRUE(client.has_value());
    const auto late = client->command("admin", R"({"serverStatus": 1})", Limits::within(milliseconds{50}));
    ASSERT_FALSE(late.has_value());
    EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded) << late.error().message;
    const auto accepted = server.accepted();
    const auto again = client->command("admin", R"({"serverStatus": 1})", kLimits);
    EXPECT_TRUE(again.has_value()) << again.error().message;
    EXPECT_GT(server.accepted(), accepted);
    close.set_value();
}

}  // namespace
}  // namespace drydock::mongo
