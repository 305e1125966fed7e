#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/secret.h"
#include "identity/login.h"
#include "identity/oidc_client.h"
#include "identity/principal.h"
#include "identity/service.h"

namespace drydock::identity {

struct OidcStart {
    std::string url{};  // where the browser goes
    Secret flow{};      // for a cookie of ten minutes: HttpOnly, SameSite=Lax. Without it no answer is taken
};
// What the browser brings back.
struct OidcReturn {
    Secret flow{};
    std::string redirect_uri{};  // the same as at the start
    std::string state{};
    std::string code{};
    std::string iss{};
    std::string error{};
    Peer peer{};
};
struct OidcAnswer {
    bool linked = false;  // to the account of who began it; no sign-in comes of it
    LoginAnswer login{};  // tokens, or the challenge of the second factor; neither where `confirm` is there
    Secret confirm{};     // the address is that of somebody known: they add the provider with their password
    std::string email{};  // whose
};

// Signing in by other providers: authorization code with PKCE, state and nonce. Somebody is known by issuer and
// subject. By an address alone nobody is: it takes the person's password, or the person being signed in, to add a
// provider to an account. Safe to use from many threads.
class Oidc {
public:
    Oidc(const Service& service, const Fetch& fetch, std::vector<OidcProvider> providers);

    struct Choice {
        std::string name{};
        std::string title{};
    };
    std::vector<Choice> choices() const;

    Result<OidcStart> start(std::string_view provider, std::string_view redirect_uri, const Limits& limits);
    // Of somebody who is signed in, to add the provider to their account. Needs a step-up.
    Result<OidcStart> start_linking(
        const Principal& who, std::string_view provider, std::string_view redirect_uri, const Limits& limits
    );
    // Each start is answered once.
    Result<OidcAnswer> finish(const OidcReturn& answer, const Limits& limits);
    // Of a linking that this person began: where the browser is not theirs to give cookies to, as on the command line.
    Result<OidcAnswer> finish_linking(const Principal& who, const OidcReturn& answer, const Limits& limits);
    // Counted as an attempt to sign in.
    Result<LoginAnswer> confirm(const Secret& confirm, const Secret& password, const Peer& peer, const Limits& limits);

private:
    Result<OidcStart> begin(
        std::string_view provider, std::string_view redirect_uri, std::string_view linking, const Limits& limits
    );
    Result<OidcClient*> client(std::string_view name) const;
    Result<OidcAnswer> take(const OidcReturn& answer, std::string_view linking, const Limits& limits);
    Result<OidcAnswer> let_in(
        const OidcProvider& provider,
        const OidcPerson& known,
        const std::string& linking,
        const Peer& peer,
        const Limits& limits
    );
    Result<OidcAnswer> link(
        const OidcPerson& known, const std::string& user_id, const Peer& peer, const Limits& limits
    );
    Result<OidcAnswer> make(
        const OidcProvider& provider, const OidcPerson& known, const Peer& peer, const Limits& limits
    );

    const Service& service_;
    std::vector<std::unique_ptr<OidcClient>> clients_;
};

struct LinkedProvider {
    std::string id{};
    std::string issuer{};
    std::string created_at{};  // ISO 8601
};
Result<std::vector<LinkedProvider>> linked_providers(
    const Service& service, const Principal& who, const Limits& limits
);
// Needs a step-up. conflict: it is the only way in that the person has.
Result<> unlink_provider(
    const Service& service, const Principal& who, std::string_view id, const Peer& peer, const Limits& limits
);

}  // namespace drydock::identity
