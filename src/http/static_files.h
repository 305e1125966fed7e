#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/message.h"

namespace drydock::http {

// A file of the web console, compiled in.
struct Asset {
    std::string_view path;  // "/assets/index-3f2a.js", "/index.html"
    std::string_view body;
    std::string_view gzip;  // empty where it is not smaller
    std::string_view mime;
    std::string_view etag;  // without quotes; changes with the body
};

// A look-up in a table: there is no file system and so no way out of it. What is below /assets/ has its hash in its
// name and is kept for a year. Every other path that a browser asks for as a page gets /index.html, in which
// `__CSP_NONCE__` becomes a new nonce each time.
class StaticFiles {
public:
    explicit StaticFiles(std::span<const Asset> assets);
    // Nothing: not a GET or HEAD, or nothing there.
    std::optional<Response> answer(const Request& request) const;

private:
    Response page(const Asset& index) const;
    std::map<std::string_view, const Asset*> assets_;
};

// The Content-Security-Policy of a page.
std::string page_policy(std::string_view nonce);

}  // namespace drydock::http
