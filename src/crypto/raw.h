#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// For this module's own sources: what libraries of C want to be given.
namespace drydock::crypto {

inline const unsigned char* raw(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

inline unsigned char* raw(std::string& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

inline std::string_view view(const unsigned char* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

// The lowest `size` bytes of a number, the highest first.
inline void append_number(std::string& to, std::uint64_t value, unsigned size) {
    for (unsigned at = size; at > 0; --at) to += static_cast<char>((value >> ((at - 1) * 8U)) & 0xFFU);
}

inline std::uint64_t read_number(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) value = (value << 8U) | static_cast<unsigned char>(c);
    return value;
}

// Deletes what a library of C made: std::unique_ptr<EVP_PKEY, Free<::EVP_PKEY_free>>.
template <auto Function>
struct Free {
    template <class T>
    void operator()(T* object) const {
        Function(object);
    }
};

}  // namespace drydock::crypto
