#pragma once

#include <string>
#include <string_view>

namespace drydock::config {

struct DatabaseParts {
    std::string host;
    std::string port;
    std::string name;
    std::string user;
    std::string password;
};

// "postgresql://user:password@host:port/name"; empty parts are left out, special characters are percent-encoded.
std::string compose_url(const DatabaseParts& parts);

// The address (URL or "keyword=value …") with the TLS mode of `ssl` ("true", "false" or libpq's names), unless it says
// one itself.
std::string with_ssl(std::string_view address, std::string_view ssl);

}  // namespace drydock::config
