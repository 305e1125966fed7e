#include "config/dotenv.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace drydock::config {
namespace {

class DotenvReader {
public:
    DotenvReader(std::string_view text, std::string_view label) : text_(text), label_(label) {
        if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    }

    Result<std::vector<DotenvEntry>> read() {
        std::vector<DotenvEntry> entries;
        while (at_ < text_.size()) {
            skip_blanks();
            if (const auto c = peek(); c != '\n' && c != '#' && c != '\0') {
                DRYDOCK_TRY(auto entry, read_entry());
                entries.push_back(std::move(entry));
            }
            skip_line();
        }
        return entries;
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_blanks() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\r') ++at_;
    }
    void skip_line() {
        at_ = std::min(text_.find('\n', at_), text_.size());
        if (at_ < text_.size()) next_line();
    }
    void next_line() {
        ++at_;
        ++line_;
        line_start_ = at_;
    }
    Error bad(std::string message, std::string hint) const {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = std::move(message),
            .hint = std::move(hint),
            .place = {.file = std::string{label_}, .line = line_, .column = at_ - line_start_ + 1}
        };
    }

    std::string_view read_name() {
        const auto begin = at_;
        while (std::isalnum(static_cast<unsigned char>(peek())) != 0 || peek() == '_') ++at_;
        return text_.substr(begin, at_ - begin);
    }

    Result<DotenvEntry> read_entry() {
        auto name = read_name();
        if (name == "export" && (peek() == ' ' || peek() == '\t')) {
            skip_blanks();
            name = read_name();
        }
        if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) {
            return bad("a name of letters, digits and underscores is missing", "a line is NAME=value or # a comment");
        }
        DotenvEntry entry{.name = std::string{name}, .value = {}, .line = line_};
        skip_blanks();
        if (peek() != '=') return bad("\"=\" is missing after the name", "a line is NAME=value or # a comment");
        ++at_;
        skip_blanks();
        if (peek() != '"' && peek() != '\'') {
            entry.value = read_bare();
            return entry;
        }
        DRYDOCK_TRY(entry.value, read_quoted());
        skip_blanks();
        if (const auto c = peek(); c != '\n' && c != '#' && c != '\0') {
            return bad("something stands after the closing quote", "put the whole value in quotes");
        }
        return entry;
    }

    // Up to the end of the line or a '#' with white space before it: "a#b" is a value.
    std::string read_bare() {
        const auto end = std::min(text_.find('\n', at_), text_.size());
        auto value = text_.substr(at_, end - at_);
        for (std::size_t i = 0; i < value.size(); ++i) {
            if (value[i] != '#' || (i > 0 && value[i - 1] != ' ' && value[i - 1] != '\t')) continue;
            value = value.substr(0, i);
            break;
        }
        at_ = end;
        return std::string{trim(value)};
    }

    Result<std::string> read_quoted() {
        const auto opened = bad("the quote is not closed", "end the value with the quote it begins with");
        const char quote = peek();
        std::string value;
        for (++at_; at_ < text_.size() && peek() != quote;) {
            const char c = peek();
            if (c == '\\' && quote == '"' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') {
                value += unescape(text_[at_ + 1]);
                at_ += 2;
                continue;
            }
            value += c;
            if (c == '\n') {
                next_line();
            } else {
                ++at_;
            }
        }
        if (at_ >= text_.size()) return opened;
        ++at_;
        return value;
    }

    static std::string unescape(char c) {
        switch (c) {
            case 'n':
                return "\n";
            case 'r':
                return "\r";
            case 't':
                return "\t";
            case '"':
            case '\\':
            case '$':
                return {c};
            default:
                return {'\\', c};
        }
    }

    std::string_view text_;
    std::string_view label_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t line_start_ = 0;
};

}  // namespace

Result<std::vector<DotenvEntry>> read_dotenv(std::string_view text, std::string_view label) {
    return DotenvReader{text, label}.read();
}

}  // namespace drydock::config
