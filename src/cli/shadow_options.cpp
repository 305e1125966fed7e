#include "cli/shadow_options.h"

#include <chrono>

#include <fmt/format.h>

#include "cli/session.h"
#include "pg/connection.h"

namespace drydock::cli {
namespace {

constexpr std::chrono::seconds kVersionTime{3};
constexpr int kVersionFactor = 10'000;

// Nothing when there is no target to ask; a proof needs none.
std::optional<int> target_major(Session& session) {
    if (session.settings().value("database_url").text.empty()) return std::nullopt;
    const auto where = session.target();
    if (!where) return std::nullopt;
    const auto connection = pg::Connection::open(*where, session.limits().at_most(kVersionTime));
    if (connection) return connection->server_version() / kVersionFactor;
    session.note(fmt::format("the target could not be asked for its version: {}", connection.error().message));
    return std::nullopt;
}

}  // namespace

Result<shadow::ShadowOptions> shadow_options(Session& session) {
    const auto& settings = session.settings();
    const auto& url = settings.value("shadow.url");
    if (!url.text.empty()) return shadow::ShadowOptions{.url = url.text, .origin = url.origin};
    if (const auto version = settings.count("shadow.version"); version > 0) {
        DRYDOCK_TRY(auto binaries, pg_server::find_binaries_of_major(static_cast<int>(version)));
        return shadow::ShadowOptions{.binaries = std::move(binaries)};
    }
    if (settings.given("pg_bin")) {
        DRYDOCK_TRY(auto binaries, pg_server::binaries_in(settings.text("pg_bin")));
        return shadow::ShadowOptions{.binaries = std::move(binaries)};
    }
    return shadow::ShadowOptions{.major = target_major(session)};
}

prove::ReplayOptions replay_options(const Session& session) {
    return {.engine = session.engine_options()};
}

}  // namespace drydock::cli
