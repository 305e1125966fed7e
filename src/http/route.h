#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "base/limits.h"
#include "base/result.h"
#include "http/message.h"
#include "http/problem.h"
#include "http/schema.h"

namespace drydock::http {

struct Route;

// Who asks. The application derives its own from it: its organisation, its roles, its session.
struct Principal {
    virtual ~Principal() = default;
    std::string user_id;      // for the access log; also divides the idempotency keys of different people
    bool by_cookie = false;   // the browser sent it by itself: needs the proof that our own page asked
    bool by_token = false;    // an API token, made for a program
    bool stepped_up = false;  // has proved who they are a short while ago
};

// One request on its way to a handler: all of it parsed and checked by the route's description.
struct Call {
    const Request& request;
    const Route& route;
    boost::json::object path{};                    // each path parameter, typed
    boost::json::object query{};                   // each query parameter that was sent or has a default, typed
    boost::json::value body{};                     // by the route's request schema, defaults filled in
    std::shared_ptr<const Principal> principal{};  // null: nobody, on a route for anyone
    std::string if_match{};                        // of a versioned change: the version the client saw; "*" is any
    std::string idempotency_key{};
    std::vector<ObjectId> objects{};  // every object that the request names, in path, query and body
    Limits limits{};

    std::string_view path_text(std::string_view name) const;  // declared as text: always there
    // Of a query parameter: nothing where it was not sent and has no default.
    std::optional<std::string_view> text(std::string_view name) const;
    std::optional<std::int64_t> integer(std::string_view name) const;
    std::optional<bool> boolean(std::string_view name) const;
    std::size_t limit() const;                            // of a list: 1 to 200
    std::string_view cursor() const;                      // of a list: empty for its beginning
    std::string_view sort() const;                        // of a list that sorts: "name", "-created_at"
    std::string_view field(std::string_view name) const;  // a text of the body's object, or empty
    std::string_view request_id() const { return request.id; }
    const Peer& peer() const { return request.peer; }
    // The application's own principal. Only for routes that are not for anyone.
    template <class T>
    const T& who() const {
        return static_cast<const T&>(*principal);
    }
};

// What a handler answers. Nearly always `Reply{body}`; the rest is filled in by the route.
struct Reply {
    Reply() = default;
    Reply(boost::json::value value) : body(std::move(value)) {}
    static Reply page(boost::json::array items, std::string next_cursor);  // empty cursor: the last page
    static Reply of(Problem problem);                                      // a status that no ErrorCode has

    boost::json::value body{};
    unsigned status = 0;        // 0: the route's
    std::string next_cursor{};  // of a list
    std::string version{};      // of a versioned object: becomes its ETag, and what If-Match must say
    Headers headers{};          // Location, Set-Cookie, Retry-After …
    std::optional<Problem> problem{};
    // Instead of JSON, of the route's media type:
    Bytes bytes{};
    std::function<Result<>(StreamWriter&, const Limits&)> produce{};
    std::function<void(std::shared_ptr<Sink>)> subscribe{};
};
// The object has another version than the one the client saw: 412, with the version it has.
Reply changed_meanwhile(std::string current_version);

using RouteHandler = std::function<Result<Reply>(Call&)>;

// Who may use a route. There is no default: a route that says nothing does not compile.
class Access {
public:
    enum class Kind : std::uint8_t { anyone, signed_in, permission };
    static Access anyone() { return Access{Kind::anyone, {}}; }
    static Access signed_in() { return Access{Kind::signed_in, {}}; }
    static Access permission(std::string resource_and_action) {
        return Access{Kind::permission, std::move(resource_and_action)};
    }
    Kind kind() const { return kind_; }
    const std::string& permission_name() const { return permission_; }  // "databases:read"

private:
    Access(Kind kind, std::string permission) : kind_(kind), permission_(std::move(permission)) {}
    Kind kind_;
    std::string permission_;
};

enum class RateClass : std::uint8_t { read, write, login, expensive, none };
std::string_view name(RateClass rate);

// What a route answers when all goes well.
struct Answer {
    unsigned status = 200;
    std::optional<Schema> schema{};  // of a list: of one item
    bool list = false;               // {"items": […], "next_cursor": …}; takes `cursor` and `limit`
    std::string media = "application/json";
};
Answer one(Schema schema, unsigned status = 200);
Answer many(Schema item);
Answer nothing();                               // 204
Answer stream(std::string media, Schema item);  // "text/event-stream", "application/x-ndjson"
Answer file(std::string media);                 // bytes of another kind than JSON

// A call of the API, declared once: the router, the checks, the document and the tests of rights are made from it.
struct Route {
    Method method = Method::get;
    // "/api/v2/databases/{id:uuid}/tables/{name:slug}"; a parameter's type is uuid, slug, int or text.
    std::string path;
    std::string operation;  // "list_databases"
    std::string tag;        // "databases"
    std::string summary;    // one line
    Access access;
    Answer answer;
    RouteHandler handle;

