#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "net/dialler.h"
#include "pg/conninfo.h"
#include "targets/address.h"
#include "targets/rights.h"

namespace drydock::targets {

enum class Outcome : std::uint8_t { passed, failed, skipped };
std::string_view wire_name(Outcome outcome);

// One step of a test: name, tcp, tls, sign_in, rights, in this order.
struct Step {
    std::string name{};
    Outcome outcome = Outcome::skipped;
    std::chrono::nanoseconds time{};
    std::string message{};  // what is wrong, or what is worth knowing
    std::string hint{};
};

struct TestReport {
    bool success = false;
    std::string message{};               // one sentence
    std::chrono::nanoseconds latency{};  // of one question on a connection that stands
    std::vector<Step> steps{};
    std::string version{};
    std::optional<Rights> rights{};  // measured, where the sign-in passed
};

struct NamedDatabase {
    std::string name{};
    std::int64_t bytes = -1;  // -1: not known
    std::string owner{};
};

using Facts = std::vector<std::pair<std::string, std::string>>;
// What every kind of database tells under the same name, beside what is its own.
inline constexpr std::string_view kServerVersion = "server_version";
inline constexpr std::string_view kSizeBytes = "size_bytes";  // missing where the login may not see it
// Empty: it is not among them.
std::string_view fact(const Facts& facts, std::string_view name);

struct PoolLimits {
    std::size_t min = 0;
    std::size_t max = 4;
    std::chrono::seconds connect_timeout{10};
    std::chrono::seconds idle{300};
    std::chrono::seconds lifetime{1800};
};

struct PoolFigures {
    std::size_t idle = 0;
    std::size_t in_use = 0;
    std::size_t waiting = 0;
    std::size_t most = 0;
    std::uint64_t acquired = 0;
    std::uint64_t timed_out = 0;
    std::uint64_t opened = 0;
    std::uint64_t open_failed = 0;
    std::uint64_t expired = 0;  // closed: idle for too long, or too old
    std::uint64_t broken = 0;   // closed: could not be used any more
};

// A database somewhere, of whichever kind. Safe from any thread. Connections are pooled; each one is made through the
// dialler's policy, so to addresses that it has judged.
class Target {
public:
    virtual ~Target() = default;

    virtual const Address& address() const = 0;
    // On a connection of its own, step by step. What went wrong is in the report.
    virtual TestReport test(const Limits& limits) = 0;
    // One question and its answer: how long that took.
    virtual Result<std::chrono::nanoseconds> health(const Limits& limits) = 0;
    virtual Result<std::string> version(const Limits& limits) = 0;
    virtual Result<std::vector<NamedDatabase>> names(const Limits& limits) = 0;
    virtual Result<Facts> facts(const Limits& limits) = 0;
    virtual Result<Rights> rights(const Limits& limits) = 0;

    // The form in which the database keeps a password, made by the caller: a SCRAM verifier for PostgreSQL, the SHA-256
    // in hexadecimal for Redis. So the password itself is never sent and stands in no log there. It is the user's who
    // signs in. Where a user has one password only, the new one takes the old one's place and drop_password() has
    // nothing left to do.
    virtual Result<> add_password(std::string_view stored_form, const Limits& limits) = 0;
    virtual Result<> drop_password(std::string_view stored_form, const Limits& limits) = 0;

    // For modules that open PostgreSQL connections of their own: libpq's keywords for the first host that lets us in
    // (and, with `writable`, is no standby), pinned to the addresses that were judged just now. Good while the target
    // lives. invalid_argument: it is another kind of database.
    virtual Result<pg::Conninfo> conninfo(bool writable, const Limits& limits);

    virtual PoolFigures figures() const = 0;
    // Closes what lies idle for too long.
    virtual void tend(const Limits& limits) = 0;
};

struct TargetOptions {
    PoolLimits pool{};
    std::string application_name = "drydock";
};

// Nothing is dialled yet. invalid_argument: an address that Address::check() refuses.
Result<std::shared_ptr<Target>> make_target(Address address, const net::Dialler& dialler, TargetOptions options = {});

// For a report: one step, timed, whose Error ends up in it. False when it failed.
bool run_step(TestReport& report, std::string_view name, const std::function<Result<>()>& work);

}  // namespace drydock::targets
