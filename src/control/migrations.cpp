#include "control/migrations.h"

#include <algorithm>
#include <string>

#include "base/files.h"

namespace drydock::control {

Result<> write_migrations(const std::filesystem::path& dir) {
    for (const auto& file : migrations()) DRYDOCK_TRY_VOID(write_file(dir / file.name, file.text));
    return {};
}

std::string_view migration_text(std::string_view name) {
    const auto files = migrations();
    const auto found = std::ranges::find(files, name, &EmbeddedFile::name);
    return found == files.end() ? std::string_view{} : found->text;
}

}  // namespace drydock::control
