#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "pg/session.h"

namespace drydock::pg {
namespace {

using Clock = Limits::Clock;
using std::chrono::seconds;

constexpr std::string_view kDoing = "running a message";
constexpr std::size_t kKeptRows = 100;
constexpr std::size_t kKeptBytes = std::size_t{8} << 20U;
constexpr seconds kAnswerToCancel{10};
constexpr std::chrono::milliseconds kLookEvery{50};

class NoHandler final : public MessageHandler {
public:
    void on_statement(std::size_t /*index*/, const Rows& /*result*/) override {}
    std::string_view next_copy_data(std::size_t /*index*/) override { return {}; }
};

// The end of the limits asks the server to stop, then goes on waiting for its answer: only the answer tells
// whether the work was done.
class CancellingWaiter final : public Waiter {
public:
    CancellingWaiter(const Connection::Impl& impl, const Limits& limits)
        : impl_(impl), limits_(limits), wake_(limits.stop), no_wake_(std::stop_token{}) {}

    Result<> wait(int socket, short events) override {
        if (!ended_) {
            auto ready = wait_socket(socket, events, limits_, wake_);
            if (ready || !is_end(ready.error())) return ready;
            end(std::move(ready).error());
        }
        for (;;) {
            ask();
            auto ready = wait_socket(socket, events, {.deadline = std::min(give_up_, next_ask_)}, no_wake_);
            if (ready || ready.error().code != ErrorCode::deadline_exceeded) return ready;
            if (Clock::now() >= give_up_) return unanswered();
        }
    }

    Result<> look() override {
        auto over = ended_ ? Result<>{} : check(limits_);
        if (!over) {
            end(std::move(over).error());
            ask();
        }
        return {};
    }

    const std::optional<Error>& ended() const { return ended_; }

private:
    static bool is_end(const Error& error) {
        return error.code == ErrorCode::cancelled || error.code == ErrorCode::deadline_exceeded;
    }

    void end(Error error) {
        ended_ = std::move(error);
        give_up_ = Clock::now() + kAnswerToCancel;
    }

    // Again and again: a cancel that arrives while the server still reads the message is ignored by it.
    void ask() {
        if (Clock::now() < next_ask_) return;
        if (auto sent = impl_.cancel({.deadline = give_up_}); !sent) ended_->detail = sent.error().message;
        next_ask_ = Clock::now() + pause_;
        pause_ = std::min<Clock::duration>(pause_ * 2, seconds{2});
    }

    Error unanswered() const {
        auto error = *ended_;
        error.message += fmt::format(
            "; the server at {} did not answer the cancel within {} s, so what it did is not known",
            impl_.label,
            kAnswerToCancel.count()
        );
        return error;
    }

    const Connection::Impl& impl_;
    const Limits& limits_;
    Wake wake_;
    Wake no_wake_;
    std::optional<Error> ended_;
    Clock::time_point give_up_{};
    Clock::time_point next_ask_{};
    Clock::duration pause_ = std::chrono::milliseconds{200};
};

// Reads one message's answers.
class Conversation {
public:
    Conversation(Connection::Impl& impl, MessageHandler& handler, const Limits& limits)
        : impl_(impl), handler_(handler), waiter_(impl, limits) {}

    Result<> read();

private:
    Result<> take(ResultPtr result);
    Result<> feed();
    Result<> drop_copy();
    void keep(ResultPtr row);
    void complete(ResultPtr result);
    Error final_error() const;

