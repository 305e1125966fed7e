#include "jobs/worker.h"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "base/random.h"
#include "base/text.h"
#include "base/wait.h"
#include "jobs/active.h"
#include "jobs/replicas.h"

namespace drydock::jobs {
namespace {

constexpr std::chrono::seconds kStatement{20};
constexpr std::string_view kUnfit =
    R"({"remark": "What it gave can't be kept: it is no JSON that the database takes."})";

// As UTF-8 without zero bytes, whatever a target's message or a file's name was.
std::string readable(std::string text) {
    std::ranges::replace(text, '\0', '?');
    std::size_t good = 0;
    while (const auto bad = first_invalid_utf8(std::string_view{text}.substr(good))) {
        good += *bad;
        text[good] = '?';
    }
    return text;
}

bool is_unfit(const Error& error) {
    return error.code == ErrorCode::invalid_argument || error.sqlstate.starts_with("22") ||
           error.sqlstate.starts_with("23");
}

}  // namespace

Worker::Worker(control::Store& store, const Queue& queue, const Kinds& kinds, WorkerOptions options)
    : store_(store), queue_(queue), kinds_(kinds), options_(std::move(options)), id_(random_uuid()) {
    if (options_.name.empty()) options_.name = replica_name();
}

Worker::~Worker() {
    stop();
}

void Worker::start() {
    claiming_ = true;
    beat("serving");
    for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
    keeper_ = std::jthread{[this](const std::stop_token& stop) { keep(stop); }};
    looker_ = std::jthread{[this](const std::stop_token& stop) { look_after(stop); }};
}

void Worker::stop_claiming() {
    {
        const std::scoped_lock lock{mutex_};
        if (!claiming_) return;
        claiming_ = false;
    }
    claimers_stop_.request_stop();
    changed_.notify_all();
    beat("stopping");
}

Result<> Worker::drain(const Limits& limits) {
    std::unique_lock lock{mutex_};
    if (changed_.wait_until(lock, limits.stop, limits.deadline, [this] { return active_.empty(); })) return {};
    if (limits.stop.stop_requested()) return Error{.code = ErrorCode::cancelled, .message = "stopped on request"};
    return Error{
        .code = ErrorCode::deadline_exceeded,
        .message = fmt::format("{} jobs are still running", active_.size()),
    };
}

void Worker::stop() {
    stop_claiming();
    for (const auto& active : all_active()) active->ask_to_stop(StopReason::stopping);
    const bool started = !threads_.empty();
    threads_.clear();  // joins; the leases are renewed until then
    keeper_ = {};
    looker_ = {};
    if (started) beat("stopped");
}

WorkerFigures Worker::figures() const {
    const std::scoped_lock lock{mutex_};
    auto figures = figures_;
    figures.running = static_cast<int>(active_.size());
    return figures;
}

void Worker::trouble(std::string_view what, const Error& error) const {
    if (options_.on_trouble) options_.on_trouble(what, error);
}

bool Worker::is_claiming() const {
    const std::scoped_lock lock{mutex_};
    return claiming_;
}

void Worker::wake_claimers() {
    {
        const std::scoped_lock lock{mutex_};
        ++wakes_;
    }
    changed_.notify_all();
}

void Worker::wake_keeper() {
    {
        const std::scoped_lock lock{mutex_};
        keeper_awake_ = true;
    }
    changed_.notify_all();
}

std::vector<std::shared_ptr<Worker::Active>> Worker::all_active() const {
    const std::scoped_lock lock{mutex_};
    std::vector<std::shared_ptr<Active>> all;
    for (const auto& [id, active] : active_) all.push_back(active);
    return all;
}

std::vector<std::string> Worker::claimable() const {
    const std::scoped_lock lock{mutex_};
    std::map<std::string_view, int> running;
    for (const auto& [id, active] : active_) ++running[active->kind.name];
    std::vector<std::string> names;
    for (const auto& [name, kind] : kinds_.all()) {
        if (!kind.handler) continue;
        if (kind.concurrency == 0 || running[name] < kind.concurrency) names.push_back(name);
    }
    return names;
}

// The next job, entered among those that run; none: there is none, or it could not be asked.
std::shared_ptr<Worker::Active> Worker::claim() {
    const std::scoped_lock one_at_a_time{claim_mutex_};
    const auto before = Limits::Clock::now();
    // Not bound to the stop of claiming: a claim that is broken off may have been made, and would wait for its lease.
    auto job = queue_.claim(options_.name, claimable(), Limits::within(kStatement));
    if (!job) {
        trouble("claiming a job", job.error());
        return nullptr;
    }
    if (!*job) return nullptr;
    const auto* const kind = kinds_.find((*job)->kind);
    auto active = std::make_shared<Active>(queue_, *kind, **std::move(job));
    active->held_until = before + queue_.options().lease;
    bool handed_back = false;
    {
        const std::scoped_lock lock{mutex_};
        ++figures_.claimed;
        handed_back = !claiming_;
        if (!handed_back) {
            active_.emplace(active->context.job().id, active);
            return active;
        }
    }
    // The stop came while it was claimed: it has not begun.
    const auto given = queue_.hand_back(active->context.job(), Limits::within(kStatement));
    if (!given) trouble("handing back a job", given.error());
    return nullptr;
}

void Worker::work() {
    for (;;) {
        std::uint64_t seen = 0;
        {
            const std::scoped_lock lock{mutex_};
            if (!claiming_) return;
            seen = wakes_;
        }
        if (const auto active = claim()) {
            wake_claimers();  // where one was, there may be more
            run(*active);
            continue;
        }
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, claimers_stop_.get_token(), jittered(options_.poll, options_.poll, 0), [&] {
            return wakes_ != seen;
        });
    }
}

