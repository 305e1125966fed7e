#include "audit/checkpoint.h"

#include <charconv>

#include <fmt/format.h>

#include "audit/chain.h"
#include "audit/queries.h"
#include "audit/readers.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/bytes.h"

namespace drydock::audit {
namespace {

constexpr std::string_view kOrigin = "drydock-audit/";

Error no_checkpoint() {
    return {.code = ErrorCode::conflict, .message = "this is no checkpoint of an audit trail"};
}

// The rest of a line behind what it must begin with.
std::optional<std::string_view> behind(std::string_view line, std::string_view start) {
    if (!line.starts_with(start)) return std::nullopt;
    return line.substr(start.size());
}

bool is_hash(std::string_view text) {
    return text.size() == 64 && from_hex(text).has_value();
}

struct Start {
    ChainWalk walk;
    std::int64_t signed_size = 0;
    std::string now;
};

// Where the newest checkpoint stands; its state must be the one that was signed.
Result<Start> start_of(
    control::Store& store,
    const control::Actor& actor,
    const std::string& chain,
    const Signer& signer,
    const Limits& limits
) {
    DRYDOCK_TRY(const auto last, store.read(actor, queries::last_checkpoint, {chain}, limits));
    std::string now{last.text(0, 3)};
    if (last.is_null(0, 0)) return Start{.walk = {}, .now = std::move(now)};
    const auto signed_size = last.integer(0, 0);
    DRYDOCK_TRY(auto tree, MerkleTree::resume(signed_size, from_hex(last.text(0, 1)).value_or(std::string{})));
    const TrustedKey own{.name = signer.name, .public_key = signer.key.public_key()};
    auto checkpoint = open_checkpoint(last.text(0, 2), {&own, 1});
    // Signed by a key that is no longer in use: what it says is checked by going along the whole chain.
    if (!checkpoint && checkpoint.error().code == ErrorCode::not_found) {
        return Start{.walk = {}, .signed_size = signed_size, .now = std::move(now)};
    }
    if (!checkpoint) return std::move(checkpoint).error();
    if (checkpoint->organization != chain || checkpoint->size != tree.size() || checkpoint->root != hex(tree.root())) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("the newest audit checkpoint of {} says something else than its note", chain),
            .hint = "Somebody altered it. Verify the trail against the notes that the sinks hold."
        };
    }
    return Start{
        .walk = ChainWalk{std::move(tree), std::move(checkpoint->last_hash)},
        .signed_size = signed_size,
        .now = std::move(now)
    };
}

}  // namespace

std::string note_text(const Checkpoint& checkpoint) {
    return fmt::format(
        "{}{}\n{}\n{}\nlast-hash {}\ntime {}\n",
        kOrigin,
        checkpoint.organization,
        checkpoint.size,
        base64(from_hex(checkpoint.root).value_or(std::string{})),
        checkpoint.last_hash,
        checkpoint.signed_at
    );
}

Result<Checkpoint> read_note_text(std::string_view text) {
    if (!text.ends_with('\n')) return no_checkpoint();
    const auto lines = split(text.substr(0, text.size() - 1), '\n');
    if (lines.size() != 5) return no_checkpoint();
    const auto organization = behind(lines[0], kOrigin);
    const auto root = from_base64(lines[2]);
    const auto last_hash = behind(lines[3], "last-hash ");
    const auto time = behind(lines[4], "time ");
    Checkpoint checkpoint;
    const auto* const end = lines[1].data() + lines[1].size();
    const auto number = std::from_chars(lines[1].data(), end, checkpoint.size);
    if (!organization || !root || root->size() != 32 || !last_hash || !is_hash(*last_hash) || !time ||
        number.ec != std::errc{} || number.ptr != end || checkpoint.size < 1) {
        return no_checkpoint();
    }
    checkpoint.organization = *organization;
    checkpoint.root = hex(*root);
    checkpoint.last_hash = *last_hash;
    checkpoint.signed_at = *time;
    return checkpoint;
}

Result<Checkpoint> open_checkpoint(std::string_view note, std::span<const TrustedKey> keys) {
    Error error{.code = ErrorCode::not_found, .message = "none of the trusted keys signed this checkpoint"};
    for (const auto& key : keys) {
        const auto text = crypto::open_note(note, key.name, key.public_key);
        if (text) return read_note_text(*text);
        if (text.error().code != ErrorCode::not_found) error = text.error();
    }
    return error;
}

Result<std::optional<Checkpoint>> make_checkpoint(
    control::Store& store,
    std::string_view organization,
    const Signer& signer,
    std::span<CheckpointSink* const> sinks,
    const Limits& limits
) {
    const auto actor = control::Actor::system(organization);
    const auto chain = chain_of(organization);
    DRYDOCK_TRY(auto start, start_of(store, actor, chain, signer, limits));
    auto& walk = start.walk;
    DRYDOCK_TRY(const auto head, read_head(store, actor, limits));
    if (head.sequence < start.signed_size) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format(
                "the audit trail of {} is not signed: it has {} rows, and {} were signed before",
                chain,
                head.sequence,
                start.signed_size
            ),
            .hint = "It was cut. Verify it against the notes that the sinks hold."
        };
    }
    std::optional<Finding> finding;
    DRYDOCK_TRY_VOID(read_chain(
        store,
        actor,
        walk.size(),
        [&](const Row& row) -> Result<bool> {
            finding = walk.step(row);
            return !finding;
        },
        limits
    ));
    if (finding) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("the audit trail of {} is not signed: {}", chain, finding->text),
            .hint = "Run drydock audit verify, and find out who had access to the control plane's database."
        };
    }
    if (walk.size() == start.signed_size) return std::optional<Checkpoint>{};

    Checkpoint checkpoint{
        .organization = chain,
        .size = walk.size(),
        .root = hex(walk.tree().root()),
        .last_hash = walk.last_hash(),
        .signed_at = std::move(start.now)
    };
    DRYDOCK_TRY(const auto note, crypto::sign_note(signer.key, signer.name, note_text(checkpoint)));
    // First the sinks: what is stored is then also outside. A note that is sent and not stored is true all the same.
    for (auto* const sink : sinks) DRYDOCK_TRY_VOID(sink->put(note, limits));
    const auto size = std::to_string(checkpoint.size);
    const auto frontier = hex(walk.tree().frontier());
    const auto key_id = crypto::signing_key_id(signer.key.public_key());
    DRYDOCK_TRY_VOID(store.run(actor, limits, [&](control::Transaction& transaction) {
        return transaction.query(
            queries::add_checkpoint, {chain, size, checkpoint.root, checkpoint.last_hash, frontier, key_id, note}
        );
    }));
    return std::optional{std::move(checkpoint)};
}

}  // namespace drydock::audit
