#include "health/bson.h"

#include <cstring>
#include <functional>

namespace drydock::health::bson {
namespace {

constexpr std::int32_t kOpMsg = 2013;
constexpr std::size_t kHeader = 16;
constexpr std::size_t kBeforeDocument = kHeader + 5;  // flags and the kind of section

std::string little(std::int32_t value) {
    const auto bits = static_cast<std::uint32_t>(value);
    std::string bytes;
    for (const unsigned shift : {0U, 8U, 16U, 24U}) bytes += static_cast<char>(bits >> shift & 0xffU);
    return bytes;
}

template <class Number>
Number read_number(std::string_view bytes) {
    Number value{};  // BSON is little-endian, as every machine is that we build for
    std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
}

std::optional<std::size_t> counted(std::string_view rest, std::size_t extra) {
    if (rest.size() < 4) return std::nullopt;
    const auto length = read_number<std::int32_t>(rest);
    if (length < 0) return std::nullopt;
    return static_cast<std::size_t>(length) + extra;
}

// How many bytes a value has.
std::optional<std::size_t> size_of(char type, std::string_view rest) {
    switch (type) {
        case 0x01:
        case 0x09:
        case 0x11:
        case 0x12:
            return 8;
        case 0x02:
        case 0x0d:
        case 0x0e:
            return counted(rest, 4);
        case 0x03:
        case 0x04:
            return counted(rest, 0);
        case 0x05:
            return counted(rest, 5);
        case 0x07:
            return 12;
        case 0x08:
            return 1;
        case 0x06:
        case 0x0a:
        case 0x7f:
        case -1:
            return 0;
        case 0x10:
            return 4;
        case 0x13:
            return 16;
        default:
            return std::nullopt;
    }
}

Value value_of(char type, std::string_view bytes) {
    Value value{.type = type, .bytes = bytes};
    if (type == 0x01) value.number = read_number<double>(bytes);
    if (type == 0x08) value.number = bytes[0];
    if (type == 0x10) value.number = read_number<std::int32_t>(bytes);
    if (type == 0x12) value.number = static_cast<double>(read_number<std::int64_t>(bytes));
    if (type == 0x02 && bytes.size() >= 5) value.bytes = bytes.substr(4, bytes.size() - 5);
    if (type == 0x05 && bytes.size() >= 5) value.bytes = bytes.substr(5);
    return value;
}

// Calls for each field until the call gives true.
std::optional<Value> walk(
    std::string_view document, const std::function<bool(std::string_view, const Value&)>& wanted
) {
    const auto length = counted(document, 0);
    if (!length || *length < 5 || *length > document.size()) return std::nullopt;
    auto rest = document.substr(4, *length - 5);
    while (!rest.empty()) {
        const char type = rest[0];
        const auto end = rest.find('\0', 1);
        if (end == rest.npos) return std::nullopt;
        const auto name = rest.substr(1, end - 1);
        rest.remove_prefix(end + 1);
        const auto size = size_of(type, rest);
        if (!size || *size > rest.size()) return std::nullopt;
        const auto value = value_of(type, rest.substr(0, *size));
        if (wanted(name, value)) return value;
        rest.remove_prefix(*size);
    }
    return std::nullopt;
}

}  // namespace

void Document::head(char type, std::string_view name) {
    body_ += type;
    body_ += name;
    body_ += '\0';
}

Document& Document::add(std::string_view name, std::int32_t value) {
    head(0x10, name);
    body_ += little(value);
    return *this;
}

Document& Document::add(std::string_view name, std::string_view text) {
    head(0x02, name);
    body_ += little(static_cast<std::int32_t>(text.size()) + 1);
    body_ += text;
    body_ += '\0';
    return *this;
}

Document& Document::add(std::string_view name, const Document& inner) {
    head(0x03, name);
    body_ += inner.bytes();
    return *this;
}

Document& Document::add_true(std::string_view name) {
    head(0x08, name);
    body_ += '\1';
    return *this;
}

Document& Document::add_binary(std::string_view name, std::string_view bytes) {
    head(0x05, name);
    body_ += little(static_cast<std::int32_t>(bytes.size()));
    body_ += '\0';
    body_ += bytes;
    return *this;
}

std::string Document::bytes() const {
    return little(static_cast<std::int32_t>(body_.size()) + 5) + body_ + '\0';
}

std::optional<Value> find(std::string_view document, std::string_view name) {
    return walk(document, [&](std::string_view field, const Value&) { return field == name; });
}

bool holds_text(std::string_view array, std::string_view text) {
    return walk(
               array, [&](std::string_view, const Value& value) { return value.type == 0x02 && value.bytes == text; }
    ).has_value();
}

std::string message(std::int32_t id, const Document& document) {
    const auto body = document.bytes();
    return little(static_cast<std::int32_t>(kBeforeDocument + body.size())) + little(id) + little(0) + little(kOpMsg) +
           little(0) + '\0' + body;
}

std::optional<std::size_t> message_length(std::string_view bytes) {
    if (bytes.size() < 4) return std::nullopt;
    return static_cast<std::size_t>(read_number<std::uint32_t>(bytes));
}

std::optional<std::string_view> document_in(std::string_view message) {
    if (message.size() < kBeforeDocument || read_number<std::int32_t>(message.substr(12)) != kOpMsg)
        return std::nullopt;
    if (message[kBeforeDocument - 1] != '\0') return std::nullopt;
    return message.substr(kBeforeDocument);
}

}  // namespace drydock::health::bson
