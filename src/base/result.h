#pragma once

#include <utility>

#include <tl/expected.hpp>

#include "base/error.h"

namespace drydock {

// A value or an Error. Ignoring one is a compile-time warning (and -Werror in every preset).
template <class T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
    using Base = tl::expected<T, Error>;

public:
    using Base::Base;
    Result() = default;
    Result(Base&& other) : Base(std::move(other)) {}
    Result(Error error) : Base(tl::unexpected<Error>(std::move(error))) {}
};

}  // namespace drydock

// DRYDOCK_TRY(auto rows, connection.query(sql)): unwrap, or return the error to the caller.
#define DRYDOCK_TRY(declaration, expression) DRYDOCK_TRY_(DRYDOCK_CAT(try_, __LINE__), declaration, expression)
#define DRYDOCK_TRY_(result, declaration, expression) \
    auto result = (expression);                       \
    if (!result) return std::move(result).error();    \
    declaration = *std::move(result)
// DRYDOCK_TRY_VOID(connection.begin()): the same where there is no value.
#define DRYDOCK_TRY_VOID(expression) \
    if (auto drydock_try = (expression); !drydock_try) return std::move(drydock_try).error()
#define DRYDOCK_CAT(a, b) DRYDOCK_CAT_(a, b)
#define DRYDOCK_CAT_(a, b) a##b
