#include "control/project.h"

#include <string_view>

#include "control/migrations.h"
#include "layouts/folder.h"

namespace drydock::control {
namespace {

constexpr std::string_view kProject = "drydock-control";  // its name in the history of the target

}  // namespace

Result<BuiltInProject> BuiltInProject::unpack() {
    BuiltInProject built_in;
    DRYDOCK_TRY(built_in.folder_, PrivateFolder::make("drydock-control"));
    DRYDOCK_TRY_VOID(write_migrations(built_in.folder_.path()));
    DRYDOCK_TRY(auto folder, layouts::read_native(built_in.folder_.path()));
    DRYDOCK_TRY(built_in.project_, migrate::Project::build(std::move(folder)));
    return built_in;
}

migrate::Options BuiltInProject::options(migrate::Options options) {
    options.project = kProject;
    options.environment.clear();
    return options;
}

}  // namespace drydock::control
