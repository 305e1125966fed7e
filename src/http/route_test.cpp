#include "http/route.h"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/openapi.h"

namespace drydock::http {
namespace {

namespace json = boost::json;
using enum FieldClass;
using enum Presence;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

Result<Reply> nothing_to_say(Call&) {
    return Reply{};
}

Schema thing() {
    return object(
        "Thing", "A thing.", {{"id", text(plain).uuid().id_of("thing"), output}, {"name", text(plain), required}}
    );
}

Route route(Method method, std::string path, std::string operation) {
    Route made{
        .method = method,
        .path = std::move(path),
        .operation = std::move(operation),
        .tag = "things",
        .summary = "Does it.",
        .access = Access::permission("things:read"),
        .answer = one(thing()),
        .handle = nothing_to_say,
    };
    if (made.path.find("{id:uuid}") != std::string::npos) made.path_objects = {{"id", "thing"}};
    if (changes(method)) {
        made.rate = RateClass::write;
        made.request = thing();
    }
    return made;
}

Router built(std::vector<Route> routes) {
    auto router = Router::build(std::move(routes));
    EXPECT_TRUE(router) << router.error().message;
    return *std::move(router);
}

std::string operation(const Router& router, Method method, std::string_view path) {
    const auto match = router.find(method, path);
    return match.route ? match.route->operation : "405: " + match.allow;
}

TEST(Router, finds_by_path_and_method) {
    const auto router = built({
        route(Method::get, "/things", "list"),
        route(Method::post, "/things", "create"),
        route(Method::get, "/things/{id:uuid}", "get"),
        route(Method::remove, "/things/{id:uuid}", "remove"),
        route(Method::get, "/things/{id:uuid}/parts/{name:slug}", "part"),
        route(Method::get, "/things/special", "special"),
        route(Method::get, "/", "root"),
    });
    EXPECT_EQ(operation(router, Method::get, "/things"), "list");
    EXPECT_EQ(operation(router, Method::head, "/things"), "list");
    EXPECT_EQ(operation(router, Method::post, "/things"), "create");
    EXPECT_EQ(operation(router, Method::get, "/things/5"), "get");
    EXPECT_EQ(operation(router, Method::get, "/things/special"), "special");
    EXPECT_EQ(operation(router, Method::get, "/"), "root");
    // The fixed word leads nowhere, so it is a parameter's value.
    EXPECT_EQ(operation(router, Method::get, "/things/special/parts/x"), "part");
    EXPECT_THAT(router.find(Method::get, "/things/a%20b/parts/c").values, ElementsAre("a%20b", "c"));
    EXPECT_EQ(operation(router, Method::put, "/things/5"), "405: GET, HEAD, DELETE, OPTIONS");
    for (const auto* nowhere :
         {"/thing", "/things/", "//things", "/things//parts/x", "things", "", "/things/5/parts", "/THINGS"})
        EXPECT_EQ(operation(router, Method::get, nowhere), "405: ") << nowhere;
}

std::string refusal(Route wrong) {
    const auto router = Router::build({route(Method::get, "/things", "list"), std::move(wrong)});
    return router ? "" : router.error().message;
}

TEST(Router, does_not_take_a_route_that_forgets_something) {
    const auto with = [](auto change) {
        auto made = route(Method::post, "/other/{id:uuid}", "other");
        change(made);
        return refusal(std::move(made));
    };
    EXPECT_EQ(with([](Route&) {}), "");
    EXPECT_THAT(with([](Route& r) { r.access = Access::permission(""); }), HasSubstr("has no permission"));
    EXPECT_THAT(with([](Route& r) { r.access = Access::permission("things"); }), HasSubstr("has no permission"));
    EXPECT_THAT(with([](Route& r) { r.answer.schema.reset(); }), HasSubstr("no schema for its answer"));
    EXPECT_THAT(with([](Route& r) { r.answer.status = 204; }), HasSubstr("204 has no body"));
    EXPECT_THAT(
        with([](Route& r) { r.method = Method::put, r.request.reset(); }), HasSubstr("no schema for its request")
    );
    EXPECT_THAT(
        with([](Route& r) { r.method = Method::get, r.rate = RateClass::read; }), HasSubstr("a GET has no body")
    );
    EXPECT_THAT(with([](Route& r) { r.path_objects.clear(); }), HasSubstr("path_objects must say what {id} names"));
    EXPECT_THAT(with([](Route& r) { r.path_objects.emplace_back("x", "thing"); }), HasSubstr("not in the path"));
    EXPECT_THAT(with([](Route& r) { r.path = "/other/{name}"; }), HasSubstr("{name} needs a type"));
    EXPECT_THAT(with([](Route& r) { r.handle = nullptr; }), HasSubstr("has no handler"));
    EXPECT_THAT(with([](Route& r) { r.operation = "list"; }), HasSubstr("the operation list stands there twice"));
    EXPECT_THAT(
        with([](Route& r) { r.method = Method::get, r.path = "/things", r.request.reset(); }),
        HasSubstr("GET /things stands there twice")
    );
    EXPECT_THAT(with([](Route& r) { r.rate = RateClass::read; }), HasSubstr("counts as a read"));
    EXPECT_THAT(with([](Route& r) { r.never_blocks = true; }), HasSubstr("only a GET for anyone"));
    EXPECT_THAT(with([](Route& r) { r.sorts = {"name"}; }), HasSubstr("only a list has sorts"));
    EXPECT_THAT(
        with([](Route& r) { r.query = {{"key", text(secret)}}; }), HasSubstr("no secret belongs in an address")
    );
    EXPECT_THAT(with([](Route& r) { r.query = {{"q", any(plain)}}; }), HasSubstr("query.q must be a text"));
    EXPECT_THAT(with([](Route& r) { r.query = {{"of", text(plain).uuid()}}; }), HasSubstr("query.of is a uuid"));
    EXPECT_THAT(
        with([](Route& r) { r.request = object("Req", "", {{"ids", list(text(plain).uuid())}}); }),
        HasSubstr("request.ids[] is a uuid")
    );
    EXPECT_THAT(
        with([](Route& r) { r.request = object("Thing", "", {{"x", integer()}}); }),
        HasSubstr("the schema Thing has another form elsewhere")
    );
    EXPECT_THAT(
        with([](Route& r) { r.answer = one(object("Leak", "", {{"key", text(secret), output}})); }),
        HasSubstr("a secret can't be an output")
    );
}

TEST(Router, tells_of_all_routes_at_once) {
    auto one_wrong = route(Method::get, "/a", "a");
    one_wrong.tag.clear();
    auto other_wrong = route(Method::get, "/b", "b");
    other_wrong.summary.clear();
    const auto message = refusal(std::move(one_wrong)) + refusal(std::move(other_wrong));
    EXPECT_THAT(message, HasSubstr("GET /a (a): has no tag"));
    EXPECT_THAT(message, HasSubstr("GET /b (b): has no summary"));
}

TEST(Route, tells_where_a_request_names_objects) {
    auto made = route(Method::post, "/things/{id:uuid}", "move");
    made.query = {{"of", text(plain).uuid().id_of("part")}};
    made.request = object(
        "Move",
        "",
        {
            {"to", object("To", "", {{"project_id", text(plain).uuid().id_of("project")}})},
            {"with", list(text(plain).uuid().id_of("thing"))},
            {"made", text(plain).uuid().id_of("thing"), output},
        }
    );
    EXPECT_THAT(
        object_places(made),
        ElementsAre(
            Pair("id", "thing"), Pair("of", "part"), Pair("/to/project_id", "project"), Pair("/with/*", "thing")
        )
    );
}

TEST(Query, is_decoded) {
    EXPECT_EQ(decode_percent("a%20b+c", true), "a b c");
    EXPECT_EQ(decode_percent("a+b", false), "a+b");
    EXPECT_EQ(decode_percent("%C3%A4", false), "ä");
    for (const auto* wrong : {"%", "%2", "%zz", "%00", "%ff", "%c3", "a%"})
        EXPECT_FALSE(decode_percent(wrong, true)) << wrong;
    EXPECT_THAT(
        *parse_query("a=1&b=%26&&c&d=x=y"), ElementsAre(Pair("a", "1"), Pair("b", "&"), Pair("c", ""), Pair("d", "x=y"))
    );
    EXPECT_FALSE(parse_query("a=%"));
    std::string many;
    for (int i = 0; i < 101; ++i) many += "a=1&";
    EXPECT_FALSE(parse_query(many));
}

std::vector<Route> api() {
    auto list = route(Method::get, "/api/things", "list_things");
    list.answer = many(thing());
    list.sorts = {"name", "-created_at"};
    list.query = {{"kind", text(plain).one_of({"a", "b"}).describe("Which kind.")}};
    auto create = route(Method::post, "/api/things", "create_thing");
    create.answer = one(thing(), 201);
    create.creates = true;
    auto update = route(Method::put, "/api/things/{id:uuid}", "update_thing");
    update.versioned = true;
    update.needs_step_up = true;
    auto version = route(Method::get, "/api/version", "version");
    version.access = Access::anyone();
    version.never_blocks = true;
    auto events = route(Method::get, "/api/events", "events");
    events.answer = stream("text/event-stream", thing());
    return {update, list, events, create, version};
}

TEST(OpenApi, says_what_the_routes_say) {
    const auto document = openapi(api(), {.title = "Things", .version = "1"});
    EXPECT_EQ(document.at("openapi"), "3.1.0");
    const auto& paths = document.at("paths").as_object();
    const auto& list = paths.at("/api/things").at("get").as_object();
    EXPECT_EQ(list.at("operationId"), "list_things");
    EXPECT_EQ(list.at("x-permission"), "things:read");
    std::vector<std::string> parameters;
    for (const auto& parameter : list.at("parameters").as_array())
        parameters.emplace_back(parameter.at("name").as_string());
    EXPECT_THAT(parameters, ElementsAre("kind", "sort", "cursor", "limit"));
    EXPECT_EQ(
        json::serialize(list.at("responses").at("200").at("content")),
        R"({"application/json":{"schema":{"$ref":"#/components/schemas/Thing_page"}}})"
    );
    const auto& create = paths.at("/api/things").at("post").as_object();
    EXPECT_TRUE(create.at("responses").as_object().contains("201"));
    EXPECT_THAT(json::serialize(create.at("parameters")), HasSubstr("idempotency_key"));
    const auto& update = paths.at("/api/things/{id}").at("put").as_object();
    EXPECT_THAT(json::serialize(update.at("parameters")), HasSubstr("if_match"));
    EXPECT_TRUE(update.at("responses").as_object().contains("428"));
    EXPECT_TRUE(paths.at("/api/version").at("get").at("security").as_array().empty());
    EXPECT_TRUE(paths.at("/api/events")
                    .at("get")
                    .at("responses")
                    .at("200")
                    .at("content")
                    .as_object()
                    .contains("text/event-stream"));
}

// Every reference leads somewhere: a client is made from it without a hand.
void check_references(const json::value& value, const json::value& document) {
    if (value.is_array())
        for (const auto& item : value.get_array()) check_references(item, document);
    if (!value.is_object()) return;
    for (const auto& [key, member] : value.get_object()) {
        if (key == "$ref") {
            json::error_code error;
            const std::string pointer{std::string_view{member.as_string().data(), member.as_string().size()}.substr(1)};
            EXPECT_TRUE(document.find_pointer(pointer, error)) << pointer;
        }
        check_references(member, document);
    }
}

TEST(OpenApi, refers_to_nothing_that_is_not_there) {
    const json::value document(openapi(api(), {.title = "Things", .version = "1"}));
    check_references(document, document);
}

TEST(OpenApi, is_the_same_whatever_the_order_of_the_routes) {
    auto routes = api();
    const auto first = json::serialize(openapi(routes, {.title = "T", .version = "1"}));
    const auto page = markdown(routes, {.title = "T", .version = "1"});
    std::ranges::reverse(routes);
    EXPECT_EQ(json::serialize(openapi(routes, {.title = "T", .version = "1"})), first);
    EXPECT_EQ(markdown(routes, {.title = "T", .version = "1"}), page);
}

TEST(OpenApi, has_a_form_for_people) {
    const auto page = markdown(api(), {.title = "Things", .version = "1"});
    EXPECT_THAT(
        page,
        HasSubstr("### `PUT /api/things/{id}`\n\nDoes it.\n\nNeeds `things:read`. Needs a fresh proof of who asks. "
                  "Demands `If-Match`.")
    );
    EXPECT_THAT(page, HasSubstr("| `name` | text | required |  |"));
}

}  // namespace
}  // namespace drydock::http
