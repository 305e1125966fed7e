#include "prove/test.h"

#include <algorithm>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "base/hash.h"
#include "prove/compare.h"
#include "prove/prover.h"
#include "prove/track.h"
#include "prove/whole.h"

namespace drydock::prove {
namespace {

using Clock = Limits::Clock;

bool can_go_back(const Proof& proof) {
    return proof.verdict == Verdict::proven || proof.verdict == Verdict::generated;
}

// What another run finds again: not what this shadow lacked, nor what a full disk did.
bool worth_keeping(const Proof& proof) {
    if (proof.verdict == Verdict::not_provable || proof.verdict == Verdict::not_run) return false;
    return proof.verdict != Verdict::failed || !proof.error;
}

std::optional<std::string> generated_of(const Proof& proof) {
    return proof.rollback_sql.empty() ? std::nullopt : std::optional{proof.rollback_sql};
}

class Test {
public:
    Test(const migrate::Project& project, const TestOptions& options, Progress& progress, const Limits& limits)
        : options_(options),
          course_{.project = project, .replay = options.replay, .shadow = options.shadow},
          progress_(progress),
          limits_(limits) {}

    Result<TestReport> run() {
        const auto begun = Clock::now();
        DRYDOCK_TRY_VOID(choose());
        DRYDOCK_TRY_VOID(open_cache());
        look_up();
        const auto first = first_open();
        if (first == course_.size() && whole_known() && schema_known()) {
            report_.from_cache = course_.size();
        } else {
            DRYDOCK_TRY_VOID(run_in_shadow(first));
        }
        for (std::size_t p = 0; p < course_.size(); ++p) {
            if (proofs_[p] && (wanted_[p] || proofs_[p]->verdict == Verdict::failed)) {
                report_.proofs.push_back(*std::move(proofs_[p]));
            }
        }
        report_.total = Clock::now() - begun;
        return std::move(report_);
    }

private:
    // The chain, and which of it are to be proven.
    Result<> choose() {
        DRYDOCK_TRY(course_.chain, chain(course_.project, options_.replay.engine));
        const auto position = [&](std::string_view name) -> Result<std::size_t> {
            DRYDOCK_TRY(const auto index, course_.project.find(name));
            const auto at = std::find(course_.chain.begin(), course_.chain.end(), index);
            if (at != course_.chain.end()) return static_cast<std::size_t>(at - course_.chain.begin());
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = fmt::format("{} is not for this environment", name),
                .hint = "choose its environment with --env"
            };
        };
        std::size_t from = 0;
        if (options_.from) {
            DRYDOCK_TRY(from, position(*options_.from));
        }
        std::size_t end = course_.size();
        if (options_.to) {
            DRYDOCK_TRY(const auto last, position(*options_.to));
            end = last + 1;
        }
        std::set<std::size_t> only;
        for (const auto& name : options_.only) {
            DRYDOCK_TRY(const auto at, position(name));
            only.insert(at);
        }
        if (!only.empty()) end = std::min(end, *only.rbegin() + 1);
        if (from >= end && end > 0) {
            return Error{.code = ErrorCode::invalid_argument, .message = "--from comes after --to: nothing is left"};
        }
        course_.chain.resize(end);
        for (std::size_t p = 0; p < end; ++p) wanted_.push_back(p >= from && (only.empty() || only.contains(p)));
        proofs_.resize(end);
        const auto hooks = course_.project.folder().hooks.size();
        if (hooks > 0 && !options_.replay.hooks) {
            report_.notes.push_back(
                fmt::format("{} hook{} did not run: --hooks runs them in the shadow", hooks, hooks == 1 ? "" : "s")
            );
        }
        return {};
    }

    Result<> open_cache() {
        if (!options_.cache || !options_.shadow.url.empty()) return {};
        DRYDOCK_TRY(const auto kind, shadow::Shadow::choose(options_.shadow));
        report_.server_version = kind.binaries->version;
        const auto opened = course_.open_cache(options_.cache_folder, options_.cache_bounds);
        if (!opened) report_.notes.push_back("nothing is kept for the next run: " + opened.error().message);
        return {};
    }

    void look_up() {
        if (!course_.cache) return;
        for (std::size_t p = 0; p < course_.size(); ++p) {
            const auto text = wanted_[p] ? course_.cache->find_text(course_.keys->proofs[p]) : std::nullopt;
            if (text) proofs_[p] = proof_from(*text);
            // Files may have moved since.
            if (proofs_[p]) proofs_[p]->file = course_.at(p).path.string();
        }
    }

