#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "redis/value.h"

namespace drydock::redis {

// What one answer may cost. A server is not trusted to be one.
struct ParserLimits {
    std::size_t depth = 32;
    std::size_t bytes = std::size_t{64} * 1024 * 1024;  // of one answer, as held in memory
    std::size_t line = std::size_t{64} * 1024;
};

// Reads answers out of bytes that come in pieces. Each byte is looked at once, however they are cut.
class Parser {
public:
    explicit Parser(ParserLimits limits = {}) : limits_(limits) {}

    void feed(std::string_view bytes);
    // The next whole answer, or nothing until more is fed. After an Error the stream has no meaning any more.
    // Attributes (RESP3) are read and dropped.
    Result<std::optional<Value>> next();
    // Whether nothing is left over: a connection between two commands.
    bool empty() const { return at_ == buffer_.size() && open_.empty() && !bulk_; }

private:
    struct Open {
        Value value;
        std::size_t left;
        bool attribute;
    };
    struct Bulk {
        Value::Kind kind;
        std::size_t size;
    };

    std::optional<std::string_view> take_line();
    Result<std::optional<Value>> read_header(std::string_view line);
    Result<std::optional<Value>> read_bulk();
    Result<std::optional<Value>> begin_list(char type, std::string_view digits);
    Result<> begin_bulk(Value::Kind kind, std::string_view digits);
    Result<> charge(std::size_t bytes);
    std::optional<Value> close_lists(std::optional<Value> done);

    ParserLimits limits_;
    std::string buffer_;
    std::size_t at_ = 0;
    std::size_t scanned_ = 0;  // up to here there is no end of a line
    std::size_t charged_ = 0;
    std::optional<Bulk> bulk_;
    std::vector<Open> open_;
};

// A command as a client sends it.
void encode_command(std::span<const std::string> argv, std::string& into);

}  // namespace drydock::redis
