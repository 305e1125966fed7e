#include "cli/version.h"

namespace drydock::cli {

std::string_view version() {
    return DRYDOCK_VERSION;
}

}  // namespace drydock::cli
