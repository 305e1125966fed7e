#include "crypto/openpgp.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "crypto/openpgp_packet.h"

// Whatever stands in the column: it is refused, or its key id is read; and a private key that does not belong to it, or
// is none, is refused too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace drydock;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto id = crypto::openpgp_key_id(text);
    if (id && id->size() != 16) std::abort();
    std::string_view rest{text};
    while (auto packet = crypto::take_packet(rest)) {
        if (packet->body.size() > size) std::abort();
    }
    if (const auto inside = crypto::read_literal(text); inside && inside->reveal().size() > size) std::abort();
    // The key id of the message before nothing that is a key: what comes after the id is looked at last.
    std::string key{"\x01"};
    key += text.substr(size > 10 ? 4 : 0, 8);
    key += text;
    if (crypto::open_openpgp(text, Secret{std::move(key)})) std::abort();
    return 0;
}
