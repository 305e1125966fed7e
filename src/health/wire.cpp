#include "health/wire.h"

#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/hash.h"

namespace drydock::health {
namespace {

constexpr std::size_t kMostKept = 20'000;

}  // namespace

std::unique_ptr<Wire> Wires::make(Type type) {
    switch (type) {
        case Type::postgresql:
            return make_postgres_wire(*this);
        case Type::mongodb:
            return make_mongo_wire(*this);
        case Type::redis:
            return make_redis_wire(*this);
    }
    return make_postgres_wire(*this);
}

Result<net::TlsContext> Wires::tls(const net::TlsOptions& options) {
    const auto key = sha256_hex(fmt::format(
        "{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}",
        static_cast<int>(options.mode),
        options.ca_pem,
        options.ca_file.string(),
        options.certificate_pem,
        options.key_pem.reveal(),
        options.server_name
    ));
    if (const auto found = contexts_.find(key); found != contexts_.end()) return found->second;
    DRYDOCK_TRY(auto context, net::TlsContext::make(options));
    if (contexts_.size() >= kMostKept) contexts_.clear();
    contexts_.emplace(key, context);
    return context;
}

Secret Wires::salted_password(
    const char* digest, const std::string& password, const std::string& salt, int iterations
) {
    const auto key = sha256_hex(fmt::format("{}\x1f{}\x1f{}\x1f{}", digest, iterations, salt, password));
    if (const auto found = salted_.find(key); found != salted_.end()) return found->second;
    const EVP_MD* const md = ::EVP_get_digestbyname(digest);
    std::string out(static_cast<std::size_t>(::EVP_MD_get_size(md)), '\0');
    ::PKCS5_PBKDF2_HMAC(
        password.data(),
        static_cast<int>(password.size()),
        reinterpret_cast<const unsigned char*>(salt.data()),
        static_cast<int>(salt.size()),
        iterations,
        md,
        static_cast<int>(out.size()),
        reinterpret_cast<unsigned char*>(out.data())
    );
    if (salted_.size() >= kMostKept) salted_.clear();
    return salted_[key] = Secret{std::move(out)};
}

}  // namespace drydock::health
