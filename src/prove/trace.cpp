#include "prove/trace.h"

#include <algorithm>

#include <fmt/format.h>

#include "prove/tracer.h"
#include "prove/track.h"
#include "shadow/extensions.h"

namespace drydock::prove {
namespace {

using Clock = Limits::Clock;

class Tracing {
public:
    Tracing(const migrate::Project& project, const TraceOptions& options, Progress& progress, const Limits& limits)
        : options_(options),
          course_{.project = project, .replay = options.replay, .shadow = options.shadow},
          progress_(progress),
          limits_(limits) {}

    Result<TraceReport> run() {
        const auto begun = Clock::now();
        for (const auto& item : options_.sequence) course_.chain.push_back(item.index);
        const auto& sequence = options_.sequence;
        const auto first = std::find_if(sequence.begin(), sequence.end(), [](const auto& item) { return item.traced; });
        if (options_.cache && options_.shadow.url.empty()) {
            const auto opened = course_.open_cache(options_.cache_folder, {});
            if (!opened) report_.notes.push_back("nothing of earlier runs is used: " + opened.error().message);
        }
        DRYDOCK_TRY(
            track_, Track::open(course_, static_cast<std::size_t>(first - sequence.begin()), progress_, limits_)
        );
        report_.server_version = track_->shadow().server_version();
        for (auto p = track_->started_at(); p < sequence.size(); ++p) {
            DRYDOCK_TRY(const bool goes_on, sequence[p].traced ? trace(p) : pass(p));
            if (!goes_on) break;
        }
        const auto& notes = track_->shadow().notes();
        report_.notes.insert(report_.notes.end(), notes.begin(), notes.end());
        report_.total = Clock::now() - begun;
        return std::move(report_);
    }

private:
    Result<bool> pass(std::size_t p) {
        auto done = track_->apply(p, limits_);
        if (!done) return std::move(done).error().in(fmt::format("running {} before what is traced", course_.id(p)));
        DRYDOCK_TRY_VOID(track_->load_data(p, limits_));
        return true;
    }

    Result<bool> trace(std::size_t p) {
        const auto begun = Clock::now();
        progress_.report({.kind = ProgressEvent::Kind::started, .subject = course_.id(p), .text = "tracing"});
        DRYDOCK_TRY(const auto snapshot, track_->snapshot(true, limits_));
        Replayed fitted;
        DRYDOCK_TRY(const auto work, track_->replay().prepare(course_.chain[p], fitted, limits_));
        auto& replay = track_->replay();
        Tracer tracer{replay.connection(), replay.database().conninfo(), options_.replay.engine};
        DRYDOCK_TRY(auto traced, tracer.run(work, limits_));
        track_->passed(p);
        for (const auto& name : fitted.missing_extensions) {
            traced.notes.push_back(fmt::format(
                "the shadow lacks the extension {}, its CREATE EXTENSION was left out: {}",
                name,
                shadow::how_to_install(name, track_->shadow().server_version() / 10'000)
            ));
        }
        foretell(work, *snapshot, options_.replay.engine, traced);
        const bool failed = traced.error.has_value();
        progress_.report({
            .kind = failed ? ProgressEvent::Kind::failed : ProgressEvent::Kind::finished,
            .subject = traced.id,
            .text = "traced",
            .elapsed = Clock::now() - begun,
        });
        report_.migrations.push_back(std::move(traced));
        if (failed) return false;
        DRYDOCK_TRY_VOID(track_->load_data(p, limits_));
        return true;
    }

    const TraceOptions& options_;
    Course course_;
    Progress& progress_;
    const Limits& limits_;
    std::unique_ptr<Track> track_;
    TraceReport report_;
};

}  // namespace

Result<std::vector<TraceOptions::Item>> sequence_of(
    const migrate::Project& project, const migrate::Options& engine, const std::vector<std::string>& names
) {
    DRYDOCK_TRY(const auto indexes, chain(project, engine));
    std::vector<std::size_t> wanted;
    for (const auto& name : names) {
        DRYDOCK_TRY(const auto index, project.find(name));
        if (std::find(indexes.begin(), indexes.end(), index) == indexes.end()) {
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = fmt::format("{} is not for this environment", name),
                .hint = "choose its environment with --env"
            };
        }
        wanted.push_back(index);
    }
    std::vector<TraceOptions::Item> sequence;
    for (const auto index : indexes) {
        const bool traced = names.empty() || std::find(wanted.begin(), wanted.end(), index) != wanted.end();
        sequence.push_back({.index = index, .traced = traced});
    }
    while (!sequence.empty() && !sequence.back().traced) sequence.pop_back();
    return sequence;
}

Result<TraceReport> trace(
    const migrate::Project& project, const TraceOptions& options, Progress& progress, const Limits& limits
) {
    return Tracing{project, options, progress, limits}.run();
}

}  // namespace drydock::prove
