#include "crypto/keyring.h"

#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "base/process.h"
#include "base/text.h"
#include "crypto/bytes.h"
#include "crypto/key_file.h"
#include "crypto/raw.h"

namespace drydock::crypto {
namespace {

constexpr std::string_view kCheckText = "drydock master key check 1";
constexpr std::string_view kDeriveText = "drydock derived key 1";

constexpr std::chrono::seconds kLookAgain{10};
constexpr std::chrono::seconds kLookTime{10};

Result<> take(std::vector<NamedKey>& into, std::string_view text, std::string_view source) {
    DRYDOCK_TRY(auto keys, read_keys(text, source));
    for (auto& key : keys) {
        for (const auto& known : into) {
            if (known.id != key.id) continue;
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = fmt::format("{} names the master key {}, which was named before", source, key.id),
                .hint = "Give each key a name of its own."
            };
        }
        into.push_back(std::move(key));
    }
    return {};
}

Result<Secret> run_command(const std::vector<std::string>& argv, const Limits& limits) {
    auto outcome = run({.argv = argv}, limits);
    if (!outcome) return std::move(outcome).error().in("running DRYDOCK_KEK_CMD");
    Secret output{std::move(outcome->output)};
    if (outcome->exit_code != 0) {
        // What it printed may be a key, so it is shown nowhere.
        return Error{
            .code = ErrorCode::unavailable,
            .message = fmt::format(
                "DRYDOCK_KEK_CMD ({}) ended with code {}, so there is no master key", argv.front(), outcome->exit_code
            ),
            .hint = "Run the command by hand; it has to print the key, and nothing else."
        };
    }
    return output;
}

std::vector<std::string> ids_of(const std::map<std::string, std::shared_ptr<const KeyBytes>, std::less<>>& keys) {
    std::vector<std::string> ids;
    ids.reserve(keys.size());
    for (const auto& [id, key] : keys) ids.push_back(id);
    return ids;
}

std::string from_environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

}  // namespace

Result<std::vector<std::string>> split_command(std::string_view text) {
    std::vector<std::string> words;
    bool inside = false;
    char quote = 0;
    for (const char c : text) {
        if (quote != 0) {
            if (c == quote)
                quote = 0;
            else
                words.back() += c;
            continue;
        }
        if (c == ' ' || c == '\t' || c == '\n') {
            inside = false;
            continue;
        }
        if (!inside) words.emplace_back();
        inside = true;
        if (c == '\'' || c == '"')
            quote = c;
        else
            words.back() += c;
    }
    if (quote != 0) {
        return Error{
            .code = ErrorCode::invalid_argument, .message = fmt::format("the command has a {} without its end", quote)
        };
    }
    return words;
}

Result<KeySources> KeySources::take_from_environment() {
    KeySources sources;
    sources.file = from_environment("DRYDOCK_KEK_FILE");
    sources.current = from_environment("DRYDOCK_KEK_CURRENT");
    if (char* const key = std::getenv("DRYDOCK_KEK"); key != nullptr) {
        sources.text = Secret{key};
        // In place: /proc/<pid>/environ shows these very bytes.
        ::explicit_bzero(key, std::strlen(key));
        ::unsetenv("DRYDOCK_KEK");
    }
    auto command = split_command(from_environment("DRYDOCK_KEK_CMD"));
    if (!command) return std::move(command).error().in("reading DRYDOCK_KEK_CMD");
    sources.command = *std::move(command);
    return sources;
}

struct Keyring::State {
    KeySources sources{};

    // Held while the sources are read, which may take as long as kLookTime: by who needs a key that is not there.
    std::timed_mutex looking{};
    Limits::Clock::time_point next_look{};

    // Held for moments, and never while `looking` is waited for.
    std::mutex mutex{};
    std::vector<std::unique_ptr<const Keys>> all{};  // what was given out of them is in use somewhere
    std::atomic<const Keys*> now{nullptr};

    // With the mutex held. What is known already is kept once, however often it is read again.
    void publish(Keys fresh) {
        for (auto& [id, key] : fresh.keys) {
            for (const auto& before : all) {
                const auto known = before->keys.find(id);
                if (known == before->keys.end()) continue;
                if (equal_in_constant_time(known->second->reveal(), key->reveal())) key = known->second;
            }
        }
        auto kept = std::ranges::find_if(all, [&](const auto& before) { return *before == fresh; });
        if (kept == all.end()) kept = all.insert(kept, std::make_unique<const Keys>(std::move(fresh)));
        now.store(kept->get(), std::memory_order_release);
    }
};

const Keyring::Keys& Keyring::now() const {
    return *state_->now.load(std::memory_order_acquire);
}

Result<Keyring> Keyring::load(const KeySources& sources, const Limits& limits) {
    DRYDOCK_TRY(auto keys, read(sources, limits));
    auto state = std::make_shared<State>();
    state->sources = sources;
    state->publish(std::move(keys));
    return Keyring{std::move(state)};
}

Result<Keyring> Keyring::load_again(const Limits& limits) const {
    return load(state_->sources, limits);
}

