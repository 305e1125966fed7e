#pragma once

#include "base/private_folder.h"
#include "base/result.h"
#include "migrate/options.h"
#include "migrate/project.h"

namespace drydock::control {

// The control plane's migrations as a project of the engine. The engine works on folders, so the embedded files stand
// in a private one for as long as this lives.
class BuiltInProject {
public:
    static Result<BuiltInProject> unpack();

    const migrate::Project& project() const { return project_; }
    // The same options for its own history: an environment of somebody's migrations is none of the control plane's.
    static migrate::Options options(migrate::Options options);

private:
    PrivateFolder folder_;
    migrate::Project project_;
};

}  // namespace drydock::control
