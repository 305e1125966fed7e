#include "http/chunked.h"

#include <algorithm>
#include <charconv>

namespace drydock::http {
namespace {

constexpr std::size_t kLongestLine = 1024;
constexpr std::size_t kMostTrailer = 4096;
constexpr std::string_view kEnd = "\r\n";

}  // namespace

std::size_t ChunkedBody::put(std::string_view bytes, std::string& body) {
    std::size_t used = 0;
    while (state_ == State::reading && used < bytes.size()) {
        const auto rest = bytes.substr(used);
        std::size_t taken = 0;
        switch (part_) {
            case Part::data:
                taken = std::min(left_, rest.size());
                body.append(rest.substr(0, taken));
                left_ -= taken;
                if (left_ == 0) part_ = Part::data_end;
                break;
            case Part::data_end:
                if (!kEnd.starts_with(rest.substr(0, 2))) {
                    state_ = State::malformed;
                } else if (rest.size() >= 2) {
                    taken = 2;
                    part_ = Part::size;
                }
                break;
            default:
                taken = put_line(rest);
        }
        if (taken == 0) break;
        used += taken;
    }
    return used;
}

std::size_t ChunkedBody::put_line(std::string_view bytes) {
    const auto end = bytes.substr(0, kLongestLine).find('\n');
    if (end == std::string_view::npos) {
        if (bytes.size() >= kLongestLine) state_ = State::malformed;
        return 0;
    }
    if (end == 0 || bytes[end - 1] != '\r') {
        state_ = State::malformed;
        return 0;
    }
    const auto line = bytes.substr(0, end - 1);
    if (std::ranges::any_of(line, [](char c) {
            return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7F;
        })) {
        state_ = State::malformed;
    } else if (part_ == Part::size) {
        size_line(line);
    } else {
        overhead_ += line.size();
        if (line.empty()) state_ = State::complete;
        if (overhead_ > kMostTrailer) state_ = State::malformed;
    }
    return end + 1;
}

void ChunkedBody::size_line(std::string_view line) {
    const auto digits = line.substr(0, line.find_first_of("; \t"));
    // Sixteen digits are all that fit: with leading zeros, more would be a number that two readers see differently.
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
    const auto after = line.substr(digits.size());
    const auto extension = after.find_first_not_of(" \t");
    const bool clean = extension == std::string_view::npos ? after.empty() : after[extension] == ';';
    if (error != std::errc{} || stop != digits.data() + digits.size() || digits.size() > 16 || !clean) {
        state_ = State::malformed;
        return;
    }
    if (left_ > limit_ - taken_) {
        state_ = State::too_large;
        return;
    }
    taken_ += left_;
    part_ = left_ == 0 ? Part::trailer : Part::data;
}

}  // namespace drydock::http
