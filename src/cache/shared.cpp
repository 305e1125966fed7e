#include "cache/shared.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "crypto/bytes.h"

namespace drydock::cache {
namespace {

// Of what is sealed: raise it when the bytes of any value, or what they mean, change.
constexpr std::int64_t kFormat = 1;
constexpr std::string_view kTable = "redis";
constexpr std::size_t kNonce = 24;
constexpr std::size_t kNumber = 8;
constexpr std::size_t kHead = 2 * kNumber;

void append(std::string& text, std::int64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8)
        text += static_cast<char>(static_cast<std::uint64_t>(number) >> static_cast<unsigned>(shift));
}

std::int64_t number_in(std::string_view text) {
    std::uint64_t number = 0;
    for (const char byte : text.substr(0, kNumber)) number = number << 8U | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(number);
}

std::int64_t microseconds(Shared::Steady::duration time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

}  // namespace

Result<SharedKeys> SharedKeys::of(const crypto::Keyring& keyring) {
    DRYDOCK_TRY(auto seal, crypto::DataKey::derived(keyring, keyring.current(), "shared cache"));
    DRYDOCK_TRY(auto names, keyring.derive(keyring.current(), "names in the shared cache"));
    return SharedKeys{std::move(seal), std::move(names)};
}

std::string Shared::name_of(std::string_view name) const {
    const auto fields = crypto::Fields{}.text(space_).text(name).bytes();
    return key(space_, base64url(crypto::blake2b_256(fields, keys_->names())));
}

crypto::Place Shared::place_of(const std::string& name) const {
    return {.table = std::string{kTable}, .column = space_, .row = name, .version = kFormat};
}

std::optional<Shared::Found> Shared::get(
    std::string_view name, std::chrono::milliseconds oldest, const Limits& limits
) {
    if (!store_.values) return std::nullopt;
    const auto full = name_of(name);
    auto found = [&]() -> std::optional<Found> {
        const auto sealed = fetch(full, limits);
        if (!sealed) return std::nullopt;
        const auto clock = clock_.read(limits);
        return clock ? open(full, *sealed, oldest, *clock) : std::nullopt;
    }();
    (found ? hits_ : misses_).fetch_add(1, std::memory_order_relaxed);
    return found;
}

std::optional<std::string> Shared::fetch(const std::string& name, const Limits& limits) {
    auto answer =
        store_.guard->attempt(limits, [&](const Limits& bounded) { return store_.values->get(name, bounded); });
    if (!answer || !*answer) return std::nullopt;
    return **std::move(answer);
}

std::optional<Shared::Found> Shared::open(
    const std::string& name,
    std::string_view sealed,
    std::chrono::milliseconds oldest,
    const control::ClockBounds& clock
) {
    const crypto::SealedColumns columns{
        .data_key_id = keys_->seal().id(),
        .nonce = std::string{sealed.substr(0, kNonce)},
        .ciphertext = std::string{sealed.substr(std::min(kNonce, sealed.size()))},
    };
    const auto opened = crypto::open_columns(keys_->seal(), columns, place_of(name));
    if (!opened || opened->reveal().size() < kHead) {
        refused_.fetch_add(1, std::memory_order_relaxed);
        return std::nullopt;
    }
    const std::string_view plain = opened->reveal();
    const auto read = number_in(plain);
    // Of another server of PostgreSQL, whose clock tells nothing here; or of the future: a clock was put back.
    if (number_in(plain.substr(kNumber)) != clock.started || read > clock.latest) return std::nullopt;
    const std::chrono::microseconds age{clock.latest - read};
    if (age >= oldest) return std::nullopt;
    const auto moment = clock.at - age;
    if (moment <= distrusted_.load(std::memory_order_acquire)) return std::nullopt;
    return Found{.value = std::string{plain.substr(kHead)}, .read = moment};
}

void Shared::set(
    std::string_view name,
    std::string_view value,
    Steady::time_point read,
    std::chrono::milliseconds lifetime,
    const Limits& limits
) {
    if (!store_.values) return;
    const auto clock = clock_.read(limits);
    if (!clock) return;
    const auto age = clock->at - read;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(lifetime - age);
    if (left.count() <= 0) return;
    std::string plain;
    plain.reserve(kHead + value.size());
    append(plain, clock->earliest - microseconds(age));
    append(plain, clock->started);
    plain += value;
    const auto full = name_of(name);
    const auto sealed = crypto::seal_columns(keys_->seal(), plain, place_of(full));
    if (!sealed) return;
    const auto bytes = sealed->nonce + sealed->ciphertext;
    // A value that does not arrive is one that the others read themselves.
    static_cast<void>(store_.guard->attempt(limits, [&](const Limits& bounded) {
        return store_.values->set(full, bytes, left, bounded);
    }));
}

void Shared::distrust() {
    distrusted_.store(clock_.steady(), std::memory_order_release);
}

SharedFigures Shared::figures() const {
    return {
        .hits = hits_.load(std::memory_order_relaxed),
        .misses = misses_.load(std::memory_order_relaxed),
        .refused = refused_.load(std::memory_order_relaxed),
    };
}

}  // namespace drydock::cache
