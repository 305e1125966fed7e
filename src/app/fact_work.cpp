#include "app/fact_work.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "app/each_organization.h"
#include "app/queries.h"
#include "base/hash.h"
#include "jobs/context.h"
#include "jobs/schedules.h"

namespace drydock::app {
namespace {

namespace json = boost::json;

constexpr const char* kFacts = "databases.facts";
constexpr const char* kSchedules = "databases.schedules";
// One that does not answer keeps its place for a while: the others go on with the rest.
constexpr std::size_t kAtOnce = 8;
constexpr std::chrono::minutes kTime{25};
constexpr unsigned kEveryMinutes = 30;

struct Wanted {
    std::string id{};
    std::string name{};
};

// What the threads of one job share.
class Round {
public:
    Round(std::vector<Wanted> wanted, jobs::JobContext& context) : wanted_(std::move(wanted)), context_(context) {}

    // Until there are no more, or this job is over.
    void work(registry::Registry& registry) {
        while (const auto* const one = next()) {
            const bool kept = registry.fleet().figures(one->id).has_value();
            auto facts = registry.take_facts(
                context_.actor(),
                one->id,
                [this](control::Transaction& transaction) { return context_.hold(transaction); },
                context_.limits()
            );
            // A round over thousands leaves no connection to each of them behind.
            if (!kept) registry.fleet().forget(one->id);
            note(*one, facts);
        }
    }
    // What was thrown would end the server.
    void work_safely(registry::Registry& registry) {
        try {
            work(registry);
        } catch (const std::exception& thrown) {
            const std::lock_guard lock{mutex_};
            over_ = Error{.code = ErrorCode::internal, .message = thrown.what()};
        }
    }
    Result<std::string> outcome() {
        if (over_) return *std::move(over_);
        std::ranges::sort(failed_, {}, [](const json::value& one) { return std::string{one.at("name").as_string()}; });
        return json::serialize(json::object{{"asked", done_}, {"answered", answered_}, {"failed", std::move(failed_)}});
    }

private:
    const Wanted* next() {
        const std::lock_guard lock{mutex_};
        return over_ || next_ == wanted_.size() ? nullptr : &wanted_[next_++];
    }
    void note(const Wanted& one, const Result<registry::DatabaseFacts>& facts) {
        const std::lock_guard lock{mutex_};
        if (!facts && is_end(facts.error())) {
            over_ = facts.error();
            return;
        }
        ++done_;
        // Removed since the job began: nothing is missing.
        const bool gone = !facts && facts.error().code == ErrorCode::not_found;
        const auto error = facts ? facts->error : facts.error().message;
        if (error.empty())
            ++answered_;
        else if (!gone)
            failed_.push_back(json::object{{"id", one.id}, {"name", one.name}, {"message", error}});
        context_.progress().report({
            .subject = one.name,
            .text = error.empty() ? "answered" : "did not answer",
            .done = done_,
            .total = static_cast<std::int64_t>(wanted_.size()),
        });
    }
    // Whether the job is over, or the control plane away, and not just this database in trouble.
    bool is_end(const Error& error) const {
        const auto& limits = context_.limits();
        return error.code == ErrorCode::cancelled || error.code == ErrorCode::unavailable ||
               limits.stop.stop_requested() || Limits::Clock::now() >= limits.deadline;
    }

    const std::vector<Wanted> wanted_;
    jobs::JobContext& context_;
    std::mutex mutex_;
    std::size_t next_ = 0;
    std::int64_t done_ = 0;
    std::int64_t answered_ = 0;
    json::array failed_;
    std::optional<Error> over_;
};

Result<std::string> take_facts(control::Store& store, registry::Registry& registry, jobs::JobContext& context) {
    DRYDOCK_TRY(const auto rows, store.read(context.actor(), queries::databases_to_ask, {}, context.limits()));
    std::vector<Wanted> wanted;
    for (int row = 0; row < rows.size(); ++row) {
        wanted.push_back({.id = std::string{rows.text(row, 0)}, .name = std::string{rows.text(row, 1)}});
    }
    const auto threads = std::min(kAtOnce, wanted.size());
    Round round{std::move(wanted), context};
    {
        std::vector<std::jthread> crew;
        for (std::size_t i = 0; i < threads; ++i) crew.emplace_back([&] { round.work_safely(registry); });
    }
    return round.outcome();
}

// Which minutes of an hour follows from its id, so that not all organizations begin at once.
std::string cron_of(const std::string& organization) {
    const auto minute = std::stoul(sha256_hex(organization).substr(0, 4), nullptr, 16) % kEveryMinutes;
    return fmt::format("{},{} * * * *", minute, minute + kEveryMinutes);
}

Result<std::string> give_schedules(control::Store& store, const jobs::Kinds& kinds, jobs::JobContext& context) {
    const auto& limits = context.limits();
    DRYDOCK_TRY(const auto done, for_each_organization(store, limits, [&](const std::string& organization) {
                    return store
                        .run(control::Actor::system(organization), limits, [&](control::Transaction& transaction) {
                            return jobs::ensure_schedule(
                                transaction, kinds, {.name = kFacts, .kind = kFacts, .cron = cron_of(organization)}
                            );
                        });
                }));
    return json::serialize(json::object{{"organizations", done}});
}

}  // namespace

Result<> add_fact_kinds(jobs::Kinds& kinds, control::Store& store, registry::Registry& registry) {
    DRYDOCK_TRY_VOID(kinds.add({
        .name = kSchedules,
        .permission = "drydock:housekeeping",
        .max_attempts = 3,
        .concurrency = 1,
        .handler = [&](jobs::JobContext& context) { return give_schedules(store, kinds, context); },
    }));
    return kinds.add({
        .name = kFacts,
        .permission = "databases:test",
        .timeout = kTime,
        .max_attempts = 2,
        .concurrency = 1,
        .handler = [&](jobs::JobContext& context) { return take_facts(store, registry, context); },
    });
}

Result<> ensure_fact_schedule(control::Store& store, const jobs::Kinds& kinds, const Limits& limits) {
    return store.run(control::Actor::system(), limits, [&](control::Transaction& transaction) {
        return jobs::ensure_schedule(
            transaction, kinds, {.name = kSchedules, .kind = kSchedules, .cron = "*/5 * * * *"}
        );
    });
}

}  // namespace drydock::app
