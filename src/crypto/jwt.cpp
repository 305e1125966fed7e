#include "crypto/jwt.h"

#include <sodium.h>

#include <array>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/encoding.h"
#include "crypto/bytes.h"
#include "crypto/jwt_parts.h"
#include "crypto/raw.h"

namespace drydock::crypto {
namespace json = boost::json;

namespace {

constexpr std::size_t kMinKey = 32;
constexpr std::string_view kType = "at+jwt";

const json::value* member(const json::object& object, std::string_view name) {
    return object.if_contains({name.data(), name.size()});
}

std::string_view view_of(const json::string& text) {
    return {text.data(), text.size()};
}

}  // namespace

Claims::Claims(json::object&& claims) : claims_(std::make_shared<const json::object>(std::move(claims))) {}

std::string_view Claims::text(std::string_view name) const {
    const auto* const value = member(*claims_, name);
    return value != nullptr && value->is_string() ? view_of(value->get_string()) : std::string_view{};
}

std::optional<std::int64_t> Claims::number(std::string_view name) const {
    const auto* const value = member(*claims_, name);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->get_int64();
}

bool Claims::flag(std::string_view name) const {
    const auto* const value = member(*claims_, name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::vector<std::string_view> Claims::texts(std::string_view name) const {
    std::vector<std::string_view> texts;
    const auto* const value = member(*claims_, name);
    if (value == nullptr) return texts;
    if (value->is_string()) texts.push_back(view_of(value->get_string()));
    if (const auto* const list = value->if_array()) {
        for (const auto& element : *list) {
            if (element.is_string()) texts.push_back(view_of(element.get_string()));
        }
    }
    return texts;
}

// HMAC's state after the key, so that a token costs only its own bytes.
struct TokenSigner::State {
    crypto_auth_hmacsha256_state hmac{};
    std::string head;  // the encoded header and a dot

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { ::sodium_memzero(&hmac, sizeof hmac); }

    std::array<unsigned char, 32> mac(std::string_view text) const {
        std::array<unsigned char, 32> result{};
        auto copy = hmac;
        ::crypto_auth_hmacsha256_update(&copy, raw(text), text.size());
        ::crypto_auth_hmacsha256_final(&copy, result.data());
        ::sodium_memzero(&copy, sizeof copy);
        return result;
    }
};

TokenSigner::TokenSigner(std::string_view key)
    : key_id_(base64url(hmac_sha256(key, "drydock token key id 1").substr(0, 6))) {
    auto state = std::make_shared<State>();
    ::crypto_auth_hmacsha256_init(&state->hmac, raw(key), key.size());
    state->head = base64url(fmt::format(R"({{"alg":"HS256","kid":"{}","typ":"{}"}})", key_id_, kType)) + '.';
    state_ = std::move(state);
}

Result<TokenSigner> TokenSigner::with_key(std::string_view key) {
    if (key.size() < kMinKey) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message =
                fmt::format("the key for access tokens has {} bytes, and needs at least {}", key.size(), kMinKey),
            .hint = "Set JWT_SECRET to the output of `openssl rand -base64 48`, or leave it away: drydock makes one."
        };
    }
    return TokenSigner{key};
}

std::string TokenSigner::sign(const json::object& claims) const {
    auto token = state_->head + base64url(json::serialize(claims));
    const auto mac = state_->mac(token);
    token += '.';
    token += base64url(view(mac.data(), mac.size()));
    return token;
}

Result<Claims> TokenSigner::verify(
    std::string_view token, const ClaimRules& rules, std::chrono::system_clock::time_point now
) const {
    DRYDOCK_TRY(const auto parts, parts_of_token(token));
    if (parts.algorithm != "HS256") return refused_token("its algorithm is not HS256, the only one for this key");
    if (!parts.key_id.empty() && parts.key_id != key_id_) return refused_token("it was signed with another key");
    const auto mac = state_->mac(parts.signed_text);
    if (!equal_in_constant_time(view(mac.data(), mac.size()), parts.signature)) {
        return refused_token("its signature is wrong");
    }
    return checked_claims(parts, rules, now);
}

}  // namespace drydock::crypto
