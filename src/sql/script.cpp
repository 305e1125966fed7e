#include "sql/script.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "sql/splitter.h"

namespace drydock::sql {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

// Line and column of rising offsets, each byte looked at once.
class Ruler {
public:
    explicit Ruler(std::string_view text) : text_(text) {
        if (text.starts_with(kByteOrderMark)) at_ = line_begin_ = kByteOrderMark.size();
    }
    void move(std::size_t offset) {
        while (at_ < offset) {
            const void* hit = std::memchr(text_.data() + at_, '\n', offset - at_);
            if (hit == nullptr) break;
            at_ = line_begin_ = static_cast<std::size_t>(static_cast<const char*>(hit) - text_.data()) + 1;
            column_ = 1;
            ++line_;
        }
        if (at_ < offset) column_ += characters(text_.substr(at_, offset - at_));
        at_ = std::max(at_, offset);
    }
    std::size_t line() const { return line_; }
    std::size_t column() const { return column_; }
    std::size_t line_begin() const { return line_begin_; }

private:
    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_begin_ = 0;
    std::size_t line_ = 1;
    std::size_t column_ = 1;
};

// Pieces for the hash: what kind, how long, the bytes. The length keeps two neighbours from reading as others.
class TokenHash {
public:
    void add(char kind, std::string_view bytes) {
        buffer_ += kind;
        buffer_ += std::to_string(bytes.size());
        buffer_ += ':';
        if (bytes.size() > kChunk) {
            flush();
            hash_.update(bytes);
        } else {
            buffer_ += bytes;
        }
        if (buffer_.size() > kChunk) flush();
    }
    std::string hex() {
        flush();
        return hash_.hex();
    }

private:
    static constexpr std::size_t kChunk = std::size_t{1} << 16U;
    void flush() {
        hash_.update(buffer_);
        buffer_.clear();
    }
    Sha256 hash_;
    std::string buffer_;
};

}  // namespace

Result<Script> Script::read(std::string_view text, std::string_view file) {
    Script script;
    script.text_ = text;
    script.file_ = file;
    const auto error = [&](std::size_t offset, std::string message, std::string hint) {
        Error result{.code = ErrorCode::invalid_argument, .message = std::move(message), .hint = std::move(hint)};
        return std::move(result).at(script.place(offset));
    };
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
        return error(nul, "a byte of value 0 stands in the text", "save the file as UTF-8");
    }
    Splitter splitter(text);
    Ruler ruler(text);
    for (;;) {
        switch (splitter.next()) {
            case Splitter::Step::token:
                break;
            case Splitter::Step::statement: {
                const Range range = splitter.range();
                ruler.move(range.begin);
                script.statements_.push_back(
                    {.range = range,
                     .copy_data = {},
                     .line = ruler.line(),
                     .column = ruler.column(),
                     .shape = splitter.kind().shape,
                     .command = std::move(splitter.kind().command)}
                );
                break;
            }
            case Splitter::Step::copy_data:
                script.statements_.back().copy_data = splitter.range();
                break;
            case Splitter::Step::trouble: {
                const Trouble& trouble = splitter.trouble();
                return error(trouble.offset, trouble.message, trouble.hint);
            }
            case Splitter::Step::end:
                return script;
        }
    }
}

Place Script::place(std::size_t offset) const {
    return place_in(text_, file_, offset);
}

Place place_in(std::string_view text, std::string_view file, std::size_t offset) {
    offset = std::min(offset, text.size());
    Ruler ruler(text);
    ruler.move(offset);
    const std::size_t begin = ruler.line_begin();
    std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return {.file = std::string(file), .line = ruler.line(), .column = ruler.column(), .text = std::string(line)};
}

std::string semantic_hash(std::string_view text) {
    TokenHash hash;
    Splitter splitter(text);
    for (;;) {
        switch (splitter.next()) {
            case Splitter::Step::token: {
                const Token& token = splitter.token();
                const std::string_view word = text_of(text, token);
                const char kind = static_cast<char>('a' + static_cast<int>(token.kind));
                if (token.kind == TokenKind::identifier) {
                    hash.add(kind, to_lower(word));
                } else {
                    hash.add(kind, word);
                }
                break;
            }
            case Splitter::Step::statement:
                hash.add(';', {});
                break;
            case Splitter::Step::copy_data:
                hash.add('=', text.substr(splitter.range().begin, splitter.range().end - splitter.range().begin));
                break;
            // What can't be read counts as it stands.
            case Splitter::Step::trouble:
                hash.add('!', text.substr(splitter.trouble().offset));
                return hash.hex();
            case Splitter::Step::end:
                return hash.hex();
        }
    }
}

}  // namespace drydock::sql
