#include "http/service.h"

#include <map>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock::http {
namespace {

namespace json = boost::json;
using enum FieldClass;
using enum Presence;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kId = "0191e4a0-7f5b-7cc1-8000-0123456789ab";

Schema thing() {
    return object(
        "Thing",
        "",
        {
            {"id", text(plain).uuid().id_of("thing"), output},
            {"name", text(plain).length(1, 20), required},
            {"project_id", text(plain).uuid().id_of("project")},
            {"key", text(secret)},
        }
    );
}

struct TestPrincipal : Principal {
    std::string role;
};

class TestHooks : public Hooks {
public:
    Result<std::shared_ptr<const Principal>> authenticate(const Request& request, Freshness freshness, const Limits&)
        override {
        order.emplace_back(freshness == Freshness::now ? "authenticate now" : "authenticate");
        const auto header = request.headers.get("Authorization");
        if (header == "bad") return Error{.code = ErrorCode::unauthenticated, .message = "The token is not valid."};
        if (header.empty() && !request.headers.has("Cookie")) return std::shared_ptr<const Principal>{};
        auto who = std::make_shared<TestPrincipal>();
        who->user_id = "u1";
        who->by_cookie = request.headers.has("Cookie");
        who->by_token = header == "token";
        who->stepped_up = header == "fresh" || (header == "given since" && freshness == Freshness::now) ||
                          (header == "taken since" && freshness == Freshness::kept);
        who->role = "owner";
        return std::shared_ptr<const Principal>{std::move(who)};
    }
    Result<std::optional<Problem>> admit(const Call&) override {
        order.emplace_back("admit");
        return admit_refusal;
    }
    Result<std::optional<Problem>> authorise(const Call& call) override {
        order.emplace_back("authorise");
        for (const auto& object : call.objects) asked.push_back(object.kind + " " + object.pointer);
        return authorise_refusal;
    }
    Result<Begun> begin_once(const Call& call, std::string_view digest) override {
        const auto [at, fresh] = kept.try_emplace(call.idempotency_key, std::string{digest}, KeptAnswer{.status = 0});
        if (fresh) return Begun{};
        if (at->second.first != digest) return Begun{.state = Begun::State::other_request};
        if (at->second.second.status == 0) {
            return Begun{.state = left_open ? Begun::State::left_open : Begun::State::running};
        }
        return Begun{.state = Begun::State::kept, .answer = at->second.second};
    }
    Result<> keep(const Call& call, const KeptAnswer& answer) override {
        kept.at(call.idempotency_key).second = answer;
        return {};
    }
    void forget(const Call& call) override { kept.erase(call.idempotency_key); }
    bool may_be_done(const Error& error) override { return error.sqlstate == "40003"; }
    std::optional<KnownAnswer> recall(const Call&) override {
        order.emplace_back("recall");
        return known;
    }
    void remember(const Call&, const KnownAnswer& made) override { remembered.push_back(made); }
    void changed() override { order.emplace_back("changed"); }
    std::optional<Response> cached(const Request& request, const Route&) override {
        if (!request.headers.has("X-Cached")) return std::nullopt;
        Response response;
        response.body = "from the cache";
        return response;
    }
    void failed(const Call*, const Request&, const Error& error) override { failures.push_back(error.detail); }

