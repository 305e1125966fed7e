#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "base/result.h"
#include "migrate/target.h"

namespace drydock::migrate {

// A statement that runs outside of transactions leaves a gap: it may be done although nothing says so. The catalog
// closes it. A Gap is the look before, and after a crash, at what such a statement is about.
class Gap {
public:
    // `identity`: what the statement is known by in a note; a file may be mended before it is resumed.
    Gap(std::string_view statement, std::string identity) : statement_(statement), identity_(std::move(identity)) {}

    // What must be noted in history before the statement goes out, as JSON: which statement it is, and what there was
    // of what it makes or takes away.
    Result<std::string> memo(Target& target, const Limits& limits) const;

    enum class Verdict : unsigned char { run, done };
    // Whether the statement has to run. `memo`: what an earlier attempt noted, empty when there was none.
    // Clears away what a failed attempt left: an invalid index is dropped, a half-made detach is finished.
    Result<Verdict> examine(Target& target, std::string_view memo, const Limits& limits) const;

    // After the statement: an Error when it left something invalid.
    Result<> confirm(Target& target, const Limits& limits) const;

private:
    std::string statement_;
    std::string identity_;
};

}  // namespace drydock::migrate
