#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audit/checkpoint.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "control/store.h"
#include "http/cursor.h"
#include "http/events.h"
#include "identity/oidc.h"
#include "identity/service.h"
#include "jobs/kinds.h"
#include "jobs/queue.h"
#include "registry/registry.h"

namespace drydock::api {

class EventFeed;

// What the routes call. Made and owned by the program; all of it is safe to use from many threads.
struct Services {
    control::Store& store;
    const identity::Service& identity;
    const http::Cursors& cursors;
    Secret idempotency_key;  // of the hashes by which repeated requests are known
    EventFeed& events;
    identity::Oidc* oidc = nullptr;  // none: nobody signs in by another provider
    std::string public_url{};        // where browsers come back to
    registry::Registry& registry;
    const jobs::Queue& queue;
    const jobs::Kinds& kinds;
    std::function<void()> registry_changed{};
    // In the transaction that registers a database: whether the project may have one more. None: it always may.
    std::function<Result<>(control::Transaction&, const std::string& project)> before_registration{};
    std::vector<audit::TrustedKey> audit_keys{};  // whose checkpoints count
    std::string version;                          // of the program
    std::shared_ptr<const std::string> openapi{};

    std::function<Result<>(const Limits&)> ready;  // whether the control plane answers
    std::chrono::milliseconds ready_timeout{5'000};
    std::function<std::string()> metrics{};  // none: not served
    bool metrics_from_loopback_only = true;
};

}  // namespace drydock::api
