#include "net/dialler.h"

#include <future>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "testing/socket_server.h"
#include "testing/surroundings.h"

namespace drydock::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Limits kLimits = Limits::within(std::chrono::minutes{10});

// Answers each question about a name with the next of its answers; the last one stays.
class ScriptedResolver final : public Resolver {
public:
    explicit ScriptedResolver(std::vector<std::vector<std::string>> answers) : answers_(std::move(answers)) {}

    Result<std::vector<Address>> resolve(const std::string&, std::uint16_t port, const Limits&) override {
        std::vector<Address> result;
        for (const auto& text : answers_[std::min(asked_, answers_.size() - 1)]) {
            result.push_back(*Address::parse(text, port));
        }
        ++asked_;
        return result;
    }
    std::size_t asked() const { return asked_; }

private:
    std::vector<std::vector<std::string>> answers_;
    std::size_t asked_ = 0;
};

std::string read_all(Stream& stream) {
    std::string all;
    std::array<char, 64> buffer{};
    for (;;) {
        const auto n = stream.read(buffer, kLimits);
        if (!n || *n == 0) return all;
        all.append(buffer.data(), *n);
    }
}

void greet(testing::Peer& peer) {
    peer.write("hello");
}

TEST(Dialler, ConnectsAndTellsWhatEachStepTook) {
    const testing::SocketServer server{greet};
    const Dialler dialler{{.loopback = true}};
    Timing timing;
    auto dialled = dialler.dial("localhost", server.port(), kLimits, &timing);
    ASSERT_TRUE(dialled.has_value()) << dialled.error().message;
    EXPECT_EQ(dialled->address.port(), server.port());
    EXPECT_TRUE(timing.name.has_value());
    EXPECT_TRUE(timing.tcp.has_value());
    EXPECT_FALSE(timing.tls.has_value());
    EXPECT_EQ(read_all(*plain_stream(std::move(dialled->socket))), "hello");
}

TEST(Dialler, RefusesByTheAddressAndNotByTheName) {
    const testing::SocketServer server{greet};
    const Dialler dialler{{.loopback = false}};
    // getaddrinfo takes the short forms of 127.0.0.1 too.
    for (const char* host : {"localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001"}) {
        const auto dialled = dialler.dial(host, server.port(), kLimits);
        ASSERT_FALSE(dialled.has_value()) << host;
        EXPECT_EQ(dialled.error().code, ErrorCode::permission_denied) << host;
    }
    EXPECT_EQ(server.accepted(), 0);
}

TEST(Dialler, ANameThatChangesItsMeaningAfterTheCheckIsDialledAsChecked) {
    const testing::SocketServer server{greet};
    const testing::SocketServer secret{greet, "127.0.0.2", server.port()};
    const auto resolver =
        std::make_shared<ScriptedResolver>(std::vector<std::vector<std::string>>{{"127.0.0.1"}, {"169.254.169.254"}});
    const Dialler dialler{{.loopback = true}, resolver};
    auto dialled = dialler.dial("rebinding.test", server.port(), kLimits);
    ASSERT_TRUE(dialled.has_value());
    EXPECT_EQ(dialled->address.host(), "127.0.0.1");
    EXPECT_EQ(resolver->asked(), 1U) << "one question, so there is no second answer to fall for";
    EXPECT_EQ(dialler.dial("rebinding.test", server.port(), kLimits).error().code, ErrorCode::permission_denied);
    EXPECT_EQ(secret.accepted(), 0);
}

TEST(Dialler, DropsRefusedAddressesOfANameAndDialsTheRest) {
    const testing::SocketServer server{greet};
    const Dialler dialler{
        {.loopback = true},
        std::make_shared<ScriptedResolver>(
            std::vector<std::vector<std::string>>{{"169.254.169.254", "127.0.0.1", "fe80::1"}}
        )
    };
    const auto addresses = dialler.resolve_allowed("mixed.test", server.port(), kLimits);
    ASSERT_TRUE(addresses.has_value());
    ASSERT_EQ(addresses->size(), 1U);
    EXPECT_EQ(addresses->front().host(), "127.0.0.1");
    EXPECT_TRUE(dialler.dial("mixed.test", server.port(), kLimits).has_value());
}

TEST(Dialler, OneDeadAddressOfANameDoesNotUseUpTheTime) {
    const testing::HangingPort dead{"127.0.0.2"};
    const testing::SocketServer server{greet, "127.0.0.1", dead.port()};
    const Dialler dialler{
        {.loopback = true},
        std::make_shared<ScriptedResolver>(std::vector<std::vector<std::string>>{{"127.0.0.2", "127.0.0.1"}})
    };
    const auto dialled = dialler.dial("half-dead.test", dead.port(), kLimits);
    ASSERT_TRUE(dialled.has_value()) << dialled.error().message;
    EXPECT_EQ(dialled->address.host(), "127.0.0.1");
}

TEST(Dialler, EndsWithItsLimits) {
    const testing::HangingPort dead;
    const Dialler dialler{{.loopback = true}};
    const auto late = dialler.dial("127.0.0.1", dead.port(), Limits::within(milliseconds{30}));
    ASSERT_FALSE(late.has_value());
    EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
    EXPECT_EQ(late.error().message, "the host did not answer in time");

    std::stop_source stop;
    auto waiting = std::async(std::launch::async, [&] {
        return dialler.dial("127.0.0.1", dead.port(), Limits::within(seconds{60}, stop.get_token()));
    });
    stop.request_stop();
    EXPECT_EQ(waiting.get().error().code, ErrorCode::cancelled);
}

