#include "registry/row.h"

#include <array>

namespace drydock::registry {

Database read_row(const pg::Rows& rows, int row) {
    const auto text = [&](int column) { return std::string{rows.text(row, column)}; };
    Database database{
        .id = text(0),
        .organization_id = text(1),
        .project_id = text(2),
        .name = text(3),
        .type = text(4),
        .host = text(5),
        .port = {},
        .database = text(7),
        .username = text(8),
        .connection_string = text(9),
        .secret_state = text(10),
        .credential_id = text(11),
        .credential_version = rows.integer(row, 12),
        .ssl_enabled = rows.boolean(row, 13),
        .config = text(14),
        .metadata = text(15),
        .status = text(16),
        .health_check_status = text(17),
        .last_health_check_at = text(18),
        .health_check_error = text(19),
        .created_at = text(20),
        .updated_at = text(21),
    };
    if (!rows.is_null(row, 6)) database.port = static_cast<int>(rows.integer(row, 6));
    return database;
}

namespace {

struct Meaning {
    std::string_view sqlstate;
    std::string_view in;  // a piece of what the server said
    ErrorCode code;
    std::string_view message;
    std::string_view hint;
};
constexpr std::array kMeanings{
    Meaning{
        "23505",
        "databases_project_id_name_key",
        ErrorCode::conflict,
        "the project has a database of this name already",
        "Choose another name, or change the one that is there.",
    },
    Meaning{
        "23505",
        "credential_rotations_open_idx",
        ErrorCode::conflict,
        "the password of this database is being rotated already",
        "Wait until that has ended.",
    },
    Meaning{
        "23505",
        "credentials_project_id_name_key",
        ErrorCode::conflict,
        "the project has a credential of this name already",
        "Choose another name, or replace the secret of the one that is there.",
    },
    Meaning{
        "23514",
        "kind_check",
        ErrorCode::invalid_argument,
        "the kind of the credential is unknown",
        "It is one of password, connection_string, token, private_key and certificate."
    },
    Meaning{"23503", "project", ErrorCode::not_found, "there is no such project", ""},
    Meaning{"23503", "does not exist", ErrorCode::not_found, "there is no such project", ""},
    Meaning{"23503", "credential_id", ErrorCode::not_found, "the project has no such credential", ""},
    Meaning{
        "23514",
        "config_check",
        ErrorCode::invalid_argument,
        "config holds what looks like a secret",
        "Secrets go into connection_string or password, which are sealed."
    },
    Meaning{
        "23514",
        "metadata_check",
        ErrorCode::invalid_argument,
        "metadata holds what looks like a secret",
        "Secrets go into connection_string or password, which are sealed."
    },
    Meaning{
        "23514", "name_check", ErrorCode::invalid_argument, "the name is missing or longer than 200 characters", ""
    },
    Meaning{
        "23514",
        "type_check",
        ErrorCode::invalid_argument,
        "drydock knows no databases of this type",
        "The types are postgresql, mongodb and redis."
    },
    Meaning{"23514", "host_check", ErrorCode::invalid_argument, "the host is neither a name nor an IP address", ""},
    Meaning{
        "23514",
        "status_check",
        ErrorCode::invalid_argument,
        "the status is unknown",
        "It is one of active, inactive, error and maintenance."
    },
    Meaning{"42501", "", ErrorCode::permission_denied, "you may not do that here", ""},
    Meaning{"22P02", "uuid", ErrorCode::invalid_argument, "an id is not a UUID", ""},
    Meaning{
        "22023",
        "give its secret again",
        ErrorCode::invalid_argument,
        "to change where the database is or who signs in, give its secret again",
        "Send connection_string or password in the same request: else a stored secret could be sent elsewhere."
    },
    Meaning{"53400", "", ErrorCode::conflict, "", ""},
};

}  // namespace

Error explain(Error error) {
    if (error.sqlstate.empty()) return error;
    for (const auto& meaning : kMeanings) {
        if (error.sqlstate != meaning.sqlstate || error.message.find(meaning.in) == std::string::npos) continue;
        error.code = meaning.code;
        if (!meaning.message.empty()) {
            error.detail = error.message + (error.detail.empty() ? "" : "\n") + error.detail;
            error.message = meaning.message;
            error.hint = meaning.hint;
        }
        return error;
    }
    return error;
}

}  // namespace drydock::registry
