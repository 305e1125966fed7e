#include <fmt/format.h>
#include <libpq-fe.h>

#include "base/text.h"
#include "pg/session.h"

namespace drydock::pg {
namespace {

constexpr std::string_view kDoing = "copying";

// Starts a COPY by the extended protocol, which takes one statement only, and waits until the server is ready.
Result<> start(
    Connection::Impl& impl, std::string_view statement, ExecStatusType wanted, Waiter& waiter, const Limits& limits
) {
    DRYDOCK_TRY_VOID(impl.begin(kDoing, limits));
    DRYDOCK_TRY_VOID(impl.send({.name = "", .text = statement}, {}, kDoing));
    DRYDOCK_TRY_VOID(impl.flush(waiter, kDoing));
    DRYDOCK_TRY(const ResultPtr result, impl.last(waiter, kDoing));
    if (PQresultStatus(result.get()) == wanted) return {};
    DRYDOCK_TRY_VOID(impl.refuse_copy(result.get(), waiter, kDoing));
    impl.settle();
    if (result && is_error(result.get())) return impl.error_of(result.get(), kDoing, statement);
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = wanted == PGRES_COPY_OUT ? "the statement is not a COPY … TO STDOUT"
                                            : "the statement is not a COPY … FROM STDIN",
        .statement = std::string{statement}
    };
}

}  // namespace

Result<> Connection::copy_out(
    std::string_view statement, const std::function<Result<>(std::string_view)>& sink, const Limits& limits
) {
    PlainWaiter waiter{limits};
    DRYDOCK_TRY_VOID(start(*impl_, statement, PGRES_COPY_OUT, waiter, limits));
    for (;;) {
        DRYDOCK_TRY(const auto piece, impl_->next_copy_row(waiter, kDoing));
        if (piece.empty()) break;
        // A sink that gives up leaves the connection in the middle of the copy: unusable.
        DRYDOCK_TRY_VOID(sink(piece));
    }
    DRYDOCK_TRY(const ResultPtr result, impl_->last(waiter, kDoing));
    impl_->settle();
    if (!result || is_error(result.get())) return impl_->error_of(result.get(), kDoing, statement);
    return {};
}

Result<std::int64_t> Connection::copy_in(
    std::string_view statement, const std::function<Result<std::string_view>()>& source, const Limits& limits
) {
    PlainWaiter waiter{limits};
    DRYDOCK_TRY_VOID(start(*impl_, statement, PGRES_COPY_IN, waiter, limits));
    std::optional<Error> given_up;
    for (;;) {
        auto piece = source();
        if (!piece) {
            given_up = std::move(piece).error();
            break;
        }
        if (piece->empty()) break;
        DRYDOCK_TRY_VOID(impl_->put_copy_data(*piece, waiter, kDoing));
    }
    DRYDOCK_TRY_VOID(impl_->end_copy_data(given_up ? "the source of the data failed" : nullptr, waiter, kDoing));
    DRYDOCK_TRY(ResultPtr result, impl_->last(waiter, kDoing));
    impl_->settle();
    if (given_up) return *std::move(given_up);
    if (!result || is_error(result.get())) return impl_->error_of(result.get(), kDoing, statement);
    return Rows{result.release()}.affected();
}

}  // namespace drydock::pg
