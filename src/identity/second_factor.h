#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/secret.h"
#include "identity/inside.h"
#include "identity/principal.h"

namespace drydock::identity {

struct Enrolment {
    Secret secret{};  // base32, for those who type
    Secret url{};     // otpauth://…, for a QR code
};
// Shown once. Until `confirm_second_factor` nothing is asked for at a sign-in. Needs a step-up. conflict: there is one.
Result<Enrolment> begin_second_factor(const Service& service, const Principal& who, const Limits& limits);
// With a code of the app. Gives the recovery codes, which are shown once.
Result<std::vector<Secret>> confirm_second_factor(
    const Service& service, const Principal& who, std::string_view code, const Peer& peer, const Limits& limits
);
// New ones; the old ones are void. Needs a step-up.
Result<std::vector<Secret>> renew_recovery_codes(
    const Service& service, const Principal& who, const Peer& peer, const Limits& limits
);
// Needs a step-up.
Result<> remove_second_factor(const Service& service, const Principal& who, const Peer& peer, const Limits& limits);

struct FactorState {
    bool confirmed = false;
    int recovery_codes_left = 0;
};
Result<FactorState> second_factor(const Service& service, const Principal& who, const Limits& limits);

// A fresh proof for dangerous calls, which holds for five minutes in this session: the password, or a code. Counted
// and delayed as at a sign-in.
struct StepUp {
    Secret password{};  // one of both
    std::string code{};
};
Result<> step_up(
    const Service& service, const Principal& who, const StepUp& proof, const Peer& peer, const Limits& limits
);

// Seals with the keyring's current master key what another one was used for. Returns how many. For a key rotation.
Result<int> reseal_second_factors(const Service& service, const Limits& limits);

// For this module's own sources.
Result<bool> has_second_factor(control::Transaction& transaction, std::string_view user_id);
// "totp", "recovery_code", or "" when it is neither, or was used before. Spends it.
Result<std::string_view> take_second_factor(
    const Service& service, control::Transaction& transaction, std::string_view user_id, std::string_view code
);
Error code_refused();

}  // namespace drydock::identity
