#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

#include "base/wait.h"
#include "control/store.h"
#include "control/tenants_pgtest.h"
#include "jobs/lookup.h"
#include "jobs/queue.h"

namespace drydock::jobs {

using namespace control::tenants;
using control::Actor;
using control::Store;
using control::Transaction;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

inline Limits test_limits() {
    return Limits::within(kTime);
}

// A queue in the server's role on a schema of two organizations; admin_ is the superuser whom no policy binds.
class JobsTest : public control::tenants::Tenants {
protected:
    JobsTest() {
        build();
        run(admin_, "DELETE FROM platform.jobs; DELETE FROM platform.job_schedules");
        store_.emplace(control::StoreOptions{.where = database_.conninfo(), .role = "drydock_api", .connections = 12});
        add_kind({.name = "mail", .at_most_once = true, .max_attempts = 1});
        add_kind({.name = "sum", .max_attempts = 3});
        queue_.emplace(*store_, kinds_, options());
    }

    static QueueOptions options() {
        return {
            .lease = std::chrono::milliseconds{30'000},
            .first_pause = std::chrono::milliseconds{60'000},
            .random = [] { return 0.5; },
        };
    }
    void add_kind(Kind kind) {
        if (!kind.handler) kind.handler = [](JobContext&) { return std::string{"{}"}; };
        ASSERT_TRUE(kinds_.add(std::move(kind)));
    }
    static Actor system(char letter) { return Actor::system(organization(letter)); }
    static Actor person(char letter, std::string_view role) {
        return {.user_id = user(letter, role), .organization_id = organization(letter)};
    }

    Result<Enqueued> try_enqueue(const Actor& actor, const NewJob& job) {
        return store_->run(actor, test_limits(), [&](Transaction& transaction) {
            return queue_->enqueue(transaction, job);
        });
    }
    std::string enqueue(const Actor& actor, const NewJob& job) {
        const auto made = try_enqueue(actor, job);
        EXPECT_TRUE(made) << made.error().message << made.error().detail;
        return made ? made->id : std::string{};
    }
    std::optional<Job> try_claim(std::string_view worker = "w1") {
        const std::vector<std::string> kinds{"mail", "sum"};
        auto job = queue_->claim(worker, kinds, test_limits());
        EXPECT_TRUE(job) << job.error().message;
        return job ? *job : std::nullopt;
    }
    Job claim(std::string_view worker = "w1") {
        auto job = try_claim(worker);
        EXPECT_TRUE(job) << "nothing to claim";
        return job.value_or(Job{});
    }
    // As if its worker had been silent for longer than its lease.
    void expire(std::string_view id) {
        run(admin_, fmt::format("UPDATE platform.jobs SET lease_until = now() - interval '1 ms' WHERE id = '{}'", id));
    }
    int reap() {
        const auto reaped = queue_->reap(test_limits());
        EXPECT_TRUE(reaped) << reaped.error().message;
        return reaped.value_or(-1);
    }
    std::string state(std::string_view id) {
        return value(admin_, fmt::format("SELECT state FROM platform.jobs WHERE id = '{}'", id));
    }
    // How each time that it was begun has ended.
    std::string outcomes(std::string_view id) {
        return value(
            admin_,
            fmt::format(
                "SELECT coalesce(string_agg(coalesce(outcome, '-'), ' ' ORDER BY fence), '') FROM "
                "platform.job_attempts "
                "WHERE job_id = '{}'",
                id
            )
        );
    }
    Result<JobState> cancel(const Actor& actor, std::string_view id) {
        return store_->run(actor, test_limits(), [&](Transaction& transaction) {
            return queue_->cancel(transaction, id);
        });
    }
    // Waits until a query gives "t".
    void until(std::string_view sql) {
        const auto limits = test_limits();
        while (value(admin_, sql) != "t") {
            ASSERT_TRUE(pause(std::chrono::milliseconds{3}, limits)) << "never came true: " << sql;
        }
    }
    void until_state(std::string_view id, std::string_view wanted) {
        until(fmt::format("SELECT state = '{}' FROM platform.jobs WHERE id = '{}'", wanted, id));
    }

    std::optional<Store> store_;
    Kinds kinds_;
    std::optional<Queue> queue_;
};

}  // namespace drydock::jobs
