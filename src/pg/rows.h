#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace drydock::pg {

// The rows of one statement, in text form. Values stay valid as long as the Rows do.
class Rows {
public:
    Rows() = default;
    int size() const;
    int columns() const;
    std::string_view column_name(int column) const;
    std::uint32_t column_type(int column) const;  // oid: 16 for boolean
    bool is_null(int row, int column) const;
    std::string_view text(int row, int column) const;  // empty for NULL
    std::optional<std::string> optional_text(int row, int column) const;
    std::int64_t integer(int row, int column) const;  // 0 for NULL; the column must hold integers
    double number(int row, int column) const;         // 0 for NULL
    bool boolean(int row, int column) const;          // false for NULL

    std::string_view command_tag() const;  // "INSERT 0 3"
    std::int64_t affected() const;         // rows changed or returned

    struct Deleter {
        void operator()(void* result) const;
    };
    explicit Rows(void* pg_result) : result_(pg_result) {}

private:
    std::unique_ptr<void, Deleter> result_;
};

}  // namespace drydock::pg
