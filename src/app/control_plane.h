#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "control/store.h"
#include "migrate/options.h"
#include "pg/connection.h"
#include "pg/conninfo.h"
#include "pg_server/embedded.h"

namespace drydock::app {

struct ControlPlaneOptions {
    std::optional<pg::Conninfo> where{};  // none: the embedded server, which is started when it does not run
    pg_server::EmbeddedOptions embedded{};
    migrate::Options engine{};  // of the migrations of its schema
    std::size_t connections = 8;
    std::chrono::seconds connect_timeout{10};
    std::chrono::seconds idle_limit{300};
    std::chrono::seconds lifetime{3600};
    bool pooler = false;
    // Asked before anything is changed; its Error ends the start.
    std::function<Result<>(pg::Connection& owner, const Limits& limits)> before_change{};
};

// The database of drydock itself: there, up to date, and proven to keep organizations apart.
class ControlPlane {
public:
    static Result<std::unique_ptr<ControlPlane>> open(
        const ControlPlaneOptions& options, Progress& progress, const Limits& limits
    );

    control::Store& store() { return *store_; }
    const pg::Conninfo& owner() const { return owner_; }  // as whom the schema is changed
    bool embedded() const { return embedded_; }
    const std::string& role() const { return role_; }  // that the server works as; empty: the owner itself
    int server_version() const { return server_version_; }
    // What production refuses: that sealed connection strings can be opened by SQL.
    Result<> refuse_reveal_by_sql(const Limits& limits) const;
    // For another pool of connections to the same.
    const control::StoreOptions& store_options() const { return store_options_; }

private:
    ControlPlane() = default;
    pg::Conninfo owner_;
    bool embedded_ = false;
    std::string role_;
    int server_version_ = 0;
    control::StoreOptions store_options_;
    std::unique_ptr<control::Store> store_;
};

}  // namespace drydock::app
