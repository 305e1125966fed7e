#include "crypto/sealed.h"

#include <sodium.h>

#include <cstdlib>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/random.h"
#include "crypto/bytes.h"
#include "crypto/raw.h"
#include "crypto/seal_with_nonce.h"

namespace drydock::crypto {
namespace {

constexpr std::string_view kPrefix = "ddk1.";
constexpr char kAlgorithm = 1;  // XChaCha20-Poly1305 (IETF)
constexpr std::size_t kIdSize = 16;
constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kCommitmentSize = 32;
constexpr std::size_t kHeaderSize = 1 + kIdSize + kNonceSize + kCommitmentSize;
constexpr std::size_t kBlock = 64;
constexpr std::size_t kMaxPlain = std::size_t{16} * 1024 * 1024;

Error refused(ErrorCode code, std::string message, std::string hint = {}) {
    return {.code = code, .message = std::move(message), .hint = std::move(hint)};
}

Error not_here() {
    return refused(
        ErrorCode::conflict,
        "the sealed value does not open here: it was sealed for another table, column, organization, project, row or "
        "version, or it was altered",
        "It may have been copied from another row, or an old value put back over a newer one. Store the secret anew."
    );
}

Result<std::string> id_bytes(std::string_view id) {
    if (auto bytes = uuid_bytes(id)) return *std::move(bytes);
    return refused(ErrorCode::invalid_argument, fmt::format("\"{}\" is no id of a data key", id), "Ids are UUIDs.");
}

// A UUID as its 16 bytes, nothing as nothing: the spelling must not decide whether a value opens.
Result<std::string> owner_bytes(std::string_view id) {
    if (id.empty()) return std::string{};
    if (auto bytes = uuid_bytes(id)) return *std::move(bytes);
    return refused(ErrorCode::invalid_argument, fmt::format("\"{}\" is no id of an organization or project", id));
}

Result<std::string> additional_data(std::string_view form, std::string_view key_id, const Place& place) {
    if (place.table.empty() || place.column.empty() || place.row.empty() || place.version < 0) {
        return refused(ErrorCode::invalid_argument, "a sealed value needs a table, a column, a row and a version");
    }
    DRYDOCK_TRY(const auto organization, owner_bytes(place.organization));
    DRYDOCK_TRY(const auto project, owner_bytes(place.project));
    return Fields{}
        .text(form)
        .text(std::string_view{&kAlgorithm, 1})
        .text(key_id)
        .text(place.table)
        .text(place.column)
        .text(organization)
        .text(project)
        .text(place.row)
        .number(static_cast<std::uint64_t>(place.version))
        .bytes();
}

std::string commitment(std::string_view key, std::string_view nonce) {
    return blake2b_256("commit" + std::string{nonce}, key);
}

// ISO/IEC 7816-4: 0x80, then zeros up to the next multiple of the block; at least one byte.
Secret padded(std::string_view head, std::string_view plain) {
    const auto size = head.size() + plain.size();
    std::string text;
    text.reserve((size / kBlock + 1) * kBlock);
    text += head;
    text += plain;
    text += '\x80';
    text.resize((size / kBlock + 1) * kBlock, '\0');
    return Secret{std::move(text)};
}

std::optional<Secret> without_padding(std::string_view text, std::size_t head) {
    std::size_t size = 0;
    if (::sodium_unpad(&size, raw(text), text.size(), kBlock) != 0 || size < head) return std::nullopt;
    return Secret{std::string{text.substr(head, size - head)}};
}

std::string encrypted(std::string_view key, std::string_view nonce, std::string_view plain, std::string_view data) {
    std::string sealed(plain.size() + kTagSize, '\0');
    ::crypto_aead_xchacha20poly1305_ietf_encrypt(
        raw(sealed), nullptr, raw(plain), plain.size(), raw(data), data.size(), nullptr, raw(nonce), raw(key)
    );
    return sealed;
}

std::optional<Secret> decrypted(
    std::string_view key, std::string_view nonce, std::string_view sealed, std::string_view data
) {
    if (sealed.size() < kTagSize) return std::nullopt;
    std::string plain(sealed.size() - kTagSize, '\0');
    if (::crypto_aead_xchacha20poly1305_ietf_decrypt(
            raw(plain), nullptr, nullptr, raw(sealed), sealed.size(), raw(data), data.size(), raw(nonce), raw(key)
        ) != 0) {
        return std::nullopt;
    }
    return Secret{std::move(plain)};
}

std::string wrapping_data(std::string_view id, std::string_view project, const DataKeyPlace& place) {
    return Fields{}
        .text("drydock data key 1")
        .text(id)
        .text(project)
        .text(place.purpose)
        .number(static_cast<std::uint64_t>(place.version))
        .bytes();
}

Result<> fits(std::string_view plain) {
    if (plain.size() <= kMaxPlain) return {};
    return refused(ErrorCode::invalid_argument, "a value to be sealed is at most 16 MiB");
}

// The parts of a text form; they point into `bytes`.
struct Parts {
    std::string bytes;
    std::string_view of(std::size_t from, std::size_t size) const { return std::string_view{bytes}.substr(from, size); }
    std::string_view id() const { return of(1, kIdSize); }
    std::string_view nonce() const { return of(1 + kIdSize, kNonceSize); }
    std::string_view commitment() const { return of(1 + kIdSize + kNonceSize, kCommitmentSize); }
    std::string_view ciphertext() const { return std::string_view{bytes}.substr(kHeaderSize); }
};

Result<Parts> parts_of(std::string_view sealed) {
    if (sealed.substr(0, kPrefix.size()) != kPrefix) {
        return refused(ErrorCode::invalid_argument, "this is no value sealed by drydock: it does not begin with ddk1.");
    }
    auto bytes = from_base64url(sealed.substr(kPrefix.size()));
    if (!bytes) return refused(ErrorCode::invalid_argument, "the sealed value is damaged: it is no base64url");
    if (!bytes->empty() && bytes->front() != kAlgorithm) {
        return refused(
            ErrorCode::invalid_argument,
            fmt::format(
                "the value is sealed with algorithm {}, which this version of drydock does not know",
                static_cast<unsigned char>(bytes->front())
            ),
            "Use the version of drydock that sealed it, or a newer one."
        );
    }
    if (bytes->size() < kHeaderSize + kBlock + kTagSize || (bytes->size() - kHeaderSize - kTagSize) % kBlock != 0) {
        return refused(
            ErrorCode::invalid_argument,
            fmt::format("the sealed value is cut off: {} bytes are no whole one", bytes->size())
        );
    }
    return Parts{*std::move(bytes)};
}

Result<> is_sealed_with(const DataKey& key, std::string_view id) {
    DRYDOCK_TRY(const auto own, id_bytes(key.id()));
    if (own == id) return {};
    return refused(
        ErrorCode::not_found,
        fmt::format("the value is sealed with data key {}, and was to be opened with {}", uuid_text(id), key.id())
    );
}

}  // namespace

DataKey DataKey::generate(std::string_view id) {
    return {std::string{id}, KeyBytes::random()};
}

Result<DataKey> DataKey::derived(const Keyring& ring, std::string_view master_key_id, std::string_view purpose) {
    DRYDOCK_TRY(auto key, ring.derive(master_key_id, purpose));
    auto id = blake2b_256(Fields{}.text("drydock derived key id 1").text(master_key_id).text(purpose).bytes());
    id.resize(kIdSize);
    // UUID version 8 (RFC 9562): made by a rule of our own.
    id[6] = static_cast<char>((static_cast<unsigned char>(id[6]) & 0x0FU) | 0x80U);
    id[8] = static_cast<char>((static_cast<unsigned char>(id[8]) & 0x3FU) | 0x80U);
    return DataKey{uuid_text(id), std::move(key)};
}

Result<WrappedKey> wrap(const Keyring& ring, const DataKey& key, const DataKeyPlace& place) {
    const auto& current = ring.current();
    DRYDOCK_TRY(const auto master, ring.reveal(current));
    DRYDOCK_TRY(const auto id, id_bytes(key.id()));
    DRYDOCK_TRY(const auto project, owner_bytes(place.project));
    auto nonce = random_bytes(kNonceSize);
    auto wrapped = encrypted(master, nonce, key.reveal(), wrapping_data(id, project, place));
    return WrappedKey{.master_key_id = current, .nonce = std::move(nonce), .wrapped = std::move(wrapped)};
}

Result<DataKey> unwrap(const Keyring& ring, const WrappedKey& wrapped, std::string_view id, const DataKeyPlace& place) {
    auto master = ring.reveal(wrapped.master_key_id);
    if (!master) return std::move(master).error().in(fmt::format("opening data key {}", id));
    DRYDOCK_TRY(const auto bytes, id_bytes(id));
    DRYDOCK_TRY(const auto project, owner_bytes(place.project));
    if (wrapped.nonce.size() != kNonceSize || wrapped.wrapped.size() != KeyBytes::kSize + kTagSize) {
        return refused(ErrorCode::invalid_argument, fmt::format("data key {} is damaged: its length is wrong", id));
    }
    // Straight into guarded memory.
    KeyBytes key{KeyBytes::kSize};
    const auto data = wrapping_data(bytes, project, place);
    if (::crypto_aead_xchacha20poly1305_ietf_decrypt(
            key.data(),
            nullptr,
            nullptr,
            raw(wrapped.wrapped),
            wrapped.wrapped.size(),
            raw(data),
            data.size(),
            raw(wrapped.nonce),
            raw(*master)
        ) != 0) {
        return refused(
            ErrorCode::conflict,
            fmt::format(
                "data key {} does not open with master key {}: the master key is another one, or the key was moved to "
                "another project, purpose or version, or altered",
                id,
                wrapped.master_key_id
            ),
            "Compare the master key's check value; then bring the row back from a backup."
        );
    }
    return DataKey{std::string{id}, std::move(key)};
}

Result<std::string> seal_with_nonce(
    const DataKey& key, std::string_view plain, const Place& place, std::string_view nonce
) {
    DRYDOCK_TRY_VOID(fits(plain));
    DRYDOCK_TRY(const auto id, id_bytes(key.id()));
    DRYDOCK_TRY(const auto data, additional_data("ddk1 text", id, place));
    std::string bytes{kAlgorithm};
    bytes += id;
    bytes += nonce;
    bytes += commitment(key.reveal(), nonce);
    bytes += encrypted(key.reveal(), nonce, padded({}, plain).reveal(), data);
    return std::string{kPrefix} + base64url(bytes);
}

Result<SealedColumns> seal_columns_with_nonce(
    const DataKey& key, std::string_view plain, const Place& place, std::string_view nonce
) {
    DRYDOCK_TRY_VOID(fits(plain));
    DRYDOCK_TRY(const auto id, id_bytes(key.id()));
    DRYDOCK_TRY(const auto data, additional_data("ddk1 columns", id, place));
    // There is no column for the commitment, so it stands before the text that is encrypted.
    const auto text = padded(commitment(key.reveal(), nonce), plain);
    return SealedColumns{
        .data_key_id = key.id(),
        .nonce = std::string{nonce},
        .ciphertext = encrypted(key.reveal(), nonce, text.reveal(), data)
    };
}

Result<std::string> seal(const DataKey& key, std::string_view plain, const Place& place) {
    return seal_with_nonce(key, plain, place, random_bytes(kNonceSize));
}

Result<Secret> open(const DataKey& key, std::string_view sealed, const Place& place) {
    DRYDOCK_TRY(const auto parts, parts_of(sealed));
    DRYDOCK_TRY_VOID(is_sealed_with(key, parts.id()));
    if (!equal_in_constant_time(commitment(key.reveal(), parts.nonce()), parts.commitment())) {
        return refused(
            ErrorCode::conflict,
            fmt::format(
                "data key {} is not the key that this value was sealed with, or the value was altered", key.id()
            ),
            "The row of the data key was replaced, or the value damaged; bring the right one back from a backup."
        );
    }
    DRYDOCK_TRY(const auto data, additional_data("ddk1 text", parts.id(), place));
    const auto text = decrypted(key.reveal(), parts.nonce(), parts.ciphertext(), data);
    if (!text) return not_here();
    auto plain = without_padding(text->reveal(), 0);
    if (!plain) return not_here();
    return *std::move(plain);
}

Result<std::string> sealing_key_id(std::string_view sealed) {
    DRYDOCK_TRY(const auto parts, parts_of(sealed));
    return uuid_text(parts.id());
}

Result<SealedColumns> seal_columns(const DataKey& key, std::string_view plain, const Place& place) {
    return seal_columns_with_nonce(key, plain, place, random_bytes(kNonceSize));
}

Result<Secret> open_columns(const DataKey& key, const SealedColumns& sealed, const Place& place) {
    if (sealed.version != 1 || sealed.algorithm != kAlgorithm) {
        return refused(
            ErrorCode::invalid_argument,
            fmt::format(
                "the value is sealed in version {} with algorithm {}, which this version of drydock does not know",
                sealed.version,
                sealed.algorithm
            ),
            "Use the version of drydock that sealed it, or a newer one."
        );
    }
    DRYDOCK_TRY(const auto id, id_bytes(sealed.data_key_id));
    DRYDOCK_TRY_VOID(is_sealed_with(key, id));
    if (sealed.nonce.size() != kNonceSize || sealed.ciphertext.size() < kBlock + kTagSize ||
        (sealed.ciphertext.size() - kTagSize) % kBlock != 0) {
        return refused(ErrorCode::invalid_argument, "the sealed value is cut off: its length is that of no whole one");
    }
    DRYDOCK_TRY(const auto data, additional_data("ddk1 columns", id, place));
    const auto text = decrypted(key.reveal(), sealed.nonce, sealed.ciphertext, data);
    if (!text) return not_here();
    const auto head = std::string_view{text->reveal()}.substr(0, kCommitmentSize);
    if (!equal_in_constant_time(head, commitment(key.reveal(), sealed.nonce))) return not_here();
    auto plain = without_padding(text->reveal(), kCommitmentSize);
    if (!plain) return not_here();
    return *std::move(plain);
}

}  // namespace drydock::crypto