    std::size_t first_open() const {
        for (std::size_t p = 0; p < course_.size(); ++p) {
            if (wanted_[p] && !proofs_[p]) return p;
        }
        return course_.size();
    }

    std::string whole_key() const {
        auto parts = course_.keys->proofs;
        for (std::size_t p = 0; p < course_.size(); ++p) parts.emplace_back(wanted_[p] ? "wanted" : "");
        return key_of("whole", parts);
    }

    bool whole_known() {
        const auto text = course_.cache ? course_.cache->find_text(whole_key()) : std::nullopt;
        if (!text) return false;
        boost::system::error_code error;
        const auto value = boost::json::parse(*text, error);
        const auto* const count = error ? nullptr : value.find_pointer("/count", error);
        const auto* const from = error ? nullptr : value.find_pointer("/from", error);
        const auto* const stopped = error ? nullptr : value.find_pointer("/stopped_by", error);
        if (!count || !count->is_int64() || !from || !from->is_string() || !stopped || !stopped->is_string()) {
            return false;
        }
        report_.whole = WholeProof{
            .count = static_cast<std::size_t>(count->get_int64()),
            .from = std::string{from->get_string()},
            .stopped_by = std::string{stopped->get_string()},
            .known = true,
        };
        return true;
    }

    void keep_whole() {
        if (!course_.cache || !report_.whole || report_.whole->failed()) return;
        const boost::json::object object{
            {"count", report_.whole->count + report_.whole->proven_before},
            {"from", report_.whole->proven_before > 0 ? course_.id(0) : report_.whole->from},
            {"stopped_by", report_.whole->stopped_by}
        };
        note_failure(course_.cache->save_text(whole_key(), boost::json::serialize(object)));
    }

    Result<std::string> schema_key() {
        DRYDOCK_TRY(const auto text, read_file(options_.schema_file));
        return key_of("schema", {course_.keys->states.back(), sha256_hex(text)});
    }

    bool schema_known() {
        if (options_.schema_file.empty()) return true;
        if (!course_.cache) return false;
        const auto key = schema_key();
        if (!key || !course_.cache->find_text(*key)) return false;
        report_.schema = SchemaProof{.file = options_.schema_file.string(), .known = true};
        return true;
    }

    Result<> run_in_shadow(std::size_t first) {
        DRYDOCK_TRY(track_, Track::open(course_, first, progress_, limits_));
        report_.server_version = track_->shadow().server_version();
        report_.from_cache = track_->started_at();
        Prover prover{course_, *track_};
        bool stopped = false;
        for (auto p = track_->started_at(); p < course_.size() && !stopped; ++p) {
            if (limits_.stop.stop_requested())
                return Error{.code = ErrorCode::cancelled, .message = "stopped on request"};
            // The next run mostly has another last migration: the state before it is what that one starts from.
            const bool last_of_many = p + 1 == course_.size() && p > track_->started_at() + kWorthACheckpoint;
            if (last_of_many && course_.cache) DRYDOCK_TRY_VOID(track_->set_checkpoint(limits_));
            DRYDOCK_TRY_VOID(one(prover, p));
            stopped = proofs_[p] && proofs_[p]->verdict == Verdict::failed && !track_->is_applied(p);
            if (stopped) the_rest_does_not_run(p);
        }
        if (!stopped) DRYDOCK_TRY_VOID(finish());
        report_.replayed = track_->replayed();
        const auto& notes = track_->shadow().notes();
        report_.notes.insert(report_.notes.end(), notes.begin(), notes.end());
        if (!stopped) note_failure(track_->save(limits_));
        track_.reset();
        return {};
    }

    // Proves the one at this position, or only runs it where that is not asked for or known.
    Result<> one(Prover& prover, std::size_t p) {
        const bool known = proofs_[p].has_value();
        const bool to_prove = wanted_[p] && !known;
        if (to_prove || (known && can_go_back(*proofs_[p]))) DRYDOCK_TRY_VOID(span_.before(*track_, limits_));
        if (to_prove) {
            DRYDOCK_TRY(proofs_[p], prover.prove(p, limits_));
            tell(*proofs_[p]);
            keep(p);
        } else {
            DRYDOCK_TRY(auto failed, prover.pass(p, limits_));
            if (failed) proofs_[p] = std::move(failed);
        }
        if (proofs_[p] && can_go_back(*proofs_[p])) {
            span_.add(p, generated_of(*proofs_[p]), proofs_[p]->left);
        } else {
            span_.stop(fmt::format(
                "{} ({})", course_.id(p), proofs_[p] ? name(proofs_[p]->verdict) : "not among those to prove"
            ));
        }
        return {};
    }

