#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "http/route.h"

namespace drydock::http {
namespace {

bool blank(std::string_view text) {
    return trim(text).empty();
}

// "resource:action".
bool is_permission(std::string_view text) {
    const auto colon = text.find(':');
    return colon != std::string_view::npos && kIdentifier.matches(text.substr(0, colon)) &&
           kIdentifier.matches(text.substr(colon + 1));
}

// What is wrong with one route, each with the route's name.
class RouteCheck {
public:
    explicit RouteCheck(const Route& route) : route_(route) {}

    std::vector<std::string> run() {
        check_words();
        check_path();
        check_query();
        check_bodies();
        check_flags();
        return std::move(wrong_);
    }

private:
    void wrong(std::string message) { wrong_.push_back(fmt::format("{}: {}", label(), message)); }
    std::string label() const { return fmt::format("{} {} ({})", name(route_.method), route_.path, route_.operation); }

    void check_words() {
        if (!kIdentifier.matches(route_.operation)) wrong("the operation's name is snake_case");
        if (blank(route_.tag)) wrong("has no tag");
        if (blank(route_.summary)) wrong("has no summary");
        if (!route_.handle) wrong("has no handler");
        if (route_.access.kind() == Access::Kind::permission && !is_permission(route_.access.permission_name()))
            wrong("has no permission of the form resource:action");
        if (route_.method == Method::head || route_.method == Method::options)
            wrong("HEAD and OPTIONS are answered by themselves");
    }

    void check_path() {
        static const std::set<std::string_view> kTypes{"uuid", "slug", "int", "text"};
        if (!route_.path.starts_with('/')) wrong("the path begins with a slash");
        std::set<std::string> names;
        for (const auto& parameter : path_parameters(route_)) {
            if (!kIdentifier.matches(parameter.name)) wrong(fmt::format("\"{}\" is no name", parameter.name));
            if (!kTypes.contains(parameter.type))
                wrong(fmt::format("{{{}}} needs a type: uuid, slug, int or text", parameter.name));
            if (!names.insert(parameter.name).second) wrong(fmt::format("{{{}}} stands there twice", parameter.name));
            const bool declared = std::ranges::any_of(route_.path_objects, [&](const auto& object) {
                return object.first == parameter.name;
            });
            if (parameter.type == "uuid" && !declared)
                wrong(fmt::format("path_objects must say what {{{}}} names", parameter.name));
        }
        for (const auto& [name, kind] : route_.path_objects)
            if (!names.contains(name)) wrong(fmt::format("path_objects names {{{}}}, which is not in the path", name));
    }

    // Every uuid that comes in says what it names: else nobody asks whether the person may touch it.
    void check_ids(const Schema& schema, const std::string& where) {
        if (schema.format == Format::uuid && !schema.object_kind)
            wrong(fmt::format("{} is a uuid: say id_of(\"…\") or not_an_object()", where));
        for (const auto& field : schema.fields)
            if (field.presence != Presence::output && field.presence != Presence::maybe_output)
                check_ids(field.schema, where + "." + field.name);
        if (schema.item) check_ids(*schema.item, where + "[]");
    }

    void check_query() {
        std::set<std::string> names;
        for (const auto& field : query_parameters(route_)) {
            const auto where = "query." + field.name;
            if (!kIdentifier.matches(field.name)) wrong(fmt::format("\"{}\" is no name of a parameter", field.name));
            if (!names.insert(field.name).second) wrong(fmt::format("the parameter {} stands there twice", field.name));
            const auto* leaf = &field.schema;
            if (leaf->type == Type::list && leaf->item) leaf = leaf->item.get();
            if (leaf->type == Type::object || leaf->type == Type::map || leaf->type == Type::any ||
                leaf->type == Type::list)
                wrong(fmt::format("{} must be a text, a number, true or false, or a list of these", where));
            if (leaf->mark == FieldClass::secret) wrong(fmt::format("{}: no secret belongs in an address", where));
            for (const auto& message : check(field.schema, where)) wrong(message);
            check_ids(field.schema, where);
        }
        if (!route_.sorts.empty() && !route_.answer.list) wrong("only a list has sorts");
    }

    void check_bodies() {
        const bool takes_body = route_.method == Method::post || route_.method == Method::put ||
                                route_.method == Method::patch || route_.method == Method::remove;
        if (route_.request) {
            if (!takes_body) wrong("a GET has no body");
            for (const auto& message : check(*route_.request, "request")) wrong(message);
            check_ids(*route_.request, "request");
        } else if (route_.method == Method::put || route_.method == Method::patch) {
            wrong("has no schema for its request");
        }
        const bool json = route_.answer.media == "application/json";
        if (route_.answer.status == 204) {
            if (route_.answer.schema) wrong("204 has no body, and so no schema");
        } else if (!route_.answer.schema && json) {
            wrong("has no schema for its answer");
        }
        if (route_.answer.schema)
            for (const auto& message : check(*route_.answer.schema, "answer")) wrong(message);
        if (route_.answer.list && !json) wrong("a list is JSON");
    }

