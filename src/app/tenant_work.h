#pragma once

#include <vector>

#include "audit/checkpoint.h"
#include "control/store.h"
#include "jobs/kinds.h"
#include "registry/registry.h"

namespace drydock::app {

// What people can have done in their organization: databases.test, migrations.apply and .rollback,
// validations.run, audit.verify.
Result<> add_tenant_kinds(
    jobs::Kinds& kinds, control::Store& store, registry::Registry& registry, const std::vector<audit::TrustedKey>& keys
);

}  // namespace drydock::app
