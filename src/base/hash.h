#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace drydock {

// SHA-256 (FIPS 180-4) in one go or piece by piece.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void update(std::string_view bytes);
    std::string hex();  // ends the computation: 64 lower-case digits

private:
    void* context_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace drydock
