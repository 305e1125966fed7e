#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The little of BSON and of MongoDB's OP_MSG that a health check says and reads.
namespace drydock::health::bson {

class Document {
public:
    Document& add(std::string_view name, std::int32_t value);
    Document& add(std::string_view name, std::string_view text);
    Document& add(std::string_view name, const Document& inner);
    Document& add_true(std::string_view name);
    Document& add_binary(std::string_view name, std::string_view bytes);
    std::string bytes() const;

private:
    void head(char type, std::string_view name);
    std::string body_;
};

// A field of the top level: bytes of any kind of text, binary or document, and numbers and booleans as a number.
struct Value {
    char type = 0;
    std::string_view bytes{};
    double number = 0;
};
// Nothing when it is not there or the document is none.
std::optional<Value> find(std::string_view document, std::string_view name);
// Whether an array has this text in it.
bool holds_text(std::string_view array, std::string_view text);

std::string message(std::int32_t id, const Document& document);
// The whole length of a message by its first four bytes; nothing: not there yet.
std::optional<std::size_t> message_length(std::string_view bytes);
// The document of a whole message; nothing when it is no answer that we know.
std::optional<std::string_view> document_in(std::string_view message);

}  // namespace drydock::health::bson
