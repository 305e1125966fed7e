#include "lint/source.h"

#include <algorithm>

#include "sql/splitter.h"

namespace drydock::lint {
namespace {

std::size_t line_end(std::string_view text, std::size_t from) {
    return std::min(text.find('\n', from), text.size());
}

// Fills in line and column of statements that follow each other.
class Counter {
public:
    explicit Counter(std::string_view text) : text_(text) {}

    void set(sql::Statement& statement) {
        for (; at_ < statement.range.begin; ++at_) {
            if (text_[at_] != '\n') continue;
            ++line_;
            line_begin_ = at_ + 1;
        }
        statement.line = line_;
        statement.column = 1;
        for (auto i = line_begin_; i < statement.range.begin; ++i) {
            if ((static_cast<unsigned char>(text_[i]) & 0xC0U) != 0x80U) ++statement.column;
        }
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_begin_ = 0;
    std::size_t line_ = 1;
};

struct Stop {
    bool trouble = false;
    std::size_t offset = 0;
    std::string message;
};

Stop split(std::string_view text, std::vector<sql::Statement>& statements) {
    using Step = sql::Splitter::Step;
    Counter counter{text};
    sql::Splitter splitter{text};
    for (;;) {
        switch (splitter.next()) {
            case Step::token:
                break;
            case Step::statement: {
                sql::Statement statement{
                    .range = splitter.range(),
                    .shape = splitter.kind().shape,
                    .command = std::move(splitter.kind().command),
                };
                counter.set(statement);
                statements.push_back(std::move(statement));
                break;
            }
            case Step::copy_data:
                statements.back().copy_data = splitter.range();
                break;
            case Step::trouble:
                return {true, splitter.trouble().offset, splitter.trouble().message};
            case Step::end:
                return {};
        }
    }
}

}  // namespace

void read_source(std::string_view text, Source& source) {
    source.text = text;
    for (;;) {
        source.statements.clear();
        const auto stop = split(source.text, source.statements);
        if (!stop.trouble) return;
        const auto at = std::min(stop.offset, source.text.size());
        // psql's own: a command takes its line, a variable its name. Anything else ends what can be read.
        const char first = at < source.text.size() ? source.text[at] : '\0';
        const bool meta = first == '\\';
        const bool variable = first == ':';
        if (source.copy.empty()) source.copy = text;
        auto end = source.copy.size();
        if (meta) end = line_end(source.copy, at);
        if (variable) end = at + 1;
        source.problems.push_back(
            {{at, meta ? end : std::min(line_end(source.copy, at), source.copy.size())}, stop.message}
        );
        std::replace_if(
            source.copy.begin() + static_cast<std::ptrdiff_t>(at),
            source.copy.begin() + static_cast<std::ptrdiff_t>(end),
            [](char c) { return c != '\n'; },
            ' '
        );
        source.text = source.copy;
        if (!meta && !variable) {
            // The statement that can't be read to its end is left out as well.
            source.statements.clear();
            const auto again = split(source.text, source.statements);
            if (again.trouble) return;
            std::erase_if(source.statements, [&](const auto& s) { return s.range.end > at || s.range.begin >= at; });
            while (!source.statements.empty() && source.text.find(';', source.statements.back().range.end) >= at)
                source.statements.pop_back();
            return;
        }
    }
}

Lines::Lines(std::string_view text, std::string_view file)
    : text_(text), file_(file), begins_{text.starts_with("\xEF\xBB\xBF") ? 3U : 0U} {
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
        begins_.push_back(at + 1);
}

Place Lines::place(std::size_t offset) const {
    offset = std::min(offset, text_.size());
    offset = std::max(offset, begins_.front());
    const auto next = std::upper_bound(begins_.begin(), begins_.end(), offset);
    const auto begin = *(next - 1);
    Place place{.file = std::string{file_}, .line = static_cast<std::size_t>(next - begins_.begin()), .column = 1};
    for (auto i = begin; i < offset; ++i) {
        if ((static_cast<unsigned char>(text_[i]) & 0xC0U) != 0x80U) ++place.column;
    }
    auto line = text_.substr(begin, line_end(text_, begin) - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    place.text = line;
    return place;
}

}  // namespace drydock::lint
