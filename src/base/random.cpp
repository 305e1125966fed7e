#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "base/encoding.h"

namespace drydock {
namespace {

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t done = 0;
    while (done < count) {
        const auto n = ::getrandom(bytes.data() + done, count - done, 0);
        if (n < 0 && errno != EINTR) std::abort();
        if (n > 0) done += static_cast<std::size_t>(n);
    }
    return bytes;
}

}  // namespace

std::string random_hex(std::size_t bytes) {
    return hex(random_bytes(bytes));
}

std::string random_uuid() {
    auto bytes = random_bytes(16);
    bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0FU) | 0x40U);
    bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3FU) | 0x80U);
    auto text = hex(bytes);
    for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
    return text;
}

}  // namespace drydock
