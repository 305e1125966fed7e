#pragma once

#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "migrate/target.h"

namespace drydock::migrate {

// A statement that runs outside of transactions leaves a gap: it may be done although nothing says so. The catalog
// closes it. A Gap is the look before, and after a crash, at what such a statement is about.
class Gap {
public:
    explicit Gap(std::string_view statement);

    // What must be noted in history before the statement goes out, as JSON: that it did, and for an index without a
    // name of its own, which ones there were.
    Result<std::string> memo(Target& target, const Limits& limits) const;

    enum class Verdict : unsigned char { run, done };
    // Whether the statement has to run. `interrupted`: an earlier run may have sent it; `memo` is what that one noted.
    // Clears away what a failed attempt left: an invalid index is dropped, a half-made detach is finished.
    Result<Verdict> examine(Target& target, bool interrupted, std::string_view memo, const Limits& limits) const;

    // After the statement: an Error when it left something invalid.
    Result<> confirm(Target& target, const Limits& limits) const;

private:
    std::string statement_;
};

}  // namespace drydock::migrate
