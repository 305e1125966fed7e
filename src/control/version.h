#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace drydock::control {

// Rows that people change have a version, another one after each change. Who changes one says which they saw; "*":
// whatever it is by now.
inline bool fits(std::string_view seen, std::string_view current) {
    return seen == "*" || seen == current;
}

inline constexpr std::string_view kChangedMeanwhile = "somebody has changed this in the meantime";

// conflict; `detail` is the version that it has.
inline Error changed_meanwhile(std::string_view current) {
    return {
        .code = ErrorCode::conflict,
        .message = std::string{kChangedMeanwhile},
        .hint = "Read it again, and decide anew.",
        .detail = std::string{current},
    };
}
inline bool is_changed_meanwhile(const Error& error) {
    return error.code == ErrorCode::conflict && error.message == kChangedMeanwhile;
}

}  // namespace drydock::control
