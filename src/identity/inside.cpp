#include "identity/inside.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/bytes.h"
#include "identity/queries.h"

namespace drydock::identity {
namespace {

constexpr pg::Query kNow{"server_time", "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"};

// The same actor in no organization and with no login, which is what a token's hash stood in.
control::Actor plain(control::Actor actor, std::string_view organization) {
    actor.organization_id = organization;
    if (actor.login.starts_with("token:")) actor.login.clear();
    return actor;
}

}  // namespace

Result<crypto::TokenSigner> access_signer(const crypto::Keyring& keyring, const Secret& jwt_secret) {
    if (!jwt_secret.empty()) return crypto::TokenSigner::with_key(jwt_secret.reveal());
    DRYDOCK_TRY(const auto key, keyring.derive(keyring.current(), "access-tokens"));
    return crypto::TokenSigner::with_key(key.reveal());
}

control::Actor bearer_of(std::string_view token_hash, const Peer& peer) {
    return {
        .login = "token:" + hex(token_hash),
        .request_id = clean_text(peer.request_id, 200),
        .address = clean_text(peer.address, 64),
    };
}

control::Actor person(std::string_view user_id, const Peer& peer) {
    return {
        .user_id = std::string{user_id},
        .request_id = clean_text(peer.request_id, 200),
        .address = clean_text(peer.address, 64),
    };
}

Result<> note(control::Transaction& transaction, std::string_view organization, const audit::Entry& entry) {
    const auto actor = transaction.actor();
    DRYDOCK_TRY_VOID(transaction.become(plain(actor, organization)));
    DRYDOCK_TRY_VOID(audit::append(transaction, entry));
    return transaction.become(actor);
}

Result<> note_everywhere(control::Transaction& transaction, const audit::Entry& entry) {
    const auto actor = transaction.actor();
    DRYDOCK_TRY_VOID(transaction.become(plain(actor, {})));
    DRYDOCK_TRY(const auto memberships, transaction.query(queries::memberships, {actor.user_id}));
    // Who belongs to none leaves a trace as well, in the chain of none.
    if (memberships.size() == 0) DRYDOCK_TRY_VOID(audit::append(transaction, entry));
    for (int row = 0; row < memberships.size(); ++row) {
        DRYDOCK_TRY_VOID(note(transaction, memberships.text(row, 0), entry));
    }
    return transaction.become(actor);
}

Result<> lock_joining(control::Transaction& transaction) {
    DRYDOCK_TRY(const auto active, transaction.query(queries::lock_active_user, {transaction.actor().user_id}));
    if (active.size() > 0) return {};
    return Error{
        .code = ErrorCode::unauthenticated,
        .message = "this account may not sign in any more",
        .hint = "Ask an owner of the organization, or the operator of the server.",
    };
}

TimePoint from_microseconds(std::int64_t microseconds) {
    return TimePoint{std::chrono::duration_cast<TimePoint::duration>(std::chrono::microseconds{microseconds})};
}

Result<TimePoint> server_time(const Service& service, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, service.store.read({}, kNow, {}, limits));
    return from_microseconds(rows.integer(0, 0));
}

std::string clean_email(std::string_view typed) {
    const auto email = trim(typed);
    const auto at = email.find('@');
    // ASCII alone: what PostgreSQL's lower() makes one of two letters (the Kelvin sign and k) would be counted as two
    // names by who counts attempts, and be one account.
    const bool possible = email.size() <= 254 && at != std::string_view::npos && at > 0 && at + 1 < email.size() &&
                          email.find('@', at + 1) == std::string_view::npos && !first_invalid_utf8(email) &&
                          std::ranges::none_of(email, [](char c) { return c <= ' ' || c > '~'; });
    return possible ? std::string{email} : std::string{};
}

std::string clean_text(std::string_view text, std::size_t most) {
    std::string result{text.substr(0, most)};
    for (auto& c : result) {
        if (c < ' ' || c > '~') c = '?';
    }
    return result;
}

Result<std::string> checked_name(std::string_view name, std::string_view what) {
    const auto trimmed = trim(name);
    if (first_invalid_utf8(trimmed) || std::ranges::any_of(trimmed, [](char c) { return c >= 0 && c < ' '; })) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("{} has characters in it that can't be shown", what)
        };
    }
    if (trimmed.size() > 200) {
        return Error{.code = ErrorCode::invalid_argument, .message = fmt::format("{} is longer than 200 bytes", what)};
    }
    return std::string{trimmed};
}

bool is_role(std::string_view role) {
    return role == "owner" || role == "admin" || role == "member" || role == "viewer";
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> result;
    if (text.empty()) return result;
    for (const auto part : split(text, ',')) result.emplace_back(part);
    return result;
}

std::string array_of(const std::vector<std::string>& names) {
    return fmt::format("{{{}}}", fmt::join(names, ","));
}

Error not_found(std::string_view what) {
    return {.code = ErrorCode::not_found, .message = fmt::format("there is no such {}", what)};
}

}  // namespace drydock::identity
