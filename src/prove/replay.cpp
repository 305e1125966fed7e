#include "prove/replay.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/random.h"
#include "migrate/hooks.h"
#include "migrate/prepare.h"
#include "migrate/run_lock.h"
#include "migrate/runner.h"
#include "prove/keys.h"
#include "prove/lacking.h"

namespace drydock::prove {
namespace {

using migrate::Work;
using std::filesystem::path;

constexpr int kMostRoles = 50;  // that one migration's errors may ask for, one after another

// Nobody else works in a shadow: there is nothing to wait for.
migrate::Options shadow_options(migrate::Options options) {
    options.lock_retries = 0;
    options.run_lock_wait = std::chrono::seconds{5};
    options.durable_each = false;
    return options;
}

bool leaves_nothing(const Error& error) {
    return error.code != ErrorCode::failed_partly && error.code != ErrorCode::unavailable &&
           error.code != ErrorCode::deadline_exceeded && error.code != ErrorCode::cancelled;
}

}  // namespace

struct Replay::Impl {
    // What the engine keeps for the length of a run.
    struct Session {
        Session(migrate::Target opened, migrate::RunLock taken, const migrate::Context& context, Progress& progress)
            : target(std::move(opened)),
              lock(std::move(taken)),
              runner(target, context.where, lock, context.options, progress, random_uuid()) {}
        migrate::Target target;
        migrate::RunLock lock;
        migrate::Runner runner;
    };

    Impl(shadow::Shadow& s, const migrate::Project& p, const ReplayOptions& o, Progress& pr)
        : shadow(s), project(p), options(o), progress(pr) {
        options.engine = shadow_options(std::move(options.engine));
    }

    shadow::Shadow& shadow;
    const migrate::Project& project;
    ReplayOptions options;
    Progress& progress;
    NoProgress silent;
    std::optional<shadow::Database> database;
    std::optional<migrate::Context> context;
    std::unique_ptr<Session> session;
    std::vector<std::string> applied;
    std::set<std::string, std::less<>> in_history;
    std::set<std::string, std::less<>> missing;
    std::optional<std::set<std::string, std::less<>>> roles;
    std::map<std::string, std::filesystem::path> data_files;
    bool in_doubt = false;

    Result<> connect(const Limits& limits) {
        session.reset();
        context.emplace(migrate::Context{database->conninfo(), project, options.engine});
        DRYDOCK_TRY(auto target, migrate::Target::open(context->where, context->options, limits));
        DRYDOCK_TRY(auto lock, migrate::RunLock::acquire(target, context->where, context->options, silent, limits));
        DRYDOCK_TRY_VOID(target.ensure_history(limits));
        session = std::make_unique<Session>(std::move(target), std::move(lock), *context, silent);
        return {};
    }

    Result<> begin(shadow::Database made, std::vector<std::string> ids, const Limits& limits) {
        session.reset();
        database.reset();
        database.emplace(std::move(made));
        applied = std::move(ids);
        in_history = {applied.begin(), applied.end()};
        in_doubt = false;
        return connect(limits);
    }

    Result<> begin_empty(const Limits& limits) {
        session.reset();
        database.reset();
        missing.clear();
        const auto& role = options.engine.role;
        // The role that migrations run as may do in its database what an owner may.
        if (!role.empty()) DRYDOCK_TRY_VOID(need_role(role, limits));
        DRYDOCK_TRY(auto made, shadow.create_database({.owner = role}, limits));
        DRYDOCK_TRY_VOID(begin(std::move(made), {}, limits));
        if (!options.hooks) return {};
        return migrate::run_hooks(*context, session->runner, "before-run", {}, false, progress, limits);
    }

    Result<> need_role(std::string_view name, const Limits& limits) {
        if (!roles) DRYDOCK_TRY_VOID(read_roles(limits));
        if (roles->contains(name)) return {};
        DRYDOCK_TRY([[maybe_unused]] const bool made, shadow.ensure_role(name, limits));
        return read_roles(limits);
    }

    Result<> read_roles(const Limits& limits) {
        DRYDOCK_TRY(roles, shadow.roles(limits));
        return {};
    }

