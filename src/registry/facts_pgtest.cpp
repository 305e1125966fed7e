#include <thread>

#include "registry/registry_pgtest.h"
#include "testing/socket_server.h"

namespace drydock::registry {
namespace {

using ::testing::HasSubstr;

class RegistryFacts : public RegistryTest {
protected:
    RegistryFacts() {
        auto wanted = options();
        wanted.fleet.retry.attempts = 1;
        wanted.on_size = [this](Transaction& transaction, std::string_view id, std::int64_t bytes) -> Result<> {
            EXPECT_TRUE(transaction.actor().is_system());
            sizes_.emplace_back(id, bytes);
            return {};
        };
        registry_.emplace(*store_, ring_, net::Dialler{net::EgressPolicy::everything()}, std::move(wanted));
    }
    Result<DatabaseFacts> take(const Database& row, const Registry::Hold& hold = {}, char letter = 'a') {
        return registry_->take_facts(actor(letter, "member"), row.id, hold, limits());
    }
    std::vector<std::pair<std::string, std::int64_t>> sizes_;
};

TEST_F(RegistryFacts, GoToTheNextHostWhereTheFirstIsAway) {
    auto address = target_address("a-secret");
    address.hosts.insert(address.hosts.begin(), {"127.0.0.1", 1});
    const auto row = added("orders", address.url().reveal());
    const auto facts = take(row);
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_EQ(facts->error, "");
    ASSERT_EQ(sizes_.size(), 1U);
    EXPECT_EQ(sizes_[0].first, row.id);
    EXPECT_GT(sizes_[0].second, 0);
    EXPECT_THAT(registry_->rights(actor('a', "viewer"), row.id, limits()).value(), HasSubstr(role_));
}

TEST_F(RegistryFacts, KeepWhatWasToldWhenNothingIsToldAnyMore) {
    const auto row = added("orders", target_address("a-secret").url().reveal());
    const auto first = take(row);
    ASSERT_TRUE(first) << first.error().message;
    run(admin_, fmt::format("ALTER ROLE {} NOLOGIN", role_));
    run(admin_, fmt::format("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{}'", role_));
    const auto second = take(row);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_FALSE(second->error.empty());
    EXPECT_EQ(second->taken_at, first->taken_at);
    EXPECT_GT(second->tried_at, first->tried_at);
    EXPECT_EQ(second->server_version, first->server_version);
    EXPECT_EQ(sizes_.size(), 1U);
    run(admin_, fmt::format("ALTER ROLE {} LOGIN", role_));
    EXPECT_EQ(take(row)->error, "");
}

TEST_F(RegistryFacts, AreNotKeptOfADatabaseThatWasChangedMeanwhile) {
    const auto row = added("orders", target_address("a-secret").url().reveal());
    const auto late = take(row, [&](Transaction&) -> Result<> {
        run(admin_, fmt::format("UPDATE platform.databases SET metadata = '{{\"a\": 1}}' WHERE id = '{}'", row.id));
        return {};
    });
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::conflict);
    EXPECT_TRUE(sizes_.empty());
    EXPECT_EQ(registry_->facts(actor('a', "viewer"), row.id, limits()).error().code, ErrorCode::not_found);

    const Error lost{.code = ErrorCode::conflict, .message = "the job is another's by now"};
    const auto fenced = take(row, [&](Transaction&) -> Result<> { return Error{lost}; });
    EXPECT_EQ(fenced.error().message, lost.message);
    EXPECT_TRUE(sizes_.empty());
}

TEST_F(RegistryFacts, AreForThoseOfItsOrganizationWhoMayTest) {
    const auto row = added("orders", target_address("a-secret").url().reveal());
    EXPECT_EQ(take(row, {}, 'b').error().code, ErrorCode::not_found);
    EXPECT_EQ(
        registry_->take_facts(actor('a', "viewer"), row.id, {}, limits()).error().code, ErrorCode::permission_denied
    );
    EXPECT_EQ(registry_->pool(actor('b', "owner"), row.id, limits()).error().code, ErrorCode::not_found);
    EXPECT_FALSE(registry_->fleet().figures(row.id)) << "nobody was let near it";
    ASSERT_TRUE(take(row));
    EXPECT_EQ(registry_->facts(actor('b', "owner"), row.id, limits()).error().code, ErrorCode::not_found);
    EXPECT_TRUE(registry_->facts(actor('a', "viewer"), row.id, limits()));
    EXPECT_THAT(actions(), HasSubstr("database.facts_taken:success"));
}

// Speaks just enough of Redis' protocol, and says what no honest server would.
void rogue(testing::Peer& peer) {
    using namespace std::string_literals;
    const auto info =
        "redis_version:7\xff\0.2\r\nos:"s + std::string(300'000, 'x') + "\xc3\r\nused_memory:9223372036854775807\r\n"s;
    for (auto bytes = peer.read(); !bytes.empty(); bytes = peer.read()) {
        const auto asks = [&](std::string_view command) { return bytes.find(command) != std::string::npos; };
        if (asks("INFO")) {
            peer.write(fmt::format("${}\r\n{}\r\n", info.size(), info));
        } else {
            peer.write(asks("ACL") ? "-ERR \xfe no\r\n" : "+OK\r\n");
        }
    }
}

TEST_F(RegistryFacts, OfARogueServerAreCutAndMadeReadable) {
    const testing::SocketServer server{rogue};
    const auto row = added("cache", fmt::format("redis://app:x@127.0.0.1:{}/0", server.port()));
    const auto facts = take(row);
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_EQ(facts->error, "");
    EXPECT_EQ(facts->server_version, "7??.2");
    EXPECT_LT(facts->facts.size(), 3'000U);
    EXPECT_FALSE(facts->size_bytes);
    EXPECT_TRUE(sizes_.empty());
    const auto report = registry_->test(actor('a', "member"), row.id, limits());
    ASSERT_TRUE(report) << report.error().message << report.error().detail;
    EXPECT_EQ(report->version, "7??.2");
}

TEST_F(RegistryFacts, SayNothingOfADatabaseThatTheyWereNotLetWaitFor) {
    const testing::HangingPort silent;
    const auto row = added("orders", fmt::format("postgresql://app:x@127.0.0.1:{}/shop", silent.port()));
    std::stop_source stop;
    std::jthread stopper{[&] {
        while (!registry_->fleet().figures(row.id) || registry_->fleet().figures(row.id)->pool.in_use == 0) {
            std::this_thread::yield();
        }
        stop.request_stop();
    }};
    const auto ended = registry_->take_facts(actor('a', "member"), row.id, {}, Limits::within(kTime, stop.get_token()));
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, ErrorCode::cancelled);
    EXPECT_EQ(registry_->facts(actor('a', "viewer"), row.id, limits()).error().code, ErrorCode::not_found);
    EXPECT_EQ(registry_->fleet().figures(row.id)->failures, 0) << "nor does its breaker count that";
}

}  // namespace
}  // namespace drydock::registry