    Connection::Impl& impl_;
    MessageHandler& handler_;
    CancellingWaiter waiter_;
    std::vector<ResultPtr> kept_;  // the rows so far of the statement under way, a result each
    std::size_t kept_bytes_ = 0;
    std::size_t completed_ = 0;
    ResultPtr failure_;
};

Result<> Conversation::read() {
    for (;;) {
        auto next = impl_.next(waiter_, kDoing);
        if (next && !*next) break;
        auto taken = next ? take(*std::move(next)) : Result<>{std::move(next).error()};
        impl_.failed_index = completed_;
        if (!taken) return taken;
    }
    impl_.settle();
    if (failure_) return final_error();
    return {};
}

Result<> Conversation::take(ResultPtr result) {
    switch (PQresultStatus(result.get())) {
        case PGRES_SINGLE_TUPLE:
            keep(std::move(result));
            return {};
        case PGRES_TUPLES_OK:
        case PGRES_COMMAND_OK:
            complete(std::move(result));
            return {};
        case PGRES_COPY_IN:
            return feed();
        case PGRES_COPY_OUT:
            return drop_copy();
        case PGRES_EMPTY_QUERY:
            return {};
        default:
            if (!failure_) failure_ = std::move(result);
            return {};
    }
}

void Conversation::keep(ResultPtr row) {
    const auto bytes = PQresultMemorySize(row.get());
    if (kept_.size() == kKeptRows || kept_bytes_ + bytes > kKeptBytes) {
        kept_bytes_ = kKeptBytes;  // those that are kept are the first ones, without a gap
        return;
    }
    kept_bytes_ += bytes;
    kept_.push_back(std::move(row));
}

void Conversation::complete(ResultPtr result) {
    const auto rows = std::exchange(kept_, {});
    kept_bytes_ = 0;
    // A rule may add a query of its own to a statement: its rows come without a completion.
    if (*PQcmdStatus(result.get()) == '\0') return;
    int row = 0;
    for (const auto& one : rows) {
        for (int column = 0; column < PQnfields(one.get()); ++column) {
            const bool null = PQgetisnull(one.get(), 0, column) != 0;
            PQsetvalue(
                result.get(),
                row,
                column,
                null ? nullptr : PQgetvalue(one.get(), 0, column),
                null ? -1 : PQgetlength(one.get(), 0, column)
            );
        }
        ++row;
    }
    const Rows done{result.release()};
    handler_.on_statement(completed_, done);
    ++completed_;
}

Result<> Conversation::feed() {
    while (!waiter_.ended()) {
        const auto data = handler_.next_copy_data(completed_);
        if (data.empty()) return impl_.end_copy_data(nullptr, waiter_, kDoing);
        DRYDOCK_TRY_VOID(impl_.put_copy_data(data, waiter_, kDoing));
    }
    return impl_.end_copy_data("stopped on request", waiter_, kDoing);
}

Result<> Conversation::drop_copy() {
    for (;;) {
        DRYDOCK_TRY(const auto row, impl_.next_copy_row(waiter_, kDoing));
        if (row.empty()) return {};
    }
}

Error Conversation::final_error() const {
    auto error = impl_.error_of(failure_.get(), kDoing, "");
    if (!waiter_.ended() || error.sqlstate != "57014") return error;
    error.code = waiter_.ended()->code;
    error.message = waiter_.ended()->message;
    return error;
}

// Breaks the connection when the limits end while a long message is being sent. Little is lost by that: the server
// starts with a message only when it has all of it.
class SendGuard {
public:
    SendGuard(const Connection::Impl& impl, const Limits& limits)
        : thread_([this, &impl, limits](const std::stop_token& sent) { watch(impl, limits, sent); }) {}

    // Nothing when the message went out in time.
    std::optional<Error> sent() {
        thread_.request_stop();
        thread_.join();
        return broken_;
    }

private:
    void watch(const Connection::Impl& impl, const Limits& limits, const std::stop_token& sent) {
        const Wake done{sent};
        if (done.fd() < 0) return;  // no descriptors left: the limits count again once the message is out
        const Wake wake{limits.stop};
        for (;;) {
            // libpq reads what comes meanwhile, however much.
            const auto a_while = impl.where.most_result_bytes() > 0 ? limits.at_most(kLookEvery) : limits;
            const auto in_time = wait_socket(done.fd(), POLLIN, a_while, wake);
            if (in_time || sent.stop_requested()) return;
            auto stands = check(limits);
            if (stands) stands = impl.check_size(kDoing);
            if (stands) continue;
            broken_ = std::move(stands).error();
            break;
        }
        broken_->message += ", and the connection was broken off while the message was being sent";
        ::shutdown(PQsocket(impl.conn), SHUT_RDWR);
    }

    std::optional<Error> broken_;
    std::jthread thread_;
};

// libpq moves all that is left to the front of its buffer after each write that does not block: 300 MB through a
// socket buffer of 200 KiB are moved 1,500 times. A write that blocks moves nothing, and reads meanwhile what the
// server says, so long messages are sent that way, with a guard for the limits.
Result<> send_long(Connection::Impl& impl, const std::string& text, const Limits& limits) {
    if (PQsetnonblocking(impl.conn, 0) != 0) return impl.lost(kDoing);
    SendGuard guard{impl, limits};
    const bool sent = PQsendQuery(impl.conn, text.c_str()) != 0;
    if (auto broken = guard.sent()) return *std::move(broken);
    if (!sent) return impl.not_sent(kDoing);
    if (PQsetnonblocking(impl.conn, 1) != 0) return impl.lost(kDoing);
    return {};
}

Result<> send_message(Connection::Impl& impl, std::string_view message, const Limits& limits) {
    constexpr std::size_t kLong = 1 << 20;
    auto text = c_text(message, "the message");
    if (!text) {
        impl.settle();
        return std::move(text).error();
    }
    if (message.size() > kLong) return send_long(impl, *text, limits);
    if (!PQsendQuery(impl.conn, text->c_str())) return impl.not_sent(kDoing);
    // Limits that end here end the message before the server has begun with it.
    PlainWaiter waiter{limits};
    return impl.flush(waiter, kDoing);
}

}  // namespace

std::size_t Connection::failed_index() const {
    return impl_->failed_index;
}

Result<> Connection::run_message(std::string_view text, MessageHandler& handler, const Limits& limits) {
    impl_->failed_index = 0;
    DRYDOCK_TRY_VOID(impl_->begin(kDoing, limits));
    DRYDOCK_TRY_VOID(send_message(*impl_, text, limits));
    // A big SELECT must not fill memory.
    PQsetSingleRowMode(impl_->conn);
    return Conversation{*impl_, handler, limits}.read();
}

Result<> Connection::run_message(std::string_view text, const Limits& limits) {
    NoHandler nobody;
    return run_message(text, nobody, limits);
}

}  // namespace drydock::pg
