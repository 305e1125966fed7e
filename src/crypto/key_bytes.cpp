#include "crypto/key_bytes.h"

#include <sodium.h>

#include <cstring>
#include <new>
#include <utility>

#include "crypto/raw.h"

namespace drydock::crypto {

KeyBytes::KeyBytes(std::size_t size) : data_(static_cast<unsigned char*>(::sodium_malloc(size))), size_(size) {
    if (data_ == nullptr) throw std::bad_alloc();
    std::memset(data_, 0, size_);
}

KeyBytes KeyBytes::random(std::size_t size) {
    KeyBytes key{size};
    ::randombytes_buf(key.data_, size);
    return key;
}

KeyBytes KeyBytes::copy_of(std::string_view bytes) {
    KeyBytes key{bytes.size()};
    if (!bytes.empty()) std::memcpy(key.data_, bytes.data(), bytes.size());
    return key;
}

KeyBytes::KeyBytes(KeyBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

KeyBytes& KeyBytes::operator=(KeyBytes&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

KeyBytes::~KeyBytes() {
    ::sodium_free(data_);
}

std::string_view KeyBytes::reveal() const {
    return view(data_, size_);
}

}  // namespace drydock::crypto
