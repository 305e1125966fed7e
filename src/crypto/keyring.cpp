#include "crypto/keyring.h"

#include <sodium.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/process.h"
#include "base/text.h"
#include "crypto/bytes.h"
#include "crypto/key_file.h"
#include "crypto/raw.h"

namespace drydock::crypto {
namespace {

constexpr std::string_view kCheckText = "drydock master key check 1";
constexpr std::string_view kDeriveText = "drydock derived key 1";

using Keys = std::vector<NamedKey>;

Result<> take(Keys& into, std::string_view text, std::string_view source) {
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

Result<Keyring> Keyring::load(const KeySources& sources, const Limits& limits) {
    Keys keys;
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
    Keyring ring;
    ring.current_ = sources.current.empty() ? keys.back().id : sources.current;
    for (auto& key : keys) ring.keys_.emplace(std::move(key.id), std::move(key.key));
    if (!ring.has(ring.current_)) {
        return Error{
            .code = ErrorCode::not_found,
            .message =
                fmt::format("the master key {} is to be the current one, and is not among those loaded", ring.current_),
            .hint =
                fmt::format("Loaded are: {}. Mend DRYDOCK_KEK_CURRENT, or add that key.", fmt::join(ring.ids(), ", "))
        };
    }
    return ring;
}

std::vector<std::string> Keyring::ids() const {
    std::vector<std::string> ids;
    ids.reserve(keys_.size());
    for (const auto& [id, key] : keys_) ids.push_back(id);
    return ids;
}

Result<std::string_view> Keyring::reveal(std::string_view id) const {
    const auto found = keys_.find(id);
    if (found == keys_.end()) {
        return Error{
            .code = ErrorCode::not_found,
            .message = fmt::format("the master key {} is not loaded", id),
            .hint = fmt::format(
                "Loaded are: {}. Add the missing one to the file that DRYDOCK_KEK_FILE names.", fmt::join(ids(), ", ")
            )
        };
    }
    return found->second.reveal();
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
