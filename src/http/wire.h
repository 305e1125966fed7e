#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/message.h"

namespace drydock::http {

enum class Framing : std::uint8_t { length, chunked, until_close, none };

// The head of an answer as bytes. Control characters in a value become spaces: no value can begin a line of its own.
void write_head(
    std::string& out, const Response& response, Framing framing, std::size_t length, bool keep_alive, bool http_1_0
);
// A piece of a chunked body: its length before it; kChunkEnd after it, kLastChunk when all is said.
void write_chunk_head(std::string& out, std::size_t length);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace drydock::http
