#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pg/rows.h"

namespace drydock::audit {

// A row of the trail as sql/chain_rows.sql gives it; valid as long as the Rows are.
class Row {
public:
    Row(const pg::Rows& rows, int row) : rows_(rows), row_(row) {}

    std::int64_t sequence() const { return rows_.integer(row_, 1); }
    std::string_view previous_hash() const { return rows_.text(row_, 2); }  // in hexadecimal digits, as all here
    std::string_view occurred_at() const { return rows_.text(row_, 3); }
    std::string_view hash() const { return rows_.text(row_, 14); }

    // The canonical form (docs/formats/audit.md), also as it would be at another place.
    std::string canonical() const { return canonical(rows_.text(row_, 1)); }
    std::string canonical(std::string_view sequence) const;
    // Whether what stands beside the chain is what the chain has the hash of; what was erased fits.
    bool personal_data_fits() const;

private:
    const pg::Rows& rows_;
    int row_;
};

// A field of the canonical form: its length in bytes, a colon and itself, or a minus for NULL.
void append_field(std::string& form, const std::optional<std::string_view>& value);

}  // namespace drydock::audit
