#pragma once

#include <string>
#include <utility>

#include "api/who.h"
#include "http/route.h"
#include "identity/service.h"

// What the files of routes have in common.
namespace drydock::api {

inline const http::FieldClass plain = http::FieldClass::plain;
inline const http::FieldClass personal = http::FieldClass::personal;
inline const http::FieldClass bulk = http::FieldClass::bulk;
inline const http::FieldClass secret = http::FieldClass::secret;

// Makes the routes of one tag: what most of them say is said once.
class Drafts {
public:
    explicit Drafts(std::string tag) : tag_(std::move(tag)) {}

    http::Route read(
        std::string path,
        std::string operation,
        std::string summary,
        http::Access access,
        http::Answer answer,
        http::RouteHandler handle
    ) const {
        return draft(
            http::Method::get,
            std::move(path),
            std::move(operation),
            std::move(summary),
            std::move(access),
            std::move(answer),
            std::move(handle)
        );
    }
    http::Route change(
        http::Method method,
        std::string path,
        std::string operation,
        std::string summary,
        http::Access access,
        http::Answer answer,
        http::RouteHandler handle
    ) const {
        auto route = draft(
            method,
            std::move(path),
            std::move(operation),
            std::move(summary),
            std::move(access),
            std::move(answer),
            std::move(handle)
        );
        route.rate = http::RateClass::write;
        return route;
    }

private:
    http::Route draft(
        http::Method method,
        std::string path,
        std::string operation,
        std::string summary,
        http::Access access,
        http::Answer answer,
        http::RouteHandler handle
    ) const {
        return http::Route{
            .method = method,
            .path = std::move(path),
            .operation = std::move(operation),
            .tag = tag_,
            .summary = std::move(summary),
            .access = std::move(access),
            .answer = std::move(answer),
            .handle = std::move(handle),
        };
    }
    std::string tag_;
};

inline identity::Peer peer(const http::Call& call) {
    return {
        .address = call.request.peer.address,
        .user_agent = std::string{call.request.headers.get("User-Agent").substr(0, 200)},
        .request_id = call.request.id,
    };
}

}  // namespace drydock::api