void Worker::run(Active& active) {
    settle(active, call(active));
    {
        const std::scoped_lock lock{mutex_};
        active_.erase(active.context.job().id);
        ++wakes_;  // a kind at its limit has room again
    }
    changed_.notify_all();
}

Result<std::string> Worker::call(Active& active) const {
    try {
        return active.kind.handler(active.context);
    } catch (const std::exception& thrown) {
        return Error{
            .code = ErrorCode::internal,
            .message = fmt::format("a mistake in drydock ended {}", active.kind.name),
            .detail = thrown.what(),
        };
    } catch (...) {
        return Error{
            .code = ErrorCode::internal, .message = fmt::format("a mistake in drydock ended {}", active.kind.name)
        };
    }
}

// `fits`: what it gave can be kept. Else a remark stands for it; how the job ended is the same.
Result<JobState> Worker::write_end(Active& active, const Result<std::string>& outcome, bool fits) const {
    const auto limits = Limits::within(std::min<Limits::Clock::duration>(kStatement, queue_.options().lease));
    const auto& job = active.context.job();
    if (outcome) return queue_.succeed(job, fits ? *outcome : kUnfit, limits);
    auto error = outcome.error();
    auto account = active.context.account();
    error.message = readable(std::move(error.message));
    error.hint = readable(std::move(error.hint));
    if (!fits && !account.result.empty()) account.result = kUnfit;
    const auto reason = active.reason.load();
    if (reason == StopReason::cancelled) return queue_.stopped(job, account, limits);
    // Sent, it can't be begun by another one; but what it knows is told.
    if (reason == StopReason::stopping && !account.certain) return queue_.hand_back(job, limits);
    return queue_.fail(job, error, account, limits);
}

// Writes how it ended. While the lease holds it is tried again: a write that is there already is refused by the state.
void Worker::settle(Active& active, const Result<std::string>& outcome) {
    if (!outcome) trouble(fmt::format("job {} ({})", active.context.job().id, active.kind.name), outcome.error());
    bool fits = true;
    for (int n = 0; active.reason != StopReason::lost; ++n) {
        const auto ended = write_end(active, outcome, fits);
        if (ended) return count(*ended);
        trouble(fmt::format("writing the end of job {}", active.context.job().id), ended.error());
        if (ended.error().code == ErrorCode::conflict) break;
        if (fits && is_unfit(ended.error())) {
            fits = false;
            continue;
        }
        const auto waited = pause(jittered(std::chrono::milliseconds{100}, std::chrono::seconds{2}, n), {});
        if (!waited || Limits::Clock::now() >= active.held_until.load()) break;
    }
    const std::scoped_lock lock{mutex_};
    ++figures_.lost;
}

void Worker::count(JobState state) {
    const std::scoped_lock lock{mutex_};
    switch (state) {
        case JobState::succeeded:
            ++figures_.succeeded;
            break;
        case JobState::failed:
            ++figures_.failed;
            break;
        case JobState::cancelled:
            ++figures_.cancelled;
            break;
        case JobState::unknown:
            ++figures_.unknown;
            break;
        default:
            ++figures_.retried;
    }
}

}  // namespace drydock::jobs
