#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/control_plane.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"
#include "crypto/keyring.h"
#include "http/server.h"
#include "identity/oidc_client.h"
#include "jobs/kinds.h"
#include "registry/environment.h"
#include "targets/target.h"

namespace drydock::app {

// All that `drydock serve` goes by, read and checked.
struct ServeOptions {
    ControlPlaneOptions plane;
    crypto::KeySources keys;
    std::filesystem::path own_key_file;  // made where there is no other source; empty: there must be one
    Secret jwt_secret;
    std::chrono::seconds access_time{1800};
    std::chrono::days refresh_days{7};
    std::optional<identity::OidcProvider> oidc;
    Secret redis_url;
    bool private_targets = true;
    registry::Environment environment = registry::process_environment();  // that registered databases may refer to
    bool loopback_targets = false;
    targets::PoolLimits target_pool;  // of a registered database of the tier "standard"
    bool production = true;
    std::chrono::milliseconds health_interval{300'000};
    std::chrono::milliseconds health_timeout{8'000};
    int health_keep_days = 30;
    std::filesystem::path audit_sink;
    unsigned job_workers = 2;

    http::ServerOptions http;
    std::string public_url;  // what people type; made from address and port where it is not given
    std::chrono::milliseconds request_time{30'000};
    std::chrono::milliseconds ready_time{5'000};
    std::chrono::milliseconds grace{20'000};
    std::string metrics = "loopback";
    std::string version;
    // Tests: an answer that its schema does not allow becomes an internal error.
    bool check_answers = false;
    // Tests: how long a server that is gone keeps its jobs and its lead, and kinds of work beside drydock's own.
    std::chrono::milliseconds lease{0};  // 0: as they are by themselves
    std::vector<jobs::Kind> more_kinds{};
};

// Errors (invalid_argument) name the setting and where it came from. What the production profile refuses is one.
Result<ServeOptions> serve_options(const config::Settings& settings, ControlPlaneOptions plane, std::string version);

}  // namespace drydock::app
