#include "audit/row.h"

#include "base/encoding.h"
#include "crypto/bytes.h"

namespace drydock::audit {
namespace {

// Columns of sql/chain_rows.sql: the first 14 are the fields of the canonical form in their order.
enum Column : int {
    kSequence = 1,
    kActorHash = 7,
    kObjectHash = 11,
    kFields = 14,
    kLogin = 15,
    kAddress,
    kActorSalt,
    kObjectName,
    kObjectSalt
};

std::optional<std::string_view> field(const pg::Rows& rows, int row, int column) {
    if (rows.is_null(row, column)) return std::nullopt;
    return rows.text(row, column);
}

// Without a salt nothing may stand there in clear: it was erased, or there never was anything.
bool fits(const pg::Rows& rows, int row, std::initializer_list<int> columns, int salt, int hash) {
    std::string bytes;
    bool any = false;
    for (const int column : columns) {
        append_field(bytes, field(rows, row, column));
        any = any || !rows.is_null(row, column);
    }
    if (rows.is_null(row, salt)) return !any;
    const auto salt_bytes = from_hex(rows.text(row, salt));
    return salt_bytes && hex(crypto::sha256(*salt_bytes + bytes)) == rows.text(row, hash);
}

}  // namespace

void append_field(std::string& form, const std::optional<std::string_view>& value) {
    if (!value) {
        form += '-';
        return;
    }
    form.append(std::to_string(value->size())).append(1, ':').append(*value);
}

std::string Row::canonical(std::string_view sequence) const {
    std::string form{"drydock-audit-1"};
    for (int column = 0; column < kFields; ++column) {
        append_field(form, column == kSequence ? sequence : field(rows_, row_, column));
    }
    return form;
}

bool Row::personal_data_fits() const {
    return fits(rows_, row_, {kLogin, kAddress}, kActorSalt, kActorHash) &&
           fits(rows_, row_, {kObjectName}, kObjectSalt, kObjectHash);
}

}  // namespace drydock::audit
