#include "migrate/message.h"

namespace drydock::migrate {
namespace {

bool starts_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

// pg_dump's \restrict lines stand between statements and are none.
bool psql_line_follows(const sql::Script& script, std::size_t i) {
    const auto from = script.statements()[i].range.end;
    const auto gap = script.text().substr(from, script.statements()[i + 1].range.begin - from);
    return gap.find('\\') != std::string_view::npos;
}

}  // namespace

void Message::add_own(std::string_view statement) {
    text_ += statement;
    text_ += ";\n";
    ++(body_ == 0 ? own_before_ : own_after_);
}

void Message::add_script(std::size_t first, std::size_t last) {
    const auto& script = source_->script();
    first_ = first;
    body_ = last - first;
    // As it stands in the file, comments and all, so that the server's log and its positions are the file's; only the
    // data of a COPY is no part of the statement.
    std::size_t from = first < last ? script.statements()[first].range.begin : 0;
    const auto add = [&](std::size_t end) {
        pieces_.push_back({text_.size(), end - from, from});
        text_.append(script.text().substr(from, end - from));
        text_ += "\n;\n";
    };
    for (std::size_t i = first; i < last; ++i) {
        const auto& statement = script.statements()[i];
        if (statement.shape != sql::Shape::copy_in && i + 1 < last && !psql_line_follows(script, i)) continue;
        add(statement.range.end);
        if (i + 1 < last) from = script.statements()[i + 1].range.begin;
    }
}

std::optional<std::size_t> Message::script_statement(std::size_t index) const {
    if (index < own_before_ || index >= own_before_ + body_) return std::nullopt;
    return first_ + index - own_before_;
}

std::optional<std::size_t> Message::script_offset(std::size_t position) const {
    std::size_t characters = 0;
    std::size_t at = 0;
    for (; at < text_.size(); ++at) {
        if (starts_character(text_[at]) && ++characters == position) break;
    }
    for (const auto& piece : pieces_) {
        if (at >= piece.at && at <= piece.at + piece.length) return piece.offset + (at - piece.at);
    }
    return std::nullopt;
}

std::string_view Message::copy_data(std::size_t index) const {
    const auto statement = script_statement(index);
    if (!statement) return {};
    const auto& script = source_->script();
    const auto& data = script.statements()[*statement].copy_data;
    return script.text().substr(data.begin, data.end - data.begin);
}

}  // namespace drydock::migrate