    std::vector<std::string> order;
    std::vector<std::string> asked;
    std::vector<std::string> failures;
    std::optional<Problem> admit_refusal;
    std::optional<Problem> authorise_refusal;
    std::map<std::string, std::pair<std::string, KeptAnswer>> kept;
    bool left_open = false;
    std::optional<KnownAnswer> known;
    std::vector<KnownAnswer> remembered;
};

constexpr Asset kAssets[] = {{.path = "/index.html", .body = "<html>", .gzip = "", .mime = "text/html", .etag = "i"}};

class ServiceTest : public ::testing::Test {
protected:
    Route route(Method method, std::string path, std::string operation) {
        Route made{
            .method = method,
            .path = std::move(path),
            .operation = operation,
            .tag = "things",
            .summary = "Does it.",
            .access = Access::permission("things:read"),
            .answer = one(thing()),
            .handle = [this](Call& call) { return handler(call); },
        };
        if (made.path.find("{id:uuid}") != std::string::npos) made.path_objects = {{"id", "thing"}};
        if (changes(method)) {
            made.rate = RateClass::write;
            made.request = thing();
        }
        return made;
    }
    void start() {
        auto list = route(Method::get, "/api/things", "list");
        list.answer = many(thing());
        list.sorts = {"name"};
        list.query = {{"project_id", text(plain).uuid().id_of("project")}, {"big", boolean()}};
        auto create = route(Method::post, "/api/things", "create");
        create.answer = one(thing(), 201);
        create.creates = true;
        auto get = route(Method::get, "/api/things/{id:uuid}", "get");
        get.versioned = true;
        auto update = route(Method::put, "/api/things/{id:uuid}", "update");
        update.versioned = true;
        auto remove = route(Method::remove, "/api/things/{id:uuid}", "remove");
        remove.needs_step_up = true;
        remove.request.reset();
        remove.answer = nothing();
        auto run = route(Method::post, "/api/runs", "run");
        run.needs_step_up = true;
        run.token_is_proof = true;
        auto version = route(Method::get, "/api/version", "version");
        version.access = Access::anyone();
        version.never_blocks = true;
        auto login = route(Method::post, "/api/login", "login");
        login.access = Access::anyone();
        login.rate = RateClass::login;
        auto events = route(Method::get, "/api/events", "events");
        events.answer = stream("text/event-stream", thing());
        auto router = Router::build({list, create, get, update, remove, run, version, login, events});
        ASSERT_TRUE(router) << router.error().message;
        service = std::make_unique<Service>(
            *std::move(router), hooks, ServiceOptions{.pages = &pages, .check_answers = true}
        );
    }
    void SetUp() override { start(); }

    // The way of a request through the server.
    Response ask(
        Method method, std::string target, Headers headers = {{"Authorization", "token"}}, std::string body = {}
    ) {
        request = Request{
            .method = method, .target = std::move(target), .headers = std::move(headers), .body = std::move(body)
        };
        request.id = "r1";
        request.peer.host = "h";
        if (!request.body.empty()) {
            request.headers.add("Content-Length", std::to_string(request.body.size()));
            if (!request.headers.has("Content-Type")) request.headers.add("Content-Type", "application/json");
        }
        if (auto admission = service->admit(request); admission.refusal) return *std::move(admission.refusal);
        if (auto fast = service->try_fast(request)) return *std::move(fast);
        return service->handle(request);
    }
    static json::object problem(const Response& response) {
        EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json") << response.body;
        return json::parse(response.bytes()).as_object();
    }
    static std::vector<std::string> errors(const Response& response) {
        std::vector<std::string> out;
        const auto whole = problem(response);
        for (const auto& error : whole.at("errors").as_array())
            out.push_back(
                std::string{error.at("pointer").as_string()} + ": " + std::string{error.at("message").as_string()}
            );
        return out;
    }

    TestHooks hooks;
    StaticFiles pages{kAssets};
    std::function<Result<Reply>(Call&)> handler = [this](Call& call) -> Result<Reply> {
        hooks.order.emplace_back("handle");
        Reply reply{json::value{{"id", kId}, {"name", "a"}}};
        reply.version = "7";
        static_cast<void>(call);
        return reply;
    };
    Request request;
    std::unique_ptr<Service> service;
};

TEST_F(ServiceTest, asks_who_whether_and_what_before_it_runs) {
    const auto response = ask(Method::get, "/api/things/" + kId);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, R"({"id":")" + kId + R"(","name":"a"})");
    EXPECT_EQ(response.route, "/api/things/{id}");
    EXPECT_EQ(response.user_id, "u1");
    EXPECT_EQ(response.headers.get("ETag"), "\"7\"");
    EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
    EXPECT_THAT(hooks.order, ElementsAre("authenticate", "admit", "authorise", "recall", "handle"));
}

