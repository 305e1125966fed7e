#include "targets/address.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// What parses can be written, and what was written parses to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace drydock;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto once = targets::Address::parse(text);
    if (!once) return 0;
    const auto twice = targets::Address::parse(once->url().reveal());
    if (!twice) std::abort();
    const bool same = twice->hosts == once->hosts && twice->user == once->user && twice->database == once->database &&
                      twice->password.reveal() == once->password.reveal() && twice->options == once->options &&
                      twice->tls_mode() == once->tls_mode();
    if (!same || twice->url().reveal() != once->url().reveal()) std::abort();
    return 0;
}
