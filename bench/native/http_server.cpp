// drydock's HTTP server with two calls: /cached is answered on the I/O thread, /worked on a worker through the whole
// pipeline (routing, authentication, rights, checks). Prints its port; ends with its standard input.
#include <iostream>

#include <boost/json.hpp>

#include "http/server.h"
#include "http/service.h"

namespace {

using namespace drydock;
using namespace drydock::http;

struct OpenDoor : Hooks {
    Result<std::shared_ptr<const Principal>> authenticate(const Request&, Freshness, const Limits&) override {
        return std::make_shared<const Principal>();
    }
    Result<std::optional<Problem>> admit(const Call&) override { return std::nullopt; }
    Result<std::optional<Problem>> authorise(const Call&) override { return std::nullopt; }
    std::optional<Response> cached(const Request&, const Route& route) override {
        if (route.operation != "cached") return std::nullopt;
        static const auto body = std::make_shared<const std::string>(R"({"id":1,"name":"orders","status":"active"})");
        Response response;
        response.headers.add("Content-Type", "application/json");
        response.shared = body;
        return response;
    }
    void failed(const Call*, const Request&, const Error&) override {}
};

Route route(std::string path, std::string operation) {
    const auto item = object(
        "Item",
        "",
        {
            {"id", integer(), Presence::output},
            {"name", text(FieldClass::plain), Presence::output},
            {"status", text(FieldClass::plain), Presence::output},
        }
    );
    return {
        .method = Method::get,
        .path = std::move(path),
        .operation = std::move(operation),
        .tag = "bench",
        .summary = "One object.",
        .access = Access::permission("items:read"),
        .answer = one(item),
        .handle = [](Call&) -> Result<Reply> {
            return Reply{boost::json::value{{"id", 1}, {"name", "orders"}, {"status", "active"}}};
        },
    };
}

}  // namespace

int main() {
    OpenDoor hooks;
    auto router = Router::build({route("/cached", "cached"), route("/worked", "worked")});
    Service service{*std::move(router), hooks, {}};
    auto server = Server::start({.workers = 4}, service);
    std::cout << (*server)->port() << std::endl;
    std::cin.get();
}
