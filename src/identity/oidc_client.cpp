#include "identity/oidc_client.h"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/bytes.h"
#include "identity/inside.h"

namespace drydock::identity {
namespace {

namespace json = boost::json;

constexpr std::chrono::hours kKept{1};
constexpr std::chrono::minutes kKeysNotSooner{1};
constexpr std::chrono::seconds kPatience{10};
constexpr std::size_t kMostAnswer = std::size_t{256} * 1024;

Error provider_failed(std::string_view title, std::string_view why) {
    return {
        .code = ErrorCode::unavailable,
        .message = fmt::format("signing in by {} does not work at the moment", title),
        .hint = "Try again in a moment, or sign in with your password.",
        .detail = std::string{why},
    };
}

Error refused(std::string_view why) {
    return {
        .code = ErrorCode::unauthenticated,
        .message = "the answer of the other sign-in was refused",
        .hint = "Start again from the sign-in page.",
        .detail = std::string{why},
    };
}

std::string text_of(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains({name.data(), name.size()});
    if (value == nullptr || !value->is_string()) return {};
    return std::string{value->get_string()};
}

// Some providers write it as a text.
bool is_true(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains({name.data(), name.size()});
    if (value == nullptr) return false;
    return (value->is_bool() && value->get_bool()) || (value->is_string() && value->get_string() == "true");
}

Result<json::object> object_of(std::string_view text, std::string_view title, std::string_view what) {
    boost::system::error_code error;
    auto value = json::parse({text.data(), text.size()}, error);
    if (error || !value.is_object()) return provider_failed(title, fmt::format("{} is no JSON object", what));
    return std::move(value.get_object());
}

bool lists(const json::object& object, std::string_view name, std::string_view element) {
    const auto* const value = object.if_contains({name.data(), name.size()});
    if (value == nullptr || !value->is_array()) return false;
    return std::ranges::any_of(value->get_array(), [&](const json::value& one) {
        return one.is_string() && std::string_view{one.get_string()} == element;
    });
}

std::string form(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    std::string result;
    for (const auto& [name, value] : fields) {
        if (!result.empty()) result += '&';
        result += fmt::format("{}={}", name, percent_encoded(value));
    }
    return result;
}

}  // namespace

Result<> OidcClient::check_url(std::string_view url, std::string_view what) const {
    if (url.starts_with("https://") || (provider_.plain_http && url.starts_with("http://"))) return {};
    return provider_failed(provider_.title, fmt::format("its {} is no https address", what));
}

Result<std::string> OidcClient::get(
    const std::string& url, std::string_view what, const Limits& limits, const Secret& bearer
) {
    net::HttpRequest request{
        .url = url,
        .headers = {{"Accept", "application/json"}},
        .plain_http = provider_.plain_http,
        .most_answer = kMostAnswer,
    };
    if (!bearer.empty()) request.headers.push_back({"Authorization", "Bearer " + bearer.reveal()});
    auto answer = fetch_(request, limits.at_most(kPatience));
    if (!answer) return provider_failed(provider_.title, fmt::format("{}: {}", what, answer.error().message));
    if (answer->status != 200) {
        return provider_failed(provider_.title, fmt::format("{}: HTTP status {}", what, answer->status));
    }
    return std::move(answer->body);
}

Result<OidcClient::Metadata> OidcClient::metadata(const Limits& limits) {
    {
        const std::lock_guard lock{mutex_};
        if (metadata_ && Clock::now() - metadata_read_ < kKept) return *metadata_;
    }
    DRYDOCK_TRY_VOID(check_url(provider_.issuer, "issuer"));
    auto base = provider_.issuer;
    while (base.ends_with('/')) base.pop_back();
    DRYDOCK_TRY(const auto text, get(base + "/.well-known/openid-configuration", "its configuration", limits, {}));
    DRYDOCK_TRY(const auto document, object_of(text, provider_.title, "its configuration"));
    // Else whoever answers there could speak for another issuer.
    if (text_of(document, "issuer") != provider_.issuer) {
        return provider_failed(provider_.title, "its configuration names another issuer");
    }
    Metadata metadata{
        .authorization_endpoint = text_of(document, "authorization_endpoint"),
        .token_endpoint = text_of(document, "token_endpoint"),
        .userinfo_endpoint = text_of(document, "userinfo_endpoint"),
        .jwks_uri = text_of(document, "jwks_uri"),
        .names_issuer = is_true(document, "authorization_response_iss_parameter_supported"),
        .secret_in_body = lists(document, "token_endpoint_auth_methods_supported", "client_secret_post") &&
                          !lists(document, "token_endpoint_auth_methods_supported", "client_secret_basic"),
    };
    DRYDOCK_TRY_VOID(check_url(metadata.authorization_endpoint, "authorization endpoint"));
    DRYDOCK_TRY_VOID(check_url(metadata.token_endpoint, "token endpoint"));
    DRYDOCK_TRY_VOID(check_url(metadata.jwks_uri, "address of keys"));
    if (!metadata.userinfo_endpoint.empty()) {
        DRYDOCK_TRY_VOID(check_url(metadata.userinfo_endpoint, "userinfo endpoint"));
    }
    const std::lock_guard lock{mutex_};
    metadata_ = std::make_shared<const Metadata>(metadata);
    metadata_read_ = Clock::now();
    return metadata;
}

Result<std::shared_ptr<const crypto::Jwks>> OidcClient::keys(
    const Metadata& metadata, bool anew, const Limits& limits
) {
    {
        // A token with an unknown key id must not make us ask the provider each time.
        const std::lock_guard lock{mutex_};
        const auto age = Clock::now() - keys_read_;
        if (keys_ && age < (anew ? Clock::duration{kKeysNotSooner} : Clock::duration{kKept})) return keys_;
    }
    DRYDOCK_TRY(const auto text, get(metadata.jwks_uri, "its keys", limits, {}));
    auto parsed = crypto::Jwks::parse(text);
    if (!parsed) return provider_failed(provider_.title, parsed.error().message);
    const std::lock_guard lock{mutex_};
    keys_ = std::make_shared<const crypto::Jwks>(*std::move(parsed));
    keys_read_ = Clock::now();
    return keys_;
}

Result<std::string> OidcClient::authorization_url(const Request& request, const Limits& limits) {
    DRYDOCK_TRY(const auto known, metadata(limits));
    const auto challenge = base64url(crypto::sha256(request.verifier));
    const char separator = known.authorization_endpoint.find('?') == std::string::npos ? '?' : '&';
    return known.authorization_endpoint + separator +
           form({
               {"response_type", "code"},
               {"client_id", provider_.client_id},
               {"redirect_uri", request.redirect_uri},
               {"scope", "openid email profile"},
               {"state", request.state},
               {"nonce", request.nonce},
               {"code_challenge", challenge},
               {"code_challenge_method", "S256"},
           });
}

Result<> OidcClient::check_issuer(std::string_view iss, const Limits& limits) {
    DRYDOCK_TRY(const auto known, metadata(limits));
    if (iss.empty() && !known.names_issuer) return {};
    if (iss != provider_.issuer) return refused("the answer is of another issuer");
    return {};
}

Result<crypto::Claims> OidcClient::verify(
    const Metadata& metadata,
    std::string_view id_token,
    const Request& request,
    std::chrono::system_clock::time_point now,
    const Limits& limits
) {
    const crypto::ClaimRules rules{
        .issuer = provider_.issuer,
        .audience = provider_.client_id,
        .nonce = request.nonce,
        .leeway = std::chrono::seconds{60},
        .max_age = std::chrono::minutes{10},
    };
    DRYDOCK_TRY(const auto known, keys(metadata, false, limits));
    auto claims = known->verify(id_token, rules, now);
    if (!claims && claims.error().code == ErrorCode::not_found) {
        DRYDOCK_TRY(const auto newer, keys(metadata, true, limits));
        claims = newer->verify(id_token, rules, now);
    }
    if (!claims) return refused(claims.error().message);
    // A token for several is for us when it says that we asked for it (OpenID Connect Core 3.1.3.7).
    const auto party = claims->text("azp");
    if ((!party.empty() || claims->texts("aud").size() > 1) && party != provider_.client_id) {
        return refused("the token was made for another client");
    }
    if (claims->subject().empty() || claims->subject().size() > 255) return refused("the token names nobody");
    return claims;
}

Result<json::object> OidcClient::redeem(
    const Metadata& known, std::string_view code, const Request& request, const Limits& limits
) {
    net::HttpRequest post{
        .method = "POST",
        .url = known.token_endpoint,
        .headers = {{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}},
        .body = form({
            {"grant_type", "authorization_code"},
            {"code", code},
            {"redirect_uri", request.redirect_uri},
            {"code_verifier", request.verifier},
            {"client_id", provider_.client_id},
        }),
        .plain_http = provider_.plain_http,
        .most_answer = kMostAnswer,
    };
    const auto& secret = provider_.client_secret;
    if (!secret.empty() && known.secret_in_body) {
        post.body += "&client_secret=" + percent_encoded(secret.reveal());
    } else if (!secret.empty()) {
        const auto pair = percent_encoded(provider_.client_id) + ":" + percent_encoded(secret.reveal());
        post.headers.push_back({"Authorization", "Basic " + base64(pair)});
    }
    const auto answer = fetch_(post, limits.at_most(kPatience));
    if (!answer) return provider_failed(provider_.title, answer.error().message);
    DRYDOCK_TRY(auto tokens, object_of(answer->body, provider_.title, "its answer for a code"));
    if (answer->status != 200) {
        const auto error = clean_text(text_of(tokens, "error"), 100);
        // invalid_grant: the code was used before, is too old or of another sign-in.
        if (error == "invalid_grant") return refused(error);
        return provider_failed(provider_.title, fmt::format("HTTP status {}, {}", answer->status, error));
    }
    return tokens;
}

// What it says of a person, if it may let them in here.
Result<OidcPerson> OidcClient::person_of(const crypto::Claims& claims, const json::object& about) const {
    const auto email = clean_email(text_of(about, "email"));
    if (email.empty() || !is_true(about, "email_verified")) {
        return Error{
            .code = ErrorCode::permission_denied,
            .message = fmt::format("{} has not verified your e-mail address", provider_.title),
            .hint = "Verify it there, and sign in again.",
        };
    }
    const auto domain = std::string_view{email}.substr(email.find('@') + 1);
    const auto& allowed = provider_.email_domains;
    if (!allowed.empty() && std::ranges::none_of(allowed, [&](const auto& one) { return iequals(one, domain); })) {
        return Error{
            .code = ErrorCode::permission_denied,
            .message =
                fmt::format("addresses of {} may not sign in here by {}", clean_text(domain, 100), provider_.title),
            .hint = "Use an account of your organization.",
        };
    }
    return OidcPerson{
        .issuer = provider_.issuer,
        .subject = std::string{claims.subject()},
        .email = email,
        .name = text_of(about, "name"),
    };
}

Result<OidcPerson> OidcClient::exchange(
    std::string_view code, const Request& request, std::chrono::system_clock::time_point now, const Limits& limits
) {
    DRYDOCK_TRY(const auto known, metadata(limits));
    DRYDOCK_TRY(const auto tokens, redeem(known, code, request, limits));
    DRYDOCK_TRY(const auto claims, verify(known, text_of(tokens, "id_token"), request, now, limits));
    auto about = claims.all();
    if (!about.contains("email") && !known.userinfo_endpoint.empty()) {
        const Secret access{text_of(tokens, "access_token")};
        DRYDOCK_TRY(const auto text, get(known.userinfo_endpoint, "what it tells of a person", limits, access));
        DRYDOCK_TRY(about, object_of(text, provider_.title, "what it tells of a person"));
        if (text_of(about, "sub") != claims.subject()) return refused("it tells of another person");
    }
    return person_of(claims, about);
}

}  // namespace drydock::identity
