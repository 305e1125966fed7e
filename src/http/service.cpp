#include "http/service.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "http/preconditions.h"

namespace drydock::http {
namespace {

namespace json = boost::json;

bool sends_body(const Request& request) {
    if (request.headers.has("Transfer-Encoding")) return true;
    const auto length = request.headers.get("Content-Length");
    return !length.empty() && length != "0";
}

// "application/json; charset=utf-8", "application/merge-patch+json".
bool is_json(std::string_view media) {
    const auto type = to_lower(trim(media.substr(0, media.find(';'))));
    return type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

Problem invalid(std::string detail, std::vector<Violation> errors) {
    auto problem = problem_of_status(400, std::move(detail));
    problem.errors = std::move(errors);
    return problem;
}

// The handler, whatever happens in it.
Result<Reply> guarded(Call& call) {
    try {
        return call.route.handle(call);
    } catch (const std::exception& thrown) {
        return Error{.message = "a handler threw", .detail = thrown.what()};
    }
}

bool streams(const Route& route) {
    return route.answer.media == "text/event-stream";
}

}  // namespace

Result<Hooks::Begun> Hooks::begin_once(const Call&, std::string_view) {
    return Begun{};
}
Result<> Hooks::keep(const Call&, const KeptAnswer&) {
    return {};
}
void Hooks::forget(const Call&) {}

Service::Service(Router router, Hooks& hooks, ServiceOptions options)
    : router_(std::move(router)), hooks_(hooks), options_(std::move(options)) {}
Service::~Service() = default;

Handler::Admission Service::admit(const Request& request) {
    const auto match = router_.find(request.method, request.path());
    const auto refuse_with = [&](Problem problem) {
        return Admission{.refusal = finish(request, match.route, to_response(problem, request.id))};
    };
    if (!match.route) {
        if (!match.allow.empty() && request.method == Method::options) {
            Response response{.status = 204};
            response.headers.set("Allow", match.allow);
            return {.refusal = finish(request, nullptr, std::move(response))};
        }
        if (!match.allow.empty()) {
            auto problem = problem_of_status(405, fmt::format("{} is not for this address.", name(request.method)));
            problem.headers.set("Allow", match.allow);
            return refuse_with(std::move(problem));
        }
        if (options_.pages && !changes(request.method) && !request.path().starts_with(options_.api_prefix)) return {};
        return refuse_with(problem_of_status(404, "There is nothing at this address."));
    }
    const auto& route = *match.route;
    if (!sends_body(request)) return {};
    if (!route.request) return refuse_with(problem_of_status(400, "This call takes no body."));
    if (!is_json(request.headers.get("Content-Type")))
        return refuse_with(problem_of_status(415, "The body must be JSON.", "Send Content-Type: application/json."));
    if (const auto coding = request.headers.get("Content-Encoding"); !coding.empty() && !iequals(coding, "identity"))
        return refuse_with(
            problem_of_status(415, "A packed body is not understood.", "Send it without Content-Encoding.")
        );
    return {.body_limit = route.body_limit};
}

std::optional<Response> Service::try_fast(const Request& request) {
    const auto match = router_.find(request.method, request.path());
    if (match.route) {
        if (match.route->never_blocks) return run(request, match);
        auto cached = hooks_.cached(request, *match.route);
        if (!cached) return std::nullopt;
        return finish(request, match.route, *std::move(cached));
    }
    if (options_.pages)
        if (auto page = options_.pages->answer(request)) return finish(request, nullptr, *std::move(page));
    return finish(
        request, nullptr, to_response(problem_of_status(404, "There is nothing at this address."), request.id)
    );
}

Response Service::handle(const Request& request) {
    return run(request, router_.find(request.method, request.path()));
}

Response Service::run(const Request& request, const Router::Match& match) {
    Call call{.request = request, .route = *match.route};
    call.limits = request.within(match.route->time_limit);
    Response response;
    try {
        auto made = reply_to(call, match);
        response = made ? *std::move(made) : refuse(&call, request, made.error());
    } catch (const std::exception& thrown) {
        response = refuse(&call, request, Error{.message = "answering threw", .detail = thrown.what()});
    }
    if (changes(request.method) && response.status < 500) hooks_.changed();
    if (call.principal) response.user_id = call.principal->user_id;
    return finish(request, match.route, std::move(response));
}

// Every question before the handler, in the order in which a refusal gives the least away.
Service::Step Service::refusal(Call& call, const Router::Match& match) const {
    if (!call.route.never_blocks) {
        DRYDOCK_TRY(auto unknown, identify(call));
        if (unknown) return unknown;
        DRYDOCK_TRY(auto refused, hooks_.admit(call));
        if (refused) return refused;
        DRYDOCK_TRY(auto unproven, prove_presence(call));
        if (unproven) return unproven;
    }
    DRYDOCK_TRY(auto parameters, read_parameters(call, match));
    if (parameters) return parameters;
    DRYDOCK_TRY(auto preconditions, read_preconditions(call));
    if (preconditions) return preconditions;
    DRYDOCK_TRY(auto body, read_request(call));
    if (body || call.route.access.kind() == Access::Kind::anyone) return body;
    return hooks_.authorise(call);
}

Result<Response> Service::reply_to(Call& call, const Router::Match& match) {
    DRYDOCK_TRY(auto refused, refusal(call, match));
    if (refused) return answer(call, Reply::of(*std::move(refused)));
    if (call.principal && call.request.method == Method::get) return read(call);
    DRYDOCK_TRY(auto reply, call.idempotency_key.empty() ? guarded(call) : once(call));
    return answer(call, std::move(reply));
}

// As somebody had it moments ago, else made anew.
Result<Response> Service::read(Call& call) {
    if (auto known = hooks_.recall(call)) {
        Reply reply;
        reply.version = std::move(known->answer.version);
        reply.bytes = std::make_shared<const std::string>(std::move(known->answer.body));
        DRYDOCK_TRY(auto response, answer(call, std::move(reply)));
        response.read = known->read;
        return response;
    }
    const auto begun = std::chrono::steady_clock::now();
    DRYDOCK_TRY(auto reply, guarded(call));
    const bool plain = !reply.problem && reply.status == 0 && std::ranges::empty(reply.headers) && !reply.bytes &&
                       !reply.produce && !reply.subscribe && call.route.answer.status == 200;
    const auto version = reply.version;
    DRYDOCK_TRY(auto response, answer(call, std::move(reply)));
    response.read = begun;
    if (plain && response.status == 200 && is_json(call.route.answer.media))
        hooks_.remember(call, {.answer = {.body = response.body, .version = version}, .read = begun});
    return response;
}

Service::Step Service::identify(Call& call) const {
    if (call.route.access.kind() != Access::Kind::anyone) {
        DRYDOCK_TRY(auto unknown, authenticate(call, Hooks::Freshness::kept));
        if (unknown) return unknown;
    }
    return prove_intent(call);
}

Service::Step Service::authenticate(Call& call, Hooks::Freshness freshness) const {
    auto known = hooks_.authenticate(call.request, freshness, call.limits);
    if (!known && known.error().code == ErrorCode::unauthenticated) {
        // Another token may help (RFC 6750); where a call itself answers 401, it is what was sent that is wrong.
        auto problem = problem_of(known.error());
        problem.headers.set("WWW-Authenticate", std::string{kInvalidToken});
        return problem;
    }
    DRYDOCK_TRY(call.principal, std::move(known));
    if (!call.principal)
        return problem_of_status(401, "You are not signed in.", "Sign in, or send an API token as bearer.");
    return std::nullopt;
}

// What a proof of some seconds ago allowed may have been taken back since, or have been given on another server. The
// handler, too, then knows who asks as they are now.
Service::Step Service::prove_presence(Call& call) const {
    if (!call.route.needs_step_up && !call.route.reads_who_asks_anew) return std::nullopt;
    DRYDOCK_TRY(auto unknown, authenticate(call, Hooks::Freshness::now));
    if (unknown || !call.route.needs_step_up) return unknown;
    if (call.principal->stepped_up || (call.route.token_is_proof && call.principal->by_token)) return std::nullopt;
    auto problem = problem_of_status(403, "This needs a fresh proof that it is you.", "Confirm it, then ask again.");
    problem.code = "step_up_required";
    return problem;
}

Service::Step Service::prove_intent(const Call& call) const {
    const bool change = changes(call.request.method);
    auto kind = CsrfKind::read;
    // Signing in is asked by nobody known; a foreign page must not do it for them all the same.
    if (!call.principal)
        kind = change ? CsrfKind::stream : CsrfKind::read;
    else if (call.principal->by_cookie)
        kind = change ? CsrfKind::change : streams(call.route) ? CsrfKind::stream : CsrfKind::read;
    if (kind == CsrfKind::read) return std::nullopt;
    const auto own = options_.public_origin.empty() ? origin_of(call.request.peer) : options_.public_origin;
    auto why = csrf_refusal(kind, call.request.headers, own);
    if (!why) return std::nullopt;
    auto problem = problem_of_status(403, *std::move(why));
    problem.code = "foreign_origin";
    return problem;
}

Service::Step Service::read_parameters(Call& call, const Router::Match& match) const {
    std::vector<Violation> wrong;
    const auto take = [&](const Schema& schema, std::string_view parameter, std::string_view text, json::object& into) {
        auto value = read_text(schema, text);
        if (!value) return wrong.push_back({std::string{parameter}, "is not what this parameter takes"});
        for (auto& [pointer, message] : violations(schema, *value, Direction::request))
            wrong.push_back({std::string{parameter} + pointer, std::move(message)});
        const auto before = call.objects.size();
        collect_ids(schema, *value, call.objects);
        for (auto i = before; i < call.objects.size(); ++i) call.objects[i].pointer.insert(0, parameter);
        into[parameter] = *std::move(value);
    };
    const auto parameters = path_parameters(call.route);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const auto text = decode_percent(match.values[i], false);
        if (!text)
            wrong.push_back({parameters[i].name, "is not well-formed"});
        else
            take(schema_of(parameters[i], call.route), parameters[i].name, *text, call.path);
    }
    const auto sent = parse_query(call.request.query());
    if (!sent) return invalid("The query of the address is not well-formed.", {});
    const auto known = query_parameters(call.route);
    for (const auto& [key, text] : *sent) {
        const auto field = std::ranges::find(known, key, &Field::name);
        if (field == known.end())
            wrong.push_back({key.substr(0, 200), "is not a parameter of this call"});
        else if (call.query.contains(key))
            wrong.push_back({key, "stands there twice"});
        else
            take(field->schema, key, text, call.query);
    }
    for (const auto& field : known) {
        if (call.query.contains(field.name)) continue;
        if (field.schema.fallback_value) call.query[field.name] = *field.schema.fallback_value;
        if (field.presence == Presence::required) wrong.push_back({field.name, "is required"});
    }
    if (wrong.empty()) return std::nullopt;
    return invalid("The parameters are not what this call takes.", std::move(wrong));
}

Service::Step Service::read_preconditions(Call& call) const {
    const auto& headers = call.request.headers;
    if (call.route.versioned && changes(call.request.method)) {
        const auto* const header = headers.find("If-Match");
        if (!header)
            return problem_of_status(
                428, "A change must say which version it is made on.", "Send If-Match with the ETag that you have read."
            );
        auto version = parse_if_match(*header);
        if (!version) return problem_of_status(400, "If-Match must hold one ETag, as it was sent to you.");
        call.if_match = *std::move(version);
    }
    if (const auto* const key = headers.find("Idempotency-Key"); key && call.route.creates) {
        const bool usable = !key->empty() && key->size() <= 200 &&
                            std::ranges::all_of(*key, [](char c) { return c > ' ' && c < 0x7F; });
        if (!usable) return problem_of_status(400, "Idempotency-Key must be 1 to 200 visible ASCII characters.");
        call.idempotency_key = *key;
    }
    return std::nullopt;
}

Service::Step Service::read_request(Call& call) const {
    if (!call.route.request) return std::nullopt;
    std::vector<Violation> wrong;
    auto body = read_body(*call.route.request, call.request.body, wrong);
    if (!body) return invalid(body.error().message, std::move(wrong));
    call.body = *std::move(body);
    collect_ids(*call.route.request, call.body, call.objects);
    return std::nullopt;
}

// The handler at most once for a key: a second request gets the first one's answer.
Result<Reply> Service::once(Call& call) {
    using State = Hooks::Begun::State;
    const auto digest = sha256_hex(
        fmt::format("{} {}\n{}\n{}", name(call.request.method), call.request.target, call.if_match, call.request.body)
    );
    DRYDOCK_TRY(auto begun, hooks_.begin_once(call, digest));
    switch (begun.state) {
        case State::fresh:
            break;
        case State::kept: {
            Reply reply;
            reply.status = begun.answer.status;
            reply.version = std::move(begun.answer.version);
            reply.bytes = std::make_shared<const std::string>(std::move(begun.answer.body));
            reply.headers.set("Idempotency-Replayed", "true");
            if (!begun.answer.location.empty()) reply.headers.set("Location", begun.answer.location);
            return reply;
        }
        case State::running: {
            auto problem =
                problem_of_status(409, "A request with this Idempotency-Key is still running.", "Wait for it.");
            problem.headers.set("Retry-After", "1");
            return Reply::of(std::move(problem));
        }
        case State::left_open:
            return Reply::of(problem_of_status(
                409,
                "A request with this Idempotency-Key was begun and left no answer: it may have been done or not.",
                "Look whether it was. If not, send it with a new key."
            ));
        case State::other_request:
            return Reply::of(
                problem_of_status(422, "This Idempotency-Key was used for another request.", "Make a new key.")
            );
    }
    auto reply = guarded(call);
    if (!reply && hooks_.may_be_done(reply.error())) return reply;
    if (!reply || reply->problem) {
        hooks_.forget(call);
        return reply;
    }
    KeptAnswer kept{
        .status = reply->status ? reply->status : call.route.answer.status,
        .body = reply->body.is_null() ? std::string{} : json::serialize(reply->body),
        .version = reply->version,
        .location = std::string{reply->headers.get("Location")},
    };
    // The work is done: that its answer could not be kept must not make it look undone.
    if (auto done = hooks_.keep(call, kept); !done) hooks_.failed(&call, call.request, done.error());
    return reply;
}

Result<Response> Service::answer(const Call& call, Reply reply) const {
    const auto& route = call.route;
    if (reply.problem) {
        auto response = to_response(*reply.problem, call.request.id);
        if (!reply.version.empty()) response.headers.set("ETag", etag_of(reply.version));
        for (const auto& [key, value] : reply.headers) response.headers.add(key, value);
        return response;
    }
    Response response;
    response.headers = std::move(reply.headers);
    response.status = reply.status ? reply.status : route.answer.status;
    if (!reply.version.empty()) response.headers.set("ETag", etag_of(reply.version));
    if (!changes(call.request.method) && !reply.version.empty() &&
        matches_any(call.request.headers.get("If-None-Match"), reply.version)) {
        response.status = 304;
        return response;
    }
    if (response.status == 204) return response;
    if (!response.headers.has("Content-Type")) response.headers.set("Content-Type", route.answer.media);
    if (reply.produce || reply.subscribe) {
        response.produce = std::move(reply.produce);
        response.subscribe = std::move(reply.subscribe);
        response.headers.set("X-Accel-Buffering", "no");
    } else if (reply.bytes) {
        response.shared = std::move(reply.bytes);
    } else {
        if (route.answer.list && !reply.status) {
            json::object page{{"items", std::move(reply.body)}, {"next_cursor", nullptr}};
            if (!reply.next_cursor.empty()) page["next_cursor"] = reply.next_cursor;
            reply.body = std::move(page);
        }
        if (options_.check_answers)
            if (const auto schema = answer_schema(route))
                if (const auto wrong = violations(*schema, reply.body, Direction::answer); !wrong.empty())
                    return Error{
                        .message = "an answer is not what its route declares",
                        .detail = fmt::format("{}: {} {}", route.operation, wrong[0].pointer, wrong[0].message),
                    };
        response.body = json::serialize(reply.body);
    }
    return response;
}

Response Service::refuse(const Call* call, const Request& request, const Error& error) const {
    const auto problem = problem_of(error);
    if (problem.status >= 500) hooks_.failed(call, request, error);
    return to_response(problem, request.id);
}

Response Service::finish(const Request& request, const Route* route, Response response) const {
    auto& headers = response.headers;
    if (route) response.route = plain_path(*route);
    if (!headers.has("Cache-Control"))
        headers.add("Cache-Control", route && route->cacheable ? "private, no-cache" : "no-store");
    if (!headers.has("Content-Security-Policy"))
        headers.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    headers.add("Referrer-Policy", "no-referrer");
    headers.add("Cross-Origin-Resource-Policy", "same-origin");
    if (request.peer.secure) headers.add("Strict-Transport-Security", "max-age=63072000");
    return response;
}

}  // namespace drydock::http
