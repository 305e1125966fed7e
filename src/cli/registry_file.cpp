#include "cli/registry_file.h"

#include <algorithm>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "config/toml_file.h"
#include "registry/placeholders.h"

namespace drydock::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kTable = "database";

std::vector<std::string> keys() {
    return {
        "project",
        "name",
        "type",
        "host",
        "port",
        "database",
        "username",
        "connection_string",
        "password",
        "environment",
        "ssl_enabled",
        "config",
        "metadata"
    };
}

Error bad(std::string message, Place place, std::string hint) {
    return {
        .code = ErrorCode::invalid_argument,
        .message = std::move(message),
        .hint = std::move(hint),
        .place = std::move(place)
    };
}

std::string text_at(const json::object& object, std::string_view key) {
    const auto* const value = object.if_contains(key);
    const auto* const text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string{text->begin(), text->end()} : std::string{};
}

bool has_placeholder(std::string_view text) {
    return text.find("${") != text.npos;
}

// "secret" of "postgresql://user:secret@host/db"; a file that is kept with the code must not hold one.
std::string_view password_in(std::string_view address) {
    const auto scheme = address.find("://");
    if (scheme == address.npos) return {};
    auto rest = address.substr(scheme + 3);
    const auto at = rest.rfind('@');
    if (at == rest.npos) return {};
    rest = rest.substr(0, at);
    const auto colon = rest.find(':');
    return colon == rest.npos ? std::string_view{} : rest.substr(colon + 1);
}

class FileReader {
public:
    FileReader(const config::TomlDocument& document, const PlaceholderValues& values)
        : document_(document), values_(values) {}

    Result<std::vector<RegistryEntry>> read() {
        DRYDOCK_TRY_VOID(check_top());
        std::vector<RegistryEntry> entries;
        const auto* const list = document_.root.if_contains(kTable);
        if (list == nullptr) return entries;
        for (std::size_t i = 0; i < list->as_array().size(); ++i) {
            DRYDOCK_TRY(auto entry, read_entry(list->as_array()[i].as_object(), fmt::format("/{}/{}", kTable, i)));
            if (!seen_.emplace(entry.project, entry.name()).second) {
                return bad(
                    fmt::format("the file names the database \"{}\" of {} twice", entry.name(), entry.project),
                    entry.place,
                    "A name is given once a project."
                );
            }
            entries.push_back(std::move(entry));
        }
        return entries;
    }

private:
    Place place(std::string_view pointer) const {
        const auto found = document_.places.find(pointer);
        return found == document_.places.end() ? Place{} : found->second;
    }

    Result<> check_top() const {
        for (const auto& member : document_.root) {
            const std::string key{member.key()};
            const auto spot = place("/" + key);
            if (key != kTable)
                return bad(fmt::format("a file of databases has no \"{}\"", key), spot, "Each one is a [[database]].");
            const auto* const list = member.value().if_array();
            const bool tables =
                list != nullptr && std::ranges::all_of(*list, [](const auto& item) { return item.is_object(); });
            if (!tables) return bad("database is not a table of its own", spot, "Write [[database]], in two brackets.");
        }
        return {};
    }

    Result<RegistryEntry> read_entry(const json::object& table, const std::string& pointer) const {
        RegistryEntry entry{.place = place(pointer)};
        const auto known = keys();
        for (const auto& member : table) {
            const std::string key{member.key()};
            const auto spot = place(fmt::format("{}/{}", pointer, key));
            if (std::ranges::find(known, key) == known.end()) {
                const auto near = did_you_mean(key, known);
                return bad(
                    fmt::format("a database has no \"{}\"", key),
                    spot,
                    near ? fmt::format("did you mean {}?", *near) : fmt::format("there are: {}", fmt::join(known, ", "))
                );
            }
            DRYDOCK_TRY_VOID(check_secret(key, member.value(), spot));
            auto filled = fill(member.value(), key == "connection_string");
            if (!filled) return std::move(filled).error().at(spot);
            entry.body[key] = *std::move(filled);
        }
        for (const char* const key : {"project", "name"}) {
            if (text_at(entry.body, key).empty())
                return bad(
                    fmt::format("the database has no {}", key), entry.place, fmt::format("Write {} = \"…\".", key)
                );
        }
        entry.project = text_at(entry.body, "project");
        entry.body.erase("project");
        return entry;
    }

    static Result<> check_secret(const std::string& key, const json::value& value, const Place& spot) {
        const auto* const text = value.if_string();
        if (text == nullptr) return {};
        const std::string_view said{text->data(), text->size()};
        const auto secret = key == "password"            ? said
                            : key == "connection_string" ? password_in(said)
                                                         : std::string_view{};
        if (secret.empty() || has_placeholder(secret)) return {};
        Place where = spot;
        where.text.clear();
        return bad(
            "a password is written down here",
            std::move(where),
            "Name it instead: \"${ORDERS_PASSWORD}\" is filled in from the environment, or from .env."
        );
    }

    Result<json::value> fill(const json::value& value, bool in_address) const {
        if (const auto* const text = value.if_string()) {
            DRYDOCK_TRY(const auto filled, registry::fill_in({text->data(), text->size()}, values_, in_address));
            return json::value(filled);
        }
        if (const auto* const list = value.if_array()) {
            json::array out;
            for (const auto& item : *list) {
                DRYDOCK_TRY(auto filled, fill(item, in_address));
                out.push_back(std::move(filled));
            }
            return json::value(std::move(out));
        }
        if (const auto* const object = value.if_object()) {
            json::object out;
            for (const auto& member : *object) {
                DRYDOCK_TRY(auto filled, fill(member.value(), in_address));
                out[member.key()] = std::move(filled);
            }
            return json::value(std::move(out));
        }
        return value;
    }

    const config::TomlDocument& document_;
    const PlaceholderValues& values_;
    std::set<std::pair<std::string, std::string>> seen_;
};

}  // namespace

std::string RegistryEntry::name() const {
    return text_at(body, "name");
}

Result<std::vector<RegistryEntry>> read_registry_file(
    std::string_view text, std::string_view label, const PlaceholderValues& values
) {
    DRYDOCK_TRY(const auto document, config::read_toml_document(text, label));
    return FileReader{document, values}.read();
}

}  // namespace drydock::cli
