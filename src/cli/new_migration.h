#pragma once

#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "layouts/folder.h"

namespace drydock::cli {

// The number after the highest one, as wide as that; "001" in an empty folder. Where the highest one is a time
// (YYYYMMDDHHMMSS), the time of `now` in UTC, or one more than the highest if that is not later.
std::string next_number(const std::vector<layouts::Migration>& migrations, std::time_t now);

// lower_case_with_underscores, or an Error that suggests it.
Result<> check_name(std::string_view name);

struct NewMigration {
    std::string number;
    std::string name;
    std::string purpose;
    std::vector<std::string> dependencies;  // ids
    bool rollback = true;
};

// The files to make: their names and what stands in them.
struct NewFile {
    std::string name;
    std::string text;
};
std::vector<NewFile> new_files(const NewMigration& wanted);

}  // namespace drydock::cli
