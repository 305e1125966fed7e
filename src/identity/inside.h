#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/audit.h"
#include "identity/principal.h"
#include "identity/service.h"

// For this module's own sources.
namespace drydock::identity {

// What a transaction decided. A refusal is an answer, too: what was counted and audited on the way to it is committed,
// where an Error would have taken it back.
template <class T>
struct Verdict {
    std::optional<T> value{};
    Error refusal{};

    static Verdict yes(T value) { return {.value = std::move(value)}; }
    static Verdict no(const Error& refusal) { return {.refusal = refusal}; }
};

template <class T, class Work>
Result<T> decide(control::Store& store, const control::Actor& actor, const Limits& limits, Work&& work) {
    DRYDOCK_TRY(Verdict<T> verdict, store.run(actor, limits, std::forward<Work>(work)));
    if (!verdict.value) return std::move(verdict.refusal);
    return *std::move(verdict.value);
}

// Nobody yet, who shows a token: row-level security lets them see its one row.
control::Actor bearer_of(std::string_view token_hash, const Peer& peer);
// A person before a session or an organization stands for them.
control::Actor person(std::string_view user_id, const Peer& peer);

// Appends to the trail of one organization, in the name of who acts.
Result<> note(control::Transaction& transaction, std::string_view organization, const audit::Entry& entry);
// Appends to the trail of each organization that the acting person belongs to: what concerns an account concerns all.
Result<> note_everywhere(control::Transaction& transaction, const audit::Entry& entry);

// Before the acting person joins or founds an organization: they may still sign in, and until the transaction ends
// nobody erases them, or does what takes owning all of their organizations. The first lock of a transaction, as it is
// there.
Result<> lock_joining(control::Transaction& transaction);

// The control plane's clock.
using TimePoint = std::chrono::system_clock::time_point;
TimePoint from_microseconds(std::int64_t microseconds);
Result<TimePoint> server_time(const Service& service, const Limits& limits);

// An address as it may go to the server: empty when it can't be anybody's.
std::string clean_email(std::string_view typed);
// Printable ASCII of at most so many characters.
std::string clean_text(std::string_view text, std::size_t most);
Result<std::string> checked_name(std::string_view name, std::string_view what);

bool is_role(std::string_view role);
std::vector<std::string> split_list(std::string_view text);
// As an array of PostgreSQL; the elements are plain names.
std::string array_of(const std::vector<std::string>& names);
// A row that is not of this shape is nobody's id.

Error not_found(std::string_view what);

}  // namespace drydock::identity
