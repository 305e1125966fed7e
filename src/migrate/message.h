#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/source.h"
#include "pg/connection.h"

namespace drydock::migrate {

// One message of the simple protocol: our statements, then some of a script's, then ours again. One round trip.
// Knows its way back from the server's answers to the script.
class Message {
public:
    explicit Message(const Source& source) : source_(&source) {}

    void add_own(std::string_view statement);              // one statement of ours
    void add_script(std::size_t first, std::size_t last);  // statements [first, last) of the script; at most once

    const std::string& text() const { return text_; }
    std::size_t statements() const { return own_before_ + body_ + own_after_; }

    // The script's statement for the index-th of the message; nothing for one of ours.
    std::optional<std::size_t> script_statement(std::size_t index) const;
    // One of ours, and all of the script was done before it.
    bool behind_script(std::size_t index) const { return body_ == 0 || index >= own_before_ + body_; }
    // The byte of the script for a position that the server reported, in characters from 1.
    std::optional<std::size_t> script_offset(std::size_t position) const;
    // The data of a COPY … FROM STDIN of the script, by the statement's index in the message.
    std::string_view copy_data(std::size_t index) const;

private:
    struct Piece {
        std::size_t at = 0;  // in the message
        std::size_t length = 0;
        std::size_t offset = 0;  // in the script
    };

    const Source* source_;
    std::string text_;
    std::vector<Piece> pieces_;
    std::size_t first_ = 0;
    std::size_t own_before_ = 0;
    std::size_t body_ = 0;
    std::size_t own_after_ = 0;
};

}  // namespace drydock::migrate
