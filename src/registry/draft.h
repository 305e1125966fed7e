#pragma once

#include <string>

#include "registry/registry.h"

namespace drydock::registry {

// A row that is not stored yet, and what its secret will be.
struct Registry::Draft {
    Database row{};
    Secret plain{};             // to be sealed; empty: none
    std::string environment{};  // variable
    Secret again{};             // that of the credential, given once more
    targets::Address address{};
};

}  // namespace drydock::registry