    // Makes the work one that the shadow can do.
    Result<> fit(
        Work& work,
        const std::vector<layouts::HeaderValue>& placeholders,
        bool no_transaction,
        Replayed& result,
        const Limits& limits
    ) {
        const auto needs = needs_of(work.source.script());
        for (const auto& role : needs.roles) DRYDOCK_TRY_VOID(need_role(role, limits));
        for (const auto& extension : needs.extensions) {
            DRYDOCK_TRY(const bool there, shadow.has_extension(extension, limits));
            if (!there) result.missing_extensions.push_back(extension);
        }
        if (result.missing_extensions.empty()) return {};
        missing.insert(result.missing_extensions.begin(), result.missing_extensions.end());
        DRYDOCK_TRY(
            work.source,
            without_extensions(work.source, result.missing_extensions, placeholders, options.engine.placeholders)
        );
        DRYDOCK_TRY(work.road, migrate::plan_road(work.source, no_transaction));
        work.record.statements = work.source.script().statements().size();
        return {};
    }

    // Roles that only the server's own answers tell of: those in DO blocks and functions.
    Result<> run(Work& work, const Limits& limits) {
        for (int made = 0;; ++made) {
            work.record.known = in_history.contains(work.record.id);
            auto done = session->runner.run(work, limits);
            in_history.insert(work.record.id);
            if (done) return {};
            auto error = std::move(done).error();
            const auto role = missing_role(error);
            const bool again =
                !role.empty() && leaves_nothing(error) && shadow.is_throwaway() && made < kMostRoles && !work.down;
            if (!again) {
                in_doubt = in_doubt || !leaves_nothing(error);
                return error;
            }
            DRYDOCK_TRY_VOID(need_role(role, limits));
        }
    }

    Result<> hooks(std::string_view when, const std::string& id, bool down, const Limits& limits) {
        if (!options.hooks) return {};
        return migrate::run_hooks(
            *context, session->runner, fmt::format("{}-{}", when, id), id, down, progress, limits
        );
    }

