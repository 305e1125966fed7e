#include "api/hooks.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "api/queries.h"
#include "base/encoding.h"
#include "base/log.h"
#include "control/idempotency.h"
#include "crypto/bytes.h"
#include "identity/session_cache.h"

namespace drydock::api {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kOrganizations = "/api/v2/organizations/";
constexpr std::size_t kUuid = 36;
// What becomes of a key is written also for somebody who has hung up.
constexpr std::chrono::seconds kKeepTime{5};

struct Shown {
    std::string_view token;
    bool by_cookie = false;
};

Result<Shown> token_of(const http::Request& request) {
    if (const auto* const header = request.headers.find("Authorization")) {
        if (request.headers.count("Authorization") == 1 && header->starts_with(kBearer))
            return Shown{std::string_view{*header}.substr(kBearer.size())};
        return Error{
            .code = ErrorCode::unauthenticated,
            .message = "the Authorization header is not of the form \"Bearer TOKEN\"",
        };
    }
    // With TLS only the name that no other host can set counts.
    const auto value = cookie(request, session_cookie(request.peer.secure));
    return Shown{value, !value.empty()};
}

Error no_such_organization() {
    return {
        .code = ErrorCode::not_found,
        .message = "there is no such organization",
        .hint = "X-Drydock-Organization names one that you belong to, by its slug or id.",
    };
}

http::Problem denied(std::string_view permission) {
    auto problem = http::problem_of_status(403, fmt::format("Your role does not allow {}.", permission));
    problem.code = traits(ErrorCode::permission_denied).name;
    problem.hint = "An owner or administrator of the organization can give you another role.";
    return problem;
}

}  // namespace

std::string_view shown_token(const http::Request& request) {
    const auto shown = token_of(request);
    return shown ? shown->token : std::string_view{};
}

std::string_view session_cookie(bool secure) {
    return secure ? "__Host-drydock_session" : "drydock_session";
}
std::string_view refresh_cookie(bool secure) {
    return secure ? "__Host-drydock_refresh" : "drydock_refresh";
}

std::string_view cookie(const http::Request& request, std::string_view name) {
    if (request.headers.count("Cookie") != 1) return {};
    std::string_view rest = request.headers.get("Cookie");
    std::string_view found;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(';'), rest.size());
        auto pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        while (pair.starts_with(' ')) pair.remove_prefix(1);
        if (!pair.starts_with(name) || pair.size() <= name.size() || pair[name.size()] != '=') continue;
        if (!found.empty()) return {};
        found = pair.substr(name.size() + 1);
    }
    return found;
}

// The organization that a request is about: that of its path, else that of its header, else the caller's own choice.
Result<std::string> ApiHooks::organization_of(
    const http::Request& request, std::string_view token, const Limits& limits
) {
    if (const auto path = request.path(); path.starts_with(kOrganizations)) {
        auto id = path.substr(kOrganizations.size(), kUuid);
        if (is_uuid(id)) return std::string{id};
    }
    const std::string wanted{request.headers.get("X-Drydock-Organization")};
    if (wanted.empty() || is_uuid(wanted)) return wanted;
    if (!http::is_slug(wanted)) return no_such_organization();
    {
        const std::lock_guard lock{mutex_};
        if (const auto known = organizations_.find(wanted); known != organizations_.end()) return known->second;
    }
    DRYDOCK_TRY(const auto principal, services_.identity.cache.check(token, {}, limits));
    const control::Actor person{.user_id = principal->user_id};
    DRYDOCK_TRY(const auto rows, services_.store.read(person, queries::organization_by_slug, {wanted}, limits));
    if (rows.size() == 0) return no_such_organization();
    const std::lock_guard lock{mutex_};
    return organizations_.insert_or_assign(wanted, std::string{rows.text(0, 0)}).first->second;
}

Result<std::shared_ptr<const http::Principal>> ApiHooks::authenticate(
    const http::Request& request, Freshness freshness, const Limits& limits
) {
    DRYDOCK_TRY(const auto shown, token_of(request));
    if (shown.token.empty()) return std::shared_ptr<const http::Principal>{};
    DRYDOCK_TRY(const auto organization, organization_of(request, shown.token, limits));
    using Cache = identity::SessionCache;
    const auto how = freshness == Freshness::now ? Cache::Freshness::now : Cache::Freshness::kept;
    auto checked = services_.identity.cache.check(shown.token, organization, limits, how);
    // One of others is told in the same words as one that never was.
    if (!checked && checked.error().code == ErrorCode::not_found) return no_such_organization();
    DRYDOCK_TRY(const auto principal, std::move(checked));
    auto who = std::make_shared<Who>();
    who->identity = *principal;
    who->actor = principal->actor(request.id, request.peer.address);
    who->user_id = principal->user_id;
    who->by_cookie = shown.by_cookie;
    who->by_token = principal->via == identity::Via::api_token;
    who->stepped_up = principal->stepped_up;
    return std::shared_ptr<const http::Principal>{std::move(who)};
}