TEST_F(ServiceTest, a_known_answer_is_given_to_who_may_have_it) {
    const auto read = std::chrono::steady_clock::now() - std::chrono::milliseconds{300};
    hooks.known = KnownAnswer{.answer = {.body = R"({"id":"known"})", .version = "6"}, .read = read};
    const auto response = ask(Method::get, "/api/things/" + kId);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.bytes(), R"({"id":"known"})");
    EXPECT_EQ(response.headers.get("ETag"), "\"6\"");
    EXPECT_EQ(response.headers.get("Content-Type"), "application/json");
    EXPECT_EQ(response.user_id, "u1");
    EXPECT_EQ(response.read, read) << "and not younger for it";
    EXPECT_THAT(hooks.order, ElementsAre("authenticate", "admit", "authorise", "recall"));
    EXPECT_THAT(hooks.remembered, IsEmpty());
    const Headers has_it{{"Authorization", "t"}, {"If-None-Match", "\"6\""}};
    EXPECT_EQ(ask(Method::get, "/api/things/" + kId, has_it).status, 304);

    hooks.order.clear();
    hooks.authorise_refusal = problem_of_status(404, "no such thing");
    EXPECT_EQ(ask(Method::get, "/api/things/" + kId).status, 404);
    EXPECT_EQ(ask(Method::get, "/api/things/" + kId, {}).status, 401);
    hooks.authorise_refusal.reset();
    EXPECT_EQ(ask(Method::get, "/api/version").status, 200);
    EXPECT_EQ(ask(Method::post, "/api/things", {{"Authorization", "t"}}, R"({"name":"a"})").status, 201);
    EXPECT_THAT(hooks.order, Not(::testing::Contains("recall"))) << "nobody known, or a change";
}

TEST_F(ServiceTest, only_a_plain_answer_to_a_read_is_remembered) {
    const auto before = std::chrono::steady_clock::now();
    ask(Method::get, "/api/things/" + kId);
    ASSERT_EQ(hooks.remembered.size(), 1U);
    EXPECT_EQ(hooks.remembered[0].answer.body, R"({"id":")" + kId + R"(","name":"a"})");
    EXPECT_EQ(hooks.remembered[0].answer.version, "7");
    EXPECT_GE(hooks.remembered[0].read, before);
    hooks.remembered.clear();

    ask(Method::get, "/api/things/" + kId, {{"Authorization", "t"}, {"If-None-Match", "\"7\""}});
    ask(Method::post, "/api/things", {{"Authorization", "t"}}, R"({"name":"a"})");
    ask(Method::get, "/api/version");
    handler = [](Call&) -> Result<Reply> { return Error{.code = ErrorCode::not_found, .message = "gone"}; };
    ask(Method::get, "/api/things/" + kId);
    handler = [](Call&) -> Result<Reply> { return Reply::of(problem_of_status(409, "busy")); };
    ask(Method::get, "/api/things/" + kId);
    handler = [](Call&) -> Result<Reply> {
        Reply reply{json::value{{"id", kId}, {"name", "a"}}};
        reply.headers.set("Set-Cookie", "a=b");
        return reply;
    };
    EXPECT_EQ(ask(Method::get, "/api/things/" + kId).status, 200);
    handler = [](Call&) -> Result<Reply> {
        Reply reply;
        reply.produce = [](StreamWriter&, const Limits&) -> Result<> { return {}; };
        return reply;
    };
    ask(Method::get, "/api/events");
    EXPECT_THAT(hooks.remembered, IsEmpty());
}

TEST_F(ServiceTest, what_may_have_changed_something_is_told) {
    ask(Method::get, "/api/things/" + kId);
    EXPECT_THAT(hooks.order, Not(::testing::Contains("changed")));
    ask(Method::post, "/api/things", {{"Authorization", "t"}}, R"({"name":"a"})");
    EXPECT_EQ(hooks.order.back(), "changed");
}

