#include "pg/session.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <linux/tcp.h>

#include "base/text.h"

namespace drydock::pg {
namespace {

std::size_t position_of(const PGresult* result) {
    const auto text = words_of(result, PG_DIAG_STATEMENT_POSITION);
    std::size_t position = 0;
    for (const char c : text) position = position * 10 + static_cast<std::size_t>(c - '0');
    return position;
}

// FATAL and PANIC end the session whatever their SQLSTATE.
bool ends_session(const PGresult* result) {
    const auto severity = words_of(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity == "FATAL" || severity == "PANIC";
}

constexpr std::string_view kLostHint =
    "Check that the server still runs (its log tells why it ended the connection) and that the network holds.";
// A piece of COPY data that libpq can count in an int and hold without much memory.
constexpr std::size_t kCopyPiece = 1 << 20;

// What a server says of an error goes on into answers, jobs and logs.
constexpr std::size_t kMostWords = std::size_t{64} << 10U;

std::string cut(std::string_view words) {
    if (words.size() <= kMostWords) return std::string{words};
    words = words.substr(0, kMostWords);
    // Not within a character of UTF-8.
    while (!words.empty() && (static_cast<unsigned char>(words.back()) & 0xC0U) == 0x80U) words.remove_suffix(1);
    words.remove_suffix(words.empty() ? 0 : 1);
    return fmt::format("{} …", words);
}

// Bytes of this connection that were read so far, which libpq does not count but the kernel does: what came, without
// what still waits there. Under TLS the encrypted ones. 0 for what is no TCP connection.
std::int64_t bytes_read(int socket) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
    int waiting = 0;
    if (::ioctl(socket, FIONREAD, &waiting) != 0) return 0;
    return static_cast<std::int64_t>(info.tcpi_bytes_received) - waiting;
}

}  // namespace

std::string words_of(const pg_result* result, int field) {
    const char* value = PQresultErrorField(result, field);
    return value ? cut(value) : std::string{};
}

void ResultDeleter::operator()(pg_result* result) const {
    PQclear(result);
}

bool is_error(const pg_result* result) {
    switch (PQresultStatus(result)) {
        case PGRES_BAD_RESPONSE:
        case PGRES_FATAL_ERROR:
        case PGRES_NONFATAL_ERROR:
            return true;
        default:
            return false;
    }
}

ErrorCode code_for(std::string_view sqlstate) {
    if (sqlstate == "42501") return ErrorCode::permission_denied;
    if (sqlstate == "55P03") return ErrorCode::locked;
    if (sqlstate.starts_with("28")) return ErrorCode::unauthenticated;
    if (sqlstate.starts_with("08") || sqlstate.starts_with("57P0") || sqlstate == "53300") {
        return ErrorCode::unavailable;
    }
    return ErrorCode::failed;
}

Result<> check_text(std::string_view text, std::string_view what) {
    // The server refuses messages of 1 GiB; libpq would fill memory first.
    constexpr std::size_t kLongest = (1UL << 30U) - 1024;
    if (text.size() > kLongest) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("{} is {}: PostgreSQL takes less than 1 GiB at once", what, human_bytes(text.size()))
        };
    }
    if (const auto zero = text.find('\0'); zero != std::string_view::npos) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("{} has a zero byte at offset {}, which PostgreSQL can't store", what, zero)
        };
    }
    return {};
}

Result<std::string> c_text(std::string_view text, std::string_view what) {
    DRYDOCK_TRY_VOID(check_text(text, what));
    return std::string{text};
}

Connection::Impl::~Impl() {
    PQfinish(conn);
}

Result<> Connection::Impl::begin(std::string_view doing, const Limits& limits) {
    if (!usable) {
        return Error{
            .code = ErrorCode::unavailable,
            .message = fmt::format("{}: the connection to {} can't be used any more", doing, label),
            .hint = "An earlier call on it was broken off or lost. Open a new connection."
        };
    }
    DRYDOCK_TRY_VOID(check(limits));
    count_anew();
    usable = false;
    return {};
}

void Connection::Impl::count_anew() {
    if (where.most_result_bytes() == 0) return;
    read_before = bytes_read(PQsocket(conn));
    // Nobody listens on such a connection: what comes unasked would pile up.
    while (PGnotify* unasked = PQnotifies(conn)) PQfreemem(unasked);
}

Result<> Connection::Impl::check_size(std::string_view doing) const {
    const auto most = where.most_result_bytes();
    if (most == 0 || bytes_read(PQsocket(conn)) - read_before <= most) return {};
    return Error{
        .code = ErrorCode::unavailable,
        .message =
            fmt::format("{}: {} answers with more than {}", doing, label, human_bytes(static_cast<std::size_t>(most))),
        .hint = "So much is not taken from one answer. Look at what this server is, and at what it holds there.",
        .sqlstate = "08P01",  // what was sent may be done all the same; it is not sent again
    };
}

Result<> Connection::Impl::flush(Waiter& waiter, std::string_view doing) {
    for (;;) {
        const int pending = PQflush(conn);
        // A failed write is no end yet: what the server said before it closed may still be read.
        if (pending <= 0) return {};
        // The server may want its answers to be read before it reads on.
        DRYDOCK_TRY_VOID(waiter.wait(PQsocket(conn), POLLIN | POLLOUT));
        if (!PQconsumeInput(conn)) return lost(doing);
        DRYDOCK_TRY_VOID(check_size(doing));
    }
}