TEST(Dialler, TellsARefusedConnectionFromAHostThatIsNotThere) {
    const Dialler dialler{{.loopback = true}};
    const auto refused = dialler.dial("127.0.0.1", testing::free_port(), kLimits);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    EXPECT_EQ(refused.error().message, "the connection was refused: nothing listens there");
    const auto bad = dialler.dial(std::string(300, 'x'), 1, kLimits);
    EXPECT_EQ(bad.error().code, ErrorCode::invalid_argument);
}

TEST(Dialler, DialsUnixSocketsWhereThePolicyLetsIt) {
    const testing::TempFolder folder;
    const auto path = (folder.path() / "server.sock").string();
    const testing::SocketServer server{greet, testing::SocketServer::OnUnix{path}};
    auto dialled = Dialler{{.unix_sockets = true}}.dial(path, 0, kLimits);
    ASSERT_TRUE(dialled.has_value()) << dialled.error().message;
    EXPECT_EQ(read_all(*plain_stream(std::move(dialled->socket))), "hello");
    EXPECT_EQ(Dialler{{}}.dial(path, 0, kLimits).error().code, ErrorCode::permission_denied);
    EXPECT_EQ(Dialler{{.unix_sockets = true}}.dial(path + "x", 0, kLimits).error().code, ErrorCode::unavailable);
}

TEST(Stream, KnowsWhetherTheOtherEndIsStillThere) {
    std::promise<void> close;
    const testing::SocketServer server{[&](testing::Peer&) { close.get_future().wait(); }};
    auto dialled = Dialler{{.loopback = true}}.dial("127.0.0.1", server.port(), kLimits);
    ASSERT_TRUE(dialled.has_value());
    const auto stream = plain_stream(std::move(dialled->socket));
    EXPECT_TRUE(stream->still_open());
    std::array<char, 1> byte{};
    EXPECT_EQ(stream->read(byte, Limits::within(milliseconds{1})).error().code, ErrorCode::deadline_exceeded);
    close.set_value();
    const auto end = stream->read(byte, kLimits);
    ASSERT_TRUE(end.has_value());
    EXPECT_EQ(*end, 0U);
    EXPECT_FALSE(stream->still_open());
}

TEST(Stream, AWriteThatNobodyReadsEndsWithItsLimits) {
    std::promise<void> close;
    const testing::SocketServer server{[&](testing::Peer&) { close.get_future().wait(); }};
    auto dialled = Dialler{{.loopback = true}}.dial("127.0.0.1", server.port(), kLimits);
    ASSERT_TRUE(dialled.has_value());
    const auto stream = plain_stream(std::move(dialled->socket));
    const std::string much(std::size_t{64} * 1024 * 1024, 'x');
    EXPECT_EQ(stream->write(much, Limits::within(milliseconds{50})).error().code, ErrorCode::deadline_exceeded);
    close.set_value();
}

// A look-up that can be held up, and counts how many run at once.
struct SlowNames {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;
    int running = 0;
    int most = 0;

    Lookup lookup() {
        return [this](const std::string&, std::uint16_t port) -> Result<std::vector<Address>> {
            std::unique_lock lock{mutex};
            most = std::max(most, ++running);
            changed.notify_all();
            changed.wait(lock, [&] { return open; });
            --running;
            changed.notify_all();
            return std::vector{*Address::parse("192.0.2.1", port)};
        };
    }
    void let_go() {
        const std::lock_guard lock{mutex};
        open = true;
        changed.notify_all();
    }
    void wait_idle() {
        std::unique_lock lock{mutex};
        changed.wait(lock, [&] { return running == 0; });
    }
};

TEST(Resolver, LeavesALookUpThatHangsWhenItsLimitsEnd) {
    SlowNames names;
    {
        const auto resolver = threaded_resolver(names.lookup(), 2);
        const auto late = resolver->resolve("slow.test", 1, Limits::within(milliseconds{20}));
        ASSERT_FALSE(late.has_value());
        EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
        EXPECT_EQ(late.error().message, "looking up \"slow.test\": there was no answer in time");
        std::stop_source stop;
        auto waiting = std::async(std::launch::async, [&] {
            return resolver->resolve("slow.test", 1, Limits::within(seconds{60}, stop.get_token()));
        });
        stop.request_stop();
        EXPECT_EQ(waiting.get().error().code, ErrorCode::cancelled);
        EXPECT_TRUE(resolver->resolve("192.0.2.5", 1, Limits{}).has_value()) << "an address needs no look-up";
    }
    names.let_go();
    names.wait_idle();
}

TEST(Resolver, RunsNoMoreLookUpsAtOnceThanItMay) {
    SlowNames names;
    const auto resolver = threaded_resolver(names.lookup(), 3);
    std::vector<std::future<Result<std::vector<Address>>>> all;
    for (int i = 0; i < 12; ++i) {
        all.push_back(std::async(std::launch::async, [&] { return resolver->resolve("slow.test", 7, kLimits); }));
    }
    {
        std::unique_lock lock{names.mutex};
        names.changed.wait(lock, [&] { return names.running == 3; });
    }
    names.let_go();
    for (auto& one : all) EXPECT_TRUE(one.get().has_value());
    EXPECT_EQ(names.most, 3);
    names.wait_idle();
}

}  // namespace
}  // namespace drydock::net
