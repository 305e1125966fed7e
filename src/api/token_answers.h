#pragma once

#include <cstdint>
#include <string_view>

#include <boost/json/value.hpp>

#include "http/route.h"
#include "http/schema.h"
#include "identity/service.h"

// What every way of signing in answers.
namespace drydock::api {

http::Schema tokens_schema();
boost::json::object no_tokens();
// The tokens in the body, or in cookies.
http::Reply give(const http::Call& call, const identity::Tokens& tokens, bool in_cookies);
// Adds the cookies of a session to an answer.
void put_into_cookies(const http::Call& call, http::Reply& reply, const identity::Tokens& tokens);
void clear_cookies(const http::Call& call, http::Reply& reply);

}  // namespace drydock::api