TEST_F(ServiceTest, every_object_of_a_request_is_asked_for) {
    ask(Method::put,
        "/api/things/" + kId,
        {{"Authorization", "t"}, {"If-Match", "\"7\""}},
        R"({"name":"a","project_id":")" + kId + "\"}");
    EXPECT_THAT(hooks.asked, ElementsAre("thing id", "project /project_id"));
    hooks.asked.clear();
    handler = [](Call&) -> Result<Reply> { return Reply::page({}, ""); };
    ask(Method::get, "/api/things?project_id=" + kId);
    EXPECT_THAT(hooks.asked, ElementsAre("project project_id"));
}

TEST_F(ServiceTest, without_a_right_nothing_runs) {
    EXPECT_EQ(ask(Method::get, "/api/things/" + kId, {}).status, 401);
    EXPECT_EQ(
        problem(ask(Method::get, "/api/things/" + kId, {{"Authorization", "bad"}})).at("detail"),
        "The token is not valid."
    );
    EXPECT_EQ(
        ask(Method::get, "/api/things/" + kId, {{"Authorization", "bad"}}).headers.get("WWW-Authenticate"),
        kInvalidToken
    );
    // The token is good: with another one it would be no better.
    handler = [](Call&) -> Result<Reply> {
        return Error{.code = ErrorCode::unauthenticated, .message = "the password is wrong"};
    };
    const auto refused = ask(Method::get, "/api/things/" + kId);
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.headers.get("WWW-Authenticate"), "Bearer");
    hooks.order.clear();
    hooks.admit_refusal = problem_of_status(429, "slowly");
    EXPECT_EQ(ask(Method::get, "/api/things/" + kId).status, 429);
    hooks.admit_refusal.reset();
    hooks.authorise_refusal = problem_of_status(404, "no such thing");
    EXPECT_EQ(ask(Method::get, "/api/things/" + kId).status, 404);
    EXPECT_THAT(hooks.order, Not(::testing::Contains("handle")));
}

TEST_F(ServiceTest, a_cookie_alone_changes_nothing) {
    const std::string body = R"({"name":"a"})";
    EXPECT_EQ(ask(Method::post, "/api/things", {{"Cookie", "s"}}, body).status, 403);
    EXPECT_EQ(ask(Method::post, "/api/things", {{"Cookie", "s"}, {"Origin", "http://evil"}}, body).status, 403);
    EXPECT_THAT(hooks.order, Not(::testing::Contains("handle")));
    EXPECT_EQ(ask(Method::post, "/api/things", {{"Cookie", "s"}, {"X-Drydock-Csrf", "1"}}, body).status, 201);
    EXPECT_EQ(ask(Method::post, "/api/things", {{"Cookie", "s"}, {"Origin", "http://h"}}, body).status, 201);
    // Nobody's browser adds a bearer token by itself.
    EXPECT_EQ(ask(Method::post, "/api/things", {{"Authorization", "t"}, {"Origin", "http://evil"}}, body).status, 201);
    EXPECT_EQ(ask(Method::get, "/api/things/" + kId, {{"Cookie", "s"}}).status, 200);
    EXPECT_EQ(ask(Method::get, "/api/events", {{"Cookie", "s"}, {"Sec-Fetch-Site", "cross-site"}}).status, 403);
    EXPECT_EQ(ask(Method::post, "/api/login", {{"Sec-Fetch-Site", "cross-site"}}, body).status, 403);
    EXPECT_EQ(ask(Method::post, "/api/login", {}, body).status, 200);
}

TEST_F(ServiceTest, a_dangerous_call_needs_a_fresh_proof) {
    EXPECT_EQ(problem(ask(Method::remove, "/api/things/" + kId)).at("code"), "step_up_required");
    EXPECT_EQ(ask(Method::remove, "/api/things/" + kId, {{"Authorization", "fresh"}}).status, 204);
}

