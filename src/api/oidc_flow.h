#pragma once

#include <string>

#include "api/services.h"
#include "base/error.h"
#include "base/secret.h"
#include "http/route.h"

// What the ways to another provider have in common: signing in by it, and adding it to an account.
namespace drydock::api {

Error no_provider();
// Where every provider sends browsers back to. Never made from what the request says of the host: whoever can set that
// would have codes sent elsewhere.
std::string redirect_uri(const Services& services);

// What proves that an answer came to the browser that the question went out from: kept there for ten minutes.
void keep_flow(const http::Call& call, http::Reply& reply, const Secret& flow);
Secret kept_flow(const http::Call& call);
void forget_flow(const http::Call& call, http::Reply& reply);

}  // namespace drydock::api