Result<ResultPtr> Connection::Impl::next(Waiter& waiter, std::string_view doing) {
    while (PQisBusy(conn)) {
        DRYDOCK_TRY_VOID(waiter.wait(PQsocket(conn), POLLIN));
        if (PQconsumeInput(conn)) {
            DRYDOCK_TRY_VOID(check_size(doing));
            continue;
        }
        if (PQstatus(conn) != CONNECTION_BAD) return lost(doing);
        break;  // PQgetResult no longer waits, and gives the server's last words
    }
    ResultPtr result{PQgetResult(conn)};
    count_anew();
    return result;
}

Result<ResultPtr> Connection::Impl::last(Waiter& waiter, std::string_view doing) {
    ResultPtr kept;
    for (;;) {
        DRYDOCK_TRY(ResultPtr result, next(waiter, doing));
        if (!result) return kept;
        if (!kept || !is_error(kept.get())) kept = std::move(result);
        const auto status = PQresultStatus(kept.get());
        // libpq gives these again and again until the copy is ended.
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) return kept;
    }
}

Result<std::string_view> Connection::Impl::next_copy_row(Waiter& waiter, std::string_view doing) {
    for (;;) {
        char* buffer = nullptr;
        const int size = PQgetCopyData(conn, &buffer, 1);
        const std::unique_ptr<char, decltype(&PQfreemem)> owned{buffer, &PQfreemem};
        if (size > 0) {
            copy_row.assign(buffer, static_cast<std::size_t>(size));
            count_anew();
            return std::string_view{copy_row};
        }
        if (size == -1) return std::string_view{};
        if (size < -1) return lost(doing);
        DRYDOCK_TRY_VOID(waiter.wait(PQsocket(conn), POLLIN));
        if (!PQconsumeInput(conn)) return lost(doing);
        DRYDOCK_TRY_VOID(check_size(doing));
    }
}

Result<> Connection::Impl::put_copy_data(std::string_view data, Waiter& waiter, std::string_view doing) {
    while (!data.empty()) {
        DRYDOCK_TRY_VOID(waiter.look());
        const auto piece = data.substr(0, kCopyPiece);
        const int put = PQputCopyData(conn, piece.data(), static_cast<int>(piece.size()));
        if (put < 0) return lost(doing);
        if (put > 0) data.remove_prefix(piece.size());
        DRYDOCK_TRY_VOID(flush(waiter, doing));
    }
    return {};
}

Result<> Connection::Impl::end_copy_data(const char* reason, Waiter& waiter, std::string_view doing) {
    for (;;) {
        const int put = PQputCopyEnd(conn, reason);
        if (put < 0) return lost(doing);
        DRYDOCK_TRY_VOID(flush(waiter, doing));
        if (put > 0) return {};
    }
}

void Connection::Impl::settle() {
    usable = PQstatus(conn) == CONNECTION_OK && PQtransactionStatus(conn) != PQTRANS_ACTIVE &&
             PQtransactionStatus(conn) != PQTRANS_UNKNOWN;
}

Error Connection::Impl::lost(std::string_view doing) const {
    const std::string said = farewell.empty() ? cut(trim(PQerrorMessage(conn))) : farewell;
    const auto first_line = trim(std::string_view{said}.substr(0, said.find('\n')));
    return {
        .code = ErrorCode::unavailable,
        .message = fmt::format("the connection to {} was lost while {}: {}", label, doing, first_line),
        .hint = std::string{kLostHint},
        .detail = said,
        .sqlstate = farewell_sqlstate.empty() ? "08006" : farewell_sqlstate
    };
}

Error Connection::Impl::error_of(const pg_result* result, std::string_view doing, std::string_view statement) const {
    const auto sqlstate = words_of(result, PG_DIAG_SQLSTATE);
    if (sqlstate.empty()) {
        auto error = lost(doing);
        error.statement = statement;
        return error;
    }
    auto detail = words_of(result, PG_DIAG_MESSAGE_DETAIL);
    if (const auto context = words_of(result, PG_DIAG_CONTEXT); !context.empty()) {
        detail += fmt::format("{}context: {}", detail.empty() ? "" : "\n", context);
    }
    Error error{
        .code = code_for(sqlstate),
        .message = words_of(result, PG_DIAG_MESSAGE_PRIMARY),
        .hint = words_of(result, PG_DIAG_MESSAGE_HINT),
        .detail = std::move(detail),
        .sqlstate = sqlstate,
        .position = position_of(result),
        .statement = std::string{statement}
    };
    if (!ends_session(result) && error.code != ErrorCode::unavailable) return error;
    error.code = ErrorCode::unavailable;
    error.message = fmt::format("the connection to {} was lost while {}: {}", label, doing, error.message);
    return std::move(error).with_hint(kLostHint);
}

Error Connection::Impl::not_sent(std::string_view doing) {
    if (PQstatus(conn) == CONNECTION_BAD) return lost(doing);
    settle();
    return {
        .code = ErrorCode::invalid_argument, .message = fmt::format("{}: {}", doing, cut(trim(PQerrorMessage(conn))))
    };
}

}  // namespace drydock::pg
