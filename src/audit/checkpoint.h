#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "control/store.h"
#include "crypto/signing.h"

namespace drydock::audit {

// The chain of what is of no organization, and the previous hash of a chain's first row.
inline constexpr std::string_view kNoOrganization = "00000000-0000-0000-0000-000000000000";
inline const std::string kFirstHash(64, '0');

// What a signed note says of a chain. Hashes are 64 hexadecimal digits.
struct Checkpoint {
    std::string organization{};
    std::int64_t size = 0;
    std::string root{};       // RFC 6962 over the hashes of rows 1 to size
    std::string last_hash{};  // of row `size`
    std::string signed_at{};
};
std::string note_text(const Checkpoint& checkpoint);
Result<Checkpoint> read_note_text(std::string_view text);

// A name, as "drydock.example.com/audit", and the key that signs under it.
struct Signer {
    const crypto::SigningKey& key;
    std::string name;
};
struct TrustedKey {
    std::string name{};
    std::string public_key{};  // 32 bytes
};
// What the note says, when one of the keys signed it.
Result<Checkpoint> open_checkpoint(std::string_view note, std::span<const TrustedKey> keys);

// Where notes go so that who owns the database can't take them back. Called by one thread at a time.
class CheckpointSink {
public:
    virtual ~CheckpointSink() = default;
    // Returns once the note is safe. The same one may come twice.
    virtual Result<> put(std::string_view note, const Limits& limits) = 0;
};

// Appends to a file and waits until the disk has it. Best on another machine's disk, or where the server can't delete.
class FileSink final : public CheckpointSink {
public:
    explicit FileSink(std::filesystem::path path) : path_(std::move(path)) {}
    Result<> put(std::string_view note, const Limits& limits) override;

private:
    std::filesystem::path path_;
};

// The notes of one chain in such a file, as they stand there; what is no note is an Error.
Result<std::vector<std::string>> read_notes(const std::filesystem::path& path, std::string_view organization);

// Checks the rows since the last checkpoint, signs what the chain is now, gives it to each sink and then stores it. An
// organization of "" is the chain of none. Nothing where no row was added; an Error of code `conflict`, and no
// checkpoint, where the rows do not fit: a chain that was altered is never signed.
Result<std::optional<Checkpoint>> make_checkpoint(
    control::Store& store,
    std::string_view organization,
    const Signer& signer,
    std::span<CheckpointSink* const> sinks,
    const Limits& limits
);

}  // namespace drydock::audit
