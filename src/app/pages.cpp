#include "app/pages.h"

#include <deque>
#include <string>
#include <vector>

#include "base/hash.h"

namespace drydock::app {
namespace {

std::string_view mime_of(std::string_view name) {
    const auto ending = name.substr(name.rfind('.') + 1);
    if (ending == "html") return "text/html; charset=utf-8";
    if (ending == "js") return "text/javascript; charset=utf-8";
    if (ending == "css") return "text/css; charset=utf-8";
    if (ending == "svg") return "image/svg+xml";
    return "application/octet-stream";
}

}  // namespace

std::span<const http::Asset> pages() {
    // What the views of the assets look at.
    static std::deque<std::string> texts;
    static const std::vector<http::Asset> assets = [] {
        std::vector<http::Asset> all;
        for (const auto& file : page_files()) {
            const auto& path = texts.emplace_back("/" + std::string{file.name});
            const auto& etag = texts.emplace_back(sha256_hex(file.text).substr(0, 32));
            all.push_back({.path = path, .body = file.text, .gzip = {}, .mime = mime_of(file.name), .etag = etag});
        }
        return all;
    }();
    return assets;
}

}  // namespace drydock::app
