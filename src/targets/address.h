#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "net/tls.h"

namespace drydock::targets {

enum class Type : std::uint8_t { postgresql, mongodb, redis };
std::string_view wire_name(Type type);
std::optional<Type> type_named(std::string_view name);
std::uint16_t default_port(Type type);

// "disable", "require", "verify-ca", "verify-full", as libpq spells them.
std::string_view wire_name(net::TlsMode mode);
std::optional<net::TlsMode> tls_mode_named(std::string_view name);

struct Host {
    std::string name{};  // a name, an IP address without brackets, or the path of a Unix socket's folder
    std::uint16_t port = 0;

    bool operator==(const Host&) const = default;
};

// Where a database is and how to sign in to it: values, which never stand together in one text on their way to a client
// library, so that none can become another.
struct Address {
    Type type = Type::postgresql;
    std::vector<Host> hosts{};  // tried in this order
    std::string database{};     // for Redis its number
    std::string user{};
    Secret password{};
    std::optional<net::TlsMode> tls{};  // nothing: see tls_mode()
    std::string ca_pem{};               // authorities to trust in place of the system's
    // Of a short list of names a type (`is_option`).
    std::vector<std::pair<std::string, std::string>> options{};

    // verify_full where it does not say; off where all hosts are this machine.
    net::TlsMode tls_mode() const;
    std::string option(std::string_view name) const;  // empty when not given
    // postgresql://user@host:5432/database, for people.
    std::string display() const;
    // With everything: what `parse` reads back.
    Secret url() const;

    // A URL: postgresql://, postgres://, mongodb://, redis://, rediss://. Strict, as what is odd may be an attempt: no
    // white space or control characters, not two "@", no option that is not known. No Error repeats a piece of the
    // text.
    static Result<Address> parse(std::string_view url);
    // What parse() asks of the parts, for an address that was put together from them.
    Result<> check() const;
};

bool is_option(Type type, std::string_view name);
// By its name or number: "localhost", 127.0.0.0/8, ::1 or a Unix socket.
bool is_this_machine(const Host& host);

}  // namespace drydock::targets
