#include "app/keys.h"

#include <fmt/format.h>

#include "app/queries.h"
#include "registry/data_keys.h"

namespace drydock::app {
namespace {

// A new key would open nothing: whoever has lost the file must hear of it now, and not at the first secret.
Error lost(const std::filesystem::path& file) {
    return {
        .code = ErrorCode::not_found,
        .message =
            fmt::format("the key file {} is gone, and this control plane has secrets sealed with it", file.string()),
        .hint = "Put the file back, or name the place it is kept in by DRYDOCK_KEK_FILE.",
    };
}

Result<> expect_file_to_be_there(const std::filesystem::path& file, control::Store& store, const Limits& limits) {
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return {};
    DRYDOCK_TRY(const auto known, store.read(control::Actor::system(), queries::master_keys, {}, limits));
    if (known.size() == 0) return crypto::create_key_file(file);
    return lost(file);
}

Error no_source() {
    return {
        .code = ErrorCode::invalid_argument,
        .message = "there is no master key, and without one no secret can be kept",
        .hint = "Make one with `drydock key new FILE`, and name the file by DRYDOCK_KEK_FILE on every server.",
    };
}

// Nothing where the file that will be made is not there yet.
Result<std::optional<crypto::Keyring>> present(
    crypto::KeySources sources, const std::filesystem::path& own_file, const Limits& limits
) {
    if (sources.empty()) {
        if (own_file.empty()) return no_source();
        std::error_code ignored;
        if (!std::filesystem::exists(own_file, ignored)) return std::optional<crypto::Keyring>{};
        sources.file = own_file;
    }
    DRYDOCK_TRY(auto ring, crypto::Keyring::load(sources, limits));
    return std::optional{std::move(ring)};
}

constexpr pg::Query kHasMasterKeys{"has_master_keys", "SELECT to_regclass('platform.master_keys') IS NOT NULL"};

// Whether the sources give keys that the control plane knows.
Result<> check_known(
    const crypto::KeySources& sources,
    const std::filesystem::path& own_file,
    pg::Connection& owner,
    const Limits& limits
) {
    DRYDOCK_TRY(const auto there, owner.query(kHasMasterKeys, limits));
    if (!there.boolean(0, 0)) return {};
    DRYDOCK_TRY(const auto known, owner.query(queries::master_keys, limits));
    DRYDOCK_TRY(const auto ring, present(sources, own_file, limits));
    if (!ring) return known.size() == 0 ? Result<>{} : Result<>{lost(own_file)};
    return registry::check_known_master_keys(known, *ring);
}

}  // namespace

Result<crypto::Keyring> load_master_keys(
    crypto::KeySources sources, const std::filesystem::path& own_file, control::Store& store, const Limits& limits
) {
    if (sources.empty()) {
        if (own_file.empty()) return no_source();
        DRYDOCK_TRY_VOID(expect_file_to_be_there(own_file, store, limits));
        sources.file = own_file;
    }
    DRYDOCK_TRY(auto ring, crypto::Keyring::load(sources, limits));
    DRYDOCK_TRY_VOID(registry::check_master_keys(store, ring, limits));
    return ring;
}

Result<std::unique_ptr<ControlPlane>> open_control_plane(
    const ServeOptions& options, Progress& progress, const Limits& limits
) {
    // As far as that can be told without the control plane.
    DRYDOCK_TRY_VOID(present(options.keys, options.own_key_file, limits));
    auto plane = options.plane;
    plane.before_change = [&](pg::Connection& owner, const Limits& within) {
        return check_known(options.keys, options.own_key_file, owner, within);
    };
    return ControlPlane::open(std::move(plane), progress, limits);
}

}  // namespace drydock::app
