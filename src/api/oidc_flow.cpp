#include "api/oidc_flow.h"

#include <fmt/format.h>

#include "api/hooks.h"

namespace drydock::api {
namespace {

constexpr int kFlowSeconds = 600;

std::string_view flow_cookie(bool secure) {
    return secure ? "__Host-drydock_oidc" : "drydock_oidc";
}

// Lax: the browser brings it along when it comes back from the provider.
void set_flow(const http::Call& call, http::Reply& reply, std::string_view value, int seconds) {
    const bool secure = call.peer().secure;
    reply.headers.add(
        "Set-Cookie",
        fmt::format(
            "{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}",
            flow_cookie(secure),
            value,
            seconds,
            secure ? "; Secure" : ""
        )
    );
}

}  // namespace

Error no_provider() {
    return {.code = ErrorCode::not_found, .message = "nobody signs in by another provider here"};
}

std::string redirect_uri(const Services& services) {
    return services.public_url + "/api/v2/sign-in/callback";
}

void keep_flow(const http::Call& call, http::Reply& reply, const Secret& flow) {
    set_flow(call, reply, flow.reveal(), kFlowSeconds);
}

Secret kept_flow(const http::Call& call) {
    return Secret{std::string{cookie(call.request, flow_cookie(call.peer().secure))}};
}

void forget_flow(const http::Call& call, http::Reply& reply) {
    set_flow(call, reply, "", 0);
}

}  // namespace drydock::api
