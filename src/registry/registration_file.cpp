#include "registry/registration_file.h"

#include <set>

#include <fmt/format.h>

#include "crypto/bytes.h"

namespace drydock::registry {
namespace {

constexpr pg::Query kProject{"project_by_slug", "SELECT p.id FROM platform.projects AS p WHERE p.slug = $1"};

std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        out += plain ? std::string{c} : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

Error missing(std::string_view name) {
    return {
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("the placeholder ${{{}}} has no value", name),
        .hint = "Set a variable of this name in the environment, or write $${ for the two characters themselves.",
    };
}

Result<> fill(std::optional<std::string>& text, const Placeholders& placeholders) {
    if (!text) return {};
    DRYDOCK_TRY(text, fill_in(*text, placeholders));
    return {};
}

Result<> fill(Secret& secret, const Placeholders& placeholders, bool in_address) {
    DRYDOCK_TRY(auto text, fill_in(secret.reveal(), placeholders, in_address));
    secret = Secret{std::move(text)};
    return {};
}

Result<RegisterRequest> request_of(
    Registry& registry,
    const control::Actor& actor,
    const FileEntry& entry,
    const Placeholders& placeholders,
    const Limits& limits
) {
    RegisterRequest request{.fields = entry.fields, .secret = entry.secret};
    auto& fields = request.fields;
    for (auto* const text :
         {&fields.name,
          &fields.type,
          &fields.host,
          &fields.database,
          &fields.username,
          &fields.config,
          &fields.metadata,
          &fields.status}) {
        DRYDOCK_TRY_VOID(fill(*text, placeholders));
    }
    DRYDOCK_TRY_VOID(fill(request.secret.connection_string, placeholders, true));
    DRYDOCK_TRY_VOID(fill(request.secret.password, placeholders, false));
    DRYDOCK_TRY(const auto project, fill_in(entry.project, placeholders));
    if (crypto::uuid_bytes(project)) {
        request.project_id = project;
        return request;
    }
    DRYDOCK_TRY(const auto rows, registry.store().read(actor, kProject, {project}, limits));
    if (rows.size() == 0) {
        return Error{.code = ErrorCode::not_found, .message = fmt::format("there is no project \"{}\"", project)};
    }
    request.project_id = rows.text(0, 0);
    return request;
}

}  // namespace

Result<std::string> fill_in(std::string_view text, const Placeholders& placeholders, bool in_address) {
    std::string out;
    const auto whole = text;
    for (;;) {
        const auto at = text.find("${");
        if (at == text.npos) break;
        if (at > 0 && text[at - 1] == '$') {
            out += text.substr(0, at - 1);
            out += "${";
            text.remove_prefix(at + 2);
            continue;
        }
        const auto end = text.find('}', at);
        const auto name = end == text.npos ? std::string_view{} : text.substr(at + 2, end - at - 2);
        if (name.empty()) {
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = "a placeholder is not ended, or has no name",
                .hint = "Write ${NAME}, or $${ for the two characters themselves.",
            };
        }
        const auto value = placeholders(name);
        if (!value) return missing(name);
        out += text.substr(0, at);
        out += in_address && name.size() + 3 != whole.size() ? encoded(*value) : *value;
        text.remove_prefix(end + 1);
    }
    return out.append(text);
}

Result<std::vector<FileOutcome>> register_file(
    Registry& registry,
    const control::Actor& actor,
    const std::vector<FileEntry>& entries,
    const Placeholders& placeholders,
    bool test_first,
    const Limits& limits
) {
    std::vector<FileOutcome> outcomes;
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& entry : entries) {
        auto request = request_of(registry, actor, entry, placeholders, limits);
        if (!request) return std::move(request).error().at(entry.place);
        if (!seen.emplace(request->project_id, request->fields.name.value_or("")).second) {
            return Error{.code = ErrorCode::invalid_argument, .message = "the file names this database twice"}.at(
                entry.place
            );
        }
        request->test_first = test_first;
        auto done = registry.put(actor, *request, limits);
        if (!done) {
            return std::move(done)
                .error()
                .in(fmt::format("registering \"{}\"", request->fields.name.value_or("")))
                .at(entry.place);
        }
        outcomes.push_back({.name = done->database.name, .id = done->database.id, .action = done->action});
    }
    return outcomes;
}

}  // namespace drydock::registry
