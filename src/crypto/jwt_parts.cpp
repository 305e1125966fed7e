#include "crypto/jwt_parts.h"

#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/bytes.h"
#include "crypto/strict_json.h"

namespace drydock::crypto {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxToken = std::size_t{16} * 1024;
// Parameters by which a token would choose its own key or change how it is read.
constexpr std::array<std::string_view, 8> kRefusedParameters{"jwk", "jku", "x5c", "x5u", "crit", "b64", "zip", "enc"};

std::string_view text_of(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains({name.data(), name.size()});
    if (value == nullptr || !value->is_string()) return {};
    const auto& text = value->get_string();
    return {text.data(), text.size()};
}

Result<> read_header(std::string_view encoded, TokenParts& parts) {
    const auto text = from_base64url(encoded);
    if (!text) return refused_token("its header is no base64url");
    std::array<unsigned char, 2048> buffer{};
    json::monotonic_resource storage{buffer.data(), buffer.size()};
    DRYDOCK_TRY(const auto header, read_strictly(*text, "the token's header", &storage));
    for (const auto name : kRefusedParameters) {
        if (header.contains({name.data(), name.size()}))
            return refused_token(fmt::format("its header has \"{}\"", name));
    }
    for (const std::string_view name : {"alg", "kid", "typ"}) {
        const auto* const value = header.if_contains({name.data(), name.size()});
        if (value != nullptr && !value->is_string()) return refused_token(fmt::format("its {} is no text", name));
    }
    parts.algorithm = text_of(header, "alg");
    parts.key_id = text_of(header, "kid");
    parts.type = text_of(header, "typ");
    if (parts.algorithm.empty()) return refused_token("it names no algorithm");
    return {};
}

// A time as RFC 7519 has it: seconds, also with a fraction. Nothing where the claim is missing.
Result<std::optional<std::int64_t>> time_of(const json::object& claims, std::string_view name) {
    const auto* const value = claims.if_contains({name.data(), name.size()});
    if (value == nullptr) return std::optional<std::int64_t>{};
    constexpr double kExact = 9007199254740992.0;  // 2^53
    double seconds = kExact;
    if (const auto* const whole = value->if_int64()) seconds = static_cast<double>(*whole);
    if (const auto* const number = value->if_double()) seconds = *number;
    if (!std::isfinite(seconds) || seconds >= kExact || seconds < 0) {
        return refused_token(fmt::format("its {} is no time", name));
    }
    return std::optional{static_cast<std::int64_t>(seconds)};
}

Result<> check_times(const json::object& claims, const ClaimRules& rules, std::chrono::system_clock::time_point when) {
    const auto now = std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
    const auto leeway = rules.leeway.count();
    DRYDOCK_TRY(const auto expires, time_of(claims, "exp"));
    DRYDOCK_TRY(const auto not_before, time_of(claims, "nbf"));
    DRYDOCK_TRY(const auto issued, time_of(claims, "iat"));
    if (!expires) return refused_token("it never expires");
    if (now >= *expires + leeway) return refused_token("it has expired");
    if (not_before && now + leeway < *not_before) return refused_token("it is not valid yet");
    if (issued && now + leeway < *issued) return refused_token("it was issued in the future");
    if (rules.max_age.count() > 0 && (!issued || now - leeway > *issued + rules.max_age.count())) {
        return refused_token("it was issued too long ago");
    }
    return {};
}

bool is_for(const json::object& claims, std::string_view audience) {
    if (text_of(claims, "aud") == audience) return true;
    const auto* const value = claims.if_contains("aud");
    const auto* const list = value == nullptr ? nullptr : value->if_array();
    if (list == nullptr) return false;
    bool found = false;
    for (const auto& element : *list) {
        if (!element.is_string()) return false;
        const auto& text = element.get_string();
        if (std::string_view{text.data(), text.size()} == audience) found = true;
    }
    return found;
}

}  // namespace

Error refused_token(std::string_view why) {
    return {
        .code = ErrorCode::unauthenticated,
        .message = fmt::format("the token was refused: {}", why),
        .hint = "Sign in again."
    };
}

Result<TokenParts> parts_of_token(std::string_view token) {
    if (token.size() > kMaxToken) return refused_token("it is longer than 16 KiB");
    const auto first = token.find('.');
    const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
        return refused_token("it is not of three parts");
    }
    TokenParts parts;
    parts.signed_text = token.substr(0, second);
    parts.payload = token.substr(first + 1, second - first - 1);
    DRYDOCK_TRY_VOID(read_header(token.substr(0, first), parts));
    auto signature = from_base64url(token.substr(second + 1));
    if (!signature || signature->empty()) return refused_token("its signature is missing or no base64url");
    parts.signature = *std::move(signature);
    return parts;
}

Result<Claims> checked_claims(
    const TokenParts& parts, const ClaimRules& rules, std::chrono::system_clock::time_point now
) {
    if (!rules.type.empty() && !iequals(parts.type, rules.type)) return refused_token("it is of another type");
    const auto text = from_base64url(parts.payload);
    if (!text) return refused_token("its payload is no base64url");
    // One block for all of it: the claims of a token are small, and read often.
    const auto storage = json::make_shared_resource<json::monotonic_resource>((text->size() * 2) + 512);
    DRYDOCK_TRY(auto claims, read_strictly(*text, "the token's payload", storage));
    DRYDOCK_TRY_VOID(check_times(claims, rules, now));
    if (!rules.issuer.empty() && text_of(claims, "iss") != rules.issuer) return refused_token("it is another issuer's");
    if (!rules.audience.empty() && !is_for(claims, rules.audience)) return refused_token("it is for somebody else");
    if (!rules.nonce.empty() && !equal_in_constant_time(text_of(claims, "nonce"), rules.nonce)) {
        return refused_token("it answers another request");
    }
    return Claims{std::move(claims)};
}

}  // namespace drydock::crypto
