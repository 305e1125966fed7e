#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "migrate/project.h"
#include "prove/replay.h"

namespace drydock::prove {

// What results are kept by: hashes of all that they were made from.
struct Keys {
    std::vector<std::string> states;  // [k]: the database after the first k of the chain; one more than proofs
    std::vector<std::string> proofs;  // [k]: that the k-th one can be taken back
};

Result<Keys> keys_of(
    const migrate::Project& project,
    const std::vector<std::size_t>& chain,
    const ReplayOptions& options,
    std::string_view server  // its programs, as shadow::Shadow::Kind::identity
);

// A key made of others and of what else matters.
std::string key_of(std::string_view kind, const std::vector<std::string>& parts);

// The data files of a folder by the plain number of their migration. Errors: two of one number; a folder that can't be
// read.
Result<std::map<std::string, std::filesystem::path>> data_files(const std::filesystem::path& folder);
// By the value of a number: "3" is the migration 003.
std::string plain_number(std::string_view digits);

}  // namespace drydock::prove