void Keyring::become(const Keyring& fresh) {
    const std::lock_guard lock{state_->mutex};
    state_->publish(fresh.now());
}

// Only adds to what is there: whether a key may go, or be another one, is for those to say who can ask what needs it.
void Keyring::look_for(std::string_view id) const {
    auto& state = *state_;
    if (state.sources.file.empty() && state.sources.command.empty()) return;
    // Who waited for another's look has its answer, and looks no second time: the time of the next one is set at its
    // end.
    const std::unique_lock turn{state.looking, kLookTime};
    if (!turn || has(id) || Limits::Clock::now() < state.next_look) return;
    const auto& before = now();
    auto fresh = read(state.sources, Limits::within(kLookTime));
    state.next_look = Limits::Clock::now() + kLookAgain;
    if (!fresh) {
        log::failure("the master keys can't be read again", fresh.error());
        return;
    }
    const std::lock_guard lock{state.mutex};
    if (&now() != &before) return;  // it became another one meanwhile, and what was read may be older than that
    for (const auto& [name, key] : before.keys) {
        const auto same = fresh->keys.find(name);
        if (same != fresh->keys.end() && equal_in_constant_time(same->second->reveal(), key->reveal())) continue;
        log::warning(
            "the master keys are not taken in: one that is in use is another one now, or is gone", {{"key", name}}
        );
        return;
    }
    if (!fresh->keys.contains(id)) return;
    // Others may not know one that nobody seals with yet.
    if (fresh->current != id) fresh->current = before.current;
    state.publish(*std::move(fresh));
    log::info("a master key was taken in", {{"key", id}, {"current", now().current}});
}

Result<Keyring::Keys> Keyring::read(const KeySources& sources, const Limits& limits) {
    std::vector<NamedKey> keys;
    if (!sources.file.empty()) {
        DRYDOCK_TRY(const auto text, read_key_file(sources.file));
        DRYDOCK_TRY_VOID(take(keys, text.reveal(), sources.file.string()));
    }
    if (!sources.text.empty()) DRYDOCK_TRY_VOID(take(keys, sources.text.reveal(), "DRYDOCK_KEK"));
    if (!sources.command.empty()) {
        DRYDOCK_TRY(const auto text, run_command(sources.command, limits));
        DRYDOCK_TRY_VOID(take(keys, text.reveal(), "the output of DRYDOCK_KEK_CMD"));
    }
    if (keys.empty()) {
        return Error{
            .code = ErrorCode::not_found,
            .message = "there is no master key",
            .hint =
                "Name a key file with DRYDOCK_KEK_FILE (`drydock key new FILE` makes one), or give the key with "
                "DRYDOCK_KEK or DRYDOCK_KEK_CMD."
        };
    }
    Keys ring;
    ring.current = sources.current.empty() ? keys.back().id : sources.current;
    for (auto& key : keys) {
        ring.keys.emplace(std::move(key.id), std::make_shared<const KeyBytes>(std::move(key.key)));
    }
    if (!ring.keys.contains(ring.current)) {
        return Error{
            .code = ErrorCode::not_found,
            .message =
                fmt::format("the master key {} is to be the current one, and is not among those loaded", ring.current),
            .hint = fmt::format(
                "Loaded are: {}. Mend DRYDOCK_KEK_CURRENT, or add that key.", fmt::join(ids_of(ring.keys), ", ")
            )
        };
    }
    return ring;
}

std::vector<std::string> Keyring::ids() const {
    return ids_of(now().keys);
}

Result<std::string_view> Keyring::reveal(std::string_view id) const {
    if (!has(id)) look_for(id);
    const auto& keys = now().keys;
    const auto found = keys.find(id);
    if (found == keys.end()) {
        return Error{
            .code = ErrorCode::not_found,
            .message = fmt::format("the master key {} is not loaded", id),
            .hint = fmt::format(
                "Loaded are: {}. Add the missing one to the file that DRYDOCK_KEK_FILE names.", fmt::join(ids(), ", ")
            )
        };
    }
    return found->second->reveal();
}

Result<std::string> Keyring::check_value(std::string_view id) const {
    DRYDOCK_TRY(const auto key, reveal(id));
    return blake2b_256(kCheckText, key);
}

Result<> Keyring::verify(std::string_view id, std::string_view expected) const {
    DRYDOCK_TRY(const auto actual, check_value(id));
    if (equal_in_constant_time(actual, expected)) return {};
    return Error{
        .code = ErrorCode::conflict,
        .message = fmt::format("the master key {} that was loaded is another one than the one in use", id),
        .hint = "Give the key that the control plane was set up with; a new key needs a name of its own."
    };
}

Result<KeyBytes> Keyring::derive(std::string_view id, std::string_view purpose) const {
    DRYDOCK_TRY(const auto key, reveal(id));
    const auto message = Fields{}.text(kDeriveText).text(purpose).bytes();
    KeyBytes derived{KeyBytes::kSize};
    if (::crypto_generichash(derived.data(), derived.size(), raw(message), message.size(), raw(key), key.size()) != 0) {
        std::abort();
    }
    return derived;
}

}  // namespace drydock::crypto