TEST_F(ServiceTest, a_proof_counts_as_it_stands_now_and_nobody_else_is_asked_about_anew) {
    const auto remove = [&](const std::string& who) {
        return ask(Method::remove, "/api/things/" + kId, {{"Authorization", who}}).status;
    };
    EXPECT_EQ(remove("taken since"), 403);
    hooks.order.clear();
    EXPECT_EQ(remove("given since"), 204) << "on another server, say";
    EXPECT_THAT(
        hooks.order, ElementsAre("authenticate", "admit", "authenticate now", "authorise", "handle", "changed")
    );
    hooks.order.clear();
    hooks.admit_refusal = problem_of_status(429, "You have asked too often.");
    EXPECT_EQ(remove("fresh"), 429);
    EXPECT_THAT(hooks.order, Not(::testing::Contains("authenticate now"))) << "who asks too often costs nothing more";
    hooks.admit_refusal.reset();
    hooks.order.clear();
    EXPECT_EQ(ask(Method::get, "/api/things/" + kId, {{"Authorization", "fresh"}}).status, 200);
    EXPECT_THAT(hooks.order, Not(::testing::Contains("authenticate now")));
}

TEST_F(ServiceTest, a_token_is_a_proof_where_the_route_says_so) {
    EXPECT_EQ(ask(Method::remove, "/api/things/" + kId, {{"Authorization", "token"}}).status, 403);
    const std::string body = R"({"name":"a"})";
    EXPECT_EQ(ask(Method::post, "/api/runs", {{"Authorization", "token"}}, body).status, 200);
    EXPECT_EQ(ask(Method::post, "/api/runs", {{"Authorization", "t"}}, body).status, 403);
    EXPECT_EQ(ask(Method::post, "/api/runs", {{"Authorization", "fresh"}}, body).status, 200);
}

TEST_F(ServiceTest, parameters_are_typed_and_checked) {
    std::string seen;
    handler = [&](Call& call) -> Result<Reply> {
        seen =
            fmt::format("{} {} {} {}", call.limit(), call.sort(), call.boolean("big").value_or(false), call.cursor());
        return Reply::page({json::object{{"id", kId}, {"name", "a"}}}, "next");
    };
    const auto response = ask(Method::get, "/api/things?limit=7&big=true&sort=-name&cursor=c%2B");
    EXPECT_EQ(response.body, R"({"items":[{"id":")" + kId + R"(","name":"a"}],"next_cursor":"next"})");
    EXPECT_EQ(seen, "7 -name true c+");
    ask(Method::get, "/api/things");
    EXPECT_EQ(seen, "50 name false ");
    EXPECT_THAT(
        errors(ask(Method::get, "/api/things?limit=0&big=1&sort=size&x=1&project_id=p&cursor=a&cursor=b")),
        ElementsAre(
            "limit: must be from 1 to 200",
            "big: is not what this parameter takes",
            "sort: must be one of: name, -name",
            "x: is not a parameter of this call",
            "project_id: must be a UUID",
            "cursor: stands there twice"
        )
    );
    EXPECT_EQ(ask(Method::get, "/api/things?a=%zz").status, 400);
    EXPECT_THAT(errors(ask(Method::get, "/api/things/x")), ElementsAre("id: must be a UUID"));
}

TEST_F(ServiceTest, bodies_are_checked_whole) {
    EXPECT_THAT(
        errors(ask(Method::post, "/api/things", {{"Authorization", "t"}}, R"({"id":"x","nmae":"a"})")),
        ElementsAre(
            "/id: is set by the server and can't be given",
            "/nmae: is not known; did you mean \"name\"?",
            "/name: is required"
        )
    );
    EXPECT_EQ(ask(Method::post, "/api/things", {{"Authorization", "t"}}).status, 400);
    EXPECT_EQ(
        ask(Method::post, "/api/things", {{"Authorization", "t"}, {"Content-Type", "text/plain"}}, "{}").status, 415
    );
    EXPECT_EQ(
        ask(Method::post, "/api/things", {{"Authorization", "t"}, {"Content-Encoding", "gzip"}}, "{}").status, 415
    );
    EXPECT_EQ(ask(Method::get, "/api/things", {{"Authorization", "t"}}, "{}").status, 400);
    EXPECT_THAT(hooks.order, Not(::testing::Contains("handle")));
}

