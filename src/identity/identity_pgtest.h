#pragma once

#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "cache/redis_cache.h"
#include "cache/shared.h"
#include "control/tenants_pgtest.h"
#include "crypto/bytes.h"
#include "identity/bootstrap.h"
#include "identity/inside.h"
#include "identity/login.h"
#include "identity/session.h"
#include "identity/session_cache.h"
#include "redis/client.h"
#include "testing/redis_server.h"

// Two organizations on the schema, whose people have passwords, and the service of one server process.
namespace drydock::identity {

using namespace control::tenants;

inline constexpr std::string_view kPassword = "correct horse battery";

inline crypto::Keyring keyring_of(std::string_view text) {
    auto ring = crypto::Keyring::load({.text = Secret{std::string{text}}}, Limits::within(kTime));
    if (!ring) throw std::runtime_error(ring.error().message);
    return *std::move(ring);
}

// All that one server process has of its own.
class Replica {
public:
    // `shared`: what it has in common with other replicas; nothing, where that is left out.
    explicit Replica(
        const pg::Conninfo& where,
        std::string_view keys,
        cache::Shared::Store shared = {},
        control::Clock::Now now = control::Clock::Steady::now
    )
        : store_({.where = where, .role = "drydock_api", .connections = 8}),
          keyring_(keyring_of(keys)),
          signer_(access_signer(keyring_, {}).value()),
          clock_(store_, std::move(now)),
          shared_keys_(std::make_shared<const cache::SharedKeys>(cache::SharedKeys::of(keyring_).value())),
          principals_("principals", shared, shared_keys_, clock_),
          tokens_("tokens", shared, shared_keys_, clock_),
          cache_(store_, signer_, "drydock", clock_, {principals_, tokens_}),
          service{store_, passwords_, signer_, keyring_, cache_} {}

    // One that remembers nothing: as after a restart.
    std::unique_ptr<SessionCache> empty_cache() {
        return std::make_unique<SessionCache>(
            store_, signer_, "drydock", clock_, SessionCache::SharedWith{principals_, tokens_}
        );
    }

private:
    control::Store store_;
    crypto::Passwords passwords_;
    crypto::Keyring keyring_;
    crypto::TokenSigner signer_;
    control::Clock clock_;
    std::shared_ptr<const cache::SharedKeys> shared_keys_;
    cache::Shared principals_;
    cache::Shared tokens_;
    SessionCache cache_;

public:
    Service service;
};

// A Redis that replicas have in common.
class SharedRedis {
public:
    SharedRedis() {
        const auto pool = std::make_shared<redis::Pool>([this](const Limits& within) { return connect(within); });
        values_ = std::make_shared<cache::RedisValues>(pool, cache::RedisOptions{});
    }
    // For one replica: each finds out by itself when it is down. What is slow here is the machine.
    cache::Shared::Store store() const {
        return {values_, std::make_shared<cache::Guard>(cache::GuardOptions{.patience = std::chrono::seconds{30}})};
    }
    testing::RedisServer& server() { return server_; }
    redis::Value command(const redis::Argv& argv) {
        const auto within = Limits::within(kTime);
        return connect(within).value().command(argv, within).value();
    }

private:
    Result<redis::Client> connect(const Limits& within) const {
        const net::Dialler dialler{net::EgressPolicy::everything()};
        return redis::Client::connect(dialler, {.host = "127.0.0.1", .port = server_.port()}, within);
    }

    testing::RedisServer server_;
    std::shared_ptr<cache::RedisValues> values_;
};

class IdentityTest : public Tenants {
protected:
    explicit IdentityTest(cache::Shared::Store shared = {}) {
        build();
        // Rows of the schema's own tests that stand for people who sign in here.
        run(admin_,
            "DELETE FROM platform.sessions; DELETE FROM platform.api_tokens; DELETE FROM platform.second_factors; "
            "DELETE FROM platform.recovery_codes; DELETE FROM platform.password_resets; "
            "DELETE FROM platform.user_identities; DELETE FROM platform.invitations");
        replica_.emplace(database_.conninfo(), kKeys, std::move(shared));
        static const std::string kHash = replica_->service.passwords.hash(kPassword, Limits::within(kTime)).value();
        run(admin_, fmt::format("UPDATE platform.users SET password_hash = '{}' WHERE kind = 'person'", kHash));
    }

    static constexpr std::string_view kKeys = "k1 0000000000000000000000000000000000000000000000000000000000000001";

    static Limits limits() { return Limits::within(kTime); }
    static Peer peer() { return {.address = "192.0.2.7", .user_agent = "a browser", .request_id = "r-1"}; }
    static std::string email(char letter, std::string_view role) {
        return fmt::format("{}@{}.example", std::ranges::find(kRoles, role) - std::begin(kRoles) + 1, letter);
    }

    Service& service() { return replica_->service; }
    Result<LoginAnswer> try_login(std::string_view address, std::string_view password = kPassword, Peer from = peer()) {
        return log_in(
            service(),
            {.email = std::string{address}, .password = Secret{std::string{password}}, .peer = std::move(from)},
            limits()
        );
    }
    Tokens login(std::string_view address) {
        auto answer = try_login(address);
        EXPECT_TRUE(answer) << answer.error().message << ' ' << answer.error().detail;
        return answer.value().tokens.value();
    }
    Result<std::shared_ptr<const Principal>> check(const Tokens& tokens, std::string_view organization = {}) {
        return service().cache.check(tokens.access.reveal(), organization, limits());
    }
    // Read anew: as after a few seconds, or on another replica.
    Result<std::shared_ptr<const Principal>> check_now(const Tokens& tokens, std::string_view organization = {}) {
        return service().cache.check(tokens.access.reveal(), organization, limits(), SessionCache::Freshness::now);
    }
    Principal who(const Tokens& tokens) { return **check_now(tokens); }
    std::string sql(std::string_view text) { return value(admin_, text); }
    // The last row of an organization's trail: action, outcome, user.
    std::string last_audited(char letter) {
        return sql(fmt::format(
            "SELECT action || '|' || outcome FROM platform.audit_log WHERE organization_id = '{}' "
            "ORDER BY sequence DESC LIMIT 1",
            organization(letter)
        ));
    }
    // The same work from many threads at once, that start together; how each ended.
    template <class Work>
    auto at_once(int threads, const Work& work) {
        std::vector<decltype(work(0))> results(static_cast<std::size_t>(threads));
        std::atomic<int> waiting{threads};
        {
            std::vector<std::jthread> running;
            for (int i = 0; i < threads; ++i) {
                running.emplace_back([&, i] {
                    --waiting;
                    while (waiting.load() > 0) std::this_thread::yield();
                    results[static_cast<std::size_t>(i)] = work(i);
                });
            }
        }
        return results;
    }

    std::optional<Replica> replica_;
};

// The code of an Error, for what has none "ok".
template <class T>
std::string outcome_of(const Result<T>& result) {
    return result ? "ok" : std::string{traits(result.error().code).name};
}

}  // namespace drydock::identity
