#include "audit/verify.h"

#include <algorithm>

#include <fmt/format.h>

#include "audit/queries.h"
#include "audit/readers.h"
#include "base/encoding.h"
#include "crypto/bytes.h"

namespace drydock::audit {
namespace {

using Kind = Finding::Kind;

constexpr int kCheckpointPage = 500;
constexpr std::int64_t kNearby = 10'000;

// Stored checkpoints in the order of their size, page by page.
class StoredCheckpoints {
public:
    StoredCheckpoints(control::Store& store, const control::Actor& actor, const Limits& limits)
        : store_(store), actor_(actor), limits_(limits) {}

    struct One {
        std::int64_t size;
        std::string_view root;
        std::string_view last_hash;
        std::string_view note;
    };
    // The next one, without taking it; nullopt at the end.
    Result<std::optional<One>> peek() {
        if (at_ == rows_.size()) {
            if (ended_) return std::optional<One>{};
            const auto from = std::to_string(after_);
            const auto page = std::to_string(kCheckpointPage);
            DRYDOCK_TRY(
                rows_,
                store_.read(actor_, queries::checkpoints, {chain_of(actor_.organization_id), from, page}, limits_)
            );
            at_ = 0;
            ended_ = rows_.size() < kCheckpointPage;
            if (rows_.size() == 0) return std::optional<One>{};
        }
        return std::optional{One{rows_.integer(at_, 0), rows_.text(at_, 1), rows_.text(at_, 2), rows_.text(at_, 3)}};
    }
    void take() { after_ = rows_.integer(at_++, 0); }

private:
    control::Store& store_;
    const control::Actor& actor_;
    const Limits& limits_;
    pg::Rows rows_;
    int at_ = 0;
    std::int64_t after_ = 0;
    bool ended_ = false;
};

class Verification {
public:
    Verification(control::Store& store, const control::Actor& actor, const VerifyOptions& options, const Limits& limits)
        : store_(store), actor_(actor), options_(options), limits_(limits), stored_(store, actor, limits) {
        report_.organization = chain_of(actor.organization_id);
    }

    Result<VerifyReport> run() {
        DRYDOCK_TRY(const auto head, read_head(store_, actor_, limits_));
        open_notes();
        if (!report_.finding) DRYDOCK_TRY_VOID(go_along(head));
        report_.rows = walk_.size();
        report_.last_hash = walk_.last_hash();
        return std::move(report_);
    }

private:
    void find(Kind kind, std::int64_t sequence, std::string text) {
        if (!report_.finding) report_.finding = Finding{.kind = kind, .sequence = sequence, .text = std::move(text)};
    }

    // What a sink has kept, in the order of its size; one that nobody trusted signed is a finding.
    void open_notes() {
        for (const auto& note : options_.notes) {
            auto checkpoint = open_checkpoint(note, options_.keys);
            if (!checkpoint || checkpoint->organization != report_.organization) {
                find(Kind::forged_checkpoint, 0, "a note is not one of this trail, signed by a trusted key");
                return;
            }
            notes_.push_back(*std::move(checkpoint));
        }
        std::ranges::sort(notes_, {}, &Checkpoint::size);
    }

    Result<> go_along(const Head& head) {
        // A checkpoint may have been made, over rows that were added, while the last page was read: once more then.
        for (std::int64_t before = -1; before < walk_.size() && !report_.finding;) {
            before = walk_.size();
            const auto each = [&](const Row& row) { return step(row, head); };
            DRYDOCK_TRY_VOID(read_chain(store_, actor_, before, each, limits_));
            DRYDOCK_TRY(const bool reached, reached_all());
            if (reached) break;
        }
        if (report_.finding) return {};
        DRYDOCK_TRY_VOID(compare_end());
        return compare_head(head);
    }

    // Whether to go on.
    Result<bool> step(const Row& row, const Head& head) {
        if (auto finding = walk_.step(row)) {
            explain(row, *finding);
            report_.finding = std::move(finding);
            return false;
        }
        if (head.sequence == walk_.size() && head.hash != walk_.last_hash()) {
            find(Kind::moved_head, walk_.size(), fmt::format("the head has another hash than row {}", walk_.size()));
        }
        DRYDOCK_TRY_VOID(compare_checkpoints());
        return !report_.finding;
    }

    Result<bool> reached_all() {
        if (next_note_ < notes_.size()) return false;
        if (options_.keys.empty()) return true;
        DRYDOCK_TRY(const auto next, stored_.peek());
        return !next;
    }

