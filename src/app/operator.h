#pragma once

#include <memory>
#include <optional>

#include "app/control_plane.h"
#include "app/serve_options.h"
#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "crypto/keyring.h"
#include "crypto/password.h"
#include "identity/service.h"
#include "identity/session_cache.h"

namespace drydock::app {

// What the operator needs who helps people from the server's own machine: the control plane and the master keys, found
// and checked as `serve` does, whether a server runs beside it or not. Nobody signs in: who has these files has
// everything.
class Operator {
public:
    static Result<std::unique_ptr<Operator>> open(
        const ServeOptions& options, Progress& progress, const Limits& limits
    );
    const identity::Service& identity() const { return *identity_; }

private:
    Operator() = default;
    std::unique_ptr<ControlPlane> plane_;
    std::optional<crypto::Keyring> keyring_;
    std::optional<crypto::TokenSigner> signer_;
    crypto::Passwords passwords_;
    std::optional<identity::SessionCache> sessions_;
    std::optional<identity::Service> identity_;
};

}  // namespace drydock::app
