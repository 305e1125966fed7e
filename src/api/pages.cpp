#include "api/pages.h"

#include "api/who.h"

namespace drydock::api {

std::string page_scope(const http::Call& call) {
    auto scope = call.route.operation;
    if (call.principal) scope += '\n' + actor(call).organization_id;
    for (const auto& member : call.query) {
        if (member.key() == "cursor" || member.key() == "limit") continue;
        scope += '\n' + std::string{member.key()} + '=' + json::serialize(member.value());
    }
    scope += '\n' + json::serialize(call.path);
    return scope;
}

Result<json::array> position(const http::Cursors& cursors, const http::Call& call) {
    if (call.cursor().empty()) return json::array{};
    return cursors.read(call.cursor(), page_scope(call));
}

}  // namespace drydock::api
