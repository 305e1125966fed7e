#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "testing/child_process.h"

namespace drydock::testing {

// A real OpenID Connect provider (tests/oidc, from npm) on 127.0.0.1, with a client "drydock"; gone at the end.
class OidcServer {
public:
    // Why there is none to be had on this machine, or nothing. Fetches it at the first call. Where CI runs, a missing
    // one is a failure and never a reason to skip.
    static std::optional<std::string> missing();

    explicit OidcServer(const std::string& redirect_uri);

    const std::string& issuer() const { return issuer_; }
    static std::string client_secret() { return "a secret: of & the test"; }
    // Goes there as a browser does, and signs in; the address with which it comes back to the redirect URI.
    std::string browse(const std::string& address) const;

private:
    std::string redirect_uri_;
    std::string issuer_;
    std::unique_ptr<ChildProcess> process_;
};

}  // namespace drydock::testing