TEST_F(ServiceTest, versions_guard_changes_and_spare_reads) {
    const auto path = "/api/things/" + kId;
    const std::string body = R"({"name":"a"})";
    EXPECT_EQ(ask(Method::put, path, {{"Authorization", "t"}}, body).status, 428);
    EXPECT_EQ(ask(Method::put, path, {{"Authorization", "t"}, {"If-Match", "7"}}, body).status, 400);
    handler = [](Call& call) -> Result<Reply> {
        if (call.if_match != "7" && call.if_match != "*") return changed_meanwhile("7");
        return Reply{json::value{{"id", kId}, {"name", "a"}}};
    };
    EXPECT_EQ(ask(Method::put, path, {{"Authorization", "t"}, {"If-Match", "\"7\""}}, body).status, 200);
    const auto stale = ask(Method::put, path, {{"Authorization", "t"}, {"If-Match", "\"6\""}}, body);
    EXPECT_EQ(stale.status, 412);
    EXPECT_EQ(stale.headers.get("ETag"), "\"7\"");
    handler = [](Call&) -> Result<Reply> {
        Reply reply{json::value{{"id", kId}, {"name", "a"}}};
        reply.version = "7";
        return reply;
    };
    const auto known = ask(Method::get, path, {{"Authorization", "t"}, {"If-None-Match", "\"7\""}});
    EXPECT_EQ(known.status, 304);
    EXPECT_THAT(known.body, IsEmpty());
    EXPECT_EQ(ask(Method::get, path, {{"Authorization", "t"}, {"If-None-Match", "\"6\""}}).status, 200);
}

TEST_F(ServiceTest, the_same_key_runs_once) {
    int runs = 0;
    handler = [&](Call&) -> Result<Reply> {
        ++runs;
        Reply reply{json::value{{"id", kId}, {"name", "a"}}};
        reply.headers.set("Location", "/api/things/" + kId);
        return reply;
    };
    const Headers headers{{"Authorization", "t"}, {"Idempotency-Key", "k1"}};
    const auto first = ask(Method::post, "/api/things", headers, R"({"name":"a"})");
    const auto second = ask(Method::post, "/api/things", headers, R"({"name":"a"})");
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(second.status, 201);
    EXPECT_EQ(second.bytes(), first.bytes());
    EXPECT_EQ(second.headers.get("Location"), first.headers.get("Location"));
    EXPECT_EQ(second.headers.get("Idempotency-Replayed"), "true");
    EXPECT_EQ(ask(Method::post, "/api/things", headers, R"({"name":"b"})").status, 422);
    hooks.kept.at("k1").second.status = 0;
    EXPECT_EQ(ask(Method::post, "/api/things", headers, R"({"name":"a"})").status, 409);
    EXPECT_EQ(
        ask(Method::post, "/api/things", {{"Authorization", "t"}, {"Idempotency-Key", "a b"}}, R"({"name":"a"})")
            .status,
        400
    );
}

TEST_F(ServiceTest, a_key_whose_request_failed_can_be_used_again) {
    const Headers headers{{"Authorization", "t"}, {"Idempotency-Key", "k1"}};
    handler = [](Call&) -> Result<Reply> { return Error{.code = ErrorCode::unavailable, .message = "not now"}; };
    EXPECT_EQ(ask(Method::post, "/api/things", headers, R"({"name":"a"})").status, 503);
    EXPECT_THAT(hooks.kept, IsEmpty());
    handler = [](Call&) -> Result<Reply> { throw std::runtime_error{"thrown"}; };
    EXPECT_EQ(ask(Method::post, "/api/things", headers, R"({"name":"a"})").status, 500);
    EXPECT_THAT(hooks.kept, IsEmpty());
}

