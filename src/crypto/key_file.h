#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/key_bytes.h"

// The text form of master keys, and the file that holds it. For keyring.h alone.
namespace drydock::crypto {

struct NamedKey {
    std::string id;
    KeyBytes key;
};

bool is_key_id(std::string_view text);

// The keys in a text; `source` names it in errors, which show no part of it.
Result<std::vector<NamedKey>> read_keys(std::string_view text, std::string_view source);

// The text of a key file, when it is one that nobody else reads or writes.
Result<Secret> read_key_file(const std::filesystem::path& path);

}  // namespace drydock::crypto
