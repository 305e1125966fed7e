#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>

namespace drydock::cli {
namespace {

constexpr std::size_t kUsualWidth = 80;

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::size_t width_of(int descriptor, const config::Lookup& environment) {
    winsize size{};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    std::size_t columns = 0;
    const auto told = environment("COLUMNS").value_or("");
    std::from_chars(told.data(), told.data() + told.size(), columns);
    return columns > 0 ? columns : kUsualWidth;
}

std::string_view code_of(Tone tone) {
    switch (tone) {
        case Tone::ok:
            return "\x1b[32m";
        case Tone::warn:
            return "\x1b[33m";
        case Tone::error:
            return "\x1b[1;31m";
        case Tone::faint:
            return "\x1b[2m";
        case Tone::bold:
            return "\x1b[1m";
        case Tone::plain:
            break;
    }
    return {};
}

}  // namespace

Terminal Terminal::of(int descriptor, const config::Lookup& environment) {
    Terminal result;
    if (::isatty(descriptor) == 0) return result;
    const auto kind = environment("TERM").value_or("");
    result.interactive = !kind.empty() && kind != "dumb";
    result.colours = result.interactive && environment("NO_COLOR").value_or("").empty();
    result.width = width_of(descriptor, environment);
    return result;
}

std::string painted(Tone tone, std::string_view text, const Terminal& terminal) {
    const auto code = code_of(tone);
    if (!terminal.colours || code.empty() || text.empty()) return std::string{text};
    return std::string{code} + std::string{text} + "\x1b[0m";
}

std::string printable(std::string_view text, bool lines) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool second_set = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0 &&
                                continues(text[i + 1]);
        if (second_set) {  // U+0080 … U+009F: the same orders in eight bits
            result += '?';
            ++i;
        } else if (byte == '\n' || byte == '\t') {
            result += lines ? text[i] : ' ';
        } else {
            result += byte < 0x20 || byte == 0x7F ? '?' : text[i];
        }
    }
    return result;
}

std::size_t text_width(std::string_view text) {
    std::size_t width = 0;
    for (const char c : text) width += continues(c) ? 0U : 1U;
    return width;
}

std::string truncated(std::string_view text, std::size_t width) {
    if (text_width(text) <= width) return std::string{text};
    if (width == 0) return {};
    std::size_t end = 0;
    for (std::size_t characters = 0; end < text.size(); ++end) {
        if (!continues(text[end]) && characters++ == width - 1) break;
    }
    return std::string{text.substr(0, end)} + "…";
}

}  // namespace drydock::cli
