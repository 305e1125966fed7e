#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "cache/guard.h"
#include "cache/store.h"
#include "control/clock.h"
#include "crypto/keyring.h"
#include "crypto/sealed.h"

namespace drydock::cache {

// The keys of what servers share, made from the master key: so all servers of one control plane have the same, and
// nobody else.
class SharedKeys {
public:
    static Result<SharedKeys> of(const crypto::Keyring& keyring);

    const crypto::DataKey& seal() const { return seal_; }
    std::string_view names() const { return names_.reveal(); }

private:
    SharedKeys(crypto::DataKey seal, crypto::KeyBytes names) : seal_(std::move(seal)), names_(std::move(names)) {}

    crypto::DataKey seal_;
    crypto::KeyBytes names_;
};

struct SharedFigures {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;   // not there, too old, or the store is down
    std::uint64_t refused = 0;  // there, and not made by a server with our keys, or moved, or altered
};

// What one server has read from the control plane and others need not read again for moments. The store is not
// trusted: a value is sealed, bound to its name, and says when it was read by the control plane's own clock. So
// whatever the store gives back (an old value, another one's, one that was made up) is either what a server has read
// not longer ago than the reader allows, or nothing. Nothing has to be erased there for a change to hold. Names say
// nothing to who has no key. Where the store is down, or there is none, nothing is found. Safe from any thread.
class Shared {
public:
    using Steady = control::Clock::Steady;

    // Null: there is no store.
    struct Store {
        std::shared_ptr<Values> values{};
        std::shared_ptr<Guard> guard{};
    };
    Shared(std::string space, Store store, std::shared_ptr<const SharedKeys> keys, control::Clock& clock)
        : space_(std::move(space)), store_(std::move(store)), keys_(std::move(keys)), clock_(clock) {}

    struct Found {
        std::string value;
        Steady::time_point read{};  // it was read at this moment or later
    };
    // A value that was read at most so long ago, and after the last distrust().
    std::optional<Found> get(std::string_view name, std::chrono::milliseconds oldest, const Limits& limits);
    // `read`: when it was begun to be read from the control plane.
    void set(
        std::string_view name,
        std::string_view value,
        Steady::time_point read,
        std::chrono::milliseconds lifetime,
        const Limits& limits
    );
    // This server has changed something: from here on it finds nothing that was read before.
    void distrust();
    SharedFigures figures() const;

private:
    std::optional<std::string> fetch(const std::string& name, const Limits& limits);
    std::optional<Found> open(
        const std::string& name,
        std::string_view sealed,
        std::chrono::milliseconds oldest,
        const control::ClockBounds& clock
    );
    std::string name_of(std::string_view name) const;
    crypto::Place place_of(const std::string& name) const;

    const std::string space_;
    const Store store_;
    const std::shared_ptr<const SharedKeys> keys_;
    control::Clock& clock_;
    std::atomic<Steady::time_point> distrusted_{Steady::time_point::min()};
    std::atomic<std::uint64_t> hits_{0};
    std::atomic<std::uint64_t> misses_{0};
    std::atomic<std::uint64_t> refused_{0};
};

}  // namespace drydock::cache
