#include "control/actor.h"

namespace drydock::control {

Actor Actor::system(std::string_view organization_id) {
    return {.user_id = std::string{kSystemUser}, .organization_id = std::string{organization_id}, .via = "drydock"};
}

bool Actor::is_system() const {
    return user_id == kSystemUser;
}

}  // namespace drydock::control