    std::string description{};
    // What the uuids of the path name: {{"id", "database"}}. Those of query and body say it in their schema.
    std::vector<std::pair<std::string, std::string>> path_objects{};
    std::vector<Field> query{};        // filters; `cursor`, `limit` and `sort` come by themselves
    std::vector<std::string> sorts{};  // of a list: "name" allows "name" and "-name"; the first is the default
    std::optional<Schema> request{};   // what the body must be; none: the body must be empty
    bool creates = false;              // takes an Idempotency-Key
    bool versioned = false;            // GET: ETag, If-None-Match. A change: If-Match is demanded
    bool needs_step_up = false;        // a fresh proof of who asks, judged by how they stand at that moment
    bool reads_who_asks_anew = false;  // the handler itself decides whether it takes a proof
    bool token_is_proof = false;  // of those that need one: an API token passes, as who made it has proved who they are
    bool asks_elsewhere = false;  // a read whose answer is a registered database's: it may be refused as a change is
    bool never_blocks = false;    // runs on the I/O thread; only for routes for anyone
    bool cacheable = false;       // else Cache-Control: no-store
    RateClass rate = RateClass::read;
    std::size_t body_limit = 0;                    // 0: the server's
    std::chrono::milliseconds time_limit{30'000};  // of the handler; a stream sets its own
};

// A path's parameter, from its template.
struct PathParameter {
    std::string name;
    std::string type;
};
std::vector<PathParameter> path_parameters(const Route& route);
std::string plain_path(const Route& route);  // "/api/v2/databases/{id}"
Schema schema_of(const PathParameter& parameter, const Route& route);
// Every parameter of the query, also those that come by themselves.
std::vector<Field> query_parameters(const Route& route);
// Every place where a request of this route names an object, for tests of rights: ("/project_id", "project").
std::vector<std::pair<std::string, std::string>> object_places(const Route& route);
// The answer's whole schema: of a list, the envelope.
std::optional<Schema> answer_schema(const Route& route);

// Finds the route of a request. Made once; then only read, from any thread.
class Router {
public:
    // All that is wrong with the routes, in one Error: no permission, no schema, an operation or a path twice, a
    // parameter that is not declared. A program with a wrong table must not start.
    static Result<Router> build(std::vector<Route> routes);
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;
    ~Router();

    struct Match {
        const Route* route = nullptr;            // null: nothing there, or not this method
        std::vector<std::string_view> values{};  // of the path's parameters, in order, still encoded
        std::string allow{};                     // the methods that are there: for 405 and OPTIONS
    };
    Match find(Method method, std::string_view path) const;
    const std::vector<Route>& routes() const { return routes_; }

private:
    struct Node;
    Router();
    std::vector<Route> routes_;
    std::unique_ptr<Node> root_;
};

// "a%20b" as its bytes; nothing where it is malformed, holds a NUL or is no UTF-8.
std::optional<std::string> decode_percent(std::string_view text, bool plus_is_space);
// "a=1&b=2", decoded, in order; nothing where a part is malformed or there are more than 100.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace drydock::http
