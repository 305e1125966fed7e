#include "registry/place.h"

#include <boost/json.hpp>

namespace drydock::registry {
namespace {

namespace json = boost::json;

constexpr std::string_view kMark = "drydock1 ";

json::value text_or_null(std::string_view text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

Result<json::value> read(std::string_view text) {
    boost::system::error_code error;
    auto value = json::parse(text, error, {}, {.max_depth = 32});
    if (error) return other_place();
    return value;
}

Result<json::object> place(const Database& row) {
    DRYDOCK_TRY(const auto config, read(row.config));
    const auto of_config = [&](std::string_view key) {
        const auto* const found = config.is_object() ? config.get_object().if_contains(key) : nullptr;
        return found ? *found : json::value(nullptr);
    };
    return json::object{
        {"type", row.type},
        {"host", text_or_null(row.host)},
        {"port", row.port ? json::value(*row.port) : json::value(nullptr)},
        {"username", text_or_null(row.username)},
        {"ssl", row.ssl_enabled},
        {"hosts", of_config("hosts")},
        {"tls", of_config("tls")},
        {"proxy", of_config("proxy")},
        {"options", of_config("options")},
    };
}

}  // namespace

Error other_place() {
    return {
        .code = ErrorCode::conflict,
        .message = "the entry says another place than the one that its secret was stored for",
        .hint = "Somebody has changed it past drydock. Store the secret again if the place is right.",
    };
}

Result<std::string> place_of(const Database& row) {
    DRYDOCK_TRY(const auto object, place(row));
    return json::serialize(object);
}

Result<Secret> credential_place(const Database& row) {
    DRYDOCK_TRY(auto object, place(row));
    object["credential"] = row.credential_id;
    return Secret{json::serialize(object)};
}

Result<> check_credential_place(const Database& row, const Secret& sealed) {
    DRYDOCK_TRY(auto object, place(row));
    object["credential"] = row.credential_id;
    DRYDOCK_TRY(const auto said, read(sealed.reveal()));
    if (said == json::value(std::move(object))) return {};
    return other_place();
}

Result<Secret> without_place(const Database& row, const Secret& sealed) {
    const std::string_view text = sealed.reveal();
    const auto end = text.find('\n');
    if (!text.starts_with(kMark) || end == text.npos) return other_place();
    DRYDOCK_TRY(const auto said, read(text.substr(kMark.size(), end - kMark.size())));
    DRYDOCK_TRY(auto object, place(row));
    const json::value expected{
        {"row", row.id},
        {"project", row.project_id},
        {"version", row.credential_version},
        {"place", std::move(object)},
    };
    if (said != expected) return other_place();
    return Secret{std::string{text.substr(end + 1)}};
}

}  // namespace drydock::registry