    // A row whose hash fits at a place nearby was moved here.
    static void explain(const Row& row, Finding& finding) {
        if (finding.kind != Kind::changed) return;
        for (auto place = std::max<std::int64_t>(1, finding.sequence - kNearby); place <= finding.sequence + kNearby;
             ++place) {
            if (hex(crypto::sha256(row.canonical(std::to_string(place)))) != row.hash()) continue;
            finding.kind = Kind::reordered;
            finding.text = fmt::format("at the place of row {} stands row {}", finding.sequence, place);
            return;
        }
    }

    // Those that end at the row that was just read.
    Result<> compare_checkpoints() {
        while (next_note_ < notes_.size() && notes_[next_note_].size == walk_.size()) {
            compare(notes_[next_note_++]);
        }
        if (options_.keys.empty()) return {};
        while (true) {
            DRYDOCK_TRY(const auto next, stored_.peek());
            if (!next || next->size > walk_.size()) return {};
            if (const auto checkpoint = trusted(*next)) compare(*checkpoint);
            stored_.take();
            if (report_.finding) return {};
        }
    }

    std::optional<Checkpoint> trusted(const StoredCheckpoints::One& stored) {
        auto checkpoint = open_checkpoint(stored.note, options_.keys);
        if (!checkpoint) {
            find(
                Kind::forged_checkpoint,
                stored.size,
                fmt::format("the checkpoint at row {}: {}", stored.size, checkpoint.error().message)
            );
            return std::nullopt;
        }
        if (checkpoint->organization != report_.organization || checkpoint->size != stored.size ||
            checkpoint->root != stored.root || checkpoint->last_hash != stored.last_hash) {
            find(
                Kind::forged_checkpoint,
                stored.size,
                fmt::format("the checkpoint at row {} says something else than its note", stored.size)
            );
            return std::nullopt;
        }
        return *std::move(checkpoint);
    }

    void compare(const Checkpoint& checkpoint) {
        if (checkpoint.root != hex(walk_.tree().root()) || checkpoint.last_hash != walk_.last_hash()) {
            find(
                Kind::rewritten,
                checkpoint.size,
                fmt::format(
                    "rows up to {} are not those that were signed at {}: the chain was made anew from some row on",
                    checkpoint.size,
                    checkpoint.signed_at
                )
            );
            return;
        }
        ++report_.checkpoints;
        report_.signed_rows = checkpoint.size;
    }

    // Checkpoints that reach further than the rows do.
    Result<> compare_end() {
        const auto cut = [&](std::int64_t size, std::string_view signed_at) {
            find(
                Kind::cut,
                walk_.size() + 1,
                fmt::format("the trail was cut: {} rows were signed at {}, {} are there", size, signed_at, walk_.size())
            );
        };
        if (next_note_ < notes_.size()) cut(notes_[next_note_].size, notes_[next_note_].signed_at);
        if (report_.finding || options_.keys.empty()) return {};
        DRYDOCK_TRY(const auto next, stored_.peek());
        if (!next) return {};
        if (const auto checkpoint = trusted(*next)) cut(checkpoint->size, checkpoint->signed_at);
        return {};
    }

    // Rows may have been added meanwhile, so the head is looked at before and after: the first must be reached, the
    // second must not lie behind.
    Result<> compare_head(const Head& before) {
        if (report_.finding) return {};
        if (before.sequence > walk_.size()) {
            find(
                Kind::cut,
                walk_.size() + 1,
                fmt::format("the trail was cut: its head says {} rows, {} are there", before.sequence, walk_.size())
            );
            return {};
        }
        DRYDOCK_TRY(const auto after, read_head(store_, actor_, limits_));
        if (after.sequence < walk_.size()) {
            find(
                Kind::moved_head,
                after.sequence,
                fmt::format("the head stands at row {}, and the last row is {}", after.sequence, walk_.size())
            );
        }
        return {};
    }

    control::Store& store_;
    const control::Actor& actor_;
    const VerifyOptions& options_;
    const Limits& limits_;
    StoredCheckpoints stored_;
    ChainWalk walk_;
    std::vector<Checkpoint> notes_;
    std::size_t next_note_ = 0;
    VerifyReport report_;
};

}  // namespace

Result<VerifyReport> verify(
    control::Store& store, const control::Actor& actor, const VerifyOptions& options, const Limits& limits
) {
    return Verification{store, actor, options, limits}.run();
}

}  // namespace drydock::audit
