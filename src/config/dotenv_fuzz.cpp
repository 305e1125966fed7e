#include "config/dotenv.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/settings.h"

// Whatever a .env holds: it is read or refused, names are names, and masking an address ends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto entries = drydock::config::read_dotenv(text, ".env");
    if (entries) {
        for (const auto& entry : *entries) {
            if (entry.name.empty() || entry.line == 0) std::abort();
        }
    }
    static_cast<void>(drydock::config::masked(text));
    return 0;
}
