#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/key_bytes.h"

namespace drydock::crypto {

// Where master keys come from. All that are given are read; no key may be named twice.
// Each holds lines "id key", or one key alone, which is then named k1; "#" starts a comment. A key is 32 bytes as
// base64, base64url or 64 hexadecimal digits; an id is ^[a-z0-9][a-z0-9_-]{0,62}$.
struct KeySources {
    std::filesystem::path file{};        // DRYDOCK_KEK_FILE
    Secret text{};                       // DRYDOCK_KEK
    std::vector<std::string> command{};  // DRYDOCK_KEK_CMD: prints the lines; asks a key management service, say
    std::string current{};               // DRYDOCK_KEK_CURRENT: the key that wraps from now on; empty: the last one

    bool empty() const { return file.empty() && text.empty() && command.empty(); }
    // Takes DRYDOCK_KEK out of our environment (and wipes it there), so that no program we start inherits it.
    // To be called before there are threads.
    static Result<KeySources> take_from_environment();
};

// "vault read -field=key 'secret/dry dock'" as arguments; quotes hold words together and nothing else is special.
Result<std::vector<std::string>> split_command(std::string_view text);

// The master keys. Safe to use from many threads; a copy is the same keyring. What it has given out stays good after it
// has become another one, but current() may differ from call to call: who uses it twice keeps it.
class Keyring {
public:
    static Result<Keyring> load(const KeySources& sources, const Limits& limits);

    // What the same sources say now. This one stays as it is.
    Result<Keyring> load_again(const Limits& limits) const;
    // From now on it holds what `fresh` holds, wherever it is in use.
    void become(const Keyring& fresh);

    const std::string& current() const { return now().current; }
    std::vector<std::string> ids() const;
    bool has(std::string_view id) const { return now().keys.contains(id); }
    // Named so that each place that opens a key can be found. A key that is not there is looked for in the sources once
    // more, now and then: another server may have got it first. Who needs that key waits for this, some seconds at
    // most; who needs one that is there never does.
    Result<std::string_view> reveal(std::string_view id) const;

    // 32 bytes that tell a key from another and nothing else of it: platform.master_keys.check_value.
    Result<std::string> check_value(std::string_view id) const;
    // An Error when the key loaded under this name is not the one that the check value was made with.
    Result<> verify(std::string_view id, std::string_view expected) const;

    // A key of its own for one purpose, made from a master key: every replica has the same without storing it.
    Result<KeyBytes> derive(std::string_view id, std::string_view purpose) const;

private:
    struct Keys {
        std::map<std::string, std::shared_ptr<const KeyBytes>, std::less<>> keys{};
        std::string current{};
        bool operator==(const Keys&) const = default;
    };
    struct State;

    static Result<Keys> read(const KeySources& sources, const Limits& limits);
    explicit Keyring(std::shared_ptr<State> state) : state_(std::move(state)) {}
    const Keys& now() const;
    void look_for(std::string_view id) const;

    std::shared_ptr<State> state_;
};

// A new file with one new key (k1), mode 0600, on the disk when this returns. A file that is there is never touched:
// conflict.
Result<> create_key_file(const std::filesystem::path& path);

// Adds a new key to a file, under the next free name k<n>, which it returns. Readers see the old file or the new one.
Result<std::string> add_key(const std::filesystem::path& named);

}  // namespace drydock::crypto
