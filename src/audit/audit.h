#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "control/store.h"

namespace drydock::audit {

enum class Outcome : std::uint8_t { success, denied, failed };
std::string_view name_of(Outcome outcome);

// One line of the trail. Who, from where and by which request is taken from the transaction's actor.
struct Entry {
    std::string action{};       // "database.registered", "session.opened"
    std::string object_type{};  // "database", "user"
    std::string object_id{};    // uuid; empty: none
    std::string object_name{};  // as people call it, at that time
    Outcome outcome = Outcome::success;
    std::string details = "{}";  // a JSON object: what changed, from what to what. Never a secret
};

// Appends to the chain of the actor's organization (without one: to the chain of none), in the same transaction as what
// it tells of: no audit, no action. One round trip. The chain stays locked until the transaction ends, so append last,
// after other locks are taken. Personal data goes into object_name, which can be erased, and never into details.
Result<> append(control::Transaction& transaction, const Entry& entry);

// Erases what the chain of the actor's organization tells of a person (addresses of logins, network addresses, their
// name as an object), without a break: the chain has salted hashes of it, and the salts go too. Their user id stays.
// The actor must be drydock itself. Returns how many rows had something; where none had, no line says so.
Result<std::int64_t> erase_person(control::Transaction& transaction, std::string_view user_id, std::string_view login);

}  // namespace drydock::audit
