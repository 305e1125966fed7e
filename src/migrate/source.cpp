#include "migrate/source.h"

#include <algorithm>

#include <fmt/format.h>

namespace drydock::migrate {

Result<Source> Source::read(
    const std::filesystem::path& path,
    const std::vector<layouts::HeaderValue>& placeholders,
    const PlaceholderValues& values
) {
    Source source;
    source.label_ = path.string();
    DRYDOCK_TRY(source.file_, MappedFile::open(path));
    DRYDOCK_TRY_VOID(source.fill(placeholders, values));
    DRYDOCK_TRY_VOID(source.cut());
    return source;
}

Result<Source> Source::stored(
    std::string text,
    std::string_view label,
    const std::vector<layouts::HeaderValue>& placeholders,
    const PlaceholderValues& values
) {
    Source source;
    source.label_ = label;
    source.stored_ = std::make_unique<std::string>(std::move(text));
    DRYDOCK_TRY_VOID(source.fill(placeholders, values));
    DRYDOCK_TRY_VOID(source.cut());
    return source;
}

std::string_view Source::original() const {
    return stored_ ? std::string_view{*stored_} : file_.text();
}

Result<> Source::fill(const std::vector<layouts::HeaderValue>& placeholders, const PlaceholderValues& values) {
    if (placeholders.empty()) return {};
    const auto text = original();
    running_ = std::make_unique<std::string>();
    std::size_t done = 0;
    for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
        const auto end = text.find('}', at);
        if (end == std::string_view::npos) break;
        const auto name = text.substr(at + 2, end - at - 2);
        const auto wanted =
            std::find_if(placeholders.begin(), placeholders.end(), [&](const auto& p) { return p.text == name; });
        if (wanted == placeholders.end()) continue;  // only what the header asks for is a placeholder
        auto value = values ? values(name) : std::nullopt;
        if (!value) {
            Error error{
                .code = ErrorCode::invalid_argument,
                .message = fmt::format("the placeholder ${{{}}} has no value", name),
                .hint =
                    fmt::format("set {0} in the environment or in .env, or under [placeholders] in drydock.toml", name)
            };
            return std::move(error).at(sql::place_in(text, label_, at));
        }
        running_->append(text.substr(done, at - done));
        filled_.push_back({running_->size(), value->size(), at, std::string{text.substr(at, end - at + 1)}, *value});
        running_->append(*value);
        done = end + 1;
    }
    running_->append(text.substr(done));
    return {};
}

Result<> Source::cut() {
    auto script = sql::Script::read(running_ ? std::string_view{*running_} : original(), label_);
    if (!script) {
        auto error = std::move(script).error();
        error.message = mask(std::move(error.message));
        error.place.text = mask(std::move(error.place.text));
        return error;
    }
    script_ = std::make_unique<sql::Script>(*std::move(script));
    return {};
}

Place Source::place(std::size_t script_offset) const {
    std::size_t offset = script_offset;
    for (const auto& filled : filled_) {
        if (script_offset < filled.at) break;
        if (script_offset < filled.at + filled.length) {
            offset = filled.original;
            break;
        }
        offset = script_offset - (filled.at + filled.length) + filled.original + filled.placeholder.size();
    }
    return sql::place_in(original(), label_, offset);
}

std::string Source::mask(std::string text) const {
    for (const auto& filled : filled_) {
        if (filled.value.empty()) continue;
        for (auto at = text.find(filled.value); at != std::string::npos;
             at = text.find(filled.value, at + filled.placeholder.size())) {
            text.replace(at, filled.value.size(), filled.placeholder);
        }
    }
    return text;
}

std::string Source::mask(std::string text, std::size_t script_offset) const {
    text = mask(std::move(text));
    for (const auto& filled : filled_) {
        if (script_offset < filled.at || script_offset > filled.at + filled.length) continue;
        for (auto open = text.find('"'); open != std::string::npos; open = text.find('"', open + 1)) {
            const auto close = text.find('"', open + 1);
            if (close == std::string::npos) break;
            const auto piece = std::string_view{text}.substr(open + 1, close - open - 1);
            if (filled.value.find(piece) != std::string::npos) {
                text.replace(open + 1, piece.size(), filled.placeholder);
                open += filled.placeholder.size() + 1;
            } else {
                open = close;
            }
        }
    }
    return text;
}

}  // namespace drydock::migrate
