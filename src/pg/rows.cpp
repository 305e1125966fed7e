#include "pg/rows.h"

#include <charconv>

#include <libpq-fe.h>

namespace drydock::pg {
namespace {

PGresult* raw(void* result) {
    return static_cast<PGresult*>(result);
}

template <class Number>
Number parse(std::string_view text) {
    Number value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

void Rows::Deleter::operator()(void* result) const {
    PQclear(raw(result));
}

int Rows::size() const {
    return PQntuples(raw(result_.get()));
}

int Rows::columns() const {
    return PQnfields(raw(result_.get()));
}

std::string_view Rows::column_name(int column) const {
    const char* name = PQfname(raw(result_.get()), column);
    return name ? name : std::string_view{};
}

std::uint32_t Rows::column_type(int column) const {
    return PQftype(raw(result_.get()), column);
}

bool Rows::is_null(int row, int column) const {
    return PQgetisnull(raw(result_.get()), row, column) != 0;
}

std::string_view Rows::text(int row, int column) const {
    const char* value = PQgetvalue(raw(result_.get()), row, column);
    if (!value) return {};
    return {value, static_cast<std::size_t>(PQgetlength(raw(result_.get()), row, column))};
}

std::optional<std::string> Rows::optional_text(int row, int column) const {
    if (is_null(row, column)) return std::nullopt;
    return std::string{text(row, column)};
}

std::int64_t Rows::integer(int row, int column) const {
    return parse<std::int64_t>(text(row, column));
}

double Rows::number(int row, int column) const {
    return parse<double>(text(row, column));
}

bool Rows::boolean(int row, int column) const {
    return text(row, column).starts_with('t');
}

std::string_view Rows::command_tag() const {
    return result_ ? PQcmdStatus(raw(result_.get())) : std::string_view{};
}

std::int64_t Rows::affected() const {
    if (!result_) return 0;
    const std::string_view count = PQcmdTuples(raw(result_.get()));
    return count.empty() ? size() : parse<std::int64_t>(count);
}

}  // namespace drydock::pg