    void check_flags() {
        const bool change = changes(route_.method);
        if (route_.creates && !change) wrong("a GET creates nothing");
        if (route_.never_blocks && (route_.access.kind() != Access::Kind::anyone || change))
            wrong("only a GET for anyone runs on the I/O thread: finding out who asks may block");
        if (route_.token_is_proof && !route_.needs_step_up) wrong("takes a token for a proof that it does not ask for");
        if (route_.needs_step_up && route_.access.kind() == Access::Kind::anyone)
            wrong("step-up is for people who are known");
        if (route_.reads_who_asks_anew && route_.access.kind() == Access::Kind::anyone)
            wrong("nobody knows who asks, so there is nothing to read anew");
        if (!change && route_.rate == RateClass::write) wrong("reads, and counts as a write");
        if (change && route_.rate == RateClass::read) wrong("changes something, and counts as a read");
    }

    const Route& route_;
    std::vector<std::string> wrong_;
};

// One name in the document means one thing.
void check_names(const std::vector<Route>& routes, std::vector<std::string>& wrong) {
    std::map<std::string, std::string> known;
    for (const auto& route : routes) {
        for (const auto& schema : {route.request, route.answer.schema}) {
            if (!schema) continue;
            boost::json::object components;
            static_cast<void>(json_schema(*schema, components));
            for (const auto& [key, value] : components) {
                const std::string name{key};
                const auto text = boost::json::serialize(value);
                const auto [at, fresh] = known.emplace(name, text);
                if (!fresh && at->second != text)
                    wrong.push_back(fmt::format("{}: the schema {} has another form elsewhere", route.operation, name));
            }
        }
    }
}

}  // namespace

struct Router::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> fixed;
    std::unique_ptr<Node> parameter;
    std::map<Method, std::size_t> routes;  // by method: the place in routes_
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

Result<Router> Router::build(std::vector<Route> routes) {
    std::vector<std::string> wrong;
    std::set<std::string> operations;
    Router router;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const auto& route = routes[i];
        auto found = RouteCheck{route}.run();
        wrong.insert(wrong.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
        if (!operations.insert(route.operation).second)
            wrong.push_back(fmt::format("the operation {} stands there twice", route.operation));
        auto* node = router.root_.get();
        for (const auto segment : split(route.path, '/')) {
            if (segment.empty()) continue;
            auto& next = segment.starts_with('{') ? node->parameter : node->fixed[std::string{segment}];
            if (!next) next = std::make_unique<Node>();
            node = next.get();
        }
        if (!node->routes.emplace(route.method, i).second)
            wrong.push_back(fmt::format("{} {} stands there twice", name(route.method), plain_path(route)));
    }
    check_names(routes, wrong);
    if (!wrong.empty())
        return Error{
            .code = ErrorCode::internal,
            .message = fmt::format("the table of routes is wrong:\n  {}", fmt::join(wrong, "\n  ")),
        };
    router.routes_ = std::move(routes);
    return router;
}

Router::Match Router::find(Method method, std::string_view path) const {
    // A fixed word goes before a parameter; where it leads nowhere, the parameter is tried.
    struct Finder {
        std::vector<std::string_view> values;
        const Node* walk(const Node& node, std::string_view rest) {
            if (rest.empty()) return node.routes.empty() ? nullptr : &node;
            rest.remove_prefix(1);  // the slash
            const auto segment = rest.substr(0, rest.find('/'));
            if (segment.empty()) return nullptr;
            rest.remove_prefix(segment.size());
            if (const auto fixed = node.fixed.find(segment); fixed != node.fixed.end())
                if (const auto* const found = walk(*fixed->second, rest)) return found;
            if (!node.parameter) return nullptr;
            values.push_back(segment);
            if (const auto* const found = walk(*node.parameter, rest)) return found;
            values.pop_back();
            return nullptr;
        }
    };
    Match match;
    if (!path.starts_with('/')) return match;
    Finder finder;
    const auto* const node = finder.walk(*root_, path == "/" ? std::string_view{} : path);
    if (!node) return match;
    match.values = std::move(finder.values);
    const auto wanted = method == Method::head ? Method::get : method;
    if (const auto found = node->routes.find(wanted); found != node->routes.end()) {
        match.route = &routes_[found->second];
        return match;
    }
    for (const auto& [known, index] : node->routes) {
        match.allow += fmt::format("{}{}", match.allow.empty() ? "" : ", ", name(known));
        if (known == Method::get) match.allow += ", HEAD";
    }
    match.allow += ", OPTIONS";
    return match;
}

}  // namespace drydock::http
