#include "pg/connection.h"

#include <poll.h>

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "pg/session.h"

namespace drydock::pg {
namespace {

// The texts of the parameters, each ended by a zero byte as libpq wants them.
struct Values {
    std::vector<std::string> texts;
    std::vector<const char*> pointers;
};

Result<Values> values_of(std::span<const Param> params) {
    Values values;
    values.texts.reserve(params.size());  // the pointers must stay
    for (const auto& param : params) {
        if (!param) {
            values.pointers.push_back(nullptr);
            continue;
        }
        DRYDOCK_TRY(std::string text, c_text(*param, fmt::format("parameter ${}", values.pointers.size() + 1)));
        values.texts.push_back(std::move(text));
        values.pointers.push_back(values.texts.back().c_str());
    }
    return values;
}

std::string running(const Query& query) {
    return fmt::format("running {}", query.name.empty() ? "a query" : query.name);
}

}  // namespace

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<> Connection::Impl::send(const Query& query, std::span<const Param> params, std::string_view doing) {
    auto text = c_text(query.text, "the statement");
    auto values = values_of(params);
    if (!text || !values) {
        settle();
        return text ? std::move(values).error() : std::move(text).error();
    }
    const int count = static_cast<int>(values->pointers.size());
    if (!PQsendQueryParams(conn, text->c_str(), count, nullptr, values->pointers.data(), nullptr, nullptr, 0)) {
        return not_sent(doing);
    }
    return {};
}

Result<> Connection::Impl::send_prepare(const std::string& name, const Query& query, std::string_view doing) {
    DRYDOCK_TRY(const std::string text, c_text(query.text, "the statement"));
    if (!PQsendPrepare(conn, name.c_str(), text.c_str(), 0, nullptr)) return not_sent(doing);
    return {};
}

Result<> Connection::Impl::send_prepared(
    const std::string& name, const Query& query, std::span<const Param> params, std::string_view doing
) {
    DRYDOCK_TRY(const Values values, values_of(params));
    const int count = static_cast<int>(values.pointers.size());
    if (!PQsendQueryPrepared(conn, name.c_str(), count, values.pointers.data(), nullptr, nullptr, 0)) {
        return not_sent(fmt::format("{} {}", doing, query.name));
    }
    return {};
}

Result<Rows> Connection::query(const Query& query, std::span<const Param> params, const Limits& limits) {
    const auto doing = running(query);
    DRYDOCK_TRY_VOID(impl_->begin(doing, limits));
    DRYDOCK_TRY_VOID(impl_->send(query, params, doing));
    PlainWaiter waiter{limits};
    DRYDOCK_TRY_VOID(impl_->flush(waiter, doing));
    DRYDOCK_TRY(ResultPtr result, impl_->last(waiter, doing));
    DRYDOCK_TRY(const bool copied, impl_->refuse_copy(result.get(), waiter, doing));
    impl_->settle();
    if (copied) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("{}: a COPY from or to the client can't be run as a query", doing),
            .statement = std::string{query.name}
        };
    }
    if (!result || is_error(result.get())) return impl_->error_of(result.get(), doing, query.name);
    return Rows{result.release()};
}

Result<bool> Connection::Impl::refuse_copy(const pg_result* result, Waiter& waiter, std::string_view doing) {
    const auto status = PQresultStatus(result);
    if (status != PGRES_COPY_IN && status != PGRES_COPY_OUT) return false;
    if (status == PGRES_COPY_IN) {
        DRYDOCK_TRY_VOID(end_copy_data("no data was given", waiter, doing));
    } else {
        for (;;) {
            DRYDOCK_TRY(const auto row, next_copy_row(waiter, doing));
            if (row.empty()) break;
        }
    }
    DRYDOCK_TRY_VOID(last(waiter, doing));
    return true;
}

Result<std::optional<Notification>> Connection::wait_notification(const Limits& limits) {
    constexpr std::string_view kDoing = "waiting for a notification";
    PlainWaiter waiter{limits};
    for (;;) {
        if (PGnotify* raw = impl_->usable ? PQnotifies(impl_->conn) : nullptr) {
            const std::unique_ptr<PGnotify, decltype(&PQfreemem)> owned{raw, &PQfreemem};
            return std::optional{Notification{.channel = raw->relname, .payload = raw->extra, .pid = raw->be_pid}};
        }
        auto ready = impl_->begin(kDoing, limits);
        if (ready) {
            ready = waiter.wait(PQsocket(impl_->conn), POLLIN);
            // Nothing is under way on the connection, so nothing is broken off.
            impl_->usable = true;
        }
        if (!ready && ready.error().code == ErrorCode::deadline_exceeded) return std::optional<Notification>{};
        if (!ready) return std::move(ready).error();
        if (!impl_->still_open()) return impl_->lost(kDoing);
    }
}

bool Connection::Impl::still_open() {
    if (!usable) return false;
    const bool read = PQconsumeInput(conn) != 0;
    // What was read, a server's farewell too, is looked at only when libpq is asked for something.
    PQisBusy(conn);
    usable = read && farewell.empty();
    return usable;
}

bool Connection::still_open() {
    return impl_->still_open();
}

void Connection::on_notice(std::function<void(const Notice&)> receiver) {
    impl_->receiver = std::move(receiver);
}

Result<> Connection::cancel(const Limits& limits) const {
    return impl_->cancel(limits);
}

bool Connection::usable() const {
    return impl_->usable;
}

TransactionStatus Connection::transaction_status() const {
    switch (PQtransactionStatus(impl_->conn)) {
        case PQTRANS_IDLE:
            return TransactionStatus::idle;
        case PQTRANS_ACTIVE:
            return TransactionStatus::active;
        case PQTRANS_INTRANS:
            return TransactionStatus::in_transaction;
        case PQTRANS_INERROR:
            return TransactionStatus::in_failed_transaction;
        case PQTRANS_UNKNOWN:
            break;
    }
    return TransactionStatus::unknown;
}

int Connection::server_version() const {
    return PQserverVersion(impl_->conn);
}

int Connection::backend_pid() const {
    return impl_->pid;
}

std::string Connection::parameter(std::string_view name) const {
    const char* value = PQparameterStatus(impl_->conn, std::string{name}.c_str());
    return value ? value : "";
}

const Conninfo& Connection::conninfo() const {
    return impl_->where;
}

const Conninfo& Connection::peer() const {
    return impl_->peer;
}

}  // namespace drydock::pg
