#include "health/engine.h"

#include <algorithm>
#include <atomic>

#include <gmock/gmock.h>

#include "control/events.h"
#include "control/tenants_pgtest.h"
#include "health/prober_test.h"
#include "testing/fake_postgres.h"

namespace drydock::health {
namespace {

using namespace control::tenants;
using std::chrono::milliseconds;

// A registry by hand.
class FakeSource final : public Source {
public:
    Result<std::vector<Listed>> list(const Limits&) override {
        const std::lock_guard lock{mutex};
        if (broken) return Error{.code = ErrorCode::unavailable, .message = "the registry is away"};
        std::vector<Listed> all;
        for (const auto& one : targets) all.push_back({one.id, one.organization_id, one.version});
        return all;
    }
    Result<std::vector<Target>> open(std::span<const Listed> wanted, const Limits&) override {
        const std::lock_guard lock{mutex};
        opened += wanted.size();
        std::vector<Target> result;
        for (const auto& one : targets) {
            if (std::ranges::any_of(wanted, [&](const Listed& w) { return w.id == one.id; })) result.push_back(one);
        }
        return result;
    }

    std::mutex mutex;
    std::vector<Target> targets;
    std::size_t opened = 0;
    bool broken = false;
};

class EngineTest : public Tenants {
protected:
    EngineTest() {
        build();
        run(admin_, "DELETE FROM platform.events");
        store_.emplace(control::StoreOptions{.where = database_.conninfo(), .role = "drydock_api", .connections = 4});
        for (const char letter : {'a', 'b'}) {
            source_.targets.push_back(
                {.id = id(letter, 17),
                 .organization_id = organization(letter),
                 .hosts = {{.name = "127.0.0.1", .port = server_.port()}},
                 .database = std::string{letter},
                 .user = "u",
                 .version = "1"}
            );
        }
    }
    std::unique_ptr<Engine> start() {
        EngineOptions options{.prober = quick(), .refresh = milliseconds{20}};
        options.recorder.flush_every = milliseconds{10};
        auto engine = Engine::start(source_, *store_, std::move(options));
        EXPECT_TRUE(engine);
        return *std::move(engine);
    }
    // Waits for an event of the organization, as who watches does.
    control::Event next_event(char letter, std::string_view kind) {
        const control::Actor owner{.user_id = user(letter, "owner"), .organization_id = organization(letter)};
        const auto limits = Limits::within(kPatience);
        auto listener = store_->connect(limits);
        EXPECT_TRUE(listener && listener->query({"listen", "LISTEN drydock_events"}, limits));
        for (;;) {
            const auto events = control::events_after(*store_, owner, cursors_[letter], 100, limits);
            EXPECT_TRUE(events);
            for (const auto& event : *events) {
                cursors_[letter] = event.cursor;
                if (event.kind == kind) return event;
            }
            const auto told = listener->wait_notification(limits.at_most(milliseconds{200}));
            if (!told || limits.deadline < Limits::Clock::now()) break;
        }
        ADD_FAILURE() << "no event " << kind;
        return {};
    }

    testing::FakePostgres server_;
    FakeSource source_;
    std::optional<control::Store> store_;
    std::map<char, std::string> cursors_;
};

TEST_F(EngineTest, TellsEachOrganizationOfItsOwnDatabases) {
    const auto engine = start();
    EXPECT_EQ(next_event('a', "healthy").subject_id, id('a', 17));
    EXPECT_EQ(next_event('b', "healthy").subject_id, id('b', 17));
    server_.set("a", testing::FakePostgres::Manner::resets);
    const auto event = next_event('a', "unhealthy");
    EXPECT_EQ(event.topic, "health");
    EXPECT_THAT(event.payload, ::testing::HasSubstr("the connection broke"));
    EXPECT_EQ(
        value(admin_, fmt::format("SELECT health_check_status FROM platform.databases WHERE id = '{}'", id('b', 17))),
        "healthy"
    );
}

TEST_F(EngineTest, OpensASecretOnlyWhenItChangedAndGoesOnWhileTheRegistryIsAway) {
    const auto engine = start();
    next_event('a', "healthy");
    next_event('b', "healthy");
    const auto look = [&] {
        const std::lock_guard lock{source_.mutex};
        return source_.opened;
    };
    EXPECT_EQ(look(), 2U);
    {
        const std::lock_guard lock{source_.mutex};
        source_.broken = true;
    }
    engine->refresh();
    EXPECT_TRUE(engine->check_now(id('a', 17), Limits::within(kPatience))->answered);
    {
        const std::lock_guard lock{source_.mutex};
        source_.broken = false;
        source_.targets[0].version = "2";
        source_.targets[0].database = "gone";
    }
    server_.set("gone", testing::FakePostgres::Manner::wrong_password);
    engine->refresh();
    next_event('a', "unhealthy");
    EXPECT_EQ(look(), 3U);
}

TEST_F(EngineTest, LeavesToAnotherReplicaWhatIsItsShare) {
    const auto one = start();
    const auto two = start();
    const std::vector<std::string> all = {"one", "two"};
    one->set_share("one", all);
    two->set_share("two", all);
    next_event('a', "healthy");
    next_event('b', "healthy");
    const auto limits = Limits::within(kPatience);
    // Both began alone; when each knows of the other, every database is checked by one of them.
    for (;;) {
        int checkers = 0;
        for (auto* const engine : {one.get(), two.get()}) {
            for (const char letter : {'a', 'b'}) checkers += engine->check_now(id(letter, 17), limits) ? 1 : 0;
        }
        if (checkers == 2) break;
        ASSERT_LT(Limits::Clock::now(), limits.deadline);
    }
}

}  // namespace
}  // namespace drydock::health
