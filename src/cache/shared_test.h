#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "cache/shared.h"

// A store that anybody may write to, and servers that share it.
namespace drydock::cache::sharing {

inline constexpr std::string_view kKey = "k1 0000000000000000000000000000000000000000000000000000000000000001";
inline constexpr std::string_view kOtherKey = "k1 0000000000000000000000000000000000000000000000000000000000000002";

// A store that whoever likes may write to: it keeps all, forever.
class Open final : public Values {
public:
    Result<std::optional<std::string>> get(const std::string& key, const Limits&) override {
        if (down) return Error{.code = ErrorCode::unavailable, .message = "away"};
        const auto found = kept.find(key);
        return found == kept.end() ? std::nullopt : std::optional{found->second};
    }
    Result<> set(const std::string& key, std::string_view value, std::chrono::milliseconds lifetime, const Limits&)
        override {
        if (down) return Error{.code = ErrorCode::unavailable, .message = "away"};
        kept[key] = value;
        lifetimes[key] = lifetime;
        return {};
    }
    std::map<std::string, std::string> kept{};
    std::map<std::string, std::chrono::milliseconds> lifetimes{};
    bool down = false;
};

inline std::shared_ptr<const SharedKeys> keys_of(std::string_view text) {
    const auto ring = crypto::Keyring::load({.text = Secret{std::string{text}}}, Limits{});
    return std::make_shared<const SharedKeys>(SharedKeys::of(*ring).value());
}

// A server of drydock: its own steady clock, and what it has been told of the control plane's.
struct Server {
    explicit Server(const std::shared_ptr<Open>& values, std::string_view key = kKey, std::string space = "t")
        : shared(std::move(space), {values, std::make_shared<Guard>()}, keys_of(key), clock) {}

    // The control plane's clock shows this; the answer took as long.
    void told(std::chrono::microseconds shown, std::chrono::microseconds took = {}, std::int64_t started = 1) {
        const auto sent = now;
        now += took;
        clock.learn({.now = shown.count(), .started = started}, sent);
    }

    control::Clock::Steady::time_point now{std::chrono::hours{7}};
    control::Store store{control::StoreOptions{}};
    control::Clock clock{store, [this] { return now; }};
    Shared shared;
};

}  // namespace drydock::cache::sharing
