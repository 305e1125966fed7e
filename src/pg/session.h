#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/limits.h"
#include "base/result.h"
#include "pg/connection.h"
#include "pg/wait.h"

// libpq's own types, so that only the .cpp files of this module include its header.
struct pg_cancel;
struct pg_conn;
struct pg_result;

namespace drydock::pg {

struct ResultDeleter {
    void operator()(pg_result* result) const;
};
using ResultPtr = std::unique_ptr<pg_result, ResultDeleter>;

// How a conversation waits for its socket, and so what the end of its limits means.
class Waiter {
public:
    virtual ~Waiter() = default;
    virtual Result<> wait(int socket, short events) = 0;
    // The same without waiting, for work that keeps its socket so busy that it never has to wait.
    virtual Result<> look() = 0;
};

// The end of the limits ends the conversation, wherever it is.
class PlainWaiter final : public Waiter {
public:
    explicit PlainWaiter(const Limits& limits) : limits_(limits), wake_(limits.stop) {}
    Result<> wait(int socket, short events) override { return wait_socket(socket, events, limits_, wake_); }
    Result<> look() override { return check(limits_); }

private:
    const Limits& limits_;
    Wake wake_;
};

// What libpq and the server hold for one connection. The calls below are the steps of a conversation:
// begin, send with libpq, flush, next until it gives nothing, settle. Each Error leaves it unusable.
struct Connection::Impl {
    Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl();

    // Refuses when the connection is unusable or the limits are over already; nothing has been sent then.
    Result<> begin(std::string_view doing, const Limits& limits);
    // One statement by the extended protocol, into libpq's buffer.
    Result<> send(const Query& query, std::span<const Param> params, std::string_view doing);
    // The same for one that the server has under `name`; and what gives it that name.
    Result<> send_prepared(
        const std::string& name, const Query& query, std::span<const Param> params, std::string_view doing
    );
    Result<> send_prepare(const std::string& name, const Query& query, std::string_view doing);
    Result<> flush(Waiter& waiter, std::string_view doing);
    // The next result, or none at the end. Gives what the server said last, even if the connection is gone.
    Result<ResultPtr> next(Waiter& waiter, std::string_view doing);
    // Reads to the end; the first error, or the last result.
    Result<ResultPtr> last(Waiter& waiter, std::string_view doing);
    // One row of COPY TO STDOUT; empty at its end.
    Result<std::string_view> next_copy_row(Waiter& waiter, std::string_view doing);
    Result<> put_copy_data(std::string_view data, Waiter& waiter, std::string_view doing);
    // With a reason, the server drops what it got and answers with an error.
    Result<> end_copy_data(const char* reason, Waiter& waiter, std::string_view doing);
    // Ends a COPY that the caller has no data or no use for; true when there was one.
    Result<bool> refuse_copy(const pg_result* result, Waiter& waiter, std::string_view doing);
    // The answer is read: the connection can be used again if it still stands.
    void settle();
    bool still_open();

    Error lost(std::string_view doing) const;
    Error error_of(const pg_result* result, std::string_view doing, std::string_view statement) const;
    // libpq refused to send: the connection is gone, or what was asked can't be asked.
    Error not_sent(std::string_view doing);

    Result<> cancel(const Limits& limits) const;

    // What comes from here on is a result of its own (Conninfo::limit_results).
    void count_anew();
    Result<> check_size(std::string_view doing) const;

    pg_conn* conn = nullptr;
    Conninfo where;                        // as it was asked for
    Conninfo peer;                         // the same, pinned to the host that answered
    std::shared_ptr<pg_cancel> canceller;  // made once: then cancel() reads nothing that changes
    std::string label;                     // host:port/database
    std::string copy_row;
    std::unordered_map<std::string, std::string> prepared;  // names of statements that the server keeps, by text
    std::size_t prepared_before = 0;
    std::function<void(const Notice&)> receiver;
    std::string farewell_sqlstate;  // of a FATAL that came while nothing was running
    std::string farewell;
    bool usable = true;
    bool tls = false;
    int pid = 0;
    std::size_t failed_index = 0;
    std::int64_t read_before = 0;  // bytes, when the result that is being read began
};

// Refuses what libpq can't hand over: a text with a zero byte, which would cut it short, or one of 1 GiB.
Result<> check_text(std::string_view text, std::string_view what);
// The text ended by a zero byte, as libpq needs it.
Result<std::string> c_text(std::string_view text, std::string_view what);

// What lets this module's other files reach a connection's session.
struct SessionAccess {
    static Connection::Impl& of(Connection& connection) { return *connection.impl_; }
};

// The Error code for a SQLSTATE (the contract stands above Connection).
ErrorCode code_for(std::string_view sqlstate);
bool is_error(const pg_result* result);
// A field (PG_DIAG_…) of an error or a notice; empty: it has none. Cut where it is too long for people.
std::string words_of(const pg_result* result, int field);

}  // namespace drydock::pg
