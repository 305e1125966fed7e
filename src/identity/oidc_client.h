#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/jwt.h"
#include "net/http_client.h"

namespace drydock::identity {

// The way out to a provider: net::fetch with a dialler, which judges each address.
using Fetch = std::function<Result<net::HttpAnswer>(const net::HttpRequest&, const Limits&)>;

// Another program that knows people (OpenID Connect). What the operator configures.
struct OidcProvider {
    std::string name{};   // in addresses: "company"
    std::string title{};  // on the button
    std::string issuer{};
    std::string client_id{};
    Secret client_secret{};                    // empty: a public client, which PKCE alone protects
    std::vector<std::string> email_domains{};  // whose addresses may sign in; empty: all
    bool plain_http = false;                   // for a provider on loopback
    // Makes people who are not known yet members of this organization, in this role. Empty: only who was invited.
    std::string organization_id{};
    std::string role{};  // viewer, member or admin
};

// What a provider says of somebody, once everything about it has been verified.
struct OidcPerson {
    std::string issuer{};
    std::string subject{};
    std::string email{};  // verified by the provider
    std::string name{};
};

// One provider's endpoints and keys. Safe to use from many threads.
class OidcClient {
public:
    OidcClient(OidcProvider provider, Fetch fetch) : provider_(std::move(provider)), fetch_(std::move(fetch)) {}

    const OidcProvider& provider() const { return provider_; }

    struct Request {
        std::string redirect_uri{};
        std::string state{};
        std::string nonce{};
        std::string verifier{};
    };
    // Where to send the browser.
    Result<std::string> authorization_url(const Request& request, const Limits& limits);
    // The issuer that an answer names (RFC 9207) must be this one, and must be there where the provider says so: else
    // one provider's code could be sent to another.
    Result<> check_issuer(std::string_view iss, const Limits& limits);
    // Exchanges the code and verifies what comes. `now` is the control plane's clock.
    Result<OidcPerson> exchange(
        std::string_view code, const Request& request, std::chrono::system_clock::time_point now, const Limits& limits
    );

private:
    struct Metadata {
        std::string authorization_endpoint{};
        std::string token_endpoint{};
        std::string userinfo_endpoint{};
        std::string jwks_uri{};
        bool names_issuer = false;
        bool secret_in_body = false;
    };
    using Clock = std::chrono::steady_clock;

    Result<Metadata> metadata(const Limits& limits);
    Result<std::shared_ptr<const crypto::Jwks>> keys(const Metadata& metadata, bool anew, const Limits& limits);
    Result<boost::json::object> redeem(
        const Metadata& known, std::string_view code, const Request& request, const Limits& limits
    );
    Result<OidcPerson> person_of(const crypto::Claims& claims, const boost::json::object& about) const;
    Result<crypto::Claims> verify(
        const Metadata& metadata,
        std::string_view id_token,
        const Request& request,
        std::chrono::system_clock::time_point now,
        const Limits& limits
    );
    Result<std::string> get(const std::string& url, std::string_view what, const Limits& limits, const Secret& bearer);
    Result<> check_url(std::string_view url, std::string_view what) const;

    OidcProvider provider_;
    Fetch fetch_;
    std::mutex mutex_;
    std::shared_ptr<const Metadata> metadata_;
    Clock::time_point metadata_read_{};
    std::shared_ptr<const crypto::Jwks> keys_;
    Clock::time_point keys_read_{};
};

}  // namespace drydock::identity
