#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sql/lexer.h"
#include "sql/statement.h"

namespace drydock::sql {

// What a text can't be read past.
struct Trouble {
    std::size_t offset = 0;
    std::string message;
    std::string hint;
};

// Cuts a text into statements in one pass, a step at a time.
class Splitter {
public:
    enum class Step : std::uint8_t {
        token,      // token(): of the statement that is open; never blank, never the semicolon that ends it
        statement,  // range() and kind() of the statement that the last token ended
        copy_data,  // range() of the data that belongs to the statement before
        trouble,    // trouble(): the end of what can be read
        end,
    };

    explicit Splitter(std::string_view text);
    Step next();

    const Token& token() const { return lexer_.token(); }
    Range range() const { return range_; }
    Kind& kind() { return kind_; }
    const Trouble& trouble() const { return trouble_; }

private:
    // What has been seen of CREATE [OR REPLACE] FUNCTION … BEGIN ATOMIC … END.
    enum class Routine : std::uint8_t { nothing, create, create_or, create_or_replace, header, body, none };

    Step end_of_text();
    void count(const Token& before);
    void follow_routine(const Token& before);
    Step finish();
    Step copy_data();
    Step fail(std::size_t offset, std::string message, std::string hint);
    Step unterminated();
    Step meta_command();
    bool at_psql_variable() const;
    std::string_view word() const { return text_of(text_, token()); }
    bool at(std::string_view keyword) const { return is_keyword(text_, token(), keyword); }
    char symbol(const Token& token) const;

    std::string_view text_;
    Lexer lexer_;
    Range range_;
    Kind kind_;
    Trouble trouble_;

    bool open_ = false;  // a statement has begun; so far it is `statement_`
    Range statement_;
    std::size_t parentheses_ = 0;
    std::size_t brackets_ = 0;
    Routine routine_ = Routine::nothing;
    std::size_t body_begin_ = 0;
    bool copy_follows_ = false;
};

}  // namespace drydock::sql
