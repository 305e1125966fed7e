#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/control_plane.h"
#include "app/serve_options.h"
#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "base/secret.h"
#include "cache/shared.h"
#include "control/clock.h"
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
    // `by` is who that is on the machine, for the audit trail: "root@db1".
    static Result<std::unique_ptr<Operator>> open(
        const ServeOptions& options, std::string by, Progress& progress, const Limits& limits
    );

    // All by a person's address; not_found where nobody has it.
    Result<Secret> reset_link(std::string_view address, const Limits& limits) const;
    Result<> remove_second_factor(std::string_view address, const Limits& limits) const;
    Result<> set_disabled(std::string_view address, bool disabled, const Limits& limits) const;
    // How many lines of audit trails told of them.
    Result<std::int64_t> erase(std::string_view address, const Limits& limits) const;

private:
    Operator() = default;
    std::string by_;
    std::unique_ptr<ControlPlane> plane_;
    std::optional<crypto::Keyring> keyring_;
    std::optional<crypto::TokenSigner> signer_;
    crypto::Passwords passwords_;
    std::optional<control::Clock> clock_;
    std::optional<cache::Shared> unshared_;  // nobody signs in here: there is nothing to find
    std::optional<identity::SessionCache> sessions_;
    std::optional<identity::Service> identity_;
};

}  // namespace drydock::app
