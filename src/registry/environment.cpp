#include "registry/environment.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>

#include <fmt/format.h>

namespace drydock::registry {
namespace {

using targets::Type;

struct Kind {
    std::string_view prefix;
    Type type;
};
constexpr std::array kKinds{
    Kind{"PG_INSTANCE_", Type::postgresql},
    Kind{"POSTGRES_INSTANCE_", Type::postgresql},
    Kind{"POSTGRESQL_INSTANCE_", Type::postgresql},
    Kind{"MONGO_INSTANCE_", Type::mongodb},
    Kind{"MONGODB_INSTANCE_", Type::mongodb},
    Kind{"REDIS_INSTANCE_", Type::redis},
};

const Kind* kind_of(std::string_view name) {
    for (const auto& kind : kKinds) {
        if (name.starts_with(kind.prefix)) return &kind;
    }
    return nullptr;
}

Error missing(std::string_view name) {
    return {
        .code = ErrorCode::not_found,
        .message = fmt::format("the server's environment has no variable {}", name),
        .hint = "Set it where the server is started, and start it anew.",
    };
}

Result<targets::Address> read_url(std::string_view name, const std::string& text) {
    auto address = targets::Address::parse(text);
    if (!address) return std::move(address).error().in(fmt::format("reading the variable {}", name));
    return address;
}

Result<targets::Address> read_parts(const Environment& environment, std::string_view prefix, Type type) {
    const auto part = [&](std::string_view name) { return environment(fmt::format("{}{}", prefix, name)); };
    targets::Address address{.type = type};
    const auto host = part("HOST");
    if (!host) return missing(fmt::format("{}HOST (or {}URI)", prefix, prefix));
    targets::Host place{.name = *host, .port = targets::default_port(type)};
    if (const auto port = part("PORT")) {
        const auto [end, error] = std::from_chars(port->data(), port->data() + port->size(), place.port);
        if (error != std::errc{} || end != port->data() + port->size()) {
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = fmt::format("the variable {}PORT is not a number between 1 and 65535", prefix),
            };
        }
    }
    address.hosts.push_back(std::move(place));
    auto database = part("DATABASE");
    if (!database) database = part("NAME");
    address.database = database.value_or("");
    address.user = part("USER").value_or("");
    address.password = Secret{part("PASSWORD").value_or("")};
    if (const auto mode = part("SSLMODE")) {
        address.tls = targets::tls_mode_named(*mode);
        if (!address.tls) {
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = fmt::format("the variable {}SSLMODE is none of the known modes", prefix),
                .hint = "Use verify-full, verify-ca, require or disable.",
            };
        }
    }
    if (auto checked = address.check(); !checked) {
        return std::move(checked).error().in(fmt::format("reading the variables {}…", prefix));
    }
    return address;
}

}  // namespace

Environment process_environment() {
    return [](std::string_view name) -> std::optional<std::string> {
        const char* const value = std::getenv(std::string{name}.c_str());
        if (!value) return {};
        return std::string{value};
    };
}

Environment take_from_environment() {
    auto kept = std::make_shared<std::map<std::string, Secret, std::less<>>>();
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text{*variable};
        const auto name = text.substr(0, text.find('='));
        if (name.size() == text.size() || !check_environment_name(name)) continue;
        kept->emplace(name, Secret{std::string{text.substr(name.size() + 1)}});
    }
    for (const auto& [name, value] : *kept) {
        char* const text = std::getenv(name.c_str());
        ::explicit_bzero(text, std::strlen(text));
        ::unsetenv(name.c_str());
    }
    return [kept](std::string_view name) -> std::optional<std::string> {
        const auto found = kept->find(name);
        if (found == kept->end()) return {};
        return std::string{found->second.reveal()};
    };
}

Result<> check_environment_name(std::string_view name) {
    const auto* const kind = kind_of(name);
    bool fits = kind && name.size() > kind->prefix.size() && name.size() <= 127;
    for (const char c : name) fits = fits && ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
    if (fits) return {};
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = "this variable of the server's environment can't be used",
        .hint = "The names are PG_INSTANCE_<name>_… , MONGO_INSTANCE_<name>_… and REDIS_INSTANCE_<name>_… .",
    };
}

Result<targets::Address> address_from_environment(
    const Environment& environment, std::string_view name, std::optional<Type> type
) {
    DRYDOCK_TRY_VOID(check_environment_name(name));
    const auto kind = kind_of(name)->type;
    if (type && *type != kind) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("the variable is for a database of type {}", targets::wire_name(kind)),
        };
    }
    std::optional<targets::Address> address;
    if (!name.ends_with('_')) {
        const auto text = environment(name);
        if (!text) return missing(name);
        DRYDOCK_TRY(address, read_url(name, *text));
    } else {
        for (const std::string_view ending : {"URI", "URL"}) {
            const auto whole = fmt::format("{}{}", name, ending);
            const auto text = environment(whole);
            if (!text) continue;
            DRYDOCK_TRY(address, read_url(whole, *text));
            break;
        }
        if (!address) {
            DRYDOCK_TRY(address, read_parts(environment, name, kind));
        }
    }
    if (address->type != kind) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "the variable holds the address of a database of another type than its name says",
        };
    }
    return *std::move(address);
}

}  // namespace drydock::registry
