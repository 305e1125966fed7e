#include "crypto/sealed.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "crypto/bytes.h"

// Whatever stands in the column, as text or as bytes of the form: it is refused; and who reads its key's id reads a
// UUID.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using drydock::base64url;
    using namespace drydock::crypto;
    static const DataKey kKey = DataKey::generate("00112233-4455-6677-8899-aabbccddeeff");
    static const Place kPlace{.table = "t", .column = "c", .row = "r"};
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    for (const auto& text : {std::string{bytes}, "ddk1." + base64url(bytes)}) {
        if (open(kKey, text, kPlace)) std::abort();
        const auto id = sealing_key_id(text);
        if (id && !uuid_bytes(*id)) std::abort();
    }
    const auto nonce = bytes.substr(0, 24);
    const SealedColumns columns{
        .data_key_id = kKey.id(), .nonce = std::string{nonce}, .ciphertext = std::string{bytes.substr(nonce.size())}
    };
    if (open_columns(kKey, columns, kPlace)) std::abort();
    return 0;
}
