#include "http/cursor.h"

#include <array>
#include <utility>

#include <boost/json.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/encoding.h"

namespace drydock::http {
namespace {

constexpr std::size_t kTagBytes = 16;

std::string tag_of(const std::string& key, std::string_view scope, std::string_view position) {
    // The length stands between both: else a part of one could pass for a part of the other.
    std::string text = std::to_string(scope.size()) + ':';
    text.append(scope).append(position);
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned length = 0;
    ::HMAC(
        EVP_sha256(),
        key.data(),
        static_cast<int>(key.size()),
        reinterpret_cast<const unsigned char*>(text.data()),
        text.size(),
        out.data(),
        &length
    );
    return {reinterpret_cast<const char*>(out.data()), kTagBytes};
}

Error broken() {
    return {
        .code = ErrorCode::invalid_argument,
        .message = "The cursor is not one of this list.",
        .hint = "Take `next_cursor` of the page before, with the same filters and sort; or begin without a cursor.",
    };
}

}  // namespace

Cursors::Cursors(std::string key) : key_(std::move(key)) {}

std::string Cursors::make(const boost::json::array& position, std::string_view scope) const {
    const auto text = boost::json::serialize(position);
    return base64url(tag_of(key_, scope, text) + text);
}

Result<boost::json::array> Cursors::read(std::string_view cursor, std::string_view scope) const {
    const auto bytes = from_base64url(cursor);
    if (!bytes || bytes->size() < kTagBytes) return broken();
    const auto text = std::string_view{*bytes}.substr(kTagBytes);
    const auto tag = tag_of(key_, scope, text);
    if (::CRYPTO_memcmp(tag.data(), bytes->data(), kTagBytes) != 0) return broken();
    boost::json::error_code error;
    auto value = boost::json::parse(text, error);
    if (error || !value.is_array()) return broken();
    return std::move(value.get_array());
}

}  // namespace drydock::http
