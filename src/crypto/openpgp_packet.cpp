#include "crypto/openpgp_packet.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "crypto/raw.h"

namespace drydock::crypto {
namespace {

constexpr std::size_t kMaxMessage = std::size_t{16} * 1024 * 1024;

Error cut_off() {
    return {.code = ErrorCode::invalid_argument, .message = "this is no whole OpenPGP message"};
}

std::optional<std::uint64_t> take_number(std::string_view& bytes, std::size_t size) {
    if (bytes.size() < size) return std::nullopt;
    const auto value = read_number(bytes.substr(0, size));
    bytes.remove_prefix(size);
    return value;
}

struct Length {
    std::uint64_t size = 0;
    bool is_partial = false;
};

// Section 4.2.2.
std::optional<Length> take_new_length(std::string_view& bytes) {
    const auto first = take_number(bytes, 1);
    if (!first) return std::nullopt;
    if (*first < 192) return Length{*first};
    if (*first >= 224 && *first < 255) return Length{std::uint64_t{1} << (*first & 31U), true};
    if (*first < 224) {
        const auto second = take_number(bytes, 1);
        if (!second) return std::nullopt;
        return Length{((*first - 192) * 256) + *second + 192};
    }
    const auto four = take_number(bytes, 4);
    if (!four) return std::nullopt;
    return Length{*four};
}

// Section 4.2.1. Length type 3 ("to the end") is for old programs' streams, and refused.
std::optional<Length> take_old_length(std::string_view& bytes, unsigned type) {
    if (type == 3) return std::nullopt;
    const auto size = take_number(bytes, std::size_t{1} << type);
    if (!size) return std::nullopt;
    return Length{*size};
}

}  // namespace

Result<Packet> take_packet(std::string_view& bytes) {
    const auto head = take_number(bytes, 1);
    if (!head || (*head & 0x80U) == 0) return cut_off();
    const bool is_new = (*head & 0x40U) != 0;
    Packet packet{.tag = static_cast<unsigned>(is_new ? *head & 63U : (*head >> 2U) & 15U)};
    packet.body.reserve(std::min(bytes.size(), kMaxMessage));  // at once: a text that is moved leaves a copy behind
    for (;;) {
        const auto length = is_new ? take_new_length(bytes) : take_old_length(bytes, *head & 3U);
        if (!length || length->size > bytes.size() || packet.body.size() + length->size > kMaxMessage) return cut_off();
        const auto size = static_cast<std::size_t>(length->size);
        packet.body += bytes.substr(0, size);
        bytes.remove_prefix(size);
        if (!length->is_partial) return packet;
    }
}

std::string packet(unsigned tag, std::string_view body) {
    std::string bytes{static_cast<char>(0xC0U | tag)};
    if (body.size() < 192) {
        append_number(bytes, body.size(), 1);
    } else {
        bytes += '\xFF';
        append_number(bytes, body.size(), 4);
    }
    bytes += body;
    return bytes;
}

std::string mpi(std::string_view number) {
    while (!number.empty() && number.front() == '\0') number.remove_prefix(1);
    std::string bytes;
    const auto bits = number.empty()
                          ? 0
                          : (number.size() * 8) -
                                static_cast<std::size_t>(std::countl_zero(static_cast<unsigned char>(number.front())));
    append_number(bytes, bits, 2);
    bytes += number;
    return bytes;
}

Result<std::string> take_mpi(std::string_view& bytes) {
    const auto bits = take_number(bytes, 2);
    if (!bits) return cut_off();
    const auto size = static_cast<std::size_t>((*bits + 7) / 8);
    if (size > bytes.size()) return cut_off();
    std::string number{bytes.substr(0, size)};
    bytes.remove_prefix(size);
    std::string length;
    append_number(length, *bits, 2);
    if (mpi(number) != length + number) return cut_off();  // one number, one spelling
    return number;
}

}  // namespace drydock::crypto