TEST_F(ServiceTest, a_key_whose_request_may_be_done_begins_no_second_one) {
    const Headers headers{{"Authorization", "t"}, {"Idempotency-Key", "k1"}};
    int runs = 0;
    handler = [&](Call&) -> Result<Reply> {
        ++runs;
        return Error{.code = ErrorCode::unavailable, .message = "no word of it", .sqlstate = "40003"};
    };
    EXPECT_EQ(ask(Method::post, "/api/things", headers, R"({"name":"a"})").status, 503);
    EXPECT_EQ(ask(Method::post, "/api/things", headers, R"({"name":"a"})").headers.get("Retry-After"), "1");
    hooks.left_open = true;
    const auto later = ask(Method::post, "/api/things", headers, R"({"name":"a"})");
    EXPECT_EQ(later.status, 409);
    EXPECT_FALSE(later.headers.has("Retry-After")) << "waiting does not help";
    EXPECT_THAT(later.body, HasSubstr("new key"));
    EXPECT_EQ(runs, 1);
}

TEST_F(ServiceTest, failures_are_logged_and_not_told) {
    handler = [](Call&) -> Result<Reply> { return Error{.message = "SELECT 1", .detail = "on db1"}; };
    const auto response = ask(Method::get, "/api/things/" + kId);
    EXPECT_EQ(response.status, 500);
    EXPECT_THAT(response.body, AllOf(Not(HasSubstr("SELECT")), Not(HasSubstr("db1")), HasSubstr("r1")));
    EXPECT_THAT(hooks.failures, ElementsAre("on db1"));
    handler = [](Call&) -> Result<Reply> { throw std::runtime_error{"thrown"}; };
    EXPECT_EQ(ask(Method::get, "/api/things/" + kId).status, 500);
    EXPECT_THAT(hooks.failures, ElementsAre("on db1", "thrown"));
}

TEST_F(ServiceTest, a_test_finds_answers_that_are_not_declared) {
    handler = [](Call&) -> Result<Reply> { return Reply{json::value{{"id", kId}, {"name", "a"}, {"key", "secret!"}}}; };
    const auto response = ask(Method::get, "/api/things/" + kId);
    EXPECT_EQ(response.status, 500);
    EXPECT_THAT(hooks.failures, ElementsAre(AllOf(HasSubstr("/key"), Not(HasSubstr("secret!")))));
}

TEST_F(ServiceTest, addresses_that_are_not_there) {
    EXPECT_EQ(problem(ask(Method::get, "/api/nothing")).at("code"), "not_found");
    const auto wrong_method = ask(Method::patch, "/api/things");
    EXPECT_EQ(wrong_method.status, 405);
    EXPECT_EQ(wrong_method.headers.get("Allow"), "GET, HEAD, POST, OPTIONS");
    const auto options = ask(Method::options, "/api/things");
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.headers.get("Allow"), "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(ask(Method::get, "/somewhere/else").body, "<html>");
    EXPECT_EQ(ask(Method::get, "/assets/gone.js").status, 404);
    EXPECT_EQ(ask(Method::post, "/somewhere").status, 404);
    EXPECT_THAT(hooks.order, IsEmpty());
}

TEST_F(ServiceTest, what_is_at_hand_is_answered_at_once) {
    request = Request{.target = "/api/version"};
    EXPECT_TRUE(service->try_fast(request));
    request = Request{.target = "/api/things", .headers = {{"X-Cached", "1"}}};
    EXPECT_EQ(service->try_fast(request).value().body, "from the cache");
    request = Request{.target = "/api/things"};
    EXPECT_FALSE(service->try_fast(request));
    EXPECT_THAT(hooks.order, ElementsAre("handle"));
}

TEST_F(ServiceTest, every_answer_says_how_it_may_be_used) {
    for (const auto* target : {"/api/version", "/api/nothing", "/api/things", "/page"}) {
        const auto response = ask(Method::get, target, {});
        EXPECT_THAT(std::string{response.headers.get("Content-Security-Policy")}, HasSubstr("default-src 'none'"))
            << target;
        EXPECT_THAT(std::string{response.headers.get("Content-Security-Policy")}, HasSubstr("frame-ancestors 'none'"))
            << target;
        EXPECT_FALSE(response.headers.has("Strict-Transport-Security"));
        EXPECT_TRUE(response.headers.has("Cache-Control"));
    }
    request.peer.secure = true;
    EXPECT_TRUE(service->try_fast(request).value().headers.has("Strict-Transport-Security"));
}

}  // namespace
}  // namespace drydock::http
