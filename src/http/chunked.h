#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace drydock::http {

// Takes the chunked coding off a body (RFC 9112, 7.1). Strict: lines end with CR LF, a size is hex digits alone,
// extensions are passed over, trailers are read and dropped.
class ChunkedBody {
public:
    enum class State : std::uint8_t { reading, complete, malformed, too_large };

    ChunkedBody() = default;
    explicit ChunkedBody(std::size_t limit) : limit_(limit) {}

    // How many of the bytes were used; the rest must be put again, together with what follows.
    std::size_t put(std::string_view bytes, std::string& body);
    State state() const { return state_; }

private:
    enum class Part : std::uint8_t { size, data, data_end, trailer };
    std::size_t put_line(std::string_view bytes);
    void size_line(std::string_view line);

    std::size_t limit_ = 0;
    std::size_t taken_ = 0;     // bytes of the body
    std::size_t left_ = 0;      // of the chunk
    std::size_t overhead_ = 0;  // bytes of the trailer
    Part part_ = Part::size;
    State state_ = State::reading;
};

}  // namespace drydock::http
