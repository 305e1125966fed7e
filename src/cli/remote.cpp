#include "cli/remote.h"

#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "migrate/report_json.h"

namespace drydock::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kSecondsOfAMoment = 19;  // "2026-07-01T12:00:00"
constexpr std::size_t kMostSuggestions = 5'000;

std::string text_of(const json::value& value) {
    if (value.is_null()) return {};
    if (const auto* const text = value.if_string()) return std::string{text->begin(), text->end()};
    if (const auto* const list = value.if_array()) {
        const bool plain = std::ranges::all_of(*list, [](const auto& item) { return item.is_string(); });
        std::string joined;
        for (const auto& item : *list)
            joined += (joined.empty() ? "" : ", ") + (plain ? text_of(item) : json::serialize(item));
        return joined;
    }
    if (const auto* const object = value.if_object(); object != nullptr && object->empty()) return {};
    return json::serialize(value);
}

client::ApiOptions options_of(const Session& session) {
    const auto& settings = session.settings();
    return {
        .server = settings.text("server_url"),
        .token = Secret{settings.text("token")},
        .organization = settings.text("organization"),
        .ca_file = settings.text("server_ca"),
    };
}

// What opens dangerous calls for the next minutes.
Result<json::object> ask_for_proof(Session& session) {
    if (!session.settings().text("token").empty()) {
        return Error{
            .code = ErrorCode::permission_denied,
            .message = "this needs a person: an API token can't prove who uses it",
            .hint = "Log in with `drydock login`, and unset DRYDOCK_TOKEN.",
        };
    }
    if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) {
        return Error{
            .code = ErrorCode::permission_denied,
            .message = "this needs a fresh proof that it is you, and there is no terminal to ask at",
            .hint = "Run `drydock login` again before it: that is proof enough for five minutes.",
        };
    }
    session.note("This needs a fresh proof that it is you.");
    client::Api api{options_of(session)};
    DRYDOCK_TRY(const auto factor, api.get("/me/second-factor", session.limits()));
    const bool coded = factor.is_object() && shown(factor.as_object(), "confirmed") == "true";
    DRYDOCK_TRY(
        const auto secret, read_secret(session, std::nullopt, coded ? "code of your authenticator app" : "password")
    );
    return json::object{{coded ? "code" : "password", secret.reveal()}};
}

bool is_meant(const json::object& item, const Kind& kind, const std::string& wanted) {
    return shown(item, kind.id) == wanted ||
           std::ranges::any_of(kind.names, [&](const auto& name) { return shown(item, name) == wanted; });
}

}  // namespace

client::Api remote(Session& session) {
    auto options = options_of(session);
    options.prove = [&session] { return ask_for_proof(session); };
    return client::Api{std::move(options)};
}

client::Api remote_as_nobody(Session& session) {
    auto options = options_of(session);
    options.token = {};
    options.as_nobody = true;
    return client::Api{std::move(options)};
}

std::string shown(const json::object& object, std::string_view key) {
    const auto* const value = object.if_contains(key);
    return value != nullptr ? text_of(*value) : std::string{};
}

std::string shown_moment(const json::object& object, std::string_view key) {
    auto text = shown(object, key).substr(0, kSecondsOfAMoment);
    if (const auto t = text.find('T'); t != text.npos) text[t] = ' ';
    return text;
}

Table::Cell shown_state(const json::object& object, std::string_view key) {
    const auto text = shown(object, key);
    const auto is_one = [&](std::initializer_list<std::string_view> words) {
        return std::find(words.begin(), words.end(), text) != words.end();
    };
    if (is_one({"healthy", "succeeded", "success", "passed", "active", "paid"})) return {text, Tone::ok};
    if (is_one({"unhealthy", "failed", "error", "denied", "danger", "uncollectible"})) return {text, Tone::error};
    if (is_one({"unknown", "inactive", "maintenance", "suspended", "archived", "warning"})) return {text, Tone::warn};
    return {text};
}

std::string with_query(std::string path, const Query& query) {
    for (const auto& [name, value] : query) {
        if (value)
            path += fmt::format("{}{}={}", path.find('?') == path.npos ? '?' : '&', name, client::encoded(*value));
    }
    return path;
}

