#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/serve_options.h"
#include "base/limits.h"
#include "base/result.h"

namespace drydock::app {

enum class Verdict : std::uint8_t {
    good,
    weak,     // works, and could be safer
    unsafe,   // mend it before anybody relies on the server
    unknown,  // could not be looked at
};
std::string_view name(Verdict verdict);

// One thing that was looked at.
struct Finding {
    std::string check;  // "control-plane-role"
    Verdict verdict = Verdict::good;
    std::string message;
    std::string mend{};  // what to do
};

// Looks at how a server with these options would stand, and at its control plane where that can be reached. Changes and
// starts nothing.
std::vector<Finding> examine(const ServeOptions& options, const Limits& limits);

}  // namespace drydock::app
