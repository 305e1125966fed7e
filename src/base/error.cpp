#include "base/error.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace drydock {
namespace {

// The exit codes are a public contract: docs/exit-codes.md.
constexpr std::array<ErrorTraits, 13> kTraits{{
    {"invalid_argument", 400, 3, false},
    {"not_found", 404, 3, false},
    {"conflict", 409, 3, false},
    {"permission_denied", 403, 9, false},
    {"unauthenticated", 401, 8, false},
    {"unavailable", 503, 8, true},
    {"deadline_exceeded", 504, 8, true},
    {"cancelled", 499, 130, false},
    {"locked", 423, 4, true},
    {"failed", 422, 5, false},
    {"failed_partly", 500, 6, false},
    {"drift", 409, 7, false},
    {"internal", 500, 1, false},
}};
static_assert(kTraits.size() == static_cast<std::size_t>(ErrorCode::internal) + 1);

constexpr std::size_t kExcerptWidth = 100;

}  // namespace

const ErrorTraits& traits(ErrorCode code) {
    return kTraits[static_cast<std::size_t>(code)];
}

std::string Place::label() const {
    if (line == 0) return file;
    if (column == 0) return fmt::format("{}:{}", file, line);
    return fmt::format("{}:{}:{}", file, line, column);
}

std::string Place::excerpt() const {
    if (text.empty()) return {};
    // Step by whole UTF-8 characters: a byte of the form 10xxxxxx continues the one before.
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    std::size_t begin = 0;
    std::size_t caret = column == 0 ? 0 : column - 1;
    if (caret > kExcerptWidth) {
        for (std::size_t skip = caret - kExcerptWidth / 2; skip > 0 && begin < text.size(); --skip, --caret) {
            ++begin;
            while (begin < text.size() && continues(text[begin])) ++begin;
        }
    }
    std::string shown;
    std::string below;
    std::size_t characters = 0;
    for (std::size_t i = begin; i < text.size(); ++i) {
        if (!continues(text[i]) && characters++ >= kExcerptWidth + 20) break;
        shown += text[i];
        if (!continues(text[i]) && characters <= caret) below += text[i] == '\t' ? '\t' : ' ';
    }
    if (column == 0) return fmt::format("    {}", shown);
    return fmt::format("    {}\n    {}^", shown, below);
}

Error&& Error::in(std::string_view context) && {
    message = fmt::format("{}: {}", context, message);
    return std::move(*this);
}

Error&& Error::with_hint(std::string_view advice) && {
    if (hint.empty()) hint = advice;
    return std::move(*this);
}

Error&& Error::at(Place spot) && {
    place = std::move(spot);
    return std::move(*this);
}

std::string_view detail_for_people(const Error& error) {
    const std::string_view state = error.sqlstate;
    const bool of_connection = state.starts_with("08") || state.starts_with("28") || state.starts_with("57");
    return state.empty() || of_connection ? std::string_view{} : std::string_view{error.detail};
}

}  // namespace drydock
