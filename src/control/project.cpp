#include "control/project.h"

#include <cerrno>
#include <cstdlib>

#include "base/files.h"
#include "control/migrations.h"
#include "layouts/folder.h"

namespace drydock::control {
namespace {

constexpr std::string_view kProject = "drydock-control";  // its name in the history of the target

}  // namespace

BuiltInProject::Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
}

Result<BuiltInProject> BuiltInProject::unpack() {
    BuiltInProject built_in;
    std::error_code error;
    auto pattern = (std::filesystem::temp_directory_path(error) / "drydock-control-XXXXXX").string();
    if (error || ::mkdtemp(pattern.data()) == nullptr) return file_error("making", pattern, errno);
    built_in.folder_ = std::make_unique<Folder>(pattern);
    DRYDOCK_TRY_VOID(write_migrations(pattern));
    DRYDOCK_TRY(auto folder, layouts::read_native(pattern));
    DRYDOCK_TRY(built_in.project_, migrate::Project::build(std::move(folder)));
    return built_in;
}

migrate::Options BuiltInProject::options(migrate::Options options) {
    options.project = kProject;
    options.environment.clear();
    return options;
}

}  // namespace drydock::control
