#include "migrate/run_lock.h"

#include <array>
#include <atomic>
#include <charconv>
#include <thread>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "base/wait.h"
#include "migrate/queries.h"

namespace drydock::migrate {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPoll{50};
constexpr milliseconds kSlowestPoll{1000};
constexpr milliseconds kShort{10'000};

// Advisory locks are numbers, one space a database: ours is drawn from the project's name.
std::string lock_key(std::string_view project) {
    const auto hex = sha256_hex(fmt::format("drydock run lock:{}", project)).substr(0, 15);
    std::int64_t key = 0;
    std::from_chars(hex.data(), hex.data() + hex.size(), key, 16);
    return std::to_string(key);
}

Error held_by(std::string holder, milliseconds waited) {
    return {
        .code = ErrorCode::locked,
        .message =
            fmt::format("another run has the lock: {}", holder.empty() ? "its holder can't be seen from here" : holder),
        .hint =
            fmt::format("waited {}; try again when it is over, or wait longer with --lock-wait", human_duration(waited))
    };
}

}  // namespace

struct RunLock::Impl {
    std::string project;
    std::string key;
    std::string holder;  // of a lease
    std::string client;
    milliseconds lease{0};
    std::string fence;
    bool held = false;
    std::jthread heartbeat;  // last: it uses the rest

    bool is_lease() const { return !holder.empty(); }

    Result<bool> try_once(pg::Connection& connection, const Limits& limits) const {
        if (!is_lease()) {
            const std::array<pg::Param, 1> params{key};
            DRYDOCK_TRY(const auto rows, connection.query(queries::try_lock, params, limits));
            return rows.boolean(0, 0);
        }
        const auto seconds = fmt::format("{:.3f}", static_cast<double>(lease.count()) / 1000);
        const std::array<pg::Param, 4> params{project, holder, client, seconds};
        DRYDOCK_TRY(const auto rows, connection.query(queries::take_lease, params, limits));
        return rows.size() == 1;
    }

    // Who has it, for the person who waits; empty when that can't be seen.
    std::string who(pg::Connection& connection, const Limits& limits) const {
        const std::array<pg::Param, 1> params{is_lease() ? project : key};
        const auto rows = connection.query(is_lease() ? queries::lease_holder : queries::lock_holder, params, limits);
        if (!rows || rows->size() == 0) return {};
        if (is_lease() && rows->integer(0, 1) == 0) return {};  // left behind, and anybody's to take
        if (is_lease()) return fmt::format("{} (its lease ends in {} s)", rows->text(0, 0), rows->integer(0, 1));
        return fmt::format(
            "{} as {}, pid {}, connected for {}",
            rows->text(0, 2),
            rows->text(0, 1),
            rows->integer(0, 0),
            human_duration(std::chrono::seconds{rows->integer(0, 3)})
        );
    }

    void renew(const std::stop_token& stop, const pg::Conninfo& where) const {
        std::optional<pg::Connection> connection;
        while (pause(lease / 3, {.stop = stop})) {
            const auto limits = Limits::within(lease / 3, stop);
            if (!connection || !connection->usable()) {
                connection.reset();
                if (auto opened = pg::Connection::open(where, limits)) connection.emplace(*std::move(opened));
            }
            // A renewal that fails is tried again; a lost lease is noticed by the fence in the next transaction.
            if (connection) static_cast<void>(try_once(*connection, limits));
        }
    }
};

RunLock::RunLock(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunLock::RunLock(RunLock&&) noexcept = default;
RunLock& RunLock::operator=(RunLock&&) noexcept = default;
RunLock::~RunLock() = default;

Result<RunLock> RunLock::acquire(
    Target& target, const pg::Conninfo& where, const Options& options, Progress& progress, const Limits& limits
) {
    auto impl = std::make_unique<Impl>();
    impl->project = options.project;
    impl->key = lock_key(options.project);
    impl->client = options.client;
    impl->lease = options.lease;
    if (target.facts().pooled) {
        DRYDOCK_TRY_VOID(target.ensure_history(limits));
        impl->holder = random_uuid();
        impl->fence = fmt::format(
            "SELECT drydock.require(pg_catalog.bool_or(holder OPERATOR(pg_catalog.=) {}::pg_catalog.uuid), 'the lease "
            "of this run was lost: "
            "another run took over') FROM (SELECT holder FROM drydock.run_lease WHERE project OPERATOR(pg_catalog.=) "
            "{} FOR UPDATE) AS l",
            pg::quote_literal(impl->holder),
            pg::quote_literal(options.project)
        );
    }
    const auto begin = Limits::Clock::now();
    for (int tries = 0;; ++tries) {
        DRYDOCK_TRY(impl->held, impl->try_once(target.connection(), limits.at_most(kShort)));
        if (impl->held) break;
        const auto waited = std::chrono::duration_cast<milliseconds>(Limits::Clock::now() - begin);
        const auto holder = impl->who(target.connection(), limits.at_most(kShort));
        if (waited >= options.run_lock_wait) return held_by(holder, waited);
        progress.report({
            .kind = ProgressEvent::Kind::waiting,
            .subject = "run lock",
            .text = holder.empty() ? "another run has it" : holder,
            .elapsed = waited,
        });
        const auto left = options.run_lock_wait - waited;
        DRYDOCK_TRY_VOID(pause(std::min(jittered(kFirstPoll, kSlowestPoll, tries), left), limits));
    }
    if (impl->is_lease()) {
        impl->heartbeat = std::jthread{[i = impl.get(), where](const std::stop_token& stop) { i->renew(stop, where); }};
    }
    return RunLock{std::move(impl)};
}

std::string RunLock::holder(Target& target, const Options& options, const Limits& limits) {
    Impl asked;
    asked.project = options.project;
    asked.key = lock_key(options.project);
    if (target.facts().pooled) {
        if (!target.facts().history_exists) return {};  // where leases are kept
        asked.holder = options.client;
    }
    return asked.who(target.connection(), limits.at_most(kShort));
}

const std::string& RunLock::fence() const {
    return impl_->fence;
}

Result<> RunLock::hold_on(Target& target, const Limits& limits) {
    if (impl_->is_lease()) return {};
    DRYDOCK_TRY(const bool again, impl_->try_once(target.connection(), limits.at_most(kShort)));
    if (again) return {};
    return Error{
        .code = ErrorCode::locked,
        .message = "the migration let go of the run lock, and another run took it",
        .hint = "leave pg_advisory_unlock_all() and DISCARD ALL out of migrations"
    };
}

void RunLock::release(Target& target, const Limits& limits) {
    if (!impl_ || !impl_->held) return;
    impl_->held = false;
    impl_->heartbeat = {};
    if (!target.connection().usable()) return;
    if (impl_->is_lease()) {
        const std::array<pg::Param, 2> params{impl_->project, impl_->holder};
        static_cast<void>(target.connection().query(queries::drop_lease, params, limits));
        return;
    }
    // Not told when it fails: the lock goes with the session, which ends next.
    const std::array<pg::Param, 1> params{impl_->key};
    static_cast<void>(target.connection().query(queries::unlock, params, limits));
}

}  // namespace drydock::migrate