    Result<> finish() {
        DRYDOCK_TRY_VOID(track_->set_aside(limits_));
        DRYDOCK_TRY_VOID(compare_schema());
        if (span_.empty()) return {};
        progress_.report({.kind = ProgressEvent::Kind::started, .subject = "all", .text = "back and again"});
        DRYDOCK_TRY(report_.whole, span_.prove(course_, *track_, limits_));
        // Reached the state that this run began with: what is below was proven when that was made.
        if (report_.whole->stopped_by.empty() && track_->started_at() > 0) below_the_start();
        progress_.report({
            .kind = report_.whole->failed() ? ProgressEvent::Kind::failed : ProgressEvent::Kind::finished,
            .subject = "all",
            .text = "back and again",
            .elapsed = report_.whole->total,
        });
        keep_whole();
        return {};
    }

    // Migrations of the state out of the cache, newest first, as far as earlier runs proved them.
    void below_the_start() {
        for (auto p = track_->started_at(); p-- > 0;) {
            if (!proofs_[p] || !can_go_back(*proofs_[p])) {
                report_.whole->stopped_by = fmt::format(
                    "{} ({})", course_.id(p), proofs_[p] ? name(proofs_[p]->verdict) : "not among those to prove"
                );
                return;
            }
            ++report_.whole->proven_before;
        }
    }

    Result<> compare_schema() {
        const auto& file = options_.schema_file;
        if (file.empty()) return {};
        DRYDOCK_TRY(auto text, read_file(file));
        DRYDOCK_TRY(const auto expected, track_->snapshot(false, limits_));
        auto& shadow = track_->shadow();
        SchemaProof proof{.file = file.string()};
        DRYDOCK_TRY(auto other, Replay::open(shadow, course_.project, options_.replay, progress_, limits_));
        auto ran = other.apply(StoredMigration{.id = file.string(), .sql = std::move(text)}, limits_);
        if (!ran && ran.error().code == ErrorCode::cancelled) return std::move(ran).error();
        if (!ran) {
            proof.error = std::move(ran).error();
        } else {
            DRYDOCK_TRY(const auto found, catalog::read_snapshot(other.connection(), {}, limits_));
            proof.differences = deviation(*expected, found, "in the file").lines;
        }
        if (course_.cache && !proof.failed()) {
            DRYDOCK_TRY(const auto key, schema_key());
            note_failure(course_.cache->save_text(key, "equal"));
        }
        report_.schema = std::move(proof);
        return {};
    }

    void the_rest_does_not_run(std::size_t failed) {
        for (auto p = failed + 1; p < course_.size(); ++p) {
            proofs_[p] = Proof{
                .id = course_.id(p),
                .file = course_.at(p).path.string(),
                .verdict = Verdict::not_run,
                .reason = fmt::format("{} could not be applied", course_.id(failed)),
            };
        }
    }

    void tell(const Proof& proof) {
        const bool bad = proof.verdict == Verdict::failed;
        progress_.report({
            .kind = bad ? ProgressEvent::Kind::failed : ProgressEvent::Kind::finished,
            .subject = proof.id,
            .text = std::string{name(proof.verdict)},
            .elapsed = proof.total,
        });
    }

    void keep(std::size_t p) {
        if (!course_.cache || !worth_keeping(*proofs_[p])) return;
        // What comes after something that could not run was proven in a state that its key does not tell.
        if (track_->applied().size() != p + 1 || !track_->replay().missing_extensions().empty()) return;
        note_failure(course_.cache->save_text(course_.keys->proofs[p], to_text(*proofs_[p])));
    }

    void note_failure(const Result<>& kept) {
        if (kept || told_) return;
        told_ = true;
        report_.notes.push_back("not all is kept for the next run: " + kept.error().message);
    }

    static constexpr std::size_t kWorthACheckpoint = 8;

    const TestOptions& options_;
    Course course_;
    Progress& progress_;
    const Limits& limits_;
    std::vector<bool> wanted_;
    std::vector<std::optional<Proof>> proofs_;  // by position
    std::unique_ptr<Track> track_;
    Span span_;
    TestReport report_;
    bool told_ = false;
};

}  // namespace

Result<TestReport> test(
    const migrate::Project& project, const TestOptions& options, Progress& progress, const Limits& limits
) {
    return Test{project, options, progress, limits}.run();
}

}  // namespace drydock::prove
