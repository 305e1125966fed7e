#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "layouts/folder.h"

namespace drydock::migrate {

// A folder of migrations with its dependencies resolved, in the order in which they run: by number, then as the
// dependencies say, then by name.
class Project {
public:
    // Errors name files and lines: a dependency that no file answers to, a circle.
    static Result<Project> build(layouts::Folder folder);

    const layouts::Folder& folder() const { return folder_; }
    const std::vector<layouts::Migration>& migrations() const { return folder_.migrations; }  // in running order
    const layouts::Migration& at(std::size_t index) const { return folder_.migrations[index]; }
    std::size_t size() const { return folder_.migrations.size(); }

    // Indexes of the migrations that this one declares to need; always earlier than it.
    const std::vector<std::size_t>& dependencies(std::size_t index) const { return dependencies_[index]; }

    // By id, file name, or number where only one has it. Errors: not there (with the nearest name), several.
    Result<std::size_t> find(std::string_view name) const;
    std::optional<std::size_t> find_id(std::string_view id) const;

private:
    layouts::Folder folder_;
    std::vector<std::vector<std::size_t>> dependencies_;
    std::vector<std::size_t> by_id_;
};

}  // namespace drydock::migrate
