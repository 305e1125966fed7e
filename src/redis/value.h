#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace drydock::redis {

// What a server says, in RESP2 or RESP3 (https://redis.io/docs/latest/develop/reference/protocol-spec/).
struct Value {
    enum class Kind : std::uint8_t {
        null,
        simple,  // a status such as OK
        error,
        integer,
        bulk,  // bytes
        array,
        map,  // items: key, value, key, value …
        set,
        push,  // not an answer: the server speaks by itself
        boolean,
        number,
        big_number,  // as digits
        verbatim,    // bytes with a format of three letters
    };

    Kind kind = Kind::null;
    std::string text{};  // of simple, error, bulk, big_number, verbatim
    std::string format{};
    std::int64_t integer = 0;
    double number = 0;
    bool truth = false;
    std::vector<Value> items{};

    bool is_null() const { return kind == Kind::null; }
    bool is_error() const { return kind == Kind::error; }
    bool is_list() const { return kind == Kind::array || kind == Kind::set || kind == Kind::push; }
    // The value of a key, in a map or, as RESP2 has it, a list of keys and values. Nothing when it is not there.
    const Value* find(std::string_view key) const;
};

// An error's first word: "WRONGPASS", "ERR".
std::string_view error_word(const Value& error);

// What the error means for us. `secret`: the command held a secret, and servers repeat what they don't understand, so
// of their text only the first word is kept.
Error to_error(const Value& error, bool secret);

}  // namespace drydock::redis
