#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "pg/conninfo.h"
#include "pg/query.h"
#include "pg/rows.h"

namespace drydock::pg {

// A parameter in text form; nullopt is NULL. The text must live until the call returns.
using Param = std::optional<std::string_view>;

struct Notice {
    std::string severity;  // not localised: WARNING, NOTICE, INFO, LOG, DEBUG
    std::string sqlstate;
    std::string message;
    std::string detail;
    std::string hint;
};

struct Notification {
    std::string channel;
    std::string payload;
    int pid = 0;
};

// Receives what a message of many statements gives, one statement at a time, as the server finishes each.
class MessageHandler {
public:
    virtual ~MessageHandler() = default;
    // `index` counts the statements of the message from 0. Of a query's rows only the first 100, and 8 MiB of them, are
    // kept.
    virtual void on_statement(std::size_t index, const Rows& result) = 0;
    // The server asks for the data of a COPY … FROM STDIN. Pieces are sent until an empty one.
    virtual std::string_view next_copy_data(std::size_t index) = 0;
};

// What a transaction is doing, from libpq.
enum class TransactionStatus : std::uint8_t { idle, active, in_transaction, in_failed_transaction, unknown };

// One connection, used by one thread at a time. Calls block, but never past their limits; after a call that ended
// by its limits or by a broken connection `usable()` is false and the connection is good for nothing but cancel().
// Server errors are Errors of code `failed` with sqlstate, position, hint, detail and statement filled in
// (permission_denied for class 42501, locked for 55P03, unavailable for a lost connection, class 08 and 57P0x).
class Connection {
public:
    // Several hosts are tried in turn, each for connect_timeout or else an equal share of the time. The Error is
    // unauthenticated (class 28, or no password), not_found (no such database), permission_denied, invalid_argument
    // (a value libpq does not take) or unavailable, with SQLSTATE 08001 where no server said one. Only the name
    // look-up of libpq waits without a look at the limits.
    static Result<Connection> open(const Conninfo& where, const Limits& limits);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    // Extended protocol: one statement.
    Result<Rows> query(const Query& query, std::span<const Param> params, const Limits& limits);
    Result<Rows> query(const Query& query, const Limits& limits) { return this->query(query, {}, limits); }

    // Simple protocol: one message, any number of statements, one round trip. The server stops at the first error;
    // then the Error's `position` counts in characters from the start of `text`, and failed_index() says which
    // statement it was (else how many there were). When the limits end, a cancel goes out and the answer is still
    // read, for 10 s more at most: so the connection stays usable and what the server did is known. It is a success
    // if the server finished all the same; the Error is `cancelled` or `deadline_exceeded` only if it did stop, or
    // never answered, or had not yet been sent the whole message (then the connection is unusable).
    Result<> run_message(std::string_view text, MessageHandler& handler, const Limits& limits);
    Result<> run_message(std::string_view text, const Limits& limits);  // results are dropped
    std::size_t failed_index() const;

    // COPY … TO STDOUT: each piece as it comes. COPY … FROM STDIN: pieces until an empty one; returns rows.
    Result<> copy_out(
        std::string_view statement, const std::function<Result<>(std::string_view)>& sink, const Limits& limits
    );
    Result<std::int64_t> copy_in(
        std::string_view statement, const std::function<Result<std::string_view>()>& source, const Limits& limits
    );

    // The next notification of a LISTEN; nullopt when the limits' deadline came first.
    Result<std::optional<Notification>> wait_notification(const Limits& limits);

    void on_notice(std::function<void(const Notice&)> receiver);

    // From any thread: asks the server to stop what this connection is doing (over a connection of its own).
    Result<> cancel(const Limits& limits) const;

    bool usable() const;
    // Looks, without waiting, whether the server has ended a connection that lay idle.
    bool still_open();
    TransactionStatus transaction_status() const;
    int server_version() const;  // 150008 for 15.8
    int backend_pid() const;     // as the peer announced it at the start: a pooler announces its own
    std::string parameter(std::string_view name) const;  // server_encoding, in_hot_standby, …
    const Conninfo& conninfo() const;
    // The same, pinned to the one host, port and address that answered.
    const Conninfo& peer() const;

    struct Impl;

private:
    friend struct SessionAccess;
    explicit Connection(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

std::string quote_identifier(std::string_view name);
// An E'' literal: means the same whatever standard_conforming_strings says. For text that must stand inside a
// message of many statements, where there are no parameters; everywhere else values are parameters.
std::string quote_literal(std::string_view text);

}  // namespace drydock::pg
