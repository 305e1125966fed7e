#pragma once

#include "control/actor.h"
#include "http/route.h"
#include "identity/principal.h"

namespace drydock::api {

// Who asks: what the pipeline of `http` needs to know, and what the capabilities do.
struct Who final : http::Principal {
    identity::Principal identity;
    control::Actor actor;
};

inline const Who& who(const http::Call& call) {
    return call.who<Who>();
}
inline const control::Actor& actor(const http::Call& call) {
    return who(call).actor;
}

}  // namespace drydock::api
