#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "base/result.h"

namespace drydock::control {

// A file that was compiled in. The texts live as long as the program.
struct EmbeddedFile {
    std::string_view name;  // without its folder
    std::string_view text;
};

// The control plane's own migrations in drydock's native layout (src/control/migrations): each migration, its rollback
// and its verify file, by name. The order to apply them in is in their headers, not here.
std::span<const EmbeddedFile> migrations();

// The text of one of them; empty when there is none of that name.
std::string_view migration_text(std::string_view name);

// Writes them all into a folder that is there, for what works on a folder of migrations.
Result<> write_migrations(const std::filesystem::path& dir);

}  // namespace drydock::control
