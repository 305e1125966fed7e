#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/registry.h"

// Databases that are registered from a file, again and again: docs/registry.md has its form. Reading the file's own
// syntax is the caller's.
namespace drydock::registry {

struct FileEntry {
    std::string project{};  // slug or id
    Fields fields{};
    NewSecret secret{};
    Place place{};  // in the file, for messages
};

using Placeholders = std::function<std::optional<std::string>(std::string_view name)>;

// "${NAME}" in a text; "$${" is "${". Within an address, a value is percent-encoded, unless the placeholder is the
// whole of it. invalid_argument for one that has no value.
Result<std::string> fill_in(std::string_view text, const Placeholders& placeholders, bool in_address = false);

struct FileOutcome {
    std::string name{};
    std::string id{};
    Action action = Action::unchanged;
};

// Entry by entry; stops at the first that can't be registered, with its place in the Error. Those before it stay, and a
// next run finds them unchanged.
Result<std::vector<FileOutcome>> register_file(
    Registry& registry,
    const control::Actor& actor,
    const std::vector<FileEntry>& entries,
    const Placeholders& placeholders,
    bool test_first,
    const Limits& limits
);

}  // namespace drydock::registry