Result<std::optional<http::Problem>> ApiHooks::admit(const http::Call& call) {
    if (call.route.rate != http::RateClass::none) {
        // Before anybody is known, and for log-ins in any case, it is the address that counts.
        const bool by_address = !call.principal || call.route.rate == http::RateClass::login;
        const auto& who = by_address ? call.request.peer.address : call.principal->user_id;
        if (const auto wait = rates_.refuse(who, call.route.rate, call.limits)) {
            auto problem = http::problem_of_status(429, "You have asked too often.");
            problem.hint = fmt::format("Try again in {} s.", wait->count());
            problem.headers.add("Retry-After", std::to_string(wait->count()));
            return problem;
        }
    }
    if (call.route.access.kind() != http::Access::Kind::permission) return std::optional<http::Problem>{};
    const auto& identity = who(call).identity;
    if (identity.organization_id.empty() || !identity.is_member()) {
        return Error{
            .code = ErrorCode::not_found,
            .message = "you have not said in which organization",
            .hint = "Name one that you belong to by X-Drydock-Organization.",
        };
    }
    const auto& permission = call.route.access.permission_name();
    if (!identity.allows(permission)) return denied(permission);
    return std::optional<http::Problem>{};
}

// Objects in a body or a query: a handler may do much before it comes to them, so they are looked for first. One in a
// path is what the handler is about, and it says itself when there is none. Either way row-level security decides, so
// somebody else's object is as missing as one that never was.
Result<std::optional<http::Problem>> ApiHooks::authorise(const http::Call& call) {
    if (!call.principal) return std::optional<http::Problem>{};
    for (const auto& object : call.objects) {
        if (call.path.contains(object.pointer)) continue;
        DRYDOCK_TRY(
            const auto found,
            services_.store.read(actor(call), queries::object_exists, {object.kind, object.id}, call.limits)
        );
        if (found.boolean(0, 0)) continue;
        auto problem = http::problem_of_status(404, fmt::format("There is no such {}.", object.kind));
        problem.code = traits(ErrorCode::not_found).name;
        problem.errors.push_back({object.pointer, "names nothing that you may see"});
        return problem;
    }
    return std::optional<http::Problem>{};
}

Result<http::Hooks::Begun> ApiHooks::begin_once(const http::Call& call, std::string_view digest) {
    // Outside of an organization nothing is kept: there, a name that is taken tells of the first request.
    if (!call.principal || actor(call).organization_id.empty()) return Begun{};
    // Keyed: the request may hold a password, and a plain hash of it could be tried against a list.
    const auto hash = crypto::hmac_sha256(services_.idempotency_key.reveal(), digest);
    DRYDOCK_TRY(auto claim, control::claim_once(services_.store, actor(call), call.idempotency_key, hash, call.limits));
    using Kept = control::Claim::State;
    switch (claim.state) {
        case Kept::fresh:
            return Begun{};
        case Kept::running:
            return Begun{.state = Begun::State::running};
        case Kept::left_open:
            return Begun{.state = Begun::State::left_open};
        case Kept::other_request:
            return Begun{.state = Begun::State::other_request};
        case Kept::answered:
            break;
    }
    boost::json::error_code error;
    const auto document = boost::json::parse(claim.answer, error);
    if (error || !document.is_object()) return Begun{.state = Begun::State::other_request};
    const auto text = [&](std::string_view key) {
        const auto* const value = document.as_object().if_contains(key);
        return value != nullptr && value->is_string() ? std::string{value->as_string()} : std::string{};
    };
    const auto* const body = document.as_object().if_contains("body");
    return Begun{
        .state = Begun::State::kept,
        .answer =
            {
                .status = static_cast<unsigned>(claim.status),
                .body = body != nullptr ? boost::json::serialize(*body) : std::string{},
                .version = text("version"),
                .location = text("location"),
            },
    };
}

Result<> ApiHooks::keep(const http::Call& call, const http::KeptAnswer& answer) {
    if (!call.principal || actor(call).organization_id.empty()) return {};
    boost::json::error_code error;
    boost::json::object document{{"version", answer.version}, {"location", answer.location}};
    document["body"] = boost::json::parse(answer.body, error);
    return control::keep_answer(
        services_.store,
        actor(call),
        call.idempotency_key,
        static_cast<int>(answer.status),
        boost::json::serialize(document),
        Limits::within(kKeepTime)
    );
}

void ApiHooks::forget(const http::Call& call) {
    if (!call.principal || actor(call).organization_id.empty()) return;
    const auto given_up =
        control::give_up_claim(services_.store, actor(call), call.idempotency_key, Limits::within(kKeepTime));
    if (!given_up) log::failure("an idempotency key stays claimed", given_up.error());
}

void ApiHooks::failed(const http::Call* call, const http::Request& request, const Error& error) {
    const std::string_view operation = call != nullptr ? std::string_view{call->route.operation} : "";
    log::failure("request failed", error, {{"request_id", request.id}, {"operation", operation}});
}

}  // namespace drydock::api
