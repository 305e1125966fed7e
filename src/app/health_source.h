#pragma once

#include <span>
#include <vector>

#include "control/store.h"
#include "health/target.h"
#include "registry/registry.h"

namespace drydock::app {

// The registered databases, as the health engine wants them.
class HealthSource final : public health::Source {
public:
    HealthSource(control::Store& store, registry::Registry& registry) : store_(store), registry_(registry) {}

    Result<std::vector<health::Listed>> list(const Limits& limits) override;
    Result<std::vector<health::Target>> open(std::span<const health::Listed> wanted, const Limits& limits) override;

private:
    control::Store& store_;
    registry::Registry& registry_;
};

}  // namespace drydock::app
