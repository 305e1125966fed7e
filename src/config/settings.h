#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace drydock::config {

enum class Type : std::uint8_t { text, path, duration, count, size, flag, choice, list };

// One thing that can be set. Reading, checking, `config show`, the command line and the documentation are made from
// this table: a setting that is not here does not exist.
struct Setting {
    std::string_view key;  // "migrate.lock_timeout": in drydock.toml, lock_timeout in [migrate]
    Type type = Type::text;
    std::string_view fallback{};                    // the default, in the spelling of the file; empty: none
    std::string_view option{};                      // "--lock-timeout"; empty: not on the command line
    std::array<std::string_view, 2> environment{};  // names of variables, the first one wins; "" fills up
    bool secret = false;                            // never shown: a URL without its password, anything else as stars
    bool in_file = true;                            // may stand in drydock.toml
    std::string_view description{};                 // one line
    std::array<std::string_view, 8> choices{};      // of Type::choice; "" fills up
};

// The table, in the order in which it is shown.
std::span<const Setting> settings();
// nullptr when there is no such key.
const Setting* find_setting(std::string_view key);

std::string_view name(Type type);  // "duration"

// A value's text as people may see it: the password of a URL or of "host=… password=…" replaced by stars.
std::string masked(std::string_view text);
// The same as the setting says: a secret that is no address of a server is all stars.
std::string shown(const Setting& setting, std::string_view text);

// The table as the page docs/configuration.md.
std::string markdown();

}  // namespace drydock::config
