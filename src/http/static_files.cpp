#include "http/static_files.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/random.h"
#include "base/text.h"
#include "http/preconditions.h"

namespace drydock::http {
namespace {

constexpr std::string_view kNonce = "__CSP_NONCE__";

// "gzip;q=0" says no.
bool takes_gzip(std::string_view accepts) {
    for (const auto part : split(accepts, ',')) {
        const auto coding = trim(part.substr(0, part.find(';')));
        if (!iequals(coding, "gzip") && coding != "*") continue;
        const auto weight = part.find("q=");
        if (weight == std::string_view::npos) return true;
        return std::ranges::any_of(part.substr(weight + 2), [](char c) { return c >= '1' && c <= '9'; });
    }
    return false;
}

}  // namespace

std::string page_policy(std::string_view nonce) {
    return fmt::format(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{}'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'",
        nonce
    );
}

StaticFiles::StaticFiles(std::span<const Asset> assets) {
    for (const auto& asset : assets) assets_.emplace(asset.path, &asset);
}

Response StaticFiles::page(const Asset& index) const {
    const auto nonce = random_hex(16);
    Response response;
    response.headers = {
        {"Content-Type", "text/html; charset=utf-8"},
        // A kept page would carry an old nonce, and then no style of it is applied.
        {"Cache-Control", "no-store"},
        {"Content-Security-Policy", page_policy(nonce)},
    };
    response.body = index.body;
    for (auto at = response.body.find(kNonce); at != std::string::npos; at = response.body.find(kNonce, at))
        response.body.replace(at, kNonce.size(), nonce);
    return response;
}

std::optional<Response> StaticFiles::answer(const Request& request) const {
    if (request.method != Method::get && request.method != Method::head) return std::nullopt;
    const auto path = request.path();
    const auto index = assets_.find("/index.html");
    const auto found = assets_.find(path);
    if (found == assets_.end() || found == index) {
        // A missing script answered with a page would be read as a broken script.
        if (index == assets_.end() || path.starts_with("/assets/")) return std::nullopt;
        return page(*index->second);
    }
    const auto& asset = *found->second;
    Response response;
    response.headers = {
        {"Content-Type", std::string{asset.mime}},
        {"ETag", etag_of(asset.etag)},
        {"Vary", "Accept-Encoding"},
        {"Cache-Control", path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache"},
    };
    if (matches_any(request.headers.get("If-None-Match"), asset.etag)) {
        response.status = 304;
        return response;
    }
    response.borrowed = asset.body;
    if (!asset.gzip.empty() && takes_gzip(request.headers.get("Accept-Encoding"))) {
        response.borrowed = asset.gzip;
        response.headers.add("Content-Encoding", "gzip");
    }
    return response;
}

}  // namespace drydock::http
