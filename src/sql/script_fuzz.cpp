#include "sql/script.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sql/lexer.h"

namespace {

using namespace drydock::sql;

void require(bool truth) {
    if (!truth) std::abort();
}

// The tokens are the text, without gaps. Gives it back with other white space and no comments.
std::string respaced(std::string_view text) {
    std::string result;
    std::size_t at = 0;
    Lexer lexer(text);
    for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
        require(token.range.begin == at && token.range.end > at && token.range.end <= text.size());
        require(!token.unterminated || token.range.end == text.size());
        at = token.range.end;
        if (is_blank(token.kind)) continue;
        result += token.kind == TokenKind::string_part ? "\n--\n" : "\t";
        result += text_of(text, token);
    }
    require(at == text.size());
    return result;
}

void check(std::string_view text) {
    const std::string other = respaced(text);
    const std::string hash = semantic_hash(text);
    require(hash.size() == 64 && hash == semantic_hash(text));
    const auto script = Script::read(text, "fuzz.sql");
    if (!script) {
        require(!script.error().message.empty() && script.error().place.line > 0);
        return;
    }
    std::size_t at = 0;
    bool copies = false;
    for (const Statement& statement : script->statements()) {
        require(statement.range.begin >= at && statement.range.end > statement.range.begin);
        at = statement.range.end;
        const auto place = script->place(statement.range.begin);
        require(place.line == statement.line && place.column == statement.column);
        if (statement.shape == Shape::copy_in) {
            copies = true;
            require(statement.copy_data.begin >= at && statement.copy_data.end >= statement.copy_data.begin);
            at = statement.copy_data.end;
        }
    }
    require(at <= text.size());
    // COPY data and \restrict end with their line, which the respaced text does not keep.
    if (copies || text.find('\\') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF")) return;
    const auto again = Script::read(other, "fuzz.sql");
    require(again.has_value() && again->statements().size() == script->statements().size());
    require(hash == semantic_hash(other));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({reinterpret_cast<const char*>(data), size});
    return 0;
}