Result<std::size_t> print_list(Session& session, const Listing& listing) {
    auto api = remote(session);
    json::array items;
    Table table{listing.columns};
    std::size_t count = 0;
    DRYDOCK_TRY_VOID(api.each(
        listing.path,
        [&](const json::object& item) {
            if (session.json())
                items.push_back(item);
            else
                table.add(listing.row(item));
            ++count;
            return !listing.most || count < *listing.most;
        },
        session.limits()
    ));
    if (session.json())
        session.print_json(json::object{{"items", std::move(items)}});
    else if (table.empty())
        session.tell(listing.when_empty + "\n");
    else
        session.print(table.text(session.out()));
    return count;
}

void print_object(Session& session, const json::object& object) {
    if (session.json()) return session.print_json(object);
    std::string text;
    std::size_t width = 0;
    for (const auto& member : object) width = std::max(width, member.key().size());
    for (const auto& member : object) {
        const auto value = text_of(member.value());
        if (!value.empty())
            text += fmt::format("{:<{}}  {}\n", std::string_view{member.key()}, width, printable(value));
    }
    session.print(text);
}

void print_done(Session& session, std::string_view text, json::object object) {
    if (session.json())
        session.print_json(object);
    else
        session.tell(fmt::format("{}\n", printable(text)));
}

Result<> agree(Session& session, std::string_view question) {
    DRYDOCK_TRY(const bool yes, session.confirm(question));
    if (yes) return {};
    return Error{.code = ErrorCode::cancelled, .message = "nothing was done"};
}

Result<std::string> needed(const std::optional<std::string>& value, std::string_view option) {
    if (value && !value->empty()) return *value;
    return Error{.code = ErrorCode::invalid_argument, .message = fmt::format("{} is missing", option)};
}

Result<json::object> json_object(const std::string& text, std::string_view option) {
    json::error_code failed;
    auto value = json::parse(text, failed);
    if (!failed && value.is_object()) return value.as_object();
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("{} is not a JSON object", option),
        .hint = R"(Write it as '{"key": "value"}'.)",
    };
}

Result<json::object> find_one(client::Api& api, const Kind& kind, const std::string& wanted, const Limits& limits) {
    std::vector<json::object> found;
    std::vector<std::string> others;
    DRYDOCK_TRY_VOID(api.each(
        std::string{kind.path},
        [&](const json::object& item) {
            if (is_meant(item, kind, wanted)) found.push_back(item);
            for (const auto& name : kind.names) others.push_back(shown(item, name));
            return others.size() < kMostSuggestions || found.empty();
        },
        limits
    ));
    if (found.size() == 1) return std::move(found.front());
    if (found.empty()) {
        const auto near = did_you_mean(wanted, others);
        return Error{
            .code = ErrorCode::not_found,
            .message = fmt::format("there is no {} \"{}\" that you may see", kind.noun, wanted),
            .hint = near ? fmt::format("did you mean {}?", *near) : fmt::format("`{}` lists them", kind.list),
        };
    }
    std::string ids;
    for (const auto& item : found) ids += (ids.empty() ? "" : ", ") + shown(item, kind.id);
    return Error{
        .code = ErrorCode::conflict,
        .message = fmt::format("there are {} of the name \"{}\"", found.size(), wanted),
        .hint = fmt::format("Give the id: {}.", ids),
    };
}

Result<client::Answer> change_present(
    client::Api& api, std::string_view method, const std::string& path, const json::value& body, const Limits& limits
) {
    DRYDOCK_TRY(const auto present, api.call("GET", path, {}, limits));
    return api.call(method, path, body, limits, present.etag);
}

const Kind& project_kind() {
    static const Kind kind{
        .noun = "project", .list = "drydock project list", .path = "/projects?limit=200", .id = "id", .names = {"slug"}
    };
    return kind;
}

Result<std::string> project_id(client::Api& api, const std::string& wanted, const Limits& limits) {
    DRYDOCK_TRY(const auto found, find_one(api, project_kind(), wanted, limits));
    return shown(found, "id");
}

}  // namespace drydock::cli
