#pragma once

#include <optional>
#include <string>

#include "base/limits.h"
#include "base/secret.h"
#include "identity/service.h"

namespace drydock::identity {

struct LoginRequest {
    std::string email{};
    Secret password{};
    std::string organization_id{};  // to begin in; empty: where the person was last
    Peer peer{};
};

struct LoginAnswer {
    std::optional<Tokens> tokens{};
    Secret challenge{};  // where there are no tokens yet: what to send with the code of the second factor
};

// Errors: unauthenticated, in the same words and after the same work whether the person does not exist, has another
// password, is disabled, or has to wait after too many attempts.
Result<LoginAnswer> log_in(const Service& service, const LoginRequest& request, const Limits& limits);

struct SecondStep {
    Secret challenge{};
    std::string code{};  // six digits, or a recovery code
    std::string organization_id{};
    Peer peer{};
};
// A code is taken once. Errors as above.
Result<Tokens> log_in_second_step(const Service& service, const SecondStep& step, const Limits& limits);

}  // namespace drydock::identity
