#pragma once

#include <cstddef>
#include <string_view>

namespace drydock::crypto {

// Memory for a key: outside the heap, between guard pages, locked against swapping where the system lets us, left out
// of core dumps, wiped when it goes. There is no copy; share it by pointer.
class KeyBytes {
public:
    static constexpr std::size_t kSize = 32;

    KeyBytes() = default;
    explicit KeyBytes(std::size_t size);
    static KeyBytes random(std::size_t size = kSize);
    static KeyBytes copy_of(std::string_view bytes);

    KeyBytes(KeyBytes&& other) noexcept;
    KeyBytes& operator=(KeyBytes&& other) noexcept;
    KeyBytes(const KeyBytes&) = delete;
    KeyBytes& operator=(const KeyBytes&) = delete;
    ~KeyBytes();

    std::size_t size() const { return size_; }
    unsigned char* data() { return data_; }
    const unsigned char* data() const { return data_; }
    // Named so that each place that opens a key can be found.
    std::string_view reveal() const;

private:
    unsigned char* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace drydock::crypto
