#pragma once

#include <cstddef>
#include <string>

namespace drydock {

// Cryptographically strong: from the kernel. `bytes` of entropy as lower-case hex, so twice as many characters.
std::string random_hex(std::size_t bytes);

// A random (version 4) UUID, RFC 9562.
std::string random_uuid();

}  // namespace drydock
