#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "migrate/options.h"
#include "pg/conninfo.h"
#include "registry/registry.h"

namespace drydock::changes {

// What a database refuses the login that drydock has there, does not have, or fails to do, is a conflict: not a refusal
// of whoever asks drydock, not a thing that drydock does not know, and no fault of its own.
Error of_target(Error error);
template <class T>
Result<T> from_target(Result<T> outcome) {
    if (outcome) return outcome;
    return of_target(std::move(outcome).error());
}

// A registered PostgreSQL database and how the engine signs in to it.
struct Reached {
    std::shared_ptr<targets::Target> target{};  // keeps what `where` names
    pg::Conninfo where{};
};
// What somebody wants there decides where they come to.
enum class Purpose : std::uint8_t {
    look,    // drydock's own questions, on any host
    check,   // a user's queries, on any host
    change,  // a user's migrations, on a host that takes writes
};
// not_found, and invalid_argument for another kind of database. conflict where a user's SQL is to run and this is
// drydock's own control plane, under whatever address and login it was registered, or a standby or a copy of it.
Result<Reached> reach(
    registry::Registry& registry,
    const control::Actor& actor,
    std::string_view database,
    Purpose purpose,
    const Limits& limits
);

// The engine's options in a server: nothing of its own environment is known to people's files.
migrate::Options engine_options(std::string project, std::string environment, std::string client);

// permission_denied, not_found, or invalid_argument for what is no PostgreSQL database. In the transaction that makes a
// job for it.
Result<registry::Database> find_postgresql(control::Transaction& transaction, std::string_view database);

}  // namespace drydock::changes