    Result<Replayed> carry_out(
        Work work, const std::vector<layouts::HeaderValue>& placeholders, bool no_transaction, const Limits& limits
    ) {
        const auto begun = Limits::Clock::now();
        const auto id = work.record.id;
        const bool down = work.down;
        Replayed result;
        DRYDOCK_TRY_VOID(fit(work, placeholders, no_transaction, result, limits));
        DRYDOCK_TRY_VOID(hooks("before", id, down, limits));
        DRYDOCK_TRY_VOID(run(work, limits));
        // What it made, a later one may name.
        if (roles && work.source.script().text().find("ROLE") != std::string_view::npos) roles.reset();
        if (down) {
            std::erase(applied, id);
        } else {
            applied.push_back(id);
        }
        DRYDOCK_TRY_VOID(hooks("after", id, down, limits));
        result.duration = Limits::Clock::now() - begun;
        return result;
    }
};

Replay::Replay(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Replay::Replay(Replay&&) noexcept = default;
Replay& Replay::operator=(Replay&&) noexcept = default;
Replay::~Replay() {
    // The session first: a database that somebody is connected to can be dropped by force alone.
    if (impl_) impl_->session.reset();
}

Result<Replay> Replay::open(
    shadow::Shadow& shadow,
    const migrate::Project& project,
    const ReplayOptions& options,
    Progress& progress,
    const Limits& limits
) {
    auto impl = std::make_unique<Impl>(shadow, project, options, progress);
    if (!options.data.empty()) {
        DRYDOCK_TRY(impl->data_files, data_files(options.data));
    }
    DRYDOCK_TRY_VOID(impl->begin_empty(limits));
    return Replay{std::move(impl)};
}

Result<Replayed> Replay::apply(std::size_t index, const Limits& limits) {
    const auto& header = impl_->project.at(index).header;
    DRYDOCK_TRY(auto work, migrate::prepare_up(*impl_->context, index, impl_->session->runner.run_id()));
    return impl_->carry_out(std::move(work), header.placeholders, header.no_transaction, limits);
}

Result<migrate::Work> Replay::prepare(std::size_t index, Replayed& result, const Limits& limits) {
    const auto& header = impl_->project.at(index).header;
    DRYDOCK_TRY(auto work, migrate::prepare_up(*impl_->context, index, impl_->session->runner.run_id()));
    DRYDOCK_TRY_VOID(impl_->fit(work, header.placeholders, header.no_transaction, result, limits));
    return work;
}

Result<Replayed> Replay::apply(const StoredMigration& migration, const Limits& limits) {
    const auto header = layouts::parse_header(migration.sql);
    DRYDOCK_TRY(
        auto source,
        migrate::Source::stored(migration.sql, migration.id, header.placeholders, impl_->options.engine.placeholders)
    );
    DRYDOCK_TRY(auto road, migrate::plan_road(source, header.no_transaction));
    Work work{.record = {}, .source = std::move(source), .verify = {}, .road = std::move(road)};
    work.record.project = impl_->options.engine.project;
    work.record.id = migration.id;
    work.record.hashes = migrate::hashes_of(migration.sql);
    work.record.statements = work.source.script().statements().size();
    work.record.run_id = impl_->session->runner.run_id();
    work.record.client = impl_->options.engine.client;
    return impl_->carry_out(std::move(work), header.placeholders, header.no_transaction, limits);
}

Result<Replayed> Replay::roll_back(std::size_t index, const std::optional<std::string>& sql, const Limits& limits) {
    const auto& migration = impl_->project.at(index);
    const auto& header = migration.header;
    auto& session = *impl_->session;
    if (!sql) {
        const auto& run_id = session.runner.run_id();
        migrate::Row row{.id = migration.id, .statements = 1};
        DRYDOCK_TRY(auto work, migrate::prepare_down(*impl_->context, session.target, {}, row, {}, run_id, limits));
        work.record.hashes = {};
        const bool alone = layouts::parse_header(work.source.original()).no_transaction;
        return impl_->carry_out(std::move(work), header.placeholders, alone, limits);
    }
    return roll_back(migration.id, *sql, limits);
}

Result<Replayed> Replay::roll_back(std::string_view id, const std::string& sql, const Limits& limits) {
    const auto header = layouts::parse_header(sql);
    DRYDOCK_TRY(
        auto source,
        migrate::Source::stored(
            sql,
            fmt::format("the generated rollback of {}", id),
            header.placeholders,
            impl_->options.engine.placeholders
        )
    );
    const bool alone = header.no_transaction;
    DRYDOCK_TRY(auto road, migrate::plan_road(source, alone));
    Work work{.record = {}, .source = std::move(source), .verify = {}, .road = std::move(road), .down = true};
    work.record.project = impl_->options.engine.project;
    work.record.id = id;
    work.record.statements = work.source.script().statements().size();
    work.record.run_id = impl_->session->runner.run_id();
    work.record.client = impl_->options.engine.client;
    return impl_->carry_out(std::move(work), header.placeholders, alone, limits);
}

Result<> Replay::load_data(std::size_t index, const Limits& limits) {
    const auto found = impl_->data_files.find(plain_number(impl_->project.at(index).number));
    if (found == impl_->data_files.end()) return {};
    DRYDOCK_TRY(const auto source, migrate::Source::read(found->second, {}, {}));
    auto done = impl_->session->runner.run_hook(source, found->second.filename().string(), limits);
    if (done) return {};
    auto error = std::move(done).error();
    if (error.place.file.empty()) error.place.file = found->second.string();
    return std::move(error).in("loading data");
}

pg::Connection& Replay::connection() {
    return impl_->session->target.connection();
}

const shadow::Database& Replay::database() const {
    return *impl_->database;
}

const std::vector<std::string>& Replay::applied() const {
    return impl_->applied;
}

bool Replay::in_doubt() const {
    return impl_->in_doubt;
}

const std::set<std::string, std::less<>>& Replay::missing_extensions() const {
    return impl_->missing;
}

void Replay::pause() {
    impl_->session.reset();
}

Result<> Replay::resume(const Limits& limits) {
    return impl_->session ? Result<>{} : impl_->connect(limits);
}

Result<> Replay::start(const Limits& limits) {
    impl_->roles.reset();
    return impl_->begin_empty(limits);
}

Result<> Replay::start_from(shadow::Database database, std::vector<std::string> applied, const Limits& limits) {
    impl_->roles.reset();
    return impl_->begin(std::move(database), std::move(applied), limits);
}

void Replay::abandon() {
    impl_->session.reset();
    impl_->database.reset();
    impl_->roles.reset();
}

shadow::Database Replay::take() {
    impl_->session.reset();
    auto database = *std::move(impl_->database);
    impl_->database.reset();
    return database;
}

}  // namespace drydock::prove
