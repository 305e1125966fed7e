#include "identity/whole_person.h"

#include "identity/queries.h"

namespace drydock::identity {

Result<bool> owns_all_of(control::Transaction& transaction, const control::Actor& asking, std::string_view user_id) {
    DRYDOCK_TRY_VOID(transaction.become(person(user_id, {})));
    DRYDOCK_TRY(const auto locked, transaction.query(queries::lock_person, {user_id}));
    if (locked.size() == 0) return false;
    DRYDOCK_TRY(const auto theirs, transaction.query(queries::memberships, {user_id}));
    DRYDOCK_TRY_VOID(transaction.become(asking.in({})));
    DRYDOCK_TRY(const auto own, transaction.query(queries::memberships, {asking.user_id}));
    for (int row = 0; row < theirs.size(); ++row) {
        bool owner = false;
        for (int mine = 0; mine < own.size(); ++mine) {
            owner = owner || (own.text(mine, 0) == theirs.text(row, 0) && own.text(mine, 1) == "owner");
        }
        if (!owner) return false;
    }
    return theirs.size() > 0;
}

Error not_all_owned() {
    return {
        .code = ErrorCode::not_found,
        .message = "there is no such person of whom you own all organizations",
        .hint = "Ask the operator of the server: `drydock operator` does it for whoever it is.",
    };
}

Result<Operated> find_person(control::Transaction& transaction, const std::string& email, std::string_view by) {
    DRYDOCK_TRY(const auto rows, transaction.query(queries::lock_person_of, {email}));
    if (rows.size() == 0) {
        return Error{
            .code = ErrorCode::not_found,
            .message = "there is no such person",
            .hint = "Give the address that they sign in with. Who was invited is known once they have accepted.",
        };
    }
    return Operated{.user_id = std::string{rows.text(0, 0)}, .by = clean_text(by, 200)};
}

control::Actor operator_for(const std::string& email) {
    auto actor = control::Actor::system();
    actor.via = "operator";
    actor.login = email;
    return actor;
}

control::Actor operator_named(std::string_view by) {
    auto actor = control::Actor::system();
    actor.via = "operator";
    actor.login = by;
    return actor;
}

Result<> note_operated(control::Transaction& transaction, const Operated& operated, std::string_view action) {
    const audit::Entry entry{.action = std::string{action}, .object_type = "user", .object_id = operated.user_id};
    const auto as_operator = operator_named(operated.by);
    DRYDOCK_TRY_VOID(transaction.become(person(operated.user_id, {})));
    DRYDOCK_TRY(const auto places, transaction.query(queries::memberships, {operated.user_id}));
    DRYDOCK_TRY_VOID(transaction.become(as_operator));
    if (places.size() == 0) return audit::append(transaction, entry);
    for (int row = 0; row < places.size(); ++row) {
        DRYDOCK_TRY_VOID(note(transaction, places.text(row, 0), entry));
    }
    return {};
}

}  // namespace drydock::identity
