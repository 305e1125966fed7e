#pragma once

#include <string>
#include <string_view>

#include "identity/inside.h"

// For this module's own sources: what concerns a person in every organization of theirs at once, and so is for the
// operator, or for who owns all of these.
namespace drydock::identity {

// Each of both sees their own memberships only, so the question is asked as each of them. The person is locked before:
// until the transaction ends they join no further organization, for the answer would no longer hold.
Result<bool> owns_all_of(control::Transaction& transaction, const control::Actor& asking, std::string_view user_id);

// Where that is not so. In the same words for who does not exist.
Error not_all_owned();

// What the operator does to a person is done as that person, under the same lock, and audited as the system's.
struct Operated {
    std::string user_id{};
    std::string by{};
};
control::Actor operator_for(const std::string& email);
Result<Operated> find_person(control::Transaction& transaction, const std::string& email, std::string_view by);
// As whom the operator stands in the trail.
control::Actor operator_named(std::string_view by);
Result<> note_operated(control::Transaction& transaction, const Operated& operated, std::string_view action);

}  // namespace drydock::identity
